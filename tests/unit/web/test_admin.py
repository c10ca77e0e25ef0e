"""The pages of administration, the registry and the calendar, as browsers see them."""

import re
from datetime import datetime

import pytest
import sqlalchemy as sa

from engine import calendar_seed
from engine.model import audit_entry, calendar_day, calendar_year, job, new_id
from engine.tasks import Submission
from engine.unit_of_work import CHINA, SYSTEM
from tests.small_case import ANN, DAN, TEAM, begin, do
from web import i18n
from workflows import registry
from workflows.model import access_log, account, person, post, role_assignment, unit
from workflows.registry import NewPerson, NewPost

OTHERS = ("org_dept", "expert", "supervisor", "auditor", "designer", "nobody")
NOTICE = """国办发明电〔2026〕9号
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休。1月31日（周日）、2月20日（周六）上班。
节假日期间要妥善安排好值班。"""
TABLES = (
    account, role_assignment, unit, person, post, calendar_year, calendar_day, job, access_log
)  # fmt: skip


def rows(engine):
    with engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(table).order_by(*table.primary_key)).all()
            for table in TABLES
        ]


def actions(engine, subject):
    with engine.read(SYSTEM) as uow:
        query = sa.select(access_log.c.action).where(access_log.c.subject == subject)
        return list(uow.conn.scalars(query.order_by(access_log.c.id)))


@pytest.fixture
def admin(browser_of):
    return browser_of("admin")


@pytest.fixture
def clerk(browser_of):
    return browser_of("org_dept")


@pytest.fixture
def things(engine, accounts):
    """A person, a post and a dead job, beside the accounts and the unit."""
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        found = {
            "person": registry.add_person(uow, NewPerson("周文斌", accounts["unit"])),
            "post": registry.add_post(uow, NewPost("副局长", accounts["unit"], seats=3)),
            "job": new_id(),
        }
        uow.conn.execute(
            job.insert().values(
                id=found["job"], kind="remind", args={"task": "gone", "class": "N2"}, dead=True,
                next_at=uow.now, created_at=uow.now, error="boom", attempts=8,
            )
        )  # fmt: skip
    return {**accounts, **found}


# Rights -----------------------------------------------------------------------------------

ADMIN_PAGES = (
    "/admin/accounts", "/admin/accounts/new", "/admin/accounts/{expert}", "/admin/units",
    "/admin/units/{unit}", "/admin/operations", "/calendar/2026/edit",
)  # fmt: skip
ADMIN_POSTS = (
    "/admin/accounts/new", "/admin/accounts/{expert}/password", "/admin/accounts/{expert}/disable",
    "/admin/accounts/{expert}/enable", "/admin/accounts/{expert}/roles",
    "/admin/accounts/{expert}/roles/x/end", "/admin/accounts/{expert}/sessions/x/end",
    "/admin/units", "/admin/units/{unit}/name", "/admin/units/{unit}/parent",
    "/admin/operations/jobs/{job}/retry", "/calendar/2027/edit",
)  # fmt: skip
CLERK_PAGES = (
    "/registry/people/new", "/registry/people/{person}", "/registry/posts/new",
    "/registry/posts/{post}",
)  # fmt: skip


@pytest.mark.parametrize("login", OTHERS)
def test_administration_is_closed_to_everybody_else(engine, things, browser_of, login):
    browser, before = browser_of(login), rows(engine)
    for path in ADMIN_PAGES:
        assert browser.get(path.format(**things)).status_code == 403, path
    for path in ADMIN_POSTS:
        assert browser.post(path.format(**things)).status_code == 403, path
    assert rows(engine) == before


@pytest.mark.parametrize("login", ["expert", "supervisor", "auditor", "designer", "admin"])
def test_registry_is_edited_by_the_organisation_department_only(engine, things, browser_of, login):
    browser, before = browser_of(login), rows(engine)
    for path in CLERK_PAGES:
        assert browser.get(path.format(**things)).status_code == 403, path
        assert browser.post(path.format(**things)).status_code == 403, path
    assert rows(engine) == before


