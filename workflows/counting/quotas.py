"""Places shared out in proportion (名额分配): Hare quota with largest remainders.

Each gets the whole part of its exact share, places left over go to the largest remainders;
equal remainders for the last place are a tie and are returned. Selection 4.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from workflows.counting.cuts import Tie
from workflows.counting.exact import Exact, exactly, plain
from workflows.counting.ranks import rank
from workflows.counting.working import Line, NotCountable, Working


@dataclass(frozen=True)
class Apportionment:
    """Places given for certain, and who is tied for the places that are left."""

    value: Mapping[str, int]
    tie: Tie | None
    working: Working = field(repr=False)


def largest_remainder(sizes: Mapping[str, Exact], places: int) -> Apportionment:
    """Share *places* in proportion to *sizes*; vector 480/340/260/120, 10 places → 4/3/2/1.

    Raises NotCountable (``places_negative``, ``sizes_empty``) for sizes that are negative or
    sum to 0.
    """
    if places < 0:
        raise NotCountable("places_negative", places=places)
    exact_sizes = exactly(sizes)
    total = sum(exact_sizes.values(), Fraction(0))
    if total <= 0 or min(exact_sizes.values()) < 0:
        raise NotCountable("sizes_empty", total=plain(total))
    shares = {name: size * places / total for name, size in exact_sizes.items()}
    given = {name: share.numerator // share.denominator for name, share in shares.items()}
    remainders = {name: shares[name] - given[name] for name in shares}
    lines = [Line("exact_share", f"{plain(exact_sizes[name])}×{places}/{plain(total)}"
                  f"={plain(share)}", name) for name, share in shares.items()]  # fmt: skip
    left, tie = places - sum(given.values()), None
    for level in rank(remainders).levels:
        if left == 0:
            break
        if len(level) > left:
            tie = Tie(level, left)
            lines.append(Line("tied_for", f"{len(level)} : {left}", ", ".join(level)))
            break
        for name in level:
            given[name] += 1
            lines.append(Line("remainder_place", plain(remainders[name]), name))
        left -= len(level)
    return Apportionment(given, tie, tuple(lines))
