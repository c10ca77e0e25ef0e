"""Room coefficient (考场系数、加权系数): scores of rooms with different juries made comparable.

x′ = x·(M / M_room). M is the mean of all scores or, in the 二次平均 variant, the mean of the
rooms' means. Selection 4.3: a published recruitment notice, and a described variant (both
``doc``); which one, the trimming and the rounding of the coefficient are declared settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from workflows.counting.exact import Exact, exact, plain, quotient, rounded
from workflows.counting.means import trimmed
from workflows.counting.working import Amount, Line, NotCountable, Working

Whole = Literal["all scores", "mean of rooms"]


@dataclass(frozen=True)
class Coefficients:
    """``value``: room → coefficient; ``whole`` is M, ``means`` the rooms' means."""

    value: Mapping[str, Fraction]
    whole: Fraction
    means: Mapping[str, Fraction]
    working: Working = field(repr=False)


def room_coefficients(
    rooms: Mapping[str, Sequence[Exact]],
    *,
    drop: int = 0,
    whole: Whole = "all scores",
    digits: int | None = None,
) -> Coefficients:
    """Coefficients from the scores of each room, *drop* extremes left out at either end.

    With *digits* the coefficient itself is rounded before use, as notices print it. Raises
    NotCountable (``too_few_marks``, ``room_mean_zero``).
    """
    means = {room: trimmed(rooms[room], drop).value for room in sorted(rooms)}
    if whole == "mean of rooms":
        return coefficients_of_means(means, digits=digits)
    everything = [score for room in sorted(rooms) for score in rooms[room]]
    return coefficients_of_means(means, trimmed(everything, drop).value, digits=digits)


def coefficients_of_means(
    means: Mapping[str, Exact], whole: Exact | None = None, *, digits: int | None = None
) -> Coefficients:
    """Coefficients from published means; without *whole*, M is the mean of the rooms' means.

    Raises NotCountable (``too_few_marks`` without rooms, ``room_mean_zero``).
    """
    each = {room: exact(means[room]) for room in sorted(means)}
    if not each:
        raise NotCountable("too_few_marks", there=0, needed=1)
    if zero := [room for room, value in each.items() if value == 0]:
        raise NotCountable("room_mean_zero", room=", ".join(zero))
    m = sum(each.values(), Fraction(0)) / len(each) if whole is None else exact(whole)
    value = {room: m / room_mean for room, room_mean in each.items()}
    if digits is not None:
        value = {room: Fraction(rounded(ratio, digits)) for room, ratio in value.items()}
    lines = [Line("room_whole", f"M={plain(m)}")]
    sign = "=" if digits is None else "≈"
    lines += [
        Line("room_coefficient", f"({plain(m)})/({plain(each[room])}){sign}{plain(ratio)}", room)
        for room, ratio in value.items()
    ]
    return Coefficients(value, m, each, tuple(lines))


def adjusted(score: Exact, coefficient: Fraction) -> Amount:
    """x′ = x · coefficient (selection 4.3 ``doc``)."""
    value = exact(score) * coefficient
    left = f"{plain(exact(score))}×{_bracketed(coefficient)}"
    return Amount(value, (Line("room_adjusted", quotient(left, value)),))


def _bracketed(value: Fraction) -> str:
    text = plain(value)
    return f"({text})" if "/" in text else text
