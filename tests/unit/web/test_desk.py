"""The inbox and the task page, and what happens when two people or two clicks meet."""

import io
import re

import pytest
import sqlalchemy as sa

from engine.model import draft, instance, notice, step_record, task
from engine.unit_of_work import SYSTEM
from tests.office_desk import DRAFT, Office, set_up

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def office(engine, accounts, hashed, browser_of) -> Office:
    return set_up(engine, accounts, hashed, browser_of)


def count(office: Office, table, *where) -> int:
    with office.engine.read(SYSTEM) as uow:
        return uow.conn.scalar(sa.select(sa.func.count()).select_from(table).where(*where))


def snapshot(office: Office):
    """Everything but the audit chain, which rightly notes a refused attempt."""
    kept = sa.select(instance.c.id, instance.c.status, instance.c.version, instance.c.step_no)
    queries = (kept, sa.select(task), sa.select(step_record))
    with office.engine.read(SYSTEM) as uow:
        return [uow.conn.execute(query.order_by(sa.text("id"))).all() for query in queries]


# The way of a task ------------------------------------------------------------------------


def test_case_goes_from_start_to_end_by_its_pages(office):
    review = office.to_review()
    page = office.as_("head").get(review).text
    assert "审核" in page
    assert "同组" not in page
    answer = office.submit("head", review, {"comment": "可以"})
    assert answer.location.endswith("/desk/todo")
    inspect = office.first_task("team")
    assert "甲" in office.as_("team").get("/desk/todo").text
    office.submit("team", inspect, {"score": "8", "outcome": "合格"})
    assert count(office, instance, instance.c.status == "completed") == 2
    assert "没有待办事项" in office.as_("team").get("/desk/todo").text
    assert "一件公文" in office.as_("team").get("/desk/done").text
    assert "一件公文" in office.as_("officer").get("/desk/started").text


def test_next_task_of_the_same_person_opens_at_once(office):
    first = office.start()
    assert "/tasks/" in first
    page = office.as_("officer").get(first).text
    assert "事项已发起" in page


def test_answer_is_saved_as_draft_and_comes_back(office):
    first = office.start()
    officer = office.as_("officer")
    assert officer.post(first, {"opinion": "半句", "_act": "save"}).status_code == 303
    page = officer.get(first).text
    assert 'value="半句"' in page
    assert "草稿已保存于" in page
    assert count(office, step_record, step_record.c.kind == "complete") == 0


