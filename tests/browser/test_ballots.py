"""A small election by page: five slips, four cast on phones, one exchanged for paper.

Everybody has a browser of his own. Each kind of page is looked at on a phone and on a desk, and
asked whether everybody can use it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.unit_of_work import SYSTEM
from tests.browser.site import Server
from tests.browser.test_pages import AXE, DESK, LOOK, PHONE, WIDTHS
from tests.election_case import PHRASE, VOTERS, Branch, set_up
from web.app import create_app
from workflows import sessions
from workflows.program import open_engine
from workflows.sessions import Visitor

SCRUTINEERS = ("wei1", "wei2", "wei3")
PATIENCE = 20_000


class Meeting:
    """The branch, its server, and a browser window for everybody."""

    def __init__(self, branch: Branch, url: str, browser: Any) -> None:
        self.branch, self.url, self.browser = branch, url, browser
        self.pages: dict[str, Page] = {}
        self.problems: list[str] = []

    def window(self, who: str) -> Page:
        """Return the window of somebody who is signed in; for others a phone of its own."""
        if who not in self.pages:
            context = self.browser.new_context(base_url=self.url, viewport=PHONE, locale="zh-CN")
            context.set_default_timeout(PATIENCE)
            if who in self.branch.actors:
                with self.branch.engine.begin(SYSTEM) as uow:
                    visitor = Visitor("192.0.2.9", "browser test")
                    token = sessions.open_session(uow, self.branch.actors[who].id, visitor)
                context.add_cookies([{"name": "linxuan", "value": token, "url": self.url}])
            page = self.pages[who] = context.new_page()
            page.on("pageerror", lambda error: self.problems.append(str(error)))
            page.on("dialog", lambda dialog: dialog.accept())
        return self.pages[who]

    def at(self, login: str, path: str = "") -> Page:
        """Open the page of the meeting, or one below it."""
        page = self.window(login)
        page.goto(f"/ballots/{self.branch.id}{path}")
        return page

    def looked_at(self, page: Page) -> None:
        """Assert that a page fits both screens and is accessible."""
        for size in (DESK, PHONE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            width, room = page.evaluate(WIDTHS)
            assert width <= room, page.url
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(LOOK) == [], page.url

    def press(self, page: Page, name: str) -> None:
        """Press a button that leads to another page."""
        with page.expect_navigation():
            page.get_by_role("button", name=name, exact=True).click()
        refused = page.locator(".note.bad, .oops")
        assert refused.count() == 0, refused.all_inner_texts()

    def told(self, page: Page, text: str) -> None:
        """Expect the page to say something."""
        expect(page.locator("#main")).to_contain_text(text)


@pytest.fixture
def meeting(
    server: Server, browser: Any, sqlite_template: Path, tmp_path: Path
) -> Iterator[Meeting]:
    """Give a branch before its meeting."""
    file = tmp_path / "branch.db"
    shutil.copyfile(sqlite_template, file)
    engine = open_engine(f"sqlite:///{file}")
    branch = set_up(engine)
    branch.start()
    server.application = create_app(engine)
    made = Meeting(branch, server.url, browser)
    yield made
    for page in made.pages.values():
        page.context.close()
    engine.database.dispose()


def prepare(meeting: Meeting) -> list[str]:
    """Name the staff, freeze, make the box, print; returns the codes from the printed page."""
    chair = meeting.at("chair")
    for role, names in (
        ("监票人", "魏一、魏二、魏三"), ("计票人", "季一、季二"), ("签到员", "钱道"),
    ):  # fmt: skip
        chair.get_by_label(role, exact=True).fill(names)
    meeting.press(chair, "保存名单")
    chair.get_by_label("每行一人").fill("\n".join(VOTERS))
    meeting.press(chair, "导入")
    meeting.looked_at(chair)
    for login in SCRUTINEERS:
        own = meeting.at(login)
        own.get_by_label("口令（至少 10 个字符）").fill(PHRASE + login)
        own.get_by_label("再输一遍").fill(PHRASE + login)
        meeting.press(own, "设定口令")
    meeting.looked_at(own)
    meeting.at("chair")
    meeting.press(chair, "冻结并公布指纹")
    meeting.press(chair, "生成票箱，份额各自交到本人")
    meeting.press(chair, "生成并打印")
    meeting.looked_at(chair)
    return re.findall(r"<code>([A-Z2-7-]{19})</code>", chair.content())


def sign_in(meeting: Meeting) -> None:
    """Sign everybody in at the desk and begin."""
    desk = meeting.at("door", "/desk")
    for name in VOTERS:
        desk.get_by_role("searchbox").fill(name)
        meeting.press(desk, "查找")
        meeting.press(desk, "到会并领票")
    meeting.looked_at(desk)
    meeting.press(meeting.at("chair"), "宣布开始投票")


def cast(meeting: Meeting, code: str, marks: str, *, closely: bool = False) -> str:
    """Vote on a phone, from the scanned code to the receipt; returns the receipt."""
    phone = meeting.window("phone")
    phone.goto("about:blank")
    phone.goto(f"/vote-slip#{code}")
    expect(phone.get_by_label("票条代码")).to_have_value(code)
    assert code not in phone.url
    if closely:
        meeting.looked_at(phone)
    phone.get_by_role("button", name="打开选票").click()
    if closely:
        too_many(meeting, phone)
    for no, value in enumerate(marks):
        phone.locator(f'input[name="m{no}"][value="{value}"]').check()
    phone.get_by_role("button", name="下一步").click()
    expect(phone.get_by_role("heading", name="这是您的选票吗？")).to_be_visible()
    if closely:
        meeting.looked_at(phone)
    phone.get_by_role("button", name="确认投票").click()
    receipt = phone.locator(".receipt-code b").inner_text()
    if closely:
        meeting.looked_at(phone)
        leave(phone, code)
    return receipt


def too_many(meeting: Meeting, phone: Page) -> None:
    """Mark one too many: the page says so at once, and the server refuses it."""
    for no in range(3):
        phone.locator(f'input[name="m{no}"][value="0"]').check()
    expect(phone.locator(".vote-left.over")).to_contain_text("多选了 1 个")
    phone.get_by_role("button", name="下一步").click()
    expect(phone.get_by_role("alert")).to_contain_text("最多 2 个，您选了 3 个")
    expect(phone.locator('input[value="0"]:checked')).to_have_count(3)
    meeting.looked_at(phone)


def leave(phone: Page, code: str) -> None:
    """Hand the device on: nothing of the vote is behind the back button."""
    phone.get_by_role("link", name="完成").click()
    expect(phone.get_by_role("heading", name="请把设备交给下一位")).to_be_visible()
    phone.go_back()
    assert phone.locator(".receipt-code").count() == 0
    assert code not in phone.content()


def paper(meeting: Meeting, code: str) -> None:
    """Exchange a slip and count the paper, two tellers apart."""
    one, two = meeting.at("tell1"), meeting.window("tell2")
    one.get_by_label("票条代码").fill(code)
    meeting.press(one, "收票条，发纸票")
    for page in (one, two):
        page.goto(f"/ballots/{meeting.branch.id}/paper")
        for label in ("发出张数", "收回张数", "有效张数"):
            page.get_by_label(label, exact=True).fill("1")
        for no, mark in enumerate((0, 1, 1)):
            page.locator(f'[name="t{no}-{mark}"]').fill("1")
        meeting.press(page, "录入")
    meeting.told(two, "两人一致")
    meeting.looked_at(meeting.at("tell1", "/paper"))


def count(meeting: Meeting) -> None:
    """Sign the statement, open the box with two passphrases, sign the result."""
    for login in ("wei1", "wei2"):
        meeting.press(meeting.at(login), "我已核对，签字")
    watch = meeting.at("wei2")
    for name, login in (("魏一", "wei1"), ("魏三", "wei3")):
        watch.get_by_label(f"{name}：口令").fill(PHRASE + login)
    meeting.press(watch, "开箱并计票")
    meeting.looked_at(watch)
    for login in ("wei1", "wei3"):
        meeting.press(meeting.at(login), "我已核对，签字")


def test_five_slips_from_the_frozen_roll_to_the_signed_result(meeting: Meeting) -> None:
    codes = prepare(meeting)
    assert len(codes) == 10
    sign_in(meeting)
    receipt = cast(meeting, codes[0], "00-", closely=True)
    for code, marks in zip(codes[1:4], ("001", "01-", "100"), strict=True):
        cast(meeting, code, marks)
    screen = meeting.at("chair", "/screen")
    meeting.told(screen, "正在投票")
    meeting.looked_at(screen)
    paper(meeting, codes[4])
    meeting.press(meeting.at("chair"), "宣布投票结束，关箱")
    public = meeting.window("anybody")
    public.goto(f"/ballots/{meeting.branch.id}/statement")
    public.get_by_label("回执号").fill(receipt)
    public.get_by_role("button", name="查找").click()
    expect(public.locator("#found")).to_contain_text("在箱内，没有丢失")
    expect(public.locator("#receipts .mine")).to_have_text(receipt)
    assert receipt not in public.url
    meeting.looked_at(public)
    count(meeting)
    sheet = meeting.at("chair", "/sheet")
    meeting.told(sheet, "当选名单：陈志远、何静")
    meeting.looked_at(sheet)
    screen = meeting.at("chair", "/screen")
    meeting.told(screen, "当选：陈志远、何静")
    meeting.looked_at(screen)
    act = meeting.window("chair")
    act.goto(f"/acts/{meeting.branch.id}")
    meeting.press(act, "结束并计算结果")
    meeting.looked_at(act)
    act.goto("/ballots/threat-model")
    meeting.looked_at(act)
    assert not meeting.problems
