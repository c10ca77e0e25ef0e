"""Values of the language as JSON, and JSON back as values of a declared type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal, DecimalException
from typing import Any, Final

from engine.feel.builtins.logic import number
from engine.feel.errors import FeelError
from engine.feel.temporal import (
    clock_text,
    duration_text,
    number_text,
    parse_date,
    parse_duration,
    parse_moment,
    parse_time,
)
from engine.feel.values import YearMonth, normalise

_SAFE_INTEGER: Final = 2**53 - 1
"""A browser reads larger JSON integers inexactly; beyond it a number is text."""


def to_json(value: Any) -> Any:
    """A value as JSON: whole numbers as int, other numbers, dates and durations as text.

    Raises FeelError ``foreign_value`` for a range or a function, which JSON cannot hold.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return int(value) if whole and abs(value) <= _SAFE_INTEGER else number_text(value)
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, (timedelta, YearMonth)):
        return duration_text(value)
    if isinstance(value, time):
        return clock_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise FeelError("foreign_value", type=type(value).__name__)


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "number": number,
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_moment,
    "duration": parse_duration,
    "days and time duration": parse_duration,
    "years and months duration": parse_duration,
}


def from_json(value: Any, type_name: str) -> Any:
    """A JSON value as a value of the type: the text of a number or date is read as one.

    Forms store decimals and dates as text; a text that is none stays as it is.
    """
    reader = _READERS.get(type_name)
    if reader is None or not isinstance(value, str):
        return normalise(value)
    try:
        read = reader(value)
    except DecimalException:  # more digits before the point than a number may have
        return value
    return value if read is None else read
