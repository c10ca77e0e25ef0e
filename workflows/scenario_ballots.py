"""What a scenario does in a secret vote: the roll, the box, the table, the ballots, the count.

It keeps what people would hold in their hands (slips, shares) with the scenario, nowhere else.
Ballots are cast one by one through the same door as at a meeting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.errors import NotFound
from engine.unit_of_work import SYSTEM, Actor
from workflows import scenario_votes
from workflows.acts import preparing
from workflows.acts.secret import meeting, people
from workflows.ballots import casting, events, paper, places, signing_in, slips
from workflows.ballots.events import Hall
from workflows.ballots.model import ballot_roll
from workflows.ballots.preparing import ENTITLED, NEEDED, PRESENT
from workflows.ballots.rules import BallotRules
from workflows.scenario_acts import whole

Act = Mapping[str, Any]


@dataclass
class Hands:
    """What is out of the program in one vote: slips by class, some of them drawn, and shares."""

    slips: dict[str, list[str]] = field(default_factory=dict)
    drawn: dict[str, list[str]] = field(default_factory=dict)
    shares: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Doing:
    """One act of the scenario on one vote, by one person."""

    run: Any
    actor: Actor
    act: Act
    id: str

    @property
    def hall(self) -> Hall:
        """The hall of the rehearsal."""
        return places.hall_of(self.run.engine)

    @property
    def hands(self) -> Hands:
        """What people hold in this vote."""
        found: Hands = self.run.hands.setdefault(self.id, Hands())
        return found

    @property
    def event(self) -> events.Event:
        """The vote as it stands."""
        with self.run.engine.read(SYSTEM) as uow:
            return events.load(uow, self.id)

    def person(self, name: str) -> Actor:
        """Return an actor by his short name, login or account."""
        login = self.run.common.get("actors", {}).get(name, name)
        by_id = {each.id: each for each in self.run.people.values()}
        found: Actor | None = self.run.people.get(login) or by_id.get(name)
        if found is None:
            raise NotFound("ballot_person_unknown")
        return found


def import_voters(doing: Doing) -> None:
    """Put a roll in: ``count`` people, ``classes`` (class → number) or ``lines``."""
    act = doing.act
    lines = list(act.get("lines", []))
    for group, number in {**({"": act["count"]} if "count" in act else {}),
                          **act.get("classes", {})}.items():  # fmt: skip
        lines += [{"name": f"选举人{group}{no:04}", "class": group} for no in range(1, number + 1)]
    with doing.run.engine.begin(doing.actor) as uow:
        if events_missing(uow, doing.id):
            preparing.prepare(uow, doing.id)
        people.load_voters(uow, doing.id, lines)


def name(doing: Doing) -> None:
    """Name ``who`` for a ``role``: scrutineer, teller, desk."""
    named = [doing.person(each).id for each in doing.act["who"]]
    with doing.run.engine.begin(doing.actor) as uow:
        if events_missing(uow, doing.id):
            preparing.prepare(uow, doing.id)
        people.name_people(uow, doing.id, doing.act["role"], named)


def ready(doing: Doing) -> None:
    """Freeze, make the box, print the slips or open the table."""
    with doing.run.engine.begin(doing.actor) as uow:
        if events_missing(uow, doing.id):
            preparing.prepare(uow, doing.id)
        meeting.freeze(uow, doing.id)
    mode = doing.event.mode
    if mode not in events.WITHOUT_BOX:
        doing.hands.shares = dict(meeting.make_box(doing.hall, doing.actor, doing.id))
    if mode != events.SLIP:
        meeting.open_desk(doing.hall, doing.actor, doing.id)
        return
    piles = meeting.print_slips(doing.hall, doing.actor, doing.id, spare=doing.act.get("spare", 5))
    doing.hands.slips = {pile.voter_class: list(pile.codes) for pile in piles}


def sign_in(doing: Doing) -> None:
    """Tick ``who`` (names), ``count`` people, or ``all``; each draws a slip of his class."""
    wanted = _voters(doing)
    with doing.run.engine.begin(doing.actor) as uow:
        if len(wanted) == 1:
            meeting.sign_in(uow, doing.id, wanted[0][0])
        else:
            meeting.sign_in_all(uow, doing.id, [person for person, _class in wanted])
    for _person, group in wanted:
        if doing.hands.slips:
            doing.hands.drawn.setdefault(group, []).append(doing.hands.slips[group].pop())


def arrive(doing: Doing) -> None:
    """Tick ``who`` or ``count`` people as present who take no slip."""
    for person, _group in _voters(doing):
        with doing.run.engine.begin(doing.actor) as uow:
            meeting.arrive(uow, doing.id, person)


def begin(doing: Doing) -> None:
    """End the sign-in and open the box."""
    meeting.begin(doing.hall, doing.actor, doing.id)


def exchange(doing: Doing) -> None:
    """Exchange ``count`` slips (of ``class``) for papers."""
    for code in _take(doing, doing.act.get("count", 1)):
        meeting.exchange(doing.hall, doing.actor, doing.id, code)


def cast(doing: Doing) -> None:
    """Cast one ballot: ``marks`` (name → option), ``write_ins``; ``again``: with the last slip."""
    rules = doing.hall.store.header(doing.id).rules
    ids = {each.name: each.id for each in rules.candidates}
    marks = {ids.get(line, line): mark for line, mark in doing.act.get("marks", {}).items()}
    data = {"marks": marks, "write_ins": list(doing.act.get("write_ins", []))}
    if doing.act.get("again"):
        casting.cast(doing.hall.store, doing.id, doing.run.hands[f"{doing.id} last"], data)
        return
    [code] = _take(doing, 1)
    doing.run.hands[f"{doing.id} last"] = code
    casting.cast(doing.hall.store, doing.id, code, data)


def cast_all(doing: Doing) -> None:
    """Cast a ballot for everybody with a slip, or ``count`` of them.

    With ``votes`` and ``write_ins`` they add up to these totals, otherwise they are drawn from
    ``seed``.
    """
    act, event = doing.act, doing.event
    codes = list(_take(doing, act.get("count")))
    seed = act.get("seed", 7)
    if "votes" in act:
        total = scenario_votes.wanted(event.rules, act["votes"], act.get("write_ins", {}))
        made = scenario_votes.papers(event.rules, len(codes), total, seed)
    else:
        made = scenario_votes.drawn(event.rules, len(codes), seed)
    for code, data in zip(codes, made, strict=True):
        casting.cast(doing.hall.store, doing.id, code, data)


def enter_paper(doing: Doing) -> None:
    """Enter what was counted at a desk: ``by`` these, by ``actor`` if he is a teller, else all."""
    act, event = doing.act, doing.event
    figures = _figures(event.rules, act)
    with doing.run.engine.read(SYSTEM) as uow:
        tellers = list(paper.tellers(uow, doing.id))
    alone = [doing.actor.id] if doing.actor.id in tellers else tellers
    for teller in map(doing.person, act.get("by", alone)):
        with doing.run.engine.begin(teller) as uow:
            meeting.enter_paper(uow, doing.id, act.get("station", "一号台"), figures)


def close_box(doing: Doing) -> None:
    """End the vote for good."""
    meeting.close_box(doing.hall, doing.actor, doing.id)


def sign(doing: Doing) -> None:
    """Sign the ``subject`` (statement, result): ``who``, or the first two scrutineers."""
    subject = doing.act.get("subject", "statement")
    with doing.run.engine.read(SYSTEM) as uow:
        watchers = list(events.scrutineers(uow, doing.id))[:NEEDED]
    for one in doing.act.get("who", watchers):
        with doing.run.engine.begin(doing.person(one)) as uow:
            seen = getattr(events.load(uow, doing.id), f"{subject}_digest")
            meeting.sign(uow, doing.id, subject, seen)


def open_box(doing: Doing) -> None:
    """Count with the shares of two scrutineers, or of ``shares`` of them."""
    number = doing.act.get("shares", NEEDED)
    codes = list(doing.hands.shares.values())[:number]
    meeting.open_box(doing.hall, doing.actor, doing.id, codes)


def call_off(doing: Doing) -> None:
    """Declare the vote void, for ``reason``."""
    meeting.call_off(doing.hall, doing.actor, doing.id, doing.act.get("reason", ""))


def events_missing(uow: Any, act_id: str) -> bool:
    """Tell whether the vote has not been drafted yet."""
    try:
        events.load(uow, act_id)
    except NotFound:
        return True
    return False


def _voters(doing: Doing) -> list[tuple[str, str]]:
    """Return (person, class) of those meant, in the order of the roll."""
    table, act = ballot_roll.c, doing.act
    query = sa.select(table.person, table.name, table.voter_class, table.state)
    mine = query.where(table.event_id == doing.id).order_by(table.voter_class, table.person)
    with doing.run.engine.read(SYSTEM) as uow:
        rows = uow.conn.execute(mine).all()
    if "who" in act:
        return [(row.person, row.voter_class) for row in rows
                if row.name in act["who"] or row.person in act["who"]]  # fmt: skip
    group = act.get("class")
    free = [
        (row.person, row.voter_class)
        for row in rows
        if row.state in (ENTITLED, PRESENT) and group in (None, row.voter_class)
    ]
    return free if act.get("all") else free[: act.get("count", 1)]


def _take(doing: Doing, count: int | None) -> Iterator[str]:
    """Yield slips that people hold; in login mode each signs in and gets his first."""
    if doing.event.mode == events.LOGIN:
        voters = _voters(_with(doing, count))
        for person, _group in voters:
            code = slips.new_code()
            signing_in.claim(doing.hall, Actor(person, person), doing.id, code)
            yield code
        return
    groups = [doing.act["class"]] if "class" in doing.act else sorted(doing.hands.drawn)
    held = [code for group in groups for code in doing.hands.drawn.get(group, [])]
    taken = held if count is None else held[:count]
    used = set(taken)
    for group, codes in doing.hands.drawn.items():
        doing.hands.drawn[group] = [code for code in codes if code not in used]
    yield from taken


def _with(doing: Doing, count: int | None) -> Doing:
    wanted = {"all": True} if count is None else {"count": count}
    kept = {key: value for key, value in doing.act.items() if key in ("class", "who")}
    return Doing(doing.run, doing.actor, {**kept, **wanted}, doing.id)


def _figures(rules: BallotRules, act: Act) -> dict[str, Any]:
    """Return the figures of a desk; what is left of the valid papers of a line is blank."""
    invalid = dict(act.get("invalid", {}))
    ballots = act["ballots"]
    valid = ballots - sum(invalid.values())
    codes = [option.code for option in rules.options]
    total = scenario_votes.wanted(rules, act.get("votes", {}), {}).totals
    lines: dict[str, dict[str, int]] = {}
    for each in rules.candidates:
        marks = {code: total.get(each.id, {}).get(code, 0) for code in codes}
        if rules.blank is not None:
            marks[rules.blank] = valid - sum(marks.values())
        lines[each.id] = marks
    return {
        "handed_out": act.get("handed_out", ballots), "ballots": ballots, "valid": valid,
        "invalid": invalid, "totals": lines, "write_ins": dict(act.get("write_ins", {})),
    }  # fmt: skip


def play(run: Any, actor: Actor, act: Act, target: str) -> None:
    """Do one of ``DOINGS`` in the vote at ``node``."""
    with run.engine.read(SYSTEM) as uow:
        lead = whole(uow, act, target)
    DOINGS[act["do"]](Doing(run, actor, act, lead))


DOINGS: Mapping[str, Callable[[Doing], None]] = {
    each.__name__: each
    for each in (
        import_voters, name, ready, sign_in, arrive, begin, exchange, cast, cast_all,
        enter_paper, close_box, sign, open_box, call_off,
    )
}  # fmt: skip
"""What an ``act`` of a scenario may ``do`` in a vote."""
