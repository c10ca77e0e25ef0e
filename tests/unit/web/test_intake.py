"""The pages of an intake: an applicant from nothing to submitted, spreadsheets, wrong people."""

import io
import re

import openpyxl
import pytest

from engine.unit_of_work import SYSTEM
from tests.intake_case import set_up
from tests.unit.web.conftest import Browser
from web.app import create_app
from workflows import sessions
from workflows.sessions import Visitor

FORM = {"brand_name": "云岭茶", "category": "green", "years": "3"}


@pytest.fixture
def case(engine):
    return set_up(engine)


@pytest.fixture
def as_(case):
    app = create_app(case.engine)
    app.testing = True

    def browser(login=""):
        made = Browser(app.test_client())
        if login:
            with case.engine.begin(SYSTEM) as uow:
                visitor = Visitor("192.0.2.9", "test")
                token = sessions.open_session(uow, case.actors[login].id, visitor)
            made.client.set_cookie("linxuan", token, domain="localhost")
        return made

    return browser


def follow(browser, answer):
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location).text


def begin(case, browser, login="ann"):
    """Begin an entry through the page; returns the address of its form."""
    portal = f"/intake/{case.part_of(login)}"
    answer = browser.post(f"{portal}/new")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_an_applicant_goes_from_the_inbox_to_a_submitted_entry(case, as_):
    ann = as_("ann")
    part = case.part_of("ann")
    assert f"/tasks/{part}" in ann.get("/desk/todo").text
    portal = follow(ann, ann.get(f"/acts/{part}"))
    assert "还没有申报" in portal
    form = begin(case, ann)
    saved = ann.post(form, {**FORM, "_act": "save"})
    assert "草稿" in follow(ann, saved)
    assert 'value="云岭茶"' in ann.get(form).text
    page = follow(ann, ann.post(form, {**FORM, "_act": "submit", "_key": "k1", "_seen": "0"}))
    assert "已提交" in page
    entry = form.removesuffix("/edit")
    assert "云岭茶" in ann.get(entry).text
    assert "绿色发展" in ann.get(f"{entry}?print=1").text
    assert "第 1 版" in follow(ann, ann.post(form, {**FORM, "_act": "submit", "_key": "k1"}))
    answer = ann.post(f"{entry}/withdraw", {"reason": ""})
    assert answer.status_code == 422
    assert "另行申报" in follow(ann, ann.post(f"{entry}/withdraw", {"reason": "另行申报"}))


def test_a_faulty_form_comes_back_as_typed(case, as_):
    ann = as_("ann")
    form = begin(case, ann)
    answer = ann.post(form, {**FORM, "years": "99", "_act": "submit", "_key": "k"})
    assert answer.status_code == 422
    assert 'value="99"' in answer.text
    assert "还没有" not in answer.text


def test_a_late_page_says_so_and_keeps_what_was_typed(case, as_, clock):
    ann = as_("ann")
    form = begin(case, ann)
    clock.move(days=8)
    with case.engine.begin(SYSTEM) as uow:  # the session of the test is older than a week now
        token = sessions.open_session(uow, case.actors["ann"].id, Visitor("192.0.2.9", "test"))
    ann.client.set_cookie("linxuan", token, domain="localhost")
    answer = ann.post(form, {**FORM, "_act": "submit", "_key": "k"})
    assert answer.status_code == 409
    assert "截止" in answer.text
    assert "云岭茶" in answer.text
    assert "云岭茶" in ann.get(form).text


def test_a_file_of_an_entry_is_read_by_those_who_may_and_nobody_else(case, as_):
    ann = as_("ann")
    form = begin(case, ann)
    paper = {"paper": (io.BytesIO("证明".encode()), "证明.txt")}
    answer = ann.post(form, {**FORM, **paper, "_act": "submit", "_key": "k"})
    assert answer.status_code == 303, answer.text
    entry = form.removesuffix("/edit")
    file = re.search(rf'href="({entry}/files/[0-9a-f]+)"', ann.get(entry).text)[1]
    assert as_("officer").get(file).data.decode() == "证明"
    for login in ("bob", "exp", "far"):
        assert as_(login).get(file).status_code == 404
    digest = file.rpartition("/")[2]
    other = begin(case, as_("bob"), "bob")
    stolen = {**FORM, "paper": f"{digest} 证明.txt", "_act": "submit", "_key": "k2"}
    assert as_("bob").post(other, stolen).status_code == 422


