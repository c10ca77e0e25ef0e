from dataclasses import replace

import pytest

from workflows.counting.ballots import Ballot, Contest, WriteIn, read_ballot
from workflows.counting.presets import preset
from workflows.counting.working import Line, NotCountable

RULE = preset("members_election")
FOUR = Contest(RULE, 3, ("甲", "乙", "丙", "丁"))
YES, NO, BLANK = RULE.choices


def paper(*words, write_ins=(), **more):
    choices = dict(zip(FOUR.candidates, words, strict=False))
    return Ballot(choices, tuple(write_ins), **more)


def test_t19_three_approvals_and_a_write_in_for_three_seats_is_void():
    reading = read_ballot(paper(YES, YES, YES, NO, write_ins=[WriteIn("戊", "丁")]), FOUR)
    assert reading.void == "too_many_marks"
    assert reading.working == (Line("too_many_marks", "3+1=4 > 3"),)
    assert not read_ballot(paper(YES, YES, YES, write_ins=[WriteIn("戊")]), FOUR).valid


def test_t20_name_beside_an_abstention_is_not_counted_and_the_ballot_stays_valid():
    reading = read_ballot(paper(YES, YES, BLANK, NO, write_ins=[WriteIn("戊", "丙")]), FOUR)
    assert reading.valid
    assert reading.write_ins == ()
    assert reading.lost == {"戊": "write_in_without_against"}
    assert reading.votes == {"甲": YES, "乙": YES, "丙": BLANK, "丁": NO}


def test_name_beside_a_vote_against_gets_a_vote():
    reading = read_ballot(paper(YES, YES, NO, BLANK, write_ins=[WriteIn("戊", "丙")]), FOUR)
    assert (reading.valid, reading.write_ins) == (True, ("戊",))


def test_fewer_marks_than_seats_are_valid_and_blanks_are_abstentions():
    reading = read_ballot(Ballot({"甲": YES}), FOUR)
    assert reading.votes == {"甲": YES, "乙": BLANK, "丙": BLANK, "丁": BLANK}
    assert read_ballot(Ballot(), FOUR).valid


def test_four_approvals_for_three_seats_are_void():
    assert read_ballot(paper(YES, YES, YES, YES), FOUR).void == "too_many_marks"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (WriteIn("乙", "丙"), "write_in_listed"),
        (WriteIn(" 乙 ", "丙"), "write_in_listed"),
        (WriteIn("  ", "丙"), "write_in_nameless"),
        (WriteIn("戊", "丙", marked=False), "write_in_unmarked"),
        (WriteIn("戊", "甲"), "write_in_without_against"),
        (WriteIn("戊", "没有此人"), "write_in_without_against"),
    ],
)
def test_name_written_in_is_lost_for_a_stated_reason(written, reason):
    reading = read_ballot(paper(YES, BLANK, NO, write_ins=[written]), FOUR)
    assert reading.valid
    assert reading.write_ins == ()
    assert [*reading.lost.values()] == [reason]
    assert Line(reason, about="".join(written.name.split())) in reading.working


def test_unmarked_name_is_an_abstention_where_the_rules_of_the_election_say_so():
    contest = replace(FOUR, rule=replace(RULE, write_in_unmarked="abstain"))
    reading = read_ballot(paper(write_ins=[WriteIn("戊", "丙", marked=False)]), contest)
    assert reading.lost == {"戊": "write_in_abstains"}


def test_the_same_name_twice_is_one_vote():
    twice = [WriteIn("张三", "丙"), WriteIn("张 三", "丁")]
    assert read_ballot(paper(YES, YES, NO, NO, write_ins=twice), FOUR).write_ins == ("张三",)


def test_two_names_in_one_place_are_both_lost():
    crowd = [WriteIn("戊", "丁"), WriteIn("己", "丁")]
    reading = read_ballot(paper(YES, BLANK, NO, NO, write_ins=crowd), FOUR)
    assert reading.lost == {"戊": "write_in_crowded", "己": "write_in_crowded"}


def test_free_lines_hold_as_many_names_as_there_are_votes_against():
    two = [WriteIn("戊"), WriteIn("己")]
    assert read_ballot(paper(YES, NO, NO, write_ins=two), FOUR).write_ins == ("己", "戊")
    lost = read_ballot(paper(YES, BLANK, NO, write_ins=two), FOUR)
    assert set(lost.lost.values()) == {"write_in_without_against"}


def test_only_members_may_be_written_in_when_a_committee_elects_its_secretary():
    contest = Contest(preset("committee_officers"), 1, ("甲",), frozenset({"甲", "乙"}))
    assert read_ballot(Ballot({"甲": NO}, (WriteIn("乙", "甲"),)), contest).write_ins == ("乙",)
    other = read_ballot(Ballot({"甲": NO}, (WriteIn("丙", "甲"),)), contest)
    assert other.lost == {"丙": "write_in_not_eligible"}


def test_plenum_takes_no_other_name():
    contest = Contest(preset("plenum"), 1, ("甲",))
    reading = read_ballot(Ballot({"甲": "不同意"}, (WriteIn("乙", "甲"),)), contest)
    assert reading.lost == {"乙": "write_in_not_allowed"}


def test_deputies_may_be_written_in_beside_any_vote():
    contest = Contest(preset("deputies_direct"), 2, ("甲", "乙", "丙"))
    assert read_ballot(Ballot({"甲": "赞成"}, (WriteIn("丁", "乙"),)), contest).write_ins == ("丁",)


@pytest.mark.parametrize(
    ("ballot", "reason"),
    [
        (Ballot({"甲": YES}, defects=frozenset({"identifying_mark"})), "identifying_mark"),
        (Ballot({"甲": YES}, defects=frozenset({"illegible"})), "illegible"),
        (Ballot({"甲": YES}, defects=frozenset({"torn"})), "defect_unknown"),
        (Ballot({"某": YES}), "candidate_unknown"),
        (Ballot({"甲": "同意"}), "choice_unknown"),
    ],
)
def test_broken_paper_is_void_with_a_reason_and_never_stops_the_count(ballot, reason):
    reading = read_ballot(ballot, FOUR)
    assert (reading.void, dict(reading.votes)) == (reason, {})


def test_part_that_cannot_be_read_is_lost_alone():
    reading = read_ballot(paper(YES, YES, YES, YES, unclear=frozenset({"丁"})), FOUR)
    assert reading.valid
    assert reading.votes["丁"] == BLANK
    assert reading.working == (Line("part_unclear", about="丁"),)


@pytest.mark.parametrize(
    ("seats", "candidates", "why"),
    [(0, ("甲",), "seats_too_few"), (1, ("张三", "张 三"), "person_twice")],
)
def test_contest_without_seats_or_with_a_person_twice_is_refused(seats, candidates, why):
    with pytest.raises(NotCountable) as refused:
        Contest(RULE, seats, candidates)
    assert refused.value.why == why
