"""Background work as rows: timers, reminders, child cases to start, children that ended.

A job is inserted in the transaction that makes it necessary and deleted in the transaction
that does its work, so it happens exactly once however often a worker is killed. ``next_at``
means "nobody touches it before". A failed job is retried after 2^n seconds, at most an hour,
and after ``max_attempts`` it is *dead*: left for an administrator, visible, never dropped.
While a case is on hold its jobs are frozen: ``next_at`` moves to the end of time and the
moment they were meant for is kept in ``args["frozen"]``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.model import NO_DUE, instance, job, new_id
from engine.unit_of_work import UnitOfWork

MAX_ATTEMPTS = 8
LONGEST_DELAY = timedelta(hours=1)
LOOK_AT = 20
"""Due jobs looked at before giving up because all their cases are being worked on."""


@dataclass(frozen=True)
class Job:
    """One due piece of background work."""

    id: str
    kind: str
    args: dict[str, Any]
    instance_id: str | None
    root_id: str | None
    token: str | None
    attempts: int
    next_at: datetime


COLUMNS = [getattr(job.c, name) for name in Job.__dataclass_fields__]


def row(kind: str, at: datetime, now: datetime, **columns: Any) -> dict[str, Any]:
    """Return the row of a new job; *columns* may name any other of its columns."""
    return {
        "id": new_id(),
        "kind": kind,
        "args": {},
        "next_at": at,
        "created_at": now,
        "instance_id": None,
        "root_id": None,
        "token": None,
        "rule": None,
        "unique_key": None,
    } | columns


def take(uow: UnitOfWork, *, root_id: str | None = None, queue: str = "default") -> Job | None:
    """Return a due job that nobody else is at, locked with its case, or None.

    The case is locked before the job, as every command does it: a person who completes a task
    deletes its reminders while he holds the case, and would otherwise wait for us as we for
    him. A case somebody works on is passed over; its jobs are still due a moment later.
    """
    query = (
        sa.select(job.c.id, job.c.instance_id, job.c.root_id)
        .where(job.c.queue == queue, ~job.c.dead, job.c.next_at <= uow.now)
        .order_by(job.c.next_at, job.c.id)
        .limit(LOOK_AT)
    )
    if root_id is not None:
        query = query.where(job.c.root_id == root_id)
    for candidate in uow.conn.execute(query).all():
        if _lock_case(uow, candidate.instance_id, candidate.root_id):
            mine = sa.select(*COLUMNS).where(job.c.id == candidate.id, job.c.next_at <= uow.now)
            found = uow.conn.execute(mine.with_for_update(skip_locked=True)).first()
            if found is not None:
                return Job(*found)
    return None


def _lock_case(uow: UnitOfWork, instance_id: str | None, root_id: str | None) -> bool:
    """Lock root and instance without waiting; tells whether that was possible."""
    if instance_id is None:
        return True
    if root_id not in (None, instance_id):
        shared = sa.select(instance.c.id).where(instance.c.id == root_id)
        if uow.conn.scalar(shared.with_for_update(read=True, skip_locked=True)) is None:
            return False
    own = sa.select(instance.c.id).where(instance.c.id == instance_id)
    return uow.conn.scalar(own.with_for_update(skip_locked=True)) is not None


def finish(uow: UnitOfWork, done: Job) -> None:
    """Delete a job whose work this transaction has done."""
    uow.conn.execute(job.delete().where(job.c.id == done.id))


def fail(uow: UnitOfWork, failed: Job, error: str) -> None:
    """Put a failed job back, later each time; give up after MAX_ATTEMPTS.

    The moment it was meant for stays in ``args["due"]``: a timer that fires late must not say
    in the record that its period ended late.
    """
    attempts = failed.attempts + 1
    delay = min(LONGEST_DELAY, timedelta(seconds=2**attempts))
    values = {
        "attempts": attempts,
        "args": {"due": failed.next_at.isoformat()} | failed.args,
        "next_at": uow.now + delay,
        "dead": attempts >= MAX_ATTEMPTS,
        "error": error[:2000],
    }
    uow.conn.execute(job.update().where(job.c.id == failed.id).values(values))


def cancel(uow: UnitOfWork, instance_id: str, tokens: list[str] | None = None) -> None:
    """Delete the jobs of an instance, or only those of some of its tokens."""
    query = job.delete().where(job.c.instance_id == instance_id)
    if tokens is not None:
        query = query.where(job.c.token.in_(tokens))
    uow.conn.execute(query)


def freeze(uow: UnitOfWork, root_id: str) -> None:
    """Keep the timers of a case from firing while it is on hold."""
    query = sa.select(*COLUMNS).where(job.c.root_id == root_id, job.c.next_at < NO_DUE)
    for found in uow.conn.execute(query).all():
        waiting = Job(*found)
        args = waiting.args | {"frozen": waiting.next_at.isoformat()}
        _set(uow, waiting.id, {"args": args, "next_at": NO_DUE})


def freeze_held(uow: UnitOfWork, root_id: str) -> None:
    """Freeze the jobs of a case if it is on hold at this moment."""
    status = sa.select(instance.c.status).where(instance.c.id == root_id)
    if uow.conn.scalar(status.with_for_update()) == "held":
        freeze(uow, root_id)


def thaw(uow: UnitOfWork, root_id: str, move: Callable[[datetime], datetime]) -> None:
    """Let frozen timers run again; *move* maps the old moment to the new one."""
    query = sa.select(*COLUMNS).where(job.c.root_id == root_id)
    for found in uow.conn.execute(query).all():
        waiting = Job(*found)
        frozen = waiting.args.get("frozen")
        if frozen is not None:
            args = {k: v for k, v in waiting.args.items() if k != "frozen"}
            at = datetime.fromisoformat(frozen)
            moved = move(at) if waiting.kind in ("timer", "remind") else at
            _set(uow, waiting.id, {"args": args, "next_at": moved})


def _set(uow: UnitOfWork, job_id: str, values: dict[str, Any]) -> None:
    uow.conn.execute(job.update().where(job.c.id == job_id).values(values))


@dataclass(frozen=True)
class Health:
    """How the queue is doing, for the administrator's page."""

    waiting: int
    dead: int
    oldest_due: datetime | None


def health(uow: UnitOfWork) -> Health:
    """Return counts of waiting and dead jobs and the moment of the most overdue one."""
    due = sa.select(sa.func.min(job.c.next_at)).where(~job.c.dead, job.c.next_at <= uow.now)
    count = sa.select(sa.func.count()).select_from(job)
    return Health(
        uow.conn.scalar(count.where(~job.c.dead)) or 0,
        uow.conn.scalar(count.where(job.c.dead)) or 0,
        uow.conn.scalar(due),
    )
