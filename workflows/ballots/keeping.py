"""Keeping the sealed evidence for its lawful time, and destroying it by a signed list.

How long is a setting of the event (Shanghai's method of village elections: until the next
election is over). What stays for ever is what was published: statement, result, signatures and
the chain of acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from engine.errors import Blocked, Conflict
from engine.unit_of_work import Actor, UnitOfWork
from workflows.ballots import closing, events, opening, store
from workflows.ballots.model import ballot_scrutineer
from workflows.ballots.preparing import NEEDED
from workflows.ballots.receipts import root_of
from workflows.ballots.rules import digest

KEPT = (events.OPENED, events.VOID)


def keep_until(uow: UnitOfWork, event_id: str, last: date, basis: str) -> None:
    """Set the last day on which the evidence must be kept, with the rule that says so.

    A day once set can only be put off. Raises Conflict: ``ballot_not_now``,
    ``ballot_keeping_shortened``.
    """
    event = events.load(uow, event_id, *KEPT)
    if event.keep_until is not None and last < event.keep_until:
        raise Conflict("ballot_keeping_shortened", until=event.keep_until.isoformat())
    told = {"until": last.isoformat(), "basis": basis}
    events.move(uow, event, "keeping_set", told, keep_until=last)


def list_destruction(hall: events.Hall, actor: Actor, event_id: str) -> Mapping[str, Any]:
    """Make the list of what is to be destroyed, to be signed by two persons.

    Raises Conflict("ballot_not_now"), Blocked("ballot_to_be_kept") before its time.
    """
    with hall.engine.begin(actor) as uow:
        event = _ripe(uow, event_id)
        text = _content(uow, hall, event)
        known = {"destruction": text, "destruction_digest": digest(text)}
        told = {"list": known["destruction_digest"]}
        events.move(uow, event, "destruction_listed", told, **known)
    return text


def destroy(hall: events.Hall, actor: Actor, event_id: str) -> None:
    """Destroy ballots, slips and shares exactly as listed and signed.

    Raises Conflict: ``ballot_not_now``, ``ballot_list_outdated``; Blocked:
    ``ballot_to_be_kept``, ``ballot_not_signed``; Tampered("ballot_text_changed").
    """
    with hall.engine.begin(actor) as uow:
        event = _ripe(uow, event_id)
        text, seen = events.published(event, "destruction")
        if not closing.signed_by_enough(uow, event_id, "destruction"):
            raise Blocked("ballot_not_signed", needed=NEEDED)
        if text != _content(uow, hall, event) and _present(hall, event_id):
            raise Conflict("ballot_list_outdated")
        _empty(hall, event_id)
        mine = ballot_scrutineer.update().where(ballot_scrutineer.c.event_id == event_id)
        uow.conn.execute(mine.values(locked_share=""))
        events.move(uow, event, "destroyed", {"list": seen}, state=events.DESTROYED)


def _ripe(uow: UnitOfWork, event_id: str) -> events.Event:
    event = events.load(uow, event_id, *KEPT)
    if event.keep_until is None or uow.today <= event.keep_until:
        until = "-" if event.keep_until is None else event.keep_until.isoformat()
        raise Blocked("ballot_to_be_kept", until=until)
    return event


def _content(uow: UnitOfWork, hall: events.Hall, event: events.Event) -> dict[str, Any]:
    rows = opening.boxed(hall, event.id)
    slips = sa.select(sa.func.count()).select_from(store.slip)
    with hall.store.read() as look:
        slip_count = look.conn.scalar(slips.where(store.slip.c.event == event.id))
    people = events.scrutineers(uow, event.id).values()
    return {
        "event": event.id,
        "title": event.title,
        "keep_until": event.keep_until.isoformat(),
        "ballots": len(rows),
        "root": root_of(sealed.commitment for sealed, _ in rows),
        "slips": slip_count,
        "shares": sorted(row.share_digest for row in people),
        "result": event.result_digest,
    }


def _present(hall: events.Hall, event_id: str) -> bool:
    """Whether the store still has the event: after a crash it may be gone before our row says."""
    with hall.store.read() as look:
        return hall.store.state(look, event_id) is not None


def _empty(hall: events.Hall, event_id: str) -> None:
    with hall.store.begin() as box:
        hall.store.enter_alone(box)
        for table in (store.box, store.slip, store.header):
            box.conn.execute(table.delete().where(table.c.event == event_id))
    hall.store.forget(event_id)
    hall.store.rewrite()
