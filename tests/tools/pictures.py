"""Takes the pictures of README and tutorial from the running product: see ``main``.

    python -m tests.tools.pictures

plays cases of the demonstration city on a throw-away store and writes ``docs/images``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

import run
from engine import calendar_seed, schema, svg
from engine.unit_of_work import SYSTEM
from tests.browser.person import Person
from tests.browser.site import PACKAGE, Server, Site, open_site
from tests.conftest import CHROMIUM_FLAGS, Clock
from workflows import demo, studio
from workflows.program import open_engine

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LONG_AGO = datetime(2010, 1, 4, tzinfo=UTC)
OTHERS: tuple[tuple[str, str, str, str], ...] = (
    ("市水利局局长选拔任用", "云汀市水利局", "局长（云汀市水利局）", "S1_agree"),
    ("市教育局副局长选拔任用", "云汀市教育局", "副局长（云汀市教育局）", "S1_motion"),
    ("市生态环境局副局长选拔任用", "云汀市生态环境局", "副局长（云汀市生态环境局）", "S2_nominate"),
    ("青杉区副区长选拔任用", "青杉区委", "副区长（青杉区委）", "S3_talk"),
)
"""More cases, so that an inbox looks like one: title, unit, post, and how far they have come."""


def main() -> None:
    """Take every picture."""
    server = Server()
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=run.find_chromium(), args=[*CHROMIUM_FLAGS, "--lang=zh-CN"]
        )
        site = _city(server, Path(folder))
        _play(site)
        _pictures(site, browser)
        _drawing(browser, "brand_five_stage", ("brand-1", "brand-2", "brand-3"))
        _drawing(browser, "gongtui_zhixuan", ("election-1", "election-2", "election-3"))
        browser.close()
        site.engine.database.dispose()
    server.stop()


def _city(server: Server, folder: Path) -> Site:
    file = folder / "pictures.db"
    engine = open_engine(f"sqlite:///{file}", clock=Clock(LONG_AGO))
    schema.upgrade(engine)
    with engine.begin(SYSTEM) as uow:
        demo.seed(uow)
        calendar_seed.seed(uow, 2022, 2026)
        studio.deploy(uow, PACKAGE, "随产品发布")
    engine.database.dispose()
    return open_site(server, file, "adopted")


def _play(site: Site) -> None:
    """Bring one case before the vote and the others to where they should be."""
    site.play(until="S8_agenda")
    site.act(node="S8_agenda")
    for number, (title, unit, post, until) in enumerate(OTHERS):
        site.clock.move(minutes=31 + 17 * number)
        form = {"title": title, "unit": unit, "post": post}
        script: Mapping[str, Any] = {**site.script, "start": {"form": form}}
        other = replace(site, run=replace(site.run, case_id="", script=script), script=script)
        other.play(until=until)


def _pictures(site: Site, browser: Browser) -> None:
    case, vote = f"/cases/{site.run.case_id}", site.task("S8_meeting")
    officer = Person(site, browser, "chenzhiyuan")
    _take(_sized(officer, 1280, 800, "/desk/todo"), "inbox")
    _take(_sized(officer, 1440, 1400, case), "case")
    _take(_sized(officer, 1280, 860, "/start/cadre_ten_step"), "start")
    clerk = Person(site, browser, "hejing")
    page = _sized(clerk, 1440, 1000, f"/tasks/{vote}")
    clerk.fill(site.answers("S8_meeting"))
    page.locator("[data-row^=items-]").first.scroll_into_view_if_needed()
    _take(page, "task")
    _take(_sized(officer, 390, 844, case), "mobile")
    for act in ("S8_meeting", "S8_minutes"):
        site.act(node=act)
    _take(_sized(officer, 1280, 900, f"{case}/sheet"), "sheet")
    for each in (officer, clerk):
        each.leave()


def _sized(person: Person, width: int, height: int, path: str) -> Page:
    page = person.page
    page.set_viewport_size({"width": width, "height": height})
    person.go(path)
    if page.locator("[data-diagram]").count():
        page.locator("[data-ready]").wait_for()
    return page


def _take(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()


def _drawing(browser: Browser, key: str, names: tuple[str, ...]) -> None:
    """Draw the main diagram of a package, cut into as many pictures from left to right."""
    package = next(each for each in studio.shipped() if each.key == key)
    drawn = svg.draw(package.files["process.bpmn"], "process.bpmn")
    page = browser.new_page()
    page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{drawn}")
    size = page.evaluate(
        "() => { const s = document.querySelector('svg'), b = s.viewBox.baseVal;"
        " s.style.width = b.width + 'px'; s.style.height = b.height + 'px';"
        " return [b.width, b.height] }"
    )
    page.set_viewport_size({"width": round(size[0]), "height": round(size[1])})
    part = size[0] / len(names)
    for number, name in enumerate(names):
        clip = {"x": number * part, "y": 0, "width": part, "height": size[1]}
        page.screenshot(path=IMAGES / f"{name}.png", clip=clip)
    page.close()
