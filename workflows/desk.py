"""What a reviewer does: open a task, fill its form, hand it in, send it back.

Every function takes a unit of work and is one command or one query. The page and the
scenario runner call the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import holds, instances, queries, tasks
from engine.diagrams import Node
from engine.errors import AlreadyDone, Conflict, Invalid, NotAllowed, NotFound, Stale
from engine.instances import Blueprint
from engine.model import attachment, idempotency, new_id, step_record, task
from engine.tasks import Return, Submission
from engine.unit_of_work import UnitOfWork
from workflows import answers, duties, forms, gates, policies, worklists
from workflows.ballots import running
from workflows.forms import drafts
from workflows.forms.decoding import Post
from workflows.forms.uploads import Received, Upload, receive
from workflows.forms.values import split_file

MAX_REASON = 500
"""Characters of a reason, docs/reference/domain.md, returns."""
WAITING = ("open", "claimed")
NO_FORM: Mapping[str, Any] = {"type": "default", "components": []}


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
    saved_at: datetime | None
    returns: tuple[Node, ...]
    hold: Any
    may_act: bool
    record: Any
    returned: Any
    barred: str
    subject: policies.Subject


@dataclass(frozen=True)
class Handed:
    """What goes with a submission beside the answers themselves.

    ``seen`` is the version of the task the page was made from, ``key`` names the submission.
    """

    reason: str = ""
    key: str | None = None
    seen: int | None = None


def open_task(uow: UnitOfWork, task_id: str) -> TaskPage:
    """Return what the page of a task shows; NotFound for people outside the case."""
    row = tasks.get(uow, task_id)
    subject = policies.require_case(uow, "case.view", row.instance_id)
    case_row = answers.instance_row(uow, row.instance_id)
    assert case_row is not None
    plan = instances.blueprint(uow, case_row["definition_id"])
    node = node_of(plan, case_row["process"], row.node)
    form = answers.form_of(plan, node.id) or forms.load(NO_FORM)
    context = answers.for_node(uow, case_row, node.id, row.role)
    record = _record(uow, task_id)
    draft = drafts.load(uow, task_id) if row.status in WAITING else None
    raw = draft.data if draft else forms.initial(form, context)
    barred = _barred(uow, case_row, node)
    may_act = worklists.is_mine(uow, row) and row.status in WAITING and not barred
    targets = node.step.returns if node.step is not None else ()
    returns = tuple(node_of(plan, case_row["process"], target) for target in targets)
    return TaskPage(
        row, case_row, plan, node, form, context, record.data if record else raw,
        draft.saved_at if draft else None, returns, holds.of(uow, row.root_id),
        may_act, record,
        _returned(uow, row), barred, subject,
    )  # fmt: skip


def keep(
    uow: UnitOfWork, task_id: str, post: Post, uploads: Iterable[Upload] = ()
) -> tuple[TaskPage, Received]:
    """Store what a page has posted as the actor's draft, new files included.

    A draft is no evidence and hurts nobody, so one is kept even after a lost race. Raises
    Invalid for a post that does not belong to the form, NotFound for people outside the case.
    """
    page = open_task(uow, task_id)
    raw = forms.parse_post(page.form, post)
    received = receive(uow, page.form, raw, uploads)
    remember_uploads(uow, received.raw, task_id)
    if page.task.done_by != uow.actor.id:  # what one has handed in oneself needs no draft
        drafts.save(uow, task_id, received.raw)
    return page, received


def save_draft(uow: UnitOfWork, task_id: str, raw: Mapping[str, Any]) -> None:
    """Keep answers as the actor's draft; NotFound for people outside the case."""
    row = tasks.get(uow, task_id)
    policies.require_case(uow, "case.view", row.instance_id)
    drafts.save(uow, task_id, raw)


def submit(
    uow: UnitOfWork, task_id: str, raw: Mapping[str, Any], handed: Handed | None = None
) -> bool:
    """Check a form on the server, judge it by the rule book and hand it in.

    Returns False when the same submission (*key*) was taken before. Raises Invalid with the
    wrong fields, RuleBlocked, ReasonNeeded, Stale and whatever the engine refuses; then nothing
    has changed, and the draft still holds what was typed.
    """
    handed = handed or Handed()
    mine = _take(uow, task_id, handed)
    if mine is None:
        return False
    case, node = mine.case, mine.node
    if node.act is not None:  # confirming its result hands it in: workflows/acts/closing.py
        raise Conflict("task_is_act", instance_id=case.id, task=node.name)
    form = answers.form_of(case.blueprint, node.id)
    context = answers.for_node(uow, case.row, node.id, mine.row.role)
    cleaned = forms.validate(form, raw, context) if form else forms.Cleaned({}, {}, ())
    known = {**case.flow.variables, **cleaned.variables}
    asked = gates.entry(case.blueprint, case.row, node.id, cleaned.data, known)
    reason = check_reason(handed.reason)
    kept = gates.pass_or_refuse(gates.judge(uow, asked), reason=reason, instance_id=case.id)
    done = Submission(cleaned.data, cleaned.variables, files_of(cleaned), kept, reason)
    return tasks.complete(uow, mine, done, key=handed.key)


def preview(uow: UnitOfWork, task_id: str, raw: Mapping[str, Any]) -> list[Any]:
    """Return the findings a submission would have now, without handing anything in.

    Raises Invalid when the form itself is not in order yet.
    """
    page = open_task(uow, task_id)
    cleaned = forms.validate(page.form, raw, page.context)
    known = {**page.context.variables, **cleaned.variables}
    return gates.judge(uow, gates.entry(page.plan, page.row, page.node.id, cleaned.data, known))


