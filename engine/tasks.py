"""Human tasks: who may hold one, and what happens when it is handed in or sent back.

A task is ``open`` until somebody of its group claims it, ``claimed`` while that person works
on it, then ``completed``, or ``cancelled`` when its step is taken away. Handing in an open task
claims it in the same command. ``held`` checks the actor, locks the case and returns a
``HeldTask``; only that can be released, completed or sent back, so nobody forgets the checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine import instances, moves, waits
from engine.diagrams import Node
from engine.errors import (
    AlreadyDone,
    Blocked,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    TaskAlreadyClaimed,
)
from engine.instances import Case
from engine.model import draft, idempotency, inbox, task
from engine.spiff import Wait
from engine.unit_of_work import UnitOfWork

MAX_RETURNS = 3
"""Returns per step before the case must go to the head (``return.max``, a default, D)."""


@dataclass(frozen=True)
class HeldTask:
    """A task the actor may act on now, with its locked case. Made by ``held`` alone."""

    row: Any
    case: Case
    node: Node

    @property
    def wait(self) -> Wait:
        """The token this task stands for."""
        return Wait(self.row.id, self.row.node)


@dataclass(frozen=True)
class Submission:
    """What a person hands in: the form's data and what goes with it."""

    data: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Mapping[str, Any]] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    reason: str = ""


@dataclass(frozen=True)
class Return:
    """退回: where to, why, what to mend and by when (docs/reference/domain.md, returns)."""

    target: str
    reason_code: str
    reason: str
    items: Sequence[str] = ()
    due: str | None = None


def get(uow: UnitOfWork, task_id: str) -> Any:
    """Return the row of a task, whoever asks; raises NotFound."""
    row = uow.conn.execute(_ONE, {"task_id": task_id}).first()
    if row is None:
        raise NotFound("task_unknown")
    return row


# Asked twice in every submission: building such a statement costs as much as running it.
_ONE = sa.select(task).where(task.c.id == sa.bindparam("task_id"))


def held(uow: UnitOfWork, task_id: str) -> HeldTask:
    """Return a task the actor may act on, its case locked.

    Raises NotAllowed, TaskAlreadyClaimed, AlreadyDone, OnHold, Conflict; all of them are
    recorded as refused attempts.
    """
    seen = get(uow, task_id)
    if not _may_act(uow, seen):
        raise NotAllowed("not_candidate", instance_id=seen.instance_id, task=seen.name)
    if seen.part_of is not None:  # it has no token that could move on
        raise Conflict("task_is_part", instance_id=seen.instance_id, task=seen.name)
    case = instances.lock(uow, seen.instance_id, root_id=seen.root_id)
    row = get(uow, task_id)  # another command may have changed it before we got the lock
    at = {"instance_id": case.id, "task": row.name}
    if row.status == "completed":
        raise AlreadyDone(**at, by=row.assignee_name or "", when=row.done_at)
    if row.status == "cancelled":
        raise AlreadyDone("task_cancelled", **at)
    if row.assignee not in (None, uow.actor.id):
        raise TaskAlreadyClaimed(**at, by=row.assignee_name)
    if not _may_act(uow, row):  # given back in another window by somebody who left the group
        raise NotAllowed("not_candidate", **at)
    node = case.node(row.node)
    _four_eyes(case, node)
    return HeldTask(row, case, node)


def claim(uow: UnitOfWork, task_id: str) -> None:
    """Make the actor the only person who may complete the task; again changes nothing."""
    mine = held(uow, task_id)
    if mine.row.assignee is None:
        _take(mine)
        instances.save(mine.case)


def release(uow: UnitOfWork, task_id: str) -> None:
    """Give a claimed task back to its group (退签)."""
    mine = held(uow, task_id)
    if mine.row.assignee is None:
        return
    values = {"assignee": None, "assignee_name": None, "status": "open", "claimed_at": None}
    _update(mine, values)
    _show_to(mine, mine.row.principal)
    mine.case.audit("task_released", task=task_id, node=mine.node.id)
    instances.save(mine.case)


def complete(uow: UnitOfWork, mine: HeldTask, done: Submission, *, key: str | None = None) -> bool:
    """Hand in a task and move the case on.

    *key* is chosen by the sender; a second submission with the same key changes nothing and
    returns False, as does nothing else. Raises Conflict("key_reused") for a key that stands for
    something else.
    """
    if key is not None and not first_time(uow, key, "complete", mine.row.id):
        return False
    _close(mine)
    case = mine.case
    digest = case.record(
        mine.node, "complete", **_common(mine), data=dict(done.data), files=list(done.files),
        findings=list(done.findings), reason=done.reason,
    )  # fmt: skip
    case.attach(done.files, mine.row.id)
    case.know({**done.variables, "return_to": None})
    case.audit("task_completed", **_named(mine), record=digest)
    moves.advance(case, mine.wait)
    return True


