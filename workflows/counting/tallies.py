"""All papers together: valid and void, votes per candidate, names written in; and the sums.

Every total keeps where it comes from (paper, electronic), two tellers' entries are compared
number by number, and nothing is counted that does not add up. Domain specification 4.4 items
10.7 and 10.8; selection 4.6 invariants (arithmetic, ``M``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workflows.counting.ballots import Ballot, Contest, read_ballot
from workflows.counting.rules import CountingRule, Turnout
from workflows.counting.working import (
    Answer,
    Line,
    NotCountable,
    Working,
    compared,
    equal,
)


@dataclass(frozen=True)
class Votes:
    """One candidate's votes in the order of the rule's three words."""

    agree: int = 0
    against: int = 0
    neither: int = 0

    def __add__(self, other: Votes) -> Votes:
        return Votes(
            self.agree + other.agree, self.against + other.against, self.neither + other.neither
        )


@dataclass(frozen=True)
class Tally:
    """Counts of a set of papers. Names written in have votes for them only.

    ``void_reasons`` tells reasons by code; on paper the tellers enter them by hand.
    """

    returned: int
    valid: int
    void: int
    votes: Mapping[str, Votes]
    write_ins: Mapping[str, int] = field(default_factory=dict)
    void_reasons: Mapping[str, int] = field(default_factory=dict)
    working: Working = field(default=(), repr=False, compare=False)

    @property
    def approvals(self) -> Mapping[str, int]:
        """Votes for each person, those written in included: the input of ``elect``."""
        return {name: each.agree for name, each in self.votes.items()} | dict(self.write_ins)


def tally(ballots: Iterable[Ballot], contest: Contest) -> Tally:
    """Count papers one by one; the order in which they come does not matter."""
    votes = {name: Counter[str]() for name in contest.candidates}
    write_ins, void, lost, returned = Counter[str](), Counter[str](), Counter[str](), 0
    for ballot in ballots:
        returned += 1
        reading = read_ballot(ballot, contest)
        if reading.void:
            void[reading.void] += 1
            continue
        for name, word in reading.votes.items():
            votes[name][word] += 1
        write_ins.update(reading.write_ins)
        lost.update(reading.lost.values())
    valid = returned - void.total()
    lines = [Line("papers", f"{returned}-{void.total()}={valid}")]
    lines += [Line(reason, str(number)) for reason, number in sorted((void + lost).items())]
    words = contest.rule.choices
    return Tally(
        returned, valid, void.total(),
        {name: Votes(*(counted[word] for word in words)) for name, counted in votes.items()},
        dict(sorted(write_ins.items())), dict(sorted(void.items())), tuple(lines),
    )  # fmt: skip


def together(origins: Mapping[str, Tally]) -> Tally:
    """Add up tallies of several origins (paper, electronic) of the same contest.

    Raises NotCountable (``keys_differ``) when they do not have the same candidates.
    """
    parts = [origins[origin] for origin in sorted(origins)]
    names = {frozenset(part.votes) for part in parts}
    if len(names) != 1:
        differing = sorted(frozenset[str]().union(*names))
        raise NotCountable("keys_differ", keys=", ".join(differing))
    write_ins, reasons = Counter[str](), Counter[str]()
    for part in parts:
        write_ins.update(part.write_ins)
        reasons.update(part.void_reasons)
    votes = {name: sum((part.votes[name] for part in parts), Votes()) for name in parts[0].votes}
    origin = " + ".join(sorted(origins))
    lines = [_sum("origin_returned", [part.returned for part in parts], origin)]
    lines += [_sum("origin_votes", [part.votes[name].agree for part in parts], name)
              for name in votes]  # fmt: skip
    return Tally(
        sum(part.returned for part in parts), sum(part.valid for part in parts),
        sum(part.void for part in parts), votes, dict(sorted(write_ins.items())),
        dict(sorted(reasons.items())), tuple(lines),
    )  # fmt: skip


def papers(rule: CountingRule, turnout: Turnout) -> Answer:
    """The election is valid: returned ballots do not exceed what the rule names.

    Sources name the voters (``S28``) or the papers issued (``S29``); party elections check both,
    and issued ≤ present. More is void, fewer is valid. T17, T18, E5.
    """
    returned = turnout.returned
    if returned is None:
        raise NotCountable("base_unknown", base="returned")
    answer = Answer(True, ())
    if turnout.issued is not None and turnout.present is not None:
        answer &= compared("issued_within_present", turnout.issued, turnout.present)
    for base in rule.returned_within:
        answer &= compared("returned_within", returned, turnout.of(base), base.value)
    return answer


def adds_up(counted: Tally, rule: CountingRule, seats: int) -> Answer:
    """The sheet of a count is consistent; checked for numbers entered by hand.

    valid + void = returned; for each candidate the three words add up to the valid papers;
    votes for people written in do not exceed them; where marks are limited to the seats, all
    votes for anybody ≤ valid × seats.
    """
    answer = equal("valid_and_void", (counted.valid, counted.void), counted.returned)
    if counted.void_reasons:
        answer &= equal("void_by_reason", tuple(counted.void_reasons.values()), counted.void)
    for name, each in counted.votes.items():
        answer &= equal("candidate_sum", (each.agree, each.against, each.neither), counted.valid,
                        name)  # fmt: skip
    for name, number in counted.write_ins.items():
        answer &= compared("write_in_within", number, counted.valid, name)
    if rule.marks_within_seats:
        answer &= compared("marks_within", sum(counted.approvals.values()), counted.valid * seats)
    smallest = min(_numbers(counted).values())
    return answer if smallest >= 0 else answer & compared("not_negative", 0, smallest)


def differences(first: Tally, second: Tally) -> Answer:
    """Two tellers entered the same numbers; each difference is a line ``first ≠ second``."""
    one, other = _numbers(first), _numbers(second)
    lines = tuple(
        Line("tellers_differ", f"{one.get(name, 0)} ≠ {other.get(name, 0)}", name)
        for name in sorted(one.keys() | other.keys())
        if one.get(name, 0) != other.get(name, 0)
    )
    return Answer(not lines, lines)


def _numbers(counted: Tally) -> dict[str, int]:
    """Every number of a sheet under a path such as ``votes.甲.agree``."""
    found = {"returned": counted.returned, "valid": counted.valid, "void": counted.void}
    for name, each in counted.votes.items():
        found |= {f"votes.{name}.agree": each.agree, f"votes.{name}.against": each.against,
                  f"votes.{name}.neither": each.neither}  # fmt: skip
    found |= {f"write_ins.{name}": number for name, number in counted.write_ins.items()}
    return found | {f"void.{why}": number for why, number in counted.void_reasons.items()}


def _sum(rule: str, parts: list[int], about: str) -> Line:
    return Line(rule, f"{'+'.join(map(str, parts))}={sum(parts)}", about)
