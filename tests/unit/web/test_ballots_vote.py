"""My ballot, in a vote by account: told first that the server is trusted, then cast once."""

import re

import pytest

from engine.unit_of_work import SYSTEM
from tests.election_case import set_up
from tests.unit.web.conftest import Browser
from web.app import create_app
from workflows import sessions
from workflows.acts.secret import meeting
from workflows.sessions import Visitor

MARKS = {"m0": "0", "m1": "0", "m2": "1"}


@pytest.fixture
def branch(engine):
    """Give a vote by account that has begun: jia and yi may vote."""
    made = set_up(engine, mode="login", channel="electronic")
    made.start()
    made.draft([{"name": "贾民", "login": "jia"}, {"name": "易民", "login": "yi"}])
    made.freeze()
    meeting.open_desk(made.hall, made.actors["chair"], made.id)
    meeting.begin(made.hall, made.actors["chair"], made.id)
    return made


@pytest.fixture
def as_(branch):
    app = create_app(branch.engine)
    app.testing = True

    def browser(login=""):
        made = Browser(app.test_client())
        if login:
            with branch.engine.begin(SYSTEM) as uow:
                visitor = Visitor("192.0.2.9", "test")
                token = sessions.open_session(uow, branch.actors[login].id, visitor)
            made.client.set_cookie("linxuan", token, domain="localhost")
        return made

    return browser


def code_of(page):
    return re.search(r'name="code" value="([^"]+)"', page)[1]


def test_a_voter_goes_from_the_inbox_over_the_statement_to_a_receipt(branch, as_):
    jia, page = as_("jia"), f"/ballots/{branch.id}/vote"
    assert page in jia.get("/desk/todo").text
    assert page in jia.get("/ballots/mine").text
    sheet = jia.get(page).text
    assert "需要信任服务器" in sheet
    code = code_of(sheet)
    look = jia.post(page, {"code": code, "step": "mark", **MARKS}).text
    assert "这是您的选票吗" in look
    assert code_of(look) == code
    cast = jia.post(page, {"code": code, "step": "cast", **MARKS}).text
    receipt = re.search(r"<b>([A-Z2-7-]{14})</b>", cast)[1]
    assert page not in jia.get("/desk/todo").text
    branch.close()
    assert branch.event.statement["receipts"] == [receipt]
    assert branch.event.statement["numbers"]["present"] == 1


def test_too_many_marks_claim_nothing_and_stay_on_the_page(branch, as_):
    jia, page = as_("jia"), f"/ballots/{branch.id}/vote"
    many = {"code": code_of(jia.get(page).text), "m0": "0", "m1": "0", "m2": "0"}
    for step in ("mark", "cast"):
        answer = jia.post(page, {**many, "step": step})
        assert answer.status_code == 422
        assert answer.text.count('value="0" checked') == 3
    branch.close()
    assert branch.event.statement["numbers"]["issued"] == 0


def test_a_voter_votes_once_whatever_code_he_brings(branch, as_):
    jia, page = as_("jia"), f"/ballots/{branch.id}/vote"
    first, second = code_of(jia.get(page).text), code_of(jia.get(page).text)
    jia.post(page, {"code": first, "step": "cast", **MARKS})
    for code in (first, second):
        assert jia.post(page, {"code": code, "step": "cast", **MARKS}).status_code == 409
    answer = as_("yi").post(page, {"code": first, "step": "cast", **MARKS})
    assert answer.status_code == 409
    branch.close()
    assert len(branch.event.statement["receipts"]) == 1


def test_the_code_of_an_account_is_no_slip(branch, as_):
    jia, page = as_("jia"), f"/ballots/{branch.id}/vote"
    code = code_of(jia.get(page).text)
    jia.post(page, {"code": code, "step": "cast", **MARKS})
    data = {"code": code, "step": "", **MARKS}
    headers = {"Origin": "http://localhost"}
    assert as_().client.post("/vote-slip", data=data, headers=headers).status_code == 404


@pytest.mark.parametrize("login", ["chair", "wei1", "far", "guard"])
def test_who_is_not_on_the_roll_gets_no_ballot(branch, as_, login):
    page = f"/ballots/{branch.id}/vote"
    form = {"code": "AAAA-AAAA-AAAA-AAAA", "step": "cast", **MARKS}
    for answer in (as_(login).get(page), as_(login).post(page, form)):
        assert answer.status_code in (403, 404)
    branch.close()
    assert branch.event.statement["receipts"] == []


def test_every_page_of_a_ballot_has_one_length(branch, as_):
    jia, page = as_("jia"), f"/ballots/{branch.id}/vote"
    code = code_of(jia.get(page).text)
    sizes = {
        len(jia.post(page, {"code": code, "step": step, **marks}).data)
        for step in ("mark", "back")
        for marks in (MARKS, {"m0": "-", "m1": "-", "m2": "-"}, {"m0": "1", "m1": "1", "m2": "0"})
    }
    assert len(sizes) == 1
