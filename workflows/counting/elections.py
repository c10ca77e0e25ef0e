"""Who is elected: the majority, the tie at the cut, the re-vote, the new election, fewer seats.

Domain specification 4.5; election regulation 2020 as retold in ``S27`` ``S28`` ``S29``. A tie
counts only where it decides about a seat; it is returned with the places it is about, never
broken. Nobody at or below the threshold fills a seat. Vectors T12–T18, E1–E9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from workflows.counting.attendance import quorum
from workflows.counting.cuts import Cut, Tie, cut
from workflows.counting.differential import candidate_minimum
from workflows.counting.ranks import Ranking, rank
from workflows.counting.rules import Base, CountingRule, Threshold, Turnout
from workflows.counting.tallies import papers
from workflows.counting.working import (
    Answer,
    Line,
    NotCountable,
    Working,
    compared,
    reached,
)
from workflows.thresholds import HALF, more_than

Round = Literal["first", "rerun", "revote"]
"""The first ballot, a new election for missing seats, or a new vote among the tied."""


@dataclass(frozen=True)
class Outcome:
    """What one ballot decided.

    ``valid`` is false when the meeting or the ballot is void, ``void`` then says why
    (``no_quorum``, ``too_many_papers``). ``tie`` is decided by a new vote. ``missing`` seats
    remain even after the tie is decided. ``need`` is the fewest votes that elect. ``order`` is
    everybody by votes, names inside a tie in sorted order (for display, strokes decide).
    ``next`` are the lawful ways on: ``revote``, ``reelect``, ``reduce``, ``again``.
    """

    valid: bool
    void: str
    elected: tuple[str, ...]
    tie: Tie | None
    missing: int
    need: int
    order: tuple[str, ...]
    next: tuple[str, ...]
    warnings: tuple[str, ...]
    working: Working = field(repr=False)


def elect(
    rule: CountingRule,
    seats: int,
    turnout: Turnout,
    votes: Mapping[str, int],
    *,
    round_: Round = "first",
) -> Outcome:
    """Decide a ballot from the votes for each person, written-in names included.

    A ``rerun`` uses the rule's threshold for new elections, a ``revote`` (among the tied, for
    the places of the tie) that for re-votes, by default none: more votes win (``S27``,
    ``election.revote_needs_majority``, ``D``). Raises NotCountable: ``seats_too_few``,
    ``base_unknown``, ``count_negative``, ``part_above_whole`` for a person with more votes than
    valid papers.
    """
    if seats < 1:
        raise NotCountable("seats_too_few", seats=seats)
    _plausible(votes, turnout)
    enough, tolerated = quorum(rule, turnout)
    fits = papers(rule, turnout) if turnout.returned is not None else Answer(True, ())
    checks = (enough & fits).working
    if not enough or not fits:
        why = "too_many_papers" if enough else "no_quorum"
        return Outcome(False, why, (), None, seats, 0, (), ("again",), (), checks)
    threshold = {"first": rule.majority, "rerun": rule.rerun, "revote": rule.revote}[round_]
    passed, need, comparing = _passed(threshold, turnout, votes)
    result = cut(rank(passed), seats)
    tie = result.ties[0] if result.ties else None
    warnings = ("quorum_tolerated",) if tolerated else ()
    return Outcome(
        True, "", result.chosen, tie, result.vacant, need, rank(votes).order,
        _ways_on(rule, seats, result), warnings, checks + comparing + result.working,
    )  # fmt: skip


def _plausible(votes: Mapping[str, int], turnout: Turnout) -> None:
    papers_there = turnout.valid if turnout.valid is not None else turnout.returned
    for name, number in votes.items():
        if number < 0:
            raise NotCountable("count_negative", name=name, count=number)
        if papers_there is not None and number > papers_there:
            raise NotCountable("part_above_whole", part=number, whole=papers_there)


def _passed(
    threshold: Threshold | None, turnout: Turnout, votes: Mapping[str, int]
) -> tuple[dict[str, int], int, Working]:
    """Keep those who reach the threshold; without one, everybody who got a vote."""
    if threshold is None:
        return {name: number for name, number in votes.items() if number}, 1, ()
    answers = {
        name: threshold.reached(votes[name], turnout, "elected_by", name) for name in sorted(votes)
    }
    base = turnout.of(threshold.base)
    need = threshold.need(base)
    lines = [Line("need", f"{threshold.sign} {base}×{threshold.share} → {need}")]
    lines += [line for answer in answers.values() for line in answer.working]
    return {name: votes[name] for name, answer in answers.items() if answer}, need, tuple(lines)


def _ways_on(rule: CountingRule, seats: int, result: Cut) -> tuple[str, ...]:
    if result.ties:
        return ("revote",)
    if not result.vacant:
        return ()
    able = near_full(rule, seats, len(result.chosen))
    return tuple(way for way in rule.short if way != "reduce" or able)


def near_full(rule: CountingRule, seats: int, elected: int) -> Answer:
    """Whether so few seats are missing that their number may be reduced.

    The rule only says close to full (``S27``); elected ≥ seats − 1 and at least three left is
    our reading (``election.near_full``, ``D``).
    """
    return compared("near_full", seats - elected, rule.near_full) & compared(
        "reduced_least", rule.reduced_least, elected
    )


def reduce_seats(
    rule: CountingRule, seats: int, elected: int, turnout: Turnout, consent: int | None
) -> Answer:
    """Whether seats may be reduced to those elected (``S27``, T16).

    They must be close to full, and more than half of the electors present *consent*; None
    stands for a decision of the presidium instead. Raises NotCountable (``base_unknown``).
    """
    near = near_full(rule, seats, elected)
    if consent is None:
        return near & Answer(True, (Line("presidium"),))
    return near & reached("consent", more_than(consent, HALF, of=turnout.of(Base.PRESENT)))


def rerun_candidates(rule: CountingRule, ranking: Ranking, outcome: Outcome) -> Cut:
    """The list for a new election: the best of those not elected, within the 差额 of the rule.

    Electoral law 2020 art. 45: in the order of the first ballot; for one seat two candidates.
    For party elections no rule was found, so the same is taken, and where too few people are
    left they stand as they are (等额, with the superior's consent; ``D``). Those equal at the
    end of the list are reported as a tie. Raises NotCountable (``seats_too_few``) when no seat
    is missing.
    """
    if outcome.missing < 1:
        raise NotCountable("seats_too_few", seats=outcome.missing)
    wanted = candidate_minimum(outcome.missing, rule.differential_least or Fraction(0))
    left = {
        place.item: place.keys[0] for place in ranking.places if place.item not in outcome.elected
    }
    return cut(rank(left), int(wanted.value))


def settle(outcome: Outcome, again: Outcome) -> Outcome:
    """Put the result of a new vote among the tied into the first outcome.

    Those the new vote elects are elected; a tie it leaves takes the place of the old one.
    Raises NotCountable (``no_tie``) unless *again* is a valid vote about the tie of *outcome*.
    """
    named = set(again.order)
    if outcome.tie is None or not again.valid or named != set(outcome.tie.items):
        raise NotCountable("no_tie")
    return replace(
        outcome, elected=outcome.elected + again.elected, tie=again.tie,
        missing=outcome.missing + again.missing, next=again.next,
        working=outcome.working + again.working,
    )  # fmt: skip
