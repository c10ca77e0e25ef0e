"""Cases (事项) as commands: open one, send it a message, hold it, withdraw it, follow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import definitions, holds, instances, messages, moves, tasks
from engine.diagrams import Node
from engine.errors import EngineError, Invalid, NotAllowed, NotFound
from engine.instances import Blueprint
from engine.manifest import Manifest
from engine.model import instance, watch
from engine.tasks import Submission
from engine.unit_of_work import UnitOfWork
from workflows import answers, casefile, desk, forms, gates, pins, policies
from workflows.ballots import running
from workflows.forms.decoding import Post
from workflows.forms.uploads import Received, Upload, receive
from workflows.roles import role_of


@dataclass(frozen=True)
class Startable:
    """A process the actor may start, with the units for which he may."""

    definition: Any
    manifest: Manifest
    node: Node
    units: tuple[str, ...]


@dataclass(frozen=True)
class FormPage:
    """A form that belongs to no task: the one that opens a case, or that of a message."""

    node: Node
    form: forms.Form
    context: forms.Context


def startable(uow: UnitOfWork) -> list[Startable]:
    """Return the processes the actor may start, in the order of their keys."""
    found = []
    for definition in definitions.all_latest(uow):
        plan = instances.blueprint(uow, definition.id)
        node = plan.package.main.nodes[plan.package.main.start]
        units = policies.startable_units(uow.actor, _starters(node))
        if units:
            found.append(Startable(definition, plan.package.manifest, node, units))
    return found


def start_page(uow: UnitOfWork, key: str) -> tuple[Startable, FormPage]:
    """Return the form that opens a case of process *key*; NotAllowed when it is not for him."""
    for each in startable(uow):
        if each.definition.key == key:
            plan = instances.blueprint(uow, each.definition.id)
            held = frozenset(role_of(name) for name in uow.actor.principals)
            context = answers.for_start(uow, each.units[0], _starters(each.node) & held)
            return each, FormPage(each.node, _form(plan, each.node), context)
    definitions.latest(uow, key)
    raise NotAllowed("start_not_allowed", process=key)


def start(
    uow: UnitOfWork, key: str, raw: Mapping[str, Any], *, unit: str = "", once: str | None = None
) -> str | None:
    """Open a case from its start form; returns its id, or None for a repeated submission.

    Raises Invalid with the wrong fields, NotAllowed, RuleBlocked and ReasonNeeded; ``raw`` may
    carry ``reason`` for warnings.
    """
    chosen, page = start_page(uow, key)
    unit = unit or chosen.units[0]
    if unit not in chosen.units:
        raise NotAllowed("start_not_allowed", process=key)
    reason = desk.check_reason(str(raw.get("reason", "")))
    typed = {name: value for name, value in raw.items() if name != "reason"}
    cleaned = forms.validate(page.form, typed, page.context)
    if once is not None and not tasks.first_time(uow, once, "start", key):
        return None
    plan = instances.blueprint(uow, chosen.definition.id)
    case = _new_case(uow, plan, unit, cleaned)
    asked = gates.opening(plan, case.row, page.node.id, cleaned.data, case.flow.variables)
    kept = gates.pass_or_refuse(gates.judge(uow, asked), reason=reason, instance_id=None)
    case.joins(uow.actor.personal)
    files = desk.files_of(cleaned)
    case.record(
        page.node, "start", data=cleaned.data, files=files, findings=kept, reason=reason,
        role=_role(uow, page.node),
    )  # fmt: skip
    case.attach(files)
    moves.start(case)
    return case.id


def keep_files(uow: UnitOfWork, page: FormPage, post: Post, uploads: Iterable[Upload]) -> Received:
    """Store the files of a form that has no task yet, and return its answers."""
    received = receive(uow, page.form, forms.parse_post(page.form, post), uploads)
    desk.remember_uploads(uow, received.raw)
    return received


def send_message(
    uow: UnitOfWork, instance_id: str, name: str, raw: Mapping[str, Any], *, once: str | None = None
) -> str | None:
    """Send a message from the case page (a complaint, say); returns the instance that took it.

    Returns None when the same submission (*once*) was taken before. Raises Invalid with the
    wrong fields and NotAllowed for people the diagram does not name.
    """
    page = message_page(uow, instance_id, name)
    cleaned = forms.validate(page.form, raw, page.context)
    if once is not None and not tasks.first_time(uow, once, "message", f"{instance_id} {name}"):
        return None
    sent = Submission(cleaned.data, cleaned.variables, desk.files_of(cleaned))
    return messages.deliver(uow, instance_id, page.node.message, sent)


def message_page(uow: UnitOfWork, instance_id: str, name: str) -> FormPage:
    """Return the form of a message a person may send to a case."""
    policies.require_case(uow, "case.view", instance_id)
    row = casefile.instance_row(uow, instance_id)
    for node in casefile.possible_messages(uow, row):
        if node.message == name:
            plan = instances.blueprint(uow, row["definition_id"])
            context = answers.for_node(uow, row, node.id, _role(uow, node))
            return FormPage(node, _form(plan, node), context)
    raise NotAllowed("message_not_allowed", instance_id=instance_id, message=name)


def hold(uow: UnitOfWork, instance_id: str, *, reason: str, order_no: str = "") -> None:
    """Stop a case; only those whose right it is (policy ``case.hold``)."""
    _require(uow, "case.hold", instance_id)
    holds.place(uow, _root(uow, instance_id), reason=_needed(reason), order_no=order_no.strip())


def release_hold(uow: UnitOfWork, instance_id: str, *, reason: str) -> int:
    """Let a held case go; returns the working days it was held."""
    _require(uow, "case.hold", instance_id)
    return holds.release(uow, _root(uow, instance_id), reason=_needed(reason))


def withdraw(uow: UnitOfWork, instance_id: str, *, reason: str) -> None:
    """撤回 a case or one candidate of it: by who started it or the owning unit's office.

    Raises Conflict("ballot_running") while a vote of it runs.
    """
    if not may_withdraw(uow, instance_id):
        _require(uow, "case.withdraw", instance_id)
    running.require_none_in(uow, instance_id)
    tasks.withdraw(uow, instance_id, _needed(reason))


def may_withdraw(uow: UnitOfWork, instance_id: str) -> bool:
    """Tell whether the actor may withdraw a case: its starter, or the owning unit's office."""
    subject = policies.require_case(uow, "case.view", instance_id)
    row = casefile.instance_row(uow, instance_id)
    allowed = policies.allowed(uow.actor, "case.withdraw", subject)
    return allowed or row["started_by"] == uow.actor.id


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


