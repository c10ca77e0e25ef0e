"""The working-day calendar: which days count, and when a legal period ends.

In China the State Council moves rest days every year (调休), so neither Saturday nor Monday
says anything by itself. The calendar is therefore data. ``Calendar`` is a value that knows the
years it was given and refuses every other day with ``Blocked("calendar_missing")``: a period
counted on a guess would close a public posting too early. ``load`` reads the value from the
database, ``enter_year`` is how an administrator writes a year; ``engine/calendar_seed.py``
fills past years from published tables.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

import sqlalchemy as sa

from engine.errors import Blocked, Invalid
from engine.model import calendar_day, calendar_year
from engine.unit_of_work import UnitOfWork

Kind = Literal["work", "rest"]
Unit = Literal["wd", "day", "month", "year"]

ONE_DAY = timedelta(days=1)
SATURDAY = 5
LONGEST_PERIOD = 36_600
"""No legal period is longer than about a hundred years of days; it bounds the counting."""


@dataclass(frozen=True)
class Calendar:
    """Working days of the years that were entered.

    ``special`` names only the days that differ from Monday to Friday: a holiday on a weekday
    is ``"rest"``, a make-up day on a weekend is ``"work"``.
    """

    special: Mapping[date, str]
    years: frozenset[int]
    revision: int = 0

    @classmethod
    def of(cls, special: Mapping[date, str], years: Iterable[int]) -> Calendar:
        """Build a calendar from the days that differ from Monday to Friday in *years*."""
        entered = frozenset(years)
        assert all(day.year in entered for day in special)
        return cls(MappingProxyType(dict(special)), entered)

    def is_working(self, day: date) -> bool:
        """Tell whether *day* is a working day; ``Blocked`` when its year was not entered."""
        if day.year not in self.years:
            raise Blocked("calendar_missing", year=day.year)
        kind = self.special.get(day)
        return day.weekday() < SATURDAY if kind is None else kind == "work"

    def missing(self, first: date, last: date) -> list[int]:
        """Return the years from *first* to *last* that nobody has entered."""
        return [year for year in range(first.year, last.year + 1) if year not in self.years]

    def roll(self, day: date) -> date:
        """Return *day*, or the next working day when it is a rest day."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def add(self, start: date, n: int, *, count_first: bool = False) -> date:
        """Return the *n*-th working day after *start*.

        *start* itself does not count; with *count_first* it does, if it is a working day, as
        some offices have it. ``add(start, 0)`` is *start*, or the next working day.
        """
        assert n >= 0
        if count_first and n and self.is_working(start):
            n -= 1
        if not n:
            return self.roll(start)
        day = start
        while n:
            day += ONE_DAY
            n -= self.is_working(day)
        return day

    def between(self, first: date, last: date) -> int:
        """Count the working days after *first* up to and including *last*; 0 when none."""
        span = (last - first).days
        return sum(self.is_working(first + timedelta(days=n)) for n in range(1, span + 1))

    def deadline(self, start: date | str, n: int, unit: str, *, roll: bool = True) -> date:
        """Return the last day of a period of *n* units that *start* sets running.

        The day of the event is not counted. Months and years end on the day of the same
        number, or on the last day of a shorter month. With *roll*, a period of days, months
        or years that would end on a rest day ends on the next working day.
        Raises ``Invalid`` for an unknown unit or a senseless number.
        """
        day = _as_date(start)
        if unit not in ("wd", "day", "month", "year") or not 0 <= n <= LONGEST_PERIOD:
            raise Invalid("deadline_invalid", n=n, unit=unit)
        if unit == "wd":
            return self.add(day, n)
        try:
            end = day + timedelta(days=n) if unit == "day" else add_months(day, n, unit)
        except (OverflowError, ValueError) as beyond:
            raise Invalid("deadline_invalid", n=n, unit=unit) from beyond
        return self.roll(end) if roll else end

    def lapses(self, start: date | str, n: int, unit: str) -> date:
        """Return the first day on which a period of *n* units from *start* is over.

        For a period whose silence has an effect: the effect begins on this day.
        """
        return self.deadline(start, n, unit) + ONE_DAY

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Return the calendar as functions for expressions in diagrams and rules.

        ``deadline(start, n, unit)``, ``working_days_between(first, last)`` (first not
        counted), ``is_working_day(day)`` and ``add_working_days(start, n)``. An argument of
        the wrong type gives null, as everywhere in FEEL; a missing year is still refused.
        """
        return {
            "deadline": _null_on_wrong_type(self.deadline, date, int, str),
            "working_days_between": _null_on_wrong_type(self.between, date, date),
            "is_working_day": _null_on_wrong_type(self.is_working, date),
            "add_working_days": _null_on_wrong_type(self.add, date, int),
        }


def add_months(day: date, n: int, unit: str = "month") -> date:
    """Return the day of the same number *n* months (or years) later, or that month's last."""
    years, month = divmod(day.month - 1 + (n if unit == "month" else 12 * n), 12)
    year = day.year + years
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def period_end(start: date, years: int = 1) -> date:
    """Return the last day of a period of whole *years* whose first day is *start*.

    That is the eve of the anniversary. A period that begins on 29 February has no
    anniversary in most years and then ends on 28 February.
    """
    anniversary = add_months(start, years, "year")
    return anniversary - ONE_DAY if anniversary.day == start.day else anniversary


