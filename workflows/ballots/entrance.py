"""From a slip to its box: the code alone tells which vote it belongs to.

A voter has a code and no account. Its keyed digest is looked up under the key of every box that
is not closed; of a closed box nothing can be said, since its key is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from engine.errors import AlreadyDone, Conflict, NotFound
from workflows.ballots import slips, store
from workflows.ballots.events import SLIP, Hall
from workflows.ballots.model import ballot_event
from workflows.ballots.rules import BallotRules
from workflows.ballots.store import NOBODY


@dataclass(frozen=True)
class Ticket:
    """The vote a slip is good for."""

    event: str
    title: str
    rules: BallotRules


def find(hall: Hall, code: str) -> Ticket:
    """Return the vote of an unused slip whose box is open; changes nothing.

    Raises Invalid("ballot_slip_malformed"), NotFound("ballot_slip_unknown"),
    AlreadyDone("ballot_slip_used"), Conflict("ballot_box_not_open").
    """
    slips.plain(code)
    for event, state in _boxes(hall):
        known = hall.store.header(event)
        used = _used(hall, event, slips.digest_of(known.slip_key, event, code))
        if used is None or known.mode != SLIP:
            continue
        if used:
            raise AlreadyDone("ballot_slip_used")
        if state != store.OPEN:
            raise Conflict("ballot_box_not_open")
        return Ticket(event, _title(hall, event), known.rules)
    raise NotFound("ballot_slip_unknown")


def _boxes(hall: Hall) -> list[tuple[str, str]]:
    header = store.header.c
    query = sa.select(header.event, header.state).where(header.state != store.CLOSED)
    with hall.store.read() as look:
        return [(row.event, row.state) for row in look.conn.execute(query.order_by(header.event))]


def _used(hall: Hall, event: str, digest: bytes) -> bool | None:
    """Whether a slip has been used, or None when the box does not know it."""
    mine = (store.slip.c.event == event) & (store.slip.c.digest == digest)
    with hall.store.read() as look:
        found: bool | None = look.conn.scalar(sa.select(store.slip.c.used).where(mine))
    return found


def _title(hall: Hall, event: str) -> str:
    with hall.engine.read(NOBODY) as uow:
        query = sa.select(ballot_event.c.title).where(ballot_event.c.id == event)
        return str(uow.conn.scalar(query) or "")
