from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from engine import calendar
from engine.calendar import Calendar
from engine.errors import Blocked, NotFound
from engine.model import definition, instance, step_record
from engine.unit_of_work import Actor
from workflows.rules.facts import CaseView, OtherCase, Step, case_view, gather

CLERK = Actor("u1", "组织部干部")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LATE = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # 3 March, one in the morning, in China
PLAIN = Calendar.of({}, [2026])


def steps(**records):
    return {node: Step(node, 1, date(2026, 3, 2), "u1", data) for node, data in records.items()}


def ask(name, record=None, **view):
    case = CaseView(view.pop("today", date(2026, 3, 20)), view.pop("calendar", PLAIN), **view)
    return gather(frozenset([name]), case, record or {})[name]


def test_today_steps_and_days_are_json():
    known = steps(S1_motion={"study_no": "1"})
    assert ask("today") == "2026-03-20"
    assert ask("steps", steps=known) == {"S1_motion": {"study_no": "1"}}
    assert ask("done_on", steps=known) == {"S1_motion": "2026-03-02"}


def test_posting_is_counted_from_the_day_after_publication():
    posting = {"start_date": "2026-03-02", "end_date": "2026-03-09"}
    assert ask("posting_working_days", posting) == 5
    assert ask("posting_days", posting) == 7
    known = steps(S9_publish=posting)
    assert ask("posting_working_days", {"end_date": "2026-03-11"}, steps=known) == 7
    assert (
        ask("posting_working_days", {"start_date": "2026-03-09", "end_date": "2026-03-02"}) is None
    )
    assert ask("posting_days") is None


def test_inspection_counts_both_ends():
    assert (
        ask("inspection_working_days", {"inspect_from": "2026-03-05", "inspect_to": "2026-03-06"})
        == 2
    )
    assert (
        ask("inspection_working_days", {"inspect_from": "2026-03-07", "inspect_to": "2026-03-08"})
        == 0
    )
    assert ask("inspection_working_days", {"inspect_from": "2026-03-05"}) is None


def test_nominations_count_both_ends():
    days = {"nominate_from": "2026-03-02", "nominate_until": "2026-03-06"}
    assert ask("nomination_working_days", days) == 5
    assert ask("nomination_working_days", {"nominate_from": "2026-03-02"}) is None


def test_periods_after_meeting_and_posting():
    known = steps(S8_meeting={"date": "2026-03-02"}, S9_close={})
    assert ask("minutes_working_days", {"minutes_date": "2026-03-05"}, steps=known) == 3
    assert ask("working_days_since_posting", steps=known, today=date(2026, 3, 9)) == 5
    assert ask("minutes_working_days", {"minutes_date": "2026-03-05"}) is None
    assert ask("working_days_since_posting") is None


def test_silence_and_probation_run_from_receipt_and_notice():
    known = steps(
        S7_consult={"received_date": "2026-01-30"},
        S10_notice={"issue_date": "2026-03-01", "probation_notice_date": "2026-03-02"},
    )
    assert ask("silence_is_consent", steps=known) == "2026-03-03"  # 28 February is a Saturday
    assert ask("probation_last_day", steps=known) == "2027-03-01"
    assert ask("silence_is_consent") is None
    assert ask("probation_last_day") is None


def test_year_nobody_entered_is_refused_and_not_counted():
    with pytest.raises(Blocked) as refused:
        ask("posting_working_days",
            {"start_date": "2026-12-30", "end_date": "2027-01-08"})  # fmt: skip
    assert refused.value.code == "calendar_missing"


def other(process, *, key="p1", ended=True, outcome="", **records):
    return OtherCase(process, key, key, ended, outcome, steps(**records))


def test_complaints_are_open_until_their_case_has_ended():
    others = (
        other("sub_complaint", ended=False),
        other("sub_complaint", ended=True, outcome="失实"),
        other("sub_candidate", ended=False),
    )
    assert ask("open_complaints", others=others) == 1


def test_prior_reports_without_reply_have_no_outcome():
    others = (
        other("sub_prior_report", key="RPT-4", ended=False),
        other("sub_prior_report", key="RPT-2", outcome="同意"),
    )
    assert ask("prior_reports", others=others) == [
        {"code": "RPT-4", "outcome": ""},
        {"code": "RPT-2", "outcome": "同意"},
    ]


