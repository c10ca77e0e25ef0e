import pytest

from workflows.counting.attendance import Excluded, due, quorum
from workflows.counting.presets import preset
from workflows.counting.rules import Turnout
from workflows.counting.working import Line, NotCountable


def test_t21_member_in_hospital_without_consent_stays_due():
    result = due(52, 2, [Excluded("张三", "hospital", superior_agrees=False, meeting_adopts=False)])
    assert (result.value, result.left_out, result.kept) == (50, (), ("张三",))
    assert result.working == (
        Line("stays_due", "hospital", "张三"),
        Line("due", "52-2-0=50"),
    )


@pytest.mark.parametrize(
    ("reason", "superior", "meeting", "number"),
    [
        ("bedridden", True, True, 49),
        ("bedridden", True, False, 50),
        ("bedridden", False, True, 50),
        ("busy", True, True, 50),
    ],
)
def test_left_out_only_for_a_listed_reason_with_both_consents(reason, superior, meeting, number):
    assert due(50, 0, [Excluded("张三", reason, superior, meeting)]).value == number


@pytest.mark.parametrize(
    ("roll", "without_vote", "people", "why"),
    [
        (1, 2, (), "part_above_whole"),
        (1, -1, (), "part_above_whole"),
        (1, 1, ("a",), "part_above_whole"),
        (9, 0, ("a", "a"), "person_twice"),
    ],
)
def test_roll_that_does_not_add_up_is_refused(roll, without_vote, people, why):
    proposed = [Excluded(person, "ill", True, True) for person in people]
    with pytest.raises(NotCountable) as refused:
        due(roll, without_vote, proposed)
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("rule", "numbers", "holds", "tolerated"),
    [
        pytest.param("members_election", (50, 40), True, False, id="T08 2020"),
        pytest.param("members_election_1990", (50, 40), True, True, id="T08 1990"),
        pytest.param("members_election", (51, 40), False, False, id="T09"),
        pytest.param("members_election_1990", (51, 40), False, False, id="T09 1990"),
        pytest.param("members_election", (50, 40), True, False, id="E7 at least"),
        pytest.param("members_election_over", (50, 40), False, False, id="E7 more than"),
    ],
)
def test_quorum_of_a_members_meeting(rule, numbers, holds, tolerated):
    answer, warned = quorum(preset(rule), Turnout(due=numbers[0], present=numbers[1]))
    assert (answer.value, warned) == (holds, tolerated)


def test_body_without_a_quorum_always_meets():
    assert quorum(preset("reopening"), Turnout(members=11))[0]


def test_more_present_than_due_are_refused():
    with pytest.raises(NotCountable) as refused:
        quorum(preset("members_election"), Turnout(due=50, present=51))
    assert refused.value.why == "part_above_whole"
