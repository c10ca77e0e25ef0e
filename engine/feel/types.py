"""``instance of``: whether a value is of a type."""

from __future__ import annotations

from typing import Any

from engine.feel.nodes import TypeName
from engine.feel.values import Range, Spend, kind


def conforms(value: Any, wanted: TypeName, spend: Spend) -> bool:
    """Whether ``value`` is of the type; null is only of type Null, any is all but null."""
    if wanted.name == "any":
        return value is not None
    if wanted.name == "duration":
        return kind(value).endswith("duration")
    return kind(value) == wanted.name and _parts_conform(value, wanted, spend)


def _parts_conform(value: Any, wanted: TypeName, spend: Spend) -> bool:
    if isinstance(value, dict):
        return all(key in value and conforms(value[key], of, spend) for key, of in wanted.entries)
    parts = value if isinstance(value, list) else []
    if isinstance(value, Range):
        parts = [end for end in (value.low, value.high) if end is not None]
    if wanted.item is None:
        return True
    spend(len(parts))
    return all(conforms(part, wanted.item, spend) for part in parts)
