"""FEEL where the engine asks it: gateway conditions, due dates, timers, service inputs.

An expression sees the variables of the instance, ``case`` (what is fixed about it) and the
calendar functions; extension functions come from the layer above through ``Hooks``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from engine import calendar, feel
from engine.errors import EngineError, Invalid
from engine.instances import Case
from engine.unit_of_work import CHINA, UnitOfWork

YEARS = range(1900, 9999)
"""A date outside is a slip of the pen; 9999 stands for "no date" in the tables."""


def context(case: Case) -> dict[str, Any]:
    """Return what an expression of this case may name."""
    row = case.row
    fixed = {
        "id": row["id"],
        "number": row["business_key"],
        "title": row["title"],
        "unit": row["unit"],
        "started": row["started_at"].astimezone(CHINA).date(),
    }
    return {**case.flow.variables, "case": {**row["attributes"], **fixed}}


def evaluate(case: Case, source: str, *, node: str, now: datetime | None = None) -> Any:
    """Evaluate *source* for a case; raises Invalid("expression_failed") naming the node.

    *now* is the moment ``today()`` means, that of the command unless given.
    """
    uow = case.uow
    try:
        return feel.evaluate(source, context(case), functions=functions(uow), now=now or uow.now)
    except feel.FeelError as error:
        raise Invalid(
            "expression_failed", node=node, source=source, zh=error.zh, en=error.en
        ) from error


def evaluate_json(case: Case, source: str, *, node: str) -> Any:
    """Evaluate *source* to a value that can be stored; raises Invalid("expression_failed")."""
    return to_json(evaluate(case, source, node=node), source, node=node)


def to_json(value: Any, source: str, *, node: str) -> Any:
    """Return a value as JSON; raises Invalid("expression_failed") for a range, say."""
    try:
        return feel.to_json(value)
    except feel.FeelError as error:
        raise Invalid(
            "expression_failed", node=node, source=source, zh=error.zh, en=error.en
        ) from error


def condition(case: Case, source: str) -> bool:
    """Answer a gateway condition: only true is true, null and anything else is not."""
    return evaluate(case, source, node="gateway") is True


def functions(uow: UnitOfWork) -> Mapping[str, Any]:
    """Return the calendar functions and those of the layer above, once per unit of work."""
    known: Mapping[str, Any] | None = uow.engine.caches.get("functions")
    plugged = uow.hooks.functions
    if known is None:
        known = {name: _late(name) for name in calendar.Calendar.of({}, ()).functions()}
        uow.engine.caches["functions"] = known
    return {**{name: call(uow) for name, call in known.items()}, **plugged}


def _late(name: str) -> Any:
    """Load the calendar only when an expression counts days."""

    def bound(uow: UnitOfWork) -> Any:
        def call(*args: Any) -> Any:
            return calendar.load(uow).functions()[name](*args)

        return call

    return bound


def end_of_day(day: date) -> datetime:
    """Return the last second of a legal date in China, when work due that day is overdue."""
    return datetime.combine(day, time.max.replace(microsecond=0), CHINA)


def moment(case: Case, source: str, *, node: str, now: datetime | None = None) -> datetime:
    """Return the moment a timer means: a date is over when that day has ended.

    Raises Invalid("not_a_date") when the expression gives no date, or one no calendar reaches.
    """
    value = evaluate(case, source, node=node, now=now)
    exact = isinstance(value, datetime)
    day = _day(value)
    if day is None or day.year not in YEARS:
        raise Invalid("not_a_date", node=node, source=source)
    if exact:
        found: datetime = value if value.tzinfo else value.replace(tzinfo=CHINA)
        return found
    return datetime.combine(day + timedelta(days=1), time(), CHINA)


def due(case: Case, source: str, *, node: str, now: datetime | None = None) -> datetime | None:
    """Return when a task is due, or None without a rule.

    A calendar that lacks a year must not stop the work: the task then has no due date and the
    gap is a visible finding of its own (docs/reference/domain.md, working days), never a
    Monday–Friday guess.
    """
    if not source:
        return None
    try:
        day = _day(evaluate(case, source, node=node, now=now))
    except EngineError as error:
        if error.code != "calendar_missing":
            raise
        case.audit("calendar_missing", node=node, year=error.params["year"])
        return None
    return None if day is None or day.year not in YEARS else end_of_day(day)


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(CHINA).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
