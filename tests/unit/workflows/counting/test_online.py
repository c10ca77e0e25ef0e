from fractions import Fraction

import pytest

from workflows.counting.online import moved_over_line, online_scores, weight_allowed
from workflows.counting.ranks import rank
from workflows.counting.working import Line, NotCountable


def test_most_votes_are_a_hundred_points():
    assert online_scores({"a": 300, "b": 100, "c": 0}).value == {
        "a": 100,
        "b": Fraction(100, 3),
        "c": 0,
    }


def test_when_nobody_voted_everybody_has_zero():
    assert online_scores({"a": 0, "b": 0}).value == {"a": 0, "b": 0}
    assert online_scores({}).value == {}


def test_negative_votes_are_refused():
    with pytest.raises(NotCountable):
        online_scores({"a": -1})


@pytest.mark.parametrize(("weight", "allowed"), [("0.15", True), ("0.2", True), ("0.21", False)])
def test_public_vote_weighs_a_fifth_at_most(weight, allowed):
    assert weight_allowed(weight).value is allowed


def test_entry_carried_far_over_the_line_is_named_to_the_jury():
    without = rank({f"e{n:02}": 100 - n for n in range(1, 13)})
    full = rank({**{f"e{n:02}": 100 - n for n in range(1, 12)}, "e12": 200})
    moved = moved_over_line(without, full, 5)
    assert moved.value == ("e12",)
    assert moved.working == (Line("moved", "12 → 1", "e12"),)
    assert moved_over_line(without, full, 7).value == (), "five places are allowed"
