"""Scoring by page: one entry after the other, drafts, declarations, the panel, who sees what."""

import re

import pytest
import sqlalchemy as sa

from engine.unit_of_work import SYSTEM
from tests.council_case import MARKS, marks
from tests.panel_case import entries, set_up
from tests.unit.web.conftest import Browser
from web.app import create_app
from workflows import sessions
from workflows.model import account
from workflows.sessions import Visitor

DRAWN = 'panel="2" minimum="2" substitutes="=spare" outlier="20"'


@pytest.fixture
def case(engine):
    made = set_up(engine, DRAWN)
    made.begin(entries(6, category="农村"), spare="s1 s2")
    return made


@pytest.fixture
def as_(engine):
    app = create_app(engine)
    app.testing = True

    def browser(login=""):
        made = Browser(app.test_client())
        if login:
            with engine.begin(SYSTEM) as uow:
                key = uow.conn.scalar(sa.select(account.c.id).where(account.c.login == login))
                token = sessions.open_session(uow, key, Visitor("192.0.2.9", "test"))
            made.client.set_cookie("linxuan", token, domain="localhost")
        return made

    return browser


def form(page, **fields):
    hidden = dict(re.findall(r'name="(_key|_seen|of\d+)" value="([^"]*)"', page))
    return hidden | {re.sub(r"^(e\d+)_", r"\1-", name): value for name, value in fields.items()}


def follow(browser, answer):
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location).text


def test_one_entry_after_the_other_until_nothing_is_left(case, as_):
    case.open("score")
    e2, part = as_("e2"), f"/acts/{case.part('e2', 'score')}"
    assert f'href="{part}/mark/1"' in e2.get(part).text
    page = e2.get(f"{part}/mark/1").text
    assert "还剩 2 项" in page
    page = follow(e2, e2.post(f"{part}/mark/1", form(page, e1_a="30", e1_b="50")))
    assert "还剩 1 项" in page
    assert 'name="e2-a"' in page
    page = follow(e2, e2.post(f"{part}/mark/2", form(page, e2_a="20", e2_b="40")))
    assert "已全部提交" in page
    assert case.todo("e2") == []


def test_a_faulty_mark_stays_as_typed_and_is_kept_as_a_draft_only(case, as_):
    case.open("score")
    e2, part = as_("e2"), f"/acts/{case.part('e2', 'score')}"
    page = e2.get(f"{part}/mark/1").text
    answer = e2.post(f"{part}/mark/1", form(page, e1_a="41", e1_b="50"))
    assert answer.status_code == 422
    assert "超过了这一项的满分" in answer.text
    assert 'value="41"' in answer.text
    page = e2.get(part).text
    assert "草稿" in page
    assert 'value="41"' in page
    assert "还有 2 项" in page
    assert case.who("e2").given == 0


