"""Closing: no more ballots, the numbers reconciled and published before anything is opened.

The order matters. First the store refuses casts and forgets the key of the slips; then slips
and ballots are written anew, so that nothing tells the order of casts; then the statement is
made: the numbers, the sorted receipts, the root over all commitments, the fingerprints of rules
and roll. Two scrutineers sign it, and only then can the box be opened. After a crash the same
command begins again and finds done what is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from engine.errors import AlreadyDone, Conflict, NotAllowed, Tampered
from engine.unit_of_work import Actor, UnitOfWork
from workflows.ballots import events, paper, store
from workflows.ballots.model import ballot_roll, ballot_signature
from workflows.ballots.preparing import EXCUSED, ISSUED, NEEDED, PRESENT
from workflows.ballots.receipts import receipt_of, root_of
from workflows.ballots.rules import digest


@dataclass(frozen=True)
class Numbers:
    """The chain of numbers that must never grow from one link to the next."""

    due: int
    present: int
    issued: int
    used: int
    boxed: int
    paper_handed_out: int
    paper_returned: int

    @property
    def findings(self) -> list[str]:
        """The links that do not hold; any of them voids the vote."""
        returned = self.boxed + self.paper_returned
        broken = {
            "present_over_due": self.present > self.due,
            "issued_over_present": self.issued > self.present,
            "used_over_issued": self.used > self.issued,
            "used_not_accounted_for": self.used != self.boxed + self.paper_handed_out,
            "paper_over_handed_out": self.paper_returned > self.paper_handed_out,
            "returned_over_issued": returned > self.issued,
        }
        return [code for code, is_broken in broken.items() if is_broken]


def close(hall: events.Hall, actor: Actor, event_id: str) -> Mapping[str, Any]:
    """Close the box for ever and return the statement to be signed and published.

    The event is then ``closed``, or ``void`` when the numbers do not hold together; the
    statement's ``findings`` say why. Raises Conflict: ``ballot_not_now``,
    ``ballot_store_busy``; Blocked("ballot_paper_open"), Tampered("ballot_box_missing").
    """
    with hall.engine.begin(actor) as uow:
        event = events.load(uow, event_id, events.VOTING)
        papers = paper.counts(uow, event_id)
        if event.mode not in events.WITHOUT_BOX:
            if not _box_is_there(hall, event_id):
                raise Tampered("ballot_box_missing")
            _shut(hall, event_id)
            hall.store.rewrite()
        text = _statement(uow, hall, event, papers)
        state = events.VOID if text["findings"] else events.CLOSED
        mine = ballot_roll.c.event_id == event_id
        uow.conn.execute(ballot_roll.update().where(mine).values(claim=""))
        known = {"statement": text, "statement_digest": digest(text)}
        told = {"statement": known["statement_digest"], "root": text["root"], **text["numbers"]}
        events.move(uow, event, "box_closed", told, state=state, **known)
    return text


def call_off(hall: events.Hall, actor: Actor, event_id: str, reason: str) -> Mapping[str, Any]:
    """Declare a vote void for a reason: no quorum before it begins, shares lost after it ended.

    A running vote is finished first, unless its box is gone. Slips that were printed are worth
    nothing from now on. Raises Conflict("ballot_not_now").
    """
    with hall.engine.begin(actor) as uow:
        states = [events.FROZEN, events.SIGNING, events.CLOSED]
        lost = events.load(uow, event_id).mode not in events.WITHOUT_BOX and not _box_is_there(
            hall, event_id
        )
        states += [events.VOTING] if lost else []
        event = events.load(uow, event_id, *states)
        told: dict[str, Any] = {"reason": reason}
        if event.state == events.CLOSED:
            events.move(uow, event, "called_off", told, state=events.VOID)
            return event.statement or {}
        _shut(hall, event_id)
        text = _statement(uow, hall, event, [])
        text["findings"] = ["called_off"]
        known = {"statement": text, "statement_digest": digest(text)}
        told["statement"] = known["statement_digest"]
        events.move(uow, event, "called_off", told, state=events.VOID, **known)
    return text


def sign(uow: UnitOfWork, event_id: str, subject: str, seen: str) -> None:
    """Sign a published text by the digest the signer has *seen*.

    Statement and result are signed by scrutineers, the list of destruction by whoever is
    charged with it. Raises NotAllowed("ballot_no_scrutineer"), Conflict:
    ``ballot_text_differs``, ``ballot_not_now``; AlreadyDone("ballot_signed_before"),
    Tampered("ballot_text_changed").
    """
    event = events.load(uow, event_id)
    _text, expected = events.published(event, subject)
    if subject != "destruction" and uow.actor.id not in events.scrutineers(uow, event_id):
        raise NotAllowed("ballot_no_scrutineer")
    if seen != expected:
        raise Conflict("ballot_text_differs")
    if uow.actor.id in signers(uow, event_id, subject):
        raise AlreadyDone("ballot_signed_before")
    table = ballot_signature
    mine = (table.c.event_id == event_id) & (table.c.subject == subject)
    uow.conn.execute(table.delete().where(mine, table.c.person == uow.actor.id))  # of an old text
    row = {
        "event_id": event_id,
        "subject": subject,
        "person": uow.actor.id,
        "digest": seen,
        "at": uow.now,
    }
    uow.conn.execute(table.insert(), row)
    events.move(uow, event, "signed", {"subject": subject, "digest": seen})


def signers(uow: UnitOfWork, event_id: str, subject: str) -> Sequence[str]:
    """Return who has signed the current text of a subject."""
    event = events.load(uow, event_id)
    table = ballot_signature.c
    query = sa.select(table.person).where(table.event_id == event_id, table.subject == subject)
    fits = table.digest == getattr(event, f"{subject}_digest")
    return list(uow.conn.scalars(query.where(fits).order_by(table.person)))


def signed_by_enough(uow: UnitOfWork, event_id: str, subject: str) -> bool:
    """Whether as many have signed as must stand at the opening."""
    return len(signers(uow, event_id, subject)) >= NEEDED


def _box_is_there(hall: events.Hall, event_id: str) -> bool:
    with hall.store.read() as look:
        return hall.store.state(look, event_id) is not None


def _shut(hall: events.Hall, event_id: str) -> None:
    with hall.store.begin() as box:
        hall.store.enter_alone(box)
        mine = store.header.update().where(store.header.c.event == event_id)
        box.conn.execute(mine.values(state=store.CLOSED, slip_key=b""))
    hall.store.forget(event_id)


def _statement(
    uow: UnitOfWork, hall: events.Hall, event: events.Event, papers: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    slip, box = store.slip.c, store.box.c
    with hall.store.read() as look:
        used = look.conn.execute(
            sa.select(slip.voter_class, sa.func.count())
            .where(slip.event == event.id, slip.used)
            .group_by(slip.voter_class)
        ).all()
        commitments = list(
            look.conn.scalars(sa.select(box.commitment).where(box.event == event.id))
        )
    by_class = Counter[str]()
    for name, number in used:
        by_class[name] += number
    if event.mode in events.WITHOUT_BOX:
        for each in papers:
            at = paper.class_of(each["station"]) if paper.apart(event.rules) else ""
            by_class[at] += each["handed_out"]
    roll, issued_by_class = _roll(uow, event.id)
    if event.mode == events.TALK:  # whom they talked to is all there is of a roll
        roll, issued_by_class = dict.fromkeys(roll, by_class.total()), by_class
    numbers = Numbers(
        **roll,
        used=sum(by_class.values()),
        boxed=len(commitments),
        paper_handed_out=sum(each["handed_out"] for each in papers),
        paper_returned=sum(each["ballots"] for each in papers),
    )
    over = [name for name, used in by_class.items() if name and used > issued_by_class[name]]
    return {
        "event": event.id,
        "title": event.title,
        "mode": event.mode,
        "rules": event.rules_digest,
        "roll": event.roll_digest,
        "public_key": event.public_key,
        "numbers": asdict(numbers),
        "findings": numbers.findings + [f"class_over_issued:{name}" for name in sorted(over)],
        "root": root_of(commitments),
        "receipts": sorted(receipt_of(each) for each in commitments),
    }


def _roll(uow: UnitOfWork, event_id: str) -> tuple[dict[str, int], Counter[str]]:
    table = ballot_roll.c
    query = sa.select(table.state, table.voter_class).where(table.event_id == event_id)
    rows = uow.conn.execute(query).all()
    states = Counter(row.state for row in rows)
    issued = Counter(row.voter_class for row in rows if row.state == ISSUED)
    numbers = {
        "due": states.total() - states[EXCUSED],
        "present": states[PRESENT] + states[ISSUED],
        "issued": states[ISSUED],
    }
    return numbers, issued
