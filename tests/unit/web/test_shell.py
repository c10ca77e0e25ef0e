import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from click.testing import CliRunner

from web import cli, i18n, menu
from web.auth import PUBLIC, SIGNED_IN, right_of
from workflows import demo, policies

WEB = Path(i18n.__file__).parent
PAGES = ("/sign-in", "/account", "/no-such-page")
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]


class Reader(HTMLParser):
    """Notes what a policy without inline script would refuse."""

    def __init__(self):
        super().__init__()
        self.inline: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict] = []
        self.h1 = 0

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "script" and "src" not in found and found.get("type") != "application/json":
            self.inline.append(tag)
        self.inline += [name for name in found if name.startswith("on")]
        self.inline += [
            value for value in found.values() if (value or "").startswith("javascript:")
        ]
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "label":
            self.labels.add(found.get("for", ""))
        if tag in ("input", "select", "textarea") and found.get("type") != "hidden":
            self.fields.append(found)
        self.h1 += tag == "h1"


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


# Rights -----------------------------------------------------------------------------------


def test_every_route_declares_a_right(app):
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    silent = {r.endpoint for r in rules if right_of(app.view_functions[r.endpoint]) is None}
    assert not silent, "put @needs(…) above the view"


@pytest.mark.parametrize("login", ["org_dept", "expert", "supervisor", "auditor", "designer"])
@pytest.mark.parametrize("other", ["admin", "nobody"])
def test_page_without_parameters_opens_for_the_right_roles_only(app, browser_of, login, other):
    for who in (login, other):
        browser = browser_of(who)
        for rule in app.url_map.iter_rules():
            if rule.arguments or "GET" not in rule.methods or rule.endpoint == "static":
                continue
            right = right_of(app.view_functions[rule.endpoint])
            role = who.upper()
            actor = policies.Actor(who, who, frozenset({f"{role}@u"} if role != "NOBODY" else ()))
            may = right in (PUBLIC, SIGNED_IN) or policies.allowed(actor, right)
            answer = browser.get(rule.rule)
            assert (answer.status_code < 400) is may, (who, rule.rule, answer.status_code)
            if not may:
                assert answer.status_code in (403, 404)
                assert "没有" in answer.text


def test_no_page_but_sign_in_opens_without_signing_in(app, browser_of):
    browser = browser_of()
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if rule.endpoint == "static" or rule.arguments or "GET" not in rule.methods:
            continue
        status = browser.get(rule.rule).status_code
        assert status == (200 if right_of(view) == PUBLIC else 303), rule.rule


def test_no_post_works_without_its_token(app, browser_of):
    browser = browser_of("org_dept")
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods:
            path = re.sub(r"<(int:)?[^>]+>", lambda part: "1" if part[1] else "x", rule.rule)
            assert browser.client.post(path).status_code == 400, path


def test_menu_offers_only_what_the_person_may_open(app, browser_of):
    assert "/definitions/upload" in browser_of("designer").get("/account").text
    assert "/definitions/upload" not in browser_of("org_dept").get("/account").text
    assert all(entry.icon for entry in menu.ENTRIES)


# Headers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, "/static/logo.svg"])
def test_security_headers_are_on_every_answer(browser_of, path):
    headers = browser_of("admin").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_https_is_asked_for_once_it_is_there(browser_of):
    headers = browser_of("admin", https=True).get("/account").headers
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_personal_pages_are_not_stored_and_assets_are(browser_of):
    browser = browser_of("admin")
    assert browser.get("/account").headers["Cache-Control"] == "no-store"
    assert "max-age=31536000" in browser.get("/static/logo.svg?v=1").headers["Cache-Control"]
    assert browser.get("/static/none.css?v=1").headers["Cache-Control"] == "no-store"


# Pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("login", ["", "admin"])
def test_page_has_no_inline_script_one_heading_and_unique_ids(browser_of, path, login):
    reader = read(browser_of(login).get(path, follow_redirects=True).text)
    assert reader.inline == []
    assert reader.h1 == 1
    assert len(reader.ids) == len(set(reader.ids))


