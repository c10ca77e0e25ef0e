from fractions import Fraction

import pytest

from workflows.counting.cuts import Tie
from workflows.counting.recommendation import short_list
from workflows.counting.working import Line, NotCountable


def test_those_above_half_are_taken_in_order_up_to_a_fifth_more_than_the_seats():
    result = short_list({"a": "0.9", "b": "0.8", "c": "0.7", "d": "0.6", "e": "0.55"}, 3)
    assert result.cut.chosen == ("a", "b", "c", "d")
    assert (result.wanted, result.short) == (4, 0)


def test_exactly_half_is_not_above_half_and_leaves_the_list_short():
    result = short_list({"a": "0.9", "b": Fraction(1, 2)}, 1)
    assert (result.cut.chosen, result.short) == (("a",), 1)
    assert Line("not_above_half", "0.5 ≤ 0.5", "b") in result.working


def test_tie_at_the_end_of_the_list_is_reported():
    result = short_list({"a": "0.9", "b": "0.6", "c": "0.6"}, 1)
    assert result.cut.ties == (Tie(("b", "c"), 1),)


def test_no_seat_needs_no_list():
    with pytest.raises(NotCountable):
        short_list({"a": 1}, 0)
