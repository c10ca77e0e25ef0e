"""The roll of an act from a spreadsheet, before the act is opened; all lines or none.

A line names somebody by the login of his account, the id of a person, or the code of a unit
with a role. What the diagram says of the roll is not asked then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from engine import instances
from engine.errors import Conflict
from engine.unit_of_work import UnitOfWork
from workflows import identity
from workflows.acts import life, preparing, rows
from workflows.acts.roll import MAX_ROLL, MAX_WEIGHT, Named
from workflows.model import account, unit
from workflows.roles import ROLES
from workflows.spreadsheets.people import TITLES, Listed, read_people
from workflows.spreadsheets.reading import Fault
from workflows.spreadsheets.tables import Faulty, Report, plain
from workflows.spreadsheets.writing import Column, Page, write

ORDER: Final = ("name", "who", "role", "class", "weight")
_EN: Final = {"name": "Name", "who": "Login", "role": "Role", "class": "Class",
              "weight": "Weight"}  # fmt: skip


def template(lang: str = "zh") -> bytes:
    """Return the file an organiser fills in."""
    heads = [Column(TITLES[key][0] if lang == "zh" else _EN[key], 22) for key in ORDER]
    names = [[code, role.zh, role.en] for code, role in ROLES.items() if role.kind == "case"]
    about = [Column("角色代码", 18), Column("角色", 28), Column("Role", 36)]
    return write([Page("名单", heads), Page("角色", about, names)])


def take(uow: UnitOfWork, task_id: str, file: tuple[str, bytes]) -> Report:
    """Draw up the roll from *file* (name and content) in place of the one of the diagram.

    Again replaces it again. Raises Conflict once the act is open, Faulty with every line that is
    wrong, Invalid for a file that cannot be read.
    """
    held = rows.lead(uow, task_id)
    life.after(held.state, "prepare", **held.at)
    if not held.kind.roll or "roll" not in (held.mine.node.act or {}):
        raise Conflict("act_no_roll", **held.at)
    found = read_people(*file, most=MAX_ROLL, needed=("name", "who"))
    people, faults = _resolved(uow, found.lines)
    if found.faults or faults:
        raise Faulty([*found.faults, *faults])
    preparing.draw_up(held, people)
    case = held.mine.case
    digest = hashlib.sha256(file[1]).hexdigest()
    case.audit("act_roll_imported", task=task_id, roll=len(people), file=digest)
    instances.save(case)
    return Report(taken=len(people))


def _resolved(uow: UnitOfWork, listed: Sequence[Listed]) -> tuple[list[Named], list[Fault]]:
    active = sa.select(account).where(account.c.status == "active")
    accounts = list(uow.conn.execute(active))
    by_login = {row.login: row for row in accounts}
    by_person = {row.person_id: row for row in accounts if row.person_id}
    units = {plain(row.code): row for row in uow.conn.execute(sa.select(unit))}
    people: list[Named] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for one in listed:
        weight = _weight(one.weight)
        if weight is None:
            faults.append(Fault(one.line, TITLES["weight"][0], "sheet_weight"))
        row = by_login.get(identity.normal_login(one.who)) or by_person.get(one.who)
        where = units.get(plain(one.who))
        if row is not None:
            named = Named(f"user:{row.id}", one.name, row.unit_id, row.person_id or "")
        elif where is not None:
            role = _role(one.role)
            if not role:
                code = "sheet_role_unknown" if one.role else "sheet_role_needed"
                faults.append(Fault(one.line, TITLES["role"][0], code))
                continue
            named = Named(f"{role}@{where.id}", one.name, where.id)
        else:
            faults.append(Fault(one.line, TITLES["who"][0], "sheet_account_unknown"))
            continue
        before = seen.setdefault(named.principal, one.line)
        if before != one.line:
            faults.append(Fault(one.line, TITLES["who"][0], "sheet_twice", {"line": before}))
        people.append(Named(named.principal, named.name, named.unit, named.person,
                            weight or 1, one.klass))  # fmt: skip
    return people, faults


def _weight(text: str) -> int | None:
    """Return a weight, 1 where there is none, None for what is no weight."""
    if not text:
        return 1
    whole = text.isascii() and text.isdigit() and 0 < int(text) <= MAX_WEIGHT
    return int(text) if whole else None


def _role(text: str) -> str:
    found = plain(text)
    codes = (
        code for code, role in ROLES.items()
        if role.kind == "case" and found in (plain(code), plain(role.zh), plain(role.en))
    )  # fmt: skip
    return next(codes, "")
