"""Signing in: who is present, who was given a slip. Nothing here knows which slip.

In slip mode the officer at the table ticks the name and the voter draws; everybody has drawn
before the box opens, so the order of the table and the order of the box have nothing in common.
In login mode the server hands out the code itself. It must then be trusted not to write down
what it sees, and voters are told so (``Event.trusts_server``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from engine.errors import Conflict, NotAllowed
from engine.unit_of_work import Actor, UnitOfWork
from workflows.ballots import events, slips, store
from workflows.ballots.model import ballot_roll
from workflows.ballots.preparing import ENTITLED, EXCUSED, ISSUED, PRESENT

STEP = 5
"""Counts of cast ballots are released in steps of so many while people still sign in."""


@dataclass(frozen=True)
class Turnout:
    """Running totals: 应到会, 实到会, slips drawn, ballots in the box."""

    due: int
    present: int
    issued: int
    cast: int


def sign_in(uow: UnitOfWork, event_id: str, person: str) -> None:
    """Tick a person as present and the slip as drawn, or the paper as handed out.

    Raises NotAllowed("ballot_not_on_roll"), Conflict: ``ballot_slip_drawn`` the second time,
    ``ballot_not_now``, ``ballot_wrong_mode``.
    """
    event = events.load(uow, event_id, events.SIGNING, shared=True)
    if event.mode == events.LOGIN:
        raise Conflict("ballot_wrong_mode")
    mine = (ballot_roll.c.event_id == event_id) & (ballot_roll.c.person == person)
    free = ballot_roll.c.state.in_((ENTITLED, PRESENT))
    tick = ballot_roll.update().where(mine, free).values(state=ISSUED)
    if not uow.conn.execute(tick).rowcount:
        raise _refusal(uow, mine)


def sign_in_all(uow: UnitOfWork, event_id: str, persons: Sequence[str]) -> int:
    """Tick many at once, for a table that keeps its list on paper; returns how many were ticked.

    Those who have drawn already, are excused or not on the roll stay as they are. Raises Conflict:
    ``ballot_not_now``, ``ballot_wrong_mode``.
    """
    if events.load(uow, event_id, events.SIGNING, shared=True).mode == events.LOGIN:
        raise Conflict("ballot_wrong_mode")
    free = ballot_roll.c.state.not_in((ISSUED, EXCUSED))
    mine = (ballot_roll.c.event_id == event_id) & (ballot_roll.c.person == sa.bindparam("who"))
    known = sa.select(ballot_roll.c.person).where(ballot_roll.c.event_id == event_id, free)
    ticked = sorted(set(persons) & set(uow.conn.scalars(known)))
    if ticked:
        waiting = (ballot_roll.c.state != ISSUED) & (ballot_roll.c.state != EXCUSED)
        tick = ballot_roll.update().where(mine, waiting).values(state=ISSUED)
        uow.conn.execute(tick, [{"who": each} for each in ticked])
    return len(ticked)


def arrive(uow: UnitOfWork, event_id: str, person: str) -> None:
    """Tick a person as present who does not want a slip, or not yet.

    Raises NotAllowed("ballot_not_on_roll"), Conflict: ``ballot_slip_drawn``, ``ballot_not_now``.
    """
    events.load(uow, event_id, events.SIGNING, shared=True)
    mine = (ballot_roll.c.event_id == event_id) & (ballot_roll.c.person == person)
    tick = ballot_roll.update().where(mine, ballot_roll.c.state.in_((ENTITLED, PRESENT)))
    if not uow.conn.execute(tick.values(state=PRESENT)).rowcount:
        raise _refusal(uow, mine)


def claim(hall: events.Hall, actor: Actor, event_id: str, code: str) -> None:
    """Make *code*, which the actor's page has drawn and keeps, a slip (login mode).

    First the roll is marked, then the slip made, in two transactions. If the program dies in
    between or its answer is lost, the page asks again with the same code and nothing is counted
    twice; any other code is refused. Raises NotAllowed("ballot_not_on_roll"),
    Conflict: ``ballot_slip_drawn``, ``ballot_not_now``, ``ballot_wrong_mode``.
    """
    mark = slips.claim_of(event_id, actor.id, code)
    mine = (ballot_roll.c.event_id == event_id) & (ballot_roll.c.person == actor.id)
    with hall.engine.begin(actor) as uow:
        if events.load(uow, event_id, events.VOTING, shared=True).mode != events.LOGIN:
            raise Conflict("ballot_wrong_mode")
        free = ballot_roll.c.state.in_((ENTITLED, PRESENT))
        tick = ballot_roll.update().where(mine, free).values(state=ISSUED, claim=mark)
        uow.conn.execute(tick)
        row = uow.conn.execute(sa.select(ballot_roll).where(mine)).first()
        if row is None or row.claim != mark:
            raise _refusal(uow, mine)
    made = {
        "event": event_id,
        "digest": slips.digest_of(hall.store.header(event_id).slip_key, event_id, code),
        "voter_class": row.voter_class,
        "used": False,
    }
    with suppress(sa.exc.IntegrityError), hall.store.begin() as box:  # it was made before
        hall.store.enter(box)
        if hall.store.state(box, event_id) != store.OPEN:
            raise Conflict("ballot_box_closed")
        box.conn.execute(store.slip.insert(), made)


def open_box(hall: events.Hall, actor: Actor, event_id: str) -> Turnout:
    """End the drawing of slips and open the box; returns the totals, which are recorded.

    Called again after a crash it finishes. Raises Conflict("ballot_not_now").
    """
    with hall.engine.begin(actor) as uow:
        event = events.load(uow, event_id, events.SIGNING, events.VOTING)
        found = _turnout(uow, event_id, 0)
        if event.state == events.SIGNING:
            totals = {"due": found.due, "present": found.present, "issued": found.issued}
            events.move(uow, event, "box_opened", totals, state=events.VOTING)
    with hall.store.begin() as box:
        waiting = store.header.c.state == store.NOT_OPEN
        change = store.header.update().where(store.header.c.event == event_id, waiting)
        box.conn.execute(change.values(state=store.OPEN))
    return found


def turnout(hall: events.Hall, actor: Actor, event_id: str) -> Turnout:
    """Return the running totals.

    While people still sign in one by one (login mode), cast ballots come in steps of ``STEP``,
    so that watching the number does not show who has just voted.
    """
    with hall.engine.read(actor) as uow:
        event = events.load(uow, event_id)
        found = _turnout(uow, event_id, cast_count(hall, event_id))
    return shown(event, found, found.cast)


def shown(event: events.Event, found: Turnout, cast: int) -> Turnout:
    """Return the totals as they may be shown now, see ``turnout``."""
    coarse = event.mode == events.LOGIN and event.state == events.VOTING
    released = cast - cast % STEP if coarse else cast
    return Turnout(found.due, found.present, found.issued, released)


def cast_count(hall: events.Hall, event_id: str) -> int:
    """Return how many ballots lie in the box."""
    query = sa.select(sa.func.count()).select_from(store.box).where(store.box.c.event == event_id)
    with hall.store.read() as box:
        return int(box.conn.scalar(query) or 0)


def present(uow: UnitOfWork, event_id: str) -> Turnout:
    """Return how many are due and there, without a look into the box."""
    return _turnout(uow, event_id, 0)


def _turnout(uow: UnitOfWork, event_id: str, cast: int) -> Turnout:
    states = Counter(
        uow.conn.scalars(sa.select(ballot_roll.c.state).where(ballot_roll.c.event_id == event_id))
    )
    present = states[PRESENT] + states[ISSUED]
    return Turnout(states.total() - states[EXCUSED], present, states[ISSUED], cast)


def _refusal(uow: UnitOfWork, mine: sa.ColumnElement[bool]) -> Conflict | NotAllowed:
    state = uow.conn.scalar(sa.select(ballot_roll.c.state).where(mine))
    if state == ISSUED:
        return Conflict("ballot_slip_drawn")
    return NotAllowed("ballot_not_on_roll")