def test_tabled_joins_a_person_with_all_his_candidate_cases_the_latest_winning():
    others = (
        other("sub_candidate", S6_matters={"judgement": "漏报"}, S6_file={"audit_note": "1"}),
        other("sub_candidate", S6_matters={"judgement": "如实填报"}),
        other("sub_candidate", key="p10", S6_matters={"judgement": "瞒报"}),
        other("sub_complaint", C_check={}),
    )
    lines = [
        {"candidate": {"id": "p1", "name": "张三"}},
        {"candidate": {"id": "p2", "name": "李四"}},
    ]
    first, second = ask("tabled", {"agenda_items": lines}, others=others)
    assert first == {
        "name": "张三",
        "steps": {"S6_matters": {"judgement": "如实填报"}, "S6_file": {"audit_note": "1"}},
        "done_on": {"S6_matters": "2026-03-02", "S6_file": "2026-03-02"},
    }
    assert second == {"name": "李四", "steps": {}, "done_on": {}}
    assert ask("tabled", {"agenda_items": [{"candidate": None}, "x"]})[0]["steps"] == {}


@pytest.fixture
def tree(engine):
    """A case r with candidate a and complaint b, a's own child c, and an unrelated case x."""
    with engine.begin(CLERK) as uow:
        uow.conn.execute(sa.insert(definition).values(
            id="d", key="k", version=1, digest="0", title_zh="甲", title_en="A", body=b"",
            lint=[], deployed_by="u1", deployed_at=AT,
        ))  # fmt: skip
        for row in (
            {"id": "r", "process": "cadre_ten_step", "root_id": "r"},
            {"id": "ra", "process": "sub_candidate", "root_id": "r", "parent_id": "r",
             "child_key": "p1", "outcome": "可提交", "ended_at": AT},
            {"id": "rb", "process": "sub_complaint", "root_id": "r", "parent_id": "r"},
            {"id": "x", "process": "cadre_ten_step", "root_id": "x"},
        ):  # fmt: skip
            uow.conn.execute(sa.insert(instance).values(
                definition_id="d", title=row["id"], business_key=row["id"], status="running",
                unit="u", attributes={}, body=b"", started_by="u1", started_at=AT, updated_at=AT,
                **row,
            ))  # fmt: skip
        records = [
            ("r", "S1_motion", 1, "complete", {"study_no": "old"}, AT),
            ("r", "S1_motion", 2, "complete", {"study_no": "new"}, LATE),
            ("r", "S1_agree", 1, "return", {"agree": "no"}, AT),
            ("r", "start_case", 1, "start", {"n_posts": 1}, AT),
            ("ra", "S5_plan", 1, "complete", {"team": []}, AT),
            ("x", "S9_close", 1, "complete", {}, AT),
        ]
        for no, (owner, node, attempt, kind, data, at) in enumerate(records):
            uow.conn.execute(sa.insert(step_record).values(
                id=f"{no}", instance_id=owner, root_id=owner[0], node=node, name=node,
                attempt=attempt, kind=kind, actor="u1", actor_name="甲", data=data, files=[],
                findings=[], opened_at=at, at=at, digest="0",
            ))  # fmt: skip
        calendar.enter_year(uow, 2026, {}, {}, "测试")
    return engine


def test_case_view_takes_the_latest_completed_attempt_and_the_day_in_china(tree):
    with tree.read(CLERK) as uow:
        view = case_view(uow, "r")
    assert view.steps.keys() == {"S1_motion", "start_case"}
    assert (view.steps["S1_motion"].attempt, view.said("S1_motion", "study_no")) == (2, "new")
    assert view.on("S1_motion") == date(2026, 3, 3)
    assert view.on("S9_close") is None
    assert view.today == date(2026, 3, 2)
    assert view.calendar.years == {2026}


def test_case_view_of_a_case_knows_its_candidates_and_complaints(tree):
    with tree.read(CLERK) as uow:
        candidate, complaint = case_view(uow, "r").others
    assert (candidate.process, candidate.key, candidate.ended) == ("sub_candidate", "p1", True)
    assert candidate.steps["S5_plan"].data == {"team": []}
    assert (complaint.process, complaint.ended, complaint.outcome) == ("sub_complaint", False, "")


def test_case_view_of_a_candidate_sees_the_steps_of_the_case_above(tree):
    with tree.read(CLERK) as uow:
        view = case_view(uow, "ra")
    assert view.steps.keys() == {"S1_motion", "start_case", "S5_plan"}
    assert [each.process for each in view.others] == ["sub_complaint"]


def test_unknown_case_is_not_found(tree):
    with tree.read(CLERK) as uow, pytest.raises(NotFound):
        case_view(uow, "nobody")
