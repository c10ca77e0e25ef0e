"""What an administrator does with accounts: find, create, reset, close, give and end roles.

``identity`` holds the facts and the separation of duties; here stands who may change them and
what an administrator must not do to the own account: whoever could close it, or end the own
role, could leave the installation without anybody to open it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.unit_of_work import UnitOfWork
from workflows import identity, policies, registry, sessions
from workflows.identity import HeldRole, NewAccount, Period
from workflows.model import account, role_assignment, session, unit
from workflows.roles import ROLES, kind_clash

MANAGE = "account.manage"
PAGE = 30
NAME_MAX = 50
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Want:
    """What a list of accounts is filtered by; an empty text filters nothing."""

    text: str = ""
    role: str = ""
    status: str = ""


@dataclass(frozen=True)
class AccountLine:
    """One line of the list."""

    id: str
    login: str
    name: str
    unit: str
    status: str
    once: bool
    """The password was given by an administrator and has not been replaced yet."""
    roles: tuple[HeldRole, ...] = ()
    signed_in_at: datetime | None = None


@dataclass(frozen=True)
class Assignment:
    """A role of an account with the days it holds, both included."""

    id: str
    role: str
    unit: str
    first: date
    last: date | None
    granted_by: str
    state: Literal["now", "ahead", "past"]


def accounts(uow: UnitOfWork, want: Want, after: str = "") -> tuple[list[AccountLine], str]:
    """Return a page of accounts by login, and the login to go on after (empty at the end)."""
    policies.require(uow.actor, MANAGE)
    query = _lines().where(account.c.login > after, *_filters(uow, want))
    rows = uow.conn.execute(query.order_by(account.c.login).limit(PAGE + 1)).all()
    page = [AccountLine(*row) for row in rows[:PAGE]]
    return _filled(uow, page), page[-1].login if len(rows) > PAGE else ""


def account_line(uow: UnitOfWork, account_id: str) -> AccountLine:
    """Return one account as the list shows it; ``NotFound`` when there is none."""
    policies.require(uow.actor, MANAGE)
    row = uow.conn.execute(_lines().where(account.c.id == account_id)).one_or_none()
    if row is None:
        raise NotFound("account_unknown")
    return _filled(uow, [AccountLine(*row)])[0]


def assignments(uow: UnitOfWork, account_id: str) -> Sequence[Assignment]:
    """Return every role an account has, had or will have: present ones first, then by date."""
    policies.require(uow.actor, MANAGE)
    giver = account.alias("giver")
    columns = [role_assignment.c[name] for name in ("id", "role", "valid_from", "valid_to")]
    who = sa.func.coalesce(giver.c.name, role_assignment.c.granted_by)
    query = (
        sa.select(*columns, unit.c.name.label("unit"), who.label("granted_by"))
        .join(unit, unit.c.id == role_assignment.c.unit_id)
        .outerjoin(giver, giver.c.id == role_assignment.c.granted_by)
        .where(role_assignment.c.account_id == account_id)
    )
    found = [_assignment(uow, row) for row in uow.conn.execute(query)]
    order = ("now", "ahead", "past")
    return sorted(found, key=lambda one: (order.index(one.state), one.first, one.role, one.unit))


def create(uow: UnitOfWork, new: NewAccount, hashed: str) -> str:
    """Create an account whose password serves for one sign-in only, and return its id.

    *hashed* is the argon2id string of ``passwords.one_time``. Raises ``Invalid`` for a login or
    name that cannot be used, ``Conflict`` when the login is taken.
    """
    policies.require(uow.actor, MANAGE)
    login = identity.normal_login(new.login)
    if any(each.isspace() or not each.isprintable() for each in login):
        raise Invalid(fields={"login": ["login_characters"]})
    if len(new.name.strip()) > NAME_MAX:
        raise Invalid(fields={"name": ["too_long"]})
    registry.unit_snapshot(uow, new.unit_id)
    try:
        account_id = identity.create_account(uow, new, hashed)
    except sa.exc.IntegrityError as twice:  # two administrators in the same moment
        raise Conflict("login_taken", login=login) from twice
    _serve_once(uow, account_id)
    return account_id


def reset_password(uow: UnitOfWork, account_id: str, before: str, hashed: str) -> None:
    """Replace a forgotten password by one for a single sign-in; ends all sessions.

    *before* is the string the caller read, so that of two administrators only one succeeds.
    """
    _require_other(uow, account_id)
    identity.replace_password(uow, account_id, before, hashed)
    _serve_once(uow, account_id)
    identity.log(uow, "password_reset", account_id)


def disable(uow: UnitOfWork, account_id: str) -> None:
    """Close an account of somebody else and end its sessions at once."""
    _require_other(uow, account_id)
    identity.disable(uow, account_id)


def enable(uow: UnitOfWork, account_id: str) -> None:
    """Open a closed account again."""
    _require_other(uow, account_id)
    identity.enable(uow, account_id)


def end_session(uow: UnitOfWork, account_id: str, session_id: str) -> None:
    """Sign one browser of an account out."""
    policies.require(uow.actor, MANAGE)
    sessions.end(uow, account_id, session_id)


def grant(uow: UnitOfWork, account_id: str, role: str, unit_id: str, period: Period) -> str:
    """Give a role for a unit and return the assignment's id.

    Raises ``NotAllowed("duties_clash")`` when the kinds of role do not mix, on this account or
    (``duties_clash_person``) on another one of the same person; ``Conflict("role_held")`` when
    the account has the role there in that time; ``Invalid`` for a period that begins before
    today or ends before it begins.
    """
    policies.require(uow.actor, MANAGE)
    registry.unit_snapshot(uow, unit_id)
    if period.first < uow.today:
        raise Invalid(fields={"valid_from": ["before_today"]})
    lock = sa.select(account.c.id).where(account.c.id == account_id)
    uow.conn.execute(lock.with_for_update())
    _require_free(uow, account_id, role, unit_id, period)
    _require_one_kind_a_person(uow, account_id, role, period)
    return identity.grant(uow, account_id, role, unit_id, period)


def end_role(uow: UnitOfWork, assignment_id: str, last_day: date) -> None:
    """Let a role end with *last_day*, which may be yesterday but no earlier.

    What was done with the role stays right, so the past is not changed. An end can only be
    moved forward: a longer time is a new grant, which looks at the separation of duties again.
    """
    policies.require(uow.actor, MANAGE)
    by_id = role_assignment.c.id == assignment_id
    row = uow.conn.execute(sa.select(role_assignment).where(by_id)).one_or_none()
    if row is None:
        raise NotFound("role_assignment_unknown")
    if row.account_id == uow.actor.id and row.role == "ADMIN":
        raise NotAllowed("own_admin_role")
    if row.valid_to is not None and last_day > row.valid_to:
        raise Invalid(fields={"valid_to": ["role_end_later"]})
    if last_day < uow.today - ONE_DAY:
        raise Invalid(fields={"valid_to": ["before_today"]})
    identity.end_role(uow, assignment_id, last_day)


def _lines() -> sa.Select[*tuple[Any, ...]]:
    own = (account.c.id, account.c.login, account.c.name)
    state = (account.c.status, account.c.password_once)
    query = sa.select(*own, unit.c.name.label("unit"), *state)
    return query.join(unit, unit.c.id == account.c.unit_id)


def _filters(uow: UnitOfWork, want: Want) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    words = want.text.strip()
    if words:
        columns = (account.c.login, account.c.name, unit.c.name)
        spellings = (identity.normal_login(words), words, words)
        pairs = zip(columns, spellings, strict=True)
        found.append(sa.or_(*(column.contains(text, autoescape=True) for column, text in pairs)))
    if want.status:
        found.append(account.c.status == want.status)
    if want.role:
        holding = sa.select(role_assignment.c.account_id)
        holding = holding.where(role_assignment.c.role == want.role, _on(uow.today))
        found.append(account.c.id.in_(holding))
    return found


def _filled(uow: UnitOfWork, page: list[AccountLine]) -> list[AccountLine]:
    """Add roles and last sign-in to a whole page with two queries."""
    ids = [line.id for line in page]
    query = (
        sa.select(role_assignment.c.account_id, role_assignment.c.role)
        .add_columns(role_assignment.c.unit_id, unit.c.name)
        .join(unit, unit.c.id == role_assignment.c.unit_id)
        .where(role_assignment.c.account_id.in_(ids), _on(uow.today))
    )
    held: dict[str, set[HeldRole]] = {}
    for account_id, *role in uow.conn.execute(query):
        held.setdefault(account_id, set()).add(HeldRole(*role))
    last = sa.select(session.c.account_id, sa.func.max(session.c.created_at))
    last = last.where(session.c.account_id.in_(ids)).group_by(session.c.account_id)
    seen = {row[0]: row[1] for row in uow.conn.execute(last)}
    order = list(ROLES)
    return [
        replace(
            line,
            roles=tuple(
                sorted(held.get(line.id, ()), key=lambda one: (order.index(one.role), one.unit))
            ),
            signed_in_at=seen.get(line.id),
        )
        for line in page
    ]


def _assignment(uow: UnitOfWork, row: Any) -> Assignment:
    first, last = row.valid_from, row.valid_to
    past = last is not None and last < uow.today
    state: Literal["now", "ahead", "past"] = (
        "past" if past else "ahead" if first > uow.today else "now"
    )
    return Assignment(row.id, row.role, row.unit, first, last, row.granted_by, state)


def _on(day: date) -> sa.ColumnElement[bool]:
    return _within(Period(day, day))


def _within(period: Period) -> sa.ColumnElement[bool]:
    ends = role_assignment.c.valid_to
    still = sa.or_(ends.is_(None), ends >= period.first)
    if period.last is None:
        return still
    return sa.and_(still, role_assignment.c.valid_from <= period.last)


def _require_free(
    uow: UnitOfWork, account_id: str, role: str, unit_id: str, period: Period
) -> None:
    same = sa.select(role_assignment.c.id).where(
        role_assignment.c.account_id == account_id,
        role_assignment.c.role == role,
        role_assignment.c.unit_id == unit_id,
        _within(period),
    )
    if uow.conn.scalar(same.limit(1)) is not None:
        raise Conflict("role_held", role=role)


def _require_one_kind_a_person(uow: UnitOfWork, account_id: str, role: str, period: Period) -> None:
    """Two accounts of one person are one person: their roles may not clash either."""
    person_id = identity.get(uow, account_id).person_id
    if person_id is None or role not in ROLES:
        return
    others = sa.select(account.c.id).where(
        account.c.person_id == person_id, account.c.id != account_id
    )
    held = sa.select(role_assignment.c.role).where(
        role_assignment.c.account_id.in_(others), _within(period)
    )
    clash = kind_clash(frozenset(uow.conn.scalars(held)), role)
    if clash is not None:
        raise NotAllowed("duties_clash_person", role=role, held=clash)


def _require_other(uow: UnitOfWork, account_id: str) -> None:
    policies.require(uow.actor, MANAGE)
    if account_id == uow.actor.id:
        raise NotAllowed("own_account")


def _serve_once(uow: UnitOfWork, account_id: str) -> None:
    uow.conn.execute(account.update().where(account.c.id == account_id).values(password_once=True))
