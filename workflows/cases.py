"""Cases (事项): open one, follow one, see everything about one.

``page`` gathers what the case page and the 全程纪实表 show: the steps of the process with
their state, the timeline of records and waiting work, child cases, holds, files, and the state
of every node for the diagram.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine import (
    children,
    definitions,
    holds,
    instances,
    messages,
    moves,
    queries,
    tasks,
)
from engine.diagrams import Node
from engine.errors import Invalid, NotAllowed, NotFound
from engine.instances import Blueprint
from engine.manifest import Manifest, Step
from engine.model import attachment, document, instance, watch
from engine.tasks import Submission
from engine.unit_of_work import UnitOfWork
from workflows import answers, forms, gates, policies
from workflows.roles import role_of

DONE, ACTIVE, RETURNED, AHEAD = "done", "active", "returned", "ahead"


@dataclass(frozen=True)
class Startable:
    """A process the actor may start, with the units for which he may."""

    definition: Any
    manifest: Manifest
    node: Node
    units: tuple[str, ...]


@dataclass(frozen=True)
class StepState:
    """One of the numbered steps of a process and how far it is."""

    step: Step
    state: str
    attempts: int


@dataclass(frozen=True)
class CasePage:
    """Everything the page of a case shows."""

    row: Mapping[str, Any]
    plan: Blueprint
    steps: Sequence[StepState]
    records: Sequence[Any]
    tasks: Sequence[Any]
    children: Sequence[Mapping[str, Any]]
    holds: Sequence[Any]
    files: Sequence[Any]
    nodes: Mapping[str, Mapping[str, Any]]
    messages: Sequence[Node]
    watched: bool
    subject: policies.Subject
    parents: Sequence[Mapping[str, Any]] = field(default_factory=list)

    @property
    def manifest(self) -> Manifest:
        """What the package says about itself."""
        return self.plan.package.manifest


def startable(uow: UnitOfWork) -> list[Startable]:
    """Return the processes the actor may start, in the order of their keys."""
    found = []
    for key in definitions.keys(uow):
        definition = definitions.latest(uow, key)
        plan = instances.blueprint(uow, definition.id)
        node = plan.package.main.nodes[plan.package.main.start]
        roles = frozenset(node.start.roles if node.start else ())
        units = policies.startable_units(uow.actor, roles)
        if units:
            found.append(Startable(definition, plan.package.manifest, node, units))
    return found


def start_page(uow: UnitOfWork, key: str) -> tuple[Startable, forms.Form, forms.Context]:
    """Return the form that opens a case of process *key*; NotAllowed when it is not for him."""
    for each in startable(uow):
        if each.definition.key == key:
            plan = instances.blueprint(uow, each.definition.id)
            form = answers.form_of(plan, each.node.id) or forms.load({"components": []})
            roles = frozenset(each.node.start.roles if each.node.start else ())
            return each, form, answers.for_start(uow, each.units[0], roles)
    raise NotAllowed("start_not_allowed", process=key)


def start(
    uow: UnitOfWork, key: str, raw: Mapping[str, Any], *, unit: str = "", once: str | None = None
) -> str | None:
    """Open a case from its start form; returns its id, or None for a repeated submission.

    Raises Invalid with the wrong fields, NotAllowed, RuleBlocked and ReasonNeeded.
    """
    chosen, form, context = start_page(uow, key)
    unit = unit or chosen.units[0]
    if unit not in chosen.units:
        raise NotAllowed("start_not_allowed", process=key)
    cleaned = forms.validate(form, raw, context)
    if once is not None and not tasks.first_time(uow, once, "start"):
        return None
    plan = instances.blueprint(uow, chosen.definition.id)
    manifest = plan.package.manifest
    pack = str(cleaned.data.get("rule_pack") or manifest.rule_pack or gates.DEFAULT_PACK)
    settings = {name: each.default for name, each in manifest.settings.items()}
    case = instances.create(
        uow, plan, plan.package.main.id,
        business_key=instances.business_key(uow, manifest.business_key_prefix),
        title=str(cleaned.data.get("title") or manifest.title.zh),
        unit=unit,
        attributes={"rule_pack": pack, "start": cleaned.data, "settings": settings},
        variables=cleaned.variables,
    )  # fmt: skip
    found = gates.judge(uow, case.row, chosen.node.id, cleaned.data, case.flow.variables)
    kept = gates.pass_or_refuse(found, reason=str(raw.get("reason", "")), instance_id=case.id)
    case.joins(uow.actor.personal)
    files = [dict(use.file, field=use.path) for use in cleaned.files]
    case.record(chosen.node, "start", data=cleaned.data, files=files, findings=kept)
    moves.start(case)
    return case.id


def page(uow: UnitOfWork, instance_id: str) -> CasePage:
    """Return what the page of a case shows; NotFound for people outside it."""
    subject = policies.require_case(uow, "case.view", instance_id)
    row = answers.instance_row(uow, instance_id)
    assert row is not None
    plan = instances.blueprint(uow, row["definition_id"])
    records = [each for each in queries.records(uow, row["root_id"]) if _of(each, row)]
    work = [each for each in queries.tasks_of(uow, row["root_id"]) if _of(each, row)]
    return CasePage(
        row=row, plan=plan, steps=_steps(plan, row, records, work), records=records, tasks=work,
        children=children.of(uow, instance_id), holds=holds.history(uow, row["root_id"]),
        files=files_of(uow, row["root_id"]), nodes=node_states(records, work, row["id"], uow),
        messages=_messages(uow, row, subject), watched=is_watched(uow, row["root_id"]),
        subject=subject, parents=_parents(uow, row),
    )  # fmt: skip


def node_states(
    records: Sequence[Any], work: Sequence[Any], instance_id: str, uow: UnitOfWork
) -> dict[str, dict[str, Any]]:
    """Return per node its state (done, active, returned, overdue) and counts, for the diagram."""
    states: dict[str, dict[str, Any]] = {}
    for record in records:
        if record.instance_id != instance_id or not record.node:
            continue
        known = states.setdefault(record.node, {"state": DONE, "done": 0, "returns": 0})
        known["state"] = RETURNED if record.kind == "return" else DONE
        known["returns" if record.kind == "return" else "done"] += 1
    for each in work:
        if each.instance_id == instance_id and each.status in ("open", "claimed"):
            known = states.setdefault(each.node, {"state": "", "done": 0, "returns": 0})
            known["state"] = "overdue" if each.due_at < uow.now else ACTIVE
            known["who"] = each.assignee_name or each.role
    return states


def files_of(uow: UnitOfWork, root_id: str) -> Sequence[Any]:
    """Return the files of a case and its child cases with size, type and uploader."""
    query = (
        sa.select(attachment, document.c.size_bytes, document.c.mime)
        .join(document, document.c.digest == attachment.c.digest)
        .where(attachment.c.root_id == root_id)
        .order_by(attachment.c.id)
    )
    return uow.conn.execute(query).all()


def send_message(uow: UnitOfWork, instance_id: str, name: str, raw: Mapping[str, Any]) -> str:
    """Send a message from the case page (a complaint, say); returns the instance that took it.

    Raises Invalid with the wrong fields and NotAllowed for people the diagram does not name.
    """
    node, form, context = message_form(uow, instance_id, name)
    cleaned = forms.validate(form, raw, context)
    files = [dict(use.file, field=use.path) for use in cleaned.files]
    sent = Submission(cleaned.data, cleaned.variables, files)
    return messages.deliver(uow, instance_id, node.message, sent)


def message_form(
    uow: UnitOfWork, instance_id: str, name: str
) -> tuple[Node, forms.Form, forms.Context]:
    """Return the form of a message a person may send to a case."""
    subject = policies.case_subject(uow, instance_id)
    row = answers.instance_row(uow, instance_id)
    assert row is not None
    for node in _messages(uow, row, subject):
        if node.message == name:
            plan = instances.blueprint(uow, row["definition_id"])
            form = answers.form_of(plan, node.id) or forms.load({"components": []})
            return node, form, answers.for_node(uow, row, node.id, "")
    raise NotAllowed("message_not_allowed", instance_id=instance_id, message=name)


def hold(uow: UnitOfWork, instance_id: str, *, reason: str, order_no: str = "") -> None:
    """Stop a case; only those whose right it is (policy ``case.hold``)."""
    policies.require_case(uow, "case.hold", instance_id)
    holds.place(uow, _root(uow, instance_id), reason=reason, order_no=order_no)


def release_hold(uow: UnitOfWork, instance_id: str, *, reason: str) -> int:
    """Let a held case go; returns the working days it was held."""
    policies.require_case(uow, "case.hold", instance_id)
    return holds.release(uow, _root(uow, instance_id), reason=reason)


def withdraw(uow: UnitOfWork, instance_id: str, *, reason: str) -> None:
    """撤回 a case or one candidate of it: by who started it or the owning unit's office."""
    policies.require_case(uow, "case.withdraw", instance_id)
    tasks.withdraw(uow, instance_id, reason)


