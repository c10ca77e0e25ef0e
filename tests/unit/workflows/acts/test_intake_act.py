"""An intake: drafts, places, the deadline, versions, withdrawal, what it hands on, who reads."""

import pytest
import sqlalchemy as sa

from engine import audit, holds, spiff
from engine.errors import Conflict, EngineError, Invalid, NotAllowed, NotFound, OnHold
from engine.model import instance
from engine.packages import Package
from engine.tasks import Return
from engine.unit_of_work import SYSTEM
from tests.intake_case import award, set_up
from workflows import desk
from workflows.acts import preparing, rows
from workflows.acts.entries import applying, reading
from workflows.acts.entries import rows as entry_rows
from workflows.acts.entries.model import act_entry, act_entry_version
from workflows.acts.model import act, act_participant
from workflows.acts.preparing import Pin

TABLES = (act, act_participant, act_entry, act_entry_version)


@pytest.fixture
def case(engine):
    return set_up(engine)


def kept(case):
    with case.engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(each).order_by(*each.primary_key)).all() for each in TABLES
        ]


def refused(case, code, call, kind=EngineError):
    before = kept(case)
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code
    assert kept(case) == before


def row(case, entry):
    with case.engine.read(SYSTEM) as uow:
        return uow.conn.execute(sa.select(act_entry).where(act_entry.c.id == entry)).one()


def read(case, login, entry):
    with case.engine.read(case.actors[login]) as uow:
        return reading.entry_data(uow, entry)


def variables(case):
    with case.engine.read(SYSTEM) as uow:
        body = uow.conn.scalar(sa.select(instance.c.body).where(instance.c.id == case.case_id))
    return spiff.read_body(body)["v"]


def test_entries_are_handed_on_light_and_the_case_gets_only_counts(case):
    first = case.enter("ann", "云岭茶")
    case.enter("bob", "清溪水", category="people")
    case.begin("bob")
    gone = case.enter("amy", "退出")
    with case.engine.begin(case.actors["amy"]) as uow:
        applying.withdraw(uow, gone, "材料不全")
    case.close("apply", reason="提前结束")
    case.confirm("apply")
    assert variables(case)["apply_result"] == {"count": 2, "units": 2, "withdrawn": 1, "late": 1}
    with case.engine.read(SYSTEM) as uow:
        result = rows.of_task(uow, case.lead("apply")).result
        audit.verify_all(uow)
    assert result["entries"][0] == {
        "id": first, "no": 1, "name": "云岭茶", "category": "绿色发展", "unit": "农业局",
        "unit_id": case.units["D"],
    }  # fmt: skip
    assert [each["no"] for each in result["entries"]] == [1, 2]
    case.open("score")
    assert "清溪水" in [e["name"] for e in _settings(case, "score")["entries"]]


def _settings(case, node):
    with case.engine.read(SYSTEM) as uow:
        return rows.of_task(uow, case.lead(node)).settings


def test_a_unit_has_so_many_places_and_a_withdrawal_frees_one(case):
    first = case.enter("ann", "甲")
    case.enter("amy", "乙")
    waiting = case.engine.begin(case.actors["ann"])
    with waiting as uow, pytest.raises(Conflict) as error:
        applying.begin(uow, case.part_of("ann"))
    assert error.value.code == "entry_places"
    assert case.todo("ann") == []
    with case.engine.begin(case.actors["ann"]) as uow:
        applying.withdraw(uow, first, "另行申报")
    assert case.todo("ann") == ["apply"]
    case.enter("ann", "丙")
    assert case.todo("ann") == []


def test_an_entry_may_change_until_the_deadline_and_every_version_stays(case):
    entry = case.enter("ann", "甲")
    case.submit("ann", entry, years=5)
    case.submit("amy", entry, years=5)  # the same again is no new version
    with case.engine.read(SYSTEM) as uow:
        versions = rows_of(uow, entry)
    assert [(v.version, v.data["years"]) for v in versions] == [(1, 3), (2, 5)]
    assert row(case, entry).version == 2


