"""An election meeting by clicking: 50 due, 46 present, three of four, paper and slips mixed.

Everything before the meeting is played behind the pages. At the meeting every duty has its
browser: the chair, three scrutineers, two tellers, a voter's phone, the projector. A few of each
crowd click; the others go the same way by the same forms.
"""

from __future__ import annotations

import re
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.unit_of_work import SYSTEM
from tests.browser.conftest import LONG_AGO
from tests.browser.person import Person
from tests.browser.site import Server, Site, open_site
from tests.conftest import Clock
from workflows import studio
from workflows.acts.secret import meeting as secret
from workflows.ballots.places import hall_of
from workflows.program import open_engine

PACKAGE = next(each for each in studio.shipped() if each.key == "gongtui_zhixuan")
PHONE = {"width": 390, "height": 844}
VOTERS, PRESENT, PAPERS = 50, 46, 10
NAMES = tuple(f"党员{no:02d}" for no in range(1, VOTERS + 1))
WATCHERS = ("jiangping", "qiuyun", "tanghao")
YES, NO, BLANK = "0", "1", "-"
BALLOTS = (
    [(YES, YES, YES, NO)] * 18 + [(YES, YES, NO, YES)] * 12 + [(YES, NO, BLANK, YES)] * 6
)  # fmt: skip
"""What 36 slips say of the four candidates in the order of the paper."""
ON_PAPER = ((10, 0, 0), (6, 3, 1), (7, 2, 1), (3, 6, 1))
"""What ten papers say: 赞成、不赞成、弃权 of each."""
RECEIPT = re.compile(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){2}")
RESULT = (("周文斌", 46), ("梁秋月", 36), ("宋雅琴", 25), ("江涛", 21))


@pytest.fixture
def meeting(server: Server, city: Path, tmp_path: Path) -> Iterator[Site]:
    """Give a site where everything is ready for item 10.5 of the meeting."""
    file = tmp_path / "site.db"
    shutil.copyfile(city, file)
    engine = open_engine(f"sqlite:///{file}", clock=Clock(LONG_AGO))
    with engine.begin(SYSTEM) as uow:
        studio.deploy(uow, PACKAGE, "browser")
    engine.database.dispose()
    made = open_site(server, file, "m1_whole", PACKAGE)
    made.play(until="M6_vote")
    yield made
    made.engine.database.dispose()


def test_an_election_from_the_roll_to_the_projector(meeting: Site, browser: Browser) -> None:
    lead = meeting.task("M6_vote")
    here = f"/ballots/{lead}"
    chair = Person(meeting, browser, "hejing", drawing=False)
    chair.page.on("dialog", lambda dialog: dialog.accept())
    watchers = [Person(meeting, browser, login, drawing=False) for login in WATCHERS]
    tellers = [Person(meeting, browser, who, drawing=False) for who in ("weilin", "yuanfang")]
    hall = chair.context.new_page()
    phone = Person(meeting, browser, "", viewport=PHONE)

    codes = _ready(chair, watchers, here, lead)
    drawn = _sign_in(meeting, chair, here, codes)
    chair.go(here)
    chair.press("宣布开始投票")
    hall.goto(f"{here}/screen")
    expect(hall.get_by_text("正在投票")).to_be_visible()

    paper, electronic = drawn[:PAPERS], drawn[PAPERS:]
    _exchange(meeting, tellers[0], here, paper)
    _vote(meeting, phone, electronic)
    for teller in tellers:
        _count_papers(teller, here)
    hall.goto(f"{here}/screen")
    expect(hall.locator(".screen-result")).to_have_count(0)

    _count(chair, watchers, here)
    hall.goto(f"{here}/screen")
    _announced(hall)
    _confirm(meeting, chair, lead)
    for each in (chair, phone, *watchers, *tellers):
        each.leave()


def _ready(chair: Person, watchers: list[Person], here: str, lead: str) -> list[str]:
    """Roll in, frozen, shares locked, slips printed; returns the codes on the slips."""
    chair.go(f"/acts/{lead}")
    chair.press("准备")
    page = chair.go(here)
    page.get_by_label("每行一人").fill("\n".join(NAMES))
    chair.press("导入")
    expect(page.get_by_text("名册现有 50 人应到会")).to_be_visible()
    chair.press("冻结并公布指纹")
    for no, watcher in enumerate(watchers):
        watcher.go(here)
        watcher.page.get_by_label("口令（至少 10 个字符）").fill(_phrase(no))
        watcher.page.get_by_label("再输一遍").fill(_phrase(no))
        watcher.press("设定口令")
    chair.go(here)
    chair.press("生成票箱，份额各自交到本人")
    chair.press("生成并打印")
    codes = page.locator(".slip code").all_inner_texts()
    assert len(codes) == VOTERS + 5
    return codes


def _phrase(no: int) -> str:
    return f"监票人的口令不外传{no}"


