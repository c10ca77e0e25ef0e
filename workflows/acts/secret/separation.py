"""Who must not do what at a secret ballot: no candidate watches, counts or hands out slips.

Election regulation 2020 art. 22–23 (domain specification 4.4 item 10.4): scrutineers and
tellers are no candidates. A teller counts under the eyes of the scrutineers who sign, so nobody
is both. An account is compared with candidates as such and through the person it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from workflows.ballots import drafting, events, paper
from workflows.ballots.preparing import Voter
from workflows.model import account

REFUSALS: Final[Mapping[str, str]] = {
    "scrutineers": "ballot_scrutineer_is_candidate",
    "tellers": "ballot_officer_is_candidate",
    "desk": "ballot_officer_is_candidate",
}


def require(uow: UnitOfWork, event: events.Event, duty: str, people: Sequence[Voter]) -> None:
    """Raise Invalid unless these people may hold a duty (``scrutineers``, ``tellers``, ``desk``).

    Codes: ``ballot_scrutineer_is_candidate``, ``ballot_officer_is_candidate``,
    ``ballot_teller_is_scrutineer``.
    """
    standing = {key for each in event.rules.candidates for key in (each.id, each.person) if key}
    known = _persons(uow, [each.person for each in people])
    for each in people:
        if {each.person, known.get(each.person, "")} & standing:
            raise Invalid(REFUSALS[duty], name=each.name)
    if duty == "scrutineers":
        others = set(drafting.officers(uow, event.id, paper.TELLER))
    else:
        others = set(events.scrutineers(uow, event.id)) if duty == "tellers" else set()
    for each in people:
        if each.person in others:
            raise Invalid("ballot_teller_is_scrutineer", name=each.name)


def require_all(uow: UnitOfWork, event: events.Event) -> None:
    """Ask the same of everybody named, before the vote is frozen."""
    watchers = [Voter(row.person, row.name) for row in events.scrutineers(uow, event.id).values()]
    require(uow, event, "scrutineers", watchers)
    for duty, name in ((paper.TELLER, "tellers"), (paper.DESK, "desk")):
        people = [Voter(*each) for each in drafting.officers(uow, event.id, duty).items()]
        require(uow, event, name, people)


def _persons(uow: UnitOfWork, accounts: Sequence[str]) -> dict[str, str]:
    query = sa.select(account.c.id, account.c.person_id).where(account.c.id.in_(accounts))
    return {row.id: row.person_id or "" for row in uow.conn.execute(query)}
