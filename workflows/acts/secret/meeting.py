"""What is done at the meeting itself, by whom it may be done: from the box to the signed result.

Every command asks who the actor is in this very vote and then does one step of
``workflows.ballots``. Those that touch both stores take the hall and begin transactions of their
own; after a crash the same command is called again. From the first slip until the count a hold
does not stop them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine import instances
from engine.errors import Blocked, Conflict, NotAllowed
from engine.unit_of_work import Actor, UnitOfWork
from workflows.acts.model import act
from workflows.acts.secret import election, people
from workflows.ballots import closing, drafting, events, opening, paper, preparing, signing_in
from workflows.ballots.events import Hall
from workflows.ballots.preparing import Pile
from workflows.ballots.signing_in import Turnout

freeze, thaw = people.freeze, people.thaw


def make_box(hall: Hall, actor: Actor, act_id: str) -> Mapping[str, str]:
    """Make the box; returns each scrutineer's share, to be shown and printed this once."""
    _as_chair(hall, actor, act_id)
    return preparing.make_box(hall, actor, act_id)


def print_slips(hall: Hall, actor: Actor, act_id: str, *, spare: int = 5) -> Sequence[Pile]:
    """Make the slips; the codes are in the answer only and cannot be shown again."""
    _as_chair(hall, actor, act_id)
    return preparing.print_slips(hall, actor, act_id, spare)


def reprint_slips(
    hall: Hall, actor: Actor, act_id: str, reason: str, *, spare: int = 5
) -> Sequence[Pile]:
    """Make the slips anew while nobody has drawn one; needs a reason."""
    why = people.needed(reason)
    with hall.engine.begin(actor) as uow:
        people.organiser(uow, act_id)
    return preparing.reprint_slips(hall, actor, act_id, why, spare)


def open_desk(hall: Hall, actor: Actor, act_id: str) -> None:
    """Open the table where there are no slips: votes by account or on paper alone."""
    _as_chair(hall, actor, act_id)
    preparing.open_login(hall, actor, act_id)


def begin(hall: Hall, actor: Actor, act_id: str) -> Turnout:
    """End the sign-in, open the box, and with it the act.

    Raises Blocked("ballot_no_quorum") where the rule wants more people present than there are,
    Conflict("ballot_not_now").
    """
    with hall.engine.begin(actor) as uow:
        people.organiser(uow, act_id)
        event = events.load(uow, act_id)
        if event.mode == events.TALK and event.state == events.DRAFT:
            people.freeze(uow, act_id)  # nobody votes, so there is nothing to show first
        _require_quorum(uow, event)
    if event.mode == events.TALK and event.state in (events.DRAFT, events.FROZEN):
        preparing.open_login(hall, actor, act_id)
    found = signing_in.open_box(hall, actor, act_id)
    _open_act(hall, actor, act_id)
    return found


def sign_in(uow: UnitOfWork, act_id: str, person: str) -> None:
    """Tick somebody at the table; raises NotAllowed("ballot_no_desk") for others than its staff."""
    _at_desk(uow, act_id)
    signing_in.sign_in(uow, act_id, person)


def sign_in_all(uow: UnitOfWork, act_id: str, persons: Sequence[str]) -> int:
    """Tick many at once; returns how many were ticked."""
    _at_desk(uow, act_id)
    return signing_in.sign_in_all(uow, act_id, persons)


def arrive(uow: UnitOfWork, act_id: str, person: str) -> None:
    """Tick somebody as present who takes no slip, or not yet."""
    _at_desk(uow, act_id)
    signing_in.arrive(uow, act_id, person)


def exchange(hall: Hall, actor: Actor, act_id: str, code: str) -> None:
    """Take a slip back for a paper ballot, at the table or by a teller.

    Raises NotAllowed("ballot_no_desk"), Conflict("ballot_wrong_mode") where no paper is counted,
    and as ``paper.exchange``.
    """
    with hall.engine.begin(actor) as uow:
        event = events.load(uow, act_id)
        if actor.id not in paper.tellers(uow, act_id):
            _at_desk(uow, act_id)
        if event.mode != events.SLIP or not people.counts_paper(event):
            raise Conflict("ballot_wrong_mode")
    paper.exchange(hall.store, act_id, code)