@pytest.mark.parametrize("path", [*ADMIN_PAGES, "/admin/log", "/calendar", "/calendar/2027"])
def test_administrator_opens_every_page_in_both_languages(things, admin, path):
    for lang in ("zh", "en"):
        admin.client.set_cookie("lang", lang, domain="localhost")
        page = admin.get(path.format(**things))
        assert page.status_code == 200
        assert re.search(r"<h1>\S", page.text)


@pytest.mark.parametrize("path", [*CLERK_PAGES, "/registry/people", "/registry/posts"])
def test_organisation_department_opens_the_registry(things, clerk, path):
    assert clerk.get(path.format(**things)).status_code == 200


@pytest.mark.parametrize(
    "path", ["/admin/accounts/none", "/admin/units/none", "/calendar/1999", "/calendar/2099/edit"]
)
def test_what_does_not_exist_is_not_found(things, admin, path):
    assert admin.get(path).status_code == 404


# Accounts ---------------------------------------------------------------------------------


def test_new_person_signs_in_once_with_the_one_time_password_and_replaces_it(
    engine, accounts, admin, browser_of
):
    new = {"login": "Wang", "name": "王芳", "unit": accounts["unit"]}
    page = admin.post("/admin/accounts/new", new)
    password = re.search(r"<output[^>]*>([^<]+)</output>", page.text)[1]
    assert page.headers["Cache-Control"] == "no-store"
    browser = browser_of()
    assert browser.sign_in("wang", password).status_code == 303
    assert browser.get("/desk/todo").location == "/account"
    assert "一次性密码" in browser.get("/account").text
    own = {"old": password, "new": "a sentence of mine", "again": "a sentence of mine"}
    assert browser.post("/account/password", own).status_code == 303
    assert browser.get("/", follow_redirects=False).location != "/account?"
    assert "一次性密码" not in browser.get("/account").text
    assert browser_of().sign_in("wang", password).status_code == 401


def test_refused_account_keeps_what_was_typed(engine, accounts, admin):
    before = rows(engine)
    twin = admin.post(
        "/admin/accounts/new", {"login": "expert", "name": "王芳", "unit": accounts["unit"]}
    )
    assert (twin.status_code, "已被使用" in twin.text, 'value="王芳"' in twin.text) == (
        409,
        True,
        True,
    )
    blank = admin.post("/admin/accounts/new", {"login": "a b", "name": "王芳", "unit": ""})
    assert (blank.status_code, "此项必填" in blank.text) == (422, True)
    assert rows(engine) == before


def test_reset_shows_a_new_password_and_signs_the_person_out(accounts, admin, browser_of):
    expert = browser_of("expert")
    assert expert.get("/account").status_code == 200
    page = admin.post(f"/admin/accounts/{accounts['expert']}/password")
    password = re.search(r"<output[^>]*>([^<]+)</output>", page.text)[1]
    assert expert.get("/account").status_code == 303
    assert browser_of().sign_in("expert", password).status_code == 303


def test_closing_and_reopening_an_account(engine, accounts, admin, browser_of):
    expert, path = browser_of("expert"), f"/admin/accounts/{accounts['expert']}"
    assert admin.post(f"{path}/disable").status_code == 303
    assert expert.get("/account").status_code == 303
    assert "已停用" in admin.get("/admin/accounts?status=disabled").text
    assert admin.post(f"{path}/enable").status_code == 303
    assert actions(engine, accounts["expert"])[-2:] == ["account_disabled", "account_enabled"]


def test_own_account_is_left_to_others(engine, accounts, admin):
    before = rows(engine)
    path = f"/admin/accounts/{accounts['admin']}"
    assert "重置密码" not in admin.get(path).text
    for act in ("disable", "password"):
        answer = admin.post(f"{path}/{act}")
        assert answer.status_code == 403
        assert "请由其他管理员办理" in answer.text
    assert rows(engine) == before


def test_one_browser_of_somebody_is_signed_out(accounts, admin, browser_of):
    expert, path = browser_of("expert"), f"/admin/accounts/{accounts['expert']}"
    expert.get("/account")
    end = re.search(r'action="(/admin/accounts/[^"]+/sessions/[^"]+/end)"', admin.get(path).text)[1]
    assert admin.post(end).status_code == 303
    assert expert.get("/account").status_code == 303


