"""What changed between two records of one form, for reviewers and auditors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workflows.forms.display import written
from workflows.forms.model import Field, Form, Lang, leaves


@dataclass(frozen=True)
class Change:
    """One value that differs. ``labels`` leads to it: group, row number, field."""

    path: str
    labels: tuple[str, ...]
    kind: Literal["added", "removed", "changed"]
    old: str
    new: str


def changes(
    form: Form, old: Mapping[str, Any], new: Mapping[str, Any], lang: Lang = "zh"
) -> list[Change]:
    """Return what differs between the records *old* and *new*, in the order of the form."""
    return list(_Comparison(lang).scope(form.fields, old, new, _Place()))


@dataclass(frozen=True)
class _Place:
    path: str = ""
    labels: tuple[str, ...] = ()

    def into(self, key: str, label: str) -> _Place:
        return _Place(f"{self.path}-{key}" if self.path else key, (*self.labels, label))


@dataclass(frozen=True)
class _Comparison:
    lang: Lang

    def scope(
        self, fields: tuple[Field, ...], old: Any, new: Any, place: _Place
    ) -> Iterator[Change]:
        before = old if isinstance(old, Mapping) else {}
        after = new if isinstance(new, Mapping) else {}
        for each in leaves(fields):
            values = before.get(each.key), after.get(each.key)
            here = place.into(each.key, each.label.say(self.lang))
            if values[0] == values[1]:
                continue
            if each.type == "group":
                yield from self.scope(each.children, *values, here)
            elif each.type == "dynamiclist":
                yield from self.rows(each, *values, here)
            else:
                yield from self.value(each, *values, here)

    def rows(self, each: Field, old: Any, new: Any, place: _Place) -> Iterator[Change]:
        before = old if isinstance(old, list) else []
        after = new if isinstance(new, list) else []
        for number in range(max(len(before), len(after))):
            row = place.into(str(number), str(number + 1))
            yield from self.scope(
                each.children,
                before[number] if number < len(before) else {},
                after[number] if number < len(after) else {},
                row,
            )

    def value(self, each: Field, old: Any, new: Any, place: _Place) -> Iterator[Change]:
        texts = written(each, old, self.lang), written(each, new, self.lang)
        if texts == ("", ""):
            return
        kind: Literal["added", "removed", "changed"] = "changed"
        if not texts[0]:
            kind = "added"
        elif not texts[1]:
            kind = "removed"
        yield Change(place.path, place.labels, kind, *texts)
