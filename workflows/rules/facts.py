"""Facts: values a rule may ask for beyond the record it judges.

A fact is a documented pure function of a ``CaseView`` and the record at hand. ``case_view``
reads that view from the database once per submission; a look-back builds the same view from
the sealed step records. Facts are JSON: days are ISO text, and a rule writes
``date(facts.today)`` as it writes ``date(record.end_date)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from engine import calendar
from engine.calendar import Calendar
from engine.errors import NotFound
from engine.model import instance, step_record
from engine.unit_of_work import CHINA, UnitOfWork
from workflows.periods import probation_end, silence_is_consent_from

DONE = ("complete", "start", "message")
"""Kinds of step records whose data states what happened."""


@dataclass(frozen=True)
class Step:
    """The latest completed attempt of a node."""

    node: str
    attempt: int
    on: date
    actor: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class OtherCase:
    """Another case of the same tree: a candidate, a complaint, a prior report."""

    process: str
    key: str
    title: str
    ended: bool
    outcome: str
    steps: Mapping[str, Step] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseView:
    """What facts are computed from. ``steps`` holds the case's own and its parents' steps."""

    today: date
    calendar: Calendar
    steps: Mapping[str, Step] = field(default_factory=dict)
    others: tuple[OtherCase, ...] = ()

    def on(self, node: str) -> date | None:
        """Return the day on which *node* was last completed."""
        step = self.steps.get(node)
        return step.on if step else None

    def said(self, node: str, name: str) -> Any:
        """Return field *name* of the latest record of *node*."""
        step = self.steps.get(node)
        return step.data.get(name) if step else None


Provider = Callable[[CaseView, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Fact:
    """A named value with its FEEL type and what it means."""

    name: str
    type: str
    zh: str
    en: str
    provide: Provider


FACTS: dict[str, Fact] = {}


def fact(kind: str, zh: str, en: str) -> Callable[[Provider], Provider]:
    """Register the decorated function as the fact of its name."""

    def register(provide: Provider) -> Provider:
        name = provide.__name__
        assert name not in FACTS
        FACTS[name] = Fact(name, kind, zh, en, provide)
        return provide

    return register


@fact("string", "办理当日(北京时间)", "the day of the submission, in China")
def today(case: CaseView, record: Mapping[str, Any]) -> str:
    """The day on which the record is handed in."""
    return case.today.isoformat()


@fact("context", "各环节最近一次办结的表单内容", "the latest completed form of every step, by node")
def steps(case: CaseView, record: Mapping[str, Any]) -> dict[str, Any]:
    """``facts.steps.S1_motion.study_date`` is a field of an earlier step."""
    return {node: dict(step.data) for node, step in case.steps.items()}


@fact("context", "各环节最近一次办结的日期", "the day each step was last completed, by node")
def done_on(case: CaseView, record: Mapping[str, Any]) -> dict[str, str]:
    """``facts.done_on.S9_close`` is a day; null when the step has not been done."""
    return {node: step.on.isoformat() for node, step in case.steps.items()}


@fact("list", "拟提交讨论人选的考察审核情况", "inspection and checks of those to be tabled")
def tabled(case: CaseView, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One entry per line of ``agenda_items``: name, ``steps`` and ``done_on`` of his case.

    A person without a candidate case of his own has no steps, so no check is satisfied.
    """
    lines = record.get("agenda_items") or []
    people = [line.get("candidate") for line in lines if isinstance(line, Mapping)]
    return [_candidate(case, person if isinstance(person, Mapping) else {}) for person in people]


