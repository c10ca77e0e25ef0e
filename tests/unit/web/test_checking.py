"""The pages of checking, of a committee's meeting, of a shortlist and of a draw."""

import re

import pytest

from engine.unit_of_work import SYSTEM
from tests.line_case import set_up
from tests.unit.web.conftest import Browser
from web.app import create_app
from workflows import sessions
from workflows.sessions import Visitor

ACTS = {
    "check": (
        'kind="check" roll="=signers" entries="=entries" fix="true" '
        'checklist="=[{id: &quot;seal&quot;, name: &quot;公章齐全&quot;}, '
        '{id: &quot;fraud&quot;, name: &quot;弄虚作假&quot;, veto: true}]"'
    ),
    "score": 'kind="scoring" roll="=signers" from="check"',
    "cut": 'kind="cut" stages="score" places="=1"',
    "lots": 'kind="draw_lots" roll="=signers" from="cut"',
    "vote": 'kind="committee_vote" roll="=signers" from="cut" quorum="2/3"',
}


@pytest.fixture
def case(engine):
    made = set_up(engine, ACTS)
    made.start([{"id": "x", "name": "甲项目"}, {"id": "y", "name": "乙项目"}])
    return made


@pytest.fixture
def as_(case):
    app = create_app(case.engine)
    app.testing = True

    def browser(login):
        made = Browser(app.test_client())
        with case.engine.begin(SYSTEM) as uow:
            visitor = Visitor("192.0.2.9", "test")
            token = sessions.open_session(uow, case.actors[login].id, visitor)
        made.client.set_cookie("linxuan", token, domain="localhost")
        return made

    return browser


def follow(browser, answer):
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location, follow_redirects=True).text


def check_all(case):
    case.open("check")
    for login in ("ann", "ben"):
        case.give(login, "check", {key: {"verdict": "合格", "all": "ok"} for key in "xy"})
    case.close("check")
    case.confirm("check")


def score_all(case, x="90", y="90"):
    check_all(case)
    case.open("score")
    for login in ("ann", "ben"):
        case.give(login, "score", {"x": {"score": x}, "y": {"score": y}})
    case.close("score")
    case.confirm("score", reason="如有并列由入围环节处理")


def test_one_checks_entry_after_entry_and_keyboard_is_not_needed(case, as_):
    case.open("check")
    ann, part = as_("ann"), case.part("ann", "check")
    page = ann.get(f"/acts/{part}", follow_redirects=True).text
    assert "从第一项开始审查" in page
    page = ann.get(f"/checks/{part}/next", follow_redirects=True).text
    assert "甲项目" in page
    assert "第 1 项，共 2 项，待审 2 项" in page
    answer = ann.post(f"/checks/{part}/entries/x", {"verdict": "合格", "item-fraud": "bad"})
    assert answer.status_code == 422
    assert "结论只能是不合格" in answer.text
    page = follow(ann, ann.post(f"/checks/{part}/entries/x", {"verdict": "合格", "all": "ok"}))
    assert "待审 1 项" in page
    assert "乙项目" in page
    wrong = {"verdict": "补正", "item-seal": "bad", "reason": "缺公章"}
    page = follow(ann, ann.post(f"/checks/{part}/entries/y", wrong))
    assert "没有需要您审查的项目" in page
    assert "缺公章" in ann.get(f"/checks/{part}/entries/y").text
    assert "甲项目" in ann.get(f"/checks/{part}?show=done&q=甲").text
    assert ann.get(f"/checks/{part}/entries/nothing").status_code == 404


def test_the_organiser_settles_what_differs_by_page(case, as_):
    case.open("check")
    case.give("ann", "check", {key: {"verdict": "合格", "all": "ok"} for key in "xy"})
    case.give("ben", "check", {"x": {"verdict": "合格", "all": "ok"},
                               "y": {"verdict": "不合格", "reason": "超期"}})  # fmt: skip
    case.close("check")
    officer, lead = as_("officer"), case.lead("check")
    page = officer.get(f"/acts/{lead}").text
    assert "意见不一致" in page
    assert "超期" in page
    ruled = {"entry": "y", "verdict": "不合格", "reason": "查证超期"}
    page = follow(officer, officer.post(f"/acts/{lead}/rule", ruled))
    assert "查证超期" in page
    page = follow(officer, officer.post(f"/acts/{lead}/confirm", {"reason": "查证", "_key": "k"}))
    assert "已确认" in page


def test_a_tie_at_the_cut_is_settled_on_the_page(case, as_):
    score_all(case)
    officer, lead = as_("officer"), case.lead("cut")
    page = follow(officer, officer.post(f"/acts/{lead}/prepare"))
    assert "计算依据" in page
    assert "90.00" in page
    page = follow(officer, officer.post(f"/acts/{lead}/close"))
    assert "2 项争取 1 个名额" in page
    assert officer.post(f"/acts/{lead}/rule", {"entry": "x"}).status_code == 422
    ruled = {"entry": "x", "chosen": "true", "reason": "实效更好"}
    page = follow(officer, officer.post(f"/acts/{lead}/rule", ruled))
    assert "cut-line" in page
    ruled["entry"] = "y"
    answer = officer.post(f"/acts/{lead}/rule", ruled)
    assert (answer.status_code, "超过名额" in answer.text) == (422, True)


def test_a_draw_and_a_meeting_go_through_their_pages(case, as_):
    score_all(case, y="80")
    officer, lead = as_("officer"), case.lead("cut")
    for step in ("prepare", "close"):
        follow(officer, officer.post(f"/acts/{lead}/{step}"))
    follow(officer, officer.post(f"/acts/{lead}/confirm", {"_key": "c"}))
    lots = case.lead("lots")
    follow(officer, officer.post(f"/acts/{lots}/prepare"))
    page = follow(officer, officer.post(f"/acts/{lots}/open"))
    commitment = re.search(r"[0-9a-f]{64}", page)[0]
    for login in ("ann", "ben"):
        witness, part = as_(login), case.part(login, "lots")
        page = witness.get(f"/acts/{part}").text
        assert commitment in page
        assert "加入的文字或数字" in page
        witness.post(f"/acts/{part}/contribute", {"e0-word": "瑞雪"})
    page = follow(officer, officer.post(f"/acts/{lots}/close"))
    assert "from hashlib import sha256" in page
    assert commitment in page
    follow(officer, officer.post(f"/acts/{lots}/confirm", {"_key": "l"}))
    meeting(case, as_)


def meeting(case, as_):
    officer, vote = as_("officer"), case.lead("vote")
    case.open("vote")
    page = officer.get(f"/acts/{vote}").text
    people = dict.fromkeys(re.findall(r'name="(p-[^"]+)"', page), "present")
    answer = officer.post(f"/acts/{vote}/attendance", {**people, "chair": "", "recorder": "乙"})
    assert answer.status_code == 422
    noted = {**people, "chair": "甲书记", "recorder": "乙秘书"}
    assert "已登记" in follow(officer, officer.post(f"/acts/{vote}/attendance", noted))
    for login in ("ann", "ben"):
        member, part = as_(login), case.part(login, "vote")
        assert "缓议" in member.get(f"/acts/{part}").text
        follow(member, member.post(f"/acts/{part}/contribute", {"e0-opinion": "同意"}))
    page = follow(officer, officer.post(f"/acts/{vote}/close"))
    assert "甲书记" in page
    assert "ann某：同意" in page.replace("\n", "")
    assert officer.post(f"/acts/{vote}/hands", {}).status_code == 409
    follow(officer, officer.post(f"/acts/{vote}/confirm", {"_key": "v"}))
