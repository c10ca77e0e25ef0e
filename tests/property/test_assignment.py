"""What every assignment of panels has in common, and that another way of solving agrees."""

from __future__ import annotations

from itertools import combinations, product

from hypothesis import assume, given
from hypothesis import strategies as st

from workflows.counting.assignment import Wanted, assign, ticket

SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@st.composite
def wishes(draw, most_experts=6, most_entries=8):
    experts = [f"E{n}" for n in range(draw(st.integers(1, most_experts)))]
    entries = [f"n{n}" for n in range(draw(st.integers(1, most_entries)))]
    panel = draw(st.integers(1, len(experts)))
    pairs = st.sampled_from([(who, entry) for who in experts for entry in entries])
    categories = st.sampled_from(["", "农业", "教育"])
    return Wanted(
        {entry: draw(categories) for entry in entries},
        {who: draw(st.sets(st.sampled_from(["农业", "教育"]))) for who in experts}, panel,
        draw(st.frozensets(pairs, max_size=len(entries))), draw(st.sampled_from(["", "prefer"])),
    )  # fmt: skip


def feasible(wanted):
    return all(
        sum(wanted.allowed(who, entry) for who in wanted.experts) >= wanted.panel
        for entry in wanted.entries
    )


def cost(wanted, seed, panels):
    """Return what an assignment is judged by, the most important first."""
    loads = [sum(who in panel for panel in panels.values()) for who in wanted.experts]
    pairs = [(who, entry) for entry, panel in panels.items() for who in panel]
    apart = sum(wanted.match == "prefer" and not wanted.matches(*pair) for pair in pairs)
    return sum(n * n for n in loads), apart, sum(ticket(seed, *pair) for pair in pairs)


@given(SEEDS, wishes())
def test_panels_are_full_allowed_and_add_up(seed, wanted):
    assume(feasible(wanted))
    found = assign(seed, wanted)
    assert found.value.keys() == wanted.entries.keys()
    for entry, panel in found.value.items():
        assert len(set(panel)) == len(panel) == wanted.panel
        assert all(wanted.allowed(who, entry) for who in panel)
    assert sum(found.loads.values()) == wanted.panel * len(wanted.entries)
    assert assign(seed, wanted) == found


@given(SEEDS, wishes(most_experts=4, most_entries=4))
def test_trying_every_assignment_finds_the_same_one(seed, wanted):
    assume(feasible(wanted))
    choices = [
        combinations(sorted(w for w in wanted.experts if wanted.allowed(w, entry)), wanted.panel)
        for entry in wanted.entries
    ]
    every = (dict(zip(wanted.entries, panels, strict=True)) for panels in product(*choices))
    best = min(every, key=lambda panels: cost(wanted, seed, panels))
    assert assign(seed, wanted).value == best
