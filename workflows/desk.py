"""What a reviewer does: open a task, fill its form, hand it in, send it back.

Every function takes a unit of work and is one command or one query. The page and the
scenario runner call the same functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import holds, instances, tasks
from engine.diagrams import Node
from engine.errors import Invalid, NotFound
from engine.instances import Blueprint
from engine.tasks import Return, Submission
from engine.unit_of_work import UnitOfWork
from workflows import answers, drafts, forms, gates, policies


@dataclass(frozen=True)
class TaskPage:
    """Everything the page of a task shows."""

    task: Any
    row: Mapping[str, Any]
    plan: Blueprint
    node: Node
    form: forms.Form
    context: forms.Context
    raw: Mapping[str, Any]
    saved_at: Any
    returns: tuple[Node, ...]
    hold: Any
    may_act: bool


def open_task(uow: UnitOfWork, task_id: str) -> TaskPage:
    """Return what the page of a task shows; NotFound for people outside the case."""
    row = tasks.get(uow, task_id)
    policies.require_case(uow, "case.view", row.instance_id)
    case_row = answers.instance_row(uow, row.instance_id)
    assert case_row is not None
    plan = instances.blueprint(uow, case_row["definition_id"])
    node = _node(plan, case_row, row.node)
    form = answers.form_of(plan, node.id) or forms.load({"components": []})
    context = answers.for_node(uow, case_row, node.id, row.role)
    draft = drafts.load(uow, task_id)
    raw = draft.data if draft else forms.initial(form, context)
    mine = row.assignee == uow.actor.id or (
        row.assignee is None and row.principal in uow.actor.principals
    )
    returns = tuple(_node(plan, case_row, target) for target in _returns(node))
    return TaskPage(
        row, case_row, plan, node, form, context, raw, draft.saved_at if draft else None,
        returns, holds.of(uow, row.root_id), mine and row.status in ("open", "claimed"),
    )  # fmt: skip


def submit(
    uow: UnitOfWork,
    task_id: str,
    raw: Mapping[str, Any],
    *,
    reason: str = "",
    key: str | None = None,
) -> bool:
    """Check a form on the server, judge it by the rule book and hand it in.

    Returns False when the same submission (*key*) was taken before. Raises Invalid with the
    wrong fields, RuleBlocked, ReasonNeeded and whatever the engine refuses; then nothing has
    changed, and the draft still holds what was typed.
    """
    mine = tasks.held(uow, task_id)
    case, node = mine.case, mine.node
    form = answers.form_of(case.blueprint, node.id)
    context = answers.for_node(uow, case.row, node.id, mine.row.role)
    cleaned = forms.validate(form, raw, context) if form else forms.Cleaned({}, {}, ())
    known = {**case.flow.variables, **cleaned.variables}
    found = gates.judge(uow, case.row, node.id, cleaned.data, known)
    kept = gates.pass_or_refuse(found, reason=reason, instance_id=case.id)
    files = [dict(use.file, field=use.path, record=use.record) for use in cleaned.files]
    done = Submission(cleaned.data, cleaned.variables, files, kept, reason.strip())
    return tasks.complete(uow, mine, done, key=key)


def preview(uow: UnitOfWork, task_id: str, raw: Mapping[str, Any]) -> list[Any]:
    """Return the findings a submission would have now, without handing anything in.

    Raises Invalid when the form itself is not in order yet.
    """
    page = open_task(uow, task_id)
    cleaned = forms.validate(page.form, raw, page.context)
    known = {**page.context.variables, **cleaned.variables}
    return gates.judge(uow, page.row, page.node.id, cleaned.data, known)


def send_back(uow: UnitOfWork, task_id: str, back: Return, *, key: str | None = None) -> bool:
    """Send a case back to an earlier step on the record."""
    return tasks.send_back(uow, tasks.held(uow, task_id), back, key=key)


def save_draft(uow: UnitOfWork, task_id: str, raw: Mapping[str, Any]) -> None:
    """Keep what was typed so far; the person need not hold the task any more.

    A draft is no evidence and hurts nobody, so one is kept even after a lost race.
    """
    row = tasks.get(uow, task_id)
    policies.require_case(uow, "case.view", row.instance_id)
    drafts.save(uow, task_id, raw)


def _returns(node: Node) -> tuple[str, ...]:
    return node.step.returns if node.step is not None else ()


def _node(plan: Blueprint, row: Mapping[str, Any], node_id: str) -> Node:
    found = plan.process(row["process"]).nodes.get(node_id)
    if found is not None:
        return found
    for process in plan.package.processes.values():
        if node_id in process.nodes:
            return process.nodes[node_id]
    raise NotFound("node_unknown", node=node_id)


def required_reason(raw: Mapping[str, Any]) -> str:
    """Return the reason typed beside the form, or raise Invalid when it is too long."""
    reason = str(raw.get("reason", ""))
    if len(reason) > 500:  # noqa: PLR2004  (text(500), domain.md 2.2)
        raise Invalid("reason_too_long", fields={"reason": ["too_long"]})
    return reason
