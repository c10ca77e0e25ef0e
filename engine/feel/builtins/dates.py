"""Dates, times and durations."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Final

from engine.feel import temporal
from engine.feel.builtins.registry import builtin
from engine.feel.errors import FeelError
from engine.feel.run import Run
from engine.feel.values import YearMonth, add_months

_DAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def _whole(*numbers: Decimal) -> list[int]:
    if any(number != number.to_integral_value() for number in numbers):
        raise ValueError(numbers)
    return [int(number) for number in numbers]


@builtin("date", "from: string", "date")
def date_of_text(text: str) -> date | None:
    """A date from ``2026-05-01``."""
    return temporal.parse_date(text)


@builtin("date", "from: date|date and time", "date")
def date_of_moment(moment: date | datetime) -> date:
    """The day of a date and time."""
    return moment.date() if isinstance(moment, datetime) else moment


@builtin("date", "year: number, month: number, day: number", "date")
def date_of_parts(year: Decimal, month: Decimal, day: Decimal) -> date:
    """A date from its parts."""
    years, months, days = _whole(year, month, day)
    return date(years, months, days)


@builtin("time", "from: string", "time")
def time_of_text(text: str) -> time | None:
    """A time from ``09:30:00``."""
    return temporal.parse_time(text)


@builtin("time", "from: time|date|date and time", "time")
def time_of_moment(moment: time | date) -> time:
    """The time of a date and time; of a date, midnight in UTC."""
    if isinstance(moment, datetime):
        return moment.timetz()
    return moment if isinstance(moment, time) else time(tzinfo=UTC)


@builtin(
    "time",
    "hour: number, minute: number, second: number, offset?: days and time duration",
    "time",
)
def time_of_parts(
    hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None = None
) -> time:
    """A time from its parts; fractions of a second are allowed."""
    whole = second.to_integral_value(rounding="ROUND_FLOOR")
    micro = int((second - whole).scaleb(6))
    zone = None if offset is None else timezone(offset)
    hours, minutes, seconds = _whole(hour, minute, whole)
    return time(hours, minutes, seconds, micro, zone)


@builtin("date and time", "from: string", "date and time")
def moment_of_text(text: str) -> datetime | None:
    """A date and time from ``2026-05-01T09:30:00+08:00``."""
    return temporal.parse_moment(text)


@builtin("date and time", "date: date|date and time, time: time", "date and time")
def moment_of_parts(day: date, clock: time) -> datetime:
    """The time of a day."""
    return datetime.combine(date(day.year, day.month, day.day), clock)


@builtin("date and time", "from: date|date and time", "date and time")
def moment_of_date(day: date) -> datetime:
    """Midnight of a day."""
    return day if isinstance(day, datetime) else datetime.combine(day, time())


@builtin("duration", "from: string", "duration")
def duration_of_text(text: str) -> timedelta | YearMonth | None:
    """A duration from ``P1Y2M`` or ``P3DT4H``."""
    return temporal.parse_duration(text)


@builtin("duration", "from: duration", "duration")
def duration_of_duration(span: timedelta | YearMonth) -> timedelta | YearMonth:
    """A duration is itself."""
    return span


@builtin("years and months duration", "from: point, to: point", "years and months duration")
def years_and_months(start: date, end: date) -> YearMonth:
    """The whole months between two dates, towards zero."""
    first, last = date_of_moment(start), date_of_moment(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and add_months(first, months) > last:
        months -= 1
    elif months < 0 and add_months(first, months) < last:
        months += 1
    return YearMonth(months)


@builtin("now", "", "date and time", needs_run=True)
def now(run: Run) -> datetime:
    """The instant of the evaluation in Asia/Shanghai."""
    if run.now is None:
        raise FeelError("no_clock")
    return run.now.astimezone(temporal.SHANGHAI)


@builtin("today", "", "date", needs_run=True)
def today(run: Run) -> date:
    """The day of the evaluation in Asia/Shanghai."""
    return now(run).date()


@builtin("day of week", "date: point", "string")
def day_of_week(day: date) -> str:
    """The English name of the weekday."""
    return _DAYS[day.weekday()]


@builtin("month of year", "date: point", "string")
def month_of_year(day: date) -> str:
    """The English name of the month."""
    return _MONTHS[day.month - 1]


@builtin("day of year", "date: point", "number")
def day_of_year(day: date) -> Decimal:
    """The number of the day in its year, from 1."""
    return Decimal(day.timetuple().tm_yday)


@builtin("week of year", "date: point", "number")
def week_of_year(day: date) -> Decimal:
    """The ISO 8601 week."""
    return Decimal(day.isocalendar().week)


@builtin("last day of month", "date: point", "date")
def last_day_of_month(day: date) -> date:
    """The last day of the month the date lies in."""
    return add_months(date(day.year, 1, 31), day.month - 1)
