"""Pages without login: what outsiders see and do, and the wrong people at the others."""

import io
import re

import pytest
import sqlalchemy as sa

from engine.unit_of_work import SYSTEM
from tests.notice_board import POST, UNFOUNDED, VOTE, set_up
from tests.unit.web.conftest import Browser
from tests.unit.web.test_shell import read
from web.app import create_app
from workflows import cases, sessions
from workflows.publicity.model import objection_paper, public_box
from workflows.sessions import Visitor

HUMAN = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/120"}
HERE = {"Origin": "http://localhost", **HUMAN}
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SECRET = "活动照片是借来的"


@pytest.fixture
def board(engine):
    made = set_up(engine)
    made.open()
    return made


@pytest.fixture
def app(board):
    made = create_app(board.engine)
    made.testing = True
    return made


@pytest.fixture
def outside(app):
    """Give the client of somebody without an account."""
    return app.test_client()


@pytest.fixture
def as_(app, board):
    def browser(login):
        made = Browser(app.test_client())
        with board.engine.begin(SYSTEM) as uow:
            visitor = Visitor("192.0.2.9", "test")
            token = sessions.open_session(uow, board.actors[login].id, visitor)
        made.client.set_cookie("linxuan", token, domain="localhost")
        return made

    return browser


def object_(outside, board, **fields):
    path = f"/public/{board.posting().key}/objections"
    return outside.post(path, data={"text": SECRET, **fields}, headers=HERE)


def code_of(answer):
    return re.search(r'id="receipt-code">([^<]+)<', answer.text)[1]


# The public page --------------------------------------------------------------------------


