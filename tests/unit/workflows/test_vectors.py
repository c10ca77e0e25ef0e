"""The test vectors of the domain specification, at the level of thresholds and rules.

Each keeps its id. T30–T32 stand in ``test_checks.py``, T33 in ``test_lrmx.py``; the ways of
whole cases (T02, T26, T36, T38) are also played as scenarios.
"""

from datetime import date, timedelta

import pytest

from engine import calendar_seed
from engine.calendar import Calendar
from workflows.rules import book
from workflows.rules.evaluate import findings, judge
from workflows.rules.facts import CaseView, OtherCase, Step
from workflows.rules.rule import Situation

CURRENT, OF_2011 = book.load("current"), book.load("huizhou-2011")


def published(*years):
    special = {}
    for year in years:
        known = calendar_seed.published(year)
        special |= dict.fromkeys(known.holidays, "rest") | dict.fromkeys(known.makeup_days, "work")
    return Calendar.of(special, years)


def severities(node, record, *, variables=None, facts=None, pack=CURRENT):
    situation = Situation(record, variables or {}, facts or {})
    return {each.rule: each.severity for each in judge(pack, "cadre_ten_step", node, situation)}


def step(node, **data):
    return {node: Step(node, 1, date(2024, 5, 1), "u1", data)}


@pytest.mark.parametrize(
    ("members", "present", "agree", "expected"),
    [
        pytest.param(11, 8, 6, set(), id="T01"),
        pytest.param(11, 7, 7, {"DEC-001.2"}, id="T02"),
        pytest.param(12, 8, 6, {"DEC-002"}, id="T03"),
        pytest.param(9, 6, 4, {"DEC-002"}, id="T04"),
        pytest.param(9, 6, 5, set(), id="T05"),
    ],
)
def test_adopted_result_needs_quorum_of_all_and_majority_of_those_due(
    members, present, agree, expected
):
    meeting = {"members_total": members, "due": members, "present": present, "recused": []}
    facts = {
        "steps": {"S8_meeting": {**meeting, "date": "2026-05-20", "items": [{"agree": agree}]}}
    }
    record = {"minutes_date": "2026-05-20"}
    found = severities(
        "S8_minutes", record, variables={"decision_result": "通过"},
        facts={**facts, "minutes_working_days": 0},
    )  # fmt: skip
    assert found == dict.fromkeys(expected, "BLOCK")


@pytest.mark.parametrize(("agree", "adopted"), [(5, True), (4, False)])
def test_t06_recused_members_stay_in_the_base(agree, adopted):
    meeting = {"members_total": 9, "due": 9, "present": 8, "items": [{"agree": agree}],
               "recused": [{"member": "甲"}, {"member": "乙"}], "date": "2026-05-20"}  # fmt: skip
    found = severities(
        "S8_minutes", {"minutes_date": "2026-05-20"}, variables={"decision_result": "通过"},
        facts={"steps": {"S8_meeting": meeting}, "minutes_working_days": 0},
    )  # fmt: skip
    assert ("DEC-002" not in found) is adopted


@pytest.mark.parametrize(("agree", "reopened"), [(5, False), (6, True)])
def test_t07_reopening_needs_more_than_half_of_all_members(agree, reopened):
    found = severities("S8_reopen", {"members_total": 11, "reopen_agree": agree})
    assert ("DEC-008" not in found) is reopened


@pytest.mark.parametrize(
    ("start", "last"),
    [
        pytest.param(date(2011, 9, 28), date(2011, 10, 10), id="T22"),
        pytest.param(date(2024, 9, 27), date(2024, 10, 10), id="T23"),
        pytest.param(date(2024, 2, 8), date(2024, 2, 21), id="T24"),
    ],
)
def test_posting_may_end_on_the_fifth_working_day_and_close_the_day_after(start, last):
    days = published(2011, 2024)
    posted = step("S9_publish", start_date=start.isoformat())

    def found(end, today):
        case = CaseView(today, days, posted)
        record = {"end_date": end.isoformat()}
        result = findings(CURRENT, "cadre_ten_step", "S9_close", record, {}, case)
        return {each.rule for each in result}

    day = timedelta(days=1)
    assert found(last, last + day) == set()
    assert found(last, last) == {"PUB-007"}
    assert found(last - day, last + day) == {"PUB-001"}


