"""Preference orders put together: plurality, approval, Borda, pairwise, Kemeny, run-off.

A ballot is a list of levels, best first; items on one level are tied, items it leaves out are
unranked. Identical ballots carry a count. Every tie is part of the result. Selection 4.4; none
of these methods has an article of law behind it, which one is used is declared (``D``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, permutations
from typing import Final, Literal

from workflows.counting.exact import plain
from workflows.counting.ranks import Ranking, rank
from workflows.counting.working import Line, NotCountable, Working
from workflows.thresholds import HALF, more_than

Levels = tuple[tuple[str, ...], ...]
Unranked = Literal["share", "zero"]
"""Items a ballot leaves out share the remaining Borda points, or get none."""

MOST_FOR_KEMENY: Final = 7
"""All orders are tried, 5040 of seven items; more items are refused, not approximated."""


@dataclass(frozen=True)
class Orders:
    """*count* ballots that all give the same order."""

    levels: Levels
    count: int = 1

    @classmethod
    def of(cls, text: str, count: int = 1) -> Orders:
        """Read ``A>B=C>D``."""
        levels = tuple(tuple(level.split("=")) for level in text.split(">"))
        return cls(levels, count)


@dataclass(frozen=True)
class Points:
    """Points per item and the ranking they give."""

    value: Mapping[str, Fraction]
    ranking: Ranking
    working: Working = field(repr=False)


@dataclass(frozen=True)
class Pairwise:
    """How many ballots prefer one item to another; ``winner`` beats every other, if there is one.

    ``beats`` lists the majorities (winner, loser). Without a winner the majorities may run in a
    circle.
    """

    prefer: Mapping[tuple[str, str], int]
    beats: tuple[tuple[str, str], ...]
    winner: str | None
    working: Working = field(repr=False)


@dataclass(frozen=True)
class Kemeny:
    """Every order with the fewest disagreements; more than one is a tie."""

    value: tuple[tuple[str, ...], ...]
    disagreements: int
    working: Working = field(repr=False)


@dataclass(frozen=True)
class RunOff:
    """A winner, or a tie: ``finalists`` met; ``tied`` is what nobody has decided."""

    winner: str | None
    finalists: tuple[str, ...]
    tied: tuple[str, ...]
    working: Working = field(repr=False)


def plurality(ballots: Sequence[Orders], items: Sequence[str]) -> Points:
    """Each ballot gives one point to its first item; a first place shared is split evenly."""
    _checked(ballots, items)
    points = dict.fromkeys(sorted(items), Fraction(0))
    for ballot in ballots:
        for item in ballot.levels[0] if ballot.levels else ():
            points[item] += Fraction(ballot.count, len(ballot.levels[0]))
    return _points(points, "plurality")


def approval(approvals: Mapping[str, int]) -> Points:
    """The number of sheets that approve each item, as a ranking."""
    return _points({item: Fraction(approvals[item]) for item in sorted(approvals)}, "approval")


def borda(
    ballots: Sequence[Orders], items: Sequence[str], *, unranked: Unranked = "share"
) -> Points:
    """Borda count: n−1 points for the first of n, 0 for the last; tied items share the average.

    Vectors B1, B2. Raises NotCountable (``ballot_items``) for an unknown or repeated item.
    """
    _checked(ballots, items)
    points = dict.fromkeys(sorted(items), Fraction(0))
    for ballot in ballots:
        for item, each in _borda_of(ballot.levels, items, unranked).items():
            points[item] += each * ballot.count
    return _points(points, "borda")


def pairwise(ballots: Sequence[Orders], items: Sequence[str]) -> Pairwise:
    """Compare every two items; unranked items stand below all ranked ones, level with each other.

    A majority is more ballots for than against. Raises NotCountable (``ballot_items``).
    """
    _checked(ballots, items)
    names = sorted(items)
    prefer = {(a, b): 0 for a in names for b in names if a != b}
    for ballot in ballots:
        depth = {item: n for n, level in enumerate(ballot.levels) for item in level}
        last = len(ballot.levels)
        for a, b in prefer:
            prefer[a, b] += ballot.count if depth.get(a, last) < depth.get(b, last) else 0
    beats = tuple(pair for pair in sorted(prefer) if prefer[pair] > prefer[pair[1], pair[0]])
    winner = next((a for a in names if all((a, b) in beats for b in names if b != a)), None)
    lines = [
        Line("pair", _compared(prefer[a, b], prefer[b, a]), f"{a} : {b}")
        for a, b in combinations(names, 2)
    ]
    if winner is None:
        lines.append(Line("no_pairwise_winner"))
    return Pairwise(prefer, beats, winner, tuple(lines))


def kemeny(ballots: Sequence[Orders], items: Sequence[str]) -> Kemeny:
    """The orders that contradict the ballots in the fewest pairs; all of them are returned.

    Raises NotCountable: ``too_many_items`` above seven, ``ballot_items``.
    """
    if len(items) > MOST_FOR_KEMENY:
        raise NotCountable("too_many_items", there=len(items), most=MOST_FOR_KEMENY)
    prefer = pairwise(ballots, items).prefer
    cost = {
        order: sum(prefer[below, above] for above, below in combinations(order, 2))
        for order in permutations(sorted(items))
    }
    least = min(cost.values())
    best = tuple(order for order in cost if cost[order] == least)
    lines = tuple(Line("kemeny", str(least), " > ".join(order)) for order in best)
    return Kemeny(best, least, lines)


def run_off(ballots: Sequence[Orders], items: Sequence[str]) -> RunOff:
    """More than half of the first places wins; else the best two meet on the same ballots.

    A tie for the second place, or in the final, is returned. Raises NotCountable
    (``ballot_items``, ``too_few_marks`` without ballots).
    """
    first = plurality(ballots, items)
    total = sum(ballot.count for ballot in ballots)
    if total == 0:
        raise NotCountable("too_few_marks", there=0, needed=1)
    leader = first.ranking.order[0]
    top = first.value[leader]
    verdict = more_than(top.numerator, HALF, of=total * top.denominator)
    lines = (*first.working, Line("run_off_majority", verdict.working[0], leader))
    if verdict:
        return RunOff(leader, (), (), lines)
    leading = _leading_two(first.ranking)
    if len(leading) != 2:  # noqa: PLR2004  # a final is between two
        return RunOff(None, (), leading, (*lines, Line("tie", about=", ".join(leading))))
    a, b = leading
    prefer = pairwise(ballots, items).prefer
    final = Line("run_off_final", _compared(prefer[a, b], prefer[b, a]), f"{a} : {b}")
    if prefer[a, b] == prefer[b, a]:
        return RunOff(None, leading, leading, (*lines, final))
    return RunOff(a if prefer[a, b] > prefer[b, a] else b, leading, (), (*lines, final))


def _leading_two(ranking: Ranking) -> tuple[str, ...]:
    """The two to meet; more of them, or only those tied for second, when a tie forbids a choice."""
    first = ranking.levels[0]
    if len(first) > 1 or len(ranking.levels) == 1:
        return first
    second = ranking.levels[1]
    return (*first, *second) if len(second) == 1 else second


def _borda_of(levels: Levels, items: Sequence[str], unranked: Unranked) -> dict[str, Fraction]:
    points = dict[str, Fraction]()
    worth = len(items) - 1
    for level in levels:
        each = Fraction(2 * worth - len(level) + 1, 2)
        points |= dict.fromkeys(level, each)
        worth -= len(level)
    rest = [item for item in items if item not in points]
    if unranked == "share":
        points |= dict.fromkeys(rest, Fraction(worth, 2))
    return points


def _checked(ballots: Sequence[Orders], items: Sequence[str]) -> None:
    known = set(items)
    for ballot in ballots:
        named = [item for level in ballot.levels for item in level]
        if len(named) != len(set(named)) or not known.issuperset(named) or ballot.count < 0:
            order = ">".join("=".join(level) for level in ballot.levels)
            raise NotCountable("ballot_items", ballot=order)


def _points(points: Mapping[str, Fraction], rule: str) -> Points:
    ranking = rank(points)
    lines = tuple(Line(rule, plain(value), item) for item, value in points.items())
    return Points(points, ranking, lines + ranking.working)


def _compared(left: int, right: int) -> str:
    sign = ">" if left > right else "=" if left == right else "<"
    return f"{left} {sign} {right}"
