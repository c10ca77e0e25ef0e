"""The pages of an election meeting, from the roll to the signed result, by the people who act."""

import re

import pytest

from engine.unit_of_work import SYSTEM
from tests.election_case import PHRASE, VOTERS, set_up
from tests.unit.web.conftest import Browser
from web.app import create_app
from workflows import sessions
from workflows.acts.secret import reading
from workflows.sessions import Visitor

ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def branch(engine):
    return set_up(engine)


@pytest.fixture
def as_(branch):
    app = create_app(branch.engine)
    app.testing = True

    def browser(login=""):
        made = Browser(app.test_client())
        if login:
            with branch.engine.begin(SYSTEM) as uow:
                visitor = Visitor("192.0.2.9", "test")
                token = sessions.open_session(uow, branch.actors[login].id, visitor)
            made.client.set_cookie("linxuan", token, domain="localhost")
        return made

    return browser


def follow(browser, answer):
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location).text


def vote(as_, code, *values):
    data = {"code": code, "step": "cast", **{f"m{no}": value for no, value in enumerate(values)}}
    answer = as_().client.post("/vote-slip", data=data, headers=ORIGIN)
    assert answer.status_code == 200, answer.text
    return re.search(r"<b>([A-Z2-7-]{14})</b>", answer.text)[1]


PAPER = {
    "station": "1", "handed_out": "1", "ballots": "1", "valid": "1", "t0-0": "1", "t1-1": "1",
    "t2-2": "1", "name-0": "周八", "votes-0": "1",
}  # fmt: skip


def test_a_small_election_goes_through_its_pages(branch, as_):  # noqa: PLR0915  (a whole meeting)
    chair, page = as_("chair"), f"/ballots/{branch.start()}"
    assert page in chair.get(f"/acts/{branch.id}").text
    staff = {"scrutineer": "魏一、魏二，wei3", "teller": "季一 季二", "desk": "door"}
    assert "魏三" in follow(chair, chair.post(f"{page}/people", staff))
    told = follow(chair, chair.post(f"{page}/load", {"lines": "姓名\n" + "\n".join(VOTERS)}))
    assert "已导入 5 名选举人" in told
    for login in ("wei1", "wei2", "wei3"):
        phrase = PHRASE + login
        form, who = {"passphrase": phrase, "again": phrase}, as_(login)
        assert "口令已设定" in follow(who, who.post(f"{page}/passphrase", form))
    told = follow(chair, chair.post(f"{page}/freeze"))
    assert branch.event.rules_digest in told
    printed = chair.get(f"{page}/fingerprints").text.replace("</span><span>", "")
    assert branch.event.roll_digest in printed
    told = follow(chair, chair.post(f"{page}/box", {"way": "sealed"}))
    assert "各自交到监票人本人" in told
    sheet = chair.post(f"{page}/slips", {"spare": "1"}).text
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", sheet)
    assert len(codes) == 6
    assert sheet.count("<svg") >= 6
    door = as_("door")
    for name in VOTERS:
        found = door.get(f"{page}/desk?q={name[0]}").text
        person = re.search(r'name="person" value="([^"]+)"', found)[1]
        form = {"person": person, "name": name, "what": "issued"}
        told = follow(door, door.post(f"{page}/desk", form))
        assert "已到会并领票" in told
    follow(chair, chair.post(f"{page}/begin"))
    receipts = [vote(as_, code, "0", "0", "1") for code in codes[:3]]
    receipts.append(vote(as_, codes[3], "0", "1", "-"))
    one, two = as_("tell1"), as_("tell2")
    assert "票条已收回" in follow(one, one.post(f"{page}/exchange", {"code": codes[4]}))
    assert "等待另一名" in follow(one, one.post(f"{page}/paper", PAPER))
    other = {**PAPER, "t0-0": "", "t0-1": "1"}
    told = follow(two, two.post(f"{page}/paper", other))
    assert "候选人得票" in told
    assert "两人一致" in follow(two, two.post(f"{page}/paper", PAPER))
    follow(chair, chair.post(f"{page}/close"))
    public = as_().get(f"{page}/statement?receipt={receipts[0].lower()}").text
    assert "在箱内" in public
    for login in ("wei1", "wei2"):
        sign(as_(login), page, "statement")
    order = [each.person for each in view_of(branch).scrutineers]
    typed = {f"share-{order.index(branch.actors[w].id)}": PHRASE + w for w in ("wei2", "wei3")}
    who = as_("wei2")
    told = follow(who, who.post(f"{page}/open-box", typed))
    assert "计票完成" in told
    report = chair.get(f"{page}/sheet").text
    assert "尚未签署" in report
    assert "当选名单" in report
    for login in ("wei1", "wei3"):
        sign(as_(login), page, "result")
    report = chair.get(f"{page}/sheet").text
    assert "尚未签署" not in report
    assert "周八" in report
    screen = chair.get(f"{page}/screen").text
    assert "当选：陈志远、何静" in screen
    answer = chair.post(f"/acts/{branch.id}/close")
    assert "当选" in follow(chair, answer)
    answer = chair.post(f"/acts/{branch.id}/confirm", {"_key": "k"})
    assert "已确认" in follow(chair, answer)
    packed = chair.get(f"{page}/evidence")
    assert packed.data[:2] == b"PK"


def view_of(branch):
    with branch.engine.read(branch.actors["chair"]) as uow:
        return reading.view(branch.hall, uow, branch.id)


def sign(browser, page, subject):
    shown = browser.get(page).text
    place = shown.index(f'name="subject" value="{subject}"')
    seen = re.search(r'name="seen" value="(\w+)"', shown[place:])[1]
    answer = browser.post(f"{page}/sign", {"subject": subject, "seen": seen})
    assert "已签字" in follow(browser, answer)
