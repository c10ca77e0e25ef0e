"""One paper: does it count, and what does it say about whom.

A paper with more names chosen than seats is void; one with fewer is valid. A write-in counts
only beside a 不赞成 where the rule says so, and never if the name already stands on the paper.
Election regulation 2020 art. 24–25 (``S23`` ``S28``); sample rules ``S29`` for what they leave
open, as options of the election's own rules (选举办法). Vectors T19, T20.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from workflows.counting.rules import CountingRule
from workflows.counting.working import Line, NotCountable, Working

IDENTIFYING: Final = "identifying_mark"
ILLEGIBLE: Final = "illegible"
DEFECTS: Final = frozenset({IDENTIFYING, ILLEGIBLE})


@dataclass(frozen=True)
class WriteIn:
    """A name added by the voter, ``instead_of`` whom, and whether it carries the mark ○.

    ``instead_of`` None is a name in the free lines of the paper, not beside anybody.
    """

    name: str
    instead_of: str | None = None
    marked: bool = True


@dataclass(frozen=True)
class Ballot:
    """One paper: candidate → word of the rule, names added, and defects a scrutineer saw.

    A candidate without a word is blank. ``unclear`` are candidates whose mark cannot be read:
    only that part is lost (``S29``). ``defects`` void the whole paper.
    """

    choices: Mapping[str, str] = field(default_factory=dict)
    write_ins: tuple[WriteIn, ...] = ()
    defects: frozenset[str] = frozenset()
    unclear: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Contest:
    """What is voted on: seats, the names on the paper, the rule, who may be written in.

    ``may_be_written_in`` None lets any name in; committees elect officers from their members
    only (``S29``).
    """

    rule: CountingRule
    seats: int
    candidates: tuple[str, ...]
    may_be_written_in: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.seats < 1:
            raise NotCountable("seats_too_few", seats=self.seats)
        if len({_name(each) for each in self.candidates}) != len(self.candidates):
            raise NotCountable("person_twice")


@dataclass(frozen=True)
class Reading:
    """What a paper says. ``void`` is the reason it does not count, or empty.

    ``votes`` has every candidate; ``write_ins`` the names that got a vote; ``lost`` reasons by
    name for what was written but does not count.
    """

    void: str
    votes: Mapping[str, str]
    write_ins: tuple[str, ...]
    lost: Mapping[str, str]
    working: Working = field(repr=False)

    @property
    def valid(self) -> bool:
        """Whether the paper counts."""
        return not self.void


def read_ballot(ballot: Ballot, contest: Contest) -> Reading:
    """Read one paper under the rule of the contest. Never raises for what a voter wrote.

    Names chosen are the approved candidates and every marked name written in, whether or not
    the latter gets the vote: who picks four for three seats has picked four (T19, ``D``).
    """
    rule = contest.rule
    broken = _broken(ballot, contest)
    if broken:
        return Reading(broken, {}, (), {}, (Line(broken),))
    votes = {
        name: rule.neither if name in ballot.unclear else ballot.choices.get(name, rule.neither)
        for name in contest.candidates
    }
    lines = [Line("part_unclear", about=name) for name in contest.candidates
             if name in ballot.unclear]  # fmt: skip
    marked = {_name(each.name) for each in ballot.write_ins if each.marked}
    listed = {_name(name) for name in contest.candidates}
    approved = sum(word == rule.agree for word in votes.values())
    chosen = approved + len(marked - listed)
    if rule.marks_within_seats and chosen > contest.seats:
        sums = Line(
            "too_many_marks", f"{approved}+{len(marked - listed)}={chosen} > {contest.seats}"
        )
        return Reading("too_many_marks", {}, (), {}, (sums,))
    counted, lost = _write_ins(ballot.write_ins, votes, contest)
    lines += [Line(reason, about=name) for name, reason in lost.items()]
    return Reading("", votes, counted, lost, tuple(lines))


def _broken(ballot: Ballot, contest: Contest) -> str:
    """Why the paper as a whole cannot count, or nothing."""
    if ballot.defects:
        known = ballot.defects & DEFECTS
        return min(known) if known else "defect_unknown"
    if not ballot.choices.keys() <= set(contest.candidates):
        return "candidate_unknown"
    if not set(ballot.choices.values()) <= set(contest.rule.choices):
        return "choice_unknown"
    return ""


def _write_ins(
    written: Sequence[WriteIn], votes: Mapping[str, str], contest: Contest
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Split names written in into those that get a vote and those that do not, with reasons."""
    counted, lost = list[str](), dict[str, str]()
    crowded = _crowded(written, votes, contest)
    for each in sorted(written, key=lambda each: (each.name, each.instead_of or "")):
        name = _name(each.name)
        reason = _why_lost(each, votes, contest)
        if not reason and each.instead_of in crowded:
            reason = crowded[each.instead_of]
        if not reason and name in counted:
            continue  # the same person twice is one vote
        if reason:
            lost.setdefault(name, reason)
        else:
            counted.append(name)
    return tuple(counted), {name: why for name, why in lost.items() if name not in counted}


def _crowded(
    written: Sequence[WriteIn], votes: Mapping[str, str], contest: Contest
) -> dict[str | None, str]:
    """Find places with more names than they hold, where nobody can tell which one is meant.

    Beside a candidate there is room for one name; the free lines hold as many as there are
    candidates voted against without a name beside them (``D``).
    """
    beside = Counter(each.instead_of for each in written)
    loose = beside.pop(None, 0)
    crowded: dict[str | None, str] = {
        place: "write_in_crowded" for place, names in beside.items() if names > 1
    }
    against = [name for name, word in votes.items() if word == contest.rule.against]
    if _needs_against(contest) and loose > sum(name not in beside for name in against):
        crowded[None] = "write_in_without_against"
    return crowded


def _why_lost(each: WriteIn, votes: Mapping[str, str], contest: Contest) -> str:
    """The first reason why a name written in gets no vote, or nothing."""
    rule, name = contest.rule, _name(each.name)
    eligible = contest.may_be_written_in
    void = rule.write_in_unmarked == "void_name"
    beside_other = each.instead_of is not None and votes.get(each.instead_of) != rule.against
    reasons = {
        "write_in_not_allowed": rule.write_in == "no",
        "write_in_nameless": not name,
        "write_in_listed": name in map(_name, contest.candidates),
        "write_in_not_eligible": eligible is not None and name not in eligible,
        "write_in_unmarked": not each.marked and void,
        "write_in_abstains": not each.marked and not void,
        "write_in_without_against": beside_other and _needs_against(contest),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _needs_against(contest: Contest) -> bool:
    return contest.rule.write_in == "only_with_against"


def _name(name: str) -> str:
    """A name without the spaces that people put into two-character names."""
    return "".join(name.split())
