from fractions import Fraction

import pytest

from workflows.thresholds import (
    FOUR_FIFTHS,
    HALF,
    TWO_THIRDS,
    Meeting,
    at_least,
    committee_vote,
    differential_ballot,
    differential_objects,
    majority,
    more_than,
    quorum,
    reopening,
    vacancies,
    votes_add_up,
)


@pytest.mark.parametrize(
    ("members", "present", "agree", "quorate", "passed"),
    [
        pytest.param(11, 8, 6, True, True, id="T01"),
        pytest.param(11, 7, 7, False, True, id="T02"),
        pytest.param(12, 8, 6, True, False, id="T03"),
        pytest.param(9, 6, 4, True, False, id="T04"),
        pytest.param(9, 6, 5, True, True, id="T05"),
    ],
)
def test_committee_needs_two_thirds_of_all_and_half_of_those_due(
    members, present, agree, quorate, passed
):
    meeting = Meeting(members, members, present)
    assert quorum(meeting).value is quorate
    assert majority(agree, members).value is passed
    assert committee_vote(meeting, agree).value is (quorate and passed)


def test_working_shows_the_sum_of_t01_for_a_reader_to_redo():
    assert committee_vote(Meeting(11, 11, 8), 6).working == ("8×3=24 ≥ 11×2=22", "6×2=12 > 11")
    assert committee_vote(Meeting(11, 11, 7), 5).working == ("7×3=21 < 11×2=22", "5×2=10 ≤ 11")


@pytest.mark.parametrize(
    ("agree", "in_base", "passed"),
    [(5, True, True), (5, False, True), (4, True, False), (4, False, True)],
)
def test_t06_recused_members_stay_in_the_base_unless_the_setting_says_otherwise(
    agree, in_base, passed
):
    assert majority(agree, 9, recused=2, recused_in_base=in_base).value is passed


@pytest.mark.parametrize(("agree", "reopened"), [(5, False), (6, True)])
def test_t07_reopening_needs_more_than_half_of_all_members(agree, reopened):
    assert reopening(agree, 11).value is reopened


def test_quorum_of_another_body_takes_its_own_share():
    assert quorum(Meeting(50, 50, 40), FOUR_FIFTHS)
    assert not quorum(Meeting(51, 51, 40), FOUR_FIFTHS)


def test_at_least_includes_the_number_and_more_than_excludes_it():
    assert at_least(10, TWO_THIRDS, of=15)
    assert not more_than(5, HALF, of=10)


@pytest.mark.parametrize("seats", [5, 10, 15])
def test_exact_fifth_more_is_enough_although_floats_deny_it(seats):
    candidates = seats * 6 // 5
    assert candidates / seats - 1 < 0.2 or seats != 5
    assert at_least(candidates - seats, Fraction(1, 5), of=seats)


def test_votes_account_for_everybody_present_and_not_recused():
    assert votes_add_up(8, 1, 5, 1, 1)
    wrong = votes_add_up(8, 1, 6, 1, 1)
    assert not wrong
    assert wrong.working == ("6+1+1=8 ≠ 8-1=7",)


@pytest.mark.parametrize(
    ("objects", "posts", "enough"), [(2, 1, True), (1, 1, False), (3, 2, False), (4, 2, True)]
)
def test_differential_choice_needs_two_objects_a_post(objects, posts, enough):
    assert differential_objects(objects, posts).value is enough


def test_differential_choice_needs_one_more_even_when_the_ratio_is_looser():
    assert not differential_objects(4, 4, Fraction(1))
    assert differential_objects(5, 4, Fraction(1))


def test_ballot_is_won_with_more_than_half_of_those_due():
    ballot = differential_ballot({"甲": 6, "乙": 2}, 11)
    assert (ballot.winner, ballot.finalists, ballot.deferred) == ("甲", (), False)
    assert ballot.verdict.working == ("6×2=12 > 11",)


def test_ballot_without_majority_sends_the_two_strongest_to_a_second_one():
    ballot = differential_ballot({"甲": 3, "乙": 5, "丙": 1}, 11)
    assert (ballot.winner, ballot.finalists, ballot.deferred) == (None, ("乙", "甲"), False)


def test_tie_for_second_place_takes_both_along():
    assert differential_ballot({"甲": 4, "乙": 2, "丙": 2}, 11).finalists == ("甲", "丙", "乙")


def test_second_ballot_without_majority_defers_the_item():
    ballot = differential_ballot({"甲": 4, "乙": 5}, 11, second=True)
    assert (ballot.winner, ballot.finalists, ballot.deferred) == (None, (), True)


@pytest.mark.parametrize(
    ("approved", "used", "vacant", "holds"),
    [(10, 9, 1, True), (10, 10, 0, False), (10, 9, 2, False)],
)
def test_vacancy_must_exist_and_agree_with_the_quota_sheet(approved, used, vacant, holds):
    assert vacancies(approved, used, vacant).value is holds


def test_verdict_shows_every_part_even_after_one_failed():
    assert vacancies(10, 10, 0).working == ("10-10=0 = 0", "0 < 1")