# Roles ------------------------------------------------------------------------------------


def test_role_is_given_with_dates_and_ended(engine, accounts, admin):
    path = f"/admin/accounts/{accounts['expert']}"
    wanted = {"role": "CHAIR", "unit": accounts["unit"], "valid_from": "2026-03-02"}
    answer = admin.post(f"{path}/roles", {**wanted, "valid_to": "2026-06-30"})
    assert answer.status_code == 303
    page = admin.get(path).text
    assert "会议主持人" in page
    assert "2026-03-02 – 2026-06-30" in page
    end = re.findall(rf'action="({path}/roles/[^"]+/end)"', page)[0]
    assert admin.post(end, {"valid_to": "2026-03-31"}).status_code == 303
    assert admin.post(end, {"valid_to": "2026-03-31", "now": "yes"}).status_code == 303
    assert actions(engine, accounts["expert"])[-3:] == ["role_granted", "role_ended", "role_ended"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("login", "role", "zh", "en"),
    [
        (
            "org_dept",
            "DESIGNER",
            "不能同时担任“流程设计员”和",
            "cannot be both “Process designer” and",
        ),
        ("designer", "EXPERT", "职责必须分离", "kept apart"),
        ("expert", "EXPERT", "无需再次授予", "already holds"),
    ],
)
def test_refused_role_says_why(engine, accounts, admin, lang, login, role, zh, en):
    admin.client.set_cookie("lang", lang, domain="localhost")
    before = rows(engine)
    wanted = {"role": role, "unit": accounts["unit"], "valid_from": "2026-03-02"}
    answer = admin.post(f"/admin/accounts/{accounts[login]}/roles", wanted)
    assert answer.status_code in (403, 409)
    assert {"zh": zh, "en": en}[lang] in answer.text
    assert f'value="{role}" selected' in answer.text
    assert rows(engine) == before


@pytest.mark.parametrize(
    "wrong",
    [{"role": ""}, {"unit": ""}, {"valid_from": "soon"}, {"valid_from": "2026-03-01"},
     {"valid_to": "2026-02-01"}],
)  # fmt: skip
def test_wrong_role_form_is_refused_beside_the_field(engine, accounts, admin, wrong):
    before = rows(engine)
    wanted = {"role": "CHAIR", "unit": accounts["unit"], "valid_from": "2026-03-02", **wrong}
    answer = admin.post(f"/admin/accounts/{accounts['expert']}/roles", wanted)
    assert (
        answer.status_code,
        'aria-invalid="true"' in answer.text or 'class="err"' in answer.text,
    ) == (422, True)
    assert rows(engine) == before


# Units ------------------------------------------------------------------------------------


def test_unit_is_added_renamed_and_moved(engine, accounts, admin):
    top = accounts["unit"]
    answer = admin.post("/admin/units", {"code": "B", "name": "农业农村局", "parent": top})
    below = answer.location.partition("#")[2]
    admin.post(f"/admin/units/{below}/name", {"name": "农业局", "name_en": "Agriculture"})
    assert "农业局" in admin.get("/admin/units").text
    assert admin.post(f"/admin/units/{below}/parent", {"parent": ""}).status_code == 303
    assert actions(engine, below) == ["unit_added", "unit_renamed", "unit_moved"]


def test_circle_of_units_is_refused_with_both_names(engine, accounts, admin):
    with engine.begin(SYSTEM) as uow:
        below = registry.add_unit(uow, "B", "农业农村局", parent_id=accounts["unit"])
    before = rows(engine)
    answer = admin.post(f"/admin/units/{accounts['unit']}/parent", {"parent": below})
    assert answer.status_code == 409
    assert "“农业农村局”就是“云汀市委”本身或在其之下" in answer.text
    taken = admin.post("/admin/units", {"code": "B", "name": "别的局"})
    assert (taken.status_code, 'value="别的局"' in taken.text) == (409, True)
    assert rows(engine) == before


# Registry ---------------------------------------------------------------------------------


