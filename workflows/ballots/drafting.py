"""A vote while it is a draft: the event and who is on which list, each list replaced as a whole.

A draft may be incomplete; ``preparing.freeze`` checks it. Once frozen it can be taken back to
a draft as long as no slip was printed, with a reason that stays in the chain of the event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from engine.errors import Invalid, NotAllowed
from engine.unit_of_work import UnitOfWork
from workflows.ballots import events, paper, preparing
from workflows.ballots.model import ballot_event, ballot_officer, ballot_roll, ballot_scrutineer
from workflows.ballots.preparing import ENTITLED, EXCUSED, Plan, Voter

DUTIES: Final = (paper.TELLER, paper.DESK)
UNTIL_CLOSED: Final = (events.DRAFT, events.FROZEN, events.SIGNING, events.VOTING)


def put(uow: UnitOfWork, plan: Plan) -> None:
    """Write the event of *plan* (its ``id`` is given) or write it anew; the lists stay.

    Raises Conflict("ballot_not_now") once it is frozen.
    """
    query = sa.select(ballot_event.c.id).where(ballot_event.c.id == plan.id)
    if uow.conn.scalar(query) is None:
        preparing.write(uow, plan)
        return
    event = events.load(uow, plan.id, events.DRAFT)
    new = {"title": plan.title, "mode": plan.mode, "rules": plan.rules.plain}
    events.move(uow, event, "drafted", {"mode": plan.mode}, **new)


def set_voters(uow: UnitOfWork, event_id: str, voters: Sequence[Voter]) -> None:
    """Replace the roll; whoever was excused has to be excused again.

    Raises Conflict("ballot_not_now"), Invalid("ballot_roll_wrong") when somebody is on it twice.
    """
    event = events.load(uow, event_id, events.DRAFT)
    if len({each.person for each in voters}) != len(voters):
        raise Invalid("ballot_roll_wrong")
    uow.conn.execute(ballot_roll.delete().where(ballot_roll.c.event_id == event_id))
    preparing.put_people(uow, event_id, (ballot_roll, voters, {"state": ENTITLED}))
    events.move(uow, event, "roll_set", {"voters": len(voters)})


def take_roll(uow: UnitOfWork, event_id: str, before: str) -> None:
    """Take over the roll of a ballot before this one, those excused too; a roll stays as it is.

    Nobody is signed in: who is still there is counted again. Raises Conflict("ballot_not_now").
    """
    event = events.load(uow, event_id, events.DRAFT)
    table = ballot_roll.c
    if uow.conn.scalar(sa.select(table.person).where(table.event_id == event_id).limit(1)):
        return
    columns = (table.person, table.name, table.voter_class, table.state, table.excuse)
    rows = [
        {
            **row._mapping, "event_id": event_id, "claim": "",
            "state": EXCUSED if row.state == EXCUSED else ENTITLED,
        }
        for row in uow.conn.execute(sa.select(*columns).where(table.event_id == before))
    ]  # fmt: skip
    if rows:
        uow.conn.execute(ballot_roll.insert(), rows)
    events.move(uow, event, "roll_set", {"voters": len(rows)})


def set_scrutineers(uow: UnitOfWork, event_id: str, people: Sequence[Voter]) -> None:
    """Replace those who watch over the vote; raises Conflict("ballot_not_now")."""
    event = events.load(uow, event_id, events.DRAFT)
    uow.conn.execute(ballot_scrutineer.delete().where(ballot_scrutineer.c.event_id == event_id))
    preparing.put_people(uow, event_id, (ballot_scrutineer, people, {}))
    events.move(uow, event, "scrutineers_named", _named(people))


def set_officers(uow: UnitOfWork, event_id: str, duty: str, people: Sequence[Voter]) -> None:
    """Replace the tellers, or those at the sign-in desk, until the vote is closed.

    Raises Conflict("ballot_not_now").
    """
    assert duty in DUTIES
    event = events.load(uow, event_id, *UNTIL_CLOSED)
    mine = (ballot_officer.c.event_id == event_id) & (ballot_officer.c.duty == duty)
    uow.conn.execute(ballot_officer.delete().where(mine))
    rows = [
        {"event_id": event_id, "duty": duty, "person": each.person, "name": each.name}
        for each in people
    ]
    if rows:
        uow.conn.execute(ballot_officer.insert(), rows)
    events.move(uow, event, f"{duty}_named", _named(people))


def officers(uow: UnitOfWork, event_id: str, duty: str) -> dict[str, str]:
    """Return those who hold a duty: person → name."""
    table = ballot_officer.c
    mine = (table.event_id == event_id) & (table.duty == duty)
    query = sa.select(table.person, table.name).where(mine)
    return {row.person: row.name for row in uow.conn.execute(query.order_by(table.name))}


def restore(uow: UnitOfWork, event_id: str, person: str) -> None:
    """Count a person among those due again, who had been excused; only in a draft.

    Raises Conflict("ballot_not_now"), NotAllowed("ballot_not_on_roll").
    """
    events.load(uow, event_id, events.DRAFT)
    mine = (ballot_roll.c.event_id == event_id) & (ballot_roll.c.person == person)
    change = ballot_roll.update().where(mine).values(state=ENTITLED, excuse="")
    if not uow.conn.execute(change).rowcount:
        raise NotAllowed("ballot_not_on_roll")


def thaw(uow: UnitOfWork, event_id: str, reason: str) -> None:
    """Take a frozen vote back to a draft; fingerprints and box are worth nothing any more.

    Raises Conflict("ballot_not_now") once slips are printed or the table is open.
    """
    event = events.load(uow, event_id, events.FROZEN)
    gone = {"rules_digest": "", "roll_digest": "", "public_key": ""}
    told = {"reason": reason, "rules": event.rules_digest, "roll": event.roll_digest}
    events.move(uow, event, "thawed", told, state=events.DRAFT, **gone)


def _named(people: Sequence[Voter]) -> Mapping[str, Any]:
    return {"people": [each.person for each in people]}
