"""A panel of three marks five entries on the phone, by keyboard and by touch; the chair closes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.unit_of_work import SYSTEM
from tests.browser.site import Server
from tests.conftest import Clock
from tests.panel_case import PanelCase, entries, set_up
from web.app import create_app
from workflows import sessions
from workflows.program import open_engine
from workflows.sessions import Visitor

PHONE = {"width": 390, "height": 844}
CRITERIA = (
    'criteria="=[{id: &quot;a&quot;, name: &quot;开创性&quot;, most: 30}, '
    "{id: &quot;b&quot;, name: &quot;实效性&quot;, most: 40}, "
    "{id: &quot;g&quot;, name: &quot;推广性&quot;, grades: [{label: &quot;强&quot;, mark: 30}, "
    '{label: &quot;一般&quot;, mark: 18}]}]"'
)


@pytest.fixture
def case(
    server: Server, sqlite_template: Path, tmp_path: Path, clock: Clock
) -> Iterator[PanelCase]:
    """Give a panel of three with five entries, open, behind the server."""
    file = tmp_path / "panel.db"
    shutil.copyfile(sqlite_template, file)
    engine = open_engine(f"sqlite:///{file}", clock=clock, files=tmp_path / "files")
    made = set_up(engine, 'panel="3" declare="true"', experts=3, spare=0, criteria=CRITERIA)
    made.begin(entries(5, category="社区"))
    made.open("score")
    server.application = create_app(engine)
    yield made
    engine.database.dispose()


@pytest.fixture
def come(case: PanelCase, server: Server, browser: Any) -> Iterator[Any]:
    """Give a function that lets somebody in; a page with an error of its own fails the test."""
    problems: list[str] = []
    contexts = []

    def enter(login: str, **options: Any) -> Page:
        with case.engine.begin(SYSTEM) as uow:
            visitor = Visitor("192.0.2.9", "test")
            token = sessions.open_session(uow, case.actors[login].id, visitor)
        context = browser.new_context(base_url=server.url, locale="zh-CN", **options)
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "linxuan", "value": token, "url": server.url}])
        contexts.append(context)
        page: Page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not problems


def declare(page: Page) -> None:
    """From the inbox to the signed declaration."""
    page.goto("/desk/todo")
    page.locator("#rows a.t").first.click()
    page.get_by_role("link", name="回避声明").click()
    page.get_by_label("本人声明").check()
    page.get_by_role("button", name="确认声明").click()
    page.get_by_role("link", name="逐项评分").click()
    page.wait_for_load_state("load")


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def by_keyboard(page: Page, left: int, marks: tuple[str, str]) -> None:
    """Type two marks and choose a grade without touching anything."""
    expect(page.locator("[data-state]")).to_have_text(f"还剩 {left} 项")
    expect(page.get_by_label("开创性")).to_be_focused()
    page.keyboard.type(marks[0])
    page.keyboard.press("Enter")
    page.keyboard.type(marks[1])
    page.get_by_label("强").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-sum]")).to_have_text(str(sum(map(int, marks)) + 30))
    fits(page)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def by_touch(page: Page) -> None:
    """Tap plus and minus, and a grade."""
    page.wait_for_load_state("load")
    page.get_by_label("开创性").fill("20")
    page.get_by_role("button", name="加一分").first.tap()
    page.get_by_label("实效性").fill("40")
    page.get_by_role("button", name="加一分").last.tap()  # no more than the most
    page.get_by_role("button", name="减一分").last.tap()
    page.get_by_label("一般").tap()
    expect(page.locator("[data-sum]")).to_have_text("78")
    with page.expect_navigation():
        page.get_by_role("button", name="提交").tap()


def test_three_experts_mark_five_entries_on_the_phone(case: PanelCase, come: Any) -> None:
    first = come("e1", viewport=PHONE)
    declare(first)
    for n in range(5):
        by_keyboard(first, 5 - n, (str(20 + n), str(30 + n)))
    expect(first.locator(".todo-list .tag.ok")).to_have_count(5)
    for login in ("e2", "e3"):
        page = come(login, viewport=PHONE, has_touch=True)
        declare(page)
        for _n in range(5):
            by_touch(page)
        expect(page.get_by_text("已全部提交").first).to_be_visible()
    chair = come("officer", viewport={"width": 1440, "height": 900})
    chair.goto(f"/acts/{case.lead('score')}")
    chair.get_by_role("button", name="结束并计算结果").click()
    expect(chair.locator(".scores svg.box-plot")).to_have_count(5)
    expect(chair.locator(".scores tbody tr").first).to_contain_text("81.33")


def test_what_is_typed_survives_the_way_to_another_entry_and_counts_for_nothing(
    case: PanelCase, come: Any
) -> None:
    page = come("e1", viewport=PHONE, has_touch=True)
    declare(page)
    page.get_by_label("开创性").fill("17")
    page.get_by_label("下一项").tap()
    page.wait_for_url("**/mark/2")
    page.get_by_label("上一项").tap()
    page.wait_for_url("**/mark/1")
    expect(page.get_by_label("开创性")).to_have_value("17")
    expect(page.locator(".one-head .tag")).to_have_text("草稿")
    page.get_by_label("实效性").fill("25")
    expect(page.locator("[data-state]")).to_have_text("草稿已自动保存")
    page.reload()
    expect(page.get_by_label("实效性")).to_have_value("25")
    assert case.who("e1").given == 0
