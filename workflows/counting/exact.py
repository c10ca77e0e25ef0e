"""Exact numbers: reading them, writing them in a working, rounding them once for display.

A mark of 88.5 is the fraction 177/2. Floats are refused at the door, since 2.675 is already
wrong before anybody rounds it. Roots are the one thing a fraction cannot hold; they are taken
to 40 decimals, far beyond anything shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from typing import Final

from workflows.counting.working import NotCountable

Exact = int | str | Decimal | Fraction
"""What a caller may pass as a number: whole, decimal or fraction, the latter two also as text."""

ROOT_DECIMALS: Final = 40
_NUMBER: Final = re.compile(r"[+-]?\d{1,30}(\.\d{1,30}|/0*[1-9]\d{0,29})?", re.ASCII)


def exact(value: Exact) -> Fraction:
    """Return *value* as a fraction.

    Text is ``88.5`` or ``2/3``; exponents are not taken. Raises NotCountable
    (``number_not_exact``) for floats, booleans, NaN and anything else.
    """
    if isinstance(value, str):
        if _NUMBER.fullmatch(value.strip()):
            return Fraction(value.strip())
    elif isinstance(value, Decimal):
        if value.is_finite():
            return Fraction(value)
    elif isinstance(value, int | Fraction) and not isinstance(value, bool):
        return Fraction(value)
    raise NotCountable("number_not_exact", number=repr(value))


def exactly(values: Mapping[str, Exact]) -> dict[str, Fraction]:
    """Return *values* with every number exact, keys in sorted order.

    Sorting makes each result independent of the order in which marks came in.
    """
    return {key: exact(values[key]) for key in sorted(values)}


def rounded(value: Fraction, digits: int) -> Decimal:
    """Round half up (四舍五入), away from zero, to *digits* decimals.

    Domain specification 5.4 rule 2 (``D``): once, and only for display.
    """
    assert digits >= 0
    above, below = abs(value.numerator), value.denominator
    units = (2 * above * 10**digits + below) // (2 * below)  # whole numbers only, much quicker
    return Decimal(f"{'-' if value < 0 and units else ''}{units}e-{digits}")


def shown(value: Fraction, digits: int = 2) -> str:
    """Write *value* with exactly *digits* decimals, rounded half up."""
    return f"{rounded(value, digits):f}"


def plain(value: Fraction) -> str:
    """Write *value* without losing anything: 89.3, or 7/9 when no decimal ends."""
    rest, decimals = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        decimals = max(decimals, power)
    return shown(value, decimals) if rest == 1 else f"{value.numerator}/{value.denominator}"


def added(values: Iterable[Fraction]) -> str:
    """Write a sum: ``88.5+92+85``, negative terms in brackets."""
    return "+".join(plain(each) if each >= 0 else f"({plain(each)})" for each in values) or "0"


def quotient(left: str, value: Fraction) -> str:
    """Write a finished sum: ``(88.5+92)/2=90.25``."""
    return f"{left}={plain(value)}"


def root(value: Fraction) -> Fraction:
    """Return the square root of *value* ≥ 0: exact where it is a fraction, else to 40 decimals."""
    assert value >= 0
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    scale = 10**ROOT_DECIMALS
    return Fraction(isqrt(value.numerator * scale * scale // value.denominator), scale)