def enter_paper(uow: UnitOfWork, act_id: str, station: str, figures: Mapping[str, Any]) -> bool:
    """Write down what a teller has counted; returns whether two tellers agree.

    Raises NotAllowed("ballot_no_teller"), Conflict("ballot_wrong_mode"), and as ``paper.enter``.
    """
    event = events.load(uow, act_id)
    if uow.actor.id not in paper.tellers(uow, act_id):
        raise NotAllowed("ballot_no_teller")
    if not people.counts_paper(event):
        raise Conflict("ballot_wrong_mode")
    return paper.enter(uow, act_id, station, figures)


def close_box(hall: Hall, actor: Actor, act_id: str) -> Mapping[str, Any]:
    """End the vote for good; returns the statement to be signed and published.

    Raises Blocked("ballot_paper_open") while tellers do not agree, Conflict: ``ballot_not_now``,
    ``ballot_store_busy``.
    """
    with hall.engine.begin(actor) as uow:
        people.organiser(uow, act_id)
    _open_act(hall, actor, act_id)  # not yet after a crash between box and act
    return closing.close(hall, actor, act_id)


def open_box(hall: Hall, actor: Actor, act_id: str, codes: Sequence[str] = ()) -> Mapping[str, Any]:
    """Count with the shares of two scrutineers; by one of them or the organiser.

    Raises as ``opening.open_box``.
    """
    with hall.engine.begin(actor) as uow:
        if actor.id not in events.scrutineers(uow, act_id):
            people.organiser(uow, act_id)
    return opening.open_box(hall, actor, act_id, codes)


def sign(uow: UnitOfWork, act_id: str, subject: str, seen: str) -> None:
    """Sign statement or result as one of the scrutineers, the list of destruction as organiser.

    Raises as ``closing.sign``.
    """
    if subject == "destruction" and uow.actor.id not in events.scrutineers(uow, act_id):
        people.organiser(uow, act_id)
    closing.sign(uow, act_id, subject, seen)


def call_off(hall: Hall, actor: Actor, act_id: str, reason: str) -> None:
    """Declare the vote void, with a reason; never while it runs.

    The act can then be closed and confirmed without anybody elected. Raises Invalid without a
    reason, Conflict("ballot_not_now").
    """
    why = people.needed(reason)
    with hall.engine.begin(actor) as uow:
        people.organiser(uow, act_id)
        done = events.load(uow, act_id).state == events.VOID
    if not done:
        closing.call_off(hall, actor, act_id, why)
    _open_act(hall, actor, act_id)


def _as_chair(hall: Hall, actor: Actor, act_id: str) -> None:
    with hall.engine.begin(actor) as uow:
        people.chair(uow, act_id)


def _at_desk(uow: UnitOfWork, act_id: str) -> None:
    if uow.actor.id in drafting.officers(uow, act_id, paper.DESK):
        return
    try:
        people.organiser(uow, act_id)
    except NotAllowed as refused:
        if refused.code != "not_candidate":
            raise
        raise NotAllowed("ballot_no_desk", instance_id=refused.instance_id) from refused


def _require_quorum(uow: UnitOfWork, event: events.Event) -> None:
    """Refuse a vote by a meeting that is too small; by account, presence is voting itself."""
    if event.mode == events.LOGIN or event.state != events.SIGNING:
        return
    settings = uow.conn.scalar(sa.select(act.c.settings).where(act.c.id == event.id))
    there = signing_in.present(uow, event.id)
    if not election.enough(settings or {}, there.present, there.due):
        raise Blocked("ballot_no_quorum", present=there.present, due=there.due)


def _open_act(hall: Hall, actor: Actor, act_id: str) -> None:
    """Note that the act is open; again changes nothing, and a hold does not stop it."""
    with hall.engine.begin(actor) as uow:
        row = uow.conn.execute(sa.select(act).where(act.c.id == act_id)).one()
        if row.state != "prepared":
            return
        case = instances.lock(uow, row.instance_id, even_held=True)
        values = {"state": "open", "opened_at": uow.now}
        uow.conn.execute(act.update().where(act.c.id == act_id).values(values))
        case.audit("act_opened", task=act_id, kind=row.kind, roll=0)
        instances.save(case)
