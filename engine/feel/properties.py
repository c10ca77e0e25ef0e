"""``value.name``: entries of contexts and the parts of dates, times, durations and ranges."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from engine.feel.temporal import clock_text
from engine.feel.values import kind


def property_of(value: Any, name: str) -> Any:
    """The entry or part of that name, None when there is none."""
    if isinstance(value, dict):
        return value.get(name)
    part = PARTS.get((kind(value), name))
    if part is None:
        return None
    found = part[0](value)
    return Decimal(found) if type(found) is int else found


def _zone(value: Any) -> str | None:
    text = clock_text(value)
    return text.partition("@")[2] or None


def _sign_divmod(whole: int, size: int) -> tuple[int, int]:
    quotient, rest = divmod(abs(whole), size)
    return (quotient, rest) if whole >= 0 else (-quotient, -rest)


def _days(value: Any) -> int:
    return _sign_divmod(int(value.total_seconds()), 86400)[0]


def _clock_part(value: Any, size: int, limit: int) -> int:
    rest = _sign_divmod(int(value.total_seconds()), limit)[1]
    return _sign_divmod(rest, size)[0]


_DAYS: Final = "days and time duration"
_YEARS: Final = "years and months duration"
_MOMENT: Final = "date and time"
PARTS: Final[dict[tuple[str, str], tuple[Callable[[Any], Any], str]]] = {
    **{
        (owner, part): (attrgetter(part), "number")
        for owner in ("date", _MOMENT)
        for part in ("year", "month", "day")
    },
    **{
        (owner, part): (attrgetter(part), "number")
        for owner in ("time", _MOMENT)
        for part in ("hour", "minute", "second")
    },
    **{(owner, "weekday"): (lambda value: value.isoweekday(), "number")
       for owner in ("date", _MOMENT)},
    **{(owner, "time offset"): (lambda value: value.utcoffset(), _DAYS)
       for owner in ("time", _MOMENT)},
    **{(owner, "timezone"): (_zone, "string") for owner in ("time", _MOMENT)},
    (_DAYS, "days"): (_days, "number"),
    (_DAYS, "hours"): (lambda value: _clock_part(value, 3600, 86400), "number"),
    (_DAYS, "minutes"): (lambda value: _clock_part(value, 60, 3600), "number"),
    (_DAYS, "seconds"): (lambda value: _clock_part(value, 1, 60), "number"),
    (_YEARS, "years"): (lambda value: _sign_divmod(value.months, 12)[0], "number"),
    (_YEARS, "months"): (lambda value: _sign_divmod(value.months, 12)[1], "number"),
    ("range", "start"): (lambda value: value.low, "any"),
    ("range", "end"): (lambda value: value.high, "any"),
    ("range", "start included"): (lambda value: value.low_in, "boolean"),
    ("range", "end included"): (lambda value: value.high_in, "boolean"),
}  # fmt: skip
"""(kind, part) → how to read it and the type it has."""
