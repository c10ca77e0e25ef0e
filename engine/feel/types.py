"""``instance of``: whether a value is of a type."""

from __future__ import annotations

from typing import Any

from engine.feel.nodes import TypeName
from engine.feel.values import Range, kind


def conforms(value: Any, wanted: TypeName) -> bool:
    """Whether ``value`` is of the type; null is only of type Null, any is all but null."""
    if wanted.name == "any":
        return value is not None
    if wanted.name == "duration":
        return kind(value).endswith("duration")
    if kind(value) != wanted.name:
        return False
    if isinstance(value, list):
        return wanted.item is None or all(conforms(item, wanted.item) for item in value)
    if isinstance(value, dict):
        return all(key in value and conforms(value[key], of) for key, of in wanted.entries)
    if isinstance(value, Range) and wanted.item is not None:
        ends = [end for end in (value.low, value.high) if end is not None]
        return all(conforms(end, wanted.item) for end in ends)
    return True
