"""Timers: firing those that are due, and moving them when the calendar changes."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import expressions, holds, instances, moves, notices
from engine.errors import AlreadyDone, EngineError
from engine.instances import Case
from engine.jobs import Job
from engine.model import NO_DUE, inbox, job, task
from engine.spiff import Wait
from engine.unit_of_work import SYSTEM, Engine, UnitOfWork

log = logging.getLogger(__name__)
WAITING = ("open", "claimed")


def fire(uow: UnitOfWork, due: Job) -> None:
    """Let a timer event happen whose moment has come; one that is gone is ignored."""
    assert due.instance_id is not None
    case = instances.lock(uow, due.instance_id)
    wait = Wait(due.args["token"], due.args["node"])
    if wait not in case.flow.waits():
        return
    node = case.node(wait.node)
    meant = due.args.get("due", due.next_at.isoformat())
    digest = case.record(node, "timer", data={"due": meant})
    case.audit("timer_fired", node=node.id, due=meant, record=digest)
    try:
        moves.advance(case, wait)
    except AlreadyDone:
        return


def remind(uow: UnitOfWork, due: Job) -> None:
    """Remind whoever holds a task, or its group, that it waits or is overdue."""
    row = uow.conn.execute(sa.select(task).where(task.c.id == due.args["task"])).first()
    if row is None or row.status not in ("open", "claimed"):
        return
    case = instances.lock(uow, row.instance_id)
    to = f"user:{row.assignee}" if row.assignee else row.principal
    kind = due.args["class"]
    code = "task_overdue" if kind == "N3" else "task_reminder"
    notices.tell(case, to, kind, code, task=row.name, task_id=row.id)
    case.audit("reminder_sent", task=row.id, kind=kind)
    instances.save(case)


def recompute(engine: Engine) -> int:
    """Compute every waiting timer and due date again after the calendar changed.

    Returns how many moved. Each case is a transaction of its own, and each move is in its audit
    trail. A case that cannot be computed, or has ended meanwhile, keeps what it has.
    """
    timers = (job.c.kind == "timer") & ~job.c.dead & job.c.rule.is_not(None)
    dated = task.c.status.in_(WAITING) & (task.c.due_at < NO_DUE)
    waiting = sa.select(job.c.instance_id).where(timers)
    with engine.read(SYSTEM) as uow:
        cases = sorted(uow.conn.scalars(waiting.union(sa.select(task.c.instance_id).where(dated))))
    moved = 0
    for instance_id in cases:
        try:
            with engine.begin(SYSTEM) as uow:
                moved += _recompute(instances.lock(uow, instance_id, even_held=True))
        except EngineError as error:
            log.warning("dates of %s keep: %s %s", instance_id, error.code, error.params)
    return moved


def _recompute(case: Case) -> int:
    moved = _move_timers(case) + _move_due(case)
    if moved:
        instances.save(case)
    return moved


def _move_timers(case: Case) -> int:
    timers = (job.c.instance_id == case.id) & (job.c.kind == "timer") & ~job.c.dead
    moved = 0
    for row in case.uow.conn.execute(sa.select(job).where(timers)).all():
        if row.rule is None or row.attempts:  # one that failed was due already
            continue
        frozen = row.args.get("frozen")
        was = datetime.fromisoformat(frozen) if frozen else row.next_at
        begun, node = row.created_at, row.args["node"]
        at = expressions.moment(case, row.rule, node=node, now=begun)
        at = holds.moved_since(case.uow, case.root_id, begun, at)
        if at == was:
            continue
        moved += 1
        values = {"args": row.args | {"frozen": at.isoformat()}} if frozen else {"next_at": at}
        case.uow.conn.execute(job.update().where(job.c.id == row.id).values(values))
        case.audit("timer_moved", node=node, was=was.isoformat(), at=at.isoformat())
    return moved


def _move_due(case: Case) -> int:
    mine = (task.c.instance_id == case.id) & task.c.status.in_(WAITING)
    mine &= task.c.part_of.is_(None)  # a part has the deadline its people were told
    moved = 0
    for row in case.uow.conn.execute(sa.select(task).where(mine)).all():
        step = case.node(row.node).step
        rule = step.due if step is not None else ""
        due = expressions.due(case, rule, node=row.node, now=row.created_at)
        if due is None:
            continue
        due = holds.moved_since(case.uow, case.root_id, row.created_at, due)
        if due == row.due_at:
            continue
        moved += 1
        _set_due(case, row, due)
        case.audit("due_moved", task=row.id, was=row.due_at.isoformat(), at=due.isoformat())
    return moved


def _set_due(case: Case, row: Any, due: datetime) -> None:
    """Move a due date where it is kept: the task, the inbox and the reminder of that day."""
    conn, moved = case.uow.conn, {"due_at": due}
    conn.execute(task.update().where(task.c.id == row.id), moved)
    conn.execute(inbox.update().where(inbox.c.task_id == row.id), moved)
    late = (job.c.token == row.id) & (job.c.kind == "remind") & (job.c.next_at == row.due_at)
    conn.execute(job.update().where(late).values(next_at=due))