def test_a_posting_is_read_without_account_or_cookie_and_may_be_cached(outside, board):
    key = board.posting().key
    assert f"/public/{key}" in outside.get("/public").text
    answer = outside.get(f"/public/{key}")
    assert "甲项目" in answer.text
    assert "1975.03" in answer.text
    assert "1975-03-09" not in answer.text
    assert "2026-03-09" in answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in answer.headers
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    again = outside.get(f"/public/{key}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    reader = read(answer.text)
    assert (reader.inline, reader.h1) == ([], 1)
    assert len(reader.ids) == len(set(reader.ids))
    bare = [each for each in reader.fields if each.get("id") not in reader.labels
            and each.get("type") not in ("checkbox", "radio")]  # fmt: skip
    assert bare == []


def test_it_is_the_same_page_for_somebody_who_is_signed_in(outside, as_, board):
    path = f"/public/{board.posting().key}"
    assert as_("officer").get(path).text == outside.get(path).text


def test_its_qr_code_is_a_picture_and_robots_are_kept_away(outside, board):
    answer = outside.get(f"/public/{board.posting().key}/qr.svg")
    assert answer.content_type == "image/svg+xml"
    assert b"<path" in answer.data
    assert "Disallow: /" in outside.get("/robots.txt").text
    for path in ("/public/nothing", "/public/nothing/qr.svg", "/vote/nothing", "/public/x/9"):
        answer = outside.get(path)
        assert answer.status_code == 404
        assert "Set-Cookie" not in answer.headers


def test_the_pages_speak_english(outside, board):
    page = outside.get(f"/public/{board.posting().key}?lang=en").text
    assert "Hand in the objection" in page
    assert '<html lang="en">' in page


def test_a_posting_by_link_is_not_listed(engine, clock):
    board = set_up(engine, post=POST + ' place="link"')
    board.open()
    outside = create_app(engine).test_client()
    assert board.posting().key not in outside.get("/public").text
    assert outside.get(f"/public/{board.posting().key}").status_code == 200


def test_names_go_when_the_posting_has_ended_and_an_announcement_stays(engine, clock):
    board = set_up(engine, post=POST, tell='kind="posting" from="post" days="0"')
    board.open()
    outside = create_app(engine).test_client()
    path = f"/public/{board.posting().key}"
    clock.set(2026, 3, 10, 1)
    board.close()
    page = outside.get(path).text
    assert "公示已于 2026-03-10 结束" in page
    assert "甲项目" not in page
    board.confirm()
    board.open("tell")
    board.close("tell")
    board.confirm("tell")
    assert "公告" in outside.get("/public").text
    with engine.read(SYSTEM) as uow:
        keys = uow.conn.scalars(sa.text("select key from posting where kind = 'announcement'"))
        announced = f"/public/{keys.one()}"
    page = outside.get(announced).text
    assert "甲项目" in page
    assert "提出异议" not in page


def test_a_case_that_is_withdrawn_takes_its_posting_down(outside, board):
    path = f"/public/{board.posting().key}"
    with board.engine.begin(board.actors["officer"]) as uow:
        cases.withdraw(uow, board.case_id, reason="不办了")
    assert "已经撤下" in outside.get(path).text
    assert board.posting().key not in outside.get("/public").text
    assert object_(outside, board).status_code == 409


# Objections -------------------------------------------------------------------------------


def test_an_outsider_objects_with_a_file_and_follows_it_with_the_code(outside, board):
    file = (io.BytesIO(PDF), "证据.pdf")
    answer = object_(outside, board, entries="x", signed="no", name="张三", files=file)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    code = code_of(answer)
    page = outside.post("/public/objection", data={"code": code}, headers=HERE).text
    assert SECRET in page
    assert "附件 1 个" in page
    more = {"code": code, "text": "还有一件"}
    page = outside.post("/public/objection", data=more, headers=HERE).text
    assert "补充的内容已收到" in page
    assert "还有一件" in page
    wrong = outside.post("/public/objection", data={"code": "x"}, headers=HERE)
    assert wrong.status_code == 404
    assert "没有这个回执码" in wrong.text


def test_a_faulty_objection_comes_back_as_typed(outside, board):
    answer = object_(outside, board, signed="yes", entries="y")
    assert answer.status_code == 422
    assert SECRET in answer.text
    assert re.search(r'value="y" checked', answer.text)
    assert answer.text.count("此项必填") == 2
    bad = object_(outside, board, files=(io.BytesIO(b"MZ"), "x.exe"))
    assert bad.status_code == 422
    assert board.objections() == []


def test_another_site_a_machine_and_a_flood_get_nothing_in(outside, board):
    path = f"/public/{board.posting().key}/objections"
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert outside.post(path, data={"text": "x"}, headers=headers).status_code == 400
    assert object_(outside, board, homepage="http://spam").status_code == 200
    assert board.objections() == []
    answers = [object_(outside, board).status_code for _ in range(20)]
    assert answers == [200] * 19 + [429]


# The handling body and the organiser ------------------------------------------------------


def test_two_handlers_take_an_objection_from_the_inbox_to_its_conclusion(outside, as_, board):
    object_(outside, board, entries="x", files=(io.BytesIO(PDF), "证据.pdf"))
    judge, second = as_("judge"), as_("second")
    task = re.search(r'href="(/tasks/[^"]+)"', judge.get("/desk/todo").text)[1]
    page = judge.get(task, follow_redirects=True)
    assert SECRET in page.text
    path = page.request.path
    reader = read(page.text)
    assert (reader.inline, reader.h1) == ([], 1)
    file = re.search(r'href="(/objections/[^"]+/files/[^"]+)"', page.text)[1]
    assert judge.get(file).data == PDF
    assert judge.post(f"{path}/triage", {"note": "x"}).status_code == 422
    triage = {"concrete": "yes", "concerns": "x", "note": "线索具体"}
    assert judge.post(f"{path}/triage", triage).status_code == 303
    cockpit = as_("officer").get(f"/acts/{board.lead()}").text
    assert "计时暂停" in cockpit
    assert SECRET not in cockpit
    answer = judge.post(f"{path}/propose", {"f0-finding": "失实", "answer": "谢谢"})
    assert answer.status_code == 422
    assert answer.text.count("此项必填") == 2
    whole = {"f0-finding": "属实影响", "f0-reason": "照片不实", "answer": "谢谢", "note": "查了"}
    assert judge.post(f"{path}/propose", whole).status_code == 303
    assert judge.post(f"{path}/decide", {"agree": "yes"}).status_code == 403
    assert second.post(f"{path}/decide", {"agree": "no"}).status_code == 422
    assert second.post(f"{path}/decide", {"agree": "yes"}).status_code == 303
    cockpit = as_("officer").get(f"/acts/{board.lead()}").text
    assert "照片不实" in cockpit
    assert "已办结" in second.get(path).text
    assert "second某" in judge.get(path).text


def test_the_organiser_edits_publishes_and_corrects(engine, clock):
    board = set_up(engine)
    board.prepare()
    app = create_app(engine)
    app.testing = True
    officer = Browser(app.test_client())
    with engine.begin(SYSTEM) as uow:
        token = sessions.open_session(uow, board.actors["officer"].id, Visitor("192.0.2.9", "t"))
    officer.client.set_cookie("linxuan", token, domain="localhost")
    lead = f"/postings/{board.lead()}"
    page = officer.get(f"/acts/{board.lead()}").text
    assert "公示文稿预览" in page
    assert "2026-03-09" in page
    officer.post(f"{lead}/edit", {"title": "拟命名品牌公示"})
    assert "拟命名品牌公示" in officer.get(f"/acts/{board.lead()}").text
    board.open()
    again = officer.post(f"{lead}/correct", {"spot": "x/name", "value": "甲品牌", "reason": ""})
    assert "理由" in officer.get(again.location).text
    officer.post(f"{lead}/correct", {"spot": "x/name", "value": "甲品牌", "reason": "写错"})
    key = board.posting().key
    page = app.test_client().get(f"/public/{key}").text
    assert "甲品牌" in page
    assert "更正：写错" in page
    assert "甲项目" in app.test_client().get(f"/public/{key}/1").text
    assert "不能提前结束" in officer.post(f"/acts/{board.lead()}/close").text


def test_a_handler_writes_down_what_came_by_telephone(outside, as_, board):
    judge, path = as_("judge"), f"/objections/new/{board.posting().key}"
    assert path in judge.get("/objections").text
    assert "来电" in judge.get(path).text
    said = {"text": SECRET, "signed": "yes", "name": "赵六", "contact": "0752"}
    assert judge.post(path, said).status_code == 422
    answer = judge.post(path, {**said, "channel": "来电", "entries": "x"})
    code = code_of(answer)
    assert (board.objections()[0].channel, board.objections()[0].signed) == ("来电", True)
    page = outside.post("/public/objection", data={"code": code}, headers=HERE).text
    assert SECRET in page
    assert as_("sup").post(path, {**said, "channel": "来电"}).status_code == 404
    assert as_("officer").post(path, {**said, "channel": "来电"}).status_code == 403
    assert len(board.objections()) == 1


def test_the_wrong_people_find_no_objection(outside, as_, board):
    object_(outside, board, entries="x")
    path = f"/objections/{board.objections()[0].id}"
    for login in ("officer", "sup", "guard", "ann", "rural"):
        browser, wanted = as_(login), 404 if login == "sup" else 403
        assert browser.get(path).status_code == wanted, login
        for verb in ("triage", "propose", "decide"):
            answer = browser.post(f"{path}/{verb}", {"concrete": "yes"})
            assert answer.status_code == wanted, (login, verb)
        assert browser.get(f"{path}/files/{'0' * 64}").status_code == wanted, login
    with board.engine.read(SYSTEM) as uow:
        assert uow.conn.scalar(sa.select(objection_paper.c.text)) == SECRET
    assert board.objections()[0].state == "received"


def test_the_text_is_the_organisers_alone(as_, board):
    given = {"spot": "title", "value": "x"}
    for login, status in (("ann", 404), ("guard", 403), ("judge", 404)):
        browser = as_(login)
        for verb in ("edit", "correct"):
            answer = browser.post(f"/postings/{board.lead()}/{verb}", given)
            assert answer.status_code == status, (login, verb)
    assert board.posting().title == "党建品牌公示"


def test_an_objector_reads_the_answer(outside, board):
    code = code_of(object_(outside, board))
    board.settle({"": UNFOUNDED})
    page = outside.post("/public/objection", data={"code": code}, headers=HERE).text
    assert "已核查，谢谢监督" in page
    assert "经核查不属实" not in page
    assert "judge" not in page


# Votes ------------------------------------------------------------------------------------


def test_everybody_votes_once_a_day_with_one_device(engine, clock):
    board = set_up(engine, vote=VOTE)
    board.open("vote")
    app = create_app(engine)
    app.testing = True
    with engine.read(SYSTEM) as uow:
        path = f"/vote/{uow.conn.scalar(sa.select(public_box.c.key))}"
    outside = app.test_client()
    page = outside.get(path)
    assert "甲项目" in page.text
    assert "Set-Cookie" not in page.headers
    assert path in outside.get("/public").text
    answer = outside.post(path, data={"entries": ["x", "y"]}, headers=HERE)
    assert "已投 2 票" in answer.text
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "Path=/vote/" in cookie
    again = outside.post(path, data={"entries": ["x"]}, headers=HERE)
    assert again.status_code == 409
    assert "今天已经投过了" in again.text
    assert outside.post(path, data={}, headers=HERE).status_code == 422
    assert outside.post(path, data={"entries": ["x"]}).status_code == 400
    other = app.test_client()
    assert "已投 1 票" in other.post(path, data={"entries": ["x"]}, headers=HERE).text
    assert outside.get(f"{path}/photo/0").status_code == 404
    assert outside.get(f"{path}/qr.svg").status_code == 200
    clock.set(2026, 3, 5, 16)
    assert outside.post(path, data={"entries": ["y"]}, headers=HERE).status_code == 409
    board.close("vote")
    assert "投票已结束" in outside.get(path).text
