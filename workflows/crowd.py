"""Crowds: made-up units and accounts for a rehearsal, created before it begins.

Scenarios, simulations and tests of pages use them, on stores of their own; no page and no
command of an installation leads here. What a crowd does in an act is in ``crowd_acts.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from engine.errors import NotFound
from engine.unit_of_work import UnitOfWork
from workflows import demo, identity, passwords, registry
from workflows.identity import NewAccount, Period
from workflows.model import account, unit
from workflows.registry import NewPerson

ALWAYS: Final = Period(date(2000, 1, 1))
"""The roles of a crowd hold whatever day a scenario begins on."""


@dataclass(frozen=True)
class Group:
    """``count`` accounts of one ``unit`` (its code), or one in each of ``units`` new units.

    Login and name get a number. With ``person`` each stands in the register of cadres too, so
    that forms can name them. Units get ``unit_code`` and ``unit_name`` with a number and lie
    ``under`` the unit of that code.
    """

    login: str
    name: str
    role: str
    unit: str = ""
    count: int = 1
    units: int = 0
    unit_code: str = ""
    unit_name: str = ""
    under: str = ""
    person: bool = False


def gather(uow: UnitOfWork, groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """Create what is not there yet of *groups* (each as ``Group``) and return all logins.

    All share the password of the demonstration data. Raises NotFound for a unit there is none of.
    """
    codes: dict[str, str] = {
        row.code: row.id for row in uow.conn.execute(sa.select(unit.c.code, unit.c.id))
    }
    there = set(uow.conn.scalars(sa.select(account.c.login)))
    logins = []
    for asked in groups:
        group = Group(**asked)
        for no, home in enumerate(_homes(uow, group, codes), start=1):
            login = identity.normal_login(f"{group.login}{no}")
            logins.append(login)
            if login not in there:
                _add(uow, group, (login, f"{group.name}{no}", home))
    return logins


def _homes(uow: UnitOfWork, group: Group, codes: dict[str, str]) -> Iterator[str]:
    """Yield the unit of each account of *group*, new units made on the way."""
    if not group.units:
        yield from (_known(codes, group.unit) for _ in range(group.count))
        return
    above = _known(codes, group.under)
    for no in range(1, group.units + 1):
        code = f"{group.unit_code}{no:03d}"
        if code not in codes:
            name = f"{group.unit_name}{no}"
            codes[code] = registry.add_unit(uow, code, name, parent_id=above)
        yield codes[code]


def _known(codes: Mapping[str, str], code: str) -> str:
    if code not in codes:
        raise NotFound("unit_unknown", code=code)
    return codes[code]


def _add(uow: UnitOfWork, group: Group, who: tuple[str, str, str]) -> None:
    login, name, home = who
    person = registry.add_person(uow, NewPerson(name, home)) if group.person else ""
    account_id = identity.create_account(uow, NewAccount(login, name, home, person), _hashed())
    identity.grant(uow, account_id, group.role, home, ALWAYS)


@lru_cache(maxsize=1)
def _hashed() -> str:
    """Hash the shared password once: a crowd of thousands has no time for more."""
    return passwords.digest(demo.PASSWORD)