def _new_case(
    uow: UnitOfWork, plan: Blueprint, unit: str, cleaned: forms.Cleaned
) -> instances.Case:
    manifest = plan.package.manifest
    pack = str(cleaned.data.get("rule_pack") or manifest.rule_pack or gates.DEFAULT_PACK)
    return instances.create(
        uow, plan, plan.package.main.id,
        business_key=instances.business_key(uow, manifest.business_key_prefix),
        title=str(cleaned.data.get("title") or manifest.title.zh),
        unit=unit,
        attributes={"start": cleaned.data, **pins.attributes(manifest, pack)},
        variables=dict(cleaned.variables),
    )  # fmt: skip


def _form(plan: Blueprint, node: Node) -> forms.Form:
    return answers.form_of(plan, node.id) or forms.load(desk.NO_FORM)


def _starters(node: Node) -> frozenset[str]:
    return frozenset(node.start.roles if node.start else ())


def _role(uow: UnitOfWork, node: Node) -> str:
    """Return the role the actor sends this form as."""
    held = {role_of(name) for name in uow.actor.principals}
    return next((role for role in sorted(casefile.senders(node)) if role in held), "")


def _require(uow: UnitOfWork, right: str, instance_id: str) -> None:
    """Ask for a right; people outside the case are told that there is none."""
    try:
        policies.require_case(uow, right, instance_id)
    except EngineError:
        policies.require_case(uow, "case.view", instance_id)
        raise


def _needed(reason: str) -> str:
    text = desk.check_reason(reason)
    if not text:
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    return text


def _root(uow: UnitOfWork, instance_id: str) -> str:
    root = uow.conn.scalar(sa.select(instance.c.root_id).where(instance.c.id == instance_id))
    if root is None:
        raise NotFound("case_unknown")
    return str(root)
