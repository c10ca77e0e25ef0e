"""The pages of an election meeting, from the roll to the signed result, by the people who act."""

import io
import re
import zipfile

import pytest

from engine.unit_of_work import SYSTEM
from tests.election_case import PHRASE, VOTERS, set_up
from tests.unit.web.conftest import Browser
from web.app import create_app
from workflows import sessions
from workflows.acts.secret import reading
from workflows.sessions import Visitor
from workflows.spreadsheets.writing import Column, Page, write

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
    cockpit = chair.get(f"/acts/{branch.id}").text
    assert page in cockpit
    assert f"/acts/{branch.id}/open" not in cockpit
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
    public = as_().get(f"{page}/statement").text
    assert all(f"<code>{receipt}</code>" in public for receipt in receipts)
    assert 'name="receipt"' not in public  # looked up in the browser, never sent
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


ROUTES = {
    "chair": (
        "people", "load", "freeze", "thaw", "box", "slips", "open-desk", "begin", "close",
        "call-off", "voters",
    ),
    "door": ("desk",),
    "wei1": ("passphrase", "keep-share", "take-share", "sign", "open-box"),
    "tell1": ("exchange", "paper"),
}  # fmt: skip
LOOKS = ("", "/numbers", "/screen", "/desk", "/voters", "/paper", "/vote")


STANDS_IN = {("chair", "desk"), ("chair", "open-box"), ("chair", "exchange"), ("door", "exchange")}
"""What somebody may do for another."""


def test_nobody_does_what_is_not_his_to_do(branch, as_):
    """The right people do these things in the test above; here everybody else tries."""
    branch.ready()
    before, page = branch.event, f"/ballots/{branch.id}"
    form = {"reason": "x", "person": "00001", "code": branch.codes[0], "seen": "x", **PAPER}
    form |= {"subject": "statement", "passphrase": PHRASE, "again": PHRASE}
    for login in LOGINS:
        who = as_(login)
        for owner, verbs in ROUTES.items():
            for verb in verbs if owner != login else ():
                if (login, verb) in STANDS_IN:
                    continue
                status = who.post(f"{page}/{verb}", form).status_code
                late = (409, 422) if (login, verb) in ALSO_LATE else ()
                assert status in (403, 404, *late), (login, verb, status)
    assert branch.event == before
    assert vote(as_, branch.codes[0], "0", "0", "1")


LOGINS = ("far", "jia", "guard", "chair", "wei1", "tell1", "door")
ALSO_LATE = {
    (login, verb) for login in LOGINS for verb in ("sign", "open-box", "keep-share", "passphrase")
}
"""Refused for their time before it is asked whose they are."""


def test_an_outsider_learns_nothing_of_a_vote(branch, as_):
    branch.ready()
    for login in ("far", "jia"):
        for look in LOOKS:
            answer = as_(login).get(f"/ballots/{branch.id}{look}")
            assert answer.status_code in (403, 404), look
            assert "第三支部" not in answer.text
    for look in LOOKS:
        assert as_().get(f"/ballots/{branch.id}{look}").status_code == 303, look
    assert as_().get(f"/ballots/{branch.id}/statement").status_code == 404


def test_supervision_looks_on_and_decides_nothing(branch, as_):
    branch.ready()
    page = as_("guard").get(f"/ballots/{branch.id}").text
    assert "没有会务职责" in page
    assert "宣布投票结束" not in page
    assert as_("guard").get(f"/ballots/{branch.id}/desk").status_code in (403, 404)


def test_everybody_sees_only_his_own_next_step(branch, as_):
    page = f"/ballots/{branch.start()}"
    branch.draft()
    assert 'id="freeze"' in as_("chair").get(page).text
    for login in ("wei1", "tell1", "door"):
        assert 'id="freeze"' not in as_(login).get(page).text
    assert 'id="share"' in as_("wei1").get(page).text
    branch.freeze()
    assert 'id="slips"' in as_("chair").get(page).text
    branch.print_slips()
    assert 'id="begin"' in as_("chair").get(page).text
    assert 'id="desk"' in as_("door").get(page).text
    branch.begin()
    assert 'id="close"' in as_("chair").get(page).text
    cards = set(re.findall(r'id="\w+"', as_("tell1").get(page).text))
    assert {'id="exchange"', 'id="paper"'} <= cards
    branch.close()
    assert 'id="statement"' in as_("wei1").get(page).text
    assert 'id="open"' not in as_("wei1").get(page).text
    branch.sign("statement")
    assert 'id="open"' in as_("wei1").get(page).text
    branch.open()
    shown = as_("wei1").get(page).text
    assert 'id="result"' in shown
    told = as_("wei1").post(f"{page}/take-share", {"passphrase": PHRASE + "wei1"}).text
    assert "share-shown" in told
    assert as_("wei1").post(f"{page}/take-share", {"passphrase": "x" * 12}).status_code == 422


def test_a_closed_box_takes_no_slip_and_the_hall_sees_no_choice_before_the_opening(branch, as_):
    branch.ready()
    page = f"/ballots/{branch.id}"
    vote(as_, branch.codes[0], "0", "0", "1")
    assert "当选" not in as_("chair").get(f"{page}/screen").text
    branch.close()
    data = {"code": branch.codes[1], "step": "cast", "m0": "0", "m1": "0", "m2": "1"}
    assert as_().client.post("/vote-slip", data=data, headers=ORIGIN).status_code == 404
    branch.sign("statement")
    assert "当选" not in as_("chair").get(f"{page}/screen").text
    assert as_("chair").get(f"{page}/sheet").status_code == 409
    assert as_("chair").get(f"{page}/evidence").status_code == 409


