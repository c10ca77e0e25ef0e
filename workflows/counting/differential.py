"""Differential choice (差额): how many candidates there must be for so many seats.

The share is of the **seats**, not of the candidates, and is compared in whole numbers: in
floats 6/5 − 1 ≥ 0.2 is false. Election regulation 2020 art. 13 (``S23`` ``S28``); electoral
law 2020 art. 31 for people's deputies. Vectors T10, T11 and the table of selection 4.5.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from workflows.counting.working import Amount, Answer, Line, NotCountable, reached
from workflows.thresholds import Verdict, at_least

ONE_FIFTH: Final = Fraction(1, 5)


def candidate_minimum(seats: int, share: Fraction = ONE_FIFTH) -> Amount:
    """Fewest candidates for *seats*: seats + ⌈seats × share⌉ (2020 art. 13 ``S23``).

    Raises NotCountable (``seats_too_few``) below one seat.
    """
    _seats(seats)
    extra = -(-seats * share.numerator // share.denominator)
    sum_ = f"{seats}+⌈{seats}×{share.numerator}/{share.denominator}⌉={seats + extra}"
    return Amount(Fraction(seats + extra), (Line("candidate_minimum", sum_),))


def candidate_maximum(seats: int, share: Fraction) -> Amount:
    """Most candidates where the law sets an upper share: seats + ⌊seats × share⌋ (art. 31)."""
    _seats(seats)
    extra = seats * share.numerator // share.denominator
    sum_ = f"{seats}+⌊{seats}×{share.numerator}/{share.denominator}⌋={seats + extra}"
    return Amount(Fraction(seats + extra), (Line("candidate_maximum", sum_),))


def differential(
    candidates: int, seats: int, least: Fraction = ONE_FIFTH, most: Fraction | None = None
) -> Answer:
    """Candidates exceed the seats by *least* or more, and by no more than *most*.

    Party elections: 1/5 or more (2020 art. 13 ``S23``). People's deputies: direct 1/3 to 1,
    indirect 1/5 to 1/2 (electoral law art. 31). Raises NotCountable (``seats_too_few``).
    """
    _seats(seats)
    if candidates < seats:
        return Answer(False, (Line("fewer_candidates", f"{candidates} < {seats}"),))
    enough = reached("differential", at_least(candidates - seats, least, of=seats))
    if most is None:
        return enough
    left, right = (candidates - seats) * most.denominator, seats * most.numerator
    sign = "≤" if left <= right else ">"
    return enough & reached(
        "differential_most", Verdict(left <= right, (f"{left} {sign} {right}",))
    )


def equal_number(candidates: int, seats: int) -> Answer:
    """等额: as many candidates as seats, as when a committee elects its secretary (``S28``)."""
    sign = "=" if candidates == seats else "≠"
    return Answer(candidates == seats, (Line("equal_number", f"{candidates} {sign} {seats}"),))


def _seats(seats: int) -> None:
    if seats < 1:
        raise NotCountable("seats_too_few", seats=seats)
