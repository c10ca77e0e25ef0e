"""The pages of an act: filling a sheet, leading it, what each may see, the wrong people."""

import re

import pytest

from engine.unit_of_work import SYSTEM
from tests.council_case import MARKS, PEOPLE, marks, set_up
from tests.unit.web.conftest import Browser
from web.app import create_app
from workflows import sessions
from workflows.sessions import Visitor

LEADING = ("prepare", "open", "pin", "close", "confirm")


@pytest.fixture
def council(engine):
    made = set_up(engine)
    made.start()
    return made


@pytest.fixture
def as_(council):
    app = create_app(council.engine)
    app.testing = True

    def browser(login=""):
        made = Browser(app.test_client())
        if login:
            with council.engine.begin(SYSTEM) as uow:
                visitor = Visitor("192.0.2.9", "test")
                token = sessions.open_session(uow, council.actors[login].id, visitor)
            made.client.set_cookie("linxuan", token, domain="localhost")
        return made

    return browser


def sheet(page, **fields):
    """Return what the form on a page posts, with *fields* typed in."""
    names = ("_key", "_seen")
    kept = {n: re.search(f'name="{n}" value="([^"]*)"', page)[1] for n in names}
    return kept | {name.replace("_", "-"): value for name, value in fields.items()}


def follow(browser, answer):
    assert answer.status_code == 303, answer.text
    return browser.get(answer.location).text


def test_an_act_goes_through_its_pages_from_roll_to_record(council, as_):
    officer, lead = as_("officer"), council.lead("score")
    inbox = officer.get("/desk/todo").text
    assert f"/tasks/{lead}" in inbox
    assert "生成名单" in follow(officer, officer.get(f"/tasks/{lead}"))
    page = follow(officer, officer.post(f"/acts/{lead}/prepare"))
    assert "ann某" in page
    page = follow(officer, officer.post(f"/acts/{lead}/open"))
    assert "0 / 4 已提交" in page
    for login in ("ann", "ben", "dan", "eve"):
        member = as_(login)
        part = f"/acts/{council.part(login, 'score')}"
        typed = sheet(member.get(part).text, e0_a="30.5", e0_b="50", e1_a="20", e1_b="41")
        page = follow(member, member.post(f"{part}/contribute", typed))
        assert "已提交" in page
    page = follow(officer, officer.post(f"/acts/{lead}/close"))
    assert "80.50" in page
    assert "box-plot" in page
    answer = officer.post(f"/acts/{lead}/confirm", {"_key": "k"})
    assert "已确认" in follow(officer, answer)
    assert council.todo("officer") == ["sign"]


def test_a_sheet_can_be_filled_in_part_and_says_what_is_left(council, as_):
    council.open("score")
    ann, part = as_("ann"), f"/acts/{council.part('ann', 'score')}"
    page = ann.get(part).text
    assert "还有 2 项" in page
    page = follow(ann, ann.post(f"{part}/contribute", sheet(page, e0_a="30", e0_b="50")))
    assert "还有 1 项" in page


def test_a_faulty_sheet_comes_back_as_typed_and_nothing_is_kept(council, as_):
    council.open("score")
    ann, part = as_("ann"), f"/acts/{council.part('ann', 'score')}"
    typed = sheet(ann.get(part).text, e0_a="41", e0_b="50", e1_a="1", e1_b="2", e0_reason="好")
    answer = ann.post(f"{part}/contribute", typed)
    assert answer.status_code == 422
    assert "超过了这一项的满分" in answer.text
    assert 'value="41"' in answer.text
    assert 'value="好"' in answer.text
    assert "还有 2 项" in answer.text
    empty = sheet(ann.get(part).text)
    assert "还没有填写任何一项" in ann.post(f"{part}/contribute", empty).text


def test_others_are_hidden_until_ones_own_is_in_and_from_the_organiser_until_closing(council, as_):
    council.open("score")
    council.give("ben", "score", {"x": marks("37.5", "58.5"), "y": MARKS})
    ann, part = as_("ann"), f"/acts/{council.part('ann', 'score')}"
    assert "37.5" not in ann.get(part).text
    cockpit = as_("officer").get(f"/acts/{council.lead('score')}").text
    assert "1 / 4 已提交" in cockpit
    assert "37.5" not in cockpit
    council.give("ann", "score", {"y": MARKS})
    assert "37.5" not in ann.get(part).text  # his own on x is not in yet
    council.give("ann", "score", {"x": MARKS})
    assert "37.5" in ann.get(part).text


def test_one_with_a_conflict_never_learns_anything_of_the_entry(engine, council, as_):
    council.start([
        {"id": "x", "name": "甲", "unit_id": council.units["D"]}, {"id": "y", "name": "乙"},
    ])  # fmt: skip
    council.open("score")
    council.give("ben", "score", {"x": marks("37.5", "58.5"), "y": MARKS})
    council.give("eve", "score", {"y": MARKS})
    page = as_("eve").get(f"/acts/{council.part('eve', 'score')}").text
    assert "37.5" not in page
    assert page.count("其他评委") == 1
    assert "回避" in page
    cockpit = as_("eve").get(f"/acts/{council.lead('score')}").text
    assert "已提交</" not in cockpit
    assert "37.5" not in cockpit
    answer = as_("eve").post(
        f"/acts/{council.part('eve', 'score')}/contribute",
        {"e0-a": "1", "e0-b": "1", "_key": "", "_seen": ""},
    )
    assert answer.status_code == 403


