"""Voting with a slip by page: no session, one length, nothing of code or choice left behind."""

import logging
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from engine.model import metadata
from tests.unit.web.conftest import Browser
from tests.unit.workflows.ballots.hall import OFFICER, opened, plan, signing
from web import ballot_paper, threats
from web.app import create_app
from workflows.ballots import events, signing_in, store
from workflows.ballots.store import Store

ORIGIN = {"Origin": "http://localhost"}
MARKER = "标记甲乙丙"


@pytest.fixture
def hall(engine, database_url):
    box = Store(database_url.replace("linxuan.db", "ballots.db"))
    box.create()
    yield events.Hall(engine, box)
    box.engine.database.dispose()


@pytest.fixture
def app(hall, accounts):
    made = create_app(hall.engine)
    made.extensions["hall"] = hall
    made.testing = True
    return made


@pytest.fixture
def desk(hall, app):
    return SimpleNamespace(vote=opened(hall), page=Browser(app.test_client()), hall=hall)


def send(page, code, step="", /, **fields):
    return page.client.post(
        "/vote-slip", data={"code": code, "step": step, **fields}, headers=ORIGIN
    )


MARKS = {"m0": "0", "m1": "1", "m2": "-", "m3": "-", "w0": MARKER, "w1": ""}


def test_a_slip_goes_from_code_to_receipt_and_the_receipt_is_in_the_statement(desk):
    code = desk.vote.codes[0]
    assert 'id="code"' in desk.page.get("/vote-slip").text
    sheet = send(desk.page, code).text
    assert "候选人4" in sheet
    look = send(desk.page, code, "mark", **MARKS).text
    assert "这是您的选票吗" in look
    assert MARKER in look
    receipt = re.search(
        r"<b>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){2})</b>", send(desk.page, code, "cast", **MARKS).text
    )
    assert receipt is not None
    assert desk.vote.close()["receipts"] == [receipt[1]]
    assert "交给下一位" in desk.page.get("/vote-slip/done").text


def test_going_back_keeps_what_was_marked(desk):
    again = send(desk.page, desk.vote.codes[0], "back", **MARKS).text
    assert re.search(r'name="m1" value="1" checked', again)
    assert f'value="{MARKER}"' in again


def test_too_many_marks_come_back_with_the_choice_and_nothing_is_cast(desk):
    code, many = desk.vote.codes[0], {f"m{no}": "0" for no in range(4)}
    for step in ("mark", "cast"):
        answer = send(desk.page, code, step, **many)
        assert answer.status_code == 422
        assert "最多 3 个，您选了 4 个" in answer.text
        assert answer.text.count('value="0" checked') == 4
    assert "回执" in send(desk.page, code, "cast", **MARKS).text
    assert len(desk.vote.close()["receipts"]) == 1


def test_a_slip_votes_once(desk):
    code = desk.vote.codes[0]
    send(desk.page, code, "cast", **MARKS)
    for step in ("", "mark", "cast"):
        answer = send(desk.page, code, step, **MARKS)
        assert answer.status_code == 409
        assert "已经用过" in answer.text
        assert code not in answer.text
    assert len(desk.vote.close()["receipts"]) == 1


def test_wrong_codes_and_boxes_that_are_not_open_are_told_apart(desk, hall, app):
    for code, status, text in (
        ("ABC", 422, "16 位"), ("AAAA-AAAA-AAAA-AAAA", 404, "没有这个领票码"),
    ):  # fmt: skip
        answer = send(desk.page, code)
        assert (answer.status_code, text in answer.text) == (status, True)
        assert f'value="{code}"' in answer.text
    waiting = signing(hall)
    answer = send(desk.page, waiting.codes[0], "cast", **MARKS)
    assert answer.status_code == 409
    assert "还没有开启" in answer.text
    desk.vote.close()
    assert send(desk.page, desk.vote.codes[0], "cast", **MARKS).status_code == 404


def test_a_scanned_address_is_taken_for_its_code(desk):
    assert "候选人1" in send(desk.page, f"http://localhost/vote-slip#{desk.vote.codes[0]}").text


@pytest.mark.parametrize("origin", [None, "null", "https://elsewhere.example"])
def test_a_post_from_elsewhere_is_refused(desk, origin):
    headers = {} if origin is None else {"Origin": origin}
    data = {"code": desk.vote.codes[0], "step": "cast", **MARKS}
    assert desk.page.client.post("/vote-slip", data=data, headers=headers).status_code == 400
    assert desk.vote.close()["receipts"] == []


