"""The single place of rights: who may do what, deny by default.

A right is a line of ``RIGHTS``. It names the kinds of role that may have it at all, the roles
that give it and how far each reaches, and whether taking part in the case gives it too.
``Reach``: ``anywhere``; ``here`` – the role is held for the very unit that owns the subject;
``below`` – for that unit or one above it.

``allowed(actor, right)`` without a subject asks "could this person ever"; routes use it. With
a subject it is the full question; commands use it through ``require``. Somebody outside a case
is told that it does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import sqlalchemy as sa

from engine.errors import NotAllowed, NotFound
from engine.model import instance, participant
from engine.unit_of_work import Actor, UnitOfWork
from workflows import registry
from workflows.roles import CASE_ROLES, ROLES, role_of

Reach = Literal["anywhere", "here", "below"]
OFFICE = frozenset({"ORG_DEPT", "ORG_HEAD"})
WATCHDOGS = frozenset({"SUPERVISOR", "AUDITOR"})
PEOPLE = frozenset({"case"})
READERS = frozenset({"case", "supervision", "audit"})
EVERYBODY = frozenset({"case", "supervision", "audit", "design", "admin"})


@dataclass(frozen=True)
class Grant:
    """These roles give the right, this far."""

    roles: frozenset[str]
    reach: Reach = "anywhere"


@dataclass(frozen=True)
class Right:
    """One line of the table. ``hidden``: a refusal must not tell that the subject exists."""

    kinds: frozenset[str]
    grants: tuple[Grant, ...] = ()
    involved: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Subject:
    """What a right is asked about.

    ``units``: the owning unit first, then the units above it. ``involved``: principals that
    take part. ``starters``: the roles that the process itself names for this act.
    """

    units: tuple[str, ...] = ()
    involved: frozenset[str] = frozenset()
    starters: frozenset[str] | None = None
    instance_id: str | None = None


def _by(*roles: str) -> tuple[Grant, ...]:
    return (Grant(frozenset(roles)),)


_CASE_READ = (Grant(OFFICE, "here"), Grant(WATCHDOGS | {"CADRE_SUP"}, "below"))

RIGHTS: Mapping[str, Right] = MappingProxyType(
    {
        "desk.use": Right(READERS, (Grant(CASE_ROLES | WATCHDOGS),)),
        "case.view": Right(READERS, _CASE_READ, involved=True, hidden=True),
        "case.list": Right(READERS, (Grant(OFFICE | WATCHDOGS),)),
        "case.start": Right(PEOPLE, (Grant(CASE_ROLES, "below"),)),
        "case.message": Right(PEOPLE, (Grant(CASE_ROLES, "below"),)),
        "case.hold": Right(READERS, (Grant(frozenset({"SUPERVISOR", "CADRE_SUP"}), "below"),)),
        "case.withdraw": Right(PEOPLE, (Grant(OFFICE, "here"),)),
        "task.act": Right(PEOPLE, involved=True, hidden=True),
        "act.lead": Right(PEOPLE, involved=True, hidden=True),
        "act.take_part": Right(PEOPLE, involved=True, hidden=True),
        "ballot.manage": Right(PEOPLE, _by(*CASE_ROLES)),  # each command also asks whether the
        "ballot.sign_in": Right(PEOPLE, _by(*CASE_ROLES)),  # person is named in that very ballot
        "ballot.scrutinise": Right(PEOPLE, _by(*CASE_ROLES)),
        "ballot.tell": Right(PEOPLE, _by(*CASE_ROLES)),
        "ballot.vote": Right(PEOPLE, _by(*CASE_ROLES)),
        "objection.handle": Right(PEOPLE, _by("HANDLER", "DISCIPLINE", "CADRE_SUP")),
        "registry.view": Right(READERS, (Grant(CASE_ROLES | WATCHDOGS),)),
        "registry.edit": Right(PEOPLE, _by(*OFFICE)),
        "audit.read": Right(READERS, (Grant(WATCHDOGS, "below"),), hidden=True),
        "definition.view": Right(EVERYBODY, _by("DESIGNER", "CADRE_SUP", *OFFICE, *WATCHDOGS)),
        "definition.deploy": Right(frozenset({"design"}), _by("DESIGNER")),
        "calendar.view": Right(EVERYBODY, (Grant(frozenset(ROLES)),)),
        "calendar.edit": Right(frozenset({"admin"}), _by("ADMIN")),
        "account.manage": Right(frozenset({"admin"}), _by("ADMIN")),
        "unit.edit": Right(frozenset({"admin"}), _by("ADMIN")),
        "operations.manage": Right(frozenset({"admin"}), _by("ADMIN")),
        "log.read": Right(frozenset({"admin", "audit"}), _by("ADMIN", "AUDITOR")),
        "setting.edit": Right(frozenset({"admin"}), _by("ADMIN")),
    }
)


def allowed(actor: Actor, right: str, subject: Subject | None = None) -> bool:
    """Say whether *actor* has *right*; without *subject*, whether for any subject at all."""
    line = RIGHTS[right]
    held = [name for name in actor.principals if role_of(name)]
    if any(ROLES[role_of(name)].kind not in line.kinds for name in held):
        return False
    if line.involved and _takes_part(actor, subject):
        return True
    return any(_covers(grant, name, subject) for grant in line.grants for name in held)


def require(actor: Actor, right: str, subject: Subject | None = None) -> None:
    """Raise ``NotFound`` (hidden rights) or ``NotAllowed`` unless *actor* has *right*."""
    if allowed(actor, right, subject):
        return
    if RIGHTS[right].hidden and subject is not None:
        raise NotFound
    instance_id = None if subject is None else subject.instance_id
    raise NotAllowed(instance_id=instance_id, right=right)


def only_as_watchdog(actor: Actor, subject: Subject) -> bool:
    """Say whether *actor* sees the case only through the wide read of supervision and audit.

    Such a look is itself recorded (``web.commands.note_look``).
    """
    return not actor.principals & subject.involved and any(
        role_of(name) in WATCHDOGS for name in actor.principals
    )


def case_subject(uow: UnitOfWork, instance_id: str) -> Subject:
    """Return what rights are asked about for a case; ``NotFound`` when there is none.

    Who takes part in a case sees its child cases. Who takes part in one child case alone, as the
    party committee of one candidate's unit does, sees neither the case nor the other candidates.
    """
    columns = (instance.c.id, instance.c.parent_id, instance.c.root_id, instance.c.unit)
    query = sa.select(*columns).where(instance.c.id == instance_id)
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        raise NotFound
    line = {row.id, row.parent_id or row.id, row.root_id}
    took_part = sa.select(participant.c.principal).where(participant.c.root_id.in_(line))
    return Subject(
        units=registry.line(uow, row.unit),
        involved=frozenset(uow.conn.scalars(took_part)),
        instance_id=instance_id,
    )


def require_case(uow: UnitOfWork, right: str, instance_id: str) -> Subject:
    """Require *right* on a case for the acting person and return the subject."""
    subject = case_subject(uow, instance_id)
    require(uow.actor, right, subject)
    return subject


def startable_units(actor: Actor, starters: frozenset[str]) -> tuple[str, ...]:
    """Return the units for which *actor* holds one of the roles that may start a process."""
    held = sorted(actor.principals)
    return tuple(dict.fromkeys(n.partition("@")[2] for n in held if role_of(n) in starters))


def _takes_part(actor: Actor, subject: Subject | None) -> bool:
    if subject is None:
        return any(role_of(name) in CASE_ROLES for name in actor.principals)
    return bool(actor.principals & subject.involved)


def _covers(grant: Grant, held: str, subject: Subject | None) -> bool:
    role, _at, unit_id = held.partition("@")
    if role not in grant.roles:
        return False
    if subject is None:
        return True
    if subject.starters is not None and role not in subject.starters:
        return False
    if grant.reach == "anywhere":
        return True
    return unit_id in (subject.units[:1] if grant.reach == "here" else subject.units)
