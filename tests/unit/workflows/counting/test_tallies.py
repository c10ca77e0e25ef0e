from dataclasses import replace

import pytest

from workflows.counting.ballots import Ballot, Contest, WriteIn
from workflows.counting.presets import preset
from workflows.counting.rules import Turnout
from workflows.counting.tallies import (
    Tally,
    Votes,
    adds_up,
    differences,
    papers,
    tally,
    together,
)
from workflows.counting.working import Line, NotCountable

RULE = preset("members_election")
CONTEST = Contest(RULE, 2, ("甲", "乙", "丙"))
YES, NO, BLANK = RULE.choices
BOX = (
    Ballot({"甲": YES, "乙": YES}),
    Ballot({"甲": YES, "乙": NO}, (WriteIn("丁", "乙"),)),
    Ballot({"甲": YES, "乙": YES, "丙": YES}),
    Ballot({}, defects=frozenset({"identifying_mark"})),
    Ballot({"丙": NO}, (WriteIn("甲", "丙"),)),
)


def test_box_is_counted():
    result = tally(BOX, CONTEST)
    assert (result.returned, result.valid, result.void) == (5, 3, 2)
    assert result.votes == {"甲": Votes(2, 0, 1), "乙": Votes(1, 1, 1), "丙": Votes(0, 1, 2)}
    assert result.write_ins == {"丁": 1}
    assert result.void_reasons == {"identifying_mark": 1, "too_many_marks": 1}
    assert result.approvals == {"甲": 2, "乙": 1, "丙": 0, "丁": 1}
    assert Line("write_in_listed", "1") in result.working
    assert Line("papers", "5-2=3") in result.working


def test_counted_box_adds_up():
    assert adds_up(tally(BOX, CONTEST), RULE, 2)


def test_paper_and_electronic_are_added_with_their_origin():
    both = together({"电子": tally(BOX[:2], CONTEST), "纸质": tally(BOX[2:], CONTEST)})
    assert both == tally(BOX, CONTEST)
    assert Line("origin_returned", "3+2=5", "电子 + 纸质") not in both.working
    assert Line("origin_returned", "2+3=5", "电子 + 纸质") in both.working


def test_boxes_of_different_contests_cannot_be_added():
    other = tally((), replace(CONTEST, candidates=("甲", "乙")))
    with pytest.raises(NotCountable) as refused:
        together({"a": tally((), CONTEST), "b": other})
    assert refused.value.why == "keys_differ"


SHEET = Tally(46, 45, 1, {"甲": Votes(40, 3, 2), "乙": Votes(33, 10, 2)}, {"丁": 2})


@pytest.mark.parametrize(
    ("sheet", "line"),
    [
        (replace(SHEET, void=2), Line("valid_and_void", "45+2=47 ≠ 46")),
        (replace(SHEET, void_reasons={"illegible": 2}), Line("void_by_reason", "2 ≠ 1")),
        (
            replace(SHEET, votes={"甲": Votes(40, 3, 3)}),
            Line("candidate_sum", "40+3+3=46 ≠ 45", "甲"),
        ),
        (replace(SHEET, write_ins={"丁": 46}), Line("write_in_within", "46 > 45", "丁")),
        (replace(SHEET, votes={"甲": Votes(46, -1, 0)}), Line("not_negative", "0 > -1")),
    ],
)
def test_sheet_that_does_not_add_up_names_the_sum(sheet, line):
    assert adds_up(SHEET, RULE, 2)
    answer = adds_up(sheet, RULE, 2)
    assert not answer
    assert line in answer.working


def test_votes_for_all_never_exceed_valid_ballots_times_seats():
    sheet = Tally(
        46, 46, 0, {"甲": Votes(40, 6, 0), "乙": Votes(30, 16, 0), "丙": Votes(30, 16, 0)}
    )
    answer = adds_up(sheet, RULE, 2)
    assert Line("marks_within", "100 > 92") in answer.working
    assert not answer


def test_two_tellers_must_agree_on_every_number():
    assert differences(SHEET, replace(SHEET))
    second = replace(
        SHEET, votes={**SHEET.votes, "甲": Votes(41, 2, 2)}, write_ins={"丁": 2, "戊": 1}
    )
    answer = differences(SHEET, second)
    assert answer.working == (
        Line("tellers_differ", "3 ≠ 2", "votes.甲.against"),
        Line("tellers_differ", "40 ≠ 41", "votes.甲.agree"),
        Line("tellers_differ", "0 ≠ 1", "write_ins.戊"),
    )


@pytest.mark.parametrize(
    ("present", "issued", "returned", "valid"),
    [
        pytest.param(40, 40, 41, False, id="T17"),
        pytest.param(40, 40, 38, True, id="T18"),
        pytest.param(46, 46, 47, False, id="E5 more"),
        pytest.param(46, 46, 44, True, id="E5 fewer"),
        pytest.param(46, 45, 46, False, id="more than issued though not than present"),
        pytest.param(45, 46, 45, False, id="issued more than present"),
    ],
)
def test_more_papers_than_issued_or_present_void_the_election(present, issued, returned, valid):
    turnout = Turnout(due=50, present=present, issued=issued, returned=returned)
    assert papers(RULE, turnout).value is valid


def test_papers_that_were_not_counted_cannot_be_checked():
    with pytest.raises(NotCountable):
        papers(RULE, Turnout(due=50, present=46, issued=46))
