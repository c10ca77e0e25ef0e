"""A whole selection, from the motion to the archive, by clicking, with all the people it takes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.person import Person
from tests.browser.site import Site, single

Stage = Callable[[Page], None]
OFFICER = "chenzhiyuan"
TITLE = "市农业农村局副局长选拔任用"
LIVE = '.djs-element[data-element-id="{}"]'


def test_a_case_goes_from_the_motion_to_the_archive(site: Site, visit: Visit) -> None:
    auditor = visit("panqing")
    people = {OFFICER: visit(OFFICER, drawing=False)}
    _open_case(site, people[OFFICER])
    done = 0
    for who, node, child, more in _work(site):
        if who not in people:
            people[who] = visit(who, drawing=False)
        people[who].do(node, child, more)
        done += 1
        if node in STAGES and child in ("", "sub_candidate:梁秋月"):
            page = auditor.go(f"/cases/{site.run.case_id}")
            page.locator("[data-ready]").wait_for()
            STAGES[node](page)
    assert len(people) >= 5
    assert done > 40
    _look_at_the_record(site, auditor.page, done)


def _open_case(site: Site, officer: Person) -> None:
    """Choose the process and fill the start form, as the scenario says."""
    page = officer.go("/desk/todo")
    page.get_by_role("link", name="发起事项").last.click()
    page.get_by_role("link", name="干部选拔任用十步工作法").click()
    page.wait_for_url("**/start/cadre_ten_step")
    assert officer.fill(site.common["start"]["form"]) == []
    officer.submit("发起")
    expect(page.get_by_role("heading", name="提出动议建议").first).to_be_visible()
    _strip(page, "now" + " todo" * 9)
    site.run.case_id = site.only_case()


def _work(site: Site) -> Iterator[tuple[str, str, str, Mapping[str, Any] | None]]:
    """Yield what is done by whom, in order, moving the clock in between."""
    for act in site.acts:
        for step in single(act):
            if step.get("do") == "clock":
                site.move(step)
                continue
            for child in step.get("child", [""]):
                yield site.login(step["node"]), step["node"], child, step.get("data")
                site.clock.move(minutes=3)


def _strip(page: Page, states: str) -> None:
    expect(page.locator(".steps li")).to_have_class([*states.split()])


def _waits_for(page: Page, *titles: str) -> None:
    found = page.locator("#open tbody .t").all_inner_texts()
    assert Counter(found) == Counter(titles)


def _drawn(page: Page, **states: str) -> None:
    for node, state in states.items():
        expect(page.locator(LIVE.format(node))).to_have_class(re.compile(rf"\bst-{state}\b"))


def _moved(page: Page) -> None:
    _strip(page, "done now" + " todo" * 8)
    _waits_for(page, "初始提名登记")
    _drawn(page, S1_motion="done", S1_sign="done", S2_nominate="active")
    latest = page.locator("#history .step").nth(1).locator(".tl li").first
    expect(latest).to_contain_text("签字存档")
    expect(latest).to_contain_text("赵国清")


def _two_are_inspected(page: Page) -> None:
    expect(page.locator("#children tbody tr")).to_have_count(2)
    _drawn(page, S4_fix="done", S5_candidates="active")
    _strip(page, "done done done done now now" + " todo" * 4)


def _both_may_be_submitted(page: Page) -> None:
    expect(page.locator("#children .tag")).to_have_text(["可提交", "可提交"])
    _waits_for(page, "征求意见")
    _strip(page, "done done done done done done now" + " todo" * 3)


def _voted(page: Page) -> None:
    _waits_for(page, "会议纪要")
    _drawn(page, S8_meeting="done", S8_minutes="active")


def _posted(page: Page) -> None:
    expect(page.locator("#open")).to_contain_text("正在等待期限届满")
    _strip(page, " ".join(["done"] * 8 + ["now", "todo"]))


def _archived(page: Page) -> None:
    expect(page.locator("#open")).to_contain_text("事项已于 2024-02-22")
    expect(page.locator(".case-h .tag.ok")).to_have_text("任职归档")
    _strip(page, " ".join(["done"] * 10))
    _drawn(page, S1_motion="done", S8_meeting="done", S10_archive="done")


STAGES: Mapping[str, Stage] = {
    "S1_sign": _moved,
    "S4_fix": _two_are_inspected,
    "S5_report": _both_may_be_submitted,
    "S8_meeting": _voted,
    "S9_publish": _posted,
    "S10_archive": _archived,
}
"""What the page of the case must say when these steps have been done."""


def _look_at_the_record(site: Site, page: Page, done: int) -> None:
    """Every step is on the record, the chain holds, and the sheet for the archive prints."""
    expect(page.locator("#history")).to_contain_text(f"{site.records()} 条")
    acts = page.locator("#history .tl li.ok")
    assert acts.count() == done + 1  # and the start
    expect(page.get_by_text("记录链完整")).to_be_visible()
    page.get_by_role("link", name="打印纪实表").click()
    expect(page.get_by_role("heading", name="全程纪实表")).to_be_visible()
    expect(page.locator(".sheet-head")).to_contain_text(TITLE)
    expect(page.locator("table.course tbody tr")).to_have_count(done + 1)
    for words in ("应到 11，实到 8", "同意 6", "周明德", "任职归档"):
        expect(page.locator("main.sheet")).to_contain_text(words)
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")


@pytest.mark.parametrize("site", ["probation_to_archive_year_later"], indirect=True)
def test_a_probation_ends_a_year_later(site: Site, visit: Visit) -> None:
    site.play(until="S10_prepare")
    officer = visit(OFFICER)
    officer.do("S10_prepare")
    page = officer.go(f"/cases/{site.run.case_id}")
    _waits_for(page)
    site.set_clock("2025-02-28T23:59")
    page = officer.go("/desk/todo")
    expect(page.locator("#rows")).to_contain_text("没有待办事项")
    site.set_clock("2025-03-03T09:00")
    officer.do("S10_assess")
    archivist = visit("caojing")
    expect(archivist.do("S10_archive").locator(".note.ok")).to_contain_text("已经全部办结")
