"""What applicants learn of a check, and what a checker reads beside his list."""

from engine import notices
from engine.packages import Package
from engine.unit_of_work import SYSTEM
from tests.intake_case import set_up
from tests.unit.web.conftest import Browser
from tests.unit.workflows.acts.test_intake_correcting import checked, correcting
from web.app import create_app
from workflows import sessions
from workflows.sessions import Visitor

FIT = {"verdict": "合格", "items": {"seal": "ok"}}


def told(case, login):
    with case.engine.read(case.actors[login]) as uow:
        return [(row.code, row.params.get("why")) for row in notices.unread(uow)]


def test_every_applicant_is_told_what_his_entry_came_to(engine):
    case, _good, _poor = checked(engine)
    assert ("check_passed", "—") in told(case, "ann")
    assert ("check_to_fix", "盖章；缺公章") in told(case, "bob")
    assert not [code for code, _why in told(case, "far") if code.startswith("check_")]


def with_appeal():
    files = correcting().files
    body = files["process.bpmn"].decode().replace('opinions="1"', 'opinions="1" appeal="3"')
    return Package("council", {**files, "process.bpmn": body.encode()})


def test_who_failed_is_told_at_once_until_when_he_may_appeal(engine):
    case = set_up(engine, with_appeal())
    good, poor = case.enter("ann", "甲"), case.enter("bob", "乙")
    case.close("apply", reason="提前结束")
    case.confirm("apply")
    case.open("check")
    case.give("far", "check", {good: FIT, poor: {"verdict": "不合格", "reason": "超期"}})
    case.close("check")
    with engine.read(case.actors["bob"]) as uow:
        row = next(row for row in notices.unread(uow) if row.code == "check_appeal")
    assert row.params["name"] == "乙"
    assert row.params["until"] > "2026-03-02"
    assert not [code for code, _why in told(case, "ann") if code == "check_appeal"]


def test_the_application_stands_beside_the_checklist(engine):
    case = set_up(engine, correcting())
    entry = case.enter("ann", "绿水品牌", story="十年护林", years=12)
    case.close("apply", reason="提前结束")
    case.confirm("apply")
    case.open("check")
    app = create_app(engine)
    app.testing = True
    far = Browser(app.test_client())
    with engine.begin(SYSTEM) as uow:
        visitor = Visitor("192.0.2.9", "test")
        token = sessions.open_session(uow, case.actors["far"].id, visitor)
    far.client.set_cookie("linxuan", token, domain="localhost")
    page = far.get(f"/checks/{case.part('far', 'check')}/entries/{entry}").text
    assert "十年护林" in page
    assert "创建年数" in page
    assert "盖章" in page
