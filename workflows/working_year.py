"""A year of the working-day calendar as people enter and read it.

The engine keeps only the days that differ from Monday to Friday. People think in festivals: so
many days off, and the weekend days worked for them. Here the one becomes the other, and a year
becomes twelve months to look at.
"""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from engine import calendar
from engine.calendar import SATURDAY
from engine.errors import Invalid, Stale
from engine.model import calendar_day, calendar_year
from engine.unit_of_work import UnitOfWork
from workflows import identity, policies
from workflows.holiday_notice import LONGEST, Span
from workflows.model import account

EDIT = "calendar.edit"
FIRST_YEAR = 2000
YEARS_AHEAD = 3
NAME_MAX = 40
ONE_DAY = timedelta(days=1)
Kind = Literal["work", "weekend", "holiday", "makeup"]


@dataclass(frozen=True)
class Day:
    """One day of the year; ``name`` says which festival it belongs to."""

    day: date
    kind: Kind
    name: str = ""
    first: bool = False
    """The first day of its festival."""


@dataclass(frozen=True)
class Month:
    """A month in weeks from Monday; a place outside the month is empty."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]
    working: int


@dataclass(frozen=True)
class Year:
    """A whole year and its sums."""

    year: int
    months: tuple[Month, ...]
    spans: tuple[Span, ...]
    working: int
    holidays: int
    makeup: int


@dataclass(frozen=True)
class Entry:
    """How a year got into the calendar; ``revision`` 0 means that nobody has entered it."""

    year: int
    source: str = ""
    by: str = ""
    at: datetime | None = None
    revision: int = 0


def years(uow: UnitOfWork) -> frozenset[int]:
    """Return the years that were entered."""
    return frozenset(uow.conn.scalars(sa.select(calendar_year.c.year)))


def missing(uow: UnitOfWork) -> Sequence[int]:
    """Return the years that deadlines need and nobody has entered: gaps, this year, the next."""
    there = years(uow)
    first = min(there | {uow.today.year})
    return [year for year in range(first, uow.today.year + 2) if year not in there]


def entry(uow: UnitOfWork, year: int) -> Entry:
    """Return who entered a year, when and from which notice."""
    who = sa.func.coalesce(account.c.name, calendar_year.c.entered_by)
    columns = (calendar_year.c.year, calendar_year.c.source, who)
    query = (
        sa.select(*columns, calendar_year.c.entered_at, calendar_year.c.revision)
        .outerjoin(account, account.c.id == calendar_year.c.entered_by)
        .where(calendar_year.c.year == year)
    )
    row = uow.conn.execute(query).one_or_none()
    return Entry(year) if row is None else Entry(*row)


def spans(uow: UnitOfWork, year: int) -> tuple[Span, ...]:
    """Return the festivals of an entered year as the notice named them, weekends included."""
    between = calendar_day.c.day.between(date(year, 1, 1), date(year, 12, 31))
    columns = (calendar_day.c.day, calendar_day.c.kind, calendar_day.c.name)
    query = sa.select(*columns).where(between).order_by(calendar_day.c.day)
    rows = uow.conn.execute(query).all()
    rest = {row.day: row.name for row in rows if row.kind == "rest"}
    work = {row.day: row.name for row in rows if row.kind == "work"}
    return _with_makeup(list(_spans_of_rest(rest, work)), work)


def draw(year: int, festivals: Iterable[Span]) -> Year:
    """Return the twelve months of a year with these festivals."""
    festivals = tuple(festivals)
    off = {day: span.name for span in festivals for day in span.days()}
    firsts = {span.first for span in festivals}
    on = {day: span.name for span in festivals for day in span.makeup}

    def make(day: date) -> Day:
        if day in on:
            return Day(day, "makeup", on[day])
        if day in off:
            return Day(day, "holiday", off[day], first=day in firsts)
        return Day(day, "work" if day.weekday() < SATURDAY else "weekend")

    months = tuple(_month(year, number, make) for number in range(1, 13))
    everything = [day for month in months for week in month.weeks for day in week if day]
    return Year(
        year, months, festivals,
        working=sum(month.working for month in months),
        holidays=sum(day.kind == "holiday" for day in everything),
        makeup=sum(day.kind == "makeup" for day in everything),
    )  # fmt: skip


def check(year: int, festivals: Sequence[Span], source: str) -> None:
    """Raise ``Invalid`` unless the year can be entered; fields are ``row.<number>`` and source."""
    fields: dict[str, list[str]] = {}
    taken: dict[date, int] = {}
    for number, span in enumerate(festivals):
        wrong = list(_wrong(year, span))
        if not wrong:
            twice = [day for day in (*span.days(), *span.makeup) if day in taken]
            wrong = [f"calendar_day_twice {_list(twice)}"] if twice else []
            taken |= dict.fromkeys((*span.days(), *span.makeup), number)
        if wrong:
            fields[f"row.{number}"] = wrong
    if not source.strip():
        fields["source"] = ["required"]
    if not festivals:
        fields["rows"] = ["calendar_empty"]
    if fields:
        raise Invalid("calendar_invalid", fields=fields, year=year)


def enter(uow: UnitOfWork, year: int, festivals: Sequence[Span], source: str, *, seen: int) -> None:
    """Write a year, replacing an earlier entry; whoever calls recomputes the timers afterwards.

    Raises ``Invalid`` as ``check`` does, and ``Stale`` when somebody has entered the year
    since revision *seen* was read.
    """
    policies.require(uow.actor, EDIT)
    if not FIRST_YEAR <= year <= uow.today.year + YEARS_AHEAD:
        raise Invalid("calendar_year_range", first=FIRST_YEAR, last=uow.today.year + YEARS_AHEAD)
    lock = sa.select(calendar_year.c.revision).where(calendar_year.c.year == year)
    if (uow.conn.scalar(lock.with_for_update()) or 0) != seen:
        raise Stale("calendar_stale", year=year)
    check(year, festivals, source)
    rest = {day: span.name for span in festivals for day in span.days()}
    work = {day: span.name for span in festivals for day in span.makeup}
    try:
        calendar.enter_year(uow, year, rest, work, source.strip())
    except sa.exc.IntegrityError as twice:  # two administrators in the same moment
        raise Stale("calendar_stale", year=year) from twice
    identity.log(
        uow, "calendar_entered", str(year), source=source.strip(), working=_working(year, festivals)
    )


def note_recomputed(uow: UnitOfWork, year: int, moved: int) -> None:
    """Write down how many waiting timers a change of the calendar has moved."""
    policies.require(uow.actor, EDIT)
    identity.log(uow, "timers_recomputed", str(year), moved=moved)


def _working(year: int, festivals: Iterable[Span]) -> int:
    return draw(year, festivals).working


def _month(year: int, number: int, make: Any) -> Month:
    weeks = tuple(
        tuple(make(day) if day.month == number else None for day in week)
        for week in Weeks().monthdatescalendar(year, number)
    )
    working = sum(
        day is not None and day.kind in ("work", "makeup") for week in weeks for day in week
    )
    return Month(date(year, number, 1), weeks, working)


def _spans_of_rest(rest: Mapping[date, str], work: Mapping[date, str]) -> Iterator[Span]:
    """Join days of rest that only free weekend days part, and take in the weekend beside them."""
    span: Span | None = None
    for day, name in sorted(rest.items()):
        reach = None if span is None else _over_weekend(span.last, work, ONE_DAY)
        if span is not None and reach is not None and reach + ONE_DAY == day:
            both = span.name if name in span.name else f"{span.name}、{name}"
            span = replace(span, last=day, name=both)
            continue
        if span is not None:
            yield _widened(span, work)
        span = Span(name, day, day)
    if span is not None:
        yield _widened(span, work)


def _widened(span: Span, work: Mapping[date, str]) -> Span:
    first = _over_weekend(span.first, work, -ONE_DAY)
    return replace(span, first=first, last=_over_weekend(span.last, work, ONE_DAY))


def _over_weekend(day: date, work: Mapping[date, str], step: timedelta) -> date:
    """Return the last free weekend day that follows *day* in one direction, or *day*."""
    following = day + step
    while following.weekday() >= SATURDAY and following not in work and following.year == day.year:
        day, following = following, following + step
    return day


def _with_makeup(festivals: list[Span], work: Mapping[date, str]) -> tuple[Span, ...]:
    """Give every worked weekend day to the nearest festival of its name, else to the nearest."""
    for day, name in sorted(work.items()):
        same = [n for n, span in enumerate(festivals) if name in span.name]
        near = min(
            same or range(len(festivals)),
            key=lambda n: min(
                abs((festivals[n].first - day).days), abs((festivals[n].last - day).days)
            ),
            default=None,
        )
        if near is not None:
            festivals[near] = replace(festivals[near], makeup=(*festivals[near].makeup, day))
    return tuple(festivals)


def _wrong(year: int, span: Span) -> Iterator[str]:
    if not span.name.strip():
        yield "calendar_name"
    if len(span.name) > NAME_MAX:
        yield "too_long"
    if span.last < span.first:
        yield "before_start"
        return
    if (span.last - span.first).days >= LONGEST:
        yield "calendar_too_long"
        return
    strangers = [day for day in (span.first, span.last, *span.makeup) if day.year != year]
    if strangers:
        yield f"calendar_other_year {_list(strangers)}"
    weekdays = [day for day in span.makeup if day.weekday() < SATURDAY]
    if weekdays:
        yield f"calendar_makeup_on_weekday {_list(weekdays)}"


def _list(days: Iterable[date]) -> str:
    return "、".join(dict.fromkeys(day.isoformat() for day in days))
