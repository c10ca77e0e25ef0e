"""Numbers: rounding and arithmetic, all exact to 34 digits."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Final

from engine.feel.builtins.registry import builtin
from engine.feel.values import NUMBERS

_PLACES: Final = 100
"""Digits after (or before) the point a rounding may ask for."""


def _round(number: Decimal, scale: Decimal | None, mode: str) -> Decimal | None:
    places = scale or Decimal(0)
    if places != places.to_integral_value() or abs(places) > _PLACES:
        return None
    unit = Decimal(1).scaleb(-int(places))
    if number.adjusted() + int(places) >= NUMBERS.prec:
        return number  # so large that it has no digits to round
    return number.quantize(unit, rounding=mode, context=NUMBERS)


@builtin("decimal", "n: number, scale: number", "number")
def decimal_(number: Decimal, scale: Decimal) -> Decimal | None:
    """Rounded to ``scale`` digits, half to even."""
    return _round(number, scale, decimal.ROUND_HALF_EVEN)


@builtin("round half up", "n: number, scale?: number", "number")
def round_half_up(number: Decimal, scale: Decimal | None = None) -> Decimal | None:
    """Half away from zero."""
    return _round(number, scale, decimal.ROUND_HALF_UP)


@builtin("round half down", "n: number, scale?: number", "number")
def round_half_down(number: Decimal, scale: Decimal | None = None) -> Decimal | None:
    """Half towards zero."""
    return _round(number, scale, decimal.ROUND_HALF_DOWN)


@builtin("round up", "n: number, scale?: number", "number")
def round_up(number: Decimal, scale: Decimal | None = None) -> Decimal | None:
    """Away from zero."""
    return _round(number, scale, decimal.ROUND_UP)


@builtin("round down", "n: number, scale?: number", "number")
def round_down(number: Decimal, scale: Decimal | None = None) -> Decimal | None:
    """Towards zero."""
    return _round(number, scale, decimal.ROUND_DOWN)


@builtin("floor", "n: number, scale?: number", "number")
def floor(number: Decimal, scale: Decimal | None = None) -> Decimal | None:
    """The next number below."""
    return _round(number, scale, decimal.ROUND_FLOOR)


@builtin("ceiling", "n: number, scale?: number", "number")
def ceiling(number: Decimal, scale: Decimal | None = None) -> Decimal | None:
    """The next number above."""
    return _round(number, scale, decimal.ROUND_CEILING)


@builtin("abs", "n: number", "number")
def absolute(number: Decimal) -> Decimal:
    """Without its sign."""
    return NUMBERS.abs(number)


@builtin("modulo", "dividend: number, divisor: number", "number")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """The rest, with the sign of the divisor."""
    quotient = _round(NUMBERS.divide(dividend, divisor), None, decimal.ROUND_FLOOR)
    return None if quotient is None else NUMBERS.fma(-quotient, divisor, dividend)


@builtin("sqrt", "number: number", "number")
def sqrt(number: Decimal) -> Decimal:
    """The square root; null below zero."""
    return NUMBERS.sqrt(number)


@builtin("log", "number: number", "number")
def log(number: Decimal) -> Decimal | None:
    """The natural logarithm; null for zero and below."""
    return NUMBERS.ln(number) if number > 0 else None


@builtin("exp", "number: number", "number")
def exp(number: Decimal) -> Decimal:
    """Euler's number to the power of the number."""
    return NUMBERS.exp(number)


@builtin("odd", "number: number", "boolean")
def odd(number: Decimal) -> bool | None:
    """Whether an integer is odd."""
    return None if number != number.to_integral_value() else NUMBERS.remainder(number, 2) != 0


@builtin("even", "number: number", "boolean")
def even(number: Decimal) -> bool | None:
    """Whether an integer is even."""
    return None if number != number.to_integral_value() else NUMBERS.remainder(number, 2) == 0