def load(uow: UnitOfWork) -> Calendar:
    """Return the calendar in the database, kept in memory until somebody changes it."""
    revision = uow.conn.execute(
        sa.select(sa.func.coalesce(sa.func.sum(calendar_year.c.revision), 0))
    ).scalar_one()
    cached = uow.engine.caches.get("calendar")
    if isinstance(cached, Calendar) and cached.revision == revision:
        return cached
    days = uow.conn.execute(sa.select(calendar_day.c.day, calendar_day.c.kind)).all()
    years = uow.conn.execute(sa.select(calendar_year.c.year)).scalars()
    special = MappingProxyType(dict(days))
    fresh = Calendar(special, frozenset(years), revision)
    # Only after the commit: what this transaction has entered may yet be rolled back.
    uow.after_commit(lambda: uow.engine.caches.__setitem__("calendar", fresh))
    return fresh


def enter_year(
    uow: UnitOfWork,
    year: int,
    holidays: Mapping[date, str],
    makeup_days: Mapping[date, str],
    source: str,
) -> None:
    """Write *year* as the State Council's notice *source* has it, replacing an earlier entry.

    *holidays* are the days of rest, *makeup_days* the weekend days worked instead, both with
    their names. Raises ``Invalid`` when a day lies in another year or is named in both, or when
    a make-up day is no weekend day.
    """
    _check_year(year, holidays, makeup_days, source)
    first, last = date(year, 1, 1), date(year, 12, 31)
    uow.conn.execute(sa.delete(calendar_day).where(calendar_day.c.day.between(first, last)))
    kinds: tuple[tuple[Kind, Mapping[date, str]], ...] = (("rest", holidays), ("work", makeup_days))
    rows = [
        {"day": day, "kind": kind, "name": name, "source": source}
        for kind, days in kinds
        for day, name in days.items()
        if (kind == "work") != (day.weekday() < SATURDAY)  # an ordinary weekend needs no row
    ]
    if rows:
        uow.conn.execute(sa.insert(calendar_day), rows)
    entry = {"source": source, "entered_by": uow.actor.id, "entered_at": uow.now}
    changed = uow.conn.execute(
        sa.update(calendar_year)
        .where(calendar_year.c.year == year)
        .values(**entry, revision=calendar_year.c.revision + 1)
    )
    if not changed.rowcount:
        uow.conn.execute(sa.insert(calendar_year).values(year=year, revision=1, **entry))


def _check_year(
    year: int, holidays: Mapping[date, str], makeup_days: Mapping[date, str], source: str
) -> None:
    fields: dict[str, list[str]] = {}
    for name, days in (("holidays", holidays), ("makeup_days", makeup_days)):
        strangers = sorted(day.isoformat() for day in days if day.year != year)
        if strangers:
            fields[name] = [f"calendar_other_year {' '.join(strangers)}"]
    both = sorted(day.isoformat() for day in holidays.keys() & makeup_days.keys())
    if both:
        fields["makeup_days"] = [f"calendar_day_twice {' '.join(both)}"]
    weekdays = sorted(day.isoformat() for day in makeup_days if day.weekday() < SATURDAY)
    if weekdays:
        fields["makeup_days"] = [f"calendar_makeup_on_weekday {' '.join(weekdays)}"]
    if not source.strip():
        fields["source"] = ["required"]
    if fields:
        raise Invalid("calendar_invalid", fields=fields, year=year)


def _as_date(value: date | str) -> date:
    if isinstance(value, date):
        return _plain_date(value)
    try:
        return date.fromisoformat(value)
    except ValueError as wrong:
        raise Invalid("deadline_invalid", start=value) from wrong


def _null_on_wrong_type(call: Callable[..., Any], *types: type) -> Callable[..., Any]:
    """Wrap *call* for FEEL: positional arguments only, ISO text read as a date."""

    def guarded(*arguments: Any) -> Any:
        if len(arguments) != len(types):
            return None
        values = [_coerced(value, kind) for value, kind in zip(arguments, types, strict=True)]
        return None if None in values else call(*values)

    return guarded


def _coerced(value: Any, kind: type) -> Any:
    """Return *value* as *kind*, or None. FEEL numbers are Decimals, JSON dates are text."""
    if kind is int:
        whole = isinstance(value, int | Decimal) and not isinstance(value, bool)
        return int(value) if whole and value == value // 1 and value >= 0 else None
    if kind is date:
        try:
            moment = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            return None
        return _plain_date(moment) if isinstance(moment, date) else None
    return value if isinstance(value, kind) else None


def _plain_date(value: date) -> date:
    """Drop the time of a date-time, which Python counts among the dates."""
    return date(value.year, value.month, value.day)
