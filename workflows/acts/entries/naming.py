"""What an entry is called, its category and whom it is about, told from its form."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows import forms
from workflows.acts.intake import NAMES
from workflows.acts.kind import Settings
from workflows.forms.display import written
from workflows.forms.model import Field

MAX_NAME = 120


@dataclass(frozen=True)
class Called:
    """Name, category and person of an entry; ``likeness`` is equal for entries that are one."""

    name: str
    category: str = ""
    person: Mapping[str, str] | None = None

    @property
    def likeness(self) -> str:
        """What two entries of one unit must not share."""
        person = self.person["id"] if self.person else ""
        return "|".join((plain(self.name), plain(self.category), person))


def plain(text: str) -> str:
    """Return a text without what makes no difference: case, width, spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def field_of(form: forms.Form, settings: Settings, what: str) -> Field | None:
    """Return the field that tells the name, category or person of an entry."""
    known = {each.key: each for each in _open(form.fields)}
    named = settings["keys"].get(what)
    keys = (named,) if named else NAMES[what]
    return next((known[key] for key in keys if key in known), None)


def called(
    form: forms.Form,
    settings: Settings,
    data: Mapping[str, Any],
    self_is: Mapping[str, str] | None = None,
) -> Called:
    """Return how the entry with *data* is called; *self_is* is who applies for himself."""
    person = self_is or _person(form, settings, data)
    name = _text(form, settings, data, "name") or (person["name"] if person else "")
    return Called(name[:MAX_NAME], _text(form, settings, data, "category")[:MAX_NAME], person)


def _person(form: forms.Form, settings: Settings, data: Mapping[str, Any]) -> Any:
    field = field_of(form, settings, "person")
    value = _value(field, data)
    if isinstance(value, Mapping) and value.get("id"):
        return {"id": str(value["id"]), "name": str(value.get("name", ""))}
    return None


def _text(form: forms.Form, settings: Settings, data: Mapping[str, Any], what: str) -> str:
    field = field_of(form, settings, what)
    value = _value(field, data)
    if field is None or value in (None, "", []):
        return ""
    return " ".join(written(field, value, "zh").split())


def _value(field: Field | None, data: Mapping[str, Any]) -> Any:
    return None if field is None else _find(field.key, data)


def _find(key: str, data: Mapping[str, Any]) -> Any:
    """Look for a key at the top and in groups; keys of one form are found once."""
    if key in data:
        return data[key]
    inside = (each for each in data.values() if isinstance(each, Mapping))
    return next((found for each in inside if (found := _find(key, each)) is not None), None)


def _open(fields: Sequence[Field]) -> Iterator[Field]:
    """Yield the fields outside of repeating lists."""
    for each in forms.leaves(fields):
        if each.type == "group":
            yield from _open(each.children)
        elif each.type != "dynamiclist":
            yield each
