"""Several people, several windows, and time that passes while a form is open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.site import Site

TYPED = "班子缺少熟悉水产养殖的干部，这一句是后办的人写的。"
SEND_TWICE = """
async () => {
  const form = document.querySelector('form.pform');
  const body = () => { const data = new FormData(form); data.set('_act', 'submit'); return data; };
  const send = () => fetch(form.action, { method: 'POST', body: body() });
  return (await Promise.all([send(), send()])).map(answer => answer.ok);
}
"""


@pytest.fixture
def motion(site: Site) -> str:
    """Open a case and give the id of its first task, which two officers share."""
    site.start()
    return site.task("S1_motion")


def _kept(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name="本次没有办理")).to_be_visible()
    expect(page.locator("[role=alert]")).to_have_count(1)
    assert text in page.locator("#kept-text").input_value()


def test_a_double_click_hands_in_once(site: Site, visit: Visit, motion: str) -> None:
    officer = visit("chenzhiyuan")
    officer.open(motion)
    officer.fill(site.answers("S1_motion"))
    before = site.records()
    with officer.page.expect_navigation():
        officer.page.get_by_role("button", name="提交办理").dblclick()
    expect(officer.page.locator(".note.ok")).to_contain_text("已提交，记入全程纪实")
    assert site.records() == before + 1
    assert site.status_of(motion) == "completed"


def test_the_same_form_sent_twice_at_once_is_taken_once(
    site: Site, visit: Visit, motion: str
) -> None:
    officer = visit("chenzhiyuan")
    officer.open(motion)
    officer.fill(site.answers("S1_motion"))
    before = site.records()
    assert officer.page.evaluate(SEND_TWICE) == [True, True]
    assert site.records() == before + 1


def test_who_comes_second_is_told_and_keeps_his_text(site: Site, visit: Visit, motion: str) -> None:
    first, second = visit("chenzhiyuan"), visit("liuyang")
    for each in (first, second):
        each.open(motion)
    second.fill({**site.answers("S1_motion"), "team_structure": TYPED})
    first.fill(site.answers("S1_motion"))
    first.submit()
    before = site.records()
    second.press("提交办理")
    _kept(second.page, TYPED)
    expect(second.page.get_by_role("alert")).to_have_text(
        "这项任务已由 陈志远 于 2024-01-05 09:00 办结，没有重复办理。"
    )
    assert site.records() == before


def test_a_page_older_than_the_task_is_refused(site: Site, visit: Visit, motion: str) -> None:
    first, second = visit("chenzhiyuan"), visit("liuyang")
    second.open(motion)
    second.fill({**site.answers("S1_motion"), "team_structure": TYPED})
    first.open(motion)
    first.press("签收")
    first.press("退签")
    before = site.records()
    second.press("提交办理")
    _kept(second.page, TYPED)
    expect(second.page.get_by_role("alert")).to_contain_text("已有变化")
    assert (site.records(), site.status_of(motion)) == (before, "open")


def test_a_hold_stops_a_form_that_is_open_and_says_who_why_and_since(
    site: Site, visit: Visit, motion: str
) -> None:
    officer, watch = visit("chenzhiyuan"), visit("shenzheng")
    officer.open(motion)
    officer.fill({**site.answers("S1_motion"), "team_structure": TYPED})
    page = watch.go(f"/cases/{site.run.case_id}")
    page.get_by_text("暂停这一事项").click()
    page.get_by_label("暂停理由").fill("收到实名举报，先行核实。")
    watch.press("暂停")
    officer.press("提交办理")
    _kept(officer.page, TYPED)
    for words in ("沈正", "2024-01-05 09:00", "收到实名举报，先行核实。"):
        expect(officer.page.get_by_role("alert")).to_contain_text(words)
    assert site.status_of(motion) == "open"
    officer.go(f"/tasks/{motion}")
    expect(officer.page.locator(".note.bad")).to_contain_text("沈正")
    expect(officer.page.locator("form.pform")).to_have_count(0)
    page = watch.go(f"/cases/{site.run.case_id}")
    expect(page.locator(".steps li").first).to_contain_text("已暂停")
    page.get_by_text("恢复办理").first.click()
    page.get_by_label("恢复理由").fill("已核实，不影响办理。")
    watch.press("恢复办理")
    officer.go(f"/tasks/{motion}")
    assert officer.page.get_by_label("班子结构").input_value() == TYPED
    officer.submit()


def test_a_refusal_while_typing_leaves_the_form_where_it_is(
    site: Site, visit: Visit, motion: str
) -> None:
    page = visit("chenzhiyuan").open(motion)
    strange = "document.querySelector('[name=study_no]').name = 'no_such_field'"
    page.evaluate(strange)
    page.locator("[name=team_structure]").fill(TYPED)
    page.locator("[name=team_structure]").blur()
    expect(page.locator("#refusal")).to_contain_text("填写的内容有误")
    assert page.locator("[name=team_structure]").input_value() == TYPED


def _press_submit(page: Page) -> None:
    page.get_by_role("button", name="提交办理").click()


def _type_on(page: Page) -> None:
    page.locator("[name=study_no]").fill("研判〔2024〕4号")
    page.locator("[name=study_no]").blur()


@pytest.mark.parametrize("go_on", [_press_submit, _type_on])
def test_a_sign_in_that_ends_in_the_middle_of_a_form_loses_nothing(
    site: Site, visit: Visit, motion: str, go_on: Callable[[Page], None]
) -> None:
    officer = visit("chenzhiyuan")
    officer.open(motion)
    officer.fill({**site.answers("S1_motion"), "team_structure": TYPED})
    site.clock.move(hours=3)
    go_on(officer.page)
    expect(officer.page.locator("form.door-form")).to_contain_text("登录已过期")
    assert site.status_of(motion) == "open"
    officer.page.get_by_label("账号").fill("chenzhiyuan")
    officer.page.get_by_label("密码").fill("linxuan-2026")
    officer.press("登录")
    expect(officer.page.locator("main")).to_contain_text(TYPED)
    officer.press("继续提交")
    if go_on is _type_on:
        officer.submit()
    assert site.status_of(motion) == "completed"
