from dataclasses import replace

import pytest

from workflows.counting.decisions import decide, everybody_voted
from workflows.counting.presets import preset
from workflows.counting.rules import Turnout
from workflows.counting.working import Line, NotCountable

APPOINTMENT = preset("appointment")


def committee(members, present):
    return Turnout(members=members, due=members, present=present)


@pytest.mark.parametrize(
    ("members", "present", "agree", "quorate", "passed"),
    [
        pytest.param(11, 8, 6, True, True, id="T01"),
        pytest.param(11, 7, 7, False, False, id="T02"),
        pytest.param(12, 8, 6, True, False, id="T03"),
        pytest.param(9, 6, 4, True, False, id="T04"),
        pytest.param(9, 6, 5, True, True, id="T05"),
        pytest.param(11, 8, 5, True, False, id="E10 five"),
        pytest.param(11, 8, 6, True, True, id="E10 six"),
    ],
)
def test_committee_on_an_appointment(members, present, agree, quorate, passed):
    decision = decide(APPOINTMENT, committee(members, present), agree)
    assert (decision.quorate, decision.value) == (quorate, passed)
    assert decision.need == members // 2 + 1


def test_working_redoes_t03():
    assert decide(APPOINTMENT, committee(12, 8), 6).working == (
        Line("quorum", "8×3=24 ≥ 12×2=24"),
        Line("majority", "6×2=12 ≤ 12"),
    )


@pytest.mark.parametrize(
    ("in_base", "agree", "passed"),
    [(True, 5, True), (False, 5, True), (True, 4, False), (False, 4, True)],
)
def test_t06_recused_members_and_the_base(in_base, agree, passed):
    rule = replace(APPOINTMENT, recused_in_base=in_base)
    decision = decide(rule, committee(9, 8), agree, recused=2)
    assert decision.value is passed
    assert (Line("recused_off_base", "9-2=7") in decision.working) is not in_base


@pytest.mark.parametrize(("agree", "reopened"), [(5, False), (6, True)])
def test_t07_reopening(agree, reopened):
    assert decide(preset("reopening"), Turnout(members=11), agree).value is reopened


@pytest.mark.parametrize(
    ("rule", "need"),
    [
        ("item_half_of_present", 24),
        ("item_three_quarters_of_present", 35),
        ("item_two_thirds_of_due", 34),
        ("members_resolution", 26),
    ],
)
def test_items_with_their_own_share_and_base(rule, need):
    turnout = Turnout(members=50, due=50, present=46)
    assert decide(preset(rule), turnout, need).value
    assert not decide(preset(rule), turnout, need - 1).value
    assert decide(preset(rule), turnout, 0).need == need


def test_quorum_passed_by_tolerance_is_a_warning():
    decision = decide(preset("members_election_1990"), Turnout(due=50, present=40), 30)
    assert (decision.value, decision.warnings) == (True, ("quorum_tolerated",))


def test_more_votes_than_people_are_refused():
    with pytest.raises(NotCountable):
        decide(APPOINTMENT, committee(11, 8), 9)
    with pytest.raises(NotCountable):
        decide(replace(APPOINTMENT, recused_in_base=False), committee(2, 2), 0, recused=3)


def test_everybody_present_and_not_recused_voted_once():
    assert everybody_voted(8, 1, 5, 1, 1)
    assert not everybody_voted(8, 1, 5, 1, 2)
