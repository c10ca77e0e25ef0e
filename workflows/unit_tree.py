"""Changing the tree of units: add, rename, move.

The tree decides who gets a task and who sees a case, so every change is an administrator's and
is logged with what was there before. A unit is never deleted: records point at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from workflows import identity, policies, registry
from workflows.model import account, person, post, unit

EDIT = "unit.edit"
TEXT_MAX = 100


@dataclass(frozen=True)
class UnitCard:
    """One unit with the numbers of what hangs on it."""

    id: str
    code: str
    name: str
    name_en: str
    parent_id: str | None
    accounts: int
    people: int
    posts: int


def card(uow: UnitOfWork, unit_id: str) -> UnitCard:
    """Return a unit and what hangs on it; ``NotFound`` when there is none."""
    counts = [
        sa.select(sa.func.count()).where(table.c.unit_id == unit_id).scalar_subquery()
        for table in (account, person, post)
    ]
    names = ("id", "code", "name", "name_en", "parent_id")
    query = sa.select(*(unit.c[name] for name in names), *counts).where(unit.c.id == unit_id)
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        raise NotFound("unit_unknown")
    return UnitCard(*row)


def add(uow: UnitOfWork, code: str, name: str, name_en: str, parent_id: str | None) -> str:
    """Add a unit below *parent_id* (None: at the top) and return its id.

    Raises ``Invalid`` for a missing text, ``Conflict`` when the code is taken.
    """
    policies.require(uow.actor, EDIT)
    _check_texts(code=code, name=name, name_en=name_en)
    if parent_id is not None:
        registry.unit_snapshot(uow, parent_id)
    code = code.strip()
    try:
        unit_id = registry.add_unit(
            uow, code, name.strip(), parent_id=parent_id, name_en=name_en.strip()
        )
    except sa.exc.IntegrityError as twice:  # two administrators in the same moment
        raise Conflict("unit_code_taken", unit=code) from twice
    identity.log(uow, "unit_added", unit_id, code=code, name=name.strip(), parent=parent_id)
    return unit_id


def rename(uow: UnitOfWork, unit_id: str, name: str, name_en: str) -> None:
    """Give a unit other names; what records kept of it stays as it was."""
    policies.require(uow.actor, EDIT)
    if not name.strip():
        raise Invalid(fields={"name": ["required"]})
    _check_texts(name=name, name_en=name_en)
    before = card(uow, unit_id)
    values = {"name": name.strip(), "name_en": name_en.strip()}
    uow.conn.execute(unit.update().where(unit.c.id == unit_id).values(values))
    identity.log(uow, "unit_renamed", unit_id, before=before.name, after=values["name"])


def move(uow: UnitOfWork, unit_id: str, parent_id: str | None) -> None:
    """Hang a unit, with everything below it, under another one (None: at the top).

    Raises ``Conflict("unit_cycle")`` when the new parent is the unit itself or below it.
    """
    policies.require(uow.actor, EDIT)
    # Two moves at once could close a circle that neither sees, so moves queue on all units.
    uow.conn.execute(sa.select(unit.c.id).order_by(unit.c.id).with_for_update()).all()
    before = card(uow, unit_id)
    if parent_id is not None:
        above = registry.unit_snapshot(uow, parent_id)
        if unit_id in registry.line(uow, parent_id):
            raise Conflict("unit_cycle", unit=before.name, parent=above["name"])
    if parent_id == before.parent_id:
        return
    last: Any = sa.select(sa.func.coalesce(sa.func.max(unit.c.position) + 1, 0))
    position = uow.conn.scalar(last.where(unit.c.parent_id.is_not_distinct_from(parent_id)))
    values = {"parent_id": parent_id, "position": position}
    uow.conn.execute(unit.update().where(unit.c.id == unit_id).values(values))
    identity.log(uow, "unit_moved", unit_id, before=before.parent_id, after=parent_id)


def _check_texts(**texts: str) -> None:
    long = {name: ["too_long"] for name, text in texts.items() if len(text.strip()) > TEXT_MAX}
    if long:
        raise Invalid(fields=long)