@fact("list", "事前报告及答复", "prior reports and what the superior answered")
def prior_reports(case: CaseView, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One entry per reported matter: ``code`` and ``outcome``, empty while unanswered."""
    reports = (other for other in case.others if other.process == "sub_prior_report")
    return [{"code": report.key, "outcome": report.outcome} for report in reports]


@fact("number", "尚未办结的举报件数", "complaints that are still being checked")
def open_complaints(case: CaseView, record: Mapping[str, Any]) -> int:
    """Complaints registered in the case or in one of its candidate cases and not concluded."""
    return sum(not other.ended for other in case.others if other.process == "sub_complaint")


@fact("number", "考察所用工作日数", "working days of the inspection, both ends included")
def inspection_working_days(case: CaseView, record: Mapping[str, Any]) -> int | None:
    """From ``inspect_from`` to ``inspect_to``."""
    first, last = _date(record.get("inspect_from")), _date(record.get("inspect_to"))
    if first is None or last is None or last < first:
        return None
    return case.calendar.between(first, last) + case.calendar.is_working(first)


@fact("number", "报名推荐的工作日数", "working days of the nominations, both ends included")
def nomination_working_days(case: CaseView, record: Mapping[str, Any]) -> int | None:
    """From ``nominate_from`` to ``nominate_until``."""
    first, last = _date(record.get("nominate_from")), _date(record.get("nominate_until"))
    if first is None or last is None or last < first:
        return None
    return case.calendar.between(first, last) + case.calendar.is_working(first)


@fact("number", "公示工作日数(不含发布当日)", "working days of the posting, first day not counted")
def posting_working_days(case: CaseView, record: Mapping[str, Any]) -> int | None:
    """From ``start_date`` to ``end_date`` of the record, else of the posting."""
    posted = _posting(case, record)
    return case.calendar.between(*posted) if posted else None


@fact("number", "公示自然日数(不含发布当日)", "calendar days of the posting, first day not counted")
def posting_days(case: CaseView, record: Mapping[str, Any]) -> int | None:
    """From ``start_date`` to ``end_date`` of the record, else of the posting."""
    posted = _posting(case, record)
    return (posted[1] - posted[0]).days if posted else None


@fact("number", "公示结束后已过工作日数", "working days since the posting was closed")
def working_days_since_posting(case: CaseView, record: Mapping[str, Any]) -> int | None:
    """Null when the posting has not been closed."""
    closed = case.on("S9_close")
    return case.calendar.between(closed, case.today) if closed else None


@fact("number", "会议至纪要签发的工作日数", "working days from the meeting to the minutes")
def minutes_working_days(case: CaseView, record: Mapping[str, Any]) -> int | None:
    """From the date of the meeting to ``minutes_date``."""
    held, signed = _date(case.said("S8_meeting", "date")), _date(record.get("minutes_date"))
    return case.calendar.between(held, signed) if held and signed else None


@fact(
    "string", "协管方逾期不复视为同意之日", "the day from which the co-manager's silence is consent"
)
def silence_is_consent(case: CaseView, record: Mapping[str, Any]) -> str | None:
    """One month from the day on which the co-managing side received the letter."""
    received = _date(case.said("S7_consult", "received_date"))
    if received is None:
        return None
    return silence_is_consent_from(case.calendar, received).isoformat()


@fact("string", "试用期最后一日", "the last day of the probation")
def probation_last_day(case: CaseView, record: Mapping[str, Any]) -> str | None:
    """One year from the day on which the probation notice was issued."""
    begun = _date(case.said("S10_notice", "probation_notice_date"))
    return probation_end(begun).isoformat() if begun else None


def gather(names: frozenset[str], case: CaseView, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts *names* for *record*; only what rules ask for is computed."""
    return {name: FACTS[name].provide(case, record) for name in sorted(names)}


def case_view(uow: UnitOfWork, instance_id: str) -> CaseView:
    """Read what facts need to know about an instance, its parents and its relatives."""
    columns = instance.c
    root_id = uow.conn.execute(
        sa.select(columns.root_id).where(columns.id == instance_id)
    ).scalar_one_or_none()
    if root_id is None:
        raise NotFound("instance_not_found", id=instance_id)
    rows = uow.conn.execute(
        sa.select(
            columns.id, columns.parent_id, columns.process, columns.child_key,
            columns.title, columns.status, columns.ended_at, columns.outcome,
        )
        .where(columns.root_id == root_id)
        .order_by(columns.id)
    ).all()  # fmt: skip
    lineage = _lineage(instance_id, {row.id: row.parent_id for row in rows})
    latest = _latest_steps(uow, root_id)
    own: dict[str, Step] = {}
    for ancestor in reversed(lineage):
        own |= latest.get(ancestor, {})
    others = tuple(
        OtherCase(
            row.process, row.child_key or row.id, row.title, row.ended_at is not None,
            row.outcome or "", latest.get(row.id, {}),
        )
        for row in rows
        if row.id not in lineage
    )  # fmt: skip
    return CaseView(uow.today, calendar.load(uow), own, others)


def _lineage(instance_id: str, parents: Mapping[str, str | None]) -> list[str]:
    """Return the instance, its parent, and so on up to the root."""
    lineage, above = [instance_id], parents[instance_id]
    while above is not None:
        lineage.append(above)
        above = parents.get(above)
    return lineage


def _latest_steps(uow: UnitOfWork, root_id: str) -> dict[str, dict[str, Step]]:
    """Return, per instance of the tree and per node, the latest completed step."""
    columns = step_record.c
    rows = uow.conn.execute(
        sa.select(
            columns.instance_id, columns.node, columns.attempt, columns.at,
            columns.actor, columns.data,
        )
        .where(columns.root_id == root_id, columns.kind.in_(DONE))
        .order_by(columns.attempt, columns.id)
    )  # fmt: skip
    latest: dict[str, dict[str, Step]] = {}
    for row in rows:
        on = row.at.astimezone(CHINA).date()
        step = Step(row.node, row.attempt, on, row.actor, row.data or {})
        latest.setdefault(row.instance_id, {})[row.node] = step
    return latest


def _candidate(case: CaseView, person: Mapping[str, Any]) -> dict[str, Any]:
    """Return the latest steps in all candidate cases of *person*, re-inspections included."""
    steps: dict[str, Step] = {}
    for other in case.others:
        if other.process == "sub_candidate" and other.key == str(person.get("id")):
            steps |= other.steps
    return {
        "name": person.get("name"),
        "steps": {node: dict(step.data) for node, step in steps.items()},
        "done_on": {node: step.on.isoformat() for node, step in steps.items()},
    }


def _posting(case: CaseView, record: Mapping[str, Any]) -> tuple[date, date] | None:
    first = _date(record.get("start_date") or case.said("S9_publish", "start_date"))
    last = _date(record.get("end_date") or case.said("S9_publish", "end_date"))
    return (first, last) if first and last and first <= last else None


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
