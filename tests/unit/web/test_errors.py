import ast
import logging
import string
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from engine.errors import (
    AlreadyDone,
    Blocked,
    Conflict,
    EngineError,
    Invalid,
    NotAllowed,
    NotFound,
    OnHold,
    ReasonNeeded,
    RuleBlocked,
    Stale,
    Tampered,
    TaskAlreadyClaimed,
)
from web.auth import needs
from web.i18n import LOCALES, in_both, sentences

ROOT = Path(__file__).parents[3]
FAMILIES = (NotFound, NotAllowed, Conflict, Stale, TaskAlreadyClaimed, AlreadyDone, Invalid)
FAMILIES = (*FAMILIES, Blocked, OnHold, Tampered)
NAMES = {family.__name__ for family in FAMILIES} | {"EngineError"}


@dataclass(frozen=True)
class Finding:
    rule: str = "DEC-002"
    zh: str = "同意人数未过应到会人数半数"
    en: str = "Not more than half of those due agreed"
    remedy_zh: str = "重新表决"
    remedy_en: str = "Vote again"


@pytest.fixture
def raising(app: Flask):
    """Let ``/raise`` raise what a test chooses."""
    chosen: list[Exception] = []

    @app.get("/raise")
    @needs("signed_in")
    def fail():
        raise chosen[0]

    return chosen


def raised_codes() -> dict[str, str]:
    """Give every code that the layers below raise, with the place."""
    found = {}
    for layer in ("engine", "workflows"):
        for path in sorted((ROOT / layer).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in NAMES:
                    for first in node.args[:1]:
                        if isinstance(first, ast.Constant):
                            found[first.value] = f"{path.name}:{node.lineno}"
    return found


def test_every_code_that_is_raised_has_a_sentence():
    missing = {code: place for code, place in raised_codes().items() if code not in sentences()}
    assert not missing, "add them to web/messages.toml"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_sentence(family):
    assert family.default in sentences()


@pytest.mark.parametrize("code", sorted(sentences()))
def test_sentence_is_there_in_both_languages_with_the_same_blanks(code):
    found = sentences()[code]
    assert found.keys() == LOCALES.keys()
    blanks = {
        language: {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for language, text in found.items()
    }
    translated = {"zh": {"zh"}, "en": {"en"}}
    assert blanks["zh"] - translated["zh"] == blanks["en"] - translated["en"]
    assert all(text.strip() for text in found.values())


@pytest.mark.parametrize("family", FAMILIES)
def test_refusal_becomes_a_page_with_status_and_sentence(raising, browser_of, family):
    raising.append(family())
    answer = browser_of("admin").get("/raise")
    assert answer.status_code == family.status
    assert sentences()[family.default]["zh"] in answer.text
    assert f'data-code="{family.default}"' in answer.text


def test_refusal_speaks_the_language_of_the_reader(raising, browser_of):
    raising.append(OnHold())
    browser = browser_of("admin")
    browser.client.set_cookie("lang", "en", domain="localhost")
    page = browser.get("/raise").text
    assert sentences()["on_hold"]["en"] in page
    assert sentences()["on_hold"]["zh"] not in page


def test_code_without_a_sentence_falls_back_to_its_family(raising, browser_of):
    raising.append(Conflict("never_heard_of"))
    assert sentences()["conflict"]["zh"] in browser_of("admin").get("/raise").text


def test_missing_parameter_leaves_a_visible_gap(raising, browser_of):
    raising.append(Blocked("calendar_missing"))
    assert "… 年的节假日安排尚未录入" in browser_of("admin").get("/raise").text


def test_parameters_are_shown_as_names_and_never_as_markup(raising, browser_of):
    raising.append(NotAllowed("duties_clash", role="ADMIN", held="<script>alert(1)</script>"))
    page = browser_of("admin").get("/raise").text
    assert "系统管理员" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("family", [RuleBlocked, ReasonNeeded])
def test_findings_are_listed_with_their_remedies(raising, browser_of, family):
    raising.append(family([Finding()]))
    page = browser_of("admin").get("/raise").text
    assert "DEC-002" in page
    assert "同意人数未过应到会人数半数" in page
    assert "重新表决" in page


def test_htmx_gets_the_refusal_without_the_frame(raising, browser_of):
    raising.append(Stale())
    answer = browser_of("admin").get("/raise", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert sentences()["stale"]["zh"] in answer.text
    assert "<html" not in answer.text


def test_program_gets_code_and_parameters_as_json(raising, browser_of):
    raising.append(Blocked("calendar_missing", year=2031, odd=object))
    answer = browser_of("admin").get("/raise", headers={"Accept": "application/json"})
    assert answer.status_code == 423
    body = answer.get_json()
    assert (body["code"], body["year"]) == ("calendar_missing", 2031)
    assert body["message"].startswith("2031 年")


def test_broken_evidence_is_written_to_the_log(raising, browser_of, caplog):
    raising.append(Tampered("chain_broken", seq=7))
    answer = browser_of("admin").get("/raise")
    assert answer.status_code == 500
    assert "第 7 条审计记录" in answer.text
    assert [record.levelno for record in caplog.records] == [logging.CRITICAL]


def test_unexpected_failure_shows_a_number_and_nothing_else(app, raising, browser_of, caplog):
    app.testing = False
    raising.append(RuntimeError("a secret of the program"))
    answer = browser_of("admin").get("/raise")
    assert answer.status_code == 500
    assert "a secret of the program" not in answer.text
    number = answer.text.split("请把编号 ")[1].split(" ")[0]
    assert any(number in record.getMessage() for record in caplog.records)


def test_unknown_page_is_a_page_too(browser_of):
    for browser in (browser_of(), browser_of("admin")):
        answer = browser.get("/no/such/page")
        assert answer.status_code == 404
        assert "没有找到" in answer.text


def test_wrong_method_and_oversized_request_are_explained(app, browser_of):
    browser = browser_of("admin")
    assert browser.get("/preferences").status_code == 405
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = browser.post("/preferences", {"back": "/" + "x" * 2000})
    assert answer.status_code == 413
    assert "上传的内容过大" in answer.text


def test_signed_out_program_and_htmx_are_told_to_sign_in(browser_of):
    program = browser_of().get("/account", headers={"Accept": "application/json"})
    assert (program.status_code, program.get_json()["code"]) == (401, "sign_in_needed")
    htmx = browser_of().get("/account", headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (401, "/sign-in?next=/account")


def test_terminal_gets_both_languages():
    told = in_both(Blocked("calendar_missing", year=2031))
    assert told.splitlines()[0].startswith("2031 年")
    assert told.splitlines()[1].startswith("The working days of 2031")
    assert in_both(EngineError("never_heard_of")) == in_both(EngineError())
