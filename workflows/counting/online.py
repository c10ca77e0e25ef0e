"""Votes of the public turned into a score, and how far they move an entry.

The public's vote is one weighted part and never decides by itself. Cleaning of votes happens
before; raw and cleaned numbers are both kept. Domain specification 5.4 rule 5 (``D``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from workflows.counting.exact import Exact, exact, plain
from workflows.counting.ranks import Ranking
from workflows.counting.working import Answer, Line, NotCountable, Working, compared

WEIGHT_MOST: Final = Fraction(1, 5)
"""``vote.online.weight_max`` (``D``)."""


@dataclass(frozen=True)
class OnlineScores:
    """Entry → score of 0 to 100."""

    value: Mapping[str, Fraction]
    working: Working = field(repr=False)


@dataclass(frozen=True)
class Moved:
    """Entries the public's vote carried over the line by more places than allowed."""

    value: tuple[str, ...]
    working: Working = field(repr=False)


def online_scores(votes: Mapping[str, int]) -> OnlineScores:
    """100 × votes / most votes, inside one group; all 0 when nobody voted.

    Raises NotCountable (``count_negative``).
    """
    for item, count in votes.items():
        if count < 0:
            raise NotCountable("count_negative", name=item, count=count)
    most = max(votes.values(), default=0)
    value = {item: Fraction(100 * votes[item], most or 1) for item in sorted(votes)}
    lines = tuple(Line("online", f"100×{votes[item]}/{most or 1}={plain(score)}", item)
                  for item, score in value.items())  # fmt: skip
    return OnlineScores(value, lines)


def weight_allowed(weight: Exact, most: Fraction = WEIGHT_MOST) -> Answer:
    """The public's vote weighs no more than *most* (``D``)."""
    share, limit = exact(weight), most
    return compared("online_weight", share.numerator * limit.denominator,
                    limit.numerator * share.denominator)  # fmt: skip


def moved_over_line(without: Ranking, full: Ranking, places: int, *, most: int = 5) -> Moved:
    """Who gets within *places* only with the public's vote, from more than *most* ranks below it.

    A warning for the jury, not a rule that takes anybody out (``D``).
    """
    moved = tuple(
        item for item in full.order
        if full.rank(item) <= places and without.rank(item) - places > most
    )  # fmt: skip
    lines = tuple(
        Line("moved", f"{plain(without.rank(item))} → {plain(full.rank(item))}", item)
        for item in moved
    )
    return Moved(moved, lines)
