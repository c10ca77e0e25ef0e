"""Which regular expressions a form may use: those that end in bounded time on short texts."""

from __future__ import annotations

import re
from typing import Final

MAX_PATTERN: Final = 200
MAX_OPEN_REPEATS: Final = 3
MAX_INPUT: Final = 200
"""Characters a field with a pattern may hold; together these bound the work of a match."""

_OPEN_REPEAT: Final = re.compile(r"[*+]|\{\d*,\d*\}")


def objection(pattern: str) -> str | None:
    """Return why *pattern* is refused: ``too_long``, ``bad``, ``reference`` or ``repeats``."""
    if len(pattern) > MAX_PATTERN:
        return "too_long"
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return "bad"
    bare = _without_classes(pattern)
    if re.search(r"\\[1-9]|\(\?P=|\(\?\(", bare):
        return "reference"
    bare = re.sub(r"\\.", "x", bare)
    if len(_OPEN_REPEAT.findall(bare)) > MAX_OPEN_REPEATS or _repeats_of_repeats(bare):
        return "repeats"
    return None


def _without_classes(pattern: str) -> str:
    """Replace character classes, which may hold any sign, by one letter."""
    return re.sub(r"(?<!\\)\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern)


def _repeats_of_repeats(bare: str) -> bool:
    """Whether a repeated group itself repeats or offers alternatives: the exponential case."""
    starts: list[int] = []
    for place, sign in enumerate(bare):
        if sign == "(":
            starts.append(place)
        elif sign == ")" and starts:
            inside = bare[starts.pop() + 1 : place]
            repeated = _OPEN_REPEAT.match(bare, place + 1) or bare[place + 1 : place + 2] == "{"
            if repeated and (_OPEN_REPEAT.search(inside) or "|" in inside or "?" in inside[1:]):
                return True
    return False
