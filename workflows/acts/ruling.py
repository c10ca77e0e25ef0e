"""What the organiser settles after closing: a named person decides an entry, with a reason.

Rulings are only added. The result is computed anew with all of them, so it always follows from
what is on the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine import instances
from engine.errors import Invalid, NotFound
from engine.model import new_id
from engine.unit_of_work import UnitOfWork
from workflows import desk
from workflows.acts import closing, life, rows
from workflows.acts.model import act, act_ruling


def rule(uow: UnitOfWork, task_id: str, entry: str, given: Mapping[str, Any]) -> None:
    """Settle *entry* as *given* says; its ``reason`` is needed.

    Raises Conflict unless the act is closed and not yet confirmed, NotFound for an entry that
    is not in it, and Invalid with what is wrong with the ruling.
    """
    held = rows.lead(uow, task_id)
    life.after(held.state, "rule", **held.at)
    settings = held.row.settings
    if entry not in {each["id"] for each in settings["entries"]}:
        raise NotFound("act_unknown")
    value, faults = held.kind.rule(settings, given)
    reason = desk.check_reason(str(given.get("reason", "")))
    if not reason:
        faults["reason"] = ["required"]
    if faults:
        raise Invalid(fields=faults)
    no = rows.count_rulings(uow, task_id) + 1
    row = {
        "id": new_id(), "act_id": task_id, "no": no, "entry": entry, "value": value,
        "reason": reason, "by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now,
    }  # fmt: skip
    uow.conn.execute(act_ruling.insert(), row)
    found = closing.compute(uow, held.row)
    uow.conn.execute(act.update().where(act.c.id == task_id).values(result=found))
    case = held.mine.case
    case.audit("act_ruled", task=task_id, entry=entry, input=found["certificate"]["input_hash"])
    instances.save(case)


def of(uow: UnitOfWork, act_id: str) -> list[Any]:
    """Return every ruling of an act, first to last."""
    query = sa.select(act_ruling).where(act_ruling.c.act_id == act_id)
    return list(uow.conn.execute(query.order_by(act_ruling.c.no)))
