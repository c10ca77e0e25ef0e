"""Before the vote: draft the event, freeze rules and roll, make the box and the slips."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.errors import Blocked, Conflict, Invalid, NotAllowed
from engine.model import new_id
from engine.unit_of_work import Actor, UnitOfWork
from workflows.ballots import events, sealing, shares, slips, store
from workflows.ballots.model import ballot_event, ballot_roll, ballot_scrutineer
from workflows.ballots.rules import SMALLEST_CLASS, BallotRules, canonical
from workflows.ballots.rules import digest as digest_of
from workflows.counting.presets import exclusion_reasons

SHARES, NEEDED = 3, 2
ENTITLED, PRESENT, ISSUED, EXCUSED = "entitled", "present", "issued", "excused"
EXCUSES = frozenset(exclusion_reasons())
"""Listed reasons for leaving 应到会; the usual list of party election rules."""


@dataclass(frozen=True)
class Voter:
    """A line of the roll."""

    person: str
    name: str
    voter_class: str = ""


@dataclass(frozen=True)
class Plan:
    """What an event is made from. ``id`` is given where somebody else's key is its own."""

    title: str
    rules: BallotRules
    voters: Sequence[Voter]
    scrutineers: Sequence[Voter]
    mode: str = events.SLIP
    instance_id: str | None = None
    id: str = ""


def draft(uow: UnitOfWork, plan: Plan) -> str:
    """Write down a planned vote; returns the id of the event.

    Raises Invalid: ``ballot_rules_wrong``, ``ballot_roll_wrong``, ``ballot_class_too_small``,
    ``ballot_scrutineers_wrong``, ``ballot_scrutineer_is_candidate``.
    """
    check(plan)
    return write(uow, plan)


def check(plan: Plan) -> None:
    """Raise as ``draft`` does for a plan that cannot be carried out."""
    check_roll(plan)
    check_scrutineers(plan)


def write(uow: UnitOfWork, plan: Plan) -> str:
    """Write a plan down, complete or not; ``freeze`` checks it. Returns the id of the event."""
    event_id = plan.id or new_id()
    row = {
        "id": event_id,
        "instance_id": plan.instance_id,
        "title": plan.title,
        "mode": plan.mode,
        "state": events.DRAFT,
        "rules": plan.rules.plain,
    }
    uow.conn.execute(ballot_event.insert(), row)
    for table, people, more in (
        (ballot_roll, plan.voters, {"state": ENTITLED}),
        (ballot_scrutineer, plan.scrutineers, {}),
    ):
        put_people(uow, event_id, (table, people, more))
    events.move(uow, events.load(uow, event_id), "drafted", {"mode": plan.mode})
    return event_id


def excuse(uow: UnitOfWork, event_id: str, person: str, reason: str) -> None:
    """Take a person out of 应到会 for a listed reason, before the roll is frozen.

    Raises Invalid("ballot_excuse_unknown"), NotAllowed("ballot_not_on_roll"),
    Conflict("ballot_not_now").
    """
    events.load(uow, event_id, events.DRAFT)
    if reason not in EXCUSES:
        raise Invalid("ballot_excuse_unknown")
    chosen = (ballot_roll.c.event_id == event_id) & (ballot_roll.c.person == person)
    change = ballot_roll.update().where(chosen).values(state=EXCUSED, excuse=reason)
    if not uow.conn.execute(change).rowcount:
        raise NotAllowed("ballot_not_on_roll")


def freeze(uow: UnitOfWork, event_id: str) -> tuple[str, str]:
    """Fix rules and roll; returns both fingerprints, to be shown and printed.

    Raises Conflict("ballot_not_now") and Invalid as ``draft`` does.
    """
    event = events.load(uow, event_id, events.DRAFT)
    check(planned(uow, event))
    rules_digest, roll_digest = digest_of(event.rules.plain), digest_of(_roll(uow, event_id))
    found = {"rules_digest": rules_digest, "roll_digest": roll_digest}
    events.move(uow, event, "frozen", found, state=events.FROZEN, **found)
    return rules_digest, roll_digest


def planned(uow: UnitOfWork, event: events.Event) -> Plan:
    """Return the plan of an event as it stands now; who is excused counts with the others."""
    lines = _roll(uow, event.id)
    voters = [Voter(line["person"], line["name"], line["voter_class"]) for line in lines]
    watchers = [Voter(row.person, row.name) for row in events.scrutineers(uow, event.id).values()]
    return Plan(event.title, event.rules, voters, watchers, event.mode, event.instance_id, event.id)


