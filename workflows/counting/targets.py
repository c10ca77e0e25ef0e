"""Targets of the plan as exact shares, such as four fifths of posts filled by competition.

Soft targets of the seed plan (``S01``, domain specification 3.5): a miss is a warning. Whether
the base is this year's appointments or the whole stock is a setting (``kpi.comp.base``, ``D``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from workflows.counting.working import Line, NotCountable, Working, reached
from workflows.thresholds import FOUR_FIFTHS, HALF, at_least

MID_LEVEL: Final = FOUR_FIFTHS
CITY_PROMOTIONS: Final = HALF
COUNTY_PROMOTIONS: Final = Fraction(1, 3)
TOWN_SECRETARIES: Final = HALF


@dataclass(frozen=True)
class Target:
    """Whether a target is met; ``share`` is None while nothing has happened yet."""

    value: bool
    share: Fraction | None
    working: Working = field(repr=False)


def target(part: int, whole: int, share: Fraction, *, left_out: int = 0) -> Target:
    """Whether *part* of *whole* − *left_out* is *share* or more; T34: 13 of 20 − 3 < 4/5.

    Nothing out of nothing meets every target. Raises NotCountable (``part_above_whole``).
    """
    base = whole - left_out
    if not 0 <= part <= base or left_out < 0:
        raise NotCountable("part_above_whole", part=part, whole=base)
    answer = reached("target", at_least(part, share, of=base))
    off = (Line("target_base", f"{whole}-{left_out}={base}"),) if left_out else ()
    return Target(answer.value, Fraction(part, base) if base else None, off + answer.working)
