from dataclasses import replace

import pytest

from workflows.counting.cuts import Tie
from workflows.counting.elections import elect, near_full, reduce_seats, rerun_candidates, settle
from workflows.counting.presets import preset
from workflows.counting.ranks import rank
from workflows.counting.rules import Turnout
from workflows.counting.working import Line, NotCountable

PRESENT, DUE = preset("members_election"), preset("members_election_due")
DEPUTIES = preset("deputies_direct")
FORTY_SIX = Turnout(due=50, present=46, issued=46, returned=46)


def meeting(present, due=None):
    due = due or present
    return Turnout(due=due, present=present, issued=present, returned=present)


def of(votes):
    return {name: int(number) for name, number in (pair.split() for pair in votes.split(", "))}


@pytest.mark.parametrize(
    ("rule", "turnout", "seats", "votes", "elected", "tie", "missing"),
    [
        pytest.param(
            PRESENT, replace(FORTY_SIX, valid=45), 3, "A 40, B 33, C 24, D 23, X 2",
            "ABC", None, 0, id="E1 present",
        ),
        pytest.param(
            DUE, replace(FORTY_SIX, valid=45), 3, "A 40, B 33, C 24, D 23, X 2",
            "AB", None, 1, id="E1 due",
        ),
        pytest.param(PRESENT, FORTY_SIX, 2, "A 40, B 30, C 30", "A", ("BC", 1), 0, id="E2"),
        pytest.param(PRESENT, FORTY_SIX, 2, "A 30, B 30, C 25", "AB", None, 0, id="E3"),
        pytest.param(
            PRESENT, FORTY_SIX, 3, "A 40, B 28, C 28, D 28, E 10", "A", ("BCD", 2), 0, id="E4"
        ),
        pytest.param(
            PRESENT, FORTY_SIX, 3, "A 30, B 30, C 30, D 30", "", ("ABCD", 3), 0, id="E6"
        ),
        pytest.param(PRESENT, meeting(40), 1, "A 20", "", None, 1, id="E8 half"),
        pytest.param(PRESENT, meeting(40), 1, "A 21", "A", None, 0, id="E8 one more"),
        pytest.param(
            DEPUTIES, Turnout(due=1000, present=620, returned=620), 2, "A 420, B 311, C 310",
            "AB", None, 0, id="E9",
        ),
        pytest.param(PRESENT, meeting(41), 1, "A 20", "", None, 1, id="T12 20"),
        pytest.param(PRESENT, meeting(41), 1, "A 21", "A", None, 0, id="T12 21"),
        pytest.param(PRESENT, meeting(40), 1, "A 20", "", None, 1, id="T13 20"),
        pytest.param(PRESENT, meeting(40), 1, "A 21", "A", None, 0, id="T13 21"),
        pytest.param(
            PRESENT, meeting(41), 3, "A 30, B 28, C 25, D 25", "AB", ("CD", 1), 0, id="T14"
        ),
        pytest.param(PRESENT, meeting(41), 3, "A 30, B 25, C 25, D 20", "ABC", None, 0, id="T15"),
        pytest.param(
            PRESENT, meeting(41), 5, "A 30, B 29, C 28, D 27, E 20, F 10", "ABCD", None, 1,
            id="T16",
        ),
    ],
)  # fmt: skip
def test_who_is_elected(rule, turnout, seats, votes, elected, tie, missing):
    outcome = elect(rule, seats, turnout, of(votes))
    assert outcome.valid
    assert outcome.elected == tuple(elected)
    assert outcome.tie == (None if tie is None else Tie(tuple(tie[0]), tie[1]))
    assert outcome.missing == missing


@pytest.mark.parametrize(("rule", "need"), [(PRESENT, 24), (DUE, 26)])
def test_e1_need_is_said(rule, need):
    assert elect(rule, 3, FORTY_SIX, {"A": 40}).need == need


def test_e9_deputies_need_311():
    turnout = Turnout(due=1000, present=620, returned=620)
    assert elect(DEPUTIES, 2, turnout, {"A": 420}).need == 311


@pytest.mark.parametrize(
    ("numbers", "void"),
    [
        pytest.param((50, 40, 40, 41), "too_many_papers", id="T17"),
        pytest.param((50, 46, 46, 47), "too_many_papers", id="E5"),
        pytest.param((51, 40, 40, 40), "no_quorum", id="T09"),
    ],
)  # fmt: skip
def test_void_election_elects_nobody(numbers, void):
    outcome = elect(PRESENT, 3, Turnout(None, *numbers), {"A": 40, "B": 40})
    assert (outcome.valid, outcome.void, outcome.elected) == (False, void, ())
    assert (outcome.missing, outcome.next) == (3, ("again",))


def test_t18_void_papers_leave_the_base_at_those_present():
    turnout = Turnout(due=50, present=40, issued=40, returned=38, valid=36)
    outcome = elect(PRESENT, 1, turnout, {"A": 20, "B": 16})
    assert outcome.valid
    assert outcome.need == 21
    assert outcome.elected == ()


def test_quorum_by_tolerance_is_shown_as_a_warning():
    outcome = elect(preset("members_election_1990"), 1, meeting(40, due=50), {"A": 30})
    assert (outcome.elected, outcome.warnings) == (("A",), ("quorum_tolerated",))


def test_name_written_in_may_win():
    outcome = elect(PRESENT, 1, FORTY_SIX, {"A": 20, "戊": 24})
    assert outcome.elected == ("戊",)


def test_t16_missing_seat_may_be_elected_again_or_given_up():
    outcome = elect(PRESENT, 5, meeting(41), of("A 30, B 29, C 28, D 27, E 20"))
    assert outcome.next == ("reelect", "reduce")
    assert reduce_seats(PRESENT, 5, 4, meeting(41), consent=21)
    assert not reduce_seats(PRESENT, 5, 4, meeting(41), consent=20)
    assert reduce_seats(PRESENT, 5, 4, meeting(41), consent=None).working[-1] == Line("presidium")


