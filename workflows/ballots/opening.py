"""Opening: two scrutineers stand at the box, everything is checked again, the totals come out.

Ballots are decrypted in memory only. What is stored is the result; the ciphertexts stay, sealed
as before, for a recount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.errors import Blocked, Invalid, Tampered
from engine.unit_of_work import Actor, UnitOfWork
from workflows.ballots import closing, events, paper, shares, store
from workflows.ballots.counting import Opened, add_paper, count
from workflows.ballots.preparing import NEEDED
from workflows.ballots.receipts import root_of
from workflows.ballots.rules import BallotRules, digest
from workflows.ballots.sealing import Key, Lock, Sealed

Boxed = tuple[Sealed, str]
"""A sealed ballot and the class of its slip."""


def open_box(
    hall: events.Hall, actor: Actor, event_id: str, codes: Sequence[str]
) -> Mapping[str, Any]:
    """Open a closed box with the share codes of two scrutineers; returns the result.

    A vote on paper alone has no box: its result is what the tellers counted, and no codes are
    needed.

    Raises Conflict("ballot_not_now"), Blocked("ballot_not_signed"), Invalid:
    ``ballot_share_wrong``, ``ballot_shares_too_few``; Tampered: ``ballot_root_differs`` when a
    ballot was changed, added or taken away since the statement, ``ballot_text_changed``.
    """
    with hall.engine.begin(actor) as uow:
        event = events.load(uow, event_id, events.CLOSED)
        statement, _digest = events.published(event, "statement")
        talk = event.mode == events.TALK
        if not (talk or closing.signed_by_enough(uow, event_id, "statement")):
            raise Blocked("ballot_not_signed", needed=NEEDED)
        boxed_ = event.mode not in events.WITHOUT_BOX
        opened = _opened(uow, hall, event, codes) if boxed_ else []
        text = result_of(statement, event.rules, opened, paper.counts(uow, event_id))
        known = {"result": text, "result_digest": digest(text)}
        told = {"result": known["result_digest"]}
        events.move(uow, event, "box_opened_for_count", told, state=events.OPENED, **known)
    return text


def boxed(hall: events.Hall, event_id: str) -> list[Boxed]:
    """Return the sealed ballots of an event in the order of their commitments."""
    table = store.box.c
    query = sa.select(table.sealed, table.commitment, table.voter_class)
    with hall.store.read() as look:
        mine = query.where(table.event == event_id).order_by(table.commitment)
        rows = look.conn.execute(mine).all()
    return [(Sealed(row.sealed, row.commitment), row.voter_class) for row in rows]


def unseal(
    event: str, rules: BallotRules, pair: tuple[bytes, bytes], rows: Sequence[Boxed]
) -> list[Opened]:
    """Decrypt the ballots with the private and public key of *pair*.

    Raises Invalid("ballot_shares_do_not_fit") when the two do not belong together.
    """
    private, public = pair
    key = Key(Lock(event, rules, public), private)
    if key.public_key != public:
        raise Invalid("ballot_shares_do_not_fit")
    return [(key.open(sealed), voter_class) for sealed, voter_class in rows]


def result_of(
    statement: Mapping[str, Any],
    rules: BallotRules,
    opened: Sequence[Opened],
    papers: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the result: counted from the box, with paper added, bound to the statement."""
    counted = add_paper(count(rules, opened), papers)
    return {"event": statement["event"], "statement": digest(statement), **counted}


def _opened(
    uow: UnitOfWork, hall: events.Hall, event: events.Event, codes: Sequence[str]
) -> list[Opened]:
    private = _private_key(uow, event.id, codes)
    rows = boxed(hall, event.id)
    statement = event.statement or {}
    if root_of(sealed.commitment for sealed, _ in rows) != statement["root"]:
        raise Tampered("ballot_root_differs")
    return unseal(event.id, event.rules, (private, bytes.fromhex(event.public_key)), rows)


def _private_key(uow: UnitOfWork, event_id: str, codes: Sequence[str]) -> bytes:
    known = {row.share_no: row.share_digest for row in events.scrutineers(uow, event_id).values()}
    read = {share.no: share for share in (shares.read_code(event_id, code) for code in codes)}
    if any(known.get(no) != share.digest(event_id) for no, share in read.items()):
        raise Invalid("ballot_share_wrong")
    if len(read) < NEEDED:
        raise Invalid("ballot_shares_too_few", needed=NEEDED)
    return shares.combine(list(read.values())[:NEEDED])
