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
    return kind(value) == wanted.name and _parts_conform(value, wanted)


def _parts_conform(value: Any, wanted: TypeName) -> bool:
    if isinstance(value, dict):
        return all(key in value and conforms(value[key], of) for key, of in wanted.entries)
    parts = value if isinstance(value, list) else []
    if isinstance(value, Range):
        parts = [end for end in (value.low, value.high) if end is not None]
    return wanted.item is None or all(conforms(part, wanted.item) for part in parts)
