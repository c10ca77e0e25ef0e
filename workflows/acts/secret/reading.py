"""What pages show of a secret act, to everybody what he may see; never a ballot, never who voted.

Who has drawn a slip is on the roll and shown at the table and to the organiser. The numbers of
a running vote are those ``signing_in.turnout`` releases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from engine import holds
from engine.errors import EngineError, NotFound
from engine.tasks import get
from engine.unit_of_work import UnitOfWork
from workflows import policies
from workflows.acts.model import act
from workflows.acts.secret import bridge, people, separation
from workflows.ballots import drafting, events, paper, preparing, signing_in
from workflows.ballots.events import Event, Hall
from workflows.ballots.model import ballot_event, ballot_officer, ballot_roll, ballot_scrutineer
from workflows.ballots.preparing import EXCUSED, ISSUED, PRESENT
from workflows.ballots.signing_in import Turnout

LIST: Final = 500


@dataclass(frozen=True)
class Person:
    """A scrutineer, teller or officer; ``has_share`` and ``kept`` are about scrutineers."""

    person: str
    name: str
    share_no: int = 0
    has_share: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Station:
    """A counting desk: who has entered, whether they agree, in which figures they do not."""

    name: str
    by: Sequence[str]
    agreed: bool
    differs: Sequence[str]


@dataclass(frozen=True)
class View:
    """The vote of an act for somebody who may see it. ``event`` is None before it is prepared.

    ``can``: ``manage``, ``sign_in``, ``scrutinise``, ``tell``. ``todo`` is what comes next:
    ``prepare``, ``complete`` (see ``missing``), ``freeze``, ``make_box``, ``print_slips``,
    ``open_desk``, ``begin``, ``close_box``, ``sign_statement``, ``open_box``, ``sign_result``,
    ``close``, ``confirm``, ``done``.
    """

    act_id: str
    event: Event | None
    settings: Mapping[str, Any]
    state: str
    turnout: Turnout
    by_class: Mapping[str, Turnout]
    scrutineers: Sequence[Person]
    tellers: Sequence[Person]
    desk: Sequence[Person]
    signatures: Mapping[str, Sequence[Mapping[str, str]]]
    stations: Sequence[Station]
    can: frozenset[str]
    todo: str
    held: bool
    missing: Sequence[EngineError]


@dataclass(frozen=True)
class Row:
    """A line of the roll."""

    person: str
    name: str
    voter_class: str
    state: str
    excuse: str


@dataclass(frozen=True)
class Mine:
    """A vote the actor is named in; ``as_`` is as what, ``done`` whether his slip is drawn."""

    event_id: str
    title: str
    mode: str
    state: str
    as_: str
    done: bool = False


def view(hall: Hall, uow: UnitOfWork, act_id: str) -> View:
    """Return the vote of an act; raises NotFound for whoever may not know of it."""
    task = get(uow, act_id)
    can = _can(uow, task)
    if not can and not _sees_case(uow, task.instance_id):
        raise NotFound
    row = uow.conn.execute(sa.select(act).where(act.c.id == act_id)).first()
    known = sa.select(ballot_event.c.id).where(ballot_event.c.id == act_id)
    held = holds.of(uow, task.root_id) is not None
    if row is None or uow.conn.scalar(known) is None:
        nothing = Turnout(0, 0, 0, 0)
        return View(
            act_id, None, {} if row is None else row.settings, "", nothing, {}, (), (), (), {}, (),
            can, "prepare", held, (),
        )  # fmt: skip
    event = events.load(uow, act_id)
    missing = _missing(uow, event) if event.state == events.DRAFT else ()
    signed: dict[str, list[Mapping[str, str]]] = {}
    for each in bridge.signatures(uow, event):
        signed.setdefault(each["subject"], []).append(each)
    return View(
        act_id, event, row.settings, event.state, _turnout(hall, uow, event),
        _by_class(uow, event), _scrutineers(uow, act_id), _officers(uow, act_id, paper.TELLER),
        _officers(uow, act_id, paper.DESK), signed, _stations(uow, act_id), can,
        _todo(event, str(row.state), (missing, signed)), held, missing,
    )  # fmt: skip


def roll(  # noqa: PLR0913  (a search has as many parts as its form)
    uow: UnitOfWork,
    act_id: str,
    *,
    text: str = "",
    state: str = "",
    after: str = "",
    limit: int = 50,
) -> list[Row]:
    """Return lines of the roll for the table and the organiser, in the order of names.

    *text* is part of a name or number, *after* the ``person`` the last page ended with. Raises
    NotFound for everybody else.
    """
    if not _can(uow, get(uow, act_id)) & {"manage", "sign_in"}:
        raise NotFound
    table = ballot_roll.c
    columns = (table.person, table.name, table.voter_class, table.state, table.excuse)
    query = sa.select(*columns).where(table.event_id == act_id)
    if text := text.strip():
        named = table.name.contains(text, autoescape=True)
        query = query.where(named | table.person.contains(text, autoescape=True))
    if state:
        query = query.where(table.state == state)
    if after:
        query = query.where(_beyond(uow, act_id, after))
    ordered = query.order_by(table.name, table.person).limit(min(limit, LIST))
    return [Row(*row) for row in uow.conn.execute(ordered)]


def mine(uow: UnitOfWork) -> list[Mine]:
    """Return every vote the actor is named in that is not over: as voter by account, or on duty."""
    alive = ballot_event.c.state.not_in((events.DESTROYED, events.VOID))
    voting = (ballot_event.c.mode == events.LOGIN) & (ballot_event.c.state == events.VOTING)
    found: list[Mine] = []
    for table, as_, which in (
        (ballot_roll, ballot_roll.c.state, voting & (ballot_roll.c.state != EXCUSED)),
        (ballot_scrutineer, sa.literal("scrutineer"), alive),
        (ballot_officer, ballot_officer.c.duty, alive),
    ):
        event = ballot_event.c
        joined = sa.select(event.id, event.title, event.mode, event.state, as_.label("as_"))
        mine_ = joined.join_from(ballot_event, table, table.c.event_id == event.id)
        query = mine_.where(table.c.person == uow.actor.id, which).order_by(event.id)
        for row in uow.conn.execute(query):
            voter = table is ballot_roll
            found.append(Mine(*row[:4], "voter" if voter else row.as_, row.as_ == ISSUED))
    return found


def _can(uow: UnitOfWork, task: Any) -> frozenset[str]:
    actor, found = uow.actor, set()
    leads = task.assignee == actor.id or task.principal in actor.principals
    if leads and task.assignee in (None, actor.id):
        found |= {"manage", "sign_in"}
    if actor.id in events.scrutineers(uow, task.id):
        found.add("scrutinise")
    if actor.id in paper.tellers(uow, task.id):
        found.add("tell")
    if actor.id in drafting.officers(uow, task.id, paper.DESK):
        found.add("sign_in")
    return frozenset(found)


def _sees_case(uow: UnitOfWork, instance_id: str) -> bool:
    return policies.allowed(uow.actor, "case.view", policies.case_subject(uow, instance_id))


def _missing(uow: UnitOfWork, event: Event) -> list[EngineError]:
    """Return what freezing would be refused for, all of it."""
    found = []
    plan = preparing.planned(uow, event)
    for check in (
        partial(preparing.check_roll, plan),
        partial(preparing.check_scrutineers, plan),
        partial(separation.require_all, uow, event),
        partial(people.require_tellers, uow, event),
    ):
        try:
            check()
        except EngineError as refused:
            found.append(refused)
    return found


def _turnout(hall: Hall, uow: UnitOfWork, event: Event) -> Turnout:
    boxed = event.mode not in events.WITHOUT_BOX and event.state not in ("draft", "frozen")
    cast = signing_in.cast_count(hall, event.id) if boxed else 0
    return signing_in.shown(event, signing_in.present(uow, event.id), cast)


def _by_class(uow: UnitOfWork, event: Event) -> dict[str, Turnout]:
    table = ballot_roll.c
    query = sa.select(table.voter_class, table.state, sa.func.count()).where(
        table.event_id == event.id
    )
    found: dict[str, Counter[str]] = {}
    for name, state, number in uow.conn.execute(query.group_by(table.voter_class, table.state)):
        found.setdefault(name, Counter())[state] += number
    return {
        name: Turnout(
            each.total() - each[EXCUSED], each[PRESENT] + each[ISSUED], each[ISSUED], 0
        )
        for name, each in sorted(found.items())
    }  # fmt: skip


def _scrutineers(uow: UnitOfWork, act_id: str) -> list[Person]:
    return [
        Person(row.person, row.name, row.share_no, bool(row.share_digest), bool(row.locked_share))
        for row in events.scrutineers(uow, act_id).values()
    ]


def _officers(uow: UnitOfWork, act_id: str, duty: str) -> list[Person]:
    return [Person(*each) for each in drafting.officers(uow, act_id, duty).items()]


def _stations(uow: UnitOfWork, act_id: str) -> list[Station]:
    names = paper.tellers(uow, act_id)
    return [
        Station(name, [names.get(who, who) for who in by], agreed, differs)
        for name, by, agreed, differs in paper.progress(uow, act_id)
    ]


def _todo(event: Event, act_state: str, known: tuple[Sequence[Any], Mapping[str, Any]]) -> str:
    missing, signed = known
    talk, box = event.mode == events.TALK, event.mode not in events.WITHOUT_BOX
    signs = {name: talk or len(who) >= preparing.NEEDED for name, who in signed.items()}
    table = "print_slips" if event.mode == events.SLIP else "open_desk"
    steps = {
        events.DRAFT: "complete" if missing else "begin" if talk else "freeze",
        events.FROZEN: "make_box" if box and not event.public_key else table,
        events.SIGNING: "begin",
        events.VOTING: "close_box",
        events.CLOSED: "open_box" if signs.get("statement", talk) else "sign_statement",
        events.OPENED: "close" if signs.get("result", talk) else "sign_result",
        events.VOID: "close",
    }
    after = {"closed": "confirm", "confirmed": "done"}
    return after.get(act_state) or steps.get(event.state, "done")


def _beyond(uow: UnitOfWork, act_id: str, person: str) -> Any:
    table = ballot_roll.c
    mine_ = (table.event_id == act_id) & (table.person == person)
    name = uow.conn.scalar(sa.select(table.name).where(mine_))
    return (table.name > name) | ((table.name == name) & (table.person > person))