def send_back(uow: UnitOfWork, mine: HeldTask, back: Return, *, key: str | None = None) -> bool:
    """Send the case back to an earlier step (退回), on the record.

    Raises Invalid for a target the step does not allow or a missing reason, and
    Blocked("return_limit") after MAX_RETURNS returns from this step.
    """
    if key is not None and not first_time(uow, key, "return", mine.row.id):
        return False
    _check_return(mine, back)
    case, counter = mine.case, f"return:{mine.node.id}"
    returned = case.flow.counters.get(counter, 0) + 1
    limit = int(case.row["attributes"].get("settings", {}).get("return.max", MAX_RETURNS))
    if returned > limit:
        raise Blocked("return_limit", instance_id=case.id, task=mine.row.name, limit=limit)
    case.flow.counters[counter] = returned
    _close(mine)
    data = {
        "target": back.target, "reason_code": back.reason_code, "items": list(back.items),
        "due": back.due, "no": returned,
    }  # fmt: skip
    digest = case.record(mine.node, "return", **_common(mine), data=data, reason=back.reason)
    case.flow.variables["return_to"] = back.target
    case.audit("task_returned", **_named(mine), target=back.target, record=digest)
    moves.advance(case, mine.wait)
    return True


def _check_return(mine: HeldTask, back: Return) -> None:
    step = mine.node.step
    allowed = step.returns if step is not None else ()
    faults: dict[str, list[Any]] = {}
    if back.target not in allowed:
        faults["target"] = ["return_target"]
    if not back.reason_code:
        faults["reason_code"] = ["required"]
    if not back.reason.strip():
        faults["reason"] = ["required"]
    if faults:
        raise Invalid("return_incomplete", fields=faults)


def _may_act(uow: UnitOfWork, row: Any) -> bool:
    return row.assignee == uow.actor.id or row.principal in uow.actor.principals


def _four_eyes(case: Case, node: Node) -> None:
    """Refuse a person who did a step that this one must not share its hands with."""
    others = node.step.not_by if node.step is not None else ()
    if not others:
        return
    query = sa.select(task.c.name).where(
        task.c.root_id == case.root_id,
        task.c.instance_id.in_((case.id, case.row["parent_id"] or case.id)),
        task.c.node.in_(others),
        task.c.status == "completed",
        task.c.done_by == case.uow.actor.id,
    )
    did = case.uow.conn.scalar(query.limit(1))
    if did is not None:
        raise NotAllowed("separation_of_duties", instance_id=case.id, task=node.name, did=did)


def _take(mine: HeldTask) -> None:
    actor, uow = mine.case.uow.actor, mine.case.uow
    values = {"assignee": actor.id, "assignee_name": actor.name, "status": "claimed"}
    _update(mine, {**values, "claimed_at": uow.now})
    _show_to(mine, actor.personal)
    mine.case.joins(actor.personal)
    mine.case.audit("task_claimed", task=mine.row.id, node=mine.node.id)


def _show_to(mine: HeldTask, principal: str) -> None:
    conn = mine.case.uow.conn
    conn.execute(inbox.delete().where(inbox.c.task_id == mine.row.id))
    values = {"principal": principal, "due_at": mine.row.due_at, "task_id": mine.row.id}
    conn.execute(inbox.insert(), values)


def _close(mine: HeldTask) -> None:
    """Mark the task done by the actor, who holds it from now on if nobody did."""
    actor, uow = mine.case.uow.actor, mine.case.uow
    values = {"assignee": actor.id, "assignee_name": actor.name, "status": "completed"}
    claimed = mine.row.claimed_at or uow.now
    _update(mine, {**values, "claimed_at": claimed, "done_at": uow.now, "done_by": actor.id})
    mine.case.joins(actor.personal)
    mine_draft = (draft.c.task_id == mine.row.id) & (draft.c.person == actor.id)
    uow.conn.execute(draft.delete().where(mine_draft))


def _update(mine: HeldTask, values: Mapping[str, Any]) -> None:
    query = task.update().where(task.c.id == mine.row.id)
    mine.case.uow.conn.execute(query, {**values, "version": mine.row.version + 1})


def _common(mine: HeldTask) -> dict[str, Any]:
    row = mine.row
    return {
        "task_id": row.id,
        "attempt": row.attempt,
        "role": row.role,
        "opened_at": row.created_at,
    }


def _named(mine: HeldTask) -> dict[str, Any]:
    return {"task": mine.row.id, "node": mine.node.id, "attempt": mine.row.attempt}


def first_time(uow: UnitOfWork, key: str, command: str, subject: str = "") -> bool:
    """Tell whether a command with this key is new, and remember it (idempotency).

    *subject* says what it was done to. Raises Conflict("key_reused") when the key stands for
    another command, another subject or another person: what was sent must not be lost in silence.
    """
    this = {"actor": uow.actor.id, "command": command, "result": {"subject": subject}}
    if instances.insert_new(uow, idempotency, {"key": key, "at": uow.now, **this}):
        return True
    columns = [idempotency.c[name] for name in this]
    known = uow.conn.execute(sa.select(*columns).where(idempotency.c.key == key)).one()
    if known._asdict() != this:
        raise Conflict("key_reused")
    return False


def withdraw(uow: UnitOfWork, instance_id: str, reason: str) -> None:
    """撤回: end a case, or one child case, before its end, with a reason on the record.

    The layer above decides who may. The parent of a withdrawn child goes on with the others.
    """
    if not reason.strip():
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    case = instances.lock(uow, instance_id)
    case.row["status"] = "withdrawn"
    case.row["outcome"] = "撤回"
    case.row["ended_at"] = uow.now
    digest = case.record(None, "withdraw", reason=reason)
    case.audit("instance_withdrawn", record=digest)
    waits.close_all(uow, case.id)
    waits.cancel_children(uow, case.id)
    instances.save(case)
    waits.report_end(case)
