"""Messages from outside: delivered to the token that waits, or starting a child case.

A message nobody waits for is refused with a clear answer, never lost silently. When the
package has a process with a message start of that name, the message starts it as a child case
of the case it concerns (a complaint during posting, say).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine import children, instances, moves, waits
from engine.diagrams import Node
from engine.errors import Conflict, NotFound
from engine.instances import Case
from engine.model import instance, subscription
from engine.spiff import Wait
from engine.tasks import Submission
from engine.unit_of_work import UnitOfWork


def deliver(uow: UnitOfWork, instance_id: str, name: str, sent: Submission) -> str:
    """Deliver message *name* to a case; returns the key of the instance that took it.

    Its data become the variable named like the message with ``_`` for ``.``. Raises
    Conflict("message_unexpected") when nothing waits for it and it starts nothing.
    """
    case = instances.lock(uow, instance_id)
    waiting = (subscription.c.instance_id == case.id) & (subscription.c.message == name)
    row = uow.conn.execute(sa.select(subscription).where(waiting).limit(1)).first()
    if row is not None:
        return _to_token(case, row, name, sent)
    start = starts(case, name)
    if start is None:
        raise Conflict("message_unexpected", instance_id=case.id, message=name)
    return _to_new_child(case, start, name, sent)


def starts(case: Case, name: str) -> Node | None:
    """Return the message start event of the package that *name* triggers, if any."""
    for process in case.blueprint.package.processes.values():
        if name in process.message_starts:
            return process.nodes[process.message_starts[name]]
    return None


def _to_token(case: Case, row: Any, name: str, sent: Submission) -> str:
    token = str(row.token).split("/", maxsplit=1)[0]
    node = case.node(row.node)
    case.know({variable(name): dict(sent.data), **sent.variables})
    digest = _keep(case, node, sent)
    case.audit("message_received", message=name, node=node.id, record=digest)
    moves.advance(case, Wait(token, row.node))
    return case.id


def _to_new_child(case: Case, start: Node, name: str, sent: Submission) -> str:
    no = waits.reserve_numbers(case, 1)
    variables = {variable(name): dict(sent.data), "item_no": no, **sent.variables}
    case.audit("message_received", message=name, node=start.id, starts=start.process)
    instances.save(case)
    child = children.start_below(
        case, start.process, node_id=start.id, token="", key=f"{name}-{no}", no=no,
        title=start.name, variables=variables,
    )  # fmt: skip
    digest = _keep(child, start, sent)
    child.audit("message_recorded", message=name, record=digest)
    instances.save(child)
    return child.id


def _keep(case: Case, node: Node, sent: Submission) -> str:
    case.attach(sent.files)
    return case.record(
        node, "message", data=dict(sent.data), files=list(sent.files),
        findings=list(sent.findings), reason=sent.reason,
    )  # fmt: skip


def variable(name: str) -> str:
    """Return the variable a message's data are kept under."""
    return name.replace(".", "_")


def possible(uow: UnitOfWork, instance_id: str) -> list[Node]:
    """Return the message starts of the case's package, for the buttons of its page."""
    query = sa.select(instance.c.definition_id).where(instance.c.id == instance_id)
    definition_id = uow.conn.scalar(query)
    if definition_id is None:
        raise NotFound("case_unknown")
    package = instances.blueprint(uow, definition_id).package
    return [
        process.nodes[event]
        for process in package.processes.values()
        for event in process.message_starts.values()
    ]
