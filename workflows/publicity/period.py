"""How long a posting runs: working days from the day after, less the days the clock stood still.

The last day ends at 24:00 in China. The clock stands still while a concrete objection is
examined and while supervision holds the case; two reasons at once count once. It can only make
the period longer. Domain specification 2.5 and step A 9.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from engine.calendar import Calendar
from engine.unit_of_work import CHINA

ONE_DAY: Final = timedelta(days=1)
Pause = tuple[date, date | None]
"""The day the clock was stopped, and the day it went on; None while it stands."""


@dataclass(frozen=True)
class Period:
    """``last_day`` is what is known now; it will be later if the clock is ``standing``."""

    first_day: date
    last_day: date | None
    standing: bool = False

    @property
    def ends_at(self) -> datetime | None:
        """Return the moment the period is over: the end of its last day."""
        return None if self.last_day is None else end_of(self.last_day)

    def is_over(self, now: datetime) -> bool:
        """Tell whether the period has run out; never while the clock stands still."""
        ends = self.ends_at
        return not self.standing and (ends is None or now >= ends)


def end_of(day: date) -> datetime:
    """Return 24:00 of a day in China."""
    return datetime.combine(day + ONE_DAY, time(), CHINA)


def last_day(
    calendar: Calendar, published: date, days: int, unit: str, *, count_first: bool = False
) -> date | None:
    """Return the last day of a period of *days*; None for an announcement, which has none.

    *count_first* counts the day of publication too, as some offices do. A period of calendar
    days that would end on a rest day ends on the next working day. Raises
    Blocked("calendar_missing").
    """
    if days == 0:
        return None
    if unit == "wd":
        return calendar.add(published, days, count_first=count_first)
    return calendar.roll(published + timedelta(days=days - count_first))


def run(calendar: Calendar, first: date, planned: date | None, pauses: Iterable[Pause]) -> Period:
    """Return the period with the pauses since *first* taken out; raises calendar_missing.

    What begins after the last day is over changes nothing.
    """
    if planned is None:
        return Period(first, None)
    end, done, standing = planned, first, False
    for begun, ended in sorted(pauses, key=lambda each: (each[0], each[1] or date.max)):
        begin = max(begun, done)
        if begun > end:
            continue
        if ended is None:
            standing = True
        elif ended > begin:
            if days := calendar.between(begin, ended):
                end = calendar.add(end, days)
            done = ended
    return Period(first, end, standing)