def test_drafts_are_kept_while_typing_seen_by_nobody_else_and_void_once_handed_in(case, as_, clock):
    case.open("score")
    e2, part = as_("e2"), f"/acts/{case.part('e2', 'score')}"
    typed = form(e2.get(f"{part}/mark/1").text, e1_a="37.5")
    answer = e2.post(f"{part}/draft", typed, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert "saved" in answer.json
    assert "37.5" in e2.get(f"{part}/mark/1").text
    other = min(case.judges(min(case.entries_of("e2"))) - {"e2"})
    case.give(other, "score", dict.fromkeys(case.entries_of(other), MARKS))
    for login, page in (("officer", case.lead("score")), (other, case.part(other, "score"))):
        assert "37.5" not in as_(login).get(f"/acts/{page}").text
    clock.move(minutes=1)
    typed = form(e2.get(f"{part}/mark/1").text, e1_a="30", e1_b="50", e1_reason="好")
    page = follow(e2, e2.post(f"{part}/mark/1", typed))
    assert "37.5" not in e2.get(f"{part}/mark/1").text
    page = follow(e2, e2.post(f"{part}/mark/2", form(page, e2_a="11", _act="save")))
    assert "草稿已保存" in page


def test_a_sheet_drawn_before_an_entry_was_added_means_what_its_reader_saw(case, as_):
    case.open("score")
    who = next(w for w in ("e2", "e3", "e4", "e5", "e6") if "n1" not in case.entries_of(w))
    browser, part = as_(who), f"/acts/{case.part(who, 'score')}"
    page, first = browser.get(part).text, min(case.entries_of(who))
    for other in sorted(case.judges("n1")):  # until n1 comes to stand before his own entries
        case.pin(other, "n1")
    for spare in ("s1", "s2"):
        if "n1" in case.entries_of(spare):
            case.pin(spare, "n1")
    typed = form(page, e0_a="31", e0_b="42")
    browser.post(f"{part}/contribute", typed)
    case.close("score", reason="x")
    page = as_("officer").get(f"/acts/{case.lead('score')}/history").text
    assert f"项目{first[1:]}" in page
    assert page.count(">31<") == 1


def test_a_mark_far_off_is_asked_for_its_reason_without_saying_the_median(case, as_):
    case.open("score")
    first = min(case.entries_of("e2"))
    (other,) = case.judges(first) - {"e2"}
    case.give(other, "score", {first: marks("37.5", "58.5")})
    e2, part = as_("e2"), f"/acts/{case.part('e2', 'score')}"
    typed = form(e2.get(f"{part}/mark/1").text, e1_a="1", e1_b="2")
    answer = e2.post(f"{part}/mark/1", typed)
    assert answer.status_code == 422
    assert "请在评语中写明理由" in answer.text
    assert "37.5" not in answer.text
    assert "96</" not in answer.text


def test_the_declaration_is_signed_before_marks_and_passes_entries_on(engine, as_):
    case = set_up_declaring(engine)
    e2, part = as_("e2"), f"/acts/{case.part('e2', 'score')}"
    page = e2.get(part).text
    assert "请先确认回避声明" in page
    assert ">提交<" not in page
    page = e2.get(f"{part}/declare").text
    assert e2.post(f"{part}/declare", form(page)).status_code == 422
    answer = e2.post(f"{part}/declare", {**form(page), "signed": "1", "c1": "1", "r1": ""})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.text
    first = min(case.entries_of("e2"))
    done = {**form(page), "signed": "1", "c1": "1", "r1": "曾任顾问"}
    page = follow(e2, e2.post(f"{part}/declare", done))
    assert "回避声明已记录" in page
    assert first not in case.entries_of("e2")
    assert len(case.judges(first)) == 2
    assert "曾任顾问" in as_("officer").get(f"/acts/{case.lead('score')}/panel").text


def set_up_declaring(engine):
    made = set_up(engine, f'{DRAWN} declare="true"')
    made.begin(entries(6), spare="s1")
    made.open("score")
    return made


def test_the_panel_is_drawn_followed_and_mended_on_its_page(case, as_):
    case.prepare()
    officer, lead = as_("officer"), f"/acts/{case.lead('score')}"
    page = officer.get(f"{lead}/panel").text
    assert "种子已封存" in page
    assert "SHA-256" not in page
    page = follow(officer, officer.post(f"{lead}/assign"))
    assert "已按封存的种子分配" in page
    assert "怎样重算" in page
    case.open("score")
    case.give("e2", "score", {min(case.entries_of("e2")): marks("37.5", "58.5")})
    page = officer.get(f"{lead}/panel").text
    assert "1 / 2" in page
    assert "37.5" not in page
    assert 'hx-trigger="every 15s"' in page
    assert "1 / 2" in officer.get(f"{lead}/panel/progress").text
    who = case.who("e2").id
    answer = officer.post(f"{lead}/replace", {"who": who, "reason": ""})
    assert answer.status_code == 422
    page = follow(officer, officer.post(f"{lead}/replace", {"who": who, "reason": "因病"}))
    assert "评委已更换" in page
    assert "递补" in page


def test_the_result_has_its_plots_its_history_and_an_english_page(case, as_):
    case.open("score")
    for n in range(1, 7):
        login = f"e{n}"
        case.give(login, "score", {e: {**marks(20 + n, 40 + n), "reason": "好"}
                                    for e in case.entries_of(login)})  # fmt: skip
    case.close("score")
    officer, lead = as_("officer"), f"/acts/{case.lead('score')}"
    page = officer.get(lead).text
    assert page.count('class="box-plot"') == 6
    assert "中位数" in page
    assert "评委宽严" in page
    history = officer.get(f"{lead}/history").text
    assert history.count("e2评委") == 2
    officer.client.set_cookie("lang", "en", domain="localhost")
    for path in (lead, f"{lead}/panel", f"{lead}/history"):
        text = re.sub(r"<(script|style).*?</\1>", "", officer.get(path).text, flags=re.DOTALL)
        assert "评委宽严" not in text
        assert "Experts and panels" in text or "History of marks" in text


def test_history_waits_for_the_end(case, as_):
    case.open("score")
    answer = as_("officer").get(f"/acts/{case.lead('score')}/history")
    assert answer.status_code == 403
    assert as_("guard").get(f"/acts/{case.lead('score')}/panel").status_code == 200


@pytest.mark.parametrize(
    ("login", "look", "act"),
    [("far", 404, 404), ("guard", 200, 403), ("e2", 403, 403), ("s1", 404, 404)],
)
def test_the_panel_is_for_the_organiser_and_supervision(case, as_, login, look, act):
    case.open("score")
    lead = f"/acts/{case.lead('score')}"
    browser = as_(login)
    for page in ("panel", "panel/progress"):
        assert browser.get(f"{lead}/{page}").status_code == look, page
    for verb in ("assign", "replace"):
        assert browser.post(f"{lead}/{verb}", {"reason": "x"}).status_code == act, verb


@pytest.mark.parametrize(
    ("login", "status"), [("far", 404), ("guard", 403), ("officer", 403), ("e3", 403)]
)
def test_the_sheet_its_drafts_and_its_declaration_are_one_persons_alone(case, as_, login, status):
    case.open("score")
    part = f"/acts/{case.part('e2', 'score')}"
    browser = as_(login)
    for page in ("mark/1", "declare"):
        assert browser.get(f"{part}/{page}").status_code == status, page
    for verb in ("mark/1", "draft", "declare"):
        typed = {"e1-a": "1", "signed": "1"}
        assert browser.post(f"{part}/{verb}", typed).status_code == status, verb
    assert case.who("e2").given == 0


def test_pages_of_an_act_of_another_kind_or_place_do_not_exist(case, as_):
    case.open("score")
    e2, part = as_("e2"), f"/acts/{case.part('e2', 'score')}"
    assert e2.get(f"{part}/mark/99").status_code == 404
    assert e2.get(f"{part}/mark/0").status_code == 404
    assert e2.get(f"{part}/panel").status_code in (403, 404)
    for verb in ("assign", "replace", "mark/1", "draft", "declare"):
        assert as_().post(f"{part}/{verb}").status_code in (303, 401)


def test_unit_names_are_hidden_where_the_panel_is_blind(engine, as_):
    case = set_up(engine, 'blind="true"', spare=0)
    unit = case.units["D"]
    case.begin([{"id": "x", "name": "甲", "unit_id": unit}])
    case.open("score")
    assert "农业局" not in as_("e2").get(f"/acts/{case.part('e2', 'score')}").text
