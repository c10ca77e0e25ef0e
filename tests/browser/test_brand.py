"""A brand evaluation by clicking: sixty entries of twelve units, two juries, ten brands.

The organiser leads every act on his page. Of each kind of participant one clicks; the others do
the same through the commands behind the pages, all at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine.unit_of_work import SYSTEM
from tests.browser.conftest import LONG_AGO, Visit
from tests.browser.person import Person
from tests.browser.site import Server, Site, open_site
from tests.conftest import Clock
from workflows import crowd, scenarios, studio
from workflows.program import open_engine

PACKAGE = next(each for each in studio.shipped() if each.key == "brand_five_stage")
OFFICE, LEADER = "chenzhiyuan", "hejing"
INSTANT = frozenset({"P2_cut", "P3_cut", "P4_cut"})
MARKS = {"originality": "26", "effect": "35.5", "replicability": "27"}
PART = """
select task.id from task join act_participant on act_participant.task_id = task.id
where task.part_of = :lead and act_participant.name = :name
"""


@pytest.fixture
def site(server: Server, city: Path, tmp_path: Path) -> Iterator[Site]:
    """Give the demonstration city with the package, and the crowd of its largest scenario."""
    file = tmp_path / "brand.db"
    shutil.copyfile(city, file)
    engine = open_engine(f"sqlite:///{file}", clock=Clock(LONG_AGO))
    with engine.begin(SYSTEM) as uow:
        studio.deploy(uow, PACKAGE, "browser")
        crowd.gather(uow, PACKAGE.scenarios["ten_brands"]["crowd"])
    engine.database.dispose()
    made = open_site(server, file, "ten_brands", PACKAGE)
    yield made
    made.engine.database.dispose()


def test_sixty_entries_become_ten_brands(site: Site, visit: Visit) -> None:
    site.start()
    people: dict[str, Person] = {}

    def person(login: str) -> Person:
        if login not in people:
            people[login] = visit(login, drawing=False)
        return people[login]

    for act in site.acts:
        do, node = act.get("do", "complete"), act.get("node", "")
        if "error" in act.get("expect", {}):
            continue
        leader = person(LEADER if act.get("actor") == "leader" else OFFICE)
        if do in LED:
            LED[do](site, leader, act)
            continue
        if do == "contribute_all" and node in CLICKED:
            CLICKED[node](site, person)
        if node in FORMS and do == "complete":
            person(site.login(node)).do(node, more=act.get("data"))
            continue
        site.act(**act)
        site.clock.move(minutes=3)
        if do == "clock":  # whoever was signed in is not any more
            for each in people.values():
                each.page.goto("about:blank")
    assert len(people) >= 6
    _look_at_the_record(site, visit("panqing", drawing=False))


def _at(site: Site, leader: Person, node: str) -> Page:
    """Go to the page of an act unless the organiser is there already."""
    task_id = site.task(node)
    return leader.page if task_id in leader.page.url else leader.go(f"/tasks/{task_id}")


def _open(site: Site, leader: Person, act: Mapping[str, Any]) -> None:
    """Draw up the roll, look at it, begin."""
    page = _at(site, leader, act["node"])
    leader.press("生成名单" if page.get_by_role("button", name="生成名单").count() else "准备")
    leader.press("开始")
    expect(page.locator("#act header")).to_contain_text("进行中")


def _close(site: Site, leader: Person, act: Mapping[str, Any]) -> None:
    page = _at(site, leader, act["node"])
    if act["node"] in INSTANT:
        leader.press("准备")
    leader.press("计算结果" if act["node"] in INSTANT else "结束并计算结果")
    assert page.locator(".note.bad").count() == 0, page.locator(".note.bad").all_inner_texts()
    expect(page.locator("#act header")).to_contain_text("待确认")


def _confirm(site: Site, leader: Person, act: Mapping[str, Any]) -> None:
    """Confirm, with a reason where the result has something to explain."""
    task_id = site.task(act["node"])
    page = _at(site, leader, act["node"])
    page.locator("#confirm-reason").fill(act.get("reason", ""))
    leader.press("确认结果")
    assert site.status_of(task_id) == "completed", page.locator(".note").all_inner_texts()


def _attend(site: Site, leader: Person, act: Mapping[str, Any]) -> None:
    page = _at(site, leader, act["node"])
    page.get_by_label("主持人").fill(act["data"]["chair"])
    page.get_by_label("记录人").fill(act["data"]["recorder"])
    leader.press("登记到会情况")


LED: Mapping[str, Callable[[Site, Person, Mapping[str, Any]], None]] = {
    "open": _open, "close": _close, "confirm": _confirm, "attend": _attend,
}  # fmt: skip
FORMS = ("P4_minutes", "P5_report")
"""What is filled in by clicking; the forms with a row for each brand go behind the pages."""


def _part(site: Site, node: str, name: str) -> str:
    with site.engine.read(SYSTEM) as uow:
        asked = {"lead": site.task(node), "name": name}
        found = uow.conn.scalar(scenarios.sa.text(PART), asked)
    assert found is not None, f"{name} has no part in {node}"
    return str(found)


def _apply(site: Site, person: Callable[[str], Person]) -> None:
    """One unit hands in its first entry in the portal."""
    applicant = person("bu1")
    page = applicant.open(_part(site, "P1_apply", "申报单位1"))
    applicant.press("新建申报")
    given = {**site.answers("P1_apply"), "brand_name": "红帆领航"}
    assert applicant.fill(given) == []
    applicant.press("提交申报")
    expect(page.locator(".intake-one h2")).to_have_text("红帆领航")
    expect(page.locator(".intake-left")).to_contain_text("已提交")


def _score(site: Site, person: Callable[[str], Person]) -> None:
    """One expert declares that he is not concerned and marks an entry on his sheet."""
    expert = person("expert1")
    page = expert.open(_part(site, "P2_score", "评委1"))
    page.get_by_role("link", name="回避声明").first.click()
    page.locator('input[name="signed"]').check()
    expert.press("确认声明")
    page = expert.go(f"/tasks/{_part(site, 'P2_score', '评委1')}")
    page.locator("table.marks a.t").first.click()
    for name, mark in MARKS.items():
        page.locator(f'input[id$="-{name}"]').fill(mark)
    page.locator("button.hand-in").click()
    expect(page.get_by_text("红帆领航")).to_have_count(0)


def _vote_in_public(site: Site, person: Callable[[str], Person]) -> None:
    """Somebody without an account votes for one brand."""
    with site.engine.read(SYSTEM) as uow:
        key = uow.conn.scalar(scenarios.sa.text("select key from public_box"))
    anybody = person("")
    page = anybody.go(f"/vote/{key}")
    page.locator("#vote-1").check()
    anybody.press("投票")
    expect(page.locator(".note.ok")).to_contain_text("已投 1 票")


def _vote(site: Site, person: Callable[[str], Person]) -> None:
    """A member of the leading group agrees to every brand."""
    member = person("zhoumingde")
    page = member.open(_part(site, "P4_vote", "周明德"))
    for choice in page.locator('input[type="radio"][value="同意"]').all():
        choice.check()
    member.press("提交")


CLICKED: Mapping[str, Callable[[Site, Callable[[str], Person]], None]] = {
    "P1_apply": _apply, "P2_score": _score, "P3_vote": _vote_in_public, "P4_vote": _vote,
}  # fmt: skip


def _look_at_the_record(site: Site, auditor: Person) -> None:
    """Ten brands, everything on the record, the chain whole."""
    page = auditor.go(f"/cases/{site.run.case_id}")
    expect(page.locator(".case-h .tag.ok")).to_have_text("表彰后动态管理期满")
    expect(page.get_by_text("记录链完整")).to_be_visible()
    expect(page.locator(".steps li")).to_have_class(["done"] * 9)
    with site.engine.read(SYSTEM) as uow:
        row = scenarios.answers.instance_row(uow, site.run.case_id)
        assert row is not None
        variables = scenarios.spiff.read_body(row["body"])["v"]
    assert variables["P1_apply_result"]["count"] == 60
    assert len(variables["awarded"]) == 10
