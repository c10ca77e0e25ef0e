"""The case page, what may be done on it, its papers, and the start of cases."""

import re

import pytest
import sqlalchemy as sa

from engine.model import audit_entry, instance, task
from engine.unit_of_work import SYSTEM
from tests.office_desk import DRAFT, Office, set_up
from workflows.model import access_log


@pytest.fixture
def office(engine, accounts, hashed, browser_of) -> Office:
    return set_up(engine, accounts, hashed, browser_of)


@pytest.fixture
def case(office) -> str:
    """Give the address of a case that waits for its review."""
    return office.case_of(office.to_review(), "head")


def rows(office, query):
    with office.engine.read(SYSTEM) as uow:
        return uow.conn.execute(query).all()


def status(office) -> list[str]:
    return [row.status for row in rows(office, sa.select(instance).order_by(instance.c.id))]


def test_case_page_shows_steps_people_records_and_chain(office, case):
    page = office.as_("officer").get(case).text
    for said in ("一件公文", "OF-2026-0001", "云汀市委", "officer某", "起草", "审核", "记录链完整"):
        assert said in page
    assert page.count('class="done"') == 1
    assert 'class="now"' in page


def test_state_for_the_live_diagram(office, case):
    state = office.as_("officer").get(f"{case}/state.json").json
    assert state["nodes"]["draft"]["state"] == "done"
    assert state["nodes"]["review"]["state"] == "active"
    assert state["nodes"]["review"]["href"].startswith("/tasks/")
    assert state["flows"] == ["f1", "f2"]
    assert state["current"] == "review"
    xml = office.as_("officer").get(f"{case}/diagram.bpmn")
    assert xml.mimetype == "application/xml"
    assert b"userTask" in xml.data


def test_returned_step_is_told_on_diagram_and_strip(office):
    review = office.to_review()
    office.as_("head").post(
        f"{review}/return", {"target": "draft", "reason_code": "其他", "reason": "改一下"}
    )
    case = office.case_of(review, "head")
    state = office.as_("head").get(f"{case}/state.json").json
    assert state["nodes"]["draft"] == {
        "state": "active", "label": "办理中", "returned": 1,
        "href": state["nodes"]["draft"]["href"],
    }  # fmt: skip
    assert state["nodes"]["review"]["state"] == "returned"
    assert "f4" in state["flows"]
    assert "f5" not in state["flows"]


def test_child_case_has_a_page_with_the_way_back(office):
    office.submit("head", office.to_review(), {"comment": "可以"})
    inspect = office.first_task("team")
    child = office.case_of(inspect, "team")
    page = office.as_("team").get(child).text
    parent = re.search(r'<nav class="crumb".*?</nav>', page, re.DOTALL)[0]
    assert "OF-2026-0001" in parent
    root = re.findall(r'href="(/cases/[0-9a-f-]{36})"', parent)[-1]
    assert root != child
    assert "甲" in office.as_("officer").get(root).text


# Following, holding, withdrawing ----------------------------------------------------------


def test_case_is_followed_and_left(office, case):
    officer = office.as_("officer")
    officer.post(f"{case}/watch", {"on": "1"})
    officer.post(f"{case}/watch", {"on": "1"})
    assert "一件公文" in officer.get("/desk/watched").text
    officer.post(f"{case}/watch", {"on": "0"})
    assert "还没有关注的事项" in officer.get("/desk/watched").text


def test_case_is_held_and_let_go_by_supervision(office, case):
    guard = office.as_("supervisor")
    assert guard.post(f"{case}/hold", {"reason": "核查", "order_no": "1号"}).status_code == 303
    assert status(office) == ["held"]
    page = office.as_("officer").get(case).text
    assert "核查" in page
    assert "1号" in page
    again = guard.post(f"{case}/hold", {"reason": "再次"})
    assert again.status_code == 409
    assert guard.post(f"{case}/resume", {"reason": "查清"}).status_code == 303
    assert status(office) == ["running"]


@pytest.mark.parametrize("act", ["hold", "withdraw"])
@pytest.mark.parametrize("reason", ["", "   ", "长" * 501])
def test_act_without_a_fit_reason_changes_nothing(office, case, act, reason):
    who = office.as_("supervisor" if act == "hold" else "officer")
    answer = who.post(f"{case}/{act}", {"reason": reason})
    assert answer.status_code == 422
    assert "理由" in answer.text
    assert status(office) == ["running"]


def test_starter_withdraws_his_case(office, case):
    assert office.as_("officer").post(f"{case}/withdraw", {"reason": "不办了"}).status_code == 303
    assert status(office) == ["withdrawn"]
    assert "已撤回" in office.as_("officer").get(case).text
    assert office.as_("officer").post(f"{case}/withdraw", {"reason": "再撤"}).status_code == 409


def test_others_cannot_withdraw_or_hold(office, case):
    office.submit("head", office.first_task("head"), {"comment": "可以"})
    before = status(office)
    assert office.as_("team").post(f"{case}/withdraw", {"reason": "我撤"}).status_code == 404
    assert office.as_("team").post(f"{case}/hold", {"reason": "我停"}).status_code == 403
    assert office.as_("guard").post(f"{case}/withdraw", {"reason": "我撤"}).status_code == 403
    assert office.as_("expert").post(f"{case}/withdraw", {"reason": "我撤"}).status_code == 404
    assert status(office) == before


# Messages ---------------------------------------------------------------------------------


