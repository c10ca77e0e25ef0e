"""Handing each scrutineer his share of the box key without anybody else seeing it.

Before the box is made each scrutineer chooses a passphrase on his own page; its public half is
kept. When the box is made each share is encrypted to its holder, so no screen ever shows one, and
at the opening the passphrase gives it back to its holder alone. A lost passphrase is a lost
share: two of three suffice, and until slips are drawn the box can be made again.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import Blocked, Invalid, NotAllowed
from engine.unit_of_work import UnitOfWork
from workflows.ballots import events, shares
from workflows.ballots.model import ballot_scrutineer


def choose_passphrase(uow: UnitOfWork, event_id: str, passphrase: str) -> None:
    """Keep the public half of the acting scrutineer's passphrase, until the box is made.

    Raises NotAllowed("ballot_no_scrutineer"), Invalid("ballot_passphrase_short"),
    Conflict("ballot_not_now").
    """
    event = events.load(uow, event_id, events.DRAFT, events.FROZEN)
    if uow.actor.id not in events.scrutineers(uow, event.id):
        raise NotAllowed("ballot_no_scrutineer")
    _write(uow, event_id, uow.actor.id, handing_key=shares.handing_key(passphrase))


def waiting_for(uow: UnitOfWork, event_id: str) -> list[str]:
    """Return the names of the scrutineers who have not chosen a passphrase yet."""
    people = events.scrutineers(uow, event_id).values()
    return [row.name for row in people if not row.handing_key]


def require_ready(uow: UnitOfWork, event_id: str) -> None:
    """Raise Blocked("ballot_passphrases_missing", names=…) unless all have chosen."""
    names = waiting_for(uow, event_id)
    if names:
        raise Blocked("ballot_passphrases_missing", names=names)


def hand_over(uow: UnitOfWork, event_id: str, codes: Mapping[str, str]) -> None:
    """Lock the share codes of a new box, person → code, each to its holder.

    Raises Blocked("ballot_passphrases_missing"), Conflict("ballot_not_now").
    """
    events.load(uow, event_id, events.FROZEN)
    require_ready(uow, event_id)
    for person, row in events.scrutineers(uow, event_id).items():
        locked = shares.hand_over(event_id, codes[person], row.handing_key)
        _write(uow, event_id, person, locked_share=locked)


def codes(uow: UnitOfWork, event_id: str, typed: Mapping[str, str]) -> list[str]:
    """Return the share codes of those who stand at the box: person → code or passphrase.

    Raises Invalid: ``ballot_share_wrong``, ``ballot_passphrase_wrong``.
    """
    people = events.scrutineers(uow, event_id)
    return [
        _code(event_id, people[person].locked_share, text)
        for person, text in typed.items()
        if text.strip() and person in people
    ]


def _code(event_id: str, locked: str, text: str) -> str:
    try:
        return shares.read_code(event_id, text).code(event_id)
    except Invalid:
        if not locked:
            raise
    return shares.unlock(event_id, locked, text)


def _write(uow: UnitOfWork, event_id: str, person: str, **new: str) -> None:
    table = ballot_scrutineer.c
    mine = (table.event_id == event_id) & (table.person == person)
    uow.conn.execute(ballot_scrutineer.update().where(mine).values(**new))
