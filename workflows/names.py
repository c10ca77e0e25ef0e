"""Names for ids on a page: units and accounts, one query each whatever the length of a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from engine.unit_of_work import SYSTEM, UnitOfWork
from workflows.model import account, unit


@dataclass(frozen=True)
class Name:
    """A name in both languages; people have one only."""

    zh: str
    en: str = ""


def units(uow: UnitOfWork, ids: Iterable[str]) -> dict[str, Name]:
    """Return the names of units by id; an unknown id stands for itself."""
    wanted = set(ids)
    query = sa.select(unit.c.id, unit.c.name, unit.c.name_en).where(unit.c.id.in_(wanted))
    known = {row.id: Name(row.name, row.name_en) for row in uow.conn.execute(query)}
    return {key: known.get(key, Name(key)) for key in wanted}


def people(uow: UnitOfWork, ids: Iterable[str]) -> dict[str, str]:
    """Return the names of accounts by id; the system has one, an unknown id stands for itself."""
    wanted = set(ids)
    query = sa.select(account.c.id, account.c.name).where(account.c.id.in_(wanted))
    known: dict[str, str] = {row.id: row.name for row in uow.conn.execute(query)}
    return {key: known.get(key, key) for key in wanted} | {SYSTEM.id: SYSTEM.name}


def principal(uow: UnitOfWork, name: str) -> tuple[str, Name]:
    """Return role code and unit of a principal ``ROLE@unit``; a person has no role code."""
    role, at, key = name.partition("@")
    if at:
        return role, units(uow, [key])[key]
    person = name.partition(":")[2]
    return "", Name(people(uow, [person])[person])