def rows_of(uow, entry):
    query = sa.select(act_entry_version).where(act_entry_version.c.entry_id == entry)
    return uow.conn.execute(query.order_by(act_entry_version.c.version)).all()


def test_what_comes_late_is_refused_and_the_draft_survives(case, clock):
    entry = case.begin("ann")
    clock.move(days=8)
    given = {"brand_name": "迟到", "category": "green", "years": 3}
    with pytest.raises(Conflict) as error:
        case.submit("ann", entry, **given)
    assert error.value.code == "entry_late"
    assert (row(case, entry).state, row(case, entry).draft["brand_name"]) == ("draft", "迟到")
    refused(case, "entry_late", lambda: case.begin("ann"), Conflict)
    assert case.close("apply") is True


def test_the_last_second_of_the_deadline_counts(case, clock):
    entry = case.begin("ann")
    with case.engine.read(SYSTEM) as uow:
        due = rows.of_task(uow, case.lead("apply")).due_at
    clock.now = due
    case.submit("ann", entry, brand_name="甲", category="green", years=1)
    assert row(case, entry).state == "submitted"


def test_the_form_decides_on_the_server(case):
    entry = case.begin("ann")
    with pytest.raises(Invalid) as error:
        case.submit("ann", entry, brand_name="甲", category="green", years=31)
    assert set(error.value.fields) == {"years"}
    assert row(case, entry).state == "draft"


def test_one_unit_hands_the_same_entry_in_once(case):
    case.enter("ann", "云岭 茶")
    entry = case.begin("amy")
    with pytest.raises(Invalid) as error:
        case.submit("amy", entry, brand_name="云岭茶", category="green", years=2)
    assert error.value.fields["brand_name"][0].code == "entry_twice"
    case.enter("bob", "云岭茶")  # another unit may


def test_people_who_each_apply_may_name_the_same_and_see_only_their_own(engine):
    roll = "=[{role: &quot;APPLICANT&quot;, unit: d, each: true}]"
    files = dict(award(roll=roll).files)
    files["process.bpmn"] = files["process.bpmn"].replace(b' per_unit="2"', b"")
    case = set_up(engine, Package("council", files))
    first = case.enter("ann", "云岭茶")
    case.enter("amy", "云岭茶")
    with pytest.raises(Invalid) as error:
        case.submit("ann", case.begin("ann"), brand_name="云岭茶", category="green", years=2)
    assert error.value.fields["brand_name"][0].code == "entry_twice"
    with pytest.raises(NotAllowed):
        case.submit("amy", first, brand_name="改名", category="green", years=2)
    sheet = "品牌名称,类别,创建年数\n云岭茶,green,3\n清溪水,green,3\n".encode()
    report = case.send("ann", sheet)
    assert (report.taken, report.same) == (1, 1)
    assert case.send("amy", "品牌名称,类别,创建年数\n清溪水,green,3\n".encode()).taken == 1


def test_a_withdrawal_needs_its_reason_and_ends_the_entry(case):
    entry = case.enter("ann", "甲")

    def withdraw(reason):
        with case.engine.begin(case.actors["ann"]) as uow:
            applying.withdraw(uow, entry, reason)

    refused(case, "reason_missing", lambda: withdraw(" "), Invalid)
    withdraw("重复")
    refused(case, "entry_not_submitted", lambda: withdraw("再来"), Conflict)
    with pytest.raises(Conflict):
        case.submit("ann", entry, years=9)


def test_only_a_draft_can_be_thrown_away(case):
    entry, gone = case.enter("ann", "甲"), case.begin("ann")

    def discard(key):
        with case.engine.begin(case.actors["ann"]) as uow:
            applying.discard(uow, key)

    discard(gone)
    refused(case, "entry_not_draft", lambda: discard(entry), Conflict)
    with pytest.raises(NotFound):
        case.row_of(gone)


