"""The values of the language: what kinds there are, how they compare, how they calculate.

Numbers are decimals of 34 digits; nothing is ever a binary float. A wrong type gives None.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from engine.feel import limits
from engine.feel.errors import FeelError

NUMBERS: Final = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-limits.EXPONENT,
    Emax=limits.EXPONENT,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
"""The arithmetic of every number; an operation that leaves it gives null."""

_VALUE_DEPTH: Final = 60
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True, order=True)
class YearMonth:
    """A duration in whole months, which has no fixed number of days."""

    months: int


@dataclass(frozen=True, slots=True)
class Range:
    """Values from ``low`` to ``high``; a bound of None is open without end."""

    low: Any
    high: Any
    low_in: bool
    high_in: bool


@dataclass(frozen=True, slots=True)
class Function:
    """A function written in an expression; ``run`` takes the arguments in order."""

    parameters: tuple[str, ...]
    run: Callable[..., Any]


_KINDS: Final[dict[type, str]] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    date: "date",
    time: "time",
    datetime: "date and time",
    timedelta: "days and time duration",
    YearMonth: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}
_ORDERED: Final = frozenset(
    ("number", "string", "date", "time", "date and time", "days and time duration",
     "years and months duration"),
)  # fmt: skip
PLAIN: Final = frozenset(
    (type(None), bool, str, date, time, datetime, timedelta, YearMonth, Range, Function),
)


def kind(value: Any) -> str:
    """The FEEL name of a value's type."""
    return _KINDS[type(value)]


