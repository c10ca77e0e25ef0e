"""Where a case has been on its diagram: the state of every node, and the flows it took.

Nothing about flows is stored. They follow from the records: whatever a command opened carries
the very moment of the record that opened it, so a flow was taken when it lies on the way from
the record's node to a node opened at that moment, through nodes at which nobody stops.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import instances
from engine.diagrams import GATEWAYS, Process
from engine.model import instance, job, subscription
from engine.unit_of_work import UnitOfWork

OPEN = ("open", "claimed")
ACTED = ("complete", "return", "message", "start", "timer")
PASSED = GATEWAYS | {"start", "end", "subprocess", "service", "decision", "call"}
"""Kinds of nodes a token passes without anybody doing anything."""


@dataclass
class NodeState:
    """One node: ``state`` is done, active, overdue, returned or waiting."""

    state: str
    done: int = 0
    returns: int = 0
    who: str = ""
    task: str = ""
    returned_to: int = 0


@dataclass(frozen=True)
class Trace:
    """The state of one instance on its diagram."""

    nodes: Mapping[str, NodeState] = field(default_factory=dict)
    flows: frozenset[str] = frozenset()
    current: str = ""


def of(
    uow: UnitOfWork, row: Mapping[str, Any], process: Process, history: tuple[Any, Any]
) -> Trace:
    """Return the trace of instance *row*; *history* are its records and its tasks."""
    records = [each for each in history[0] if each.instance_id == row["id"]]
    work = [each for each in history[1] if each.instance_id == row["id"]]
    nodes = _from_records(records, process)
    ended = row["status"] not in instances.OPEN
    if not ended:
        _waiting(uow, row["id"], nodes)
    _children(uow, row["id"], nodes)
    current = ""
    for each in work:
        if each.status in OPEN:
            known = nodes.setdefault(each.node, NodeState(""))
            known.state = "overdue" if each.due_at < uow.now else "active"
            known.who, known.task = each.assignee_name or "", each.id
            current = current or each.node
    for state in ("active", "waiting"):  # child cases at work come before a timer beside them
        current = current or next((k for k, node in nodes.items() if node.state == state), "")
    return Trace(nodes, frozenset(taken(process, records, work)), current)


def taken(process: Process, records: Sequence[Any], work: Sequence[Any]) -> set[str]:
    """Return the ids of the flows a case took, as far as the records prove them."""
    opened: dict[datetime, set[str]] = {}
    for each in work:
        opened.setdefault(each.created_at, set()).add(each.node)
    found: set[str] = set()
    acts = {(r.node, r.at) for r in records if r.kind in ACTED and r.node in process.nodes}
    starts = [(process.start, r.at) for r in records if r.kind == "start" and process.start]
    for node, at in acts | set(starts):
        for target in opened.get(at, set()):
            found |= _way(process, node, target)
    return found


def _way(process: Process, source: str, target: str) -> set[str]:
    """Return the flows of the shortest way that stops at no node in between."""
    came: dict[str, tuple[str, str]] = {}
    queue = deque([source])
    while queue:
        here = queue.popleft()
        for flow_id, there in _onward(process, here):
            if there in came:
                continue
            came[there] = (here, flow_id)
            if there == target:
                return _back(came, source, target)
            if process.nodes[there].kind in PASSED:
                queue.append(there)
    return set()


def _back(came: Mapping[str, tuple[str, str]], source: str, target: str) -> set[str]:
    flows: set[str] = set()
    here = target
    while True:
        here, flow_id = came[here]
        flows.add(flow_id)
        if here == source:
            return flows - {""}


def _onward(process: Process, node_id: str) -> Iterable[tuple[str, str]]:
    """Yield flow and node after a node; a sub-process is entered at its start, left at an end."""
    node = process.nodes[node_id]
    if node.kind == "subprocess":
        yield from (("", inner.id) for inner in process.inside(node.id) if inner.kind == "start")
        return
    leaves = node.kind == "end" and node.parent
    for flow_id in process.nodes[node.parent].outgoing if leaves else node.outgoing:
        yield flow_id, process.flows[flow_id].target


def _from_records(records: Sequence[Any], process: Process) -> dict[str, NodeState]:
    nodes: dict[str, NodeState] = {}
    for record in records:
        if not record.node:
            continue
        known = nodes.setdefault(record.node, NodeState("done"))
        if record.kind == "return":
            known.state = "returned"
            known.returns += 1
            target = nodes.setdefault(str(record.data.get("target")), NodeState("returned"))
            target.returned_to += 1
        else:
            known.state = "done"
            known.done += 1
    if records and process.start:
        nodes.setdefault(process.start, NodeState("done"))
    return {key: state for key, state in nodes.items() if key in process.nodes}


def _waiting(uow: UnitOfWork, instance_id: str, nodes: dict[str, NodeState]) -> None:
    """Mark timers and messages the case waits for."""
    timers = (job.c.instance_id == instance_id) & (job.c.kind == "timer")
    for args in uow.conn.scalars(sa.select(job.c.args).where(timers)):
        nodes.setdefault(args["node"], NodeState("waiting")).state = "waiting"
    messages = sa.select(subscription.c.node).where(subscription.c.instance_id == instance_id)
    for node in uow.conn.scalars(messages):
        nodes.setdefault(node, NodeState("waiting")).state = "waiting"


def _children(uow: UnitOfWork, instance_id: str, nodes: dict[str, NodeState]) -> None:
    """Mark the nodes that have child cases: in progress while one of them is."""
    query = sa.select(instance.c.parent_node, instance.c.status).where(
        instance.c.parent_id == instance_id, instance.c.parent_token != ""
    )
    for node, status in uow.conn.execute(query):
        known = nodes.setdefault(node, NodeState("done"))
        if status in instances.OPEN:
            known.state = "active"
