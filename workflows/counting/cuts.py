"""Cutting a ranking to a number of places, with caps per category; ties are reported.

The tie at the cut: let c be the number at the last place. Those above c are chosen, those at c
are tied for what is left. What happens then (run-off, tie chain, enlarge, a decision with
reason) is a named person's act, so a cut never picks one of them. Selection 4.5; domain
specification 5.3 and 5.4 rule 6 (``D``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from workflows.counting.exact import Exact, exact, plain
from workflows.counting.ranks import Ranking
from workflows.counting.working import Line, NotCountable, Working

AtTie = Literal["report", "enlarge"]
"""Report the tie at the cut, or take all tied in (5.3 stage 2: ties at the cut all in)."""


@dataclass(frozen=True)
class Tie:
    """These are equal and compete for so many places; ``category`` when its cap is the cause."""

    items: tuple[str, ...]
    places: int
    category: str = ""


@dataclass(frozen=True)
class Cut:
    """Who is in, which ties are open, who is out, and why.

    ``vacant`` counts places nobody may take. ``capped`` are those a full category kept out.
    """

    chosen: tuple[str, ...]
    ties: tuple[Tie, ...]
    out: tuple[str, ...]
    capped: tuple[str, ...]
    vacant: int
    working: Working = field(repr=False)


@dataclass(frozen=True)
class Caps:
    """At most so many per category; a category without a cap is not limited."""

    category: Mapping[str, str]
    most: Mapping[str, int]

    def of(self, item: str) -> str:
        """Return the category of *item*; raises NotCountable (``category_missing``)."""
        if item not in self.category:
            raise NotCountable("category_missing", item=item)
        return self.category[item]


NO_CAPS = Caps({}, {})


@dataclass
class _Taking:
    """What a cut has given away so far."""

    left: int
    caps: Caps
    taken: Counter[str] = field(default_factory=Counter)
    chosen: list[str] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    capped: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def room(self, category: str, wanted: int) -> int:
        """How many of *wanted* a category still takes."""
        most = self.caps.most.get(category)
        return wanted if most is None else max(0, min(wanted, most - self.taken[category]))


def cut(
    ranking: Ranking,
    places: int,
    *,
    caps: Caps = NO_CAPS,
    at_tie: AtTie = "report",
    minimum: Exact | None = None,
) -> Cut:
    """Choose *places* items from the top of *ranking*.

    With *minimum* (on the first key, included), places stay vacant rather than go to a lower
    number (空缺允许). A tie inside a category for its last free places is reported as the
    category's, and lower places go on, since how many of it get in is settled. ``enlarge``
    takes all tied at the last place in; it never lifts a cap. Selection 4.5 (``D``). A tie
    across categories has a line per category whose cap still binds. Raises NotCountable
    (``places_negative``, ``category_missing``).
    """
    if places < 0:
        raise NotCountable("places_negative", places=places)
    now = _Taking(places, caps)
    able, below = _able(ranking, minimum)
    now.lines += [Line("below_minimum", text, item) for item, text in below]
    for level in able:
        _take(now, level, at_tie)
    now.out += [item for item, _ in below]
    return Cut(
        tuple(now.chosen), tuple(now.ties), tuple(now.out), tuple(now.capped), now.left,
        (Line("places", str(places)), *now.lines, *ranking.working),
    )  # fmt: skip


def cut_by_quota(
    rankings: Mapping[str, Ranking], quotas: Mapping[str, int], *, at_tie: AtTie = "report"
) -> Mapping[str, Cut]:
    """Cut every category by itself to its own quota (名额分配); no quota, no place."""
    return {
        name: cut(rankings[name], quotas.get(name, 0), at_tie=at_tie) for name in sorted(rankings)
    }


def _able(
    ranking: Ranking, minimum: Exact | None
) -> tuple[list[tuple[str, ...]], list[tuple[str, str]]]:
    """Split levels into those that reach the minimum and the items that do not."""
    if minimum is None:
        return [*ranking.levels], []
    least = exact(minimum)
    first = {place.item: place.keys[0] for place in ranking.places}
    able, below = [], []
    for level in ranking.levels:
        if first[level[0]] >= least:
            able.append(level)
        else:
            below += [(item, f"{plain(first[item])} < {plain(least)}") for item in level]
    return able, below


def _take(now: _Taking, level: Sequence[str], at_tie: AtTie) -> None:
    if now.left == 0:
        now.out += level
        return
    groups: dict[str, list[str]] = {}
    for item in level:
        groups.setdefault(now.caps.of(item) if now.caps.most else "", []).append(item)
    room = {name: now.room(name, len(items)) for name, items in groups.items()}
    for name, items in groups.items():
        if room[name] == 0:
            now.capped += items
            now.lines += [Line("capped", f"{now.taken[name]} = {now.caps.most[name]}", item)
                          for item in items]  # fmt: skip
    open_groups = {name: items for name, items in groups.items() if room[name]}
    wanted = sum(room.values())
    if wanted > now.left and at_tie == "report":
        tied = tuple(item for items in open_groups.values() for item in items)
        _tie(now, Tie(tuple(sorted(tied)), now.left))
        now.lines += [
            Line("tied_within_cap", f"{len(items)} : {room[name]}", name)
            for name, items in open_groups.items()
            if room[name] < len(items)
        ]
        now.left = 0
        return
    if wanted > now.left:
        now.lines.append(Line("enlarged", f"+{wanted - now.left}", ", ".join(level)))
    for name, items in open_groups.items():
        _take_group(now, name, items, room[name])
    now.left = max(0, now.left - wanted)


def _take_group(now: _Taking, name: str, items: Sequence[str], room: int) -> None:
    now.taken[name] += room
    if len(items) == room:
        now.chosen += items
    else:
        _tie(now, Tie(tuple(items), room, name))


def _tie(now: _Taking, tie: Tie) -> None:
    now.ties.append(tie)
    now.lines.append(Line("tied_for", f"{len(tie.items)} : {tie.places}", ", ".join(tie.items)))


def shortlist_size(quota: int, factor: Exact) -> int:
    """Places of a shortlist of *factor* times the quota (3Q, 1.5Q), a part counting as a whole.

    Domain specification 5.3 (``D``): 3 × quota after the first review, 1.5 × after the second.
    """
    wanted: Fraction = exact(factor) * quota
    return -(-wanted.numerator // wanted.denominator)
