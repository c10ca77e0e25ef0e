"""A ballot event as a whole: its row, its states, and the chain of what was done with it.

Commands of the two stores cannot share a transaction. Every command that touches both does the
store first or last so that a crash in between leaves something the same command finishes when
it is called again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, NotFound, Tampered
from engine.model import GENESIS
from engine.unit_of_work import Engine, UnitOfWork
from workflows.ballots.model import ballot_act, ballot_event, ballot_scrutineer
from workflows.ballots.rules import BallotRules, canonical, digest
from workflows.ballots.store import Store

DRAFT, FROZEN, SIGNING, VOTING = "draft", "frozen", "signing", "voting"
CLOSED, VOID, OPENED, DESTROYED = "closed", "void", "opened", "destroyed"
SLIP, LOGIN, PAPER, TALK = "slip", "login", "paper", "talk"
"""Slip: drawn at a table, secrecy rests on the draw. Login: the server is trusted. Paper: handed
out at the table, there is no box; two tellers count, two scrutineers sign. Talk: nobody votes;
two interviewers report what they were told in talks, class by class."""
WITHOUT_BOX = (PAPER, TALK)


@dataclass(frozen=True)
class Hall:
    """Where a vote takes place: the program's database and the store of boxes."""

    engine: Engine
    store: Store


@dataclass(frozen=True)
class Event:
    """The row of an event, locked when it was loaded for a change."""

    id: str
    instance_id: str | None
    title: str
    mode: str
    state: str
    rules: BallotRules
    rules_digest: str
    roll_digest: str
    public_key: str
    statement: dict[str, Any] | None
    statement_digest: str
    result: dict[str, Any] | None
    result_digest: str
    destruction: dict[str, Any] | None
    destruction_digest: str
    keep_until: Any
    act_no: int
    act_head: str

    @property
    def trusts_server(self) -> bool:
        """Whether voters must be told that the server sees person and ballot in one sitting."""
        return self.mode == LOGIN


def load(uow: UnitOfWork, event_id: str, *states: str, shared: bool = False) -> Event:
    """Return an event, locked for the transaction when it may change.

    With *shared*, others may hold the lock too: many sign in side by side, nobody opens or
    closes meanwhile.
    Raises NotFound("ballot_event_unknown"), and Conflict("ballot_not_now") unless it is in one
    of *states* (any, when none are given).
    """
    query = sa.select(ballot_event).where(ballot_event.c.id == event_id)
    locked = query.with_for_update(read=shared) if uow.writing else query
    row = uow.conn.execute(locked).mappings().first()
    if row is None:
        raise NotFound("ballot_event_unknown")
    event = Event(**{**row, "rules": BallotRules.of(row["rules"])})
    if states and event.state not in states:
        raise Conflict("ballot_not_now", state=event.state)
    return event


def move(uow: UnitOfWork, event: Event, action: str, detail: Mapping[str, Any], **new: Any) -> None:
    """Change the event's row and say so in its chain."""
    act = {
        "event_id": event.id,
        "no": event.act_no + 1,
        "action": action,
        "actor": uow.actor.id,
        "at": uow.now,
        "detail": dict(detail),
        "previous": event.act_head,
    }
    act["digest"] = _link(act)
    uow.conn.execute(ballot_act.insert(), act)
    new |= {"act_no": act["no"], "act_head": act["digest"]}
    uow.conn.execute(ballot_event.update().where(ballot_event.c.id == event.id), new)


def acts(uow: UnitOfWork, event_id: str) -> Sequence[Mapping[str, Any]]:
    """Return what was done with an event, first to last.

    Raises Tampered("ballot_chain_broken", no=…) where an entry does not fit its digest.
    """
    query = sa.select(ballot_act).where(ballot_act.c.event_id == event_id).order_by("no")
    rows = [dict(row) for row in uow.conn.execute(query).mappings()]
    previous = GENESIS
    for no, row in enumerate(rows, start=1):
        fits = row["no"] == no and row["previous"] == previous
        if not fits or _link(row) != row["digest"]:
            raise Tampered("ballot_chain_broken", no=no)
        previous = row["digest"]
    if load(uow, event_id).act_head != previous:
        raise Tampered("ballot_chain_broken", no=len(rows) + 1)
    return rows


def published(event: Event, subject: str) -> tuple[dict[str, Any], str]:
    """Return a text people sign (``statement``, ``result``, ``destruction``) and its digest.

    Raises Conflict("ballot_not_now") when there is none, Tampered("ballot_text_changed") when
    the stored text does not fit its digest.
    """
    text, expected = getattr(event, subject), getattr(event, f"{subject}_digest")
    if text is None:
        raise Conflict("ballot_not_now", state=event.state)
    if digest(text) != expected:
        raise Tampered("ballot_text_changed", subject=subject)
    return text, expected


def scrutineers(uow: UnitOfWork, event_id: str) -> Mapping[str, Any]:
    """Return the rows of those who watch over an event, by person."""
    query = sa.select(ballot_scrutineer).where(ballot_scrutineer.c.event_id == event_id)
    return {row.person: row for row in uow.conn.execute(query.order_by("share_no", "person"))}


def _link(act: Mapping[str, Any]) -> str:
    content = {str(key): act[key] for key in act if key not in ("digest", "at")}
    return hashlib.sha256(canonical({**content, "at": act["at"].isoformat()})).hexdigest()
