"""The lists of the desk: 待办, 待阅, 已办, 我发起的, 关注, with deadlines in working days.

The queries are the engine's (``engine.queries``); here every row gets what a page shows of it.
A page key is opaque to the browser: ``after`` in, ``Listing.following`` out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from engine import calendar, instances, notices, queries
from engine.errors import Blocked, Invalid, NotFound
from engine.instances import Blueprint
from engine.model import NO_DUE, notice
from engine.queries import Filter, Page
from engine.unit_of_work import CHINA, UnitOfWork
from workflows import names

BOXES = ("todo", "toread", "done", "started", "watched")
COUNT_CAP = 1000
SOON = 1
"""From so many remaining working days on a deadline is shown as urgent."""

Urgency = Literal["", "warn", "bad"]


@dataclass(frozen=True)
class Due:
    """A deadline: its moment, the working days left (negative: past), None if unknown."""

    at: datetime
    days: int | None
    today: bool
    late: bool

    @property
    def urgency(self) -> Urgency:
        """How the deadline is to be shown."""
        if self.late:
            return "bad"
        return "warn" if self.today or (self.days is not None and self.days <= SOON) else ""


@dataclass(frozen=True)
class Line:
    """One row of a list with what the page adds to it."""

    row: Any
    unit: names.Name
    due: Due | None
    steps: int
    step: Any
    title: names.Name


@dataclass(frozen=True)
class Listing:
    """One page of a list; ``following`` is the key of the next one, empty at the end."""

    lines: Sequence[Line]
    following: str


@dataclass(frozen=True)
class Counters:
    """The numbers above the inbox."""

    todo: int
    today: int
    late: int
    done: int


@dataclass(frozen=True)
class Want:
    """What a list is narrowed to. ``due`` is ``today`` or ``late``."""

    text: str = ""
    process: str = ""
    due: str = ""
    status: str = ""


def todo(uow: UnitOfWork, want: Want, after: str = "") -> Listing:
    """Return the actor's open tasks, the most urgent first."""
    start = _moment_key(after) if after else None
    before: datetime | None = None
    if want.due == "late":
        before = uow.now
    elif want.due == "today":
        before = _midnight(uow.today + timedelta(days=1))
        start = start or (uow.now, "")
    narrowed = Filter(want.text.strip(), want.process, before)
    return _listing(uow, queries.todo(uow, after=start, want=narrowed))


def done(uow: UnitOfWork, want: Want, after: str = "") -> Listing:
    """Return the tasks the actor has completed, the latest first."""
    start = _moment_key(after) if after else None
    page = queries.done(uow, after=start, want=Filter(want.text.strip(), want.process))
    return _listing(uow, page)


def started(uow: UnitOfWork, want: Want, after: str = "") -> Listing:
    """Return the cases the actor has started, the latest first."""
    return _cases(uow, queries.started, want, after)


def watched(uow: UnitOfWork, want: Want, after: str = "") -> Listing:
    """Return the cases the actor follows, the latest first."""
    return _cases(uow, queries.watched, want, after)


def of_units(uow: UnitOfWork, units: Sequence[str], want: Want, after: str = "") -> Listing:
    """Return all cases of some units, the latest first."""
    narrowed = Filter(want.text.strip(), want.process, status=want.status)
    return _listing(uow, queries.of_units(uow, units, after=after or None, want=narrowed))


def unread(uow: UnitOfWork, after: str = "") -> tuple[Sequence[Any], str]:
    """Return the actor's unread notices and the key of the next page."""
    found = notices.unread(uow, before=after or None, limit=queries.PAGE + 1)
    shown = found[: queries.PAGE]
    return shown, shown[-1].id if len(found) > queries.PAGE else ""


def mark_read(uow: UnitOfWork, notice_id: str) -> Any:
    """Note that the actor has read a notice and return it; NotFound when it is not for him."""
    mine = notice.c.principal.in_(sorted(uow.actor.principals | {uow.actor.personal}))
    found = uow.conn.execute(sa.select(notice).where(notice.c.id == notice_id, mine)).first()
    if found is None:
        raise NotFound("notice_unknown")
    notices.mark_read(uow, notice_id)
    return found


def counters(uow: UnitOfWork) -> Counters:
    """Return how much is open, due today, overdue and done this month."""
    tomorrow = _midnight(uow.today + timedelta(days=1))
    late = queries.count_todo(uow, due_before=uow.now, cap=COUNT_CAP)
    return Counters(
        todo=queries.count_todo(uow, cap=COUNT_CAP),
        today=queries.count_todo(uow, due_before=tomorrow, cap=COUNT_CAP) - late,
        late=late,
        done=queries.count_done_since(uow, _midnight(uow.today.replace(day=1))),
    )


def due(uow: UnitOfWork, at: datetime) -> Due | None:
    """Return a deadline in working days, or None for a task without one.

    A year that nobody has entered gives no number of days rather than a wrong one.
    """
    if at >= NO_DUE:
        return None
    day = at.astimezone(CHINA).date()
    late = at < uow.now
    try:
        known = calendar.load(uow)
        days = -known.between(day, uow.today) if late else known.between(uow.today, day)
    except Blocked:
        return Due(at, None, today=day == uow.today, late=late)
    return Due(at, days, today=day == uow.today and not late, late=late)


def is_mine(uow: UnitOfWork, row: Any) -> bool:
    """Tell whether the actor may work on an open task: his own, or one of his groups'."""
    free = row.assignee is None and row.principal in uow.actor.principals
    return bool(free or row.assignee == uow.actor.id)


def _cases(uow: UnitOfWork, query: Callable[..., Page], want: Want, after: str) -> Listing:
    narrowed = Filter(want.text.strip(), want.process, status=want.status)
    return _listing(uow, query(uow, after=after or None, want=narrowed))


def _listing(uow: UnitOfWork, page: Page) -> Listing:
    units = names.units(uow, (row.unit for row in page.rows))
    lines = [_line(uow, row, units) for row in page.rows]
    key = "" if page.following is None else "~".join(map(_text, page.following))
    return Listing(lines, key)


def _line(uow: UnitOfWork, row: Any, units: Mapping[str, names.Name]) -> Line:
    plan = instances.blueprint(uow, row.definition_id)
    manifest = plan.package.manifest
    deadline = due(uow, row.due_at) if hasattr(row, "due_at") else None
    step = manifest.steps.get(row.step_no)
    is_task = hasattr(row, "node")
    title = names.Name(row.name, _english(plan, row.node)) if is_task else names.Name("")
    return Line(row, units[row.unit], deadline, len(manifest.steps), step, title)


def _english(plan: Blueprint, node_id: str) -> str:
    for process in plan.package.processes.values():
        if node_id in process.nodes:
            return process.nodes[node_id].en
    return ""


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _moment_key(after: str) -> tuple[datetime, str]:
    moment, _, key = after.partition("~")
    try:
        found = datetime.fromisoformat(moment)
    except ValueError as error:
        raise Invalid("page_key") from error
    if found.tzinfo is None:
        raise Invalid("page_key")
    return found, key


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
