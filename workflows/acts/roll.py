"""The roll of an act: who takes part, by which principal, and who has a conflict with what.

An item of ``roll`` is a principal as text, or ``{principal}``, ``{role, unit}`` for a group of
which anybody may answer, ``{role, unit, each: true}`` for everybody in that group, or a snapshot
of a person (``{id}``), who needs an account. ``name`` is shown instead of the one we know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from engine.errors import Invalid
from engine.instances import Case
from engine.unit_of_work import UnitOfWork
from workflows import identity, names
from workflows.acts.kind import wrong
from workflows.model import account
from workflows.roles import ROLES

MAX_ROLL = 20_000
MAX_WEIGHT = 1000


@dataclass(frozen=True)
class Named:
    """Somebody on the roll: principal, name shown, unit and person to judge conflicts by.

    ``weight`` is how much his opinion counts where the kind of act weighs opinions, ``category``
    his class of participant.
    """

    principal: str
    name: str
    unit: str
    person: str = ""
    weight: int = 1
    category: str = ""


def resolve(case: Case, items: Any) -> list[Named]:
    """Return everybody the roll means, in its order.

    Who is in several groups of which everybody takes part does so once, by the first of them.
    Raises Invalid("act_setting") for an item that means nobody, Invalid("act_roll_twice") for
    somebody named twice, whose opinion would count twice.
    """
    if not isinstance(items, list) or not 0 < len(items) <= MAX_ROLL:
        raise wrong("roll", f"1–{MAX_ROLL}")
    found: dict[str, Named] = {}
    for item in items:
        everybody = isinstance(item, Mapping) and item.get("each") is True
        for each in _named(case, item):
            if each.principal in found and not everybody:
                raise Invalid("act_roll_twice", name=each.name)
            found.setdefault(each.principal, each)
    if not 0 < len(found) <= MAX_ROLL:
        raise wrong("roll", f"1–{MAX_ROLL}")
    return list(found.values())


def conflicts(who: Named, entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the entries that are *who* himself or come from his unit, with which of the two.

    Domain specification 2.7; an entry says so by its ``id`` or ``person`` and its ``unit_id``.
    """
    found = {}
    for entry in entries:
        person = entry.get("person")
        ids = {entry["id"], person.get("id") if isinstance(person, Mapping) else person}
        if who.person and who.person in ids:
            found[entry["id"]] = "self"
        elif who.unit and entry.get("unit_id") == who.unit:
            found[entry["id"]] = "unit"
    return found


def _named(case: Case, item: Any) -> Sequence[Named]:
    weight = item.get("weight", 1) if isinstance(item, Mapping) else 1
    if not isinstance(weight, int) or isinstance(weight, bool) or not 0 < weight <= MAX_WEIGHT:
        raise wrong("roll", f"weight 1–{MAX_WEIGHT}")
    category = str(item.get("class") or "") if isinstance(item, Mapping) else ""
    found = _unweighted(case, item)
    return [replace(each, weight=weight, category=category) for each in found]


def _unweighted(case: Case, item: Any) -> Sequence[Named]:
    uow = case.uow
    if isinstance(item, str):
        return [_of_principal(uow, item, "")]
    if not isinstance(item, Mapping):
        raise wrong("roll", str(item)[:80])
    name = str(item.get("name") or "")
    if item.get("role"):
        unit = str(item.get("unit") or case.row["unit"])
        if item.get("below") is True:
            return _below(uow, str(item["role"]), unit)
        principal = identity.principal(uow, str(item["role"]), unit)
        if item.get("each") is True:
            return _everybody(uow, principal)
        return [_of_principal(uow, principal, name)]
    if item.get("principal"):
        return [_of_principal(uow, str(item["principal"]), name)]
    return [_of_person(uow, str(item.get("id") or ""), name)]


def _of_principal(uow: UnitOfWork, principal: str, name: str) -> Named:
    role, at, unit = principal.partition("@")
    if at:
        if role not in ROLES:
            raise wrong("roll", principal)
        return Named(principal, name or names.units(uow, [unit])[unit].zh, unit)
    key = principal.removeprefix("user:")
    columns = (account.c.name, account.c.unit_id, account.c.person_id)
    query = sa.select(*columns).where(account.c.id == key)
    row = uow.conn.execute(query).first()
    if row is None:
        raise wrong("roll", principal)
    return Named(f"user:{key}", name or row.name, row.unit_id, row.person_id or "")


def _of_person(uow: UnitOfWork, person_id: str, name: str) -> Named:
    active = (account.c.person_id == person_id) & (account.c.status == "active")
    query = sa.select(account.c.id, account.c.name, account.c.unit_id).where(active)
    row = uow.conn.execute(query.order_by(account.c.login).limit(1)).first()
    if row is None:
        raise wrong("roll", name or person_id)
    return Named(f"user:{row.id}", name or row.name, row.unit_id, person_id)


def _below(uow: UnitOfWork, role: str, unit: str) -> list[Named]:
    if role not in ROLES:
        raise wrong("roll", role)
    return [Named(f"{role}@{key}", name, key) for key, name in identity.groups(uow, role, unit)]


def _everybody(uow: UnitOfWork, principal: str) -> list[Named]:
    holders = identity.holders(uow, principal)
    query = sa.select(account.c.id, account.c.unit_id, account.c.person_id)
    known = {row.id: (row.unit_id, row.person_id or "") for row in uow.conn.execute(query)}
    return [Named(f"user:{one.id}", one.name, *known[one.id]) for one in holders]
