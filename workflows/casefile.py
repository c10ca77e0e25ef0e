"""Everything about one case on one page: what the case page and the 全程纪实表 show.

``page`` gathers the steps of the process with their state, the records and waiting work, child
cases, holds, files, the trace on the diagram and whether the audit chain is intact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import audit, children, holds, instances, messages, queries
from engine.diagrams import Node
from engine.errors import NotFound, Tampered
from engine.instances import Blueprint
from engine.manifest import Manifest, Step
from engine.model import attachment, document, step_record, subscription, watch
from engine.unit_of_work import UnitOfWork
from workflows import answers, names, policies, trace
from workflows.desk import node_of
from workflows.roles import role_of

DONE, NOW, LATE, BACK, SKIPPED, AHEAD = "done", "now", "late", "back", "skip", "todo"
RUNNING = instances.OPEN
NEVER = 10_000
"""Beyond the number of any step."""


@dataclass(frozen=True)
class StepState:
    """One of the numbered steps of a process and how far it is; ``attempts`` made so far."""

    step: Step
    state: str
    attempts: int


@dataclass(frozen=True)
class Chain:
    """Whether the audit entries of an instance are complete and unaltered."""

    intact: bool
    count: int
    code: str = ""


@dataclass(frozen=True)
class CasePage:
    """Everything the page of a case shows."""

    row: Mapping[str, Any]
    plan: Blueprint
    unit: names.Name
    starter: str
    steps: Sequence[StepState]
    records: Sequence[Any]
    tasks: Sequence[Any]
    children: Sequence[Mapping[str, Any]]
    holds: Sequence[Any]
    files: Sequence[Any]
    trace: trace.Trace
    messages: Sequence[Node]
    watched: bool
    subject: policies.Subject
    parents: Sequence[Mapping[str, Any]]
    chain: Chain

    @property
    def manifest(self) -> Manifest:
        """What the package says about itself."""
        return self.plan.package.manifest

    @property
    def open_tasks(self) -> list[Any]:
        """The work that waits for somebody, most urgent first."""
        waiting = [each for each in self.tasks if each.status in trace.OPEN]
        return sorted(waiting, key=lambda each: (each.due_at, each.id))

    @property
    def whose(self) -> dict[str, str]:
        """Whom a child case concerns, by the id of the instance."""
        return {each["id"]: each["title"].rpartition(" · ")[2] for each in self.children}

    @property
    def by_step(self) -> list[tuple[int, list[Any]]]:
        """The records by number of the step, the latest step and the latest record first."""
        groups: dict[int, list[Any]] = {}
        last = 0
        for each in self.records:  # what the system did belongs to the step before it
            last = each.step_no or last
            groups.setdefault(last, []).insert(0, each)
        for each in self.open_tasks:
            groups.setdefault(each.step_no, [])
        return sorted(groups.items(), key=lambda group: -group[0])

    @property
    def recorded_steps(self) -> frozenset[int]:
        """The numbers of the steps that have left a record or are being worked on."""
        return frozenset(number for number, _records in self.by_step)

    @property
    def standing_hold(self) -> Any:
        """The hold the case is under, or None."""
        return next((each for each in self.holds if each.released_at is None), None)

    @property
    def is_open(self) -> bool:
        """Whether the case has not ended."""
        return self.row["status"] in RUNNING


def page(uow: UnitOfWork, instance_id: str) -> CasePage:
    """Return what the page of a case shows; NotFound for people outside it."""
    subject = policies.require_case(uow, "case.view", instance_id)
    row = instance_row(uow, instance_id)
    plan = instances.blueprint(uow, row["definition_id"])
    records = [each for each in queries.records(uow, row["root_id"]) if _of(each, row)]
    work = [each for each in queries.tasks_of(uow, row["root_id"]) if _of(each, row)]
    return CasePage(
        row=row, plan=plan, unit=names.units(uow, [row["unit"]])[row["unit"]],
        starter=names.people(uow, [row["started_by"]])[row["started_by"]],
        steps=step_states(uow, plan, row, (records, work)), records=records, tasks=work,
        children=children.of(uow, instance_id), holds=holds.history(uow, row["root_id"]),
        files=files_of(uow, row), messages=possible_messages(uow, row),
        trace=trace.of(uow, row, plan.process(row["process"]), (records, work)),
        watched=is_watched(uow, row["root_id"]), subject=subject, parents=_parents(uow, row),
        chain=chain(uow, row),
    )  # fmt: skip


def instance_row(uow: UnitOfWork, instance_id: str) -> Mapping[str, Any]:
    """Return the row of an instance; raises NotFound."""
    row = answers.instance_row(uow, instance_id)
    if row is None:
        raise NotFound("case_unknown")
    return row


def step_states(
    uow: UnitOfWork, plan: Blueprint, row: Mapping[str, Any], history: tuple[Any, Any]
) -> list[StepState]:
    """Return the numbered steps with their state; *history* are records and tasks."""
    records, work = history
    done = {each.step_no for each in records if each.kind == "complete"}
    waiting = [each for each in work if each.status in trace.OPEN]
    late = {each.step_no for each in waiting if each.due_at < uow.now}
    now = {each.step_no for each in waiting}
    ended = row["status"] not in RUNNING
    if not now and not ended:
        now = {row["step_no"]}
    # What comes after a child case is still ahead, done by its parent.
    furthest = max(now, default=max(done, default=0) if row["parent_id"] else NEVER)
    again = _went_back(records, waiting)
    before = min((each.step_no for each in work if each.step_no), default=0)
    if row["parent_id"]:
        done |= set(range(1, before))  # a child case stands on what its parent has done
    found = []
    for number, step in sorted(plan.package.manifest.steps.items()):
        attempts = max((each.attempt for each in work if each.step_no == number), default=0)
        if number in now:
            state = LATE if number in late else NOW
        elif number in done:
            state = BACK if number > again else DONE
        else:
            state = SKIPPED if number < furthest else AHEAD
        found.append(StepState(step, state, attempts))
    return found


def _went_back(records: Sequence[Any], waiting: Sequence[Any]) -> int:
    """Return the step a case was sent back to and is still at, or a number beyond all steps.

    A step that runs beside an earlier one is not a step back: only a second attempt is.
    """
    repeated = [each.step_no for each in waiting if each.attempt > 1 and each.step_no]
    return min(repeated, default=NEVER)


def chain(uow: UnitOfWork, row: Mapping[str, Any]) -> Chain:
    """Check the audit chain of an instance against its own rules and the head it keeps."""
    entries = audit.trail(uow, row["id"])
    try:
        audit.verify(entries, head=row["audit_head"])
        audit.verify_records(entries, audit.records(uow, row["id"]))
    except Tampered as error:
        return Chain(intact=False, count=len(entries), code=error.code)
    return Chain(intact=True, count=len(entries))


def trail(uow: UnitOfWork, instance_id: str) -> tuple[Mapping[str, Any], Sequence[audit.Entry]]:
    """Return the audit entries of an instance; only for supervision and audit."""
    policies.require_case(uow, "audit.read", instance_id)
    return instance_row(uow, instance_id), audit.trail(uow, instance_id)


def record(uow: UnitOfWork, instance_id: str, record_id: str) -> Any:
    """Return one step record of a case; NotFound for people outside it."""
    policies.require_case(uow, "case.view", instance_id)
    mine = (step_record.c.id == record_id) & (step_record.c.instance_id == instance_id)
    row = uow.conn.execute(sa.select(step_record).where(mine)).first()
    if row is None:
        raise NotFound("record_unknown")
    return row


def files_of(uow: UnitOfWork, row: Mapping[str, Any]) -> Sequence[Any]:
    """Return the files of a case with size and type; those of its child cases for the root."""
    query = (
        sa.select(attachment, document.c.size_bytes, document.c.mime)
        .join(document, document.c.digest == attachment.c.digest)
        .where(attachment.c.root_id == row["root_id"])
        .order_by(attachment.c.id)
    )
    if row["id"] != row["root_id"]:
        query = query.where(attachment.c.instance_id == row["id"])
    return uow.conn.execute(query).all()


def file_of(uow: UnitOfWork, instance_id: str, attachment_id: str) -> Any:
    """Return one file of a case; NotFound for people outside it."""
    policies.require_case(uow, "case.view", instance_id)
    for each in files_of(uow, instance_row(uow, instance_id)):
        if each.id == attachment_id:
            return each
    raise NotFound("document_unknown")


def is_watched(uow: UnitOfWork, root_id: str) -> bool:
    """Tell whether the actor follows a case."""
    mine = (watch.c.person == uow.actor.id) & (watch.c.root_id == root_id)
    found: str | None = uow.conn.scalar(sa.select(watch.c.person).where(mine))
    return found is not None


def possible_messages(uow: UnitOfWork, row: Mapping[str, Any]) -> list[Node]:
    """Return the message events the actor may trigger from the page of an open case.

    A message that starts a process of its own names its senders (``lx:start``); one that a
    token waits for is sent by the role of its lane.
    """
    if row["status"] not in RUNNING:
        return []
    held = {role_of(name) for name in uow.actor.principals}
    plan = instances.blueprint(uow, row["definition_id"])
    awaited = sa.select(subscription.c.node).where(subscription.c.instance_id == row["id"])
    nodes = [node_of(plan, row["process"], key) for key in uow.conn.scalars(awaited)]
    found = [*messages.possible(uow, row["id"]), *nodes]
    return [node for node in found if held & senders(node)]


def senders(node: Node) -> frozenset[str]:
    """Return the roles that may send the message of a node."""
    return frozenset(node.start.roles if node.start is not None else (node.role,)) - {""}


def _of(each: Any, row: Mapping[str, Any]) -> bool:
    """A child case shows its own work; the case at the top shows everybody's."""
    return bool(row["id"] == row["root_id"] or each.instance_id == row["id"])


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
