"""Ranks by a declared chain of keys; what the chain leaves equal is reported, never broken.

Nothing here orders by id or by time of entry. Inside a tie the ids are listed in sorted order
so that the result does not depend on the order of the input; that order means nothing.
Domain specification 5.4 rule 6, selection 4.4 and 4.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Literal

from workflows.counting.exact import Exact, exact, plain, rounded
from workflows.counting.working import Line, NotCountable, Working

Style = Literal["competition", "dense", "average"]
"""Ranks after a tie of two on top: 1 1 3 · 1 1 2 · 1.5 1.5 3."""


@dataclass(frozen=True)
class Key:
    """One link of a tie chain: the name of a number, and which end of it is better."""

    name: str
    lowest_first: bool = False


@dataclass(frozen=True)
class Place:
    """One entry in its place; ``keys`` are the exact numbers of the chain."""

    item: str
    rank: Fraction
    keys: tuple[Fraction, ...]


@dataclass(frozen=True)
class Ranking:
    """All places, best first; ``levels`` groups those the chain could not tell apart."""

    places: tuple[Place, ...]
    levels: tuple[tuple[str, ...], ...]
    working: Working = field(repr=False)

    @property
    def ties(self) -> tuple[tuple[str, ...], ...]:
        """The groups of two or more that stay equal after the whole chain."""
        return tuple(level for level in self.levels if len(level) > 1)

    @property
    def order(self) -> tuple[str, ...]:
        """The items, best first; inside a tie in sorted order."""
        return tuple(place.item for place in self.places)

    def rank(self, item: str) -> Fraction:
        """Return the rank of *item*; KeyError if it is not ranked."""
        return {place.item: place.rank for place in self.places}[item]


def rank(
    scores: Mapping[str, Exact], *, digits: int | None = None, style: Style = "competition"
) -> Ranking:
    """Rank by one number, highest first; *digits* ranks on the rounded number instead."""
    entries = {item: {"score": score} for item, score in scores.items()}
    return rank_by_chain(entries, (Key("score"),), digits=digits, style=style)


def rank_by_chain(
    entries: Mapping[str, Mapping[str, Exact]],
    chain: Sequence[Key],
    *,
    digits: int | None = None,
    style: Style = "competition",
) -> Ranking:
    """Rank *entries* by the first key, ties by the second, and so on.

    Compares exact numbers unless *digits* declares that rounded ones decide. Raises
    NotCountable (``key_missing``) when an entry lacks a key of the chain: a missing number is
    neither high nor low.
    """
    assert chain, "a ranking needs at least one key"
    keys = {item: _keys(item, entries[item], chain) for item in sorted(entries)}
    compared = {item: _compared(found, chain, digits) for item, found in keys.items()}
    ordered = sorted(keys, key=lambda item: (compared[item], item))
    levels = tuple(tuple(group) for _, group in groupby(ordered, key=lambda item: compared[item]))
    places = tuple(
        Place(item, number, keys[item])
        for number, level in zip(_numbers(levels, style), levels, strict=True)
        for item in level
    )
    return Ranking(places, levels, _working(levels, keys, compared, chain))


def _keys(item: str, entry: Mapping[str, Exact], chain: Sequence[Key]) -> tuple[Fraction, ...]:
    for key in chain:
        if key.name not in entry:
            raise NotCountable("key_missing", item=item, key=key.name)
    return tuple(exact(entry[key.name]) for key in chain)


def _compared(
    keys: tuple[Fraction, ...], chain: Sequence[Key], digits: int | None
) -> tuple[Fraction, ...]:
    """Give numbers that sort ascending from best to worst."""
    seen = keys if digits is None else tuple(Fraction(rounded(each, digits)) for each in keys)
    return tuple(n if key.lowest_first else -n for n, key in zip(seen, chain, strict=True))


def _numbers(levels: Sequence[Sequence[str]], style: Style) -> list[Fraction]:
    numbers, before = [], 0
    for no, level in enumerate(levels, start=1):
        first, last = before + 1, before + len(level)
        number = {"competition": Fraction(first), "dense": Fraction(no)}.get(
            style, Fraction(first + last, 2)
        )
        numbers.append(number)
        before = last
    return numbers


def _working(
    levels: Sequence[tuple[str, ...]],
    keys: Mapping[str, tuple[Fraction, ...]],
    compared: Mapping[str, tuple[Fraction, ...]],
    chain: Sequence[Key],
) -> Working:
    """Say where a later key decided, and which ties stay."""
    lines = []
    for above, below in pairwise(levels):
        better, worse = above[-1], below[0]
        if compared[better][0] == compared[worse][0]:
            at = next(
                n for n, pair in enumerate(zip(compared[better], compared[worse], strict=True))
                if pair[0] != pair[1]
            )  # fmt: skip
            sign = "<" if chain[at].lowest_first else ">"
            numbers = f"{plain(keys[better][at])} {sign} {plain(keys[worse][at])}"
            lines.append(Line("tie_decided", f"{chain[at].name}: {numbers}", f"{better} > {worse}"))
    lines += [
        Line("tie", ", ".join(map(plain, keys[level[0]])), ", ".join(level))
        for level in levels
        if len(level) > 1
    ]
    return tuple(lines)
