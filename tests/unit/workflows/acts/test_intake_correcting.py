"""Correcting what a check sent back, importing, and two at once for the last place."""

import io

import openpyxl
import pytest
import sqlalchemy as sa

from engine.errors import Conflict, EngineError, Invalid
from engine.packages import Package
from engine.unit_of_work import SYSTEM
from tests.council import act as act_of
from tests.diagrams import bpmn, flow
from tests.intake_case import ROLL, TAKE, Award, award, set_up
from tests.unit.engine.test_races import at_once
from workflows.acts import rows
from workflows.acts.entries import applying, importing, reading
from workflows.acts.entries.model import act_entry
from workflows.spreadsheets.tables import Faulty

CHECK = (
    'kind="check" from="apply" roll="=[{role: &quot;TEAM&quot;, each: true}]" opinions="1" '
    'fix="true" checklist="=[{id: &quot;seal&quot;, name: &quot;盖章&quot;}]"'
)
HEADS = "品牌名称,类别,创建年数\n"


def correcting():
    """Return the package with a check and a correcting intake in the place of the scoring."""
    package = award()
    main = bpmn(
        "council",
        '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="ORG_DEPT"/>'
        "</bpmn:extensionElements></bpmn:startEvent>",
        flow("f1", "begin", "apply"),
        act_of("apply", "申报", f'{TAKE} roll="{ROLL}"', no="1", role="ORG_DEPT"),
        flow("f2", "apply", "check"),
        act_of("check", "审查", CHECK, no="1", role="ORG_DEPT"),
        flow("f3", "check", "again"),
        act_of("again", "补正", 'kind="intake" form="entry" correct="check"', no="1",
               role="ORG_DEPT"),
        flow("f4", "again", "end"),
        '<bpmn:endEvent id="end"/>',
    )  # fmt: skip
    return Package("council", {**package.files, "process.bpmn": main})


def checked(engine) -> tuple[Award, str, str]:
    """Return the case at its correction: one entry is fit, one was sent back."""
    case = set_up(engine, correcting())
    good, poor = case.enter("ann", "甲"), case.enter("bob", "乙")
    case.close("apply", reason="提前结束")
    case.confirm("apply")
    case.open("check")
    fit = {"verdict": "合格", "items": {"seal": "ok"}}
    bad = {"verdict": "补正", "items": {"seal": "bad"}, "reason": "缺公章"}
    case.give("far", "check", {good: fit, poor: bad})
    case.close("check")
    case.confirm("check")
    return case, good, poor


def test_only_what_was_sent_back_is_corrected_and_handed_on_under_its_own_id(engine):
    case, _good, poor = checked(engine)
    case.open("again")
    assert case.todo("bob") == ["again"]
    assert case.todo("ann") == []
    with case.engine.begin(case.actors["bob"]) as uow:
        part = case.part_of("bob", "again")
        with pytest.raises(Conflict) as error:
            applying.begin(uow, part)
        assert error.value.code == "entry_only_corrections"
        entry = reading.portal(uow, part).entries[0]
        mine, row = applying.of_entry(uow, entry.id)
        raw = applying.raw_of(mine, row)
    assert row.remarks == ["盖章", "缺公章"]
    assert raw["brand_name"] == "乙"
    case.submit("bob", entry.id, years=9)
    assert case.todo("bob") == []
    case.close("again", reason="已补正")
    with case.engine.read(SYSTEM) as uow:
        result = rows.of_task(uow, case.lead("again")).result
    assert [(each["id"], each["no"]) for each in result["entries"]] == [(poor, 2)]
    with case.engine.read(case.actors["officer"]) as uow:
        page = reading.entry_data(uow, poor)
    assert (page.data["years"], len(page.versions)) == (9, 2)


def test_an_import_with_one_bad_line_takes_nothing(engine):
    case = set_up(engine)
    text = f"{HEADS}甲,绿色发展,3\n乙,不知道,3\n丙,green,x\n甲,green,3\n"
    with pytest.raises(Faulty) as error:
        case.send("ann", text.encode())
    found = {(one.line, one.column) for one in error.value.report.faults}
    assert {(3, "类别"), (4, "创建年数"), (5, "")} <= found
    with case.engine.read(SYSTEM) as uow:
        assert uow.conn.scalar(sa.select(sa.func.count()).select_from(act_entry)) == 0


