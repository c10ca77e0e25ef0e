"""Rows for tokens that wait: a task for a person, a job for a timer, a subscription.

``open_wait`` writes what a newly waiting token needs, ``close_wait`` takes it away again when
the token is gone, whether its work was done or its step was cancelled.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine import audit, calendar, expressions, jobs, parts
from engine.diagrams import Node
from engine.errors import Blocked, Invalid
from engine.instances import OPEN, Case
from engine.model import NO_DUE, audit_entry, inbox, instance, job, subscription, task
from engine.spiff import Wait
from engine.unit_of_work import CHINA, UnitOfWork

MORNING = time(9)
MAX_CHILDREN = 20_000
NUMBERS = ":children"
"""Counter of the last number given to a child case; no node id holds a colon."""


def open_wait(case: Case, wait: Wait, node: Node) -> None:
    """Write the rows a newly waiting token needs."""
    if node.kind == "user":
        _open_task(case, wait, node)
    elif node.kind == "timer":
        _open_timer(case, wait, node)
    elif node.kind == "message":
        _open_subscription(case, wait, node)


def close_wait(case: Case, wait: Wait, node: Node, *, done: bool) -> None:
    """Take away the rows of a token that waits no longer; *done* unless it was cancelled."""
    uow = case.uow
    if node.kind == "user":
        uow.conn.execute(inbox.delete().where(inbox.c.task_id == wait.token))
        if node.act is not None:
            parts.close(uow, wait.token)
        timed = node.step is not None and (node.step.due or node.step.remind)
        if timed or node.act is not None:
            jobs.cancel(uow, case.id, [wait.token])
        if not done:
            values = {"status": "cancelled", "done_at": uow.now, "version": task.c.version + 1}
            uow.conn.execute(task.update().where(task.c.id == wait.token).values(values))
            case.audit("task_cancelled", task=wait.token, node=node.id)
    elif node.kind == "timer":
        jobs.cancel(uow, case.id, [_key(wait)])
    elif node.kind == "message":
        uow.conn.execute(subscription.delete().where(subscription.c.token == _key(wait)))
    elif node.kind == "children" and not done:
        case.flow.spawned.pop(node.id, None)
        cancel_children(uow, case.id, token=wait.token)


def close_all(uow: UnitOfWork, instance_id: str) -> None:
    """Take away every waiting row of an instance that is being cancelled."""
    open_tasks = (task.c.instance_id == instance_id) & task.c.status.in_(("open", "claimed"))
    ids = sa.select(task.c.id).where(open_tasks)
    uow.conn.execute(inbox.delete().where(inbox.c.task_id.in_(ids)))
    values = {"status": "cancelled", "done_at": uow.now}
    uow.conn.execute(task.update().where(open_tasks).values(values))
    uow.conn.execute(subscription.delete().where(subscription.c.instance_id == instance_id))
    jobs.cancel(uow, instance_id)


def request_children(case: Case, wait: Wait, node: Node) -> int:
    """Ask the worker to start a child case per item; returns how many.

    Each child starts in a transaction of its own, so a step with thousands of entries does not
    hold the case. Raises Invalid when the items are no list of things with distinct keys.
    """
    assert node.children is not None
    items = expressions.evaluate(case, node.children.items, node=node.id)
    keyed = _keyed(items, node)
    uow = case.uow
    previous = case.flow.spawned.get(node.id)
    if previous is not None:
        cancel_children(uow, case.id, token=previous[0])
    case.flow.spawned[node.id] = [wait.token, len(keyed)]
    first = reserve_numbers(case, len(keyed))
    for no, (key, item) in enumerate(keyed.items(), start=first):
        args = {"node": node.id, "key": key, "item": item, "no": no}
        _add_job(case, "child_start", uow.now, wait.token, args=args)
    case.audit("children_requested", node=node.id, count=len(keyed))
    return len(keyed)


def reserve_numbers(case: Case, count: int) -> int:
    """Return the first of *count* numbers for child cases of a case; none is given twice.

    Child cases start later, so those there are cannot tell which numbers are taken.
    """
    last = case.flow.counters.get(NUMBERS, 0)
    case.flow.counters[NUMBERS] = last + count
    return last + 1


def cancel_children(uow: UnitOfWork, parent_id: str, *, token: str | None = None) -> None:
    """Cancel the running child cases of a parent, or only those one token asked for.

    The caller holds the parent's lock; locks go from parents to children, never back.
    """
    which = (instance.c.parent_id == parent_id) & (instance.c.status == "running")
    pending = (job.c.instance_id == parent_id) & (job.c.kind == "child_start")
    if token is not None:
        which &= instance.c.parent_token == token
        pending &= job.c.token == token
    uow.conn.execute(job.delete().where(pending))
    for child_id in uow.conn.scalars(sa.select(instance.c.id).where(which)).all():
        cancel_instance(uow, child_id)


def cancel_instance(uow: UnitOfWork, instance_id: str) -> None:
    """End an instance and everything below it without a result; one that has ended stays so."""
    chosen = sa.select(instance).where(instance.c.id == instance_id).with_for_update()
    chain = dict(uow.conn.execute(chosen).one()._mapping)
    if chain["status"] not in OPEN:
        return  # it ended while we waited for its lock
    entry = audit.link(uow, chain, "instance_cancelled", {})
    uow.conn.execute(audit_entry.insert(), entry)
    values = {
        "status": "cancelled",
        "ended_at": uow.now,
        "updated_at": uow.now,
        "version": chain["version"] + 1,
        "audit_seq": chain["audit_seq"],
        "audit_head": chain["audit_head"],
    }
    uow.conn.execute(instance.update().where(instance.c.id == instance_id).values(values))
    close_all(uow, instance_id)
    cancel_children(uow, instance_id)


def _key(wait: Wait) -> str:
    """An event-based gateway waits with one token for several events."""
    return f"{wait.token}/{wait.node}"


def principal_of(case: Case, node: Node) -> str:
    """Return who gets a task: its role at the unit the step names."""
    unit = str(case.row["unit"])
    if node.step is not None and node.step.unit not in ("", "case"):
        value = expressions.evaluate(case, node.step.unit, node=node.id)
        unit = value if isinstance(value, str) and value else unit
    return case.uow.hooks.principal(case.uow, node.role, unit)


def _open_task(case: Case, wait: Wait, node: Node) -> None:
    uow, step = case.uow, node.step
    counters = case.flow.counters
    attempt = counters[node.id] = counters.get(node.id, 0) + 1
    principal = principal_of(case, node)
    due = expressions.due(case, step.due, node=node.id) if step else None
    due_at = due or NO_DUE
    number = (step.no or 0) if step else 0
    case.row["step_no"] = number or case.row["step_no"]
    case.insert(
        task,
        id=wait.token,
        instance_id=case.id,
        root_id=case.root_id,
        node=node.id,
        name=node.name,
        step_no=number,
        attempt=attempt,
        role=node.role,
        principal=principal,
        status="open",
        due_at=due_at,
        created_at=uow.now,
        version=0,
    )
    case.insert(inbox, principal=principal, due_at=due_at, task_id=wait.token)
    case.joins(principal)
    case.audit("task_opened", task=wait.token, node=node.id, attempt=attempt, to=principal)
    if step is not None:
        _remind(case, wait, due, step.remind)


def _remind(case: Case, wait: Wait, due: datetime | None, days: tuple[int, ...]) -> None:
    for n in days:
        try:
            day = calendar.load(case.uow).add(case.uow.today, n)
        except Blocked:
            break  # the missing year is a finding already; a reminder is not worth more
        at = datetime.combine(day, MORNING, CHINA)
        _add_job(case, "remind", at, wait.token, args={"task": wait.token, "class": "N2"})
    if due is not None:
        _add_job(case, "remind", due, wait.token, args={"task": wait.token, "class": "N3"})


def _open_timer(case: Case, wait: Wait, node: Node) -> None:
    at = expressions.moment(case, node.timer, node=node.id)
    args = {"token": wait.token, "node": node.id}
    _add_job(case, "timer", at, _key(wait), args=args, rule=node.timer)
    case.audit("timer_set", node=node.id, at=at.isoformat(), rule=node.timer)


def _open_subscription(case: Case, wait: Wait, node: Node) -> None:
    values = {
        "id": _key(wait),
        "instance_id": case.id,
        "root_id": case.root_id,
        "message": node.message,
        "node": node.id,
        "token": _key(wait),
    }
    case.insert(subscription, **values)
    case.audit("message_awaited", node=node.id, message=node.message)


def _add_job(case: Case, kind: str, at: datetime, token: str, **columns: Any) -> None:
    row = jobs.row(
        kind, at, case.uow.now, instance_id=case.id, root_id=case.root_id, token=token, **columns
    )
    case.insert(job, **row)


def report_end(case: Case) -> None:
    """Tell the parent that a child case has ended, once however many end at a time.

    A job that is there already is touched: its row is then locked until we commit, so no worker
    can look at the parent in between, find this child still open and drop the job for good.
    """
    token = case.row["parent_token"]
    if not token:
        return
    row = jobs.row(
        "children_ended",
        case.uow.now,
        case.uow.now,
        instance_id=case.row["parent_id"],
        root_id=case.root_id,
        token=token,
        unique_key=f"children:{token}",
        args={"node": case.row["parent_node"]},
    )
    made = (sqlite if case.uow.engine.sqlite else postgresql).insert(job).values(row)
    again = {"next_at": case.uow.now, "attempts": 0, "dead": False}
    case.uow.conn.execute(made.on_conflict_do_update(index_elements=["unique_key"], set_=again))


def _keyed(items: Any, node: Node) -> dict[str, Any]:
    assert node.children is not None
    if not isinstance(items, list) or len(items) > MAX_CHILDREN:
        raise Invalid("children_not_a_list", node=node.id, limit=MAX_CHILDREN)
    found: dict[str, Any] = {}
    for item in items:
        key = item.get(node.children.key) if isinstance(item, dict) else item
        if not isinstance(key, str) or not key or key in found:
            raise Invalid("children_key", node=node.id, key=str(key))
        found[key] = item
    return found
