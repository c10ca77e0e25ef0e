"""Process instances while a command changes them: lock, load, save.

``lock`` gives a ``Case``: the row of the instance, locked until the command ends, with its
tokens awake. Everything a command wants to write goes through the case (``record``,
``insert``, ``audit``) and reaches the database in ``save``, one statement per table, together
with the new body and a raised version. A case that nobody saves changes nothing.

Locks are taken from the root down: a command on a child case holds the root's row shared, so
a hold on the root waits for it and then stops everything below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine import audit, definitions, spiff
from engine.diagrams import Node, Process
from engine.errors import Conflict, NotFound, OnHold, Stale
from engine.model import (
    attachment,
    audit_entry,
    inbox,
    instance,
    job,
    new_id,
    notice,
    participant,
    serial,
    step_record,
    subscription,
    task,
)
from engine.packages import Package
from engine.unit_of_work import UnitOfWork

WRITE_ORDER = (
    task, inbox, step_record, subscription, job, notice, attachment, participant, audit_entry,
)  # fmt: skip
OPEN = ("running", "held")


@dataclass(frozen=True)
class Blueprint:
    """What a definition means at run time: its package, processes and parsed net."""

    definition_id: str
    key: str
    version: int
    package: Package
    net: spiff.Net

    def process(self, key: str) -> Process:
        """Return one process of the package."""
        return self.package.processes[key]


@dataclass
class Case:
    """An instance under change. See the module docstring."""

    uow: UnitOfWork
    row: dict[str, Any]
    blueprint: Blueprint
    flow: spiff.Flow
    fresh: bool = False
    pending: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def id(self) -> str:
        """Key of the instance."""
        return str(self.row["id"])

    @property
    def root_id(self) -> str:
        """Key of the case at the top, itself for a case without parent."""
        return str(self.row["root_id"])

    @property
    def process(self) -> Process:
        """The process this instance runs."""
        return self.blueprint.process(self.row["process"])

    def node(self, node_id: str) -> Node:
        """Return a node of the process or of one it calls."""
        found = self.process.nodes.get(node_id)
        if found is not None:
            return found
        for process in self.blueprint.package.processes.values():
            if node_id in process.nodes:
                return process.nodes[node_id]
        raise NotFound("node_unknown", node=node_id)

    def know(self, values: Mapping[str, Any]) -> None:
        """Set variables to copies of JSON values, just as they will come back from the database.

        Without the copy an awake instance and a stored one could differ, and one step could
        change what another has left. Raises TypeError for what is no JSON, floats included.
        """
        self.flow.variables.update(copied(values))

    def insert(self, table: sa.Table, **values: Any) -> None:
        """Write a row of *table* when the case is saved."""
        self.pending[table.name].append(values)

    def audit(self, action: str, **detail: Any) -> None:
        """Add what just happened to the chain of this instance."""
        self.insert(audit_entry, **audit.link(self.uow, self.row, action, detail))

    def record(self, node: Node | None, kind: str, **values: Any) -> str:
        """Add a step record (记实) for *node*; returns its digest, which an entry must name.

        *values* may give data, files, findings, reason, role, task_id, attempt, opened_at.
        """
        row: dict[str, Any] = {
            "id": new_id(),
            "instance_id": self.id,
            "root_id": self.root_id,
            "task_id": None,
            "node": node.id if node else "",
            "name": node.name if node else "",
            "step_no": (node.step.no or 0) if node and node.step else 0,
            "attempt": 1,
            "kind": kind,
            "actor": self.uow.actor.id,
            "actor_name": self.uow.actor.name,
            "role": "",
            "data": {},
            "files": [],
            "findings": [],
            "reason": "",
            "opened_at": self.uow.now,
            "at": self.uow.now,
        } | values
        row["digest"] = audit.record_digest(row)
        self.insert(step_record, **row)
        return str(row["digest"])

    def attach(self, files: Iterable[Mapping[str, Any]], task_id: str | None = None) -> None:
        """Tie files that were handed in to this case, so that its people can open them."""
        for file in files:
            self.insert(
                attachment, id=new_id(), digest=file["digest"], name=file["name"],
                instance_id=self.id, root_id=self.root_id, task_id=task_id,
                field=file.get("field", ""), uploaded_by=self.uow.actor.id,
                uploaded_at=self.uow.now,
            )  # fmt: skip

    def joins(self, principal: str) -> None:
        """Remember that *principal* takes part, which gives it sight of this and what is below."""
        if principal not in self.flow.joined:
            self.flow.joined.append(principal)
            since = self.uow.now
            self.insert(participant, root_id=self.id, principal=principal, since=since)


def copied(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return JSON values as they come back from the database; raises TypeError for others."""
    audit.no_floats(values)
    strict = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
    made: dict[str, Any] = orjson.loads(orjson.dumps(values, option=strict))
    return made


def blueprint(uow: UnitOfWork, definition_id: str) -> Blueprint:
    """Return what a definition means, parsed once per process and digest."""
    known: dict[str, Blueprint] = uow.engine.caches.setdefault("blueprints", {})
    found = known.get(definition_id)
    if found is None:
        definition = definitions.definition(uow, definition_id)
        package = definitions.package(uow, definition)
        files = {name: package.files[name] for name in package.diagrams}
        net = spiff.parse(files)
        found = Blueprint(definition.id, definition.key, definition.version, package, net)
        known[definition_id] = found
    return found