def test_every_page_and_request_of_one_vote_has_one_length(desk):
    code = desk.vote.codes[0]
    few = {"m0": "1", "m1": "-", "m2": "-", "m3": "-", "w0": "", "w1": ""}
    many = {f"m{no}": "0" for no in range(4)}
    steps = (("", few), ("mark", MARKS), ("mark", few), ("back", MARKS), ("mark", many))
    sizes = {len(send(desk.page, code, step, **marks).data) for step, marks in steps}
    sizes.add(len(send(desk.page, code, "cast", **MARKS).data))
    assert len(sizes) == 1
    rules = desk.vote.event.rules
    lengths = set()
    for names in (("", ""), ("王", "~*汉字 𠀀"), ("𠀀" * 20, "𠀀" * 20)):
        filled = ballot_paper.Filled({}, names)
        kept = ballot_paper.fields(rules, filled) | {"code": code, "lang": "zh", "step": "cast"}
        size = ballot_paper.request_size(rules)
        kept["pad"] = ballot_paper.padding(kept, size)
        lengths.add(len("&".join(f"{k}={ballot_paper._encoded(v)}" for k, v in kept.items())))
    assert lengths == {size}


def test_no_cookie_is_set_or_read_and_nothing_is_kept_in_caches(desk, app):
    code = desk.vote.codes[0]
    for answer in (desk.page.get("/vote-slip"), send(desk.page, code, "mark", **MARKS),
                   send(desk.page, code, "cast", **MARKS), desk.page.get("/vote-slip/done"),
                   desk.page.get("/ballots/threat-model")):  # fmt: skip
        assert "Set-Cookie" not in answer.headers
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_after_a_vote_neither_code_nor_choice_is_in_any_table_session_or_log(
    desk, browser_of, caplog
):
    """Somebody who is signed in votes in the same browser; his session does not even move on."""
    caplog.set_level(logging.DEBUG)
    page, code = browser_of("org_dept"), desk.vote.codes[0]
    before = dump(desk.hall.engine, metadata.sorted_tables)
    assert "有人登录了账号" in page.get("/vote-slip").text
    send(page, code)
    send(page, code, "mark", **{f"m{no}": "0" for no in range(4)})
    send(page, code, "mark", **MARKS)
    assert "已经入箱" in send(page, code, "cast", **MARKS).text
    after = dump(desk.hall.engine, metadata.sorted_tables)
    assert after == before
    box = dump(desk.hall.store.engine, store.metadata.sorted_tables)
    plain = code.replace("-", "")
    for place in (str(box), caplog.text, str(after)):
        assert MARKER not in place
        assert code not in place
        assert plain not in place


def dump(engine, tables):
    with engine.database.connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
        return {
            each.name: sorted(map(str, connection.execute(sa.select(each)).all()))
            for each in tables if each.name in there
        }  # fmt: skip


def test_a_paper_with_every_line_to_mark_has_nothing_marked_beforehand(hall, app):
    rules = replace(plan().rules, blank=None, write_ins=0, write_in_as=None, write_in_against=None)
    vote, page = signing(hall, plan(rules=rules)), Browser(app.test_client())
    signing_in.open_box(hall, OFFICER, vote.id)
    assert " checked" not in send(page, vote.codes[0]).text
    answer = send(page, vote.codes[0], "mark", m0="0", m1="9")
    assert answer.status_code == 422
    assert "还有 3 行没有填写" in answer.text


def test_names_from_the_form_are_shown_as_text(desk):
    evil = "<script>x</script>"
    assert evil not in send(desk.page, desk.vote.codes[0], "back", **{**MARKS, "w0": evil}).text


def test_the_pages_speak_english_without_a_cookie(desk):
    assert "Vote with a slip" in desk.page.get("/vote-slip?lang=en").text
    answer = send(desk.page, desk.vote.codes[0], "mark", lang="en", **MARKS)
    assert "Is this your ballot?" in answer.text
    assert 'name="lang" value="en"' in answer.text


def test_without_a_store_of_boxes_no_code_is_known(accounts, engine):
    page = Browser(create_app(engine).test_client())
    page.client.application.extensions.pop("hall", None)
    assert send(page, "AAAA-AAAA-AAAA-AAAA").status_code == 404


def test_the_threat_model_is_whole_in_both_languages():
    for part in threats.parts():
        for one in (part, *part.get("text", ()), *part.get("items", ()), *part.get("after", ())):
            assert one["zh"]
            assert one["en"]
        assert all(len(row) == len(part["head"]) for row in part.get("rows", ()))
