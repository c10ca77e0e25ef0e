"""Accounts, roles and sessions: who somebody is and as whom they may act.

An account acts through **principals**: ``user:<id>`` for itself and ``ROLE@<unit id>`` for each
role it holds today. A task belongs to one principal; ``principal()`` finds it by walking up the
unit tree to the nearest unit where somebody holds the role.

Every change leaves a line in ``access_log`` in the same transaction.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from engine.model import new_id
from engine.unit_of_work import UnitOfWork
from workflows.model import access_log, account, role_assignment, session, unit
from workflows.registry import ABOVE
from workflows.roles import ROLES, kind_clash

LOGIN_MAX = 64


@dataclass(frozen=True)
class HeldRole:
    """A role somebody holds today, with the unit it is held for."""

    role: str
    unit_id: str
    unit: str

    @property
    def principal(self) -> str:
        """The name tasks are addressed to."""
        return f"{self.role}@{self.unit_id}"


def normal_login(login: str) -> str:
    """Return the spelling a sign-in name is stored and compared in."""
    return unicodedata.normalize("NFKC", login).strip().casefold()[:LOGIN_MAX]


@dataclass(frozen=True)
class Account:
    """A row of the account table."""

    id: str
    login: str
    name: str
    unit_id: str
    person_id: str | None
    password: str = field(repr=False)
    status: str


@dataclass(frozen=True)
class NewAccount:
    """What an account is made of, apart from the password."""

    login: str
    name: str
    unit_id: str
    person_id: str = ""


@dataclass(frozen=True)
class Period:
    """Calendar dates in China, both included; no last day means an open end."""

    first: date
    last: date | None = None


@dataclass(frozen=True)
class Holder:
    """An account behind a principal."""

    id: str
    name: str


def create_account(uow: UnitOfWork, new: NewAccount, hashed: str) -> str:
    """Create an account and return its id.

    *hashed* comes from ``passwords.accept``, which applies the password rules. Raises
    ``Invalid`` for an empty login or name and ``Conflict`` when the login is taken.
    """
    login = normal_login(new.login)
    if not login or not new.name.strip():
        raise Invalid(fields={"name" if login else "login": ["required"]})
    if uow.conn.scalar(sa.select(account.c.id).where(account.c.login == login)):
        raise Conflict("login_taken", login=login)
    account_id = new_id()
    uow.conn.execute(
        account.insert().values(
            id=account_id,
            login=login,
            name=new.name.strip(),
            unit_id=new.unit_id,
            person_id=new.person_id or None,
            password=hashed,
            created_at=uow.now,
            password_at=uow.now,
        )
    )
    log(uow, "account_created", account_id, login=login)
    return account_id


def replace_password(uow: UnitOfWork, account_id: str, before: str, after: str) -> None:
    """Store a new argon2 string; ``Stale`` when somebody changed it since *before* was read.

    Ends every session of the account; the caller opens a new one for the browser at hand.
    """
    which = sa.and_(account.c.id == account_id, account.c.password == before)
    values = {"password": after, "password_at": uow.now, "password_once": False}
    if uow.conn.execute(account.update().where(which).values(values)).rowcount != 1:
        raise Stale("stale")
    _end_sessions(uow, account_id)
    log(uow, "password_changed", account_id)


def disable(uow: UnitOfWork, account_id: str) -> None:
    """Close an account and end its sessions at once."""
    get(uow, account_id)
    uow.conn.execute(account.update().where(account.c.id == account_id).values(status="disabled"))
    _end_sessions(uow, account_id)
    log(uow, "account_disabled", account_id)


def enable(uow: UnitOfWork, account_id: str) -> None:
    """Open a closed account again; its old sessions stay ended."""
    get(uow, account_id)
    uow.conn.execute(account.update().where(account.c.id == account_id).values(status="active"))
    log(uow, "account_enabled", account_id)


def grant(
    uow: UnitOfWork, account_id: str, role: str, unit_id: str, period: Period | None = None
) -> str:
    """Give an account a role for a unit and return the assignment's id.

    The default period begins today and has an open end. Raises ``NotAllowed`` when the role
    clashes with one held in the same time (separation of duties, ``domain.md`` 1, CFL-001).
    """
    period = period or Period(uow.today)
    if role not in ROLES:
        raise NotFound("role_unknown", role=role)
    if period.last is not None and period.last < period.first:
        raise Invalid(fields={"valid_to": ["before_start"]})
    get(uow, account_id)
    held = _roles_within(uow, account_id, period)
    clash = kind_clash(held, role)
    if clash is not None:
        raise NotAllowed("duties_clash", role=role, held=clash)
    assignment_id = new_id()
    uow.conn.execute(
        role_assignment.insert().values(
            id=assignment_id,
            account_id=account_id,
            role=role,
            unit_id=unit_id,
            valid_from=period.first,
            valid_to=period.last,
            granted_by=uow.actor.id,
            granted_at=uow.now,
        )
    )
    log(uow, "role_granted", account_id, role=role, unit=unit_id)
    return assignment_id


def end_role(uow: UnitOfWork, assignment_id: str, last_day: date) -> None:
    """Let a role end with *last_day*; the line stays as history."""
    by_id = role_assignment.c.id == assignment_id
    row = uow.conn.execute(sa.select(role_assignment).where(by_id)).one_or_none()
    if row is None:
        raise NotFound("role_assignment_unknown")
    uow.conn.execute(role_assignment.update().where(by_id).values(valid_to=last_day))
    log(uow, "role_ended", row.account_id, role=row.role, unit=row.unit_id)


def get(uow: UnitOfWork, account_id: str) -> Account:
    """Return an account; ``NotFound`` when there is none."""
    names = ("id", "login", "name", "unit_id", "person_id", "password", "status")
    query = sa.select(*(account.c[name] for name in names)).where(account.c.id == account_id)
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        raise NotFound("account_unknown")
    return Account(*row)


def roles(uow: UnitOfWork, account_id: str) -> Sequence[HeldRole]:
    """Return the roles an account holds today, in the order of the role list."""
    query = (
        sa.select(role_assignment.c.role, role_assignment.c.unit_id, unit.c.name)
        .join(unit, unit.c.id == role_assignment.c.unit_id)
        .where(
            role_assignment.c.account_id == account_id, _valid_within(Period(uow.today, uow.today))
        )
    )
    held = {HeldRole(*row) for row in uow.conn.execute(query)}
    order = list(ROLES)
    return sorted(held, key=lambda one: (order.index(one.role), one.unit_id))


def principals(uow: UnitOfWork, account_id: str) -> frozenset[str]:
    """Return everything an account may act as today."""
    held = {one.principal for one in roles(uow, account_id)}
    return frozenset(held | {f"user:{account_id}"})


def principal(uow: UnitOfWork, role: str, unit_id: str) -> str:
    """Return the principal that gets a task of *role* for *unit_id*.

    The nearest unit at or above *unit_id* where an active account holds the role today; when
    nobody does anywhere, the unit itself, so that the task is visible as unassigned work there.
    """
    asked = {"unit_id": unit_id, "role": role, "today": uow.today}
    return f"{role}@{uow.conn.scalar(_NEAREST, asked) or unit_id}"


def _nearest() -> sa.Select[str]:
    today, held = sa.bindparam("today", type_=sa.Date), role_assignment.c
    return (
        sa.select(ABOVE.c.id)
        .join(role_assignment, held.unit_id == ABOVE.c.id)
        .join(account, account.c.id == held.account_id)
        .where(
            held.role == sa.bindparam("role"),
            account.c.status == "active",
            held.valid_from <= today,
            held.valid_to.is_(None) | (held.valid_to >= today),
        )
        .order_by(ABOVE.c.height)
        .limit(1)
    )


_NEAREST = _nearest()


def holders(uow: UnitOfWork, name: str) -> Sequence[Holder]:
    """Return the active accounts behind a principal, in the order of their logins."""
    query = sa.select(account.c.id, account.c.name).where(account.c.status == "active")
    role, at, unit_id = name.partition("@")
    if at:
        held = sa.select(role_assignment.c.account_id).where(
            role_assignment.c.role == role,
            role_assignment.c.unit_id == unit_id,
            _valid_within(Period(uow.today, uow.today)),
        )
        query = query.where(account.c.id.in_(held))
    else:
        query = query.where(account.c.id == name.removeprefix("user:"))
    return [Holder(*row) for row in uow.conn.execute(query.order_by(account.c.login))]


def groups(uow: UnitOfWork, role: str, unit_id: str) -> Sequence[tuple[str, str]]:
    """Return id and name of every unit, from *unit_id* down, where somebody holds *role* today."""
    down = sa.select(unit.c.id).where(unit.c.id == unit_id).cte("down", recursive=True)
    under = sa.select(unit.c.id).join(down, unit.c.parent_id == down.c.id)
    down = down.union_all(under)
    held = (
        sa.select(role_assignment.c.unit_id)
        .join(account, account.c.id == role_assignment.c.account_id)
        .where(
            role_assignment.c.role == role,
            account.c.status == "active",
            _valid_within(Period(uow.today, uow.today)),
        )
    )
    there = unit.c.id.in_(sa.select(down.c.id)) & unit.c.id.in_(held)
    query = sa.select(unit.c.id, unit.c.name).where(there).order_by(unit.c.code)
    return [(row.id, row.name) for row in uow.conn.execute(query)]


def log(uow: UnitOfWork, action: str, subject: str, **detail: Any) -> None:
    """Write who did what to whom. *detail* never holds a password, a token or form content."""
    uow.conn.execute(
        access_log.insert().values(
            id=new_id(),
            actor=uow.actor.id,
            actor_name=uow.actor.name,
            action=action,
            subject=subject,
            detail=detail,
            at=uow.now,
        )
    )


def _valid_within(period: Period) -> sa.ColumnElement[bool]:
    ends = role_assignment.c.valid_to
    still = sa.or_(ends.is_(None), ends >= period.first)
    if period.last is None:
        return still
    return sa.and_(still, role_assignment.c.valid_from <= period.last)


def _roles_within(uow: UnitOfWork, account_id: str, period: Period) -> frozenset[str]:
    query = sa.select(role_assignment.c.role).where(
        role_assignment.c.account_id == account_id, _valid_within(period)
    )
    return frozenset(uow.conn.scalars(query))


def _end_sessions(uow: UnitOfWork, account_id: str) -> None:
    of_account = session.update().where(
        session.c.account_id == account_id, session.c.ended_at.is_(None)
    )
    uow.conn.execute(of_account.values(ended_at=uow.now))