def test_person_is_added_and_corrected(engine, things, clerk):
    new = {"name": "林若溪", "unit": things["unit"], "sex": "女", "birth": "1984.1", "rank": "科长"}
    wrong = clerk.post("/registry/people/new", new)
    assert (wrong.status_code, "请填写年月" in wrong.text) == (422, True)
    assert clerk.post("/registry/people/new", {**new, "birth": "1984.01"}).status_code == 303
    assert "林若溪" in clerk.get("/registry/people?q=若溪").text
    path = f"/registry/people/{things['person']}"
    seen = re.search(r'name="_seen" value="([^"]+)"', clerk.get(path).text)[1]
    changed = {"name": "周文彬", "unit": things["unit"], "_seen": seen, "active": "yes"}
    assert clerk.post(path, changed).status_code == 303
    late = clerk.post(path, changed)
    assert (late.status_code, "已被他人修改" in late.text) == (409, True)


def test_post_shows_approved_and_filled_seats(engine, things, clerk):
    path = f"/registry/posts/{things['post']}"
    seen = re.search(r'name="_seen" value="([^"]+)"', clerk.get(path).text)[1]
    base = {"name": "副局长", "unit": things["unit"], "seats": "3", "_seen": seen}
    for filled, status in (("4", 422), ("x", 422), ("2", 303)):
        assert clerk.post(path, {**base, "filled": filled}).status_code == status
    page = clerk.get("/registry/posts").text
    assert "2 / 3" in page
    assert "空缺 1" in page


# Calendar ---------------------------------------------------------------------------------


def test_missing_year_is_a_finding_and_a_banner(things, admin, clerk):
    assert "2027 安排尚未录入" in admin.get("/calendar").text
    assert "去录入" in admin.get("/admin/accounts").text
    page = clerk.get("/calendar").text
    assert "2027 安排尚未录入" in page
    assert "/edit" not in page
    assert "请联系系统管理员" in clerk.get("/calendar/2027").text


def test_year_page_marks_days_by_letter_and_names_the_source(things, clerk):
    page = clerk.get("/calendar/2026").text
    assert page.count('class="days"') == 12
    assert re.search(
        r'<td class="makeup"[^>]*><time datetime="2026-02-14">14</time><i>班</i>', page
    )
    assert re.search(
        r'<td class="holiday"[^>]*><time datetime="2026-10-01">1</time><i>休</i>', page
    )
    assert "chinesecalendar" in page


def test_notice_is_pasted_previewed_and_saved(engine, things, admin):
    path, before = "/calendar/2027/edit", rows(engine)
    page = admin.post(path, {"text": NOTICE, "do": "read", "_seen": "0"}).text
    assert 'value="国办发明电〔2026〕9号"' in page
    assert "<li>节假日期间要妥善安排好值班。</li>" in page
    form = {
        name: re.findall(rf'name="{name}" value="([^"]*)"', page)
        for name in ("name", "first", "last", "makeup")
    }
    assert form["first"] == ["2027-01-01", "2027-02-05"]
    form |= {"source": "国办发明电〔2026〕9号", "_seen": "0"}
    preview = admin.post(path, {**form, "do": "preview"}).text
    assert preview.count('class="days"') == 12
    assert rows(engine) == before
    saved = admin.post(path, {**form, "do": "save"}, follow_redirects=True)
    assert "0 个等待中的时限已重新计算" in saved.text
    assert actions(engine, "2027") == ["calendar_entered", "timers_recomputed"]
    again = admin.post(path, {**form, "do": "save"})
    assert (again.status_code, "已被他人修改" in again.text) == (409, True)


def test_wrong_lines_are_named_beside_them_and_nothing_is_saved(engine, things, admin):
    before = rows(engine)
    form = {
        "name": ["元旦", "春节", "清明节"],
        "first": ["", "2027-02-05", "2-30"],
        "last": ["", "2027-02-11", ""],
        "makeup": ["", "2-1", ""],
        "source": "",
        "do": "save",
    }
    page = admin.post("/calendar/2027/edit", form)
    assert (page.status_code, "日期“2-30”不完整或不存在" in page.text) == (422, True)
    assert 'id="row.2-e"' in page.text
    form["first"][2] = "4-5"
    page = admin.post("/calendar/2027/edit", form).text
    assert "2027-02-01 不是周末" in page
    assert 'id="row.1-e"' in page
    assert 'id="source-e"' in page
    assert rows(engine) == before


