"""Panels by min-cost flow: vectors worked by hand, what cannot be assigned, and its speed."""

from hashlib import sha256
from pathlib import Path

import pytest

from workflows.counting.assignment import Wanted, assign, ticket
from workflows.counting.working import NotCountable

SEED = "5a" * 32
PAGE = Path(__file__).parents[4] / "docs/reference/counting.md"
OTHER = "a5" * 32


def wanted(experts, entries, panel, **more):
    return Wanted(
        dict.fromkeys(entries.split(), ""), {who: frozenset() for who in experts.split()}, panel,
        **more,
    )  # fmt: skip


def refused(code, wish, seed=SEED):
    with pytest.raises(NotCountable) as error:
        assign(seed, wish)
    assert error.value.why == code
    return error.value.facts


def test_a_ticket_is_the_first_64_bits_of_the_published_hash():
    text = f"linxuan panel 1\n{SEED}\nA\nx"
    assert ticket(SEED, "A", "x") == int(sha256(text.encode()).hexdigest()[:16], 16)


def test_loads_are_equal_and_every_entry_has_its_panel():
    found = assign(SEED, wanted("A B C D", "u v w x y z", 2))
    assert set(found.loads.values()) == {3}
    assert all(len(panel) == 2 for panel in found.value.values())


def test_of_all_balanced_panels_the_one_with_the_smallest_tickets_is_taken():
    found = assign(SEED, wanted("A B", "x y", 1))
    straight = ticket(SEED, "A", "x") + ticket(SEED, "B", "y")
    crossed = ticket(SEED, "A", "y") + ticket(SEED, "B", "x")
    expected = {"x": ("A",), "y": ("B",)} if straight < crossed else {"x": ("B",), "y": ("A",)}
    assert found.value == expected


def test_the_order_of_the_lists_changes_nothing_and_another_seed_does():
    one = assign(SEED, wanted("A B C D E", "u v w x y z", 2))
    again = assign(SEED, wanted("E D C B A", "z y x w v u", 2))
    other = assign(OTHER, wanted("A B C D E", "u v w x y z", 2))
    assert one == again
    assert one.value != other.value


def test_a_conflict_is_never_assigned_and_unbalances_no_more_than_it_must():
    forbidden = frozenset({("A", "x"), ("A", "y")})
    found = assign(SEED, wanted("A B", "x y z", 1, forbidden=forbidden))
    assert found.value["x"] == found.value["y"] == ("B",)
    assert found.value["z"] == ("A",)


def test_conflicts_may_ask_for_a_load_far_above_the_average():
    entries = " ".join(f"e{n}" for n in range(40))
    forbidden = frozenset((who, f"e{n}") for who in "ABCDEFGH" for n in range(39))
    found = assign(SEED, wanted("A B C D E F G H I", entries, 1, forbidden=forbidden))
    assert found.loads["I"] == 39


def test_categories_are_preferred_within_equal_loads_and_the_exceptions_are_named():
    entries = {"x": "农业", "y": "农业", "z": "教育"}
    experts = {"A": frozenset({"农业"}), "B": frozenset({"教育"}), "C": frozenset({"教育"})}
    found = assign(SEED, Wanted(entries, experts, 1, match="prefer"))
    assert set(found.loads.values()) == {1}
    assert sum(line.rule == "panel_unmatched" for line in found.working) == 1
    assert found.value["x"] == ("A",) or found.value["y"] == ("A",)


def test_with_categories_needed_the_load_follows_them():
    entries = {"x": "农业", "y": "农业", "z": "教育", "w": ""}
    experts = {"A": frozenset({"农业"}), "B": frozenset({"教育"})}
    found = assign(SEED, Wanted(entries, experts, 1, match="must"))
    assert found.value == {"w": ("B",), "x": ("A",), "y": ("A",), "z": ("B",)}


def test_an_entry_with_too_few_experts_is_named():
    wish = wanted("A B C", "x y", 2, forbidden=frozenset({("A", "y"), ("C", "y")}))
    assert refused("panel_impossible", wish) == {"entry": "y", "there": 1, "needed": 2}
    must = Wanted({"x": "农业"}, {"A": frozenset({"教育"})}, 1, match="must")
    assert refused("panel_impossible", must) == {"entry": "x", "there": 0, "needed": 1}


def test_an_entry_the_limit_of_loads_leaves_incomplete_is_named():
    facts = refused("panel_overloaded", wanted("A B", "x y z", 1, most=1))
    assert facts["there"] == 0
    assert facts["most"] == 1
    assert assign(SEED, wanted("A B C", "x y z", 1, most=1)).loads == {"A": 1, "B": 1, "C": 1}


def test_a_malformed_seed_and_names_that_would_be_read_two_ways_are_refused():
    refused("seed_malformed", wanted("A", "x", 1), "5A" * 32)
    refused("panel_names", Wanted({"x\ny": ""}, {"A": frozenset()}, 1))
    refused("panel_names", wanted("A", "x", 0))


def test_the_working_names_seed_loads_and_panels():
    found = assign(SEED, wanted("A B", "x", 2))
    said = [(line.rule, line.sum, line.about) for line in found.working]
    assert said == [
        ("panel_seed", SEED, ""), ("panel_load", "1", "A"), ("panel_load", "1", "B"),
        ("panel_of", "A, B", "x"),
    ]  # fmt: skip


def test_the_program_on_the_page_finds_the_same_panels():
    program = PAGE.read_text(encoding="utf-8").split("# panel\n")[1].split("```")[0]
    conflicts = frozenset({("A", "x"), ("B", "y")})
    given = {"seed": SEED, "experts": ["A", "B", "C", "D"], "entries": ["x", "y", "z"],
             "panel": 2, "conflicts": conflicts}  # fmt: skip
    exec(program, given)
    found = assign(SEED, wanted("A B C D", "x y z", 2, forbidden=conflicts))
    assert {entry: tuple(panel) for entry, panel in given["panels"].items()} == found.value
