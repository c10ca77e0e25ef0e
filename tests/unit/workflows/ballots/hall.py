"""A hall for tests: an engine, a store beside it, and a vote that is easy to hold."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.unit_of_work import Actor
from workflows.ballots import casting, closing, events, opening, preparing, signing_in
from workflows.ballots.preparing import Plan, Voter
from workflows.ballots.rules import BallotRules, Candidate, Option

OFFICER = Actor("officer", "工作人员")
WATCHERS = [Actor(f"watch{n}", f"监票{n}") for n in (1, 2, 3)]
RULES = BallotRules(
    candidates=tuple(Candidate(f"c{n}", f"候选人{n}", f"person-c{n}") for n in range(1, 5)),
    options=(Option("赞成", most=3), Option("不赞成")),
    blank="弃权",
    write_ins=2,
    write_in_as="赞成",
    write_in_against="不赞成",
)


def people(count: int, voter_class: str = "", start: int = 0) -> list[Voter]:
    return [Voter(f"v{n:03}", f"选举人{n:03}", voter_class) for n in range(start, start + count)]


def plan(voters: int | Sequence[Voter] = 10, **changed: Any) -> Plan:
    roll = people(voters) if isinstance(voters, int) else voters
    watchers = [Voter(each.id, each.name) for each in WATCHERS]
    return replace(Plan("测试选举", RULES, roll, watchers), **changed)


@dataclass
class Vote:
    """One event of a test, and what people hold in their hands."""

    hall: events.Hall
    id: str
    codes: list[str] = field(default_factory=list)
    shares: dict[str, str] = field(default_factory=dict)

    @property
    def event(self) -> events.Event:
        with self.hall.engine.read(OFFICER) as uow:
            return events.load(uow, self.id)

    def cast(self, code: str, **marks: str) -> str:
        return casting.cast(self.hall.store, self.id, code, {"marks": marks})

    def close(self) -> Any:
        return closing.close(self.hall, OFFICER, self.id)

    def sign(self, subject: str = "statement", who: Sequence[Actor] = WATCHERS[:2]) -> None:
        seen = getattr(self.event, f"{subject}_digest")
        for actor in who:
            with self.hall.engine.begin(actor) as uow:
                closing.sign(uow, self.id, subject, seen)

    def two_shares(self) -> list[str]:
        return list(self.shares.values())[:2]

    def count(self) -> Any:
        """Close, sign and open."""
        self.close()
        self.sign()
        return opening.open_box(self.hall, OFFICER, self.id, self.two_shares())


def drafted(hall: events.Hall, planned: Plan | None = None) -> Vote:
    with hall.engine.begin(OFFICER) as uow:
        return Vote(hall, preparing.draft(uow, planned or plan()))


def boxed(hall: events.Hall, planned: Plan | None = None) -> Vote:
    """A vote whose rules and roll are frozen and whose box is made."""
    vote = drafted(hall, planned)
    with hall.engine.begin(OFFICER) as uow:
        preparing.freeze(uow, vote.id)
    vote.shares = dict(preparing.make_box(hall, OFFICER, vote.id))
    return vote


def signing(hall: events.Hall, planned: Plan | None = None) -> Vote:
    """A vote whose slips lie on the table, shuffled."""
    vote = boxed(hall, planned)
    piles = preparing.print_slips(hall, OFFICER, vote.id)
    vote.codes = [code for pile in piles for code in pile.codes]
    return vote


def opened(hall: events.Hall, voters: int = 10) -> Vote:
    """A vote for which everybody has drawn a slip: voter n holds ``codes[n]``."""
    vote = signing(hall, plan(voters))
    for voter in people(voters):
        with hall.engine.begin(OFFICER) as uow:
            signing_in.sign_in(uow, vote.id, voter.person)
    signing_in.open_box(hall, OFFICER, vote.id)
    return vote


def login(hall: events.Hall, voters: int = 10) -> Vote:
    """A vote in login mode, with its box open."""
    vote = boxed(hall, plan(voters, mode=events.LOGIN))
    preparing.open_login(hall, OFFICER, vote.id)
    signing_in.open_box(hall, OFFICER, vote.id)
    return vote


def voter(number: int) -> Actor:
    return Actor(f"v{number:03}", f"选举人{number:03}")


def choice(chance: random.Random) -> dict[str, str]:
    """Some valid marks."""
    marks = {f"c{n}": chance.choice(["赞成", "不赞成"]) for n in range(1, 4)}
    return {key: mark for key, mark in marks.items() if chance.random() > 0.1}