def send_back(uow: UnitOfWork, task_id: str, back: Return, handed: Handed | None = None) -> bool:
    """Send a case back to an earlier step on the record (退回); not while a vote of it runs."""
    handed = handed or Handed()
    mine = _take(uow, task_id, handed)
    if mine is not None:
        running.require_none_at(uow, task_id, mine.case.id)
    return mine is not None and tasks.send_back(uow, mine, back, key=handed.key)


def claim(uow: UnitOfWork, task_id: str) -> None:
    """Take a task of a group for oneself (签收); NotFound for people outside the case."""
    policies.require_case(uow, "case.view", tasks.get(uow, task_id).instance_id)
    tasks.claim(uow, task_id)


def release(uow: UnitOfWork, task_id: str) -> None:
    """Give a claimed task back to its group (退签); NotFound for people outside the case."""
    policies.require_case(uow, "case.view", tasks.get(uow, task_id).instance_id)
    tasks.release(uow, task_id)


def ahead(uow: UnitOfWork, root_id: str) -> list[Any]:
    """Return the open tasks of a case, to tell where it went after a step."""
    return [each for each in queries.tasks_of(uow, root_id) if each.status in WAITING]


def node_of(plan: Blueprint, process: str, node_id: str) -> Node:
    """Return a node of a process or of one it calls; raises NotFound."""
    found = plan.process(process).nodes.get(node_id)
    if found is not None:
        return found
    for other in plan.package.processes.values():
        if node_id in other.nodes:
            return other.nodes[node_id]
    raise NotFound("node_unknown", node=node_id)


def files_of(cleaned: forms.Cleaned) -> list[dict[str, Any]]:
    """Return the files of a form as a step record keeps them."""
    return [dict(use.file, field=use.path, record=use.record) for use in cleaned.files]


def check_reason(text: str) -> str:
    """Return a reason fit for the record; Invalid when it is too long."""
    reason = text.strip()
    if len(reason) > MAX_REASON:
        raise Invalid("reason_too_long", fields={"reason": ["reason_too_long"]})
    return reason


def was_taken(uow: UnitOfWork, key: str | None, task_id: str) -> bool:
    """Tell whether the actor's submission of this task with this key has been carried out."""
    mine = (idempotency.c.key == key) & (idempotency.c.actor == uow.actor.id)
    known = uow.conn.scalar(sa.select(idempotency.c.result).where(mine))
    return known is not None and known == {"subject": task_id}


def _take(uow: UnitOfWork, task_id: str, handed: Handed) -> tasks.HeldTask | None:
    """Return the locked task, or None when this very submission was taken before.

    Raises Stale for a page made before somebody else touched the task; one's own claim in
    another window is no news. Raises NotFound for people outside the case.
    """
    try:
        mine = tasks.held(uow, task_id)
    except NotAllowed as refused:
        hide(uow, refused)
        raise
    except AlreadyDone:
        if was_taken(uow, handed.key, task_id):
            return None
        raise
    if not policies.allowed(uow.actor, "task.act"):
        raise NotAllowed("duties_changed", instance_id=mine.case.id, task=mine.row.name)
    duties.require_not_concerned(uow, mine)
    row = mine.row
    if handed.seen not in (None, row.version) and row.assignee != uow.actor.id:
        raise Stale(instance_id=row.instance_id, task=row.name)
    return mine


def hide(uow: UnitOfWork, refused: NotAllowed) -> None:
    """Let somebody outside the case learn nothing of it; his attempt is recorded all the same."""
    assert refused.instance_id is not None
    try:
        policies.require_case(uow, "case.view", refused.instance_id)
    except NotFound as hidden:
        hidden.instance_id = refused.instance_id
        raise


def _record(uow: UnitOfWork, task_id: str) -> Any:
    query = sa.select(step_record).where(step_record.c.task_id == task_id)
    return uow.conn.execute(query.order_by(step_record.c.id.desc()).limit(1)).first()


def _barred(uow: UnitOfWork, case: Mapping[str, Any], node: Node) -> str:
    """Return the step the actor did that keeps his hands off this one; empty if none."""
    others = node.step.not_by if node.step is not None else ()
    if not others:
        return ""
    query = sa.select(task.c.name).where(
        task.c.instance_id.in_((case["id"], case["parent_id"] or case["id"])),
        task.c.node.in_(others),
        task.c.status == "completed",
        task.c.done_by == uow.actor.id,
    )
    return str(uow.conn.scalar(query.limit(1)) or "")


def _returned(uow: UnitOfWork, row: Any) -> Any:
    """Return the record that sent the case back to this task, or None."""
    if row.attempt == 1:
        return None
    mine = (step_record.c.instance_id == row.instance_id) & (step_record.c.kind == "return")
    query = sa.select(step_record).where(mine, step_record.c.at == row.created_at)
    found = uow.conn.execute(query).first()
    return found if found is not None and found.data.get("target") == row.node else None


def remember_uploads(uow: UnitOfWork, raw: Mapping[str, Any], task_id: str | None = None) -> None:
    """Note who handed new files over, so that he and nobody else may use them before submission.

    New files stand in *raw* as snapshots; what a page posts back is plain text.
    """
    common = {"task_id": task_id, "field": "", "uploaded_by": uow.actor.id, "uploaded_at": uow.now}
    rows = [
        {"id": new_id(), "digest": digest, "name": name, **common} for digest, name in _new(raw)
    ]
    if rows:
        uow.conn.execute(attachment.insert(), rows)


def _new(value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        if "digest" in value and "mime" in value:
            return [split_file(value)]
        return [found for item in value.values() for found in _new(item)]
    return [found for item in value for found in _new(item)] if isinstance(value, list) else []
