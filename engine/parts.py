"""Parts of a task: what several people do towards one task, each in their own inbox.

A part is a task row without a token; ``part_of`` names the task it belongs to. It is opened by
whoever leads that task, finished one at a time without locking the case, and taken away with
the task. What people hand in is the business of the layer above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, OnHold
from engine.instances import OPEN, Case, insert_new
from engine.model import inbox, instance, new_id, participant, task
from engine.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Part:
    """One part to open: whose it is; ``shown`` unless it is not that person's turn yet."""

    principal: str
    shown: bool = True


def open_for(case: Case, whole: Any, wanted: Sequence[Part], due_at: datetime) -> list[str]:
    """Open parts of the task *whole* and return their ids in the order of *wanted*.

    Everybody who gets one takes part in the case from now on. The instance body does not grow
    with their number.
    """
    ids = [new_id() for _ in wanted]
    same = ("instance_id", "root_id", "node", "name", "step_no", "attempt", "role")
    common = {name: getattr(whole, name) for name in same} | {
        "part_of": whole.id, "status": "open", "due_at": due_at, "created_at": case.uow.now,
        "version": 0,
    }  # fmt: skip
    for key, part in zip(ids, wanted, strict=True):
        case.insert(task, id=key, principal=part.principal, **common)
        if part.shown:
            case.insert(inbox, principal=part.principal, due_at=due_at, task_id=key)
    for principal in dict.fromkeys(part.principal for part in wanted):
        row = {"root_id": case.root_id, "principal": principal, "since": case.uow.now}
        case.insert(participant, **row)
    return ids


def held(uow: UnitOfWork, part_id: str) -> Any:
    """Return a part locked for its holder, its case running; the case itself is not locked.

    Raises Conflict("case_closed"), Conflict("part_closed") when it or its task was taken away,
    OnHold.
    """
    row = uow.conn.execute(sa.select(task).where(task.c.id == part_id).with_for_update()).one()
    around = instance.c.id.in_((row.instance_id, row.root_id))
    statuses = set(uow.conn.scalars(sa.select(instance.c.status).where(around)))
    at = {"instance_id": row.instance_id, "task": row.name}
    if not statuses <= set(OPEN):
        raise Conflict("case_closed", **at)
    if "held" in statuses:
        raise OnHold(**at)
    whole = uow.conn.scalar(sa.select(task.c.status).where(task.c.id == row.part_of))
    if row.status == "cancelled" or whole not in ("open", "claimed"):
        raise Conflict("part_closed", **at)
    return row


def finish(uow: UnitOfWork, row: Any, by: tuple[str, str] | None = None) -> None:
    """Mark a part done by the actor; doing it again only notes who and when.

    *by* is the id and name of who did it where the actor only took away what was left of it.
    """
    key, name = by or (uow.actor.id, uow.actor.name)
    values = {
        "status": "completed", "done_at": uow.now, "done_by": key, "assignee": key,
        "assignee_name": name, "version": row.version + 1,
    }  # fmt: skip
    uow.conn.execute(task.update().where(task.c.id == row.id), values)
    uow.conn.execute(inbox.delete().where(inbox.c.task_id == row.id))


def show(uow: UnitOfWork, part_id: str) -> None:
    """Put an open part into the inbox of its holder, whose turn has come."""
    row = uow.conn.execute(sa.select(task).where(task.c.id == part_id)).one()
    if row.status == "open":
        values = {"principal": row.principal, "due_at": row.due_at, "task_id": row.id}
        insert_new(uow, inbox, values)


def hide(uow: UnitOfWork, part_id: str) -> None:
    """Take a part out of the inbox of its holder, who has nothing left to do in it."""
    uow.conn.execute(inbox.delete().where(inbox.c.task_id == part_id))


def hand_back(uow: UnitOfWork, part_id: str) -> None:
    """Give a part back, done or taken away, since its holder has something to do in it again."""
    row = uow.conn.execute(sa.select(task).where(task.c.id == part_id)).one()
    values = {"status": "open", "done_at": None, "done_by": None, "version": task.c.version + 1}
    uow.conn.execute(task.update().where(task.c.id == part_id).values(values))
    shown = {"principal": row.principal, "due_at": row.due_at, "task_id": row.id}
    insert_new(uow, inbox, shown)


def withdraw(uow: UnitOfWork, part_id: str) -> None:
    """Take away one part whose holder has nothing to do in it any more."""
    unfinished = (task.c.id == part_id) & task.c.status.in_(("open", "claimed"))
    uow.conn.execute(inbox.delete().where(inbox.c.task_id == part_id))
    values = {"status": "cancelled", "done_at": uow.now, "version": task.c.version + 1}
    uow.conn.execute(task.update().where(unfinished).values(values))


def close(uow: UnitOfWork, whole_id: str) -> None:
    """Take away every part of a task that is not done."""
    unfinished = (task.c.part_of == whole_id) & task.c.status.in_(("open", "claimed"))
    ids = sa.select(task.c.id).where(task.c.part_of == whole_id)
    uow.conn.execute(inbox.delete().where(inbox.c.task_id.in_(ids)))
    values = {"status": "cancelled", "done_at": uow.now, "version": task.c.version + 1}
    uow.conn.execute(task.update().where(unfinished).values(values))