def lock(
    uow: UnitOfWork, instance_id: str, *, root_id: str | None = None, even_held: bool = False
) -> Case:
    """Return an open case, locked until the command ends; *root_id* spares a look when known.

    Raises NotFound, Conflict("case_closed") when it has ended, OnHold unless *even_held*.
    """
    if root_id is None:
        known = sa.select(instance.c.root_id).where(instance.c.id == instance_id)
        root_id = uow.conn.scalar(known)
    if root_id is None:
        raise NotFound("case_unknown")
    if root_id != instance_id:
        shared = sa.select(instance.c.status).where(instance.c.id == root_id)
        root_status = uow.conn.scalar(shared.with_for_update(read=True))
    row = uow.conn.execute(_LOCKED, {"instance_id": instance_id}).one()
    values = dict(row._mapping)
    held = "held" in (values["status"], root_status if root_id != instance_id else "")
    if values["status"] not in OPEN:
        raise Conflict("case_closed", instance_id=instance_id, case=values["business_key"])
    if held and not even_held:
        raise OnHold(instance_id=instance_id, case=values["business_key"])
    plan = blueprint(uow, values["definition_id"])
    return Case(uow, values, plan, _awake(uow, values, plan))


_LOCKED = sa.select(instance).where(instance.c.id == sa.bindparam("instance_id")).with_for_update()


def create(uow: UnitOfWork, plan: Blueprint, process: str, **values: Any) -> Case:
    """Return a new case, not yet in the database, with its tokens before the first step."""
    key = new_id()
    variables: dict[str, Any] = values.pop("variables", {})
    row: dict[str, Any] = {
        "id": key,
        "definition_id": plan.definition_id,
        "process": process,
        "root_id": key,
        "parent_id": None,
        "parent_node": None,
        "parent_token": None,
        "child_key": None,
        "child_no": 0,
        "category": plan.package.manifest.category,
        "status": "running",
        "outcome": None,
        "step_no": 0,
        "attributes": {},
        "version": 0,
        "audit_seq": 0,
        "audit_head": "0" * 64,
        "started_by": uow.actor.id,
        "started_at": uow.now,
        "ended_at": None,
        "updated_at": uow.now,
    } | values
    return Case(uow, row, plan, spiff.new(plan.net, process, copied(variables)), fresh=True)


def save(case: Case) -> None:
    """Write everything the command did to the case.

    Raises Stale when another command got in between, which the lock should have prevented.
    """
    uow, row = case.uow, case.row
    row["updated_at"] = uow.now
    row["body"] = case.flow.dump()
    row["version"] += 1
    if case.fresh:
        uow.conn.execute(instance.insert(), row)
        case.fresh = False
    else:
        names = (
            "status", "outcome", "step_no", "body", "version", "audit_seq", "audit_head",
            "ended_at", "updated_at",
        )  # fmt: skip
        same = (instance.c.id == case.id) & (instance.c.version == row["version"] - 1)
        changed = uow.conn.execute(
            instance.update().where(same), {name: row[name] for name in names}
        )
        if changed.rowcount != 1:
            raise Stale(instance_id=case.id)
    write_pending(case)
    uow.touched[case.id] = (row["version"], case.flow)


def write_pending(case: Case) -> None:
    """Write the collected rows, one statement per table, parents before children."""
    for table in WRITE_ORDER:
        rows = case.pending.pop(table.name, None)
        if rows:
            case.uow.conn.execute(_insert(case.uow, table), rows)
    assert not case.pending, f"no write order for {list(case.pending)}"


def business_key(uow: UnitOfWork, prefix: str) -> str:
    """Return the next business key of this year, such as ``GBXB-2026-0007``."""
    name = f"{prefix}-{uow.today.year}"
    insert_new(uow, serial, {"name": name, "last": 0})
    this = serial.c.name == name
    uow.conn.execute(serial.update().where(this).values(last=serial.c.last + 1))
    last = uow.conn.scalar(sa.select(serial.c.last).where(this))
    return f"{name}-{last:04d}"


def insert_new(uow: UnitOfWork, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its key exists already; tells whether it was new."""
    query = _or_ignore(uow, table).execution_options(preserve_rowcount=True)
    return uow.conn.execute(query, dict(values)).rowcount == 1


def _or_ignore(uow: UnitOfWork, table: sa.Table) -> sa.Insert:
    dialect = sqlite if uow.engine.sqlite else postgresql
    made: sa.Insert = dialect.insert(table).on_conflict_do_nothing()
    return made


def _insert(uow: UnitOfWork, table: sa.Table) -> sa.Insert:
    """Taking part a second time is no news; every other row is new by construction."""
    return _or_ignore(uow, table) if table is participant else table.insert()


def _awake(uow: UnitOfWork, row: Mapping[str, Any], plan: Blueprint) -> spiff.Flow:
    """Return the live flow of exactly this version, else wake the stored one."""
    flow = uow.engine.live.take(row["id"], row["version"])
    if flow is not None:
        assert isinstance(flow, spiff.Flow)
        return flow
    return spiff.load(plan.net, row["process"], row["body"])
