"""Checking entries one after the other: by keyboard at a desk, and on a phone without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.unit_of_work import SYSTEM, Engine
from tests.browser.site import Server
from tests.council_case import Council
from tests.line_case import set_up
from web.app import create_app
from workflows import sessions
from workflows.sessions import Visitor

CHECK = (
    'kind="check" roll="=signers" entries="=entries" fix="true" '
    'checklist="=[{id: &quot;seal&quot;, name: &quot;盖章&quot;}, '
    '{id: &quot;fraud&quot;, name: &quot;弄虚作假&quot;, veto: true}]"'
)


@pytest.fixture
def case(engine: Engine) -> Council:
    made = set_up(engine, {"check": CHECK})
    made.start([{"id": key, "name": f"项目{key}"} for key in "xyz"])
    made.open("check")
    return made


@pytest.fixture
def come(case: Council, server: Server, browser: Any) -> Iterator[Callable[..., Page]]:
    """Give a function that lets somebody in, signed in already."""
    server.application = create_app(case.engine)
    contexts: list[Any] = []

    def enter(login: str, **options: Any) -> Page:
        with case.engine.begin(SYSTEM) as uow:
            visitor = Visitor("127.0.0.1", "test")
            token = sessions.open_session(uow, case.actors[login].id, visitor)
        contexts.append(browser.new_context(base_url=server.url, locale="zh-CN", **options))
        contexts[-1].add_cookies([{"name": "linxuan", "value": token, "url": server.url}])
        page: Page = contexts[-1].new_page()
        page.goto(f"/checks/{case.part(login, 'check')}")
        return page

    yield enter
    for each in contexts:
        each.close()


def test_by_keyboard_one_entry_after_the_other(come: Callable[..., Page]) -> None:
    page = come("ann")
    page.get_by_role("link", name="从第一项开始审查").click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("项目x")
    expect(page.locator("[data-keys-hint]")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(title).to_have_text("项目y")
    expect(page.locator("[data-keys-hint]")).to_be_visible()  # not before, keys are lost
    page.keyboard.press("ArrowLeft")
    expect(title).to_have_text("项目x")
    expect(page.locator("[data-keys-hint]")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    expect(title).to_have_text("项目y")
    expect(page.locator("[data-keys-hint]")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("r")
    page.keyboard.type("超期 a1")
    page.keyboard.press("Control+Enter")
    expect(title).to_have_text("项目z")
    page.goto(page.url.replace("/entries/z", "?show=done"))
    expect(page.locator("tbody tr")).to_have_text(["项目x—合格", "项目y—不合格"])


def test_on_a_phone_without_a_script(come: Callable[..., Page]) -> None:
    narrow = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False}
    page = come("ben", **narrow)
    page.get_by_role("link", name="从第一项开始审查").click()
    page.get_by_label("其余各项均符合").check()
    page.get_by_role("radio", name="补正").check()
    page.get_by_role("button", name="提交，到下一项").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("项目x")
    expect(page.locator(".err")).to_have_count(1)
    page.get_by_role("textbox", name="理由").fill("请补盖章")
    page.get_by_role("button", name="提交，到下一项").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("项目y")
