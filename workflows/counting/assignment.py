"""Assign reviewers to entries (专家分组) by min-cost flow, so that anybody can do it again.

Every entry gets a panel of so many experts. In this order: nobody gets an entry he has a conflict
with; loads are as equal as conflicts allow; where categories are preferred, as many pairs as
possible match; and what is still open is settled by a published seed: the pair costs the first
64 bits of SHA-256 over the seed and both names. Two different assignments then practically never
cost the same, so every exact solver finds this one. Selection, "How the anchors do the hard
parts"; ``docs/reference/counting.md`` has the few lines of Python that repeat it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Literal

import networkx as nx

from workflows.counting.working import Line, NotCountable, Working

Match = Literal["", "prefer", "must"]
Pair = tuple[str, str]
"""Expert and entry."""

BITS: Final = 64
_SEED: Final = re.compile(r"[0-9a-f]{64}")
_SLACK: Final = 8
"""So far above the average load the first attempt goes; conflicts rarely ask for more."""
_END: Final = ("end", "")


@dataclass(frozen=True)
class Wanted:
    """What is to be assigned: ``entries`` and ``experts`` with their categories.

    ``panel`` experts for each entry; ``forbidden`` pairs (expert, entry) are conflicts. ``match``
    says whether an expert of the entry's category is preferred or needed; an entry without a
    category matches everybody. ``most`` is the greatest load of one expert, None for no limit.
    """

    entries: Mapping[str, str]
    experts: Mapping[str, AbstractSet[str]]
    panel: int
    forbidden: AbstractSet[Pair] = frozenset()
    match: Match = ""
    most: int | None = None

    def matches(self, expert: str, entry: str) -> bool:
        """Whether *expert* is of the category of *entry*."""
        category = self.entries[entry]
        return not category or category in self.experts[expert]

    def allowed(self, expert: str, entry: str) -> bool:
        """Whether the pair may be assigned at all."""
        fits = self.match != "must" or self.matches(expert, entry)
        return fits and (expert, entry) not in self.forbidden


@dataclass(frozen=True)
class Panels:
    """``value``: entry → its experts; ``loads``: expert → how many entries he has."""

    value: Mapping[str, tuple[str, ...]]
    loads: Mapping[str, int]
    working: Working = field(repr=False)


def assign(seed: str, wanted: Wanted) -> Panels:
    """Give every entry its panel; the same seed and wishes always give the same panels.

    Raises NotCountable: ``seed_malformed`` unless *seed* is 64 hexadecimal digits,
    ``panel_names`` for a name with a line break, ``panel_impossible`` with the entry that has too
    few experts without a conflict (or of its category), ``panel_overloaded`` with an entry that
    the limit of loads leaves incomplete.
    """
    _require_sound(seed, wanted)
    pairs = _cheapest(seed, wanted)
    panels = {
        entry: tuple(sorted(expert for expert, of in pairs if of == entry))
        for entry in sorted(wanted.entries)
    }
    loads = {
        expert: sum(who == expert for who, _entry in pairs) for expert in sorted(wanted.experts)
    }
    lines = [Line("panel_seed", seed)]
    lines += [Line("panel_load", str(load), expert) for expert, load in loads.items()]
    lines += [Line("panel_of", ", ".join(experts), entry) for entry, experts in panels.items()]
    lines += [
        Line("panel_unmatched", about=f"{expert} · {entry}")
        for expert, entry in sorted(pairs)
        if wanted.match and not wanted.matches(expert, entry)
    ]
    return Panels(panels, loads, tuple(lines))


def ticket(seed: str, expert: str, entry: str) -> int:
    """Return what a pair costs when nothing else tells two assignments apart."""
    text = f"linxuan panel 1\n{seed}\n{expert}\n{entry}"
    return int.from_bytes(sha256(text.encode()).digest()[: BITS // 8], "big")


def _require_sound(seed: str, wanted: Wanted) -> None:
    if _SEED.fullmatch(seed) is None:
        raise NotCountable("seed_malformed")
    names = [*wanted.entries, *wanted.experts]
    if wanted.panel < 1 or any(not name or "\n" in name for name in names):
        raise NotCountable("panel_names")
    for entry in sorted(wanted.entries):
        there = sum(wanted.allowed(expert, entry) for expert in wanted.experts)
        if there < wanted.panel:
            raise NotCountable("panel_impossible", entry=entry, there=there, needed=wanted.panel)


def _cheapest(seed: str, wanted: Wanted) -> set[Pair]:
    """Return the pairs of the cheapest flow.

    The most balanced loads also have the smallest greatest load, so a limit that leaves a
    solution leaves the cheapest one; the first limit is only there to keep the network small.
    """
    total = len(wanted.entries) * wanted.panel
    whole = len(wanted.entries) if wanted.most is None else wanted.most
    first = min(whole, -(-total // max(1, len(wanted.experts))) + _SLACK)
    for limit in dict.fromkeys((first, whole)):
        network = _network(seed, wanted, limit)
        try:
            _cost, flow = nx.network_simplex(network)
        except nx.NetworkXUnfeasible:
            continue
        return {
            (to[1], node[1])
            for node, out in flow.items()
            if node[0] == "entry"
            for to, units in out.items()
            if any(units.values())
        }
    raise _overloaded(wanted)


def _network(seed: str, wanted: Wanted, limit: int) -> Any:
    """Entries send a unit to each expert of their panel, experts send on what they take.

    The n-th entry of an expert costs n steps, a pair that does not match one smaller step, and
    the tickets of a whole assignment together cost less than that.
    """
    total = len(wanted.entries) * wanted.panel
    mismatch = total << BITS
    step = mismatch * (total + 1)
    network = nx.MultiDiGraph()
    network.add_node(_END, demand=total)
    for expert in sorted(wanted.experts):
        for n in range(limit):
            network.add_edge(("expert", expert), _END, capacity=1, weight=n * step)
    for entry in sorted(wanted.entries):
        network.add_node(("entry", entry), demand=-wanted.panel)
        for expert in sorted(wanted.experts):
            if wanted.allowed(expert, entry):
                apart = wanted.match == "prefer" and not wanted.matches(expert, entry)
                weight = ticket(seed, expert, entry) + (mismatch if apart else 0)
                network.add_edge(
                    ("entry", entry), ("expert", expert), capacity=1, weight=weight
                )  # fmt: skip
    return network


def _overloaded(wanted: Wanted) -> NotCountable:
    """Return the refusal that names an entry left incomplete by the limit of loads."""
    assert wanted.most is not None
    network = nx.DiGraph()
    for expert in sorted(wanted.experts):
        network.add_edge(("expert", expert), _END, capacity=wanted.most)
    for entry in sorted(wanted.entries):
        network.add_edge(("start", ""), ("entry", entry), capacity=wanted.panel)
        for expert in sorted(wanted.experts):
            if wanted.allowed(expert, entry):
                network.add_edge(("entry", entry), ("expert", expert), capacity=1)
    _value, flow = nx.maximum_flow(network, ("start", ""), _END)
    given = {node[1]: units for node, units in flow["start", ""].items()}
    short = next(entry for entry in sorted(given) if given[entry] < wanted.panel)
    return NotCountable(
        "panel_overloaded", entry=short, there=given[short], needed=wanted.panel, most=wanted.most
    )
