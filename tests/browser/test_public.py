"""On a phone: an outsider objects without a name, two handlers conclude, the organiser closes."""

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
from tests.conftest import START, Clock
from tests.notice_board import Board, set_up
from web.app import create_app
from workflows import sessions
from workflows.program import open_engine
from workflows.sessions import Visitor

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def board(server: Server, sqlite_template: Path, tmp_path: Path) -> Iterator[Board]:
    """Give a case whose posting is prepared, behind the server."""
    file = tmp_path / "board.db"
    shutil.copyfile(sqlite_template, file)
    engine = open_engine(f"sqlite:///{file}", clock=Clock(START), files=tmp_path / "files")
    made = set_up(engine)
    made.prepare()
    server.application = create_app(engine)
    yield made
    engine.database.dispose()


@pytest.fixture
def phone(server: Server, board: Board, browser: Any) -> Iterator[Any]:
    """Give a page on a phone: ``phone()`` of an outsider, ``phone("judge")`` signed in."""
    contexts, problems = [], []

    def come(login: str = "") -> Page:
        context = browser.new_context(base_url=server.url, viewport=PHONE, locale="zh-CN")
        contexts.append(context)
        if login:
            with board.engine.begin(SYSTEM) as uow:
                visitor = Visitor("127.0.0.1", "test")
                token = sessions.open_session(uow, board.actors[login].id, visitor)
            context.add_cookies([{"name": "linxuan", "value": token, "url": server.url}])
        page: Page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield come
    for each in contexts:
        each.close()
    assert problems == []


def fits(page: Page) -> bool:
    """Tell whether nothing sticks out of the phone."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_an_objection_from_the_notice_board_to_the_end_of_the_posting(
    board: Board, phone: Any
) -> None:
    officer = phone("officer")
    officer.goto(f"/acts/{board.lead()}")
    expect(officer.locator("#text")).to_contain_text("公示文稿预览")
    officer.get_by_role("button", name="开始").click()
    expect(officer.locator("#period")).to_contain_text("2026-03-09")
    code = _object(phone())
    _conclude(board, phone)
    officer.goto(f"/acts/{board.lead()}")
    officer.get_by_role("button", name="结束并计算结果").click()
    expect(officer.locator("body")).to_contain_text("不能提前结束")
    board.engine.clock.set(2026, 3, 9, 16)  # type: ignore[attr-defined]
    officer = phone("officer")
    officer.goto(f"/acts/{board.lead()}")
    officer.get_by_role("button", name="结束并计算结果").click()
    expect(officer.locator("#result")).to_contain_text("有异议成立")
    assert fits(officer)
    officer.get_by_label("说明").fill("取消甲项目")
    officer.get_by_role("button", name="确认结果").click()
    expect(officer.locator("#act")).to_contain_text("已确认")
    outsider = phone()
    outsider.goto("/public/objection")
    outsider.get_by_label("回执码").fill(code.lower().replace("-", ""))
    outsider.get_by_role("button", name="查询").click()
    expect(outsider.locator(".answer")).to_contain_text("情况属实")
    assert fits(outsider)


def _object(page: Page) -> str:
    page.goto("/public")
    page.get_by_role("link", name=re.compile("党建品牌公示")).click()
    expect(page.locator("h1")).to_have_text("党建品牌公示")
    assert fits(page)
    expect(page.get_by_label("姓名（实名时必填）")).to_be_hidden()
    page.get_by_label("甲项目").check()
    page.get_by_label("反映的内容").fill("去年三月的活动照片是从别处借来的。")
    page.get_by_role("button", name="提交异议").click()
    expect(page.locator("h1")).to_have_text("异议已收到")
    assert fits(page)
    return page.locator("#receipt-code").inner_text()


def _conclude(board: Board, phone: Any) -> None:
    judge = phone("judge")
    judge.goto("/desk/todo")
    judge.locator("#rows a.t").first.click()
    expect(judge.locator("main")).to_contain_text("活动照片是从别处借来的")
    assert fits(judge)
    judge.get_by_label("具体，核查", exact=True).check()
    judge.get_by_role("button", name="确定").click()
    judge.get_by_label("结论", exact=False).first.select_option("属实影响")
    judge.get_by_label("认定理由").fill("照片不实")
    judge.get_by_label("核查情况").fill("核对了照片原件")
    judge.get_by_label("给异议人的答复").fill("情况属实，谢谢监督")
    judge.get_by_role("button", name="提交结论建议").click()
    expect(judge.locator("#decide")).to_contain_text("另一名办理人")
    second = phone("second")
    second.goto(judge.url)
    second.get_by_role("button", name="同意，办结").click()
    expect(second.locator(".case-h")).to_contain_text("已办结")
