"""What a paper may say, and which ballots are void."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import Invalid
from tests.unit.workflows.ballots.hall import RULES
from workflows.ballots.rules import Ballot, BallotRules, Candidate, Option

SHEET = BallotRules(
    candidates=tuple(Candidate(f"p{n}", f"干部{n}") for n in range(1, 5)),
    options=(Option("优秀", most=1), Option("称职"), Option("不称职", least=0)),
    all_equal=False,
)
"""An evaluation sheet: every line marked, few excellent, not all the same."""


def ballot(*names: str, **marks: str) -> Ballot:
    return Ballot.of({"marks": marks, "write_ins": list(names)})


@pytest.mark.parametrize(
    ("rules", "given", "reason"),
    [
        (RULES, ballot(c1="赞成", c2="赞成", c3="赞成"), None),
        (RULES, ballot(), None),
        (RULES, ballot(c1="赞成", c2="赞成", c3="赞成", c4="赞成"), "ballot_too_many_marks"),
        (RULES, ballot("王五", c1="赞成", c2="赞成", c3="不赞成"), None),
        (
            RULES,
            ballot("王五", c1="赞成", c2="赞成", c3="赞成", c4="不赞成"),
            "ballot_too_many_marks",
        ),
        (RULES, ballot("王五", c1="赞成"), "ballot_write_in_needs_against"),
        (RULES, ballot("王五", "李四", c1="不赞成"), "ballot_write_in_needs_against"),
        (RULES, ballot("候选人2", c1="不赞成"), "ballot_write_in_listed"),
        (RULES, ballot(" 候选人2 ", c1="不赞成"), "ballot_write_in_listed"),
        (RULES, ballot("甲", "甲", c1="不赞成", c2="不赞成"), "ballot_write_in_wrong"),
        (RULES, ballot("", c1="不赞成"), "ballot_write_in_wrong"),
        (RULES, ballot("王" * 21, c1="不赞成"), "ballot_write_in_wrong"),
        (RULES, ballot("王\u202e五", c1="不赞成"), "ballot_write_in_wrong"),
        (RULES, ballot("甲", "乙", "丙"), "ballot_write_ins_too_many"),
        (RULES, ballot(c9="赞成"), "ballot_mark_unknown"),
        (RULES, ballot(c1="也许"), "ballot_mark_unknown"),
        (SHEET, ballot(p1="优秀", p2="称职", p3="称职", p4="不称职"), None),
        (SHEET, ballot(p1="优秀", p2="称职", p3="称职"), "ballot_line_blank"),
        (SHEET, ballot(p1="称职", p2="称职", p3="称职", p4="称职"), "ballot_all_equal"),
        (SHEET, ballot(p1="优秀", p2="优秀", p3="称职", p4="称职"), "ballot_too_many_marks"),
    ],
)
def test_a_ballot_is_void_for_its_first_fault(rules, given, reason):
    assert rules.reason(given) == reason


def test_fewer_marks_than_demanded_are_void():
    rules = replace(RULES, options=(Option("赞成", most=3, least=2), Option("不赞成")))
    with pytest.raises(Invalid) as error:
        rules.check(ballot(c1="赞成"))
    assert error.value.code == "ballot_too_few_marks"
    assert error.value.params == {"option": "赞成", "least": 2, "given": 1}


@pytest.mark.parametrize(
    "data",
    [
        None, [], "赞成", {"marks": []}, {"marks": {"c1": 1}}, {"write_ins": "王五"},
        {"write_ins": [3]}, {"marks": {}, "voter": "v001"}, {"write_ins": ["\ud800"]},
    ],
)  # fmt: skip
def test_what_is_no_ballot_is_refused_without_repeating_it(data):
    with pytest.raises(Invalid) as error:
        Ballot.of(data)
    assert (error.value.code, error.value.params) == ("ballot_unreadable", {})


def test_the_same_ballot_has_one_form():
    one = Ballot.of({"marks": {"c2": "赞成", "c1": "不赞成"}, "write_ins": ["王  五", "A"]})
    two = Ballot.of({"write_ins": ["Ａ", "王 五"], "marks": {"c1": "不赞成", "c2": "赞成"}})
    assert one.content == two.content
    assert one.content.decode() == (
        '{"marks":{"c1":"不赞成","c2":"赞成"},"write_ins":["A","王 五"]}'
    )


def test_rules_survive_their_json():
    assert BallotRules.of(RULES.plain) == RULES
    assert BallotRules.of(SHEET.plain) == SHEET


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"candidates": [{"id": "a", "name": "甲"}] * 2}, "candidates"),
        ({"candidates": [{"id": "", "name": "甲"}]}, "candidates"),
        ({"candidates": [], "write_ins": 0}, "paper"),
        ({"options": []}, "options"),
        ({"options": [{"code": "赞成"}, {"code": "赞成"}]}, "options"),
        ({"blank": "赞成"}, "blank"),
        ({"blank": ""}, "blank"),
        ({"write_ins": -1}, "write_ins"),
        ({"write_in_as": "同意"}, "write_ins"),
        ({"classes": ["A", "A"]}, "classes"),
        ({"class_minimum": 4}, "class_minimum"),
        ({"options": 3}, "format"),
        ({"colour": "red"}, "format"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(change, part):
    with pytest.raises(Invalid) as error:
        BallotRules.of(RULES.plain | change)
    assert (error.value.code, error.value.params) == ("ballot_rules_wrong", {"part": part})


def test_the_longest_ballot_fits():
    longest = ballot(
        "\U00020000" * 20, '"' * 20, c1="不赞成", c2="不赞成", c3="不赞成", c4="不赞成"
    )
    assert RULES.reason(longest) is None
    assert len(longest.content) <= RULES.size
    assert RULES.size % 64 == 0
