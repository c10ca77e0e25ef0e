"""An applicant on the phone: what is typed is kept by itself, submitted, and sent by sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.unit_of_work import SYSTEM, Engine
from tests.browser.person import ready
from tests.browser.site import Server
from tests.browser.test_pages import AXE, LOOK, PHONE, WIDTHS
from tests.intake_case import Award, set_up
from web.app import create_app
from workflows import sessions
from workflows.sessions import Visitor

SHEET = "品牌名称,类别,创建年数\n清溪水,绿色发展,{years}\n"


@pytest.fixture
def case(engine: Engine) -> Award:
    return set_up(engine)


@pytest.fixture
def page(case: Award, server: Server, browser: Any) -> Iterator[Page]:
    """Give the page of an applicant on a phone."""
    server.application = create_app(case.engine)
    with case.engine.begin(SYSTEM) as uow:
        visitor = Visitor("192.0.2.9", "test")
        token = sessions.open_session(uow, case.actors["ann"].id, visitor)
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    context.add_cookies([{"name": "linxuan", "value": token, "url": server.url}])
    made = context.new_page()
    yield made
    context.close()


def look(page: Page) -> None:
    """Nothing runs off the side, and axe finds nothing serious."""
    across, width = page.evaluate(WIDTHS)
    assert across <= width
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    assert page.evaluate(LOOK) == []


def test_an_applicant_types_leaves_comes_back_submits_and_sends_a_sheet(
    case: Award, page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/desk/todo")
    page.get_by_role("link", name="品牌评选").first.click()
    look(page)
    page.get_by_role("button", name="新建申报").click()
    page.get_by_label("品牌名称").wait_for()
    ready(page)
    with page.expect_response(lambda answer: answer.request.method == "POST") as kept:
        page.get_by_label("品牌名称").fill("云岭茶")
    assert kept.value.status == 200
    look(page)
    portal = f"{server.url}/intake/{case.part_of('ann')}"
    page.goto(portal)  # without saving anything himself
    page.get_by_role("link", name="填写并提交").click()
    expect(page.get_by_label("品牌名称")).to_have_value("云岭茶")
    page.get_by_label("类别").select_option(label="绿色发展")
    page.get_by_label("创建年数").fill("3")
    page.get_by_role("button", name="提交申报").click()
    expect(page.locator(".note.ok")).to_contain_text("已提交")
    page.get_by_text("用电子表格批量申报").click()
    send(page, "99")
    expect(page.locator("#report")).to_contain_text("应在 1 至 30 之间")
    look(page)
    send(page, "4")
    expect(page.locator(".note.ok")).to_contain_text("已导入 1 项")
    expect(page.locator(".intake-one.submitted")).to_have_count(2)
    page.get_by_role("link", name="清溪水").click()
    expect(page.get_by_role("heading", name="清溪水")).to_be_visible()
    look(page)


def send(page: Page, years: str) -> None:
    content = SHEET.format(years=years).encode("gbk")
    page.set_input_files(
        "#sheet-file", {"name": "a.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="检查并导入").click()
