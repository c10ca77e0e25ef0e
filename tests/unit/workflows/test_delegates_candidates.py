"""Whom to inspect, what the checks add up to, and what must not be tabled."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.unit_of_work import SYSTEM, Engine, ServiceCall
from workflows.delegates import ALL

ZHOU = {"id": "p1", "name": "周文斌", "unit_id": "u1"}
LIANG = {"id": "p2", "name": "梁秋月", "unit_id": "u2"}
CLEAR: dict[str, dict[str, Any]] = {
    "S6_file_second": {"conclusion": "无疑"},
    "S6_matters": {"judgement": "如实填报"},
    "S6_discipline": {"opinion": "无不同意见"},
    "S6_petition": {"finding": "无可查线索"},
    "S6_integrity": {
        "conclusion_result": "廉洁自律情况良好",
        "sig_secretary": {"by": "a"},
        "sig_discipline": {"by": "b"},
    },
}


@pytest.fixture
def run(engine: Engine, clock: Any):
    clock.now = datetime(2024, 5, 10, 1, tzinfo=UTC)

    def made(
        name: str,
        records: dict[str, Any] | None = None,
        variables: dict[str, Any] | None = None,
        **inputs: Any,
    ) -> dict[str, Any]:
        delegate = ALL[name]
        inputs = {key: inputs.get(key) for key in delegate.inputs}
        instance = {"attributes": {"rule_pack": "current"}}
        call = ServiceCall(instance, "node", variables or {}, inputs, (records or {}).get)
        with engine.read(SYSTEM) as uow:
            result = dict(delegate.run(uow, call))
        assert set(result) == set(delegate.outputs)
        return result

    return made


def conclude(run: Any, opinion: str = "建议任用", audit: str = "否", **records: Any):
    return run(
        "candidate_conclusion", {**CLEAR, **records}, report_outcome=opinion, audit_needed=audit
    )


def test_a_person_with_every_check_clear_may_be_tabled(run):
    result = conclude(run)
    assert result["outcome"] == "可提交"
    assert [check["clear"] for check in result["checks"]] == [True] * 5
    assert result["concluded_on"] == "2024-05-10"


@pytest.mark.parametrize(
    ("node", "record"),
    [
        ("S6_file_second", {"conclusion": "存疑"}),
        ("S6_matters", {"judgement": "瞒报"}),
        ("S6_matters", {"judgement": "漏报", "treatment": "无"}),
        ("S6_matters", {"judgement": "漏报", "treatment": "诫勉", "affect_until": "2024-05-10"}),
        ("S6_discipline", {"opinion": "有不同意见"}),  # T38
        ("S6_discipline", {"opinion": "暂缓使用"}),
        ("S6_discipline", None),
        ("S6_petition", {"finding": "查不清"}),
        ("S6_petition", {"finding": "属实影响"}),
        ("S6_integrity", {**CLEAR["S6_integrity"], "sig_discipline": None}),
        ("S6_integrity", {**CLEAR["S6_integrity"], "conclusion_result": "存在问题"}),
    ],
)
def test_one_check_that_is_not_clear_bars_whatever_the_team_recommends(run, node, record):
    result = conclude(run, **{node: record})
    assert result["outcome"] == "不得提交"
    assert [check["node"] for check in result["checks"] if not check["clear"]] == [node]


def test_an_omission_that_was_dealt_with_and_is_over_does_not_bar(run):
    treated = {"judgement": "漏报", "treatment": "诫勉", "affect_until": "2024-05-09"}
    assert conclude(run, S6_matters=treated)["outcome"] == "可提交"


def test_the_audit_counts_only_for_posts_that_need_it(run):
    assert conclude(run, audit="否")["outcome"] == "可提交"
    assert conclude(run, audit="是")["outcome"] == "不得提交"
    passed = {"result": "有问题已整改"}
    assert conclude(run, audit="是", S6_audit=passed)["outcome"] == "可提交"


@pytest.mark.parametrize(
    ("opinion", "outcome"),
    [("不建议任用", "不建议"), ("暂缓", "不建议"), ("延伸考察", "延伸考察")],
)
def test_without_a_recommendation_the_checks_do_not_matter(run, opinion, outcome):
    assert conclude(run, opinion)["outcome"] == outcome


def test_every_object_is_inspected_with_the_unit_that_answers_for_integrity(run):
    objects = [{"person": ZHOU, "audit_needed": "是"}, {"person": LIANG}]
    result = run("inspection_list", objects=objects)
    assert [entry["key"] for entry in result["objects_to_inspect"]] == ["p1", "p2"]
    assert [entry["unit_id"] for entry in result["objects_to_inspect"]] == ["u1", "u2"]
    assert [entry["audit_needed"] for entry in result["objects_to_inspect"]] == ["是", "否"]


def test_only_those_sent_back_are_inspected_again(run):
    objects = [{"person": ZHOU}, {"person": LIANG}]
    again = run("inspection_list", objects=objects, route="重新考察", recheck=["p2"])
    everybody = run("inspection_list", objects=objects, route="重新考察", recheck=[])
    assert [entry["key"] for entry in again["objects_to_inspect"]] == ["p2"]
    assert len(everybody["objects_to_inspect"]) == 2
    assert again["tabling_route"] is None


def test_a_new_result_replaces_the_old_one_and_former_objects_are_dropped(run):
    known = [
        {"key": "p1", "person": ZHOU, "outcome": "不得提交", "checks": []},
        {"key": "p9", "person": {"id": "p9"}, "outcome": "可提交", "checks": []},
    ]
    results = [{"key": "p1", "item": {"person": ZHOU}, "outcome": "可提交", "checks": []}]
    result = run("inspection_results", objects=[{"person": ZHOU}], results=results, known=known)
    assert [(row["key"], row["outcome"]) for row in result["inspected"]] == [("p1", "可提交")]
    assert result["eligible_count"] == 1


READY = {
    "plan_outcome": "形成任用建议方案",
    "proposed": [{"candidate": ZHOU}],
    "inspected": [{"key": "p1", "outcome": "可提交", "checks": []}],
    "recommend_date": "2023-05-10",
    "dual_management": "否",
    "prior_report_needed": [],
}


def gate(run: Any, variables: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    return run("tabling_gate", None, variables, **{**READY, **changed})


def codes(result: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in result["tabling_missing"]]


def test_on_the_last_day_of_the_recommendation_everything_in_order_is_tabled(run):
    result = gate(run)
    assert (result["tabling_route"], result["tabling_missing"]) == ("提交", [])


def test_a_day_later_the_recommendation_is_no_longer_valid(run):
    result = gate(run, recommend_date="2023-05-09")
    assert (result["tabling_route"], codes(result)) == ("补正方案", ["recommendation"])


def test_a_barred_person_cannot_be_tabled_and_the_check_is_named(run):
    """T38."""
    checks = [{"check": "file", "clear": True}, {"check": "discipline", "clear": False}]
    barred = [{"key": "p1", "outcome": "不得提交", "checks": checks}]
    result = gate(run, inspected=barred)
    assert (result["tabling_route"], codes(result)) == ("补正方案", ["discipline"])
    assert result["tabling_missing"][0]["name"] == "周文斌"


def test_somebody_who_was_not_inspected_cannot_be_tabled(run):
    result = gate(run, proposed=[{"candidate": LIANG}])
    assert (result["tabling_route"], codes(result)) == ("补正方案", ["inspection"])


def test_a_reported_matter_waits_for_its_reply_and_silence_is_no_consent(run):
    waiting = gate(run, prior_report_needed=["RPT-11"])
    assert (waiting["tabling_route"], waiting["tabling_waited"]) == ("等待批复", True)
    still = gate(run, {"tabling_waited": True}, prior_report_needed=["RPT-11"])
    assert (still["tabling_route"], codes(still)) == ("补正方案", ["prior_pending"])
    agreed = gate(
        run, prior_report_needed=["RPT-11"], prior_results=[{"key": "RPT-11", "outcome": "同意"}]
    )
    assert agreed["tabling_route"] == "提交"


def test_a_refused_matter_ends_the_attempt(run):
    refused = [{"key": "RPT-4", "outcome": "不同意"}]
    result = gate(run, prior_report_needed=["RPT-4"], prior_results=refused)
    assert (result["tabling_route"], codes(result)) == ("上级不同意", ["prior_refused"])


@pytest.mark.parametrize(
    ("reply", "coordination", "route"),
    [
        (None, None, "重新酝酿"),
        ("视为同意", None, "提交"),
        ("不同意", None, "重新酝酿"),
        ("不同意", "协调未成", "重新酝酿"),
        ("不同意", "主管方决定", "提交"),
    ],
)
def test_the_co_managing_side_is_heard_and_a_difference_settled(run, reply, coordination, route):
    changed = {"co_manager_reply": reply, "coordination": coordination}
    result = gate(run, dual_management="是", **changed)
    assert result["tabling_route"] == route


@pytest.mark.parametrize("outcome", ["重新酝酿", "重新考察", "撤下"])
def test_what_was_not_proposed_is_not_checked(run, outcome):
    result = gate(run, plan_outcome=outcome, inspected=None)
    assert (result["tabling_route"], result["tabling_missing"]) == (outcome, [])
    assert result["outcome"] == ("撤下" if outcome == "撤下" else None)


def test_every_delegate_says_in_two_languages_what_it_does():
    assert all(each.zh and each.en and each.outputs for each in ALL.values())