def test_a_sheet_sent_twice_counts_once_by_key_and_by_content(engine):
    case = set_up(engine)
    text = f"{HEADS}甲,green,3\n乙,green,3\n".encode()
    assert case.send("ann", text, "k1").taken == 2
    assert case.send("ann", text, "k1").taken == 0
    again = case.send("ann", text, "k2")
    assert (again.taken, again.same) == (0, 2)
    with pytest.raises(Faulty) as error:
        case.send("ann", f"{HEADS}甲,green,4\n".encode())
    assert error.value.report.faults[0].code == "sheet_entry_differs"
    with pytest.raises(Faulty) as error:
        case.send("ann", f"{HEADS}丙,green,4\n".encode())
    assert error.value.report.faults[0].code == "sheet_places"


def test_what_no_cell_can_hold_leaves_a_draft_to_finish(engine):
    case = set_up(engine, award(paper={"validate": {"required": True}}))
    report = case.send("ann", f"{HEADS}甲,green,3\n".encode())
    assert (report.taken, report.drafts) == (0, 1)
    assert case.send("ann", f"{HEADS}甲,green,3\n".encode()).same == 1
    with case.engine.read(SYSTEM) as uow:
        row = uow.conn.execute(sa.select(act_entry)).one()
    assert (row.state, row.name) == ("draft", "甲")
    with pytest.raises(Invalid) as error:
        case.submit("ann", row.id, **row.draft)
    assert set(error.value.fields) == {"paper"}


def test_a_template_names_the_columns_of_the_form_with_their_choices(engine):
    case = set_up(engine)
    with case.engine.read(case.actors["ann"]) as uow:
        content = importing.template(uow, case.part_of("ann"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [cell.value for cell in book.active[1]][:2] == ["品牌名称 *", "类别 *"]
    assert book.active.data_validations.dataValidation[0].formula1 == '"绿色发展,富民惠民"'


def test_five_hundred_entries_cost_the_same_each(engine):
    case = set_up(engine, Package("council", _many()))
    counts = []
    for no in (1, 60):
        entry = case.begin("ann")
        with case.engine.begin(case.actors["ann"]) as uow:
            statements = _counted(
                uow,
                lambda uow=uow, entry=entry: applying.submit(
                    uow, entry, {"brand_name": f"第{entry}", "category": "green", "years": "3"}
                ),
            )
        counts.append(statements)
        for _ in range(15):
            case.enter("ann", f"另{no}{_}")
    assert counts[0] == counts[1]


def _many():
    files = dict(award().files)
    files["process.bpmn"] = files["process.bpmn"].replace(b'per_unit="2"', b'per_unit="100"')
    return files


def _counted(uow, call):
    found = []

    def count(*_args):
        found.append(1)

    sa.event.listen(uow.engine.database, "before_cursor_execute", count)
    call()
    sa.event.remove(uow.engine.database, "before_cursor_execute", count)
    return len(found)


@pytest.mark.both_databases
def test_the_last_place_of_a_unit_is_taken_once(engine):
    case = set_up(engine)
    case.enter("ann", "甲")
    entries = [case.begin(who) for who in ("ann", "amy", "ann", "amy")]
    given = {"category": "green", "years": 3}
    answers = at_once(*[
        lambda n=n, entry=entry: case.submit("ann", entry, brand_name=f"乙{n}", **given)
        for n, entry in enumerate(entries)
    ])  # fmt: skip
    assert sum(answer is True for answer in answers) == 1
    lost = [answer for answer in answers if answer is not True]
    assert {getattr(answer, "code", answer) for answer in lost} == {"entry_places"}


@pytest.mark.both_databases
def test_submitting_while_it_closes_counts_exactly_what_was_taken(engine):
    case = set_up(engine)
    entries = {who: case.begin(who) for who in ("ann", "bob")}
    given = {"category": "green", "years": 3}
    calls = [
        lambda who=who: case.submit(who, entries[who], brand_name=f"{who}品牌", **given)
        for who in entries
    ]
    answers = at_once(*calls, lambda: case.close("apply", reason="时间已到"))
    taken = sum(answer is True for answer in answers[:2])
    late = [answer for answer in answers[:2] if answer is not True]
    assert all(isinstance(a, EngineError) and a.code in ("act_closed", "part_closed")
               for a in late), answers  # fmt: skip
    with case.engine.read(SYSTEM) as uow:
        assert rows.of_task(uow, case.lead("apply")).result["value"]["count"] == taken
