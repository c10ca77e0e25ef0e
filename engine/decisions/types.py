"""Declared types: reading them, bringing JSON values to them, checking values against them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from engine.decisions.model import ANY, Type
from engine.feel import Evaluation, from_json, kind
from engine.feel.temporal import text_of

_BASIC: Final = {
    "string": "string", "number": "number", "boolean": "boolean", "date": "date", "time": "time",
    "dateTime": "date and time", "date and time": "date and time", "duration": "duration",
    "dayTimeDuration": "days and time duration", "days and time duration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "years and months duration": "years and months duration",
    "integer": "number", "long": "number", "double": "number", "decimal": "number",
    "Any": "any", "any": "any", "context": "context", "list": "list", "": "any",
}  # fmt: skip
_SHOWN: Final = 60


def basic(name: str) -> Type | None:
    """A basic type by its DMN name, with or without a prefix; None for any other name."""
    base = _BASIC.get(name.strip().rpartition(":")[2])
    return None if base is None else Type(base)


def read_as(value: Any, wanted: Type) -> Any:
    """A JSON value as the type says: text of numbers and dates becomes numbers and dates."""
    if wanted.collection and isinstance(value, list):
        single = Type(wanted.base, collection=False, entries=wanted.entries)
        return [read_as(item, single) for item in value]
    if wanted.entries and isinstance(value, dict):
        types = dict(wanted.entries)
        return {key: read_as(item, types.get(key, ANY)) for key, item in value.items()}
    return from_json(value, wanted.base)


def is_of(value: Any, wanted: Type) -> bool:
    """Whether a value is of a type; null is of every type."""
    if value is None:
        return True
    if wanted.collection:
        single = Type(wanted.base, collection=False, entries=wanted.entries)
        return isinstance(value, list) and all(is_of(item, single) for item in value)
    if wanted.entries:
        types = dict(wanted.entries)
        return isinstance(value, dict) and all(
            is_of(item, types.get(key, ANY)) for key, item in value.items()
        )
    if wanted.base == "duration":
        return kind(value).endswith("duration")
    return wanted.base in ("any", kind(value))


def allowed(values: Evaluation, value: Any, wanted: Type) -> bool:
    """Whether a value, and everything in it, is among the allowed values; null always is."""
    if value is None:
        return True
    items: Iterable[Any] = value if wanted.collection and isinstance(value, list) else (value,)
    if wanted.allowed and any(values.test(wanted.allowed, item) is not True for item in items):
        return False
    return all(
        allowed(values, item.get(key), entry)
        for item in items
        if isinstance(item, dict)
        for key, entry in wanted.entries
    )


def shown(value: Any) -> str:
    """A value as a message shows it."""
    text = text_of(value) or "null"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