def make_box(hall: events.Hall, actor: Actor, event_id: str) -> Mapping[str, str]:
    """Make the key pair and the box; returns each scrutineer's share as a code for paper.

    The private key is forgotten here; whoever loses the codes makes a new box, which is
    possible until slips are drawn. Raises Conflict("ballot_not_now").
    """
    with hall.engine.begin(actor) as uow:
        event = events.load(uow, event_id, events.FROZEN)
        if event.mode in events.WITHOUT_BOX:
            raise Conflict("ballot_wrong_mode")
        people = events.scrutineers(uow, event_id)
        private, public = sealing.new_pair()
        cut = shares.split(private, NEEDED, SHARES)
        for person, share in zip(people, cut, strict=True):
            mine = ballot_scrutineer.c.person == person
            uow.conn.execute(
                ballot_scrutineer.update().where(ballot_scrutineer.c.event_id == event_id, mine),
                {"share_no": share.no, "share_digest": share.digest(event_id), "locked_share": ""},
            )
        events.move(uow, event, "box_made", {"public_key": public.hex()}, public_key=public.hex())
    _put_box(hall, event, public)
    return {person: share.code(event_id) for person, share in zip(people, cut, strict=True)}


def keep_share(uow: UnitOfWork, event_id: str, code: str, passphrase: str) -> None:
    """Keep the actor's own share here, locked by a passphrase that only the actor knows.

    Raises NotAllowed("ballot_no_scrutineer"), Invalid: ``ballot_share_wrong``,
    ``ballot_passphrase_short``.
    """
    mine = events.scrutineers(uow, event_id).get(uow.actor.id)
    if mine is None:
        raise NotAllowed("ballot_no_scrutineer")
    share = shares.read_code(event_id, code)
    if share.digest(event_id) != mine.share_digest:
        raise Invalid("ballot_share_wrong")
    chosen = ballot_scrutineer.c.person == uow.actor.id
    uow.conn.execute(
        ballot_scrutineer.update().where(ballot_scrutineer.c.event_id == event_id, chosen),
        {"locked_share": shares.lock(event_id, share.code(event_id), passphrase)},
    )


def unlock_share(uow: UnitOfWork, event_id: str, passphrase: str) -> str:
    """Return the code of the actor's own share, to be used at the opening or for a recount.

    Raises NotAllowed("ballot_no_scrutineer"), Conflict("ballot_share_not_kept"),
    Invalid("ballot_passphrase_wrong").
    """
    mine = events.scrutineers(uow, event_id).get(uow.actor.id)
    if mine is None:
        raise NotAllowed("ballot_no_scrutineer")
    if not mine.locked_share:
        raise Conflict("ballot_share_not_kept")
    return shares.unlock(event_id, mine.locked_share, passphrase)


def print_slips(hall: events.Hall, actor: Actor, event_id: str, spare: int = 5) -> Sequence[Pile]:
    """Make slips for everybody on the roll and some to spare, so that the last voter draws too.

    One transaction; the codes are in the answer only and cannot be shown again. Raises
    Conflict("ballot_not_now") when they were printed before, Blocked("ballot_no_box").
    """
    with hall.engine.begin(actor) as uow:
        event = events.load(uow, event_id, events.FROZEN)
        if event.mode != events.SLIP or not _box_fits(hall, event):
            raise Blocked("ballot_no_box")
        piles = _piles(_roll(uow, event_id), spare)
        _put_slips(hall, event_id, piles)
        events.move(uow, event, "slips_printed", _sizes(piles), state=events.SIGNING)
    return piles


def reprint_slips(
    hall: events.Hall, actor: Actor, event_id: str, reason: str, spare: int = 5
) -> Sequence[Pile]:
    """Make all slips anew, whose first printing was lost or spoilt; the old ones are worthless.

    Only while nobody has drawn one. Raises Conflict: ``ballot_not_now``, ``ballot_slips_drawn``,
    ``ballot_wrong_mode``.
    """
    with hall.engine.begin(actor) as uow:
        event = events.load(uow, event_id, events.SIGNING)
        if event.mode != events.SLIP:
            raise Conflict("ballot_wrong_mode")
        drawn = (ballot_roll.c.event_id == event_id) & (ballot_roll.c.state == ISSUED)
        if uow.conn.scalar(sa.select(ballot_roll.c.person).where(drawn).limit(1)) is not None:
            raise Conflict("ballot_slips_drawn")
        piles = _piles(_roll(uow, event_id), spare)
        _put_slips(hall, event_id, piles)
        events.move(uow, event, "slips_reprinted", {"reason": reason, **_sizes(piles)})
    return piles


def open_login(hall: events.Hall, actor: Actor, event_id: str) -> None:
    """Open the table of a vote without slips: by account, or on paper alone.

    Raises Conflict("ballot_not_now"), Blocked("ballot_no_box").
    """
    with hall.engine.begin(actor) as uow:
        event = events.load(uow, event_id, events.FROZEN)
        ready = event.mode in events.WITHOUT_BOX or _box_fits(hall, event)
        if event.mode == events.SLIP or not ready:
            raise Blocked("ballot_no_box")
        events.move(uow, event, "sign_in_open", {}, state=events.SIGNING)


