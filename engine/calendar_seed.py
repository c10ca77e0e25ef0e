"""Fill the calendar with published years, so that a new installation can count at once.

The days come from the package ``chinesecalendar``, which transcribes the State Council's
notices since 2004, and are compared with the independent package ``holidays``. Days on which
the two differ are named in the source of the year, for a person to look at. A year that
neither package knows is not written: it stays missing until somebody enters it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import holidays
import sqlalchemy as sa
from chinese_calendar import Holiday, constants

from engine.calendar import SATURDAY, enter_year
from engine.model import calendar_year
from engine.unit_of_work import UnitOfWork

NAMES = {holiday.value: holiday.chinese for holiday in Holiday}


@dataclass(frozen=True)
class Year:
    """One published year: days of rest, weekend days worked instead, where it comes from."""

    holidays: Mapping[date, str]
    makeup_days: Mapping[date, str]
    source: str


def seed(uow: UnitOfWork, first: int, last: int) -> list[int]:
    """Enter the published years from *first* to *last* and return those now entered.

    A year that somebody has entered before is left alone.
    """
    there = set(uow.conn.execute(sa.select(calendar_year.c.year)).scalars())
    entered = []
    for year in range(first, last + 1):
        days = None if year in there else published(year)
        if days is not None:
            enter_year(uow, year, days.holidays, days.makeup_days, days.source)
            entered.append(year)
    return entered


def published(year: int) -> Year | None:
    """Return *year* as the packages know it, or None when neither does."""
    rest = {day: NAMES[name] for day, name in constants.holidays.items() if day.year == year}
    work = {day: NAMES[name] for day, name in constants.workdays.items() if day.year == year}
    other = _second_opinion(year)
    if not rest:
        return other
    source = f"chinesecalendar {version('chinesecalendar')}"
    if other is None:
        return Year(rest, work, source)
    differ = _differences(Year(rest, work, ""), other)
    remark = f"; ≠ {' '.join(day.isoformat() for day in differ)}" if differ else ""
    return Year(rest, work, f"{source}; {other.source}{remark}")


def _second_opinion(year: int) -> Year | None:
    """Return *year* as ``holidays`` has it; without make-up days the year is only a forecast."""
    table = holidays.country_holidays("CN", years=year, language="zh_CN")
    work = {day: "调休上班" for day in table.weekend_workdays if day.year == year}
    if not work:
        return None
    rest = {day: name for day, name in table.items() if day.year == year and day not in work}
    return Year(rest, work, f"holidays {version('holidays')}")


def _differences(one: Year, other: Year) -> list[date]:
    """Return the days that are work in one table and rest in the other."""
    return sorted(_deviations(one) ^ _deviations(other))


def _deviations(year: Year) -> set[date]:
    rest = {day for day in year.holidays if day.weekday() < SATURDAY}
    work = {day for day in year.makeup_days if day.weekday() >= SATURDAY}
    return rest | work