def normalise(value: Any, level: int = 0) -> Any:
    """A value from outside as a value of the language: int and float become decimals.

    Lists and mappings are copied; FeelError ``foreign_value`` for anything else.
    """
    known = type(value)
    if known in PLAIN:
        return value
    if known is Decimal:
        return _finite(value)
    if level > _VALUE_DEPTH:
        raise FeelError("too_deep", limit=_VALUE_DEPTH)
    if isinstance(value, Mapping):
        return {str(key): normalise(item, level + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [normalise(item, level + 1) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, int):
        return _finite(Decimal(value))
    if isinstance(value, float):
        return _finite(Decimal(repr(value)))
    for plain in (str, datetime, date):
        if isinstance(value, plain):  # an enum that is a string, a frozen clock's datetime
            return _plain(plain, value)
    raise FeelError("foreign_value", type=type(value).__name__)


def _plain(plain: type, value: Any) -> Any:
    if plain is str:
        return str.__str__(value)
    if plain is datetime:
        return datetime.combine(date(value.year, value.month, value.day), value.timetz())
    return date(value.year, value.month, value.day)


def _finite(value: Decimal) -> Decimal | None:
    try:
        number = NUMBERS.plus(value)
    except decimal.DecimalException:
        return None
    return number if number.is_finite() else None


def aware(value: datetime | time) -> bool:
    """Whether a time knows its offset from UTC."""
    return value.utcoffset() is not None


Spend = Callable[[int], None]
"""Is told how many parts are about to be looked at, and raises when they are too many.

An expression can nest one list in another twice at every level, so that a few lines stand for
more parts than anyone can visit; whoever walks through a value pays for it here.
"""


def free_of_charge(amount: int) -> None:
    """The Spend of values whose size is known to be small."""


def weigh(value: Any, spend: Spend) -> None:
    """Pay for every part of a value, so that others may walk through it."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, (list, dict)):
            spend(len(here) + 1)
            waiting.extend(here.values() if isinstance(here, dict) else here)


def equal(left: Any, right: Any, spend: Spend = free_of_charge) -> bool | None:
    """``left = right``: None when the kinds differ, null equals only null."""
    if left is None or right is None:
        return left is right
    if type(left) is not type(right):
        return None
    special = _EQUAL.get(type(left))
    return special(left, right, spend) if special else bool(left == right)


def _equal_lists(left: Sequence[Any], right: Sequence[Any], spend: Spend) -> bool | None:
    if len(left) != len(right):
        return False
    spend(len(left))
    found = [equal(one, other, spend) for one, other in zip(left, right, strict=True)]
    return False if False in found else None if None in found else True


def _equal_contexts(left: dict[str, Any], right: dict[str, Any], spend: Spend) -> bool | None:
    if left.keys() != right.keys():
        return False
    return _equal_lists(list(left.values()), [right[key] for key in left], spend)


def _equal_times(left: datetime | time, right: datetime | time, spend: Spend) -> bool | None:
    return left == right if aware(left) == aware(right) else None


_EQUAL: Final[dict[type, Callable[[Any, Any, Spend], bool | None]]] = {
    list: _equal_lists,
    dict: _equal_contexts,
    time: _equal_times,
    datetime: _equal_times,
}


def order(left: Any, right: Any) -> int | None:
    """Negative, 0 or positive as ``left`` is before, at or after ``right``; None: no order."""
    known = type(left)
    if known is not type(right) or _KINDS[known] not in _ORDERED:
        return None
    if known in (datetime, time) and aware(left) != aware(right):
        return None
    return -1 if left < right else int(left > right)


def compare(op: str, left: Any, right: Any, spend: Spend = free_of_charge) -> bool | None:
    """``left op right`` of one of the six comparisons."""
    if op == "=":
        return equal(left, right, spend)
    if op == "!=":
        same = equal(left, right, spend)
        return None if same is None else not same
    place = order(left, right)
    return None if place is None else _PLACES[op](place)


_PLACES: Final[dict[str, Callable[[int], bool]]] = {
    "<": lambda place: place < 0,
    "<=": lambda place: place <= 0,
    ">": lambda place: place > 0,
    ">=": lambda place: place >= 0,
}


def within(value: Any, span: Range) -> bool | None:
    """Whether a value lies in a range."""
    low: bool | None = True
    high: bool | None = True
    if span.low is not None:
        low = compare(">=" if span.low_in else ">", value, span.low)
    if span.high is not None:
        high = compare("<=" if span.high_in else "<", value, span.high)
    return None if low is None or high is None else low and high


def matches_test(value: Any, wanted: Any, spend: Spend = free_of_charge) -> bool | None:
    """Whether a value is, or is one of, or lies in, what a test names."""
    if isinstance(wanted, Range) and not isinstance(value, Range):
        return within(value, wanted)
    if isinstance(wanted, list):
        spend(len(wanted))
        if isinstance(value, list) and equal(value, wanted, spend):
            return True
        found = [matches_test(value, item, spend) for item in wanted if not isinstance(item, list)]
        return True if True in found else None if found and set(found) == {None} else False
    return equal(value, wanted, spend)


# ---- calculation


def calculate(op: str, left: Any, right: Any) -> Any:
    """``left op right`` of + - * / **; None for kinds that do not go together or no result."""
    try:
        if type(left) is Decimal and type(right) is Decimal:
            return _NUMERIC[op](left, right)
        rule = _MIXED.get((op, _KINDS[type(left)], _KINDS[type(right)]))
        return rule(left, right) if rule else None
    except (decimal.DecimalException, OverflowError, ValueError, TypeError):
        return None


def _power(base: Decimal, exponent: Decimal) -> Decimal | None:
    return NUMBERS.power(base, exponent) if abs(exponent) <= limits.EXPONENT else None


_NUMERIC: Final[dict[str, Callable[[Decimal, Decimal], Decimal | None]]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": _power,
}


def negative(value: Any) -> Any:
    """``-value`` of a number or a duration."""
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, timedelta):
        return -value
    return YearMonth(-value.months) if isinstance(value, YearMonth) else None


def concat(left: str, right: str) -> str:
    """Two strings joined; FeelError ``too_large`` beyond the bound."""
    if len(left) + len(right) > limits.TEXT:
        raise FeelError("too_large", limit=limits.TEXT)
    return left + right


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day. A datetime keeps its time."""
    year, month0 = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    following = date(year + (month0 == _MONTHS - 1), (month0 + 1) % _MONTHS + 1, 1)
    last = (following - timedelta(days=1)).day
    return day.replace(year=year, month=month0 + 1, day=min(day.day, last))


def _time_plus(clock: time, span: timedelta) -> time:
    moved = datetime.combine(date(2000, 1, 2), clock) + (span % timedelta(days=1))
    return moved.timetz()


def seconds(span: timedelta) -> Decimal:
    """A duration as an exact number of seconds."""
    whole = Decimal(span.days * 86400 + span.seconds)
    return NUMBERS.add(whole, Decimal(span.microseconds).scaleb(-6))


def from_seconds(amount: Decimal) -> timedelta:
    """A duration of that many seconds, to the microsecond."""
    return timedelta(microseconds=int(NUMBERS.multiply(amount, Decimal(1_000_000))))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _ratio(left: Decimal, right: Decimal) -> Decimal:
    return NUMBERS.divide(left, right)


_DAYS = "days and time duration"
_YEARS = "years and months duration"
_MOMENT = "date and time"
_MIXED: Final[dict[tuple[str, str, str], Callable[[Any, Any], Any]]] = {
    ("+", "string", "string"): concat,
    ("-", "date", "date"): lambda a, b: a - b,
    ("-", _MOMENT, _MOMENT): lambda a, b: a - b,
    ("-", _MOMENT, "date"): lambda a, b: a - _midnight(b),
    ("-", "date", _MOMENT): lambda a, b: _midnight(a) - b,
    ("-", "time", "time"): lambda a, b: (
        datetime.combine(date(2000, 1, 1), a) - datetime.combine(date(2000, 1, 1), b)
    ),
    ("+", "date", _DAYS): lambda a, b: (_midnight(a) + b).date(),
    ("-", "date", _DAYS): lambda a, b: (_midnight(a) - b).date(),
    ("+", _DAYS, "date"): lambda a, b: (_midnight(b) + a).date(),
    ("+", _MOMENT, _DAYS): lambda a, b: a + b,
    ("-", _MOMENT, _DAYS): lambda a, b: a - b,
    ("+", _DAYS, _MOMENT): lambda a, b: a + b,
    ("+", "time", _DAYS): _time_plus,
    ("-", "time", _DAYS): lambda a, b: _time_plus(a, -b),
    ("+", _DAYS, "time"): lambda a, b: _time_plus(b, a),
    ("+", _DAYS, _DAYS): lambda a, b: a + b,
    ("-", _DAYS, _DAYS): lambda a, b: a - b,
    ("*", _DAYS, "number"): lambda a, b: from_seconds(NUMBERS.multiply(seconds(a), b)),
    ("*", "number", _DAYS): lambda a, b: from_seconds(NUMBERS.multiply(seconds(b), a)),
    ("/", _DAYS, "number"): lambda a, b: from_seconds(NUMBERS.divide(seconds(a), b)),
    ("/", _DAYS, _DAYS): lambda a, b: _ratio(seconds(a), seconds(b)),
    ("+", "date", _YEARS): lambda a, b: add_months(a, b.months),
    ("-", "date", _YEARS): lambda a, b: add_months(a, -b.months),
    ("+", _YEARS, "date"): lambda a, b: add_months(b, a.months),
    ("+", _MOMENT, _YEARS): lambda a, b: add_months(a, b.months),
    ("-", _MOMENT, _YEARS): lambda a, b: add_months(a, -b.months),
    ("+", _YEARS, _MOMENT): lambda a, b: add_months(b, a.months),
    ("+", _YEARS, _YEARS): lambda a, b: YearMonth(a.months + b.months),
    ("-", _YEARS, _YEARS): lambda a, b: YearMonth(a.months - b.months),
    ("*", _YEARS, "number"): lambda a, b: YearMonth(int(NUMBERS.multiply(Decimal(a.months), b))),
    ("*", "number", _YEARS): lambda a, b: YearMonth(int(NUMBERS.multiply(Decimal(b.months), a))),
    ("/", _YEARS, "number"): lambda a, b: YearMonth(int(NUMBERS.divide(Decimal(a.months), b))),
    ("/", _YEARS, _YEARS): lambda a, b: _ratio(Decimal(a.months), Decimal(b.months)),
}