def test_a_template_filled_in_is_imported_and_twice_counts_once(case, as_):
    ann = as_("ann")
    portal = f"/intake/{case.part_of('ann')}"
    book = openpyxl.load_workbook(io.BytesIO(ann.get(f"{portal}/template.xlsx").data))
    heads = [cell.value for cell in book.active[1]]
    assert heads == ["品牌名称 *", "类别 *", "创建年数 *", "主要做法", "联系人"]
    book.active.append(["云岭茶", "绿色发展", 3, "=危险", None])
    book.active.append(["清溪水", "people", 40, None, None])

    def send(key):
        target = io.BytesIO()
        book.save(target)
        target.seek(0)
        return ann.post(f"{portal}/import", {"file": (target, "申报.xlsx"), "_key": key})

    book.active["D2"].data_type = "s"
    answer = send("k1")
    assert answer.status_code == 422
    assert "表格没有导入" in answer.text
    assert "创建年数" in answer.text
    assert "还没有申报" in answer.text
    book.active["C3"] = 4
    assert "已导入 2 项" in follow(ann, send("k1"))
    assert "没有重复" in follow(ann, send("k2"))
    assert ann.get(portal).text.count("intake-one submitted") == 2


def test_the_organiser_sees_the_board_enters_for_others_and_exports(case, as_):
    officer, lead = as_("officer"), case.lead("apply")
    assert f"/intake/board/{lead}" in officer.get(f"/acts/{lead}").text
    board = f"/intake/board/{lead}"
    heads = "申报单位（人）,品牌名称,类别,创建年数\n"
    text = f"{heads}水务局,清溪水,富民惠民,4\n农业局,云岭茶,绿色发展,2\n"
    sheet = {"file": (io.BytesIO(text.encode("gbk")), "a.csv"), "_key": "x"}
    page = follow(officer, officer.post(f"{board}/import", sheet))
    assert "清溪水" in page
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{board}/entries.xlsx").data))
    names = {row[6].value for row in book.active.iter_rows(min_row=2)}
    assert names == {"清溪水", "云岭茶"}
    unknown = {"file": (io.BytesIO(f"{heads}教育局,丙,green,1\n".encode()), "a.csv")}
    answer = officer.post(f"{board}/import", unknown)
    assert answer.status_code == 422
    assert "名单中没有" in answer.text


@pytest.mark.parametrize(
    ("login", "portal", "board"),
    [("bob", 403, 404), ("exp", 404, 404), ("far", 404, 404), ("guard", 403, 200), ("", 303, 303)],
)
def test_pages_of_an_intake_are_not_for_others(case, as_, login, portal, board):
    entry = case.enter("ann", "甲")
    browser, part = as_(login), f"/intake/{case.part_of('ann')}"
    assert browser.get(part).status_code == portal
    found = browser.get(f"/intake/board/{case.lead('apply')}").status_code
    assert found in (board, 403)
    for path in (f"{part}/new", f"{part}/import", f"/entries/{entry}/withdraw",
                 f"/entries/{entry}/discard", f"/entries/{entry}/edit"):  # fmt: skip
        answer = browser.post(path, {"reason": "x", **FORM, "_act": "submit"})
        assert answer.status_code in (401, 403, 404) or "/sign-in" in answer.location, path
    assert case.row_of(entry).state == "submitted"


def test_the_pages_speak_english(case, as_):
    ann = as_("ann")
    ann.client.set_cookie("lang", "en", domain="localhost")
    page = ann.get(f"/intake/{case.part_of('ann')}").text
    assert "New entry" in page
    book = openpyxl.load_workbook(
        io.BytesIO(ann.get(f"/intake/{case.part_of('ann')}/template.xlsx").data)
    )
    assert [cell.value for cell in book["Entries"][1]][:2] == ["Brand_Name *", "Category *"]
    sheet = {"file": (io.BytesIO(b"Brand_Name,Category,Years\nTea,Green,3\n"), "a.csv")}
    answer = ann.post(f"/intake/{case.part_of('ann')}/import", sheet)
    assert "1 entries imported" in follow(ann, answer)
