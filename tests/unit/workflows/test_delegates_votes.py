"""The committee's vote and its reopening, through the delegates a diagram names."""

from fractions import Fraction
from typing import Any

import pytest

from engine.errors import Invalid
from engine.unit_of_work import SYSTEM, Engine, ServiceCall
from workflows.delegates import ALL
from workflows.delegates.votes import Base, decide
from workflows.thresholds import Meeting

ZHOU, LIANG = {"id": "p1", "name": "周文斌"}, {"id": "p2", "name": "梁秋月"}


def row(candidate: dict[str, str], agree: int, disagree: int = 0, defer: int = 0) -> dict[str, Any]:
    return {"candidate": candidate, "agree": agree, "disagree": disagree, "defer": defer}


def base(members: int, present: int, *, recused: int = 0, in_base: bool = True, posts: int = 1):
    meeting = Meeting(members, members, present)
    return Base(meeting, recused, recused_in_base=in_base, quorum=Fraction(2, 3), posts=posts)


@pytest.mark.parametrize(
    ("vector", "members", "present", "agree", "result"),
    [
        ("T01", 11, 8, 6, "通过"),
        ("T02", 11, 7, 7, "无效"),
        ("T03", 12, 8, 6, "未通过"),
        ("T04", 9, 6, 4, "未通过"),
        ("T05", 9, 6, 5, "通过"),
    ],
)
def test_the_base_is_members_due_and_the_quorum_is_of_all_members(
    vector, members, present, agree, result
):
    record = {"items": [row(ZHOU, agree, present - agree)]}
    assert decide(record, base(members, present)).result == result, vector


@pytest.mark.parametrize(
    ("in_base", "agree", "result"),
    [(True, 5, "通过"), (False, 5, "通过"), (True, 4, "未通过"), (False, 4, "通过")],
)
def test_recused_members_stay_in_the_base_unless_the_book_says_otherwise(in_base, agree, result):
    """T06."""
    record = {"items": [row(ZHOU, agree, 6 - agree)]}
    assert decide(record, base(9, 8, recused=2, in_base=in_base)).result == result


def test_without_a_quorum_nobody_is_adopted_and_the_sum_says_why():
    decision = decide({"items": [row(ZHOU, 7)]}, base(11, 7))
    assert decision.passed() == []
    assert decision.working == ("7×3=21 < 11×2=22", "周文斌: 7×2=14 > 11")


def test_a_serious_division_defers_even_a_majority():
    record = {"items": [row(ZHOU, 8)], "serious_division": "有"}
    decision = decide(record, base(11, 8))
    assert (decision.result, decision.passed()) == ("暂缓", [])


def test_a_majority_for_deferring_defers():
    assert decide({"items": [row(ZHOU, 1, 1, 6)]}, base(11, 8)).result == "暂缓"


def test_of_two_candidates_for_one_post_the_one_with_a_majority_wins():
    decision = decide({"items": [row(ZHOU, 3), row(LIANG, 6)]}, base(11, 9))
    assert (decision.result, decision.passed()) == ("通过", [LIANG])


def test_of_two_candidates_without_a_majority_a_second_ballot_is_due():
    decision = decide({"items": [row(ZHOU, 4), row(LIANG, 5)]}, base(11, 9))
    assert (decision.result, decision.passed()) == ("暂缓", [])


def test_with_two_posts_each_candidate_is_decided_alone():
    decision = decide({"items": [row(ZHOU, 8), row(LIANG, 5)]}, base(11, 8, posts=2))
    assert (decision.result, decision.passed()) == ("通过", [ZHOU])


def call(record: dict[str, Any] | None, **variables: Any) -> ServiceCall:
    instance = {"attributes": {"rule_pack": "current"}}
    return ServiceCall(instance, "node", variables, {}, lambda node: record)


def meeting(agree: int, present: int, **more: Any) -> dict[str, Any]:
    counts = {"members_total": 11, "due": 11, "present": present, "recused": []}
    return {**counts, "items": [row(ZHOU, agree, present - agree)], **more}


def run(engine: Engine, name: str, made: ServiceCall) -> dict[str, Any]:
    with engine.read(SYSTEM) as uow:
        result = dict(ALL[name].run(uow, made))
    assert set(result) <= set(ALL[name].outputs)
    return result


def test_the_adopted_carry_what_the_proposal_said(engine):
    plan = [{"candidate": ZHOU, "proposed_post": "副局长"}, {"candidate": LIANG}]
    result = run(engine, "committee_vote", call(meeting(6, 8), proposed=plan, n_posts=1))
    assert result["adopted"] == [{"candidate": ZHOU, "proposed_post": "副局长"}]
    assert (result["decision_result"], result["outcome"]) == ("通过", None)


def test_a_candidate_who_is_not_adopted_ends_the_case(engine):
    result = run(engine, "committee_vote", call(meeting(5, 8)))
    assert (result["decision_result"], result["outcome"]) == ("未通过", "未通过")


def test_a_vote_without_a_record_is_refused(engine):
    with pytest.raises(Invalid) as refused:
        run(engine, "committee_vote", call(None))
    assert refused.value.code == "record_missing"


@pytest.mark.parametrize(
    ("reopen", "agree", "result", "outcome"),
    [
        (5, 0, "维持", None),  # T07: five of eleven may not reopen
        (6, 0, "撤销", "撤销任用"),
        (6, 6, "维持", None),
    ],
)
def test_only_more_than_half_of_all_members_reopen_a_decision(
    engine, reopen, agree, result, outcome
):
    record = meeting(agree, 9, reopen_agree=reopen)
    found = run(engine, "reopening_vote", call(record))
    assert (found["reopen_result"], found["outcome"]) == (result, outcome)


def test_a_reopened_item_without_a_quorum_or_with_a_division_waits(engine):
    without = run(engine, "reopening_vote", call(meeting(0, 7, reopen_agree=6)))
    divided = run(
        engine, "reopening_vote", call(meeting(0, 9, reopen_agree=6, serious_division="有"))
    )
    assert (without["reopen_result"], divided["reopen_result"]) == ("暂缓", "暂缓")
