"""回避声明: an expert names his conflicts, or signs that he has none, before he marks anything.

He may name another one later; what he has handed in there stays in the history and does not
count, and somebody else gets the entry. The case is locked, since that may open a part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine import instances, parts, tasks
from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from workflows.acts import life, loads, rows, taking
from workflows.acts.hooks import Barred
from workflows.acts.kind import MAX_REASON
from workflows.acts.kinds import HOOKS
from workflows.acts.model import act, act_conflict
from workflows.acts.panel.model import act_declaration


def declare(uow: UnitOfWork, part_id: str, named: Mapping[str, str], *, key: str | None) -> bool:
    """Take the declaration of a participant: entry → reason of each conflict, {} for none.

    Returns False for a repeated submission. Raises Invalid with ``<entry>.reason`` for a
    conflict without one, NotFound for an entry that is not his, Conflict when the act is not
    open or too late, NotAllowed for anybody else.
    """
    if key is not None and not tasks.first_time(uow, key, "declare", part_id):
        return False
    part, who = taking.found(uow, part_id)
    taking.require_mine(uow, who, part)
    at = {"instance_id": part.instance_id, "task": part.name}
    case = instances.lock(uow, part.instance_id)
    row = uow.conn.execute(sa.select(act).where(act.c.id == who.act_id).with_for_update()).one()
    life.after(row.state, "contribute", **at)
    part = parts.held(uow, part_id)
    if part.due_at < uow.now:
        raise Conflict("act_late", **at, when=part.due_at)
    new = _checked(uow, row, who, named)
    same = {"by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now}
    lines = [
        {"participant_id": who.id, "entry": entry, "source": "declared", "reason": reason, **same}
        for entry, reason in new.items()
    ]
    if lines:
        uow.conn.execute(act_conflict.insert(), lines)
        loads.settle(uow, row, who.id)
    _sign(uow, {"participant_id": who.id, "named": len(new), **same})
    case.audit("act_declared", task=row.id, who=who.principal, named=len(new))
    for entry, reason in new.items():
        HOOKS[row.kind].barred(case, row, Barred(who.id, (entry,), reason))
    instances.save(case)
    return True


def _checked(uow: UnitOfWork, row: Any, who: Any, named: Mapping[str, str]) -> dict[str, str]:
    own, barred = set(loads.own(uow, row, who)), rows.conflicts_of(uow, who.id)
    if not named.keys() <= own:
        raise NotFound("act_unknown")
    reasons = {entry: reason.strip() for entry, reason in named.items() if entry not in barred}
    faults = {
        f"{entry}.reason": ["required" if not reason else "reason_too_long"]
        for entry, reason in reasons.items()
        if not 0 < len(reason) <= MAX_REASON
    }
    if faults:
        raise Invalid(fields=faults)
    return reasons


def _sign(uow: UnitOfWork, values: dict[str, Any]) -> None:
    """Keep the first declaration as it was signed; later conflicts have rows of their own."""
    instances.insert_new(uow, act_declaration, values)
