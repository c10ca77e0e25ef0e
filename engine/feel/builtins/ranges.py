"""How points and ranges lie to one another: before, meets, overlaps, during and their kin.

A point is treated as the range from itself to itself where DMN defines both forms alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.feel.builtins.registry import builtin
from engine.feel.values import Range, order

Relation = Callable[[Range, Range], bool | None]


class _NoOrderError(ValueError):
    """Two ends that have no order, so the relation is null."""


def _span(value: Any) -> Range:
    if value is None:
        raise _NoOrderError
    return value if isinstance(value, Range) else Range(value, value, low_in=True, high_in=True)


def _place(left: Any, right: Any) -> int:
    found = order(left, right)
    if found is None:
        raise _NoOrderError
    return found


def _before(a: Range, b: Range) -> bool:
    place = _place(a.high, b.low)
    return place < 0 or (place == 0 and not (a.high_in and b.low_in))


def _meets(a: Range, b: Range) -> bool:
    return a.high_in and b.low_in and _place(a.high, b.low) == 0


def _low(a: Range, b: Range) -> int:
    """Negative when ``a`` begins first, 0 when both begin alike."""
    return _place(a.low, b.low) or b.low_in - a.low_in


def _high(a: Range, b: Range) -> int:
    """Negative when ``a`` ends first, 0 when both end alike."""
    return _place(a.high, b.high) or a.high_in - b.high_in


def _includes(a: Range, b: Range) -> bool:
    return _low(a, b) <= 0 and _high(a, b) >= 0


def _overlaps(a: Range, b: Range) -> bool:
    return not _before(a, b) and not _before(b, a)


def _overlaps_before(a: Range, b: Range) -> bool:
    return _overlaps(a, b) and _low(a, b) < 0 and _high(a, b) <= 0


def _coincides(a: Range, b: Range) -> bool:
    return _low(a, b) == 0 and _high(a, b) == 0


_RELATIONS: Final[dict[str, tuple[str, Relation]]] = {
    "before": ("any, any", _before),
    "after": ("any, any", lambda a, b: _before(b, a)),
    "meets": ("range, range", _meets),
    "met by": ("range, range", lambda a, b: _meets(b, a)),
    "overlaps": ("range, range", _overlaps),
    "overlaps before": ("range, range", _overlaps_before),
    "overlaps after": ("range, range", lambda a, b: _overlaps_before(b, a)),
    "finishes": ("any, range", lambda a, b: _high(a, b) == 0 and _low(a, b) >= 0),
    "finished by": ("range, any", lambda a, b: _high(a, b) == 0 and _low(a, b) <= 0),
    "includes": ("range, any", _includes),
    "during": ("any, range", lambda a, b: _includes(b, a)),
    "starts": ("any, range", lambda a, b: _low(a, b) == 0 and _high(a, b) <= 0),
    "started by": ("range, any", lambda a, b: _low(a, b) == 0 and _high(a, b) >= 0),
    "coincides": ("any, any", _coincides),
}


def _declare(name: str, kinds: str, relation: Relation) -> None:
    first, second = kinds.split(", ")

    @builtin(name, f"value1: {first}, value2: {second}", "boolean")
    def relate(left: Any, right: Any) -> bool | None:
        return relation(_span(left), _span(right))


for _name, (_kinds, _relation) in _RELATIONS.items():
    _declare(_name, _kinds, _relation)