@dataclass(frozen=True)
class Pile:
    """Slips of one class of voters, shuffled."""

    voter_class: str
    codes: Sequence[str]


def _piles(roll: Sequence[Mapping[str, Any]], spare: int) -> list[Pile]:
    sizes = Counter(line["voter_class"] for line in roll if not line["excuse"])
    return [Pile(name, slips.codes(size + spare)) for name, size in sorted(sizes.items())]


def _sizes(piles: Sequence[Pile]) -> dict[str, int]:
    return {pile.voter_class or "-": len(pile.codes) for pile in piles}


def _box_fits(hall: events.Hall, event: events.Event) -> bool:
    """Whether the box of the last key pair is in the store (it is not after a crash)."""
    if not event.public_key:
        return False
    return hall.store.header(event.id).public_key.hex() == event.public_key


def _put_slips(hall: events.Hall, event_id: str, piles: Sequence[Pile]) -> None:
    """Replace the slips of an event; called again after a crash it leaves only the new ones."""
    key = hall.store.header(event_id).slip_key
    known = sorted(
        (slips.digest_of(key, event_id, code), pile.voter_class)
        for pile in piles
        for code in pile.codes
    )
    rows = [
        {"event": event_id, "digest": digest, "voter_class": voter_class, "used": False}
        for digest, voter_class in known
    ]
    with hall.store.begin() as box:
        box.conn.execute(store.slip.delete().where(store.slip.c.event == event_id))
        box.conn.execute(store.slip.insert(), rows)


def _put_box(hall: events.Hall, event: events.Event, public_key: bytes) -> None:
    row = {
        "event": event.id,
        "state": store.NOT_OPEN,
        "mode": event.mode,
        "rules": canonical(event.rules.plain).decode(),
        "public_key": public_key,
        "slip_key": secrets.token_bytes(32),
    }
    with hall.store.begin() as box:
        box.conn.execute(store.header.delete().where(store.header.c.event == event.id))
        box.conn.execute(store.header.insert(), row)
    hall.store.forget(event.id)


def _roll(uow: UnitOfWork, event_id: str) -> list[dict[str, Any]]:
    """Return the frozen part of the roll: who, in which class, and who is excused why."""
    table = ballot_roll.c
    query = sa.select(table.person, table.name, table.voter_class, table.excuse)
    rows = uow.conn.execute(query.where(table.event_id == event_id).order_by(table.person))
    names = ("person", "name", "voter_class", "excuse")
    return [dict(zip(names, row, strict=True)) for row in rows]


def check_roll(plan: Plan) -> None:
    """Raise Invalid: ``ballot_roll_wrong``, ``ballot_class_too_small``."""
    if plan.mode == events.TALK:
        return
    people = [voter.person for voter in plan.voters]
    if not people or len(set(people)) != len(people):
        raise Invalid("ballot_roll_wrong")
    if plan.mode not in (events.SLIP, events.LOGIN, events.PAPER):
        raise Invalid("ballot_roll_wrong")
    sizes = Counter(voter.voter_class for voter in plan.voters)
    if not sizes.keys() <= set(plan.rules.classes or ("",)):
        raise Invalid("ballot_roll_wrong")
    for name, size in sorted(sizes.items()):
        if plan.rules.classes and size < SMALLEST_CLASS:
            raise Invalid(
                "ballot_class_too_small", voter_class=name, size=size, least=SMALLEST_CLASS
            )


def check_scrutineers(plan: Plan) -> None:
    """Raise Invalid: ``ballot_scrutineers_wrong``, ``ballot_scrutineer_is_candidate``.

    Three cut the key between them; without a box two are enough, who sign.
    """
    if plan.mode == events.TALK:
        return
    people = [each.person for each in plan.scrutineers]
    enough = len(people) >= NEEDED if plan.mode == events.PAPER else len(people) == SHARES
    if not enough or len(set(people)) != len(people):
        raise Invalid("ballot_scrutineers_wrong", count=SHARES)
    standing = {each.person or each.id for each in plan.rules.candidates}
    for each in plan.scrutineers:
        if each.person in standing:
            raise Invalid("ballot_scrutineer_is_candidate", name=each.name)


def put_people(
    uow: UnitOfWork,
    event_id: str,
    part: tuple[sa.Table, Sequence[Voter], Mapping[str, Any]],
) -> None:
    """Write people of an event into a table of theirs, each with the same further values."""
    table, people, more = part
    rows = [_person(event_id, each, table, more) for each in people]
    if rows:
        uow.conn.execute(table.insert(), rows)


def _person(
    event_id: str, voter: Voter, table: sa.Table, more: Mapping[str, Any]
) -> dict[str, Any]:
    row = {"event_id": event_id, "person": voter.person, "name": voter.name, **more}
    return row | ({"voter_class": voter.voter_class} if table is ballot_roll else {})
