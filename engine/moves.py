"""Moving a case on: from one waiting state to the next, automatic steps included.

``advance`` lets one token go (or none, at the start), runs gateways, service tasks and
decisions until every token waits again, and then writes the difference between what waited
before and what waits now. It is called once per command, inside its transaction.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import sqlalchemy as sa

from engine import decisions, expressions, instances, waits
from engine.diagrams import Node
from engine.errors import EngineError, Invalid
from engine.instances import Case
from engine.model import instance, step_record
from engine.spiff import MAX_AUTOMATIC, Wait, read_body
from engine.unit_of_work import ServiceCall


def start(case: Case) -> None:
    """Run a new case to its first waits and save it.

    The record that opens it, if there is one, must have been made before.
    """
    made = case.pending.get("step_record")
    opening = {"record": made[0]["digest"]} if made else {}
    case.audit(
        "instance_started",
        definition=case.blueprint.key,
        version=case.blueprint.version,
        package=case.blueprint.package.digest,
        process=case.row["process"],
        number=case.row["business_key"],
        **opening,
    )
    advance(case, None)


def advance(case: Case, done: Wait | None) -> None:
    """Let *done* go, move everything on, write the outcome and save the case.

    Raises what conditions, services and decisions raise; the command then changes nothing.
    """
    before = case.flow.waits() if done is not None else {}
    if done is not None:
        _let_go(case, done)
    _run(case, before)
    after = case.flow.waits()
    for wait in before:
        if wait not in after:
            same = done is not None and wait == done
            waits.close_wait(case, wait, case.node(wait.node), done=same)
    for wait in after:
        if wait not in before:
            waits.open_wait(case, wait, case.node(wait.node))
    if case.flow.done:
        _finish(case)
    instances.save(case)


def _let_go(case: Case, done: Wait) -> None:
    node = case.node(done.node)
    if node.kind in ("timer", "message") and node.element != "receiveTask":
        case.flow.fire(done)
    else:
        case.flow.complete(done)


def _run(case: Case, known: Container[Wait]) -> None:
    """Step until no automatic work is left; bounded, because a diagram may loop."""
    for _ in range(MAX_AUTOMATIC):
        case.flow.step(lambda source: expressions.condition(case, source))
        new = [wait for wait in case.flow.waits() if wait not in known]
        ready = [wait for wait in new if _automatic(case, wait)]
        if not ready:
            return
        for wait in ready:
            case.flow.complete(wait)
    raise Invalid("too_many_steps", node=case.row["process"], limit=MAX_AUTOMATIC)


def _automatic(case: Case, wait: Wait) -> bool:
    """Do the work of a node that needs nobody; tells whether its token may go on."""
    node = case.node(wait.node)
    if node.kind == "service":
        _serve(case, node)
    elif node.kind == "decision":
        _decide(case, node)
    elif node.kind == "children":
        return _spawn(case, wait, node)
    elif node.kind == "await":
        return gather(case, node.await_of)
    else:
        return False
    return True


def _serve(case: Case, node: Node) -> None:
    assert node.service is not None
    delegate = case.uow.hooks.delegates.get(node.service.operation)
    if delegate is None:
        raise Invalid("operation_unknown", node=node.id, operation=node.service.operation)
    inputs = {
        name: expressions.evaluate_json(case, source, node=node.id)
        for name, source in node.service.inputs.items()
    }
    call = ServiceCall(
        case.row,
        node.id,
        instances.copied(case.flow.variables),
        inputs,
        lambda key: latest(case, key),
    )
    try:
        result = dict(delegate.run(case.uow, call))
    except EngineError as error:
        error.instance_id = error.instance_id or case.id
        raise
    case.know(result)
    digest = case.record(node, "service", data={"inputs": inputs, "result": result})
    case.audit("service_done", node=node.id, operation=node.service.operation, record=digest)


def _decide(case: Case, node: Node) -> None:
    assert node.decision is not None
    name = node.decision.table
    decision = _decision(case, name)
    context = expressions.context(case)
    found = decisions.decide(
        decision, context, functions=expressions.functions(case.uow), now=case.uow.now
    )
    result = expressions.to_json(found, name, node=node.id)
    case.know({node.decision.result: result})
    digest = case.record(node, "service", data={"table": name, "result": result})
    case.audit("decision_made", node=node.id, table=name, record=digest)


def _decision(case: Case, name: str) -> decisions.Decision:
    known = case.uow.engine.caches.setdefault("decisions", {})
    key = (case.blueprint.definition_id, name)
    if key not in known:
        known[key] = decisions.load(case.blueprint.package.decisions[name])
    found: decisions.Decision = known[key]
    return found


def _spawn(case: Case, wait: Wait, node: Node) -> bool:
    """Ask for child cases when the token arrives; it may go on when none is waited for."""
    assert node.children is not None
    asked = case.flow.spawned.get(node.id)
    if asked is not None and asked[0] == wait.token:
        return False
    count = waits.request_children(case, wait, node)
    return not node.children.wait or (count == 0 and gather(case, node.id))


def gather(case: Case, node_id: str) -> bool:
    """Collect the results of the child cases of a node when all have ended.

    The variable ``<node id>_results`` then lists key, item, outcome and exported variables in
    the order of the items. A node that never asked for child cases has none to wait for.
    """
    asked = case.flow.spawned.get(node_id)
    if asked is None:
        return True
    token, expected = asked
    query = (
        sa.select(instance.c.child_key, instance.c.status, instance.c.outcome, instance.c.body)
        .where(instance.c.parent_id == case.id, instance.c.parent_token == token)
        .order_by(instance.c.child_no)
    )
    rows = case.uow.conn.execute(query).all()
    if len(rows) < expected or any(row.status in instances.OPEN for row in rows):
        return False
    children = case.node(node_id).children
    assert children is not None
    case.flow.variables[f"{node_id}_results"] = [
        _result(row.child_key, row.outcome, read_body(row.body)["v"], children.exports)
        for row in rows
    ]
    return True


def _result(
    key: str, outcome: str | None, variables: Mapping[str, Any], exports: tuple[str, ...]
) -> dict[str, Any]:
    exported = {name: variables.get(name) for name in exports}
    return {"key": key, "item": variables.get("item"), "outcome": outcome, **exported}


def latest(case: Case, node_id: str) -> dict[str, Any] | None:
    """Return the form data of the latest completed attempt of a node of this instance."""
    for row in reversed(case.pending.get("step_record", [])):
        if row["node"] == node_id and row["kind"] != "return":
            return dict(row["data"])
    query = (
        sa.select(step_record.c.data)
        .where(
            step_record.c.instance_id == case.id,
            step_record.c.node == node_id,
            step_record.c.kind != "return",
        )
        .order_by(step_record.c.attempt.desc(), step_record.c.id.desc())
        .limit(1)
    )
    found: dict[str, Any] | None = case.uow.conn.scalar(query)
    return found


def _finish(case: Case) -> None:
    case.row["status"] = "completed"
    case.row["ended_at"] = case.uow.now
    outcome = case.flow.variables.get("outcome")
    case.row["outcome"] = outcome if isinstance(outcome, str) else None
    case.audit("instance_completed", outcome=case.row["outcome"])
    waits.cancel_children(case.uow, case.id)
    waits.report_end(case)