def test_complaint_is_registered_from_the_case_page(office, case):
    with office.engine.begin(SYSTEM) as uow:
        from engine.model import participant  # noqa: PLC0415 – stands for an earlier part

        root = case.rpartition("/")[2]
        values = {"root_id": root, "principal": "CADRE_SUP@" + unit(office), "since": uow.now}
        uow.conn.execute(participant.insert(), values)
    guard = office.as_("guard")
    assert f"{case}/messages/complaint" in guard.get(case).text
    assert f"{case}/messages/complaint" not in office.as_("officer").get(case).text
    page = guard.get(f"{case}/messages/complaint").text
    key = re.search(r'name="_key" value="([^"]+)"', page)[1]
    empty = guard.post(f"{case}/messages/complaint", {"matter": "", "_act": "submit"})
    assert empty.status_code == 422
    form = {"matter": "反映问题", "_act": "submit", "_key": key}
    for _ in range(2):
        assert guard.post(f"{case}/messages/complaint", form).status_code == 303
    assert len(status(office)) == 2
    assert "查核" in guard.get("/desk/todo").text
    assert office.as_("officer").post(f"{case}/messages/complaint", form).status_code == 403


def unit(office) -> str:
    return rows(office, sa.select(instance.c.unit))[0].unit


# Papers and the audit trail ---------------------------------------------------------------


def test_sheet_has_one_row_per_execution_child_cases_included(office, case):
    office.submit("head", office.first_task("head"), {"comment": "材料齐全"})
    office.submit("team", office.first_task("team"), {"score": "9", "outcome": "合格"})
    page = office.as_("officer").get(f"{case}/sheet").text
    assert "全程纪实表" in page
    body = re.search(r'<table class="grid course">.*?</table>', page, re.DOTALL)[0]
    assert body.count("<tr>") == 1 + 4
    for said in ("审核意见：材料齐全", "甲", "A-01", "测试依据", "结论：合格", "第 1 次"):
        assert said in body
    assert "首尾相连" in page
    assert '<nav class="side"' not in page


def test_record_is_printed_with_its_digest(office, case):
    page = office.as_("officer").get(case).text
    link = re.findall(r'href="(/cases/[^"]+/records/[^"]+)"', page)[0]
    sheet = office.as_("head").get(link).text
    assert "同意上报" in sheet
    assert re.search(r"[0-9a-f]{64}", sheet)
    assert office.as_("expert").get(link).status_code == 404
    assert office.as_("head").get(f"{case}/records/nothing").status_code == 404


def test_audit_entries_are_for_supervision_and_audit_alone(office, case):
    page = office.as_("auditor").get(f"{case}/trail").text
    assert "ORG_DEPT@" not in page  # roles and units by their names
    for said in ("发起", "送达任务", "办结", "记录链完整"):
        assert said in page
    assert f"{case}/trail" in office.as_("auditor").get(case).text
    assert f"{case}/trail" not in office.as_("officer").get(case).text
    assert office.as_("officer").get(f"{case}/trail").status_code == 403


def test_broken_chain_is_shown_to_everybody(office, case):
    with office.engine.begin(SYSTEM) as uow:
        second = audit_entry.c.seq == 2
        uow.conn.execute(audit_entry.update().where(second).values(actor="somebody else"))
    assert "记录链不完整" in office.as_("officer").get(case).text
    assert "记录链不完整" in office.as_("auditor").get(f"{case}/trail").text
    assert "不能作为依据" in office.as_("officer").get(f"{case}/sheet").text


def test_look_of_an_auditor_is_written_down(office, case):
    office.as_("auditor").get(case)
    looks = rows(office, sa.select(access_log).where(access_log.c.action == "case_viewed"))
    assert [row.subject for row in looks] == [case.rpartition("/")[2]]


# Start and list ---------------------------------------------------------------------------


def test_only_those_the_diagram_names_may_start(office):
    assert "公文流程" in office.as_("officer").get("/start").text
    assert "没有可以发起的流程" in office.as_("team").get("/start").text
    refused = office.as_("team").post("/start/office", {"title": "x", "_act": "submit"})
    assert refused.status_code == 403
    assert office.as_("officer").get("/start/nothing").status_code == 404
    assert status(office) == []


def test_case_for_a_unit_that_is_not_ones_own_is_refused(office):
    form = {"title": "x", "_act": "submit", "_unit": "another"}
    assert office.as_("officer").post("/start/office", form).status_code == 403
    assert status(office) == []


def test_start_form_shows_its_mistakes(office):
    answer = office.as_("officer").post("/start/office", {"title": "", "_act": "submit"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert status(office) == []


def test_office_lists_its_cases_by_state(office, case):
    officer = office.as_("officer")
    assert "一件公文" in officer.get("/cases").text
    assert "一件公文" in officer.get("/cases?status=running").text
    assert "没有符合条件的事项" in officer.get("/cases?status=completed").text
    assert "一件公文" in office.as_("supervisor").get("/cases?q=公文").text
    assert office.as_("team").get("/cases").status_code == 403


def test_worker_follows_in_the_same_request(office):
    """Child cases are there when the page comes back, without waiting for the worker."""
    office.submit("head", office.to_review(), {"comment": "可以"})
    assert [row.name for row in rows(office, sa.select(task).where(task.c.status == "open"))] == [
        "考察"
    ]
    assert DRAFT["people-0-name"] in office.as_("team").get("/desk/todo").text
