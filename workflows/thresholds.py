"""Majorities and quorums, in whole numbers, with the working shown.

Chinese rules include the number after 以上, 不少于 and 至少, and exclude it after 超过, 过半数
and 多于. ``at_least`` and ``more_than`` are these two readings. They multiply crosswise and
never divide: 6/5 - 1 >= 0.2 is false in floating point although six candidates for five seats
satisfy the rule.

Every function returns a ``Verdict``: the answer, and the sum that a reader can redo by hand,
such as ``8×3=24 ≥ 11×2=22``. Marks such as ``S03`` name the evidence in the domain
specification; ``D`` is a default of ours, ``R`` is recalled and not yet verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

HALF = Fraction(1, 2)
TWO_THIRDS = Fraction(2, 3)
FOUR_FIFTHS = Fraction(4, 5)


@dataclass(frozen=True)
class Verdict:
    """The answer to a numeric question and how it was reached.

    ``working`` has one part per comparison, in symbols and digits only, so it reads the same
    in every language.
    """

    value: bool
    working: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.value

    def __and__(self, other: Verdict) -> Verdict:
        return Verdict(self.value and other.value, self.working + other.working)


@dataclass(frozen=True)
class Meeting:
    """Who belongs to a deciding body and who came. All four numbers of the minutes are kept."""

    members_total: int
    due: int
    present: int


@dataclass(frozen=True)
class Ballot:
    """What comes out of one round of a vote among several candidates for one post."""

    winner: str | None
    finalists: tuple[str, ...]
    deferred: bool
    verdict: Verdict


def at_least(part: int, share: Fraction, *, of: int) -> Verdict:
    """以上: *part* is *share* of *of*, or more."""
    assert part >= 0
    assert of >= 0
    left, right = part * share.denominator, of * share.numerator
    return _verdict(left >= right, ("≥", "<"), (part, share.denominator), (of, share.numerator))


def more_than(part: int, share: Fraction, *, of: int) -> Verdict:
    """超过: *part* is strictly more than *share* of *of*."""
    assert part >= 0
    assert of >= 0
    left, right = part * share.denominator, of * share.numerator
    return _verdict(left > right, (">", "≤"), (part, share.denominator), (of, share.numerator))


def quorum(meeting: Meeting, share: Fraction = TWO_THIRDS) -> Verdict:
    """Enough members attend to decide on an appointment: 2/3 of **all** members or more.

    Cadre regulation 2014 art. 37 and 2019 (``S03`` ``S12``). A vote without a quorum decides
    nothing, even a unanimous one. Leave of absence does not make the base smaller.
    """
    return at_least(meeting.present, share, of=meeting.members_total)


def majority(agree: int, due: int, *, recused: int = 0, recused_in_base: bool = True) -> Verdict:
    """A candidate is adopted: more than half of the members **due to attend** agree.

    Cadre regulation 2014 art. 37 and 2019 (``S03`` ``S12``). The base is not those present;
    an absent member counts like one against. No rule says whether a recused member leaves the
    base, so by default he stays in it, the stricter reading (``vote.recused_in_base``, ``D``).
    """
    assert 0 <= recused <= due
    return more_than(agree, HALF, of=due if recused_in_base else due - recused)


def committee_vote(
    meeting: Meeting, agree: int, *, recused: int = 0, recused_in_base: bool = True
) -> Verdict:
    """The committee has validly adopted one candidate: quorum and majority together."""
    passed = majority(agree, meeting.due, recused=recused, recused_in_base=recused_in_base)
    return quorum(meeting) & passed


def reopening(agree: int, members_total: int) -> Verdict:
    """A decision may be taken up again (复议): more than half of **all** members agree.

    Cadre regulation 2019 (``S03`` ``S12``).
    """
    return more_than(agree, HALF, of=members_total)


def votes_add_up(present: int, recused: int, agree: int, disagree: int, defer: int) -> Verdict:
    """Every member present and not recused cast exactly one vote (arithmetic, ``M``)."""
    cast, entitled = agree + disagree + defer, present - recused
    holds = cast == entitled
    sign = "=" if holds else "≠"
    working = f"{agree}+{disagree}+{defer}={cast} {sign} {present}-{recused}={entitled}"
    return Verdict(holds, (working,))


def differential_objects(
    objects: int, posts: int, ratio: Fraction = Fraction(2), *, extra: int = 1
) -> Verdict:
    """There are enough inspection objects for a differential choice (差额).

    At least *ratio* objects per post and at least *extra* more objects than posts. The rule
    only says that objects are normally more than posts (``R``); 2:1 is our default, seen in
    practice beside 3:1 (``S36``, ``D``). The seed plan requires a differential choice for
    newly nominated people in a new term (``S01``).
    """
    assert posts >= 1
    enough = objects >= posts + extra
    sign = "≥" if enough else "<"
    return at_least(objects, ratio, of=posts) & Verdict(
        enough, (f"{objects} {sign} {posts}+{extra}={posts + extra}",)
    )


def differential_ballot(votes: Mapping[str, int], due: int, *, second: bool = False) -> Ballot:
    """Decide one round of a vote among two or more candidates for one post (差额票决).

    A candidate wins with more than half of the members due to attend. If nobody does, the two
    strongest meet in a second ballot (everybody tied with the second comes along); if nobody
    does then either, the item is deferred. No rule found for this (``D``).
    """
    assert len(votes) >= 2  # noqa: PLR2004  # otherwise there is nothing to choose
    ranked = sorted(votes, key=lambda name: (-votes[name], name))
    best = more_than(votes[ranked[0]], HALF, of=due)
    if best:
        return Ballot(ranked[0], (), deferred=False, verdict=best)
    cut = votes[ranked[1]]
    finalists = () if second else tuple(name for name in ranked if votes[name] >= cut)
    return Ballot(None, finalists, deferred=second, verdict=best)


def vacancies(approved: int, used: int, vacant: int) -> Verdict:
    """There is a vacancy to fill, and the three numbers of the quota sheet agree.

    No vacancy, no start (``S17``).
    """
    agrees = vacant == approved - used
    sign = "=" if agrees else "≠"
    sum_up = Verdict(agrees, (f"{approved}-{used}={approved - used} {sign} {vacant}",))
    return sum_up & Verdict(vacant >= 1, (f"{vacant} {'≥' if vacant >= 1 else '<'} 1",))


def _verdict(
    holds: bool, signs: tuple[str, str], left: tuple[int, int], right: tuple[int, int]
) -> Verdict:
    return Verdict(holds, (f"{_product(*left)} {signs[0 if holds else 1]} {_product(*right)}",))


def _product(number: int, factor: int) -> str:
    return f"{number}" if factor == 1 else f"{number}×{factor}={number * factor}"