def set_watch(uow: UnitOfWork, instance_id: str, *, on: bool) -> None:
    """Follow a case (关注) or stop following it."""
    policies.require_case(uow, "case.view", instance_id)
    root_id = _root(uow, instance_id)
    if on:
        values = {"person": uow.actor.id, "root_id": root_id, "since": uow.now}
        instances.insert_new(uow, watch, values)
    else:
        mine = (watch.c.person == uow.actor.id) & (watch.c.root_id == root_id)
        uow.conn.execute(watch.delete().where(mine))


def is_watched(uow: UnitOfWork, root_id: str) -> bool:
    """Tell whether the actor follows a case."""
    mine = (watch.c.person == uow.actor.id) & (watch.c.root_id == root_id)
    return uow.conn.scalar(sa.select(sa.literal(1)).where(mine)) is not None


def _of(each: Any, row: Mapping[str, Any]) -> bool:
    """A child case shows its own work; the case at the top shows everybody's."""
    return row["id"] == row["root_id"] or each.instance_id == row["id"]


def _steps(
    plan: Blueprint, row: Mapping[str, Any], records: Sequence[Any], work: Sequence[Any]
) -> list[StepState]:
    done = {each.step_no for each in records if each.kind == "complete"}
    open_now = {each.step_no for each in work if each.status in ("open", "claimed")}
    ended = row["status"] not in instances.OPEN
    found = []
    for number, step in sorted(plan.package.manifest.steps.items()):
        attempts = max((each.attempt for each in work if each.step_no == number), default=0)
        if number in open_now or (not ended and number == row["step_no"] and not open_now):
            state = ACTIVE
        elif number in done and (ended or number < (row["step_no"] or 0) or not open_now):
            state = DONE
        else:
            state = RETURNED if number in done and number > (row["step_no"] or 0) else AHEAD
        found.append(StepState(step, state, attempts))
    return found


def _messages(
    uow: UnitOfWork, row: Mapping[str, Any], subject: policies.Subject
) -> list[Node]:
    if row["status"] not in instances.OPEN:
        return []
    held = {role_of(name) for name in uow.actor.principals}
    found = messages.possible(uow, row["id"])
    return [n for n in found if n.start is not None and held & set(n.start.roles)]


def _parents(uow: UnitOfWork, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    line: list[Mapping[str, Any]] = []
    parent_id = row["parent_id"]
    while parent_id:
        parent = answers.instance_row(uow, parent_id)
        if parent is None:
            break
        line.insert(0, parent)
        parent_id = parent["parent_id"]
    return line


def _root(uow: UnitOfWork, instance_id: str) -> str:
    root = uow.conn.scalar(sa.select(instance.c.root_id).where(instance.c.id == instance_id))
    if root is None:
        raise NotFound("case_unknown")
    return str(root)


def check_reason(reason: str) -> str:
    """Return a reason fit for the record; Invalid when empty or over 500 characters."""
    text = reason.strip()
    if not text:
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    if len(text) > 500:  # noqa: PLR2004  (text(500), domain.md 2.2)
        raise Invalid("reason_too_long", fields={"reason": ["too_long"]})
    return text
