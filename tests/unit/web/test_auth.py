import re

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Blueprint, request

from engine.unit_of_work import SYSTEM
from tests.unit.web.conftest import PASSWORD
from web.auth import local_path, needs
from workflows import identity, sessions
from workflows.model import account, login_attempt, session

WRONG = "账号或密码不正确。"
KEPT = re.compile(r'name="kept" value="([^"]+)"')


def rows(engine, table):
    with engine.read(SYSTEM) as uow:
        return uow.conn.execute(sa.select(table)).all()


def test_signed_out_reader_is_led_to_the_sign_in_page_and_back(browser_of):
    browser = browser_of()
    answer = browser.get("/account?tab=2")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/account?tab%3D2")
    back = browser.sign_in("admin", next="/account?tab=2")
    assert (back.status_code, back.location) == (303, "/account?tab=2")
    assert browser.get("/account").status_code == 200


def test_home_of_somebody_without_pages_is_the_account(browser_of):
    assert browser_of("nobody").get("/").location == "/account"


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(browser_of):
    cookie = browser_of().sign_in("admin").headers["Set-Cookie"]
    assert cookie.startswith("linxuan=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Expires" not in cookie


def test_cookie_over_https_belongs_to_this_host_only(browser_of):
    browser = browser_of(https=True)
    cookies = browser.sign_in("admin").headers.getlist("Set-Cookie")
    ours = next(one for one in cookies if one.startswith("__Host-linxuan="))
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(ours.split("; "))
    assert "Domain" not in ours
    assert browser.get("/account").status_code == 200


def test_plain_cookie_means_nothing_over_https(browser_of, engine):
    plain = browser_of("admin")
    secure = browser_of(https=True)
    secure.client.set_cookie("linxuan", plain.cookie(), domain="localhost")
    assert secure.get("/account").status_code == 303


def test_sign_in_makes_a_new_session_and_ends_the_one_before(browser_of):
    browser = browser_of()
    browser.sign_in("admin")
    first = browser.cookie()
    browser.post("/sign-in", {"login": "auditor", "password": PASSWORD})
    second = browser.cookie()
    assert first != second
    stranger = browser_of()
    stranger.client.set_cookie("linxuan", first, domain="localhost")
    assert stranger.get("/account").status_code == 303


def test_planted_cookie_is_replaced_at_sign_in(browser_of):
    browser = browser_of()
    browser.client.set_cookie("linxuan", "planted by somebody", domain="localhost")
    browser.sign_in("admin")
    assert browser.cookie() != "planted by somebody"


def test_form_token_changes_at_sign_in(browser_of):
    browser = browser_of()
    before = browser.token()
    browser.sign_in("admin")
    old = browser.client.post("/sign-out", data={"csrf_token": before})
    assert old.status_code == 400
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize("login", ["admin", "unknown"])
def test_wrong_password_says_the_same_for_known_and_unknown(browser_of, engine, login):
    answer = browser_of().sign_in(login, "wrong password")
    assert answer.status_code == 401
    assert WRONG in answer.text
    assert f'value="{login}"' in answer.text
    assert "wrong password" not in answer.text
    assert rows(engine, session) == []
    assert [row.outcome for row in rows(engine, login_attempt)] == ["wrong"]


def test_too_many_attempts_have_to_wait_and_are_told_until_when(browser_of, engine):
    browser = browser_of()
    for _ in range(5):
        with engine.begin(SYSTEM) as uow:
            visitor = sessions.Visitor("127.0.0.1")
            sessions.admit(uow, sessions.look_up(uow, "admin", visitor), visitor, fits=False)
    answer = browser.sign_in("admin")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "尝试次数过多，请在 2026-03-02 09:15 之后再试。" in answer.text
    assert rows(engine, session) == []


def test_hash_with_older_settings_is_renewed_at_sign_in(browser_of, engine, accounts):
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with engine.begin(SYSTEM) as uow:
        sessions.rehash(uow, accounts["admin"], weak)
    assert browser_of().sign_in("admin").status_code == 303
    with engine.read(SYSTEM) as uow:
        assert "m=65536" in identity.get(uow, accounts["admin"]).password


def test_signed_out_cookie_is_dead(browser_of):
    browser = browser_of("admin")
    cookie = browser.cookie()
    assert browser.post("/sign-out").location == "/sign-in"
    assert browser.cookie() == ""
    browser.client.set_cookie("linxuan", cookie, domain="localhost")
    assert browser.get("/account").status_code == 303


def test_disabled_account_is_out_with_its_next_click(browser_of, engine, accounts):
    browser = browser_of("expert")
    assert browser.get("/account").status_code == 200
    with engine.begin(SYSTEM) as uow:
        identity.disable(uow, accounts["expert"])
    assert browser.get("/account").status_code == 303
    assert "这个账号已停用" in browser.sign_in("expert").text


def test_use_of_a_session_is_noted_at_most_once_a_minute(browser_of, engine, clock):
    browser = browser_of("admin")
    opened = clock.now
    clock.move(seconds=30)
    browser.get("/account")
    assert rows(engine, session)[0].seen_at == opened
    clock.move(seconds=31)
    browser.get("/account")
    assert rows(engine, session)[0].seen_at == clock.now


def test_changed_password_keeps_this_browser_and_ends_the_others(browser_of):
    here, there = browser_of("admin"), browser_of("admin")
    new = "一句容易记住的话"
    answer = here.post("/account/password", {"old": PASSWORD, "new": new, "again": new})
    assert answer.location == "/account"
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert browser_of().sign_in("admin", new).status_code == 303
    assert WRONG in browser_of().sign_in("admin").text


@pytest.mark.parametrize(
    ("old", "new", "again", "text"),
    [
        ("not it", "a new phrase", "a new phrase", "原密码不正确"),
        (PASSWORD, "a new phrase", "another one", "两次输入的新密码不一致"),
        (PASSWORD, "short", "short", "密码应为 8 至 128 个字符"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码与原密码相同"),
    ],
)
def test_refused_password_is_explained_and_changes_nothing(
    browser_of, engine, old, new, again, text
):
    before = rows(engine, account)
    answer = browser_of("admin").post("/account/password", {"old": old, "new": new, "again": again})
    assert answer.status_code == 422
    assert text in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert rows(engine, account) == before


def test_own_session_elsewhere_can_be_ended(browser_of, engine):
    here, there = browser_of("admin"), browser_of("admin")
    other = rows(engine, session)[1].id
    assert here.post(f"/account/sessions/{other}/end").status_code == 303
    assert there.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_session_of_somebody_else_is_not_found(browser_of, engine):
    victim, attacker = browser_of("admin"), browser_of("expert")
    other = rows(engine, session)[0].id
    assert attacker.post(f"/account/sessions/{other}/end").status_code == 404
    assert victim.get("/account").status_code == 200


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", None],
)
def test_only_paths_of_this_site_are_redirect_targets(target):
    assert local_path(target) == "/"


def test_path_of_this_site_is_kept():
    assert local_path("/tasks/1?a=b") == "/tasks/1?a=b"


def test_line_breaks_in_a_target_are_refused():
    assert local_path("/x\r\nSet-Cookie: a=b") == "/"


# Forms that outlive a session -------------------------------------------------------------


def test_post_without_token_does_nothing_and_offers_the_form_again(browser_of, engine):
    browser = browser_of("admin")
    answer = browser.client.post("/preferences", data={"lang": "en", "back": "/account"})
    assert answer.status_code == 400
    assert "页面已过期，本次操作没有生效" in answer.text
    assert "lang=" not in str(answer.headers)


def test_form_posted_after_the_session_ended_is_offered_again_after_sign_in(app, browser_of, clock):
    add_form_page(app)
    browser = browser_of("expert")
    token = browser.token()
    clock.move(hours=3)
    expired = browser.client.post(
        "/form", data={"csrf_token": token, "opinion": "同意提名", "score": "92.5"}
    )
    assert expired.status_code == 401
    assert "您刚才填写的内容已经保留" in expired.text
    assert app.extensions["posted"] == []
    kept = KEPT.search(expired.text)
    assert kept is not None
    offered = browser.sign_in("expert", kept=kept[1])
    assert offered.status_code == 200
    assert 'name="opinion" value="同意提名"' in offered.text
    assert 'action="/form"' in offered.text
    browser.post("/form", {"opinion": "同意提名", "score": "92.5"})
    assert app.extensions["posted"] == [{"opinion": "同意提名", "score": "92.5"}]


def test_kept_form_is_not_shown_to_somebody_else(app, browser_of, clock):
    add_form_page(app)
    browser = browser_of("expert")
    token = browser.token()
    clock.move(hours=3)
    expired = browser.client.post("/form", data={"csrf_token": token, "opinion": "同意提名"})
    kept = KEPT.search(expired.text)
    assert kept is not None
    other = browser.sign_in("admin", kept=kept[1])
    assert other.status_code == 303
    assert "同意提名" not in browser.get("/account").text


def test_forged_kept_form_is_ignored(browser_of):
    assert browser_of().sign_in("admin", kept="forged").status_code == 303


def test_stale_token_of_a_signed_in_reader_offers_the_form_again(app, browser_of):
    add_form_page(app)
    browser = browser_of("expert")
    answer = browser.client.post("/form", data={"csrf_token": "old", "opinion": "同意提名"})
    assert answer.status_code == 400
    assert 'name="opinion" value="同意提名"' in answer.text
    assert app.extensions["posted"] == []


def test_passwords_are_never_kept(browser_of, clock):
    browser = browser_of("admin")
    token = browser.token()
    clock.move(hours=3)
    answer = browser.client.post(
        "/account/password", data={"csrf_token": token, "old": PASSWORD, "new": "a new phrase"}
    )
    assert PASSWORD not in answer.text
    assert "a new phrase" not in answer.text


def add_form_page(app):
    """Give the app a page that takes a form, as the task pages do."""
    pages = Blueprint("test_form", __name__)
    app.extensions["posted"] = []

    @pages.post("/form")
    @needs("desk.use")
    def take():
        fields = request.form.to_dict()
        fields.pop("csrf_token")
        app.extensions["posted"].append(fields)
        return "taken"

    app.register_blueprint(pages)