def test_mistake_is_shown_beside_its_field_and_nothing_is_handed_in(office):
    first = office.start()
    before = snapshot(office)
    answer = office.submit("officer", first, {"opinion": "", "people-0": "", "people-0-id": "a"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "此项必填" in answer.text or "必填" in answer.text
    assert snapshot(office) == before


def test_htmx_gets_the_form_alone(office):
    first = office.start()
    answer = office.as_("officer").post(
        first, {**DRAFT, "_act": "refresh"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'id="task-form"' in answer.text
    assert count(office, draft) == 1


def test_row_is_added_without_script(office):
    first = office.start()
    answer = office.as_("officer").post(first, {**DRAFT, "_act": "add:people"})
    assert 'name="people-1-id"' in answer.text


def test_task_is_claimed_and_given_back(office):
    first = office.start()
    assert "一件公文" in office.as_("second").get("/desk/todo").text
    office.as_("officer").post(f"{first}/claim")
    assert "一件公文" not in office.as_("second").get("/desk/todo").text
    office.as_("officer").post(f"{first}/release")
    assert "一件公文" in office.as_("second").get("/desk/todo").text


# Sending back -----------------------------------------------------------------------------

BACK = {
    "target": "draft", "reason_code": "材料不全", "reason": "缺附件", "items": "附件一\n附件二",
    "due": "2026-03-09",
}  # fmt: skip


def test_case_is_sent_back_with_reason_and_items(office):
    review = office.to_review()
    answer = office.as_("head").post(f"{review}/return", BACK)
    assert answer.status_code == 303
    page = office.as_("officer").get(office.first_task("officer")).text
    for said in ("缺附件", "附件二", "2026-03-09", "第 2 次"):
        assert said in page
    with office.engine.read(SYSTEM) as uow:
        kept = uow.conn.execute(sa.select(step_record).where(step_record.c.kind == "return")).one()
    assert kept.data["items"] == ["附件一", "附件二"]
    assert kept.data["reason_code"] == "材料不全"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("target", "review", "不能退回到这一环节"),
        ("target", "", "此项必填"),
        ("reason_code", "随便", "此项必填"),
        ("reason", "  ", "此项必填"),
        ("reason", "长" * 501, "500"),
        ("items", "项\n" * 31, "30"),
        ("due", "2026-03-01", "今天或以后"),
        ("due", "soon", "今天或以后"),
    ],
)
def test_faulty_return_is_refused_with_its_reason(office, field, value, said):
    review = office.to_review()
    before = snapshot(office)
    answer = office.as_("head").post(f"{review}/return", {**BACK, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert snapshot(office) == before


# Bad input --------------------------------------------------------------------------------


def test_double_submit_has_one_effect_and_is_no_error(office):
    first = office.start()
    key = office.hidden("officer", first, "_key")
    answers = [office.submit("officer", first, DRAFT, _key=key) for _ in range(2)]
    assert answers[0].status_code == 303
    assert count(office, step_record, step_record.c.kind == "complete") == 1
    assert count(office, task, task.c.name == "审核") == 1
    assert answers[1].location == answers[0].location
    assert "没有重复办理" in office.as_("officer").get(answers[1].location).text


def test_autosave_that_arrives_after_the_submission_is_silent(office):
    first = office.start()
    office.submit("officer", first, DRAFT)
    late = office.as_("officer").post(
        first, {**DRAFT, "_act": "refresh"}, headers={"HX-Request": "true"}
    )
    assert late.status_code == 204
    assert count(office, draft) == 0


def test_start_submitted_twice_opens_one_case(office):
    page = office.as_("officer").get("/start/office").text
    key = re.search(r'name="_key" value="([^"]+)"', page)[1]
    form = {"title": "只此一件", "_act": "submit", "_key": key}
    locations = [office.as_("officer").post("/start/office", form).location for _ in range(2)]
    assert locations[1].endswith("/desk/started")
    assert count(office, instance) == 1


def test_loser_of_a_race_keeps_what_he_typed(office):
    first = office.start()
    office.as_("second").get(first)
    office.submit("officer", first, DRAFT)
    before = snapshot(office)
    typed = {**DRAFT, "opinion": "我写的另一个意见"}
    answer = office.as_("second").client.post(
        first, data={**typed, "_act": "submit", "csrf_token": office.as_("second").token()},
        follow_redirects=True,
    )  # fmt: skip
    assert "本次没有办理" in answer.text
    assert "我写的另一个意见" in answer.text
    assert "officer某" in answer.text
    assert snapshot(office) == before
    assert "我写的另一个意见" in office.as_("second").get(f"{first}/draft").text


def test_person_who_claimed_wins_and_the_other_is_told_who(office):
    first = office.start()
    office.as_("officer").post(f"{first}/claim")
    answer = office.as_("second").post(f"{first}/claim")
    assert answer.status_code == 409
    assert "签收" in answer.text
    late = office.submit("second", first, {**DRAFT, "opinion": "迟到的内容"})
    page = office.as_("second").get(late.location)
    assert "迟到的内容" in page.text
    assert "officer某" in page.text


def test_stale_page_is_refused_before_anything_is_done(office):
    first = office.start()
    seen = office.hidden("second", first, "_seen")
    office.as_("officer").post(f"{first}/claim")
    office.as_("officer").post(f"{first}/release")
    before = snapshot(office)
    answer = office.submit("second", first, DRAFT, _seen=seen)
    assert answer.status_code == 409
    assert "已有变化" in answer.text
    assert "同意上报" in answer.text
    assert snapshot(office) == before


def test_own_claim_in_another_window_does_not_make_a_page_stale(office):
    first = office.start()
    seen = office.hidden("officer", first, "_seen")
    office.as_("officer").post(f"{first}/claim")
    assert office.submit("officer", first, DRAFT, _seen=seen).status_code == 303


def test_four_eyes_refusal_says_what_was_done_before(office, accounts):
    from workflows import identity  # noqa: PLC0415 – only this test changes roles

    with office.engine.begin(SYSTEM) as uow:
        identity.grant(uow, accounts["officer"], "ORG_HEAD", accounts["unit"])
    review = office.to_review()
    before = snapshot(office)
    assert "您办理过“起草”" in office.as_("officer").get(review).text
    late = office.submit("officer", review, {"comment": "自己审自己"})
    assert late.location.endswith("/draft")
    assert "自己审自己" in office.as_("officer").get(late.location).text
    assert office.as_("officer").post(f"{review}/claim").status_code == 403
    assert snapshot(office) == before


def test_held_case_keeps_the_draft_and_says_why(office):
    review = office.to_review()
    case = office.case_of(review, "head")
    office.as_("supervisor").post(
        f"{case}/hold", {"reason": "核查线索", "order_no": "督〔2026〕1号"}
    )
    assert "核查线索" in office.as_("head").get(review).text
    before = snapshot(office)
    answer = office.submit("head", review, {"comment": "想提交"})
    assert answer.status_code == 423
    assert "想提交" in answer.text
    assert snapshot(office) == before


@pytest.mark.parametrize(
    "post",
    [
        {"nosuchfield": "x"},
        {"people-99999-id": "x"},
        {"-": "x"},
        {"opinion": "长" * 300_000},
        {"_act": "del:people-9x"},
        {"_act": "drop:opinion:0"},
        {"_act": "add:nothing"},
    ],
)
def test_malformed_post_is_refused_and_changes_nothing(office, post):
    first = office.start()
    before = snapshot(office)
    answer = office.as_("officer").post(first, {"_act": "submit", **post})
    assert answer.status_code == 422
    assert snapshot(office) == before


def test_too_large_request_is_refused(office):
    first = office.start()
    office.browsers["officer"].client.application.config["MAX_CONTENT_LENGTH"] = 1000
    answer = office.as_("officer").post(first, {"opinion": "长" * 2000, "_act": "submit"})
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/tasks/nothing", "/tasks/nothing/draft", "/cases/nothing"])
def test_unknown_id_is_a_page_that_says_so(office, path):
    answer = office.as_("officer").get(path)
    assert answer.status_code == 404
    assert "没有" in answer.text


# Files ------------------------------------------------------------------------------------


def test_file_is_stored_with_the_record_and_downloaded_safely(office):
    first = office.start()
    answer = office.as_("officer").post(
        first, {**DRAFT, "_act": "submit", "paper": (io.BytesIO(PDF), "意见.pdf")}
    )
    assert answer.status_code == 303, answer.text
    case = office.case_of(first)
    link = re.search(r'href="(/cases/[^"]+/files/[^"]+)"', office.as_("head").get(case).text)[1]
    got = office.as_("head").get(link)
    assert got.data == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert office.as_("expert").get(link).status_code == 404


def test_file_that_is_not_what_it_says_is_refused_beside_its_field(office):
    first = office.start()
    answer = office.as_("officer").post(
        first, {**DRAFT, "_act": "submit", "paper": (io.BytesIO(b"MZ\x90\x00"), "x.pdf")}
    )
    assert answer.status_code == 422
    assert 'value="同意上报"' in answer.text
    assert count(office, step_record, step_record.c.kind == "complete") == 0


def test_digest_of_somebody_elses_file_opens_nothing(office):
    first = office.start()
    office.as_("officer").post(
        first, {**DRAFT, "_act": "save", "paper": (io.BytesIO(PDF), "a.pdf")}
    )
    page = office.as_("officer").get(first).text
    digest = re.search(r'value="([0-9a-f]{64}) a\.pdf"', page)[1]
    other = office.start("另一件")
    with office.engine.begin(SYSTEM) as uow:
        uow.conn.execute(sa.update(task).values(assignee=None))
    stolen = {**DRAFT, "paper": f"{digest} a.pdf", "_act": "submit"}
    answer = office.as_("second").post(other, stolen)
    assert answer.status_code == 422


# Lists ------------------------------------------------------------------------------------


def test_inbox_is_searched_and_narrowed(office):
    office.start("关于农业的公文")
    office.start("关于教育的公文")
    page = office.as_("officer").get("/desk/todo?q=农业").text
    assert "关于农业的公文" in page
    assert "关于教育的公文" not in page
    assert "没有符合条件的事项" in office.as_("officer").get("/desk/todo?q=%25").text
    assert "没有符合条件的事项" in office.as_("officer").get("/desk/todo?process=other").text
    part = office.as_("officer").get("/desk/todo?q=教育", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "关于教育的公文" in part


def test_inbox_pages_by_key_without_gaps(office):
    titles = [f"第{n:02}件" for n in range(23)]
    for title in titles:
        office.start(title)
    seen, path = [], "/desk/todo"
    while path:
        page = office.as_("officer").get(path).text
        seen += re.findall(r'<a class="t"[^>]*>([^<]+)</a>', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert sorted(seen) == titles


@pytest.mark.parametrize("after", ["x", "2026-01-01~a", "~", "9" * 300])
def test_faulty_page_key_is_refused(office, after):
    assert office.as_("officer").get(f"/desk/todo?after={after}").status_code == 422


def test_deadline_is_told_in_working_days_and_turns_overdue(office, clock):
    office.to_review()
    head = office.as_("head")
    assert "剩 3 个工作日" in head.get("/desk/todo").text  # Monday 2 March to Thursday the 5th
    clock.set(2026, 3, 5, 1)
    head = office.browser_of("head")  # the old session has gone to sleep
    assert "今日到期" in head.get("/desk/todo?due=today").text
    clock.set(2026, 3, 6, 1)
    head = office.browser_of("head")
    assert "逾期 1 个工作日" in head.get("/desk/todo?due=late").text
    assert "没有符合条件的事项" in head.get("/desk/todo?due=today").text


def test_counters_are_a_piece_of_their_own_and_keep_no_session_alive(office, clock):
    from workflows.model import session  # noqa: PLC0415 – only here

    office.start()
    officer = office.as_("officer")
    clock.move(minutes=30)

    def seen():
        with office.engine.read(SYSTEM) as uow:
            return uow.conn.scalars(sa.select(session.c.seen_at).order_by(session.c.id)).all()

    before = seen()
    assert "<b>1</b>" in officer.get("/desk/counters").text
    assert seen() == before


def test_notice_is_read_once(office):
    review = office.to_review()
    case = office.case_of(review, "head")
    office.as_("supervisor").post(f"{case}/hold", {"reason": "核查"})
    head = office.as_("head")
    page = head.get("/desk/toread").text
    assert "已被暂停" in page
    path = re.search(r'action="(/desk/notices/[^"]+)"', page)[1]
    assert head.post(path).status_code == 303
    assert head.post(path, {"stay": "1"}).status_code == 303
    with office.engine.read(SYSTEM) as uow:
        mine = uow.conn.scalars(sa.select(notice.c.principal)).all()
    assert head.get("/desk/toread").text.count("已被暂停") < page.count("已被暂停")
    assert office.as_("expert").post(path).status_code == 404
    assert mine


def test_pages_have_english_texts(office):
    review = office.to_review()
    head = office.as_("head")
    head.post("/preferences", {"lang": "en"})
    for path in ("/desk/todo", review, office.case_of(review, "head")):
        page = head.get(path).text
        assert 'lang="en"' in page
        assert "Paper work" in page
