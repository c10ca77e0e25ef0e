"""The engine room: background work that waits or failed, and the access log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, NotFound
from engine.model import NO_DUE, instance, job
from engine.unit_of_work import UnitOfWork
from workflows import identity, policies
from workflows.model import access_log, account, person, post, unit

MANAGE = "operations.manage"
READ_LOG = "log.read"
SHOWN = 100
PAGE = 50
LATE = timedelta(minutes=2)
"""A worker looks every second; work that is due for longer means that none is running."""


@dataclass(frozen=True)
class Queue:
    """How background work is doing. ``frozen``: jobs of suspended cases."""

    ahead: int
    due: int
    failing: int
    frozen: int
    dead: int
    oldest_due: datetime | None
    kinds: Sequence[tuple[str, int, datetime | None]]
    """Kind, how many wait, and when the next one is due."""
    stuck: bool


@dataclass(frozen=True)
class Troubled:
    """A job that failed at least once.

    The case is named by its number, never by its title: who is being selected is no business
    of an administrator.
    """

    id: str
    kind: str
    case: str | None
    attempts: int
    dead: bool
    error: str
    next_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class LogLine:
    """One line of the access log; ``about`` is the name of the subject, where it has one."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    about: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class LogWant:
    """What the log is filtered by: words in the name of somebody concerned, and an action."""

    text: str = ""
    action: str = ""


def queue(uow: UnitOfWork) -> Queue:
    """Return the state of the job queue."""
    policies.require(uow.actor, MANAGE)
    living, frozen = ~job.c.dead, job.c.next_at >= NO_DUE

    def count(*which: sa.ColumnElement[bool]) -> int:
        return uow.conn.scalar(sa.select(sa.func.count()).select_from(job).where(*which)) or 0

    oldest = sa.select(sa.func.min(job.c.next_at)).where(living, job.c.next_at <= uow.now)
    oldest_due = uow.conn.scalar(oldest)
    per_kind = sa.select(job.c.kind, sa.func.count(), sa.func.min(job.c.next_at))
    per_kind = per_kind.where(living, ~frozen).group_by(job.c.kind).order_by(job.c.kind)
    return Queue(
        ahead=count(living, ~frozen, job.c.next_at > uow.now),
        due=count(living, job.c.next_at <= uow.now),
        failing=count(living, job.c.attempts > 0),
        frozen=count(living, frozen),
        dead=count(job.c.dead),
        oldest_due=oldest_due,
        kinds=[(row[0], row[1], row[2]) for row in uow.conn.execute(per_kind)],
        stuck=oldest_due is not None and uow.now - oldest_due > LATE,
    )


def troubled(uow: UnitOfWork) -> Sequence[Troubled]:
    """Return the jobs that failed, those given up first, at most a hundred."""
    policies.require(uow.actor, MANAGE)
    columns = [job.c[name] for name in ("id", "kind")]
    rest = [job.c[name] for name in ("attempts", "dead", "error", "next_at", "created_at")]
    query = (
        sa.select(*columns, instance.c.business_key, *rest)
        .outerjoin(instance, instance.c.id == job.c.instance_id)
        .where(sa.or_(job.c.dead, job.c.attempts > 0))
        .order_by(job.c.dead.desc(), job.c.next_at, job.c.id)
    )
    rows = uow.conn.execute(query.limit(SHOWN))
    return [
        Troubled(
            row.id, row.kind, row.business_key, row.attempts, row.dead, row.error or "",
            row.next_at, row.created_at,
        )
        for row in rows
    ]  # fmt: skip


def retry(uow: UnitOfWork, job_id: str) -> None:
    """Give a dead job all its attempts back, to be done at once.

    Raises ``NotFound`` when it is gone and ``Conflict`` when somebody was faster.
    """
    policies.require(uow.actor, MANAGE)
    query = sa.select(job.c.kind, job.c.dead, job.c.error).where(job.c.id == job_id)
    row = uow.conn.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFound("job_unknown")
    if not row.dead:
        raise Conflict("job_alive")
    values = {"dead": False, "attempts": 0, "next_at": uow.now, "error": None}
    uow.conn.execute(job.update().where(job.c.id == job_id).values(values))
    identity.log(uow, "job_retried", job_id, kind=row.kind, error=row.error or "")


def access(uow: UnitOfWork, want: LogWant, after: str = "") -> tuple[list[LogLine], str]:
    """Return a page of the access log, newest first, and the id to go on after."""
    policies.require(uow.actor, READ_LOG)
    query = sa.select(access_log).order_by(access_log.c.id.desc()).limit(PAGE + 1)
    if after:
        query = query.where(access_log.c.id < after)
    words = want.text.strip()
    if words:  # a sign-in has nobody as its actor yet, so its subject counts as well
        named = sa.select(account.c.id).where(account.c.name.contains(words, autoescape=True))
        by = access_log.c.actor_name.contains(words, autoescape=True)
        query = query.where(sa.or_(by, access_log.c.subject.in_(named)))
    if want.action:
        query = query.where(access_log.c.action == want.action)
    rows = uow.conn.execute(query).all()
    names = _names(uow, _ids(rows[:PAGE]))
    page = [
        LogLine(
            row.id, row.at, row.actor_name, row.action, row.subject,
            names.get(row.subject, ""), _named(row.detail or {}, names),
        )
        for row in rows[:PAGE]
    ]  # fmt: skip
    return page, page[-1].id if len(rows) > PAGE else ""


def actions(uow: UnitOfWork) -> Sequence[str]:
    """Return the kinds of action that the log holds."""
    policies.require(uow.actor, READ_LOG)
    column = access_log.c.action
    return uow.conn.scalars(sa.select(column).distinct().order_by(column)).all()


def _ids(rows: Sequence[Any]) -> set[str]:
    """Return everything in these lines that may be the id of something with a name."""
    inside = {each for row in rows for each in (row.detail or {}).values() if isinstance(each, str)}
    return {row.subject for row in rows} | inside


def _names(uow: UnitOfWork, ids: set[str]) -> dict[str, str]:
    sources = (
        (account, account.c.name),
        (unit, unit.c.name),
        (person, person.c.name),
        (post, post.c.name),
        (instance, instance.c.business_key),
    )
    found: dict[str, str] = {}
    for table, name in sources:
        query = sa.select(table.c.id, name).where(table.c.id.in_(ids))
        found |= {row[0]: row[1] for row in uow.conn.execute(query)}
    return found


def _named(detail: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {key: names.get(value, value) if isinstance(value, str) else value
            for key, value in detail.items()}  # fmt: skip