def test_a_participant_learns_the_result_without_names_once_it_is_confirmed(council, as_):
    council.open("score")
    for login in ("ann", "ben", "dan", "eve"):
        council.give(login, "score", {"x": MARKS, "y": marks(1, 2)})
    council.close("score")
    page = f"/acts/{council.lead('score')}"
    assert "80.00" not in as_("ann").get(page).text
    council.confirm("score")
    shown = as_("ann").get(page).text
    assert "80.00" in shown
    assert "ben某" not in shown


def test_countersigning_by_page_with_its_reason(council, as_):
    council.score_all()
    council.open("sign")
    ann, part = as_("ann"), f"/acts/{council.part('ann', 'sign')}"
    page = ann.get(part).text
    answer = ann.post(f"{part}/contribute", sheet(page, e0_opinion="不同意"))
    assert answer.status_code == 422
    assert "checked" in answer.text
    typed = sheet(page, e0_opinion="不同意", e0_reason="材料不实")
    follow(ann, ann.post(f"{part}/contribute", typed))
    officer, lead = as_("officer"), council.lead("sign")
    assert "结果已经确定" in officer.get(f"/acts/{lead}").text
    page = follow(officer, officer.post(f"/acts/{lead}/close"))
    assert "未通过" in page
    assert "一票否决" in page


def test_closing_early_and_a_conflict_without_a_reason_are_explained_on_the_page(council, as_):
    council.open("score")
    officer, lead = as_("officer"), council.lead("score")
    answer = officer.post(f"/acts/{lead}/close")
    assert answer.status_code == 422
    assert "提前结束需要写明理由" in answer.text
    answer = officer.post(f"/acts/{lead}/pin", {"who": "x", "entry": "x", "reason": ""})
    assert answer.status_code == 422
    council.close("score", reason="评委缺席")
    answer = officer.post(f"/acts/{lead}/confirm", {"_key": "k"})
    assert answer.status_code == 422
    assert "没有任何有效评分" in answer.text


def test_the_pages_speak_english(council, as_):
    council.open("score")
    ann = as_("ann")
    ann.client.set_cookie("lang", "en", domain="localhost")
    page = ann.get(f"/acts/{council.part('ann', 'score')}").text
    assert "2 left" in page
    assert "Hand in" in page


@pytest.mark.parametrize(
    ("login", "look", "act"),
    [("far", 404, 404), ("guard", 403, 403), ("officer", 403, 403), ("ben", 403, 403)],
)
def test_the_sheet_of_somebody_is_his_alone(council, as_, login, look, act):
    council.open("score")
    part = f"/acts/{council.part('ann', 'score')}"
    assert as_(login).get(part).status_code == look
    answer = as_(login).post(f"{part}/contribute", {"e0-a": "1", "e0-b": "1"})
    assert answer.status_code == act
    assert council.todo("ann") == ["score"]


@pytest.mark.parametrize(
    ("login", "look", "act"), [("far", 404, 404), ("guard", 200, 403), ("ann", 200, 403)]
)
def test_leading_is_for_the_organiser_alone(council, as_, login, look, act):
    council.open("score")
    lead = f"/acts/{council.lead('score')}"
    browser = as_(login)
    assert browser.get(lead).status_code == look
    for verb in LEADING:
        assert browser.post(f"{lead}/{verb}", {"reason": "x"}).status_code == act, verb
    assert council.todo("ann") == ["score"]


def test_signed_out_visitors_and_designers_get_no_page(council, as_):
    council.open("score")
    for key in (council.lead("score"), council.part("ann", "score")):
        assert as_().get(f"/acts/{key}").status_code == 303
        for verb in (*LEADING, "contribute"):
            assert as_().post(f"/acts/{key}/{verb}").status_code in (303, 401)
    assert set(PEOPLE) >= {"ann"}


def test_the_organiser_sends_an_act_back_and_its_parts_go(council, as_):
    council.score_all()
    council.open("sign")
    officer, lead = as_("officer"), council.lead("sign")
    page = officer.get(f"/acts/{lead}").text
    assert f'action="/tasks/{lead}/return"' in page
    typed = {"target": "score", "reason_code": "内容有误", "reason": "评分有误", "_key": "r"}
    assert officer.post(f"/tasks/{lead}/return", typed).status_code == 303
    assert council.todo("ann") == []
    assert council.todo("officer") == ["score"]


def test_the_record_in_the_case_leads_to_the_result(council, as_):
    council.score_all()
    page = as_("officer").get(f"/cases/{council.case_id}").text
    assert f'href="/acts/{council.lead("score")}"' in page
    assert "20" in as_("officer").get(f"/acts/{council.lead('score')}").text
