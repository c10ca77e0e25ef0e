"""中止: the supervision group stops a case and lets it go again.

While a case is held no task, message or timer of it or of its child cases moves; tasks show
who stopped it and why. Timers are frozen, and on release every legal date moves by exactly the
working days the case was held.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine import calendar, instances, jobs, notices
from engine.errors import Conflict, Invalid
from engine.model import NO_DUE, hold, inbox, instance, new_id, participant, task
from engine.unit_of_work import CHINA, UnitOfWork


def place(uow: UnitOfWork, root_id: str, *, reason: str, order_no: str = "") -> None:
    """Hold a whole case; raises Conflict("already_held") and Invalid without a reason."""
    if not reason.strip():
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    case = instances.lock(uow, root_id, even_held=True)
    if case.row["status"] == "held":
        raise Conflict("already_held", instance_id=case.id)
    case.row["status"] = "held"
    actor = uow.actor
    values = {
        "id": new_id(), "instance_id": case.id, "order_no": order_no, "reason": reason,
        "ordered_by": actor.id, "ordered_by_name": actor.name, "ordered_at": uow.now,
    }  # fmt: skip
    uow.conn.execute(hold.insert(), values)
    jobs.freeze(uow, case.root_id)
    digest = case.record(None, "hold", reason=reason, data={"order_no": order_no})
    case.audit("hold_placed", record=digest, order_no=order_no)
    _tell_all(case, "hold_placed")
    instances.save(case)


def release(uow: UnitOfWork, root_id: str, *, reason: str) -> int:
    """Let a held case go; returns the working days it was held.

    Raises Conflict("not_held"), Invalid without a reason and Blocked("calendar_missing") when a
    year the dates move through was not entered: the hold then stands until somebody enters it.
    """
    if not reason.strip():
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    case = instances.lock(uow, root_id, even_held=True)
    current = of(uow, root_id)
    if case.row["status"] != "held" or current is None:
        raise Conflict("not_held", instance_id=case.id)
    case.row["status"] = "running"
    days = _days(uow, current.ordered_at, uow.now)
    values = {
        "released_by": uow.actor.id, "released_by_name": uow.actor.name, "released_at": uow.now,
        "release_reason": reason,
    }  # fmt: skip
    uow.conn.execute(hold.update().where(hold.c.id == current.id), values)
    jobs.thaw(uow, case.root_id, lambda at: _later(uow, at, days))
    _move_due(uow, case.root_id, days)
    digest = case.record(None, "release_hold", reason=reason, data={"working_days": days})
    case.audit("hold_released", record=digest, working_days=days)
    _tell_all(case, "hold_released")
    instances.save(case)
    return days


def of(uow: UnitOfWork, root_id: str) -> Any:
    """Return the hold a case is under, or None."""
    standing = (hold.c.instance_id == root_id) & hold.c.released_at.is_(None)
    return uow.conn.execute(sa.select(hold).where(standing)).first()


def history(uow: UnitOfWork, root_id: str) -> Sequence[Any]:
    """Return all holds of a case, oldest first."""
    mine = sa.select(hold).where(hold.c.instance_id == root_id)
    return uow.conn.execute(mine.order_by(hold.c.ordered_at)).all()


def moved_since(uow: UnitOfWork, root_id: str, begun: datetime, at: datetime) -> datetime:
    """Return a date that was set at *begun*, moved by every hold the case has had since."""
    for past in history(uow, root_id):
        if past.released_at is not None and past.ordered_at >= begun:
            at = _later(uow, at, _days(uow, past.ordered_at, past.released_at))
    return at


def _days(uow: UnitOfWork, ordered: datetime, released: datetime) -> int:
    first, last = ordered.astimezone(CHINA).date(), released.astimezone(CHINA).date()
    return calendar.load(uow).between(first, last)


def _later(uow: UnitOfWork, at: datetime, days: int) -> datetime:
    """Move a moment by working days, keeping its time of day.

    A moment at midnight ends the legal day before it, and it is that day which moves.
    """
    if days == 0 or at >= NO_DUE:
        return at
    local = at.astimezone(CHINA)
    midnight = local.timetz().replace(tzinfo=None) == datetime.min.time()
    day = (local - timedelta(days=1)).date() if midnight else local.date()
    moved = calendar.load(uow).add(day, days)
    return local + (moved - day)


def _move_due(uow: UnitOfWork, root_id: str, days: int) -> None:
    whole = task.alias()  # a part that is done may still be changed until its task is
    alive = sa.func.coalesce(whole.c.status, task.c.status).in_(("open", "claimed"))
    joined = task.outerjoin(whole, whole.c.id == task.c.part_of)
    waiting = (task.c.root_id == root_id) & alive & (task.c.due_at < NO_DUE)
    dated = sa.select(task.c.id, task.c.due_at).select_from(joined).where(waiting)
    for row in uow.conn.execute(dated).all():
        moved = {"due_at": _later(uow, row.due_at, days)}
        uow.conn.execute(task.update().where(task.c.id == row.id), moved)
        uow.conn.execute(inbox.update().where(inbox.c.task_id == row.id), moved)


def _tell_all(case: instances.Case, code: str) -> None:
    whole = sa.select(instance.c.id).where(instance.c.root_id == case.root_id)
    query = sa.select(participant.c.principal).where(participant.c.root_id.in_(whole)).distinct()
    for principal in case.uow.conn.scalars(query).all():
        notices.tell(case, principal, "N9", code)
