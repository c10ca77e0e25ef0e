"""Legal periods of the ten steps: posting, silence of the co-managing side, probation.

Dates are legal dates in China, ISO texts in variables. A timer event takes the date computed
here, because a duration in a diagram cannot know the make-up days of a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from engine import calendar
from engine.calendar import Calendar
from engine.unit_of_work import Delegate, ServiceCall, UnitOfWork
from workflows import periods
from workflows.delegates.numbers import number

BEFORE_END: Final = timedelta(days=30)
"""Reminder before a probation ends (``D``)."""


def posting_period(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Compute the last day of a posting (任前公示).

    The end is the later of the shortest period the rules allow and the end that was announced,
    so nobody can announce a shorter one. It passes when that day is over; closing the posting
    is a person's act all the same (``S39``). Raises Blocked("calendar_missing").
    """
    start = date.fromisoformat(call.inputs["start"])
    earliest, working = _shortest_posting(call, calendar.load(uow), start)
    announced = call.inputs["end"]
    end = max(earliest, date.fromisoformat(announced)) if announced else earliest
    if end > earliest:
        working.append(f"{end} > {earliest}")
    return {"posting_end": end.isoformat(), "posting_working": working}


def silent_consent(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Record that the co-managing side counts as agreeing, one month after receipt.

    Dual management, 2014 art. 34 (``S07``): the only silence that is consent in the process.
    """
    received = date.fromisoformat(call.inputs["received"])
    consent = periods.silence_is_consent_from(calendar.load(uow), received)
    return {
        "co_manager_reply": "视为同意",
        "co_manager_silent_from": consent.isoformat(),
        "co_manager_working": [f"{received} + P1M → {consent}"],
    }


def probation_period(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Compute the last day of the probation and the day its assessment is prepared.

    One year from the issue of the notice (2014 art. 42, ``S08``; ``S15``), not from the
    decision. A probation begun on 29 February ends on 28 February (``D``).
    """
    start = date.fromisoformat(call.inputs["start"])
    end = periods.probation_end(start)
    return {
        "probation_end": end.isoformat(),
        "probation_remind": (end - BEFORE_END).isoformat(),
        "probation_working": f"{start} + P1Y - P1D → {end}",
    }


def _shortest_posting(call: ServiceCall, days: Calendar, start: date) -> tuple[date, list[str]]:
    """Return the earliest end and the sum: numbers ``posting_length`` and ``posting_unit``.

    Today five working days, the day of publication not counted (2014 art. 41, ``S08``).
    """
    needed = int(number(call, "posting_length"))
    if number(call, "posting_unit") != "wd":
        end = start + timedelta(days=needed)
        return end, [f"{start} + {needed} d → {end}"]
    end, naive = days.add(start, needed), _naive(start, needed)
    shown = f"{start} + {needed} wd → {end}"
    return end, [shown] if naive == end else [shown, f"Mon–Fri: {naive} ≠ {end}"]


def _naive(start: date, needed: int) -> date:
    """Return what counting Monday to Friday would give; shown beside the right date only."""
    day = start
    while needed:
        day += timedelta(days=1)
        needed -= day.weekday() < calendar.SATURDAY
    return day


DELEGATES = {
    "posting_period": Delegate(
        posting_period,
        "计算任前公示截止日：按工作日历推算，发布当日不计，不少于规则包的最短期限",
        "End of the posting: counted on the working-day calendar, the day of publication left "
        "out, never shorter than the rules allow",
        inputs=("start", "end"),
        outputs=("posting_end", "posting_working"),
    ),
    "silent_consent": Delegate(
        silent_consent,
        "记录协管方收函满一个月未复，视为同意",
        "Record that one month of silence of the co-managing side counts as consent",
        inputs=("received",),
        outputs=("co_manager_reply", "co_manager_silent_from", "co_manager_working"),
    ),
    "probation_period": Delegate(
        probation_period,
        "计算试用期满日和提前三十日的提醒日：自任职通知下发之日起一年",
        "Last day of the probation, one year from the notice, and the reminder 30 days before",
        inputs=("start",),
        outputs=("probation_end", "probation_remind", "probation_working"),
    ),
}