def _sign_in(site: Site, chair: Person, here: str, codes: list[str]) -> list[str]:
    """Tick four at the desk by clicking, 42 behind it; returns as many slips."""
    page = chair.go(f"{here}/desk")
    for name in NAMES[:4]:
        page.get_by_label("姓名中的任何一个字").fill(name)
        chair.press("查找")
        chair.press("到会并领票")
    page.get_by_label("姓名中的任何一个字").fill(NAMES[0])
    chair.press("查找")
    expect(page.locator(".desk-rows").get_by_text("已领票")).to_be_visible()
    expect(page.get_by_role("button", name="到会并领票")).to_have_count(0)
    site.act(do="sign_in", node="M6_vote", actor="chair", count=PRESENT - 4)
    return codes[:PRESENT]


def _exchange(site: Site, teller: Person, here: str, slips: list[str]) -> None:
    """Take slips in for papers: two by clicking, the others behind; a used slip is refused."""
    actor, lead = site.run.people[teller.login], site.task("M6_vote")
    for code in slips[2:]:
        secret.exchange(hall_of(site.engine), actor, lead, code)
    page = teller.go(here)
    for code in slips[:2]:
        page.get_by_label("票条代码").fill(code)
        teller.press("收票条，发纸票")
    page.get_by_label("票条代码").fill(slips[0])
    teller.press("收票条，发纸票")
    expect(page.locator(".note.bad")).to_be_visible()


def _vote(site: Site, phone: Person, slips: list[str]) -> None:
    """Vote with three slips on a phone and with the others through the same public form."""
    page = phone.page
    for code, marks in zip(slips[:3], BALLOTS[:3], strict=True):
        page.goto("/vote-slip")
        page.get_by_label("票条代码").fill(code)
        page.get_by_role("button", name="打开选票").click()
        for no, mark in enumerate(marks):
            page.locator(f'.vote-mark:has(input[name="m{no}"][value="{mark}"])').click()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.get_by_role("button", name="下一步：核对").click()
        page.get_by_role("button", name="确认投票，不能再改").click()
        expect(page.locator(".receipt-code b")).to_have_text(RECEIPT)
    for code, marks in zip(slips[3:], BALLOTS[3:], strict=True):
        _send(site, code, {f"m{no}": mark for no, mark in enumerate(marks)})
    page.goto("/vote-slip")
    page.get_by_label("票条代码").fill(slips[0])
    page.get_by_role("button", name="打开选票").click()
    expect(page.locator(".note.info")).to_be_visible()


def _send(site: Site, code: str, marks: Mapping[str, str]) -> None:
    fields = {"code": code, "step": "cast", "lang": "zh", **marks}
    asked = urllib.request.Request(
        f"{site.url}/vote-slip", urllib.parse.urlencode(fields).encode(), {"Origin": site.url}
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert "选票已经入箱" in answer.read().decode()


def _count_papers(teller: Person, here: str) -> None:
    page = teller.go(f"{here}/paper")
    for name in ("handed_out", "ballots", "valid"):
        page.locator(f"#{name}").fill(str(PAPERS))
    for row, figures in enumerate(ON_PAPER):
        for no, number in enumerate(figures):
            page.locator(f"#t{row}-{no}").fill(str(number))
    teller.press("录入")


def _count(chair: Person, watchers: list[Person], here: str) -> None:
    """Close, sign, open with two passphrases, sign the result."""
    chair.go(here)
    chair.press("宣布投票结束，关箱")
    for watcher in watchers[:2]:
        watcher.go(here)
        watcher.press("我已核对，签字")
    page = watchers[0].go(here)
    for no, watcher in enumerate(watchers[:2]):
        name = {"jiangping": "蒋平", "qiuyun": "邱云"}[watcher.login]
        page.get_by_label(f"{name}：口令").fill(_phrase(no))
    watchers[0].press("开箱并计票")
    for watcher in watchers[:2]:
        watcher.go(here)
        watcher.press("我已核对，签字")


def _announced(page: Page) -> None:
    """The hall reads the numbers, the bars and who is elected."""
    for word, number in (("应到会", 50), ("实到会", 46), ("发出", 46), ("收回", 46)):
        expect(page.locator(".screen-nums div", has_text=word)).to_contain_text(str(number))
    said = page.locator("main").inner_text()
    for name, votes in RESULT:
        assert name in said
        assert str(votes) in said
    elected = page.locator(".screen-result")
    expect(elected).to_contain_text("宋雅琴")
    expect(elected).not_to_contain_text("江涛")


def _confirm(site: Site, chair: Person, lead: str) -> None:
    """End the act; the scrutineer's report has the three and their votes."""
    chair.go(f"/acts/{lead}")
    chair.press("结束并计算结果")
    chair.press("确认结果")
    report = site.task("M9_report")
    scrutineer = Person(site, chair.context.browser, "jiangping", drawing=False)
    page = scrutineer.open(report)
    text = page.locator("form.pform").inner_html()
    for name, votes in RESULT[:3]:
        assert name in text
        assert str(votes) in text
    scrutineer.leave()
