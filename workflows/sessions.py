"""Signing in and the sessions that follow.

Signing in is three steps, so that the slow hash never runs inside a write transaction:
``look_up`` (read), ``passwords.matches`` (no database), ``admit`` (write). A refused attempt is a
*result*, not an exception, because its line in ``login_attempt`` must be committed.

The cookie is 32 random bytes; only its SHA-256 is stored. A session ends when it was idle for
two hours, after twelve hours, by signing out, when the password changes, or when the account
is disabled.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from engine.errors import NotFound
from engine.model import new_id
from engine.unit_of_work import Actor, UnitOfWork
from workflows import identity
from workflows.model import account, login_attempt, session, unit

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
TOUCH = timedelta(minutes=1)
"""How stale ``seen_at`` may be: one write a minute, not one a request."""

WINDOW = timedelta(minutes=15)
PER_PAIR = 5
PER_LOGIN = 30
PER_ADDRESS = 60
"""Failures inside the window after which no password is tried any more. The limit for a name
alone is higher, so that a stranger cannot lock somebody out from elsewhere by five guesses."""


@dataclass(frozen=True)
class Visitor:
    """Where an attempt comes from."""

    address: str
    agent: str = ""


@dataclass(frozen=True)
class Candidate:
    """What ``look_up`` found: enough to test a password outside the transaction."""

    login: str
    account_id: str | None
    hashed: str | None = field(repr=False)
    wait_until: datetime | None


@dataclass(frozen=True)
class Admission:
    """The result of an attempt: a token for the cookie, or the code of the refusal."""

    token: str = field(default="", repr=False)
    account_id: str = ""
    refusal: str = ""
    wait_until: datetime | None = None


@dataclass(frozen=True)
class Identity:
    """The person behind a request."""

    account_id: str
    login: str
    name: str
    unit_id: str
    unit: str
    session_id: str
    roles: tuple[identity.HeldRole, ...]
    stale: bool = False
    """``seen_at`` is due to be written again."""
    once: bool = False
    """The password was given by an administrator and must be replaced first."""

    @property
    def actor(self) -> Actor:
        """The same person as the engine sees them."""
        held = {one.principal for one in self.roles}
        mine = frozenset(held | {f"user:{self.account_id}"})
        return Actor(self.account_id, self.name, mine)


@dataclass(frozen=True)
class OpenSession:
    """A browser that is signed in."""

    id: str
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str


def look_up(uow: UnitOfWork, login: str, visitor: Visitor) -> Candidate:
    """Find the account and whether this visitor has to wait first."""
    login = identity.normal_login(login)
    query = sa.select(account.c.id, account.c.password).where(account.c.login == login)
    row = uow.conn.execute(query).one_or_none()
    wait = _wait_until(uow, login, visitor)
    if row is None:
        return Candidate(login, None, None, wait)
    return Candidate(login, row.id, row.password, wait)


def admit(uow: UnitOfWork, found: Candidate, visitor: Visitor, *, fits: bool) -> Admission:
    """Write the attempt and, when everything is in order, open a session.

    The wait is looked at again here, because other attempts may have come in since.
    """
    wait = found.wait_until or _wait_until(uow, found.login, visitor)
    if wait is not None:
        _note(uow, found, visitor, "throttled")
        return Admission(refusal="sign_in_throttled", wait_until=wait)
    active = found.account_id is not None and _is_active(uow, found.account_id)
    if not fits or not active or found.account_id is None:
        _note(uow, found, visitor, "wrong" if not fits else "disabled")
        return Admission(refusal="account_disabled" if fits else "sign_in_wrong")
    _note(uow, found, visitor, "ok")
    identity.log(uow, "signed_in", found.account_id, address=visitor.address)
    return Admission(
        token=open_session(uow, found.account_id, visitor), account_id=found.account_id
    )


def rehash(uow: UnitOfWork, account_id: str, hashed: str) -> None:
    """Store a stronger string of the same password."""
    uow.conn.execute(account.update().where(account.c.id == account_id).values(password=hashed))


def open_session(uow: UnitOfWork, account_id: str, visitor: Visitor) -> str:
    """Open a session and return the token for the cookie; it is stored nowhere."""
    token = secrets.token_urlsafe(32)
    uow.conn.execute(
        session.insert().values(
            digest=_digest(token),
            id=new_id(),
            account_id=account_id,
            created_at=uow.now,
            seen_at=uow.now,
            address=visitor.address,
            agent=visitor.agent[:200],
        )
    )
    return token


def find(uow: UnitOfWork, token: str) -> Identity | None:
    """Return who a cookie belongs to, or nothing when the session has ended."""
    query = (
        sa.select(session, account.c.login, account.c.name, account.c.unit_id)
        .add_columns(account.c.password_once)
        .add_columns(unit.c.name.label("unit_name"))
        .join(account, account.c.id == session.c.account_id)
        .join(unit, unit.c.id == account.c.unit_id)
        .where(session.c.digest == _digest(token), account.c.status == "active", _alive(uow))
    )
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        return None
    return Identity(
        account_id=row.account_id,
        login=row.login,
        name=row.name,
        unit_id=row.unit_id,
        unit=row.unit_name,
        session_id=row.id,
        roles=tuple(identity.roles(uow, row.account_id)),
        stale=uow.now - row.seen_at > TOUCH,
        once=row.password_once,
    )


def owner(uow: UnitOfWork, token: str) -> str | None:
    """Return the account of a session even when it has ended; opens no door."""
    query = sa.select(session.c.account_id).where(session.c.digest == _digest(token))
    return uow.conn.scalar(query)


def touch(uow: UnitOfWork, session_id: str) -> None:
    """Note that the session is in use."""
    query = session.update().where(session.c.id == session_id, session.c.ended_at.is_(None))
    uow.conn.execute(query.values(seen_at=uow.now))


def listing(uow: UnitOfWork, account_id: str) -> Sequence[OpenSession]:
    """Return the open sessions of an account, the last used first."""
    names = ("id", "created_at", "seen_at", "address", "agent")
    query = sa.select(*(session.c[name] for name in names)).where(
        session.c.account_id == account_id, _alive(uow)
    )
    rows = uow.conn.execute(query.order_by(session.c.seen_at.desc()))
    return [OpenSession(*row) for row in rows]


def end(uow: UnitOfWork, account_id: str, session_id: str) -> None:
    """End one session of an account; ``NotFound`` when it is not theirs."""
    mine = sa.and_(session.c.account_id == account_id, session.c.id == session_id)
    if uow.conn.scalar(sa.select(session.c.id).where(mine)) is None:
        raise NotFound("session_unknown")
    _end(uow, mine)
    identity.log(uow, "signed_out", account_id)


def end_token(uow: UnitOfWork, token: str) -> None:
    """End the session of a cookie that is about to be replaced."""
    _end(uow, session.c.digest == _digest(token))


def _end(uow: UnitOfWork, which: sa.ColumnElement[bool]) -> None:
    query = session.update().where(which, session.c.ended_at.is_(None))
    uow.conn.execute(query.values(ended_at=uow.now))


def _alive(uow: UnitOfWork) -> sa.ColumnElement[bool]:
    return sa.and_(
        session.c.ended_at.is_(None),
        session.c.seen_at > uow.now - IDLE,
        session.c.created_at > uow.now - ABSOLUTE,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _is_active(uow: UnitOfWork, account_id: str) -> bool:
    query = sa.select(account.c.status).where(account.c.id == account_id)
    return uow.conn.scalar(query) == "active"


def _wait_until(uow: UnitOfWork, login: str, visitor: Visitor) -> datetime | None:
    """Return when the next attempt is looked at, or nothing when it is now."""
    name, place = login_attempt.c.login_digest == _digest(login), login_attempt.c.address
    here = place == visitor.address
    since = uow.now - WINDOW
    last_ok = sa.select(sa.func.max(login_attempt.c.at)).where(
        name, here, login_attempt.c.outcome == "ok"
    )
    fresh = max(uow.conn.scalar(last_ok) or since, since)
    limits = (
        (sa.and_(name, here, login_attempt.c.at > fresh), PER_PAIR),
        (sa.and_(name, login_attempt.c.at > since), PER_LOGIN),
        (sa.and_(here, login_attempt.c.at > since), PER_ADDRESS),
    )
    waits = [_free_again(uow, which, limit) for which, limit in limits]
    return max((wait for wait in waits if wait is not None), default=None)


def _free_again(uow: UnitOfWork, which: sa.ColumnElement[bool], limit: int) -> datetime | None:
    """Return when the failure that fills the limit leaves the window."""
    wrong = sa.select(login_attempt.c.at).where(which, login_attempt.c.outcome == "wrong")
    newest_first = wrong.order_by(login_attempt.c.at.desc())
    filling = uow.conn.scalar(newest_first.offset(limit - 1).limit(1))
    return None if filling is None else filling + WINDOW


def _note(uow: UnitOfWork, found: Candidate, visitor: Visitor, outcome: str) -> None:
    uow.conn.execute(
        login_attempt.insert().values(
            id=new_id(),
            login_digest=_digest(found.login),
            account_id=found.account_id,
            address=visitor.address,
            at=uow.now,
            outcome=outcome,
        )
    )