def test_a_hold_stops_submitting_and_a_closed_intake_takes_nothing(case):
    entry = case.begin("ann")
    with case.engine.begin(SYSTEM) as uow:
        holds.place(uow, case.case_id, reason="核查")
    with pytest.raises(OnHold):
        case.submit("ann", entry, brand_name="甲", category="green", years=1)
    with case.engine.begin(SYSTEM) as uow:
        holds.release(uow, case.case_id, reason="查清")
    case.close("apply", reason="提前结束")
    with pytest.raises(Conflict) as error:
        case.submit("ann", entry, brand_name="甲", category="green", years=1)
    assert error.value.code == "act_closed"


def test_entries_of_others_are_nobodys_business_before_a_later_act(case):
    entry = case.enter("ann", "甲", contact="张三")
    assert read(case, "ann", entry).data["contact"] == "张三"
    assert read(case, "amy", entry).own  # of the same unit
    assert read(case, "officer", entry).whole
    assert read(case, "guard", entry).whole
    for login in ("bob", "exp", "eve", "far"):
        with pytest.raises(NotFound):
            read(case, login, entry)
    for login in ("bob", "far"):
        with (
            case.engine.read(case.actors[login]) as uow,
            pytest.raises((NotFound, NotAllowed)),
        ):
            applying.of_entry(uow, entry)


def test_whoever_takes_part_later_reads_unless_he_has_a_conflict(case):
    entry, other = case.enter("ann", "甲"), case.enter("bob", "乙")
    case.close("apply", reason="提前结束")
    case.confirm("apply")
    with pytest.raises(NotFound):
        read(case, "exp", entry)  # the act is not open yet
    case.open("score")
    assert read(case, "exp", entry).data["brand_name"] == "甲"
    assert read(case, "eve", other).title == "乙"
    with pytest.raises(NotFound):
        read(case, "eve", entry)  # her own unit
    lead = case.lead("score")
    with case.engine.begin(case.actors["officer"]) as uow:
        who = next(p for p in rows.participants(uow, lead) if p.name == "exp某")
        preparing.pin(uow, lead, Pin(who.id, other, "亲属"))
    with pytest.raises(NotFound):
        read(case, "exp", other)


def test_a_blind_act_hides_unit_name_and_what_tells_the_source(case):
    entry = case.enter("ann", "甲", contact="张三")
    case.close("apply", reason="提前结束")
    case.confirm("apply")
    case.open("score")
    with case.engine.begin(SYSTEM) as uow:
        lead = case.lead("score")
        settings = rows.of_task(uow, lead).settings | {"blind": "true"}
        uow.conn.execute(act.update().where(act.c.id == lead).values(settings=settings))
    page = read(case, "exp", entry)
    assert page.blind
    assert page.title == ""
    assert "contact" not in [field.key for field in page.form.fields]
    assert not read(case, "officer", entry).blind


def test_somebody_applies_for_himself_once(engine):
    roll = "=[{role: &quot;EXPERT&quot;, each: true}]"
    case = set_up(engine, award('self="true"', roll))
    case.enter("exp", "自荐")
    with pytest.raises(Conflict) as error:
        case.enter("exp", "再荐")
    assert error.value.code == "entry_places"


def test_a_case_that_comes_back_to_its_intake_loses_nothing(case):
    entry, draft = case.enter("ann", "甲"), case.begin("bob")
    first = case.lead("apply")
    case.close("apply", reason="提前结束")
    case.confirm("apply")
    with case.engine.begin(case.actors["officer"]) as uow:
        desk.send_back(uow, case.lead("score"), Return("apply", "内容有误", "延长申报"))
    case.open("apply")
    with case.engine.read(SYSTEM) as uow:
        found = entry_rows.of_act(uow, case.lead("apply"))
    assert {each.id: each.state for each in found} == {entry: "submitted", draft: "draft"}
    assert case.lead("apply") != first
    case.submit("ann", entry, years=7)
    case.close("apply", reason="时间已到")
    with case.engine.read(SYSTEM) as uow:
        result = rows.of_task(uow, case.lead("apply")).result
    assert [(each["id"], each["no"]) for each in result["entries"]] == [(entry, 1)]
