"""Every kind of page, with a case in the middle of things on it: narrow, accessible, on paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.person import Person
from tests.browser.site import Server, Site, open_site

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
PORTRAIT, LANDSCAPE = (590, 840), (840, 590)
"""A4 in points, to the nearest ten below."""
MARGINS = 92
"""Left and right margin together, in points."""
LOOK = """
async () => (await axe.run(document, { resultTypes: ['violations'] })).violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => [one.id, ...one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))].join(' | '))
"""
WIDTHS = "[document.documentElement.scrollWidth, window.innerWidth]"
PAGES = {
    "sign-in": ("", "/sign-in"),
    "inbox": ("hejing", "/desk/todo"),
    "to read": ("chenzhiyuan", "/desk/toread"),
    "done": ("chenzhiyuan", "/desk/done"),
    "started": ("chenzhiyuan", "/desk/started"),
    "watched": ("chenzhiyuan", "/desk/watched"),
    "start": ("chenzhiyuan", "/start"),
    "start form": ("chenzhiyuan", "/start/cadre_ten_step"),
    "task to do": ("hejing", "/tasks/{task}"),
    "task of others": ("chenzhiyuan", "/tasks/{task}"),
    "task that was done": ("chenzhiyuan", "/tasks/{done}"),
    "task with returns": ("hejing", "/tasks/{task}#return"),
    "draft that came too late": ("chenzhiyuan", "/tasks/{done}/draft"),
    "cases": ("chenzhiyuan", "/cases"),
    "case": ("chenzhiyuan", "/cases/{case}"),
    "case for the supervisor": ("shenzheng", "/cases/{case}"),
    "child case": ("chenzhiyuan", "/cases/{child}"),
    "message": ("malixin", "/cases/{case}/messages/cadre.complaint.received"),
    "audit trail": ("panqing", "/cases/{case}/trail"),
    "sheet": ("chenzhiyuan", "/cases/{case}/sheet"),
    "record": ("chenzhiyuan", "/cases/{case}/records/{record}"),
    "definitions": ("yezhou", "/definitions"),
    "definition": ("yezhou", "/definitions/cadre_ten_step"),
    "upload": ("yezhou", "/definitions/upload"),
    "account": ("chenzhiyuan", "/account"),
    "people": ("chenzhiyuan", "/registry/people"),
    "new person": ("chenzhiyuan", "/registry/people/new"),
    "person": ("chenzhiyuan", "/registry/people/{person}"),
    "posts": ("chenzhiyuan", "/registry/posts"),
    "new post": ("chenzhiyuan", "/registry/posts/new"),
    "post": ("chenzhiyuan", "/registry/posts/{post}"),
    "calendar": ("dengwei", "/calendar/2024"),
    "calendar to enter": ("dengwei", "/calendar/2027/edit"),
    "accounts": ("dengwei", "/admin/accounts"),
    "new account": ("dengwei", "/admin/accounts/new"),
    "somebody's account": ("dengwei", "/admin/accounts/{account}"),
    "units": ("dengwei", "/admin/units"),
    "unit": ("dengwei", "/admin/units/{unit}"),
    "operations": ("dengwei", "/admin/operations"),
    "log": ("dengwei", "/admin/log"),
    "not found": ("chenzhiyuan", "/cases/nothing"),
    "not allowed": ("yezhou", "/start"),
}


@dataclass
class Busy:
    """A site with a case before the vote, and the people who have signed in so far."""

    site: Site
    browser: Any
    places: dict[str, str]
    people: dict[str, Person] = field(default_factory=dict)

    def open(self, name: str, size: dict[str, int]) -> Page:
        """Open a kind of page as somebody who may see it."""
        login, path = PAGES[name]
        if login not in self.people:
            self.people[login] = Person(self.site, self.browser, login)
        page = self.people[login].page
        page.set_viewport_size(size)  # type: ignore[arg-type]
        self.people[login].go(path.format(**self.places))
        if page.locator("[data-diagram]").count():
            page.locator("[data-ready]").wait_for()
        return page


@pytest.fixture(scope="module")
def busy(
    server: Server, city: Path, browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Busy]:
    """Give a site where the case of the scenario waits for the vote."""
    file = tmp_path_factory.mktemp("busy") / "site.db"
    shutil.copyfile(city, file)
    site = open_site(server, file, "adopted")
    site.play(until="S8_meeting")
    made = Busy(site, browser, site.places())
    yield made
    for each in made.people.values():
        each.leave()
    site.engine.database.dispose()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_narrow_enough_for_a_phone_and_accessible(busy: Busy, name: str) -> None:
    page = busy.open(name, PHONE)
    if not name.startswith("not "):
        expect(page.locator(".oops[data-code]")).to_have_count(int(name.startswith("draft")))
    width, room = page.evaluate(WIDTHS)
    assert width <= room
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(LOOK) == []
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    width, room = page.evaluate(WIDTHS)
    assert width <= room


@pytest.mark.parametrize(
    ("name", "paper"),
    [("sheet", LANDSCAPE), ("record", PORTRAIT), ("case", PORTRAIT), ("task to do", PORTRAIT)],
)
def test_a_page_fits_on_a4(busy: Busy, name: str, paper: tuple[int, int]) -> None:
    page = busy.open(name, DESK)
    page.emulate_media(media="print")
    within = (paper[0] - MARGINS) * 96 // 72  # points of paper to pixels of the screen
    page.set_viewport_size({"width": within, "height": 900})
    width, room = page.evaluate(WIDTHS)
    assert width <= room
    printed = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="screen")
    boxes = re.findall(rb"/MediaBox \[\s*0 0 (\d+)\.?\d* (\d+)", printed)
    assert {(int(w) // 10 * 10, int(h) // 10 * 10) for w, h in boxes} == {paper}


def test_the_menu_of_a_phone_opens_and_closes(busy: Busy) -> None:
    page = busy.open("inbox", PHONE)
    menu = page.get_by_role("navigation", name="主菜单")
    expect(menu).not_to_be_in_viewport()
    page.get_by_role("link", name="打开菜单").click()
    expect(menu).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(menu).not_to_be_in_viewport()


def test_the_inbox_filters_while_one_types(busy: Busy) -> None:
    page = busy.open("inbox", DESK)
    rows = page.locator("#rows tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox").fill("没有这样的事项")
    expect(rows).to_have_count(0)
    expect(page.locator("#rows")).to_contain_text("没有符合条件的事项")
    page.get_by_role("searchbox").fill(busy.site.run.number)
    expect(rows).to_have_count(1)
