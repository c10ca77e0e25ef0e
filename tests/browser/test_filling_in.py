"""Filling a form in: mistakes, no script, the keyboard alone, files, languages, large type."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.site import Site

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
MOST_TABS = 80


@pytest.fixture
def consent(site: Site) -> str:
    """Play up to the secretary's consent and give the id of that task."""
    site.play(until="S1_agree")
    return site.task("S1_agree")


def test_a_wrong_field_says_so_beside_itself(site: Site, visit: Visit, consent: str) -> None:
    secretary = visit("zhoumingde")
    page = secretary.open(consent)
    before = site.records()
    secretary.fill({"motion_outcome": "同意启动", "secretary_agree_date": "2023-01-01"})
    secretary.press("提交办理")
    date = page.get_by_label("审定日期")
    expect(date).to_have_attribute("aria-invalid", "true")
    told = page.locator(f"#{date.get_attribute('aria-describedby')}")
    expect(told).to_have_text("审定日期不能早于研判日期")
    below = told.bounding_box(), date.bounding_box()
    assert None not in below
    assert 0 < below[0]["y"] - below[1]["y"] < 80
    expect(page.locator("#form-wrong")).to_be_focused()
    expect(page.locator("#form-wrong")).to_contain_text("有 2 处需要修改")
    page.locator("#form-wrong").get_by_role("link", name="审定日期").click()
    expect(date).to_be_focused()
    assert (site.records(), site.status_of(consent)) == (before, "open")


def test_a_corrected_field_loses_its_message_at_once(
    site: Site, visit: Visit, consent: str
) -> None:
    secretary = visit("zhoumingde")
    page = secretary.open(consent)
    secretary.press("提交办理")
    expect(page.locator(".err:visible")).to_have_count(3)
    secretary.fill(site.answers("S1_agree"))
    expect(page.locator(".err:visible")).to_have_count(0)
    secretary.submit()


def test_fields_come_and_go_with_the_answer_they_depend_on(
    site: Site, visit: Visit, consent: str
) -> None:
    page = visit("zhoumingde").open(consent)
    expect(page.get_by_label("理由", exact=False)).to_have_count(0)
    page.get_by_label("完善后再报").check()
    expect(page.locator("[name=agree_reason]")).to_be_visible()
    page.get_by_label("同意启动").check()
    expect(page.locator("[name=agree_reason]")).to_have_count(0)


def test_a_task_can_be_done_without_script(site: Site, visit: Visit) -> None:
    site.play(until="S2_review")
    reviewer = visit("liuyang", java_script_enabled=False)
    page = reviewer.open(site.task("S2_review"))
    page.get_by_label("列入人选范围").check()
    rows = page.locator("[data-row^=eligibility-]")
    there = rows.count()
    reviewer.press("增加一行")
    expect(rows).to_have_count(there + 1)
    expect(page.get_by_label("列入人选范围")).to_be_checked()
    page.locator("[data-row]").last.get_by_role("button").click()
    expect(rows).to_have_count(there)
    for number in range(there):
        _choose(page, f"eligibility-{number}-result", "符合")
        page.locator(f"[name=eligibility-{number}-basis]").fill("任现职级年限符合。")
    page.get_by_label("我已核对以上内容").check()
    reviewer.submit()
    assert site.status_of(site.task("S3_talk")) == "open"


def _choose(page: Page, name: str, label: str) -> None:
    control = page.locator(f"select[name={name}]")
    if control.count():
        control.select_option(label=label)
    else:
        page.locator(f"[name={name}][value={label}]").check()


def test_a_task_can_be_done_with_the_keyboard_alone(site: Site, visit: Visit, consent: str) -> None:
    page = visit("zhoumingde").go("/desk/todo")
    _tab_to(page, f'a[href="/tasks/{consent}"]')
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(consent))
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    _tab_to(page, "[name=motion_outcome]")
    page.keyboard.press("Space")
    _tab_to(page, "[name=secretary_agree_date]")
    page.keyboard.type("01052024")
    _tab_to(page, "[name=secretary_sig]")
    page.keyboard.press("Space")
    expect(page.get_by_role("status").filter(has_text="草稿已保存")).to_be_visible()
    _tab_to(page, "button[name=_act][value=submit]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".note.ok")).to_contain_text("“主要负责人审定”已提交")
    assert site.status_of(consent) == "completed"


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_a_file_goes_from_the_form_to_the_case(site: Site, visit: Visit, tmp_path: Path) -> None:
    site.start()
    officer = visit("chenzhiyuan")
    page = officer.open(site.task("S1_motion"))
    file = tmp_path / "研判报告.pdf"
    file.write_bytes(PDF)
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.locator(".filelist")).to_contain_text("研判报告.pdf")
    officer.fill(site.answers("S1_motion"))
    officer.submit()
    page = officer.go(f"/cases/{site.run.case_id}")
    with page.expect_download() as coming:
        page.locator("#files").get_by_role("link", name="研判报告.pdf").click()
    assert Path(coming.value.path()).read_bytes() == PDF


def test_a_search_field_offers_people_while_one_types(site: Site, visit: Visit) -> None:
    site.play(until="S2_nominate")
    page = visit("chenzhiyuan").open(site.task("S2_nominate"))
    assert page.locator("select[name=nominations-0-nominee] option, datalist option").count() > 1


def test_the_pages_speak_english(site: Site, visit: Visit, consent: str) -> None:
    secretary = visit("zhoumingde")
    page = secretary.page
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(f'#rows a.t[href="/tasks/{consent}"]').click()
    expect(page.get_by_role("heading", name="Secretary's consent").first).to_be_visible()
    expect(page.get_by_text("Improve and report again")).to_be_visible()
    page.locator("button[value=submit]").click()
    expect(page.locator("#form-wrong")).to_contain_text("Date")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_large_type_makes_everything_larger(site: Site, visit: Visit, consent: str) -> None:
    secretary = visit("zhoumingde")
    page = secretary.open(consent)

    def size() -> float:
        script = "parseFloat(getComputedStyle(document.querySelector('#work label')).fontSize)"
        return float(page.evaluate(script))

    before = size()
    page.get_by_role("button", name="大字版").click()
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    assert size() > before * 1.15
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
