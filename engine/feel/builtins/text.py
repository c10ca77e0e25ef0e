"""Strings. A place in a string counts characters from 1, from the end when negative."""

from __future__ import annotations

from decimal import Decimal

from engine.feel import limits
from engine.feel.builtins.registry import builtin
from engine.feel.errors import FeelError


@builtin("string length", "string: string", "number")
def string_length(text: str) -> Decimal:
    """How many characters."""
    return Decimal(len(text))


@builtin("upper case", "string: string", "string")
def upper_case(text: str) -> str:
    """In capitals."""
    return text.upper()


@builtin("lower case", "string: string", "string")
def lower_case(text: str) -> str:
    """In small letters."""
    return text.lower()


@builtin("trim", "string: string", "string")
def trim(text: str) -> str:
    """Without blanks at both ends."""
    return text.strip()


@builtin("substring", "string: string, start position: number, length?: number", "string")
def substring(text: str, start: Decimal, length: Decimal | None = None) -> str | None:
    """From a place on, as many characters as wanted or all that follow."""
    if start == 0 or start != start.to_integral_value():
        return None
    if length is not None and length < 1:
        return None
    at = int(start) - 1 if start > 0 else max(len(text) + int(start), 0)
    return text[at:] if length is None else text[at : at + int(length)]


@builtin("substring before", "string: string, match: string", "string")
def substring_before(text: str, match: str) -> str:
    """What stands before the first match; nothing when there is none."""
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", "string: string, match: string", "string")
def substring_after(text: str, match: str) -> str:
    """What stands after the first match; nothing when there is none."""
    return text.partition(match)[2] if match else text


@builtin("contains", "string: string, match: string", "boolean")
def contains(text: str, match: str) -> bool:
    """Whether the match stands in the string."""
    return match in text


@builtin("starts with", "string: string, match: string", "boolean")
def starts_with(text: str, match: str) -> bool:
    """Whether the string begins with the match."""
    return text.startswith(match)


@builtin("ends with", "string: string, match: string", "boolean")
def ends_with(text: str, match: str) -> bool:
    """Whether the string ends with the match."""
    return text.endswith(match)


@builtin("repeat", "string: string, times: number", "string")
def repeat(text: str, times: Decimal) -> str | None:
    """The string several times."""
    if times < 0 or times != times.to_integral_value():
        return None
    if len(text) * times > limits.TEXT:
        raise FeelError("too_large", limit=limits.TEXT)
    return text * int(times)