@pytest.mark.parametrize(
    ("seats", "elected", "near"), [(5, 4, True), (5, 3, False), (3, 2, False), (4, 3, True)]
)
def test_close_to_full_is_one_missing_and_three_left(seats, elected, near):
    assert near_full(PRESENT, seats, elected).value is near
    assert reduce_seats(PRESENT, seats, elected, meeting(9), consent=9).value is near


def test_nobody_at_half_fills_a_seat_however_many_are_missing():
    outcome = elect(PRESENT, 3, meeting(40), of("A 20, B 19, C 18"))
    assert (outcome.elected, outcome.missing, outcome.next) == ((), 3, ("reelect",))


def test_new_vote_among_the_tied_is_decided_by_more_votes():
    first = elect(PRESENT, 3, meeting(41), of("A 30, B 28, C 25, D 25"))
    again = elect(PRESENT, first.tie.places, meeting(41), of("C 20, D 19"), round_="revote")
    assert again.elected == ("C",)
    done = settle(first, again)
    assert done.elected == ("A", "B", "C")
    assert (done.tie, done.missing, done.next) == (None, 0, ())
    assert first.elected == ("A", "B")


def test_new_vote_may_tie_again():
    first = elect(PRESENT, 3, meeting(41), of("A 30, B 28, C 25, D 25"))
    again = elect(PRESENT, 1, meeting(41), of("C 20, D 20"), round_="revote")
    assert settle(first, again).tie == Tie(("C", "D"), 1)
    assert settle(first, again).next == ("revote",)


def test_new_vote_may_ask_for_a_majority_when_so_set():
    rule = replace(PRESENT, revote=PRESENT.majority)
    again = elect(rule, 1, meeting(41), of("C 20, D 19"), round_="revote")
    assert (again.elected, again.missing) == ((), 1)


def test_vote_about_other_people_settles_nothing():
    first = elect(PRESENT, 3, meeting(41), of("A 30, B 28, C 25, D 25"))
    other = elect(PRESENT, 1, meeting(41), of("C 20, E 19"), round_="revote")
    with pytest.raises(NotCountable) as refused:
        settle(first, other)
    assert refused.value.why == "no_tie"
    assert first.tie == Tie(("C", "D"), 1)


def test_rerun_of_deputies_takes_most_votes_and_a_third_of_the_ballots():
    turnout = Turnout(due=1000, present=620, returned=600)
    outcome = elect(DEPUTIES, 1, turnout, of("C 200, D 199"), round_="rerun")
    assert (outcome.elected, outcome.need) == (("C",), 200)
    assert elect(DEPUTIES, 1, turnout, of("C 199, D 1"), round_="rerun").missing == 1


def test_rerun_in_a_congress_still_asks_for_half_of_all_deputies():
    congress = preset("deputies_by_congress")
    turnout = Turnout(members=300, due=300, present=280, returned=280)
    assert elect(congress, 1, turnout, of("A 150, B 130"), round_="rerun").elected == ()
    assert elect(congress, 1, turnout, of("A 151, B 129"), round_="rerun").elected == ("A",)


def test_rerun_in_a_members_meeting_still_asks_for_half_of_those_present():
    assert elect(PRESENT, 1, meeting(40), of("A 20, B 10"), round_="rerun").elected == ()


def test_list_for_a_new_election_follows_the_order_of_the_first():
    votes = of("A 30, B 19, C 18, D 17")
    outcome = elect(PRESENT, 2, meeting(41), votes)
    assert rerun_candidates(PRESENT, rank(votes), outcome).chosen == ("B", "C")


def test_list_for_a_new_election_reports_a_tie_at_its_end():
    votes = of("A 30, B 19, C 18, D 18")
    outcome = elect(PRESENT, 2, meeting(41), votes)
    result = rerun_candidates(PRESENT, rank(votes), outcome)
    assert (result.chosen, result.ties) == (("B",), (Tie(("C", "D"), 1),))


def test_too_few_people_for_a_new_election_stand_as_they_are():
    votes = of("A 30, B 19")
    outcome = elect(PRESENT, 2, meeting(41), votes)
    result = rerun_candidates(PRESENT, rank(votes), outcome)
    assert (result.chosen, result.vacant) == (("B",), 1)


def test_no_new_election_without_a_missing_seat():
    votes = {"A": 30}
    with pytest.raises(NotCountable):
        rerun_candidates(PRESENT, rank(votes), elect(PRESENT, 1, meeting(41), votes))


@pytest.mark.parametrize(
    ("seats", "votes", "why"),
    [
        (0, {"A": 1}, "seats_too_few"),
        (1, {"A": -1}, "count_negative"),
        (1, {"A": 47}, "part_above_whole"),
    ],
)
def test_impossible_numbers_are_refused(seats, votes, why):
    with pytest.raises(NotCountable) as refused:
        elect(PRESENT, seats, FORTY_SIX, votes)
    assert refused.value.why == why


def test_working_redoes_e1():
    outcome = elect(PRESENT, 3, replace(FORTY_SIX, valid=45), of("A 40, D 23"))
    assert outcome.working[:7] == (
        Line("quorum", "46×5=230 ≥ 50×4=200"),
        Line("issued_within_present", "46 ≤ 46"),
        Line("returned_within", "46 ≤ 46", "issued"),
        Line("returned_within", "46 ≤ 46", "present"),
        Line("need", "> 46×1/2 → 24"),
        Line("elected_by", "40×2=80 > 46", "A"),
        Line("elected_by", "23×2=46 ≤ 46", "D"),
    )
