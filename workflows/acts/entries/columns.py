"""Columns of a spreadsheet of entries, told from the form: titles, and cells to raw answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workflows import forms
from workflows.acts.entries.naming import plain
from workflows.forms.display import written
from workflows.forms.model import CHOICES, MANY_CHOICES, Field, Lang, Option
from workflows.forms.scope import Evaluation, names_of
from workflows.spreadsheets.writing import Column

ON_PAGE_ONLY: Final = frozenset({"filepicker", "dynamiclist", "expression"})
"""What no cell can hold: it is filled in on the page."""
_ITEMS: Final = re.compile(r"[、,，;；\n]+")


@dataclass(frozen=True)
class Cell:
    """One column: the path of its field, the field, its title and the choices it has now."""

    path: tuple[str, ...]
    field: Field
    title: str
    title_en: str
    options: Sequence[Option]

    @property
    def key(self) -> str:
        """The path as one text, as errors name it."""
        return "-".join(self.path)

    def called(self, lang: Lang) -> str:
        """Return the title in *lang*."""
        return self.title_en if lang == "en" else self.title

    def choices(self, lang: Lang) -> tuple[str, ...]:
        """Return what may be chosen, as it is read on the page."""
        return tuple(option.words.say(lang) for option in self.options)

    def raw(self, text: str) -> Any:
        """Return the raw answer a cell means; an unknown choice stays as it is, to be refused."""
        field = self.field
        if field.type in CHOICES:
            return self._choice(text)
        if field.type in MANY_CHOICES or field.kind == "people":
            return [self._choice(each.strip()) for each in _ITEMS.split(text) if each.strip()]
        if field.type == "checkbox":
            return plain(text) in ("是", "1", "true", "yes", "√", "y")
        return text

    def _choice(self, text: str) -> str:
        for option in self.options:
            if plain(text) in {plain(option.value), plain(option.words.zh), plain(option.words.en)}:
                return option.value
        return text


def of(form: forms.Form, context: forms.Context) -> list[Cell]:
    """Return the columns of a form, titles made different where labels are the same."""
    found = list(_cells(form.fields, (), ""))
    asking, env = Evaluation(context), names_of(context)
    labels = Counter(label for _path, _field, label in found)
    english = Counter(field.label.en for _path, field, _label in found)
    cells = []
    for path, field, label in found:
        title = label if labels[label] == 1 else f"{label}（{'-'.join(path)}）"
        alone = field.label.en and english[field.label.en] == 1
        options = asking.options_of(field, env) if field.type in CHOICES | MANY_CHOICES else ()
        cells.append(Cell(path, field, title, field.label.en if alone else title, options))
    return cells


def titles(cells: Sequence[Cell]) -> dict[str, tuple[str, ...]]:
    """Return what each column may be called in a head line."""
    return {each.key: tuple(dict.fromkeys((each.title, each.title_en))) for each in cells}


def heads(cells: Sequence[Cell], lang: Lang) -> list[Column]:
    """Return the columns of the template."""
    return [
        Column(f"{each.called(lang)}{' *' if each.field.required else ''}", 20, each.choices(lang))
        for each in cells
    ]


def raw(
    cells: Sequence[Cell], given: Mapping[str, str], start: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the raw answers a line means, over what the form opens with."""
    answers = dict(start)
    for each in cells:
        text = given.get(each.key, "")
        if text:
            _put(answers, each.path, each.raw(text))
    return answers


def shown(cells: Sequence[Cell], data: Mapping[str, Any], lang: Lang) -> list[str]:
    """Return recorded data as the texts of a line."""
    return [written(each.field, _get(data, each.path), lang, each.options) for each in cells]


def _cells(
    fields: Sequence[Field], path: tuple[str, ...], label: str
) -> Iterator[tuple[tuple[str, ...], Field, str]]:
    for each in forms.leaves(fields):
        title = " · ".join(filter(None, (label, each.label.zh)))
        if each.type == "group":
            yield from _cells(each.children, (*path, each.key), title)
        elif each.type not in ON_PAGE_ONLY and each.kind != "signature" and _is_written(each):
            yield (*path, each.key), each, title


def _is_written(field: Field) -> bool:
    return not field.logic.readonly and field.logic.computed is None


def _put(answers: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        inner = answers.get(step)
        answers[step] = dict(inner) if isinstance(inner, Mapping) else {}
        answers = answers[step]
    answers[path[-1]] = value


def _get(data: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = data
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