def test_fields_have_labels(browser_of):
    for browser, path in ((browser_of(), "/sign-in"), (browser_of("admin"), "/account")):
        reader = read(browser.get(path).text)
        bare = [f for f in reader.fields if f.get("id") not in reader.labels]
        assert [f for f in bare if f.get("aria-hidden") != "true"] == []


def test_chinese_is_the_default_and_english_one_click_away(browser_of):
    browser = browser_of("admin")
    assert '<html lang="zh-CN" data-size="normal">' in browser.get("/account").text
    answer = browser.post("/preferences", {"lang": "en", "back": "/account"})
    assert (answer.status_code, answer.location) == (303, "/account")
    page = browser.get("/account").text
    assert '<html lang="en"' in page
    assert "My account" in page
    assert "我的账号" not in page


def test_large_type_is_kept_by_a_cookie(browser_of):
    browser = browser_of()
    browser.post("/preferences", {"size": "large", "back": "/sign-in"})
    assert 'data-size="large"' in browser.get("/sign-in").text
    browser.post("/preferences", {"size": "normal", "back": "/sign-in"})
    assert 'data-size="normal"' in browser.get("/sign-in").text


@pytest.mark.parametrize("cookie", ["fr", "../../etc", ""])
def test_unknown_language_is_chinese(browser_of, cookie):
    browser = browser_of()
    browser.client.set_cookie("lang", cookie, domain="localhost")
    assert 'lang="zh-CN"' in browser.get("/sign-in").text


def test_preferences_take_known_values_only(browser_of):
    answer = browser_of().post(
        "/preferences", {"lang": "xx", "size": "9", "back": "//evil.example"}
    )
    assert answer.location == "/"
    assert "lang=" not in str(answer.headers.getlist("Set-Cookie"))


def test_every_text_has_an_english_translation():
    asked = {found[2] for found in extract_from_dir(WEB, METHODS, keywords={"_": None})}
    asked = {text if isinstance(text, str) else text[0] for text in asked}
    with (WEB / "translations/en/LC_MESSAGES/messages.po").open("rb") as source:
        catalogue = read_po(source, locale="en")
    translated = {message.id for message in catalogue if message.string}
    missing = sorted(asked - translated)
    assert not missing, "add them to web/translations/en/LC_MESSAGES/messages.po"


def test_catalogue_works_uncompiled(tmp_path, monkeypatch):
    folder = tmp_path / "translations/en/LC_MESSAGES"
    folder.mkdir(parents=True)
    source = (WEB / "translations/en/LC_MESSAGES/messages.po").read_bytes()
    (folder / "messages.po").write_bytes(source)
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    i18n.catalogue.cache_clear()
    assert i18n.catalogue("en").gettext("登录") == "Sign in"
    assert i18n.catalogue("zh").gettext("登录") == "登录"
    i18n.catalogue.cache_clear()


def test_picked_text_falls_back_to_chinese(app):
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert i18n.pick({"zh": "动议", "en": "Motion"}) == "Motion"
        assert i18n.pick({"zh": "动议", "en": ""}) == "动议"
        assert i18n.pick({"title_zh": "动议", "title_en": "Motion"}, "title") == "Motion"


# Command line -----------------------------------------------------------------------------


def run(tmp_path, *words):
    return CliRunner().invoke(cli.main, ["--data", str(tmp_path), *words])


def test_command_line_refuses_a_database_without_tables(tmp_path):
    answer = run(tmp_path, "demo", "seed")
    assert answer.exit_code == 1
    assert "请先运行 linxuan db upgrade" in answer.output


def test_command_line_prepares_a_database_twice_over(tmp_path):
    assert run(tmp_path, "db", "upgrade").exit_code == 0
    for words in ("已写入演示数据", "演示数据已存在"):
        answer = run(tmp_path, "demo", "seed")
        assert answer.exit_code == 0, answer.output
        assert words in answer.output
        assert demo.PASSWORD in answer.output
    assert "Entered: -" in run(tmp_path, "calendar", "seed", "2024", "2025").output


def test_command_line_names_the_fault_of_a_package(tmp_path):
    run(tmp_path, "db", "upgrade")
    empty = tmp_path / "empty"
    empty.mkdir()
    answer = run(tmp_path, "deploy", str(empty))
    assert answer.exit_code == 1
    assert "process.toml" in answer.output
