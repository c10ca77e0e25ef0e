"""Timers: firing those that are due, and moving them when the calendar changes."""

from __future__ import annotations

import sqlalchemy as sa

from engine import expressions, instances, moves, notices
from engine.errors import AlreadyDone
from engine.instances import Case
from engine.jobs import Job
from engine.model import job, task
from engine.spiff import Wait
from engine.unit_of_work import SYSTEM, Engine, UnitOfWork


def fire(uow: UnitOfWork, due: Job) -> None:
    """Let a timer event happen whose moment has come; one that is gone is ignored."""
    assert due.instance_id is not None
    case = instances.lock(uow, due.instance_id)
    wait = Wait(due.args["token"], due.args["node"])
    if wait not in case.flow.waits():
        return
    node = case.node(wait.node)
    digest = case.record(node, "timer", data={"due": due.next_at.isoformat()})
    case.audit("timer_fired", node=node.id, due=due.next_at.isoformat(), record=digest)
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
    """Compute every waiting timer again after the calendar changed; returns how many moved.

    Each case is a transaction of its own, and each move is in its audit trail.
    """
    with engine.read(SYSTEM) as uow:
        timers = (job.c.kind == "timer") & ~job.c.dead & job.c.rule.is_not(None)
        cases = list(uow.conn.scalars(sa.select(job.c.instance_id).where(timers).distinct()))
    moved = 0
    for instance_id in cases:
        with engine.begin(SYSTEM) as uow:
            case = instances.lock(uow, instance_id, even_held=True)
            moved += _recompute(case)
    return moved


def _recompute(case: Case) -> int:
    timers = (job.c.instance_id == case.id) & (job.c.kind == "timer") & ~job.c.dead
    moved = 0
    for row in case.uow.conn.execute(sa.select(job).where(timers)).all():
        if "frozen" in row.args or row.rule is None:
            continue
        node = row.args["node"]
        at = expressions.moment(case, row.rule, node=node)
        if at != row.next_at:
            moved += 1
            case.uow.conn.execute(job.update().where(job.c.id == row.id).values(next_at=at))
            was = row.next_at.isoformat()
            case.audit("timer_moved", node=node, was=was, at=at.isoformat())
    if moved:
        instances.save(case)
    return moved