def test_shares_on_paper_are_printed_and_hidden_from_the_screen(branch, as_):
    branch.start()
    branch.draft()
    chair, page = as_("chair"), f"/ballots/{branch.id}"
    chair.post(f"{page}/freeze")
    answer = chair.post(f"{page}/box", {"way": "sealed"})
    assert answer.status_code == 423
    assert "还有监票人没有设定口令" in answer.text
    assert branch.event.public_key == ""
    printed = chair.post(f"{page}/box", {"way": "paper"}).text
    codes = re.findall(r'print-only"><code>([A-Z2-7-]+)</code>', printed)
    assert len(codes) == 3
    assert codes[0] not in chair.get(page).text


def test_wrong_lines_of_a_roll_are_named_and_kept_on_the_page(branch, as_):
    page = f"/ballots/{branch.start()}"
    answer = as_("chair").post(f"{page}/load", {"lines": "张三,外类\n,\n李四"})
    assert answer.status_code == 422
    assert "第 1 行" in answer.text
    assert "张三,外类" in answer.text
    assert "名册现有 0 人" in answer.text


def test_files_of_a_spreadsheet_program_are_read(branch, as_):
    page = f"/ballots/{branch.start()}"
    content = io.BytesIO("姓名,类别\r\n欧阳一,\r\n司马二,\r\n".encode("gb18030"))
    chair = as_("chair")
    told = follow(chair, chair.post(f"{page}/load", {"file": (content, "名册.csv")}))
    assert "已导入 2 名选举人" in told
    wrong = write([Page("名册", [Column("姓名"), Column("怪列")], [["欧阳一"], ["欧阳一"]])])
    answer = chair.post(f"{page}/load", {"file": (io.BytesIO(wrong), "名册.xlsx")})
    assert answer.status_code == 422
    assert "第 3 行" in answer.text
    people = [["欧阳一", "D1"], ["司马二", "D2"], ["诸葛三", "D3"]]
    right = write([Page("名册", [Column("姓名"), Column("编号")], people)])
    told = follow(chair, chair.post(f"{page}/load", {"file": (io.BytesIO(right), "名册.xlsx")}))
    assert "已导入 3 名选举人" in told


def test_excusing_needs_a_listed_reason_and_both_consents(branch, as_):
    page = f"/ballots/{branch.start()}"
    branch.draft()
    chair = as_("chair")
    person = re.search(r'name="person" value="([^"]+)"', chair.get(f"{page}/voters?q=张").text)[1]
    form = {"person": person, "reason": "abroad", "what": "excuse", "superior": "1"}
    assert chair.post(f"{page}/voters", form).status_code == 423
    told = follow(chair, chair.post(f"{page}/voters", {**form, "meeting": "1"}))
    assert "名册已更新" in told
    assert "自费出国" in chair.get(f"{page}/voters?state=excused").text
    told = follow(chair, chair.post(f"{page}/voters", {**form, "what": "restore"}))
    assert "应到会 5 人" in told


def test_five_thousand_lines_are_found_quickly(branch, as_):
    branch.start()
    branch.draft([{"name": f"选举人{no:05d}"} for no in range(5000)])
    branch.freeze()
    branch.print_slips()
    page = as_("door").get(f"/ballots/{branch.id}/desk?q=人04321").text
    assert page.count('name="person"') == 1
    assert "选举人04321" in page


def test_the_meeting_speaks_english(branch, as_):
    branch.ready()
    chair = as_("chair")
    chair.client.set_cookie("lang", "en", domain="localhost")
    for look in ("", "/screen", "/fingerprints"):
        text = chair.get(f"/ballots/{branch.id}{look}").text
        assert "Present" in text or "Fingerprint" in text


def test_slips_are_printed_anew_with_a_reason_while_nobody_has_drawn(branch, as_):
    branch.start()
    branch.draft()
    branch.freeze()
    branch.print_slips()
    chair, page = as_("chair"), f"/ballots/{branch.id}"
    assert chair.post(f"{page}/reprint", {"reason": ""}).status_code == 422
    sheet = chair.post(f"{page}/reprint", {"reason": "打印机卡纸"}).text
    fresh = re.findall(r"<code>([A-Z2-7-]{19})</code>", sheet)
    assert len(fresh) == 10
    assert not set(fresh) & set(branch.codes)
    branch.begin()
    assert chair.post(f"{page}/reprint", {"reason": "再来"}).status_code == 409
    assert vote(as_, fresh[0], "0", "0", "1")


def test_evidence_is_for_scrutineers_and_organiser_and_kept_for_its_time(branch, as_):
    branch.ready()
    vote(as_, branch.codes[0], "0", "0", "1")
    branch.close()
    branch.sign("statement")
    branch.open()
    branch.sign("result")
    chair, page = as_("chair"), f"/ballots/{branch.id}"
    packed = zipfile.ZipFile(io.BytesIO(as_("wei1").get(f"{page}/evidence").data))
    assert {"evidence.json", "recount.py"} <= set(packed.namelist())
    for login in ("far", "jia"):
        assert as_(login).get(f"{page}/evidence").status_code in (403, 404)
    assert chair.post(f"{page}/keep", {"until": "一天", "basis": "x"}).status_code == 422
    told = follow(chair, chair.post(f"{page}/keep", {"until": "2031-12-31", "basis": "下届选举"}))
    assert "2031-12-31" in told
    assert chair.post(f"{page}/list-destruction").status_code == 423
    assert chair.post(f"{page}/destroy").status_code in (409, 423)
    assert branch.event.state == "opened"
