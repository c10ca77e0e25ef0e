"""What the organiser does at the end: close, which computes the result, and confirm it."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from engine import instances, parts, tasks
from engine.errors import AlreadyDone, Invalid
from engine.instances import Case
from engine.model import task
from engine.tasks import HeldTask, Submission
from engine.unit_of_work import UnitOfWork
from workflows import desk, gates
from workflows.acts import life, rows
from workflows.acts.kinds import KINDS
from workflows.acts.model import act
from workflows.counting import certificates
from workflows.desk import Handed


def close(uow: UnitOfWork, task_id: str, *, reason: str = "") -> bool:
    """End taking part and compute the result. Returns False when it is closed already.

    Before the deadline and before everybody has answered it takes a reason, unless nothing
    still to come could change the result. Raises Invalid("act_early_close"), NotCountable.
    """
    held = rows.lead(uow, task_id)
    if held.state == "closed":
        return False
    _close(uow, held, desk.check_reason(reason))
    instances.save(held.mine.case)
    return True


def close_over(case: Case, task_id: str) -> None:
    """Close an act by itself whose deadline is past; the caller has locked and saves the case."""
    uow = case.uow
    row = tasks.get(uow, task_id)
    held = rows.Held(HeldTask(row, case, case.node(row.node)), rows.locked(uow, task_id))
    if held.state == "open":
        _close(uow, held, "")


def _close(uow: UnitOfWork, held: rows.Held, why: str) -> None:
    task_id = held.mine.row.id
    instant = held.kind.instant and held.state == "prepared"
    state = life.after(held.state, "compute" if instant else "close", **held.at)
    held.hooks.closing(uow, held)
    over = everybody_done(uow, task_id) or deadline(uow, held.row) < uow.now
    if not (over or why or held.kind.certain(rows.material(uow, held.row))):
        raise Invalid("act_early_close", fields={"reason": ["required"]})
    result = compute(uow, held.row)
    parts.close(uow, task_id)
    values = {"state": state, "closed_at": uow.now, "result": result, "reason": why}
    uow.conn.execute(act.update().where(act.c.id == task_id).values(values))
    held.hooks.closed(uow, held, result)
    case = held.mine.case
    digest = result["certificate"]["input_hash"]
    given = len(rows.current(uow, task_id))
    case.audit("act_closed", task=task_id, given=given, input=digest, reason=why)


def confirm(uow: UnitOfWork, task_id: str, handed: Handed | None = None) -> bool:
    """Put the result on the record and let the case go on with its summary.

    The variable is ``<node id>_result``. Returns False for a repeated submission. Raises
    Invalid("act_explain") when the result has something to explain and no reason is given, and
    what the rule book raises.
    """
    handed = handed or Handed()
    try:
        held = rows.lead(uow, task_id)
    except AlreadyDone:
        if desk.was_taken(uow, handed.key, task_id):
            return False
        raise
    state = life.after(held.state, "confirm", **held.at)
    case, node, result = held.mine.case, held.mine.node, held.row.result
    why = desk.check_reason(handed.reason)
    if result["attention"] and not why:
        raise Invalid("act_explain", fields={"reason": ["required"]})
    held.hooks.confirming(uow, held)
    data = {
        "act": result, "roll": _roll(uow, task_id), "closed_early": held.row.reason,
        "rulings": [asdict(each) for each in rows.rulings(uow, task_id)],
    }  # fmt: skip
    variables = {f"{node.id}_result": result["summary"]}
    known = {**case.flow.variables, **variables}
    asked = gates.entry(case.blueprint, case.row, node.id, data, known)
    kept = gates.pass_or_refuse(gates.judge(uow, asked), reason=why, instance_id=case.id)
    uow.conn.execute(act.update().where(act.c.id == task_id).values(state=state))
    done = Submission(data, variables, (), kept, why)
    return tasks.complete(uow, held.mine, done, key=handed.key)


def compute(uow: UnitOfWork, row: Any) -> Any:
    """Return the result of an act as it is kept: value, working, and how it may be checked."""
    material = rows.material(uow, row)
    result = KINDS[row.kind].result(material)
    settings = {name: value for name, value in row.settings.items() if name != "entries"}
    certificate = certificates.certify(row.kind, settings, material)
    kept = {each.name: getattr(result, each.name) for each in fields(result)}
    return certificates.as_json({"kind": row.kind, **kept, "certificate": certificate})


def deadline(uow: UnitOfWork, row: Any) -> Any:
    """Return when taking part ends; a hold moves the parts, so theirs is the true one.

    Parts of an act without a roll, such as objections to a posting, have terms of their own.
    """
    if not KINDS[row.kind].roll:
        return row.due_at
    query = sa.select(sa.func.min(task.c.due_at)).where(task.c.part_of == row.id)
    return uow.conn.scalar(query) or row.due_at


def everybody_done(uow: UnitOfWork, act_id: str) -> bool:
    """Tell whether nobody on the roll has anything left to do."""
    return all(row.state != "due" for row in rows.participants(uow, act_id))


def _roll(uow: UnitOfWork, act_id: str) -> list[dict[str, Any]]:
    barred = rows.conflicts(uow, act_id)
    return [
        {
            "no": row.no, "principal": row.principal, "name": row.name, "state": row.state,
            "recused": [
                {"entry": each.entry, "source": each.source, "reason": each.reason}
                for each in barred.get(row.id, {}).values()
            ],
        }
        for row in rows.participants(uow, act_id)
    ]  # fmt: skip
