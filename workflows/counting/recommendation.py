"""The short list of a public recommendation (公推): above half, best first, no more than asked.

A recommendation informs and does not decide; what this computes a named person confirms or
changes with a reason. A bureau's procedure (``S30``): keep only those above half, take in order
until seats + 20 %; still short leads to a second recommendation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from workflows.counting.cuts import Cut, cut
from workflows.counting.differential import ONE_FIFTH, candidate_minimum
from workflows.counting.exact import Exact, exactly, plain
from workflows.counting.ranks import rank
from workflows.counting.working import Line, Working
from workflows.thresholds import HALF


@dataclass(frozen=True)
class ShortList:
    """``cut`` names those taken and ties; ``short`` is how many are missing."""

    cut: Cut
    wanted: int
    short: int
    working: Working = field(repr=False)


def short_list(
    rates: Mapping[str, Exact],
    seats: int,
    *,
    above: Fraction = HALF,
    share: Fraction = ONE_FIFTH,
) -> ShortList:
    """Take those whose rate of recommendation exceeds *above*, up to seats + *share*.

    *rates* are exact shares of valid sheets, for instance of ``two_recommendations``. Raises
    NotCountable (``seats_too_few``).
    """
    minimum = candidate_minimum(seats, share)
    wanted = int(minimum.value)
    values = exactly(rates)
    lines = [
        Line("above_half" if rate > above else "not_above_half",
             f"{plain(rate)} {'>' if rate > above else '≤'} {plain(above)}", person)
        for person, rate in values.items()
    ]  # fmt: skip
    result = cut(rank({person: rate for person, rate in values.items() if rate > above}), wanted)
    return ShortList(result, wanted, result.vacant, (*minimum.working, *lines, *result.working))