@pytest.mark.parametrize(
    ("today", "consent"), [(date(2024, 2, 29), False), (date(2024, 3, 1), True)]
)
def test_t25_silence_is_consent_only_after_a_month(today, consent):
    known = step("S7_consult", dual_management="是", received_date="2024-01-31")
    case = CaseView(today, published(2024), known)
    record = {"attended": 1, "opinions": []}
    found = findings(CURRENT, "cadre_ten_step", "S7_meeting", record, {}, case)
    assert [each.rule for each in found] == ([] if consent else ["CON-002"])


@pytest.mark.parametrize(("decided", "valid"), [("2024-05-10", True), ("2024-05-11", False)])
def test_t26_recommendation_may_be_used_until_its_anniversary(decided, valid):
    facts = {"steps": {"S3_meeting": {"date": "2023-05-10"}}}
    for node, rule, record in (
        ("S8_agenda", "REC-005", {"meeting_planned": decided}),
        ("S8_meeting", "REC-005.2", {"date": decided}),
    ):
        assert (severities(node, record, facts=facts).get(rule) is None) is valid


@pytest.mark.parametrize("node", ["S9_close", "S10_talk", "S10_notice"])
def test_t36_open_complaint_keeps_the_posting_open_and_the_notice_back(node):
    complaint = OtherCase("sub_complaint", "c1", "举报", ended=False, outcome="")
    days = published(2024)
    record = {"end_date": "2024-05-10"}

    def blocked(*others):
        case = CaseView(
            date(2024, 5, 13), days, step("S9_publish", start_date="2024-04-26"), others
        )
        found = findings(CURRENT, "cadre_ten_step", node, record, {}, case)
        return [each.severity for each in found if each.rule == "PUB-005"]

    assert blocked(complaint) == ["BLOCK"]
    assert blocked() == []
    assert blocked(OtherCase("sub_complaint", "c1", "举报", ended=True, outcome="失实")) == []


def speeches(head_at, total=9):
    return [
        {"order": n, "member": f"m{n}", "is_head": "是" if n == head_at else "否"}
        for n in range(1, total + 1)
    ]


@pytest.mark.parametrize(
    ("pack", "head_at", "expected"), [(CURRENT, 3, "WARN"), (OF_2011, 3, None), (CURRENT, 9, None)]
)
def test_t37_head_who_speaks_third_of_nine_is_a_warning_only_today(pack, head_at, expected):
    record = {"items": [{"candidate": {"name": "张三"}}], "statements": speeches(head_at)}
    assert severities("S8_meeting", record, pack=pack).get("DEC-004") == expected


@pytest.mark.parametrize("opinion", ["有不同意见", "暂缓使用", None])
def test_t38_discipline_reply_other_than_no_objection_cannot_be_tabled(opinion):
    reply = step("S6_discipline", opinion=opinion, reply_no="惠纪函〔2024〕3号")
    case = CaseView(
        date(2024, 5, 10), published(2024), {},
        (OtherCase("sub_candidate", "p1", "张三", ended=True, outcome="", steps=reply),),
    )  # fmt: skip
    record = {"agenda_items": [{"candidate": {"id": "p1", "name": "张三"}}]}
    found = findings(CURRENT, "cadre_ten_step", "S8_agenda", record, {"override": True}, case)
    (refusal,) = (each for each in found if each.rule == "CHK-003")
    assert refusal.severity == "BLOCK"  # no reason sets a BLOCK aside
    assert "张三" in refusal.zh


def test_t40_probation_from_29_february_is_assessed_from_1_march():
    known = step("S10_notice", probation_notice_date="2024-02-29")
    case = CaseView(date(2025, 3, 1), Calendar.of({}, []), known)

    def found(day):
        result = findings(CURRENT, "cadre_ten_step", "S10_assess", {"result_date": day}, {}, case)
        return {each.rule for each in result} & {"PRO-004", "PRO-002"}

    assert found("2025-02-28") == {"PRO-004"}
    assert found("2025-03-01") == set()
    assert found("2025-03-31") == {"PRO-002"}