@pytest.mark.parametrize("text", ["", "没有日期", "春节：2月30日放假", "长" * 30_000])
def test_text_that_is_no_notice_is_refused(things, admin, text):
    page = admin.post("/calendar/2027/edit", {"text": text, "do": "read"})
    assert (page.status_code, 'id="text-e"' in page.text) == (422, True)


def test_line_is_added_without_script(things, admin):
    page = admin.post(
        "/calendar/2027/edit",
        {"name": ["元旦"], "first": ["2027-01-01"], "last": [""], "makeup": [""], "do": "row"},
    ).text
    assert page.count('name="makeup"') == 2
    assert 'value="2027-01-01"' in page


def test_waiting_timer_moves_with_the_calendar_and_the_case_says_so(engine, clock, app, browser_of):
    case_id = begin(engine)
    score = Submission(variables={"score": 1, "outcome": "合格"})
    for actor, name, done in (
        (ANN, "起草", None),
        (DAN, "审核", None),
        (TEAM, "考察", score),
        (TEAM, "考察", score),
    ):
        do(engine, actor, name, done)
    clock.move(days=1)  # the period still runs from the day it began
    admin = browser_of("admin")
    page = admin.get("/calendar/2026/edit").text
    more = {"name": "临时放假", "first": "2026-03-05", "last": "2026-03-06", "makeup": ""}
    form = {
        name: [*re.findall(rf'name="{name}" value="([^"]*)"', page), value]
        for name, value in more.items()
    }
    form |= {"source": "市政府通知", "_seen": "1", "do": "save"}
    saved = admin.post("/calendar/2026/edit", form, follow_redirects=True)
    assert "1 个等待中的时限已重新计算" in saved.text
    with engine.read(SYSTEM) as uow:
        at = uow.conn.scalar(sa.select(job.c.next_at).where(job.c.kind == "timer"))
        moves = sa.select(audit_entry.c.detail).where(
            audit_entry.c.instance_id == case_id, audit_entry.c.action == "timer_moved"
        )
        moved = uow.conn.scalars(moves).one()
    # Due on Monday the 9th, over at midnight; two days less to work in that week.
    assert at == datetime(2026, 3, 12, tzinfo=CHINA)
    assert moved["node"] == "wait"


@pytest.mark.parametrize("path", ["/calendar/choose?year=2027", "/calendar/choose?year=x"])
def test_year_is_chosen_from_the_list(things, admin, path):
    assert admin.get(path).location in ("/calendar/2027", "/calendar")


def test_festivals_have_english_names(things, admin):
    admin.client.set_cookie("lang", "en", domain="localhost")
    page = admin.get("/calendar/2026").text
    assert "Spring Festival" in page
    assert "National Day" in page
    assert "February" in page


# Operations -------------------------------------------------------------------------------


def test_dead_job_is_retried_once(engine, things, admin):
    page = admin.get("/admin/operations").text
    assert "boom" in page
    path = f"/admin/operations/jobs/{things['job']}/retry"
    assert path in page
    assert admin.post(path).status_code == 303
    again = admin.post(path)
    assert (again.status_code, "已经重新排队" in again.text) == (409, True)
    assert actions(engine, things["job"]) == ["job_retried"]


def test_log_names_people_and_is_open_to_auditors(accounts, admin, browser_of):
    admin.post(f"/admin/accounts/{accounts['expert']}/disable")
    page = browser_of("auditor").get("/admin/log?q=admin")
    assert page.status_code == 200
    assert "停用账号" in page.text
    assert "expert某" in page.text
    for login in ("org_dept", "supervisor", "designer", "nobody"):
        assert browser_of(login).get("/admin/log").status_code == 403


def test_every_action_of_the_log_has_a_word(app):
    source = i18n.FOLDER / "templates/admin/_words.html"
    words = set(re.findall(r"'([a-z_]+)': _\(", source.read_text("utf-8")))
    logged = set()
    for layer in ("workflows", "web"):
        for path in (i18n.FOLDER.parent / layer).rglob("*.py"):
            logged |= set(re.findall(r'\blog\(\s*uow,\s*"([a-z_]+)"', path.read_text("utf-8")))
    assert logged - words == set()
