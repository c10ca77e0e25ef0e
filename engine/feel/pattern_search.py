"""Runs the program of a pattern over a text: the first match from the left, with captures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.feel.patterns import Program, Slots, Step

_Threads = list[tuple[int, Slots]]
_LOOKS: Final = ("text^", "text$", "line^", "line$")


def search(ready: Program, text: str, start: int = 0) -> Slots | None:
    """Begin and end of the match and of each group (-1 for none), or None without a match."""
    threads: _Threads = []
    found: Slots | None = None
    empty: Slots = (-1,) * (2 * ready.groups)
    for at in range(start, len(text) + 1):
        if found is None:  # a match that begins further left goes first
            _follow(ready, (0, empty), text, at, threads)
        following: _Threads = []
        for place, slots in threads:
            step = ready.steps[place]
            if step.kind == "match":
                found = slots
                break
            if at < len(text) and step.test is not None and step.test(text[at]):
                _follow(ready, (place + 1, slots), text, at + 1, following)
        threads = following
        if not threads and found is not None:
            return found
    return found


def _follow(ready: Program, first: tuple[int, Slots], text: str, at: int, out: _Threads) -> None:
    """Add what can be reached without taking a character, the preferred way first."""
    seen = {place for place, _ in out}
    waiting = [first]
    while waiting:
        place, slots = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        step = ready.steps[place]
        if step.kind in ("take", "match"):
            out.append((place, slots))
        else:
            waiting.extend(_next(step, place, slots, text, at))


def _next(step: Step, place: int, slots: Slots, text: str, at: int) -> _Threads:
    if step.kind == "fork":
        return [(step.other, slots), (step.to, slots)]
    if step.kind == "jump":
        return [(step.to, slots)]
    if step.kind == "save":
        return [(place + 1, (*slots[: step.to], at, *slots[step.to + 1 :]))]
    return [(place + 1, slots)] if _holds(step.kind, text, at) else []


def _holds(look: str, text: str, at: int) -> bool:
    if look == "text^":
        return at == 0
    if look == "text$":
        return at == len(text)
    neighbour = text[at - 1 : at] if look == "line^" else text[at : at + 1]
    return neighbour in ("", "\n")


def matches(ready: Program, text: str) -> Iterator[Slots]:
    """All matches from left to right that do not overlap."""
    at = 0
    while at <= len(text) and (found := search(ready, text, at)) is not None:
        yield found
        at = found[1] + (found[0] == found[1])
