from fractions import Fraction

import pytest

from workflows.counting.differential import (
    candidate_maximum,
    candidate_minimum,
    differential,
    equal_number,
)
from workflows.counting.targets import MID_LEVEL, target
from workflows.counting.working import Line, NotCountable

TABLE = {1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 8, 7: 9, 9: 11, 10: 12, 11: 14, 13: 16, 15: 18}


@pytest.mark.parametrize(("seats", "candidates"), TABLE.items())
def test_fewest_candidates_by_the_table(seats, candidates):
    assert candidate_minimum(seats).value == candidates == seats + (seats + 4) // 5
    assert differential(candidates, seats)
    assert not differential(candidates - 1, seats)


@pytest.mark.parametrize(("seats", "fails", "passes"), [(5, 5, 6), (3, 3, 4), (7, 8, 9), (6, 7, 8)])
def test_t10_fifth_more_than_the_seats(seats, fails, passes):
    assert not differential(fails, seats)
    assert differential(passes, seats)


@pytest.mark.parametrize("seats", [5, 10, 15])
def test_t11_exact_fifth_passes_although_floats_deny_it(seats):
    candidates = seats * 6 // 5
    assert candidates / seats - 1 < 0.2
    assert differential(candidates, seats)


def test_four_for_three_is_a_third_more_since_the_seats_are_the_base():
    assert differential(4, 3, Fraction(1, 3))
    assert differential(4, 3).working == (Line("differential", "1×5=5 ≥ 3"),)


@pytest.mark.parametrize(("candidates", "allowed"), [(3, False), (4, True), (6, True), (7, False)])
def test_direct_election_of_deputies_has_a_third_to_twice_the_seats(candidates, allowed):
    assert differential(candidates, 3, Fraction(1, 3), Fraction(1)).value is allowed
    assert candidate_maximum(3, Fraction(1)).value == 6
    assert candidate_maximum(5, Fraction(1, 2)).value == 7


def test_fewer_candidates_than_seats_never_do():
    assert differential(2, 3, Fraction(0)).working == (Line("fewer_candidates", "2 < 3"),)


def test_secretary_is_elected_with_equal_number():
    assert equal_number(1, 1)
    assert not equal_number(2, 1)


@pytest.mark.parametrize("check", [candidate_minimum, lambda seats: differential(1, seats)])
def test_no_seat_is_no_election(check):
    with pytest.raises(NotCountable) as refused:
        check(0)
    assert refused.value.why == "seats_too_few"


def test_t34_thirteen_of_seventeen_miss_four_fifths():
    result = target(13, 20, MID_LEVEL, left_out=3)
    assert not result.value
    assert result.share == Fraction(13, 17)
    assert result.working == (
        Line("target_base", "20-3=17"),
        Line("target", "13×5=65 < 17×4=68"),
    )
    assert target(14, 20, MID_LEVEL, left_out=3).value


def test_target_of_nothing_has_no_share_and_is_not_missed():
    result = target(0, 3, MID_LEVEL, left_out=3)
    assert (result.value, result.share) == (True, None)


def test_part_above_the_whole_is_refused():
    with pytest.raises(NotCountable):
        target(18, 20, MID_LEVEL, left_out=3)
