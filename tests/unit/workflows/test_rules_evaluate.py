from datetime import date

import pytest

from engine.calendar import Calendar
from engine.errors import Invalid
from workflows.rules import book
from workflows.rules.evaluate import broken_examples, findings, judge
from workflows.rules.facts import CaseView, Step
from workflows.rules.rule import Situation, blocking, warnings

CURRENT = book.load("current")
CASE = CaseView(date(2026, 5, 20), Calendar.of({}, [2026]))
VOTE = {
    "members_total": 11,
    "due": 11,
    "present": 8,
    "recused": [],
    "items": [
        {"candidate": {"id": "p1", "name": "张三"}, "agree": 6, "disagree": 1, "defer": 1},
        {"candidate": {"id": "p2", "name": "李四"}, "agree": 5, "disagree": 1, "defer": 1},
    ],
}


def judged(node, record, *, variables=None, facts=None):
    situation = Situation(record, variables or {}, facts or {})
    return {each.rule: each for each in judge(CURRENT, "cadre_ten_step", node, situation)}


def test_finding_explains_itself_in_two_languages_with_basis_and_working():
    found = judged("S8_meeting", {**VOTE, "present": 7})["DEC-001"]
    assert found.zh == "成员 11 人,实到 7 人,未达三分之二,表决无效。"
    assert found.en.startswith("7 of 11 members present")
    assert found.working == ("7×3=21 < 11×2=22",)
    assert (found.field, found.severity, found.verified) == ("present", "INFO", True)
    assert found.evidence == ("S03", "S12")
    assert found.book == "current"
    assert found.remedy_zh
    assert found.remedy_en


def test_finding_of_a_line_is_shown_beside_the_field_of_that_line():
    found = judged("S8_meeting", VOTE)["DEC-005"]
    assert found.field == "items-1-agree"
    assert "李四" in found.zh
    assert found.working == ("5+1+1=7 ≠ 8-0=8",)


def test_finding_is_json_for_the_step_record():
    kept = judged("S8_meeting", VOTE)["DEC-005"].to_json()
    assert kept["rule"] == "DEC-005"
    assert kept["working"] == ["5+1+1=7 ≠ 8-0=8"]
    assert kept["evidence"] == ["M"]


def test_empty_field_does_not_satisfy_a_rule():
    assert "QUO-001" in judged("S1_motion", {})
    assert "REC-001.1" in judged("S3_meeting", {"expected": 5, "attended": None})
    assert "INS-003" in judged("S5_plan", {"team": None})


def test_node_without_rules_has_no_findings():
    assert judged("S10_prepare", {}) == {}
    assert judge(CURRENT, "brand_five_stage", "S8_meeting", Situation({})) == []


def test_only_facts_that_rules_ask_for_are_computed():
    # The view knows no calendar for 2027, and no rule of S1_agree counts working days.
    case = CaseView(date(2027, 1, 4), Calendar.of({}, []), {
        "S1_motion": Step("S1_motion", 1, date(2026, 12, 1), "u1", {"study_date": "2026-12-01"})
    })  # fmt: skip
    record = {"motion_outcome": "同意启动", "secretary_agree_date": "2026-12-31"}
    assert findings(CURRENT, "cadre_ten_step", "S1_agree", record, {}, case) == []


def test_blocking_and_warning_findings_are_told_apart():
    found = list(judged("S3_meeting", {"expected": 10, "attended": 4, "issued": 5}).values())
    assert {each.rule for each in blocking(found)} >= {"REC-001.2"}
    assert {each.rule for each in warnings(found)} == {"REC-002", "REC-002.2"}


def test_archived_situation_gives_the_same_findings_under_the_book_of_that_time():
    speech = [
        {"member": "书记", "order": 1, "is_head": "是"},
        {"member": "甲", "order": 2, "is_head": "否"},
    ]
    record = {"items": [{"candidate": {"name": "张三"}}], "statements": speech}
    situation = Situation(record)
    today, then = (
        {each.rule for each in judge(book.load(name), "cadre_ten_step", "S8_meeting", situation)}
        for name in ("current", "huizhou-2011")
    )
    assert today - then == {"DEC-004"}
    assert then - today == set()


def test_condition_that_exceeds_its_bounds_is_refused_by_name():
    rows = [{"member": "书记", "is_head": "是", "order": n} for n in range(2000)]
    record = {"items": [{"candidate": {"name": "张三"}}], "statements": rows}
    with pytest.raises(Invalid) as refused:
        judged("S8_meeting", record)
    assert refused.value.code == "rule_failed"
    assert refused.value.params["rule"] == "DEC-004"


def altered(before, after):
    text = book.shipped("current")
    assert before in text
    return book.read("current", lambda name: text.replace(before, after))


def test_wrong_examples_are_named():
    broken = altered("quota_used = 9, quota_vacant = 1", "quota_used = 9, quota_vacant = 0")
    assert broken_examples(broken) == ["QUO-001 example 1 should be one that passes"]


def test_example_that_never_reaches_the_condition_proves_nothing():
    broken = altered("when = 'record.recommend_order = \"先会议后谈话\"'", 'when = "false"')
    assert broken_examples(broken) == [
        "REC-004 example 2 should be one that fails",
        "REC-004 has no passing example to which it applies",
    ]
