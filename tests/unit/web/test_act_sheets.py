"""Acts by spreadsheet: a roll in, one's own marks in, roll and result out; nothing by halves."""

import io

import openpyxl
import pytest

from engine.unit_of_work import SYSTEM
from tests.council_case import MARKS, set_up
from tests.unit.web.conftest import Browser
from web.app import create_app
from workflows import sessions
from workflows.acts import rows
from workflows.sessions import Visitor


@pytest.fixture
def council(engine):
    made = set_up(engine)
    made.start()
    return made


@pytest.fixture
def as_(council):
    app = create_app(council.engine)
    app.testing = True

    def browser(login):
        made = Browser(app.test_client())
        with council.engine.begin(SYSTEM) as uow:
            visitor = Visitor("192.0.2.9", "test")
            token = sessions.open_session(uow, council.actors[login].id, visitor)
        made.client.set_cookie("linxuan", token, domain="localhost")
        return made

    return browser


def csv_of(text):
    return {"file": (io.BytesIO(text.encode("gbk")), "a.csv")}


def people(council):
    with council.engine.read(SYSTEM) as uow:
        return rows.participants(uow, council.lead("score"))


def sheets(answer):
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def test_a_roll_comes_from_a_spreadsheet_all_lines_or_none(council, as_):
    officer, lead = as_("officer"), f"/acts/{council.lead('score')}"
    officer.post(f"{lead}/prepare")
    before = people(council)
    heads = "姓名,账号或单位代码,角色,类别,权重\n"
    wrong = f"{heads}安,ann,,,\n贝,nobody,,,0\n农业,D,,,\n安二,ANN,,,\n"
    answer = officer.post(f"{lead}/roll-import", csv_of(wrong))
    assert answer.status_code == 422
    for words in ("没有这个账号", "权重请填", "写明角色", "与第 2 行重复"):
        assert words in answer.text, words
    assert people(council) == before
    good = f"{heads}安,ann,,专家,2\n农业局,D,评委,单位,\n"
    assert officer.post(f"{lead}/roll-import", csv_of(good)).status_code == 303
    found = [(p.name, p.principal.partition("@")[0], p.category, p.weight) for p in people(council)]
    assert found == [
        ("安", council.actors["ann"].personal, "专家", 2), ("农业局", "EXPERT", "单位", 1),
    ]  # fmt: skip
    council.open("score")
    assert council.todo("ann") == ["score"]
    assert council.todo("ben") == []
    answer = officer.post(f"{lead}/roll-import", csv_of(good))
    assert answer.status_code == 409
    book = sheets(officer.get(f"{lead}/roll.xlsx"))
    assert [cell.value for cell in book["名单"]["B"]] == ["名称", "安", "农业局"]


def test_ones_own_marks_come_back_from_the_sheet_that_was_downloaded(council, as_):
    council.open("score")
    ann, part = as_("ann"), f"/acts/{council.part('ann', 'score')}"
    book = sheets(ann.get(f"{part}/marks.xlsx"))
    heads = [cell.value for cell in book.active[1]]
    assert heads == ["项目编号", "项目", "开创性（≤ 40）", "实效性（≤ 60）", "评语"]

    def send():
        target = io.BytesIO()
        book.save(target)
        target.seek(0)
        return ann.post(f"{part}/marks-import", {"file": (target, "打分.xlsx")})

    assert send().status_code == 422  # nothing filled in
    book.active["C2"], book.active["D2"] = 30.5, 61
    answer = send()
    assert answer.status_code == 422
    assert "超过了这一项的满分" in answer.text
    with council.engine.read(SYSTEM) as uow:
        assert rows.current(uow, council.lead("score")) == []
    book.active["D2"], book.active["E2"] = 50, "=好"
    book.active["E2"].data_type = "s"
    assert send().status_code == 303
    with council.engine.read(SYSTEM) as uow:
        current = rows.current(uow, council.lead("score"))
    assert [(row.entry, row.value["marks"], row.reason) for row in current] == [
        ("x", {"a": "30.5", "b": "50"}, "=好"),
    ]  # fmt: skip
    book.active["A3"] = "z"
    book.active["C3"] = 1
    assert "没有这个项目" in send().text


def test_result_and_roll_go_out_to_those_who_see_them_with_names(council, as_):
    council.open("score")
    for login in ("ann", "ben", "dan", "eve"):
        council.give(login, "score", {"x": MARKS, "y": MARKS})
    lead = f"/acts/{council.lead('score')}"
    assert as_("officer").get(f"{lead}/result.xlsx").status_code == 404  # still open
    council.close("score")
    book = sheets(as_("officer").get(f"{lead}/result.xlsx"))
    text = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "80" in text
    assert any("ann某" in each for each in text)
    assert "甲项目" in text
    for login, status in (("ann", 404), ("far", 404), ("guard", 200)):
        assert as_(login).get(f"{lead}/result.xlsx").status_code == status, login
        assert as_(login).get(f"{lead}/roll.xlsx").status_code == status, login
