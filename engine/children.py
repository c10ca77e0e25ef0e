"""Child cases: one instance per candidate or entry, each with its own lock and record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine import instances, moves
from engine.errors import Conflict
from engine.instances import Case
from engine.jobs import Job
from engine.model import instance
from engine.spiff import Wait
from engine.unit_of_work import UnitOfWork

INHERITED = ("definition_id", "category", "unit", "started_by", "attributes", "root_id")


def start_one(uow: UnitOfWork, due: Job) -> None:
    """Start the child case of one item, unless its step was taken away meanwhile."""
    assert due.instance_id is not None
    parent = instances.lock(uow, due.instance_id)
    args = due.args
    asked = parent.flow.spawned.get(args["node"])
    if asked is None or asked[0] != due.token:
        return
    node = parent.node(args["node"])
    assert node.children is not None
    item = args["item"]
    name = item.get(node.children.title) if isinstance(item, dict) else item
    start_below(
        parent,
        node.children.process,
        node_id=node.id,
        token=due.token or "",
        key=args["key"],
        no=args["no"],
        title=str(name or args["key"]),
        variables={"item": item, "item_no": args["no"]},
    )


def start_below(parent: Case, process: str, **values: Any) -> Case:
    """Start *process* as a child case of *parent*; returns the saved child.

    It gets what is fixed about the parent and, as variable ``parent``, a copy of what the
    parent knows at this moment.
    """
    row = parent.row
    variables = values["variables"] | {"parent": dict(parent.flow.variables)}
    child = instances.create(
        parent.uow,
        parent.blueprint,
        process,
        **{name: row[name] for name in INHERITED},
        parent_id=parent.id,
        parent_node=values["node_id"],
        parent_token=values["token"],
        child_key=values["key"],
        child_no=values["no"],
        business_key=f"{row['business_key']}-{values['no']}",
        title=f"{row['title']} · {values['title']}",
        step_no=row["step_no"],
        variables=variables,
    )
    moves.start(child)
    return child


def collect(uow: UnitOfWork, due: Job) -> None:
    """Let the parent go on when the last child case has ended; closed parents need nothing."""
    assert due.instance_id is not None
    try:
        parent = instances.lock(uow, due.instance_id)
    except Conflict:
        return
    node_id = due.args["node"]
    if not moves.gather(parent, node_id):
        return
    wait = _waiting_for(parent, node_id)
    if wait is None:
        instances.save(parent)
    else:
        parent.audit("children_ended", node=node_id)
        moves.advance(parent, wait)


def _waiting_for(parent: Case, node_id: str) -> Wait | None:
    for wait in parent.flow.waits():
        node = parent.node(wait.node)
        if node_id in (wait.node, node.await_of):
            return wait
    return None


def of(uow: UnitOfWork, parent_id: str) -> list[Mapping[str, Any]]:
    """Return the child cases of a case, in the order they were asked for."""
    columns = (
        instance.c.id, instance.c.process, instance.c.business_key, instance.c.title,
        instance.c.status, instance.c.outcome, instance.c.parent_node, instance.c.child_key,
        instance.c.child_no, instance.c.step_no, instance.c.started_at, instance.c.ended_at,
    )  # fmt: skip
    query = sa.select(*columns).where(instance.c.parent_id == parent_id)
    rows = uow.conn.execute(query.order_by(instance.c.child_no, instance.c.id)).mappings()
    return [dict(row) for row in rows]


def open_count(uow: UnitOfWork, parent_id: str, process: str) -> int:
    """Return how many child cases of a process are still open, such as complaints."""
    query = sa.select(sa.func.count()).where(
        instance.c.parent_id == parent_id,
        instance.c.process == process,
        instance.c.status.in_(instances.OPEN),
    )
    return uow.conn.scalar(query) or 0
