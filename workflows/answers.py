"""What a form of a case may look at: variables, earlier records, people, files, the actor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine import expressions
from engine.errors import NotFound
from engine.instances import Blueprint
from engine.model import attachment, document, instance, step_record
from engine.spiff import read_body
from engine.unit_of_work import UnitOfWork
from workflows import forms, registry
from workflows.roles import ROLES, role_of


class Registry:
    """Looks people, posts and units up for the fields that choose them."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def find(self, kind: str, key: str) -> Mapping[str, Any] | None:
        """Return the snapshot of one person, post or unit, or None."""
        snapshot = _SNAPSHOTS.get(kind)
        try:
            return None if snapshot is None else snapshot(self._uow, key)
        except NotFound:
            return None

    def search(self, kind: str, text: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return snapshots whose name, unit or post contains *text*."""
        if kind == "unit":
            found = [registry.unit_snapshot(self._uow, u.id) for u in registry.tree(self._uow)]
            return [unit for unit in found if text in unit["name"]][:limit]
        if kind == "post":
            return registry.find_posts(self._uow, text)[:limit]
        return registry.find_people(self._uow, text)[:limit]


_SNAPSHOTS: Mapping[str, Callable[[UnitOfWork, str], dict[str, Any]]] = {
    "person": registry.person_snapshot,
    "people": registry.person_snapshot,
    "post": registry.post_snapshot,
    "unit": registry.unit_snapshot,
}


def form_of(plan: Blueprint, node_id: str) -> forms.Form | None:
    """Return the form of a node as deployed, or None when it has none."""
    source = plan.package.files.get(f"forms/{node_id}.json")
    return None if source is None else forms.load(source)


def for_start(uow: UnitOfWork, unit: str, roles: frozenset[str]) -> forms.Context:
    """Return the context of the form that opens a case for *unit*."""
    return _context(uow, {"case": {"unit": unit}}, {}, {}, roles)


def for_node(uow: UnitOfWork, row: Mapping[str, Any], node_id: str, role: str) -> forms.Context:
    """Return the context of the form of a node in the instance *row*.

    A second attempt starts from what the first one held.
    """
    records = latest_records(uow, row)
    variables = read_body(row["body"])["v"]
    fixed = {"unit": row["unit"], "number": row["business_key"], "title": row["title"]}
    known = {**variables, "case": {**row["attributes"], **fixed}}
    return _context(
        uow, known, records, records.get(node_id, {}), frozenset({role}), row["root_id"]
    )


def for_entry(uow: UnitOfWork, row: Mapping[str, Any], role: str) -> forms.Context:
    """Return the context of the form of an entry: variables, but no record and no file of the case.

    The applicant acts under *role*, or under all of his when it is empty.
    """
    fixed = {"unit": row["unit"], "number": row["business_key"], "title": row["title"]}
    known = {**read_body(row["body"])["v"], "case": {**row["attributes"], **fixed}}
    return _context(uow, known, {}, {}, frozenset({role} - {""}))


def stored_file(uow: UnitOfWork, digest: str) -> Mapping[str, Any] | None:
    """Return size and type of a stored file that the caller knows may be used, or None."""
    query = sa.select(document.c.size_bytes, document.c.mime).where(document.c.digest == digest)
    row = uow.conn.execute(query).first()
    return None if row is None else {"size": row.size_bytes, "mime": row.mime}


def latest_records(uow: UnitOfWork, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of the latest attempt of every node of an instance and its parent."""
    ids = [key for key in (row["parent_id"], row["id"]) if key]
    query = (
        sa.select(step_record.c.instance_id, step_record.c.node, step_record.c.data)
        .where(
            step_record.c.instance_id.in_(ids),
            step_record.c.kind.in_(("complete", "start", "message")),
        )
        .order_by(step_record.c.id)
    )
    found: dict[str, dict[str, Any]] = {key: {} for key in ids}
    for instance_id, node, data in uow.conn.execute(query):
        found[instance_id][node] = data
    merged: dict[str, Any] = {}
    for key in ids:
        merged.update(found[key])
    return merged


def instance_row(uow: UnitOfWork, instance_id: str) -> Mapping[str, Any] | None:
    """Return the row of an instance without locking it."""
    query = sa.select(instance).where(instance.c.id == instance_id)
    row = uow.conn.execute(query).first()
    return None if row is None else dict(row._mapping)


def _context(  # noqa: PLR0913, PLR0917  (everything a form may look at)
    uow: UnitOfWork,
    variables: Mapping[str, Any],
    records: Mapping[str, Any],
    stored: Mapping[str, Any],
    roles: frozenset[str],
    root_id: str = "",
) -> forms.Context:
    held = roles or frozenset(role_of(name) for name in uow.actor.principals if role_of(name))
    capacity = "、".join(ROLES[role].zh for role in sorted(held) if role in ROLES)
    return forms.Context(
        variables=variables,
        records=records,
        stored=stored,
        roles=held,
        actor={"id": uow.actor.id, "name": uow.actor.name},
        capacity=capacity,
        now=uow.now,
        functions=expressions.functions(uow),
        directory=Registry(uow),
        files=lambda digest: _file(uow, root_id, digest),
    )


def _file(uow: UnitOfWork, root_id: str, digest: str) -> Mapping[str, Any] | None:
    """Return what is known of a file the actor may use here, or None.

    Only a file of this case, or one the actor has handed over himself: knowing the digest of
    somebody else's file must not open it.
    """
    reachable = (attachment.c.root_id == root_id) | (attachment.c.uploaded_by == uow.actor.id)
    query = (
        sa.select(document.c.size_bytes, document.c.mime)
        .join(attachment, attachment.c.digest == document.c.digest)
        .where(document.c.digest == digest, reachable)
        .limit(1)
    )
    row = uow.conn.execute(query).first()
    return None if row is None else {"size": row.size_bytes, "mime": row.mime}
