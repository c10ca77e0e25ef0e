"""Runs the program of a pattern over a text: the first match from the left, with captures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from engine.feel.patterns import Program, Slots, Step

_Threads = list[tuple[int, Slots]]
Spend = Callable[[int], None]


@dataclass(slots=True)
class _Front:
    """Where the possibilities stand before one character, the preferred one first."""

    threads: _Threads = field(default_factory=list)
    seen: set[int] = field(default_factory=set)


def search(ready: Program, text: str, spend: Spend, start: int = 0) -> Slots | None:
    """Begin and end of the match and of each group (-1 for none), or None without a match.

    ``spend`` is told every step that was done, and raises when they are too many.
    """
    front = _Front()
    found: Slots | None = None
    empty: Slots = (-1,) * (2 * ready.groups)
    for at in range(start, len(text) + 1):
        if found is None:  # a match that begins further left goes first
            _follow(ready, (0, empty), text, at, front)
        following = _Front()
        spend(len(front.seen) + 1)
        for place, slots in front.threads:
            step = ready.steps[place]
            if step.kind == "match":
                found = slots
                break
            if at < len(text) and step.test is not None and step.test(text[at]):
                _follow(ready, (place + 1, slots), text, at + 1, following)
        front = following
        if not front.threads and found is not None:
            return found
    return found


def _follow(ready: Program, first: tuple[int, Slots], text: str, at: int, front: _Front) -> None:
    """Add what can be reached without taking a character, the preferred way first."""
    waiting = [first]
    while waiting:
        place, slots = waiting.pop()
        if place in front.seen:
            continue
        front.seen.add(place)
        step = ready.steps[place]
        if step.kind in ("take", "match"):
            front.threads.append((place, slots))
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


def matches(ready: Program, text: str, spend: Spend) -> Iterator[Slots]:
    """All matches from left to right that do not overlap."""
    at = 0
    while at <= len(text) and (found := search(ready, text, spend, at)) is not None:
        yield found
        at = found[1] + (found[0] == found[1])
