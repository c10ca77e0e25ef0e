"""``matches``, ``replace`` and ``split`` over bounded regular expressions."""

from __future__ import annotations

import re
from typing import Final

from engine.feel import limits
from engine.feel.builtins.registry import builtin
from engine.feel.errors import FeelError
from engine.feel.pattern_search import matches as all_matches
from engine.feel.pattern_search import search
from engine.feel.patterns import Slots, program
from engine.feel.run import Run

PATTERN_FUNCTIONS: Final = frozenset(("matches", "replace", "split"))
_REFERENCE: Final = re.compile(r"\\([\\$])|\$(\d)|([\\$])")


@builtin("matches", "input: string, pattern: string, flags?: string", "boolean", needs_run=True)
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    """Whether the pattern is found anywhere in the text."""
    return search(program(pattern, flags or ""), text, run.spend) is not None


@builtin(
    "replace",
    "input: string, pattern: string, replacement: string, flags?: string",
    "string",
    needs_run=True,
)
def replace(
    run: Run, text: str, pattern: str, replacement: str, flags: str | None = None
) -> str | None:
    """The text with every match exchanged; ``$1`` stands for a group, ``$0`` for the match.

    Null when the pattern matches nothing at all, which would have no end.
    """
    ready = program(pattern, flags or "")
    if search(ready, "", run.spend) is not None:
        return None
    parts: list[str] = []
    end = 0
    for found in all_matches(ready, text, run.spend):
        parts += (text[end : found[0]], _filled(replacement, text, found))
        end = found[1]
    parts.append(text[end:])
    if sum(map(len, parts)) > limits.TEXT:
        raise FeelError("too_large", limit=limits.TEXT)
    return "".join(parts)


def _filled(replacement: str, text: str, found: Slots) -> str:
    def fill(reference: re.Match[str]) -> str:
        if reference[1]:
            return reference[1]
        if reference[3] or 2 * int(reference[2]) >= len(found):
            raise ValueError(replacement)
        begin, end = found[2 * int(reference[2]) : 2 * int(reference[2]) + 2]
        return text[begin:end] if end >= 0 else ""

    return _REFERENCE.sub(fill, replacement)


@builtin("split", "string: string, delimiter: string", "list", needs_run=True)
def split(run: Run, text: str, delimiter: str) -> list[str] | None:
    """The parts between the matches of the delimiter; null when it matches nothing at all."""
    ready = program(delimiter)
    if search(ready, "", run.spend) is not None:
        return None
    parts: list[str] = []
    end = 0
    for found in all_matches(ready, text, run.spend):
        parts.append(text[end : found[0]])
        end = found[1]
    return [*parts, text[end:]]
