"""Every page of a case with the wrong role: outsiders learn nothing, designers get no case."""

import re

import pytest

from tests.office_desk import DRAFT, Office, set_up


@pytest.fixture
def office(engine, accounts, hashed, browser_of) -> Office:
    return set_up(engine, accounts, hashed, browser_of)


@pytest.fixture
def paths(office, app) -> list[tuple[str, str]]:
    """Give method and address of every page about one case."""
    review = office.to_review()
    case = office.case_of(review, "head")
    record = re.search(r"/records/([^\"]+)\"", office.as_("head").get(case).text)[1]
    known = {
        "task_id": review.rpartition("/")[2], "instance_id": case.rpartition("/")[2],
        "record_id": record, "attachment_id": "x", "name": "complaint",
    }  # fmt: skip
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.arguments or not rule.arguments <= known.keys():
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: known[name[1]], rule.rule)
        found += [(method, path) for method in rule.methods & {"GET", "POST"}]
    assert len(found) > 15
    return found


def ask(browser, method: str, path: str) -> int:
    if method == "GET":
        return browser.get(path).status_code
    form = {**DRAFT, "_act": "submit", "reason": "x", "on": "1"}
    return browser.post(path, form).status_code


def test_outsider_of_the_case_learns_nothing(office, paths):
    expert = office.as_("expert")
    for method, path in paths:
        needs_more = path.endswith(("/hold", "/resume", "/trail"))
        assert ask(expert, method, path) in ((403, 404) if needs_more else (404,)), (method, path)


@pytest.mark.parametrize("login", ["designer", "admin", "nobody"])
def test_people_without_a_case_role_open_no_case_page(office, paths, login):
    browser = office.as_(login)
    for method, path in paths:
        assert ask(browser, method, path) == 403, (method, path)
    for path in ("/desk/todo", "/desk/counters", "/cases", "/start"):
        assert browser.get(path).status_code == 403, path


def test_supervision_and_audit_look_but_complete_nothing(office, paths):
    for login in ("supervisor", "auditor"):
        browser = office.as_(login)
        for method, path in paths:
            status = ask(browser, method, path)
            if method == "GET" and "/files/" not in path and "/messages/" not in path:
                assert status == 200, (login, path)
    task = next(path for _, path in paths if re.fullmatch(r"/tasks/[^/]+", path))
    assert "提交办理" not in office.as_("auditor").get(task).text
    # Neither of them has moved the case: the head still has the task.
    office.as_("supervisor").post(
        next(path for _, path in paths if path.endswith("/resume")), {"reason": "x"}
    )
    assert "一件公文" in office.as_("head").get("/desk/todo").text


def test_signed_out_visitor_is_sent_to_sign_in(office, paths):
    visitor = office.browser_of()
    for method, path in paths:
        if method == "GET":
            assert visitor.get(path).status_code == 303, path
