"""A scoring act from its roll to the record, on both databases."""

import pytest
import sqlalchemy as sa

from engine import audit, holds, instances, queries, spiff
from engine.errors import AlreadyDone, Conflict, EngineError, Invalid, NotAllowed, NotFound, OnHold
from engine.model import instance
from engine.unit_of_work import SYSTEM
from tests.council_case import MARKS, Council, marks, set_up
from workflows import registry
from workflows.acts import closing, preparing, rows
from workflows.acts.model import act, act_conflict, act_participant, contribution
from workflows.acts.preparing import Pin
from workflows.model import account

pytestmark = pytest.mark.both_databases
TABLES = (act, act_participant, act_conflict, contribution)


@pytest.fixture
def council(engine) -> Council:
    made = set_up(engine)
    made.start()
    return made


def kept(council):
    with council.engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(each).order_by(*each.primary_key)).all() for each in TABLES
        ]


def refused(council, code, call, kind=EngineError):
    before = kept(council)
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code
    assert kept(council) == before


def variables(council):
    with council.engine.read(SYSTEM) as uow:
        body = uow.conn.scalar(sa.select(instance.c.body).where(instance.c.id == council.case_id))
    return spiff.read_body(body)["v"]


def test_a_panel_scores_and_the_case_gets_only_the_order(council):
    council.open("score")
    assert council.todo("ann") == ["score"]
    council.give("ann", "score", {"x": marks(40, 60), "y": marks(10, 10)})
    assert council.todo("ann") == []
    council.give("ben", "score", {"x": marks(30, 50), "y": marks(20, 20)})
    council.give("dan", "score", {"x": marks("30.5", 50), "y": marks(20, 30)})
    council.give("eve", "score", {"x": marks(0, 0), "y": marks(40, 60)})
    assert council.close("score")
    assert council.confirm("score")
    assert variables(council)["score_result"] == {
        "order": ["x", "y"], "count": 2, "ties": [], "tied": 0, "unscored": [],
    }  # fmt: skip
    with council.engine.read(SYSTEM) as uow:
        record = queries.records(uow, council.case_id)[-1]
        audit.verify_all(uow)
    value = record.data["act"]["value"]["entries"]
    assert [row["score"] for row in value] == ["80.25", "45"]  # without the highest and lowest
    assert len(record.data["act"]["certificate"]["input_hash"]) == 64
    assert record.data["act"]["working"]


def test_some_entries_first_and_the_others_later(council):
    council.open("score")
    council.give("ann", "score", {"x": MARKS})
    assert council.todo("ann") == ["score"]
    council.give("ann", "score", {"y": MARKS})
    assert council.todo("ann") == []


def test_a_change_until_closing_keeps_the_first_version(council):
    council.open("score")
    council.give("ann", "score", {"x": MARKS, "y": MARKS})
    council.give("ann", "score", {"x": marks(1, 1), "y": MARKS})
    with council.engine.read(SYSTEM) as uow:
        every = uow.conn.execute(sa.select(contribution).order_by(contribution.c.version)).all()
    assert [(row.entry, row.version, row.current) for row in every if row.entry == "x"] == [
        ("x", 1, False), ("x", 2, True),
    ]  # fmt: skip
    assert [row.version for row in every if row.entry == "y"] == [1]


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"x": marks(41, 10)}, "x.a", "act_mark_range"),
        ({"x": marks("1e1", 10)}, "x.a", "act_mark_form"),
        ({"x": marks(-1, 10)}, "x.a", "act_mark_form"),
        ({"x": marks("3.125", 10)}, "x.a", "act_mark_form"),
        ({"x": {"a": "3"}}, "x.b", "required"),
    ],
)
def test_a_faulty_mark_is_named_and_nothing_is_kept(council, given, field, code):
    council.open("score")
    before = kept(council)
    with pytest.raises(Invalid) as error:
        council.give("ann", "score", {"y": MARKS, **given})
    assert error.value.fields == {field: [code]}
    assert kept(council) == before


def test_own_unit_is_a_conflict_that_the_program_finds(engine):
    council = set_up(engine)
    council.start([
        {"id": "x", "name": "甲", "unit_id": council.units["D"]}, {"id": "y", "name": "乙"},
    ])  # fmt: skip
    council.open("score")
    refused(council, "act_recused", lambda: council.give("eve", "score", {"x": MARKS}), NotAllowed)
    council.give("eve", "score", {"y": MARKS})
    assert council.todo("eve") == []


def test_a_pinned_conflict_takes_the_mark_out_and_needs_a_reason(council):
    council.open("score")
    council.give("ann", "score", {"x": marks(40, 60), "y": MARKS})
    council.give("ben", "score", {"x": marks(20, 20), "y": MARKS})
    lead = council.lead("score")

    def pin(reason, entry="x"):
        with council.engine.begin(council.actors["officer"]) as uow:
            ann = rows.participants(uow, lead)[0]
            preparing.pin(uow, lead, Pin(ann.id, entry, reason))

    refused(council, "reason_missing", lambda: pin(" "), Invalid)
    refused(council, "act_unknown", lambda: pin("亲属", "z"), NotFound)
    pin("亲属关系")
    pin("亲属关系")
    council.close("score", reason="评委缺席")
    with council.engine.read(SYSTEM) as uow:
        result = rows.of_task(uow, lead).result
    first = next(row for row in result["value"]["entries"] if row["id"] == "x")
    assert first["marks"] == {"02 ben某": "40"}
    assert result["attention"] == ["short"]


def test_a_pinned_conflict_survives_a_second_preparation(council):
    lead = council.lead("score")
    with council.engine.begin(council.actors["officer"]) as uow:
        preparing.prepare(uow, lead)
        ann = rows.participants(uow, lead)[0]
        preparing.pin(uow, lead, Pin(ann.id, "x", "亲属关系"))
    with council.engine.begin(council.actors["officer"]) as uow:
        preparing.prepare(uow, lead)
        ann = rows.participants(uow, lead)[0]
        assert [(c.entry, c.source) for c in rows.conflicts(uow, lead)[ann.id].values()] == [
            ("x", "pinned")
        ]
        assert ann.needed == 1


def test_after_the_deadline_nothing_is_taken_and_closing_needs_no_reason(council, clock):
    council.open("score")
    council.give("ann", "score", {"x": MARKS, "y": MARKS})
    clock.move(days=8)
    refused(council, "act_late", lambda: council.give("ben", "score", {"x": MARKS}), Conflict)
    assert council.close("score")
    assert council.todo("ben") == []


def test_a_hold_stops_and_moves_the_deadline_also_of_those_who_are_done(council, clock):
    council.open("score")
    council.give("ann", "score", {"x": MARKS, "y": MARKS})
    clock.move(days=1)
    with council.engine.begin(SYSTEM) as uow:
        holds.place(uow, council.case_id, reason="核查")
    refused(council, "on_hold", lambda: council.give("ann", "score", {"x": marks(1, 1)}), OnHold)
    clock.move(days=13)
    with council.engine.begin(SYSTEM) as uow:
        holds.release(uow, council.case_id, reason="查清")
    council.give("ann", "score", {"x": marks(1, 1)})
    council.give("ben", "score", {"x": marks(1, 1)})


def test_closing_early_needs_a_reason_and_closing_twice_changes_nothing(council):
    council.open("score")
    council.give("ann", "score", {"x": MARKS, "y": MARKS})
    refused(council, "act_early_close", lambda: council.close("score"), Invalid)
    assert council.close("score", reason="其他评委缺席") is True
    before = kept(council)
    assert council.close("score", reason="再关一次") is False
    assert kept(council) == before
    refused(council, "act_closed", lambda: council.give("ben", "score", {"x": MARKS}), Conflict)


def test_a_result_with_something_to_explain_is_not_confirmed_without_a_reason(council):
    council.open("score")
    council.give("ann", "score", {"x": MARKS})
    council.close("score", reason="其他评委缺席")
    refused(council, "act_explain", lambda: council.confirm("score"), Invalid)
    assert council.confirm("score", reason="只有一名评委，报领导小组同意")


def test_a_second_confirmation_of_the_same_submission_is_taken_once(council):
    council.open("score")
    for login in ("ann", "ben", "dan", "eve"):
        council.give(login, "score", {"x": MARKS, "y": marks(1, 2)})
    council.close("score")
    lead = council.lead("score")
    assert council.confirm("score", key="k1") is True
    with council.engine.begin(council.actors["officer"]) as uow:
        assert closing.confirm(uow, lead, council_handed("k1")) is False
    with pytest.raises(AlreadyDone), council.engine.begin(council.actors["officer"]) as uow:
        closing.confirm(uow, lead, council_handed("k2"))
    with council.engine.read(SYSTEM) as uow:
        assert len([r for r in queries.records(uow, council.case_id) if r.node == "score"]) == 1


def council_handed(key):
    from workflows.desk import Handed  # noqa: PLC0415

    return Handed(key=key)


def test_the_same_submission_is_taken_once(council):
    council.open("score")
    assert council.give("ann", "score", {"x": MARKS}, key="k") is True
    before = kept(council)
    assert council.give("ann", "score", {"x": marks(1, 1)}, key="k") is False
    assert kept(council) == before


def test_the_organiser_cannot_hand_in_the_task_without_the_act(council):
    from workflows import desk  # noqa: PLC0415

    lead = council.lead("score")
    for verb, code in ((council.close, "act_not_prepared"), (council.confirm, "act_not_prepared")):
        refused(council, code, lambda verb=verb: verb("score"), Conflict)
    with pytest.raises(Conflict) as error, council.engine.begin(council.actors["officer"]) as uow:
        desk.submit(uow, lead, {})
    assert error.value.code == "task_is_act"
    council.open("score")
    refused(council, "act_still_open", lambda: council.confirm("score"), Conflict)


def test_a_part_is_no_task_to_claim_or_complete(council):
    from engine import tasks  # noqa: PLC0415

    council.open("score")
    part = council.part("ann", "score")
    for call in (tasks.claim, tasks.held, tasks.release):
        with pytest.raises(Conflict) as error, council.engine.begin(council.actors["ann"]) as uow:
            call(uow, part)
        assert error.value.code == "task_is_part"


def test_the_wrong_people_do_nothing(council):
    council.open("score")
    part, lead = council.part("ann", "score"), council.lead("score")
    from workflows.acts import taking  # noqa: PLC0415

    for login, kind in (("ben", NotAllowed), ("far", NotFound), ("guard", NotAllowed)):
        before = kept(council)
        with pytest.raises(kind), council.engine.begin(council.actors[login]) as uow:
            taking.contribute(uow, part, {"x": MARKS})
        for call in (preparing.prepare, preparing.open_, closing.close, closing.confirm):
            with pytest.raises(kind), council.engine.begin(council.actors[login]) as uow:
                call(uow, lead)
        assert kept(council) == before


def test_withdrawing_the_case_takes_the_parts_away(council):
    from engine import tasks  # noqa: PLC0415

    council.open("score")
    with council.engine.begin(council.actors["officer"]) as uow:
        tasks.withdraw(uow, council.case_id, "不再评选")
    assert council.todo("ann") == []
    refused(council, "case_closed", lambda: council.give("ann", "score", {"x": MARKS}), Conflict)


def test_parts_are_not_among_the_tasks_of_the_case_and_do_not_swell_it(council):
    with council.engine.read(SYSTEM) as uow:
        size = instances.instance.c.body
        before = uow.conn.scalar(sa.select(size).where(instance.c.id == council.case_id))
    council.open("score")
    council.give("ann", "score", {"x": MARKS, "y": MARKS})
    with council.engine.read(SYSTEM) as uow:
        after = uow.conn.scalar(sa.select(size).where(instance.c.id == council.case_id))
        assert [row.node for row in queries.tasks_of(uow, council.case_id)] == ["score"]
    assert len(after) == len(before)


def is_person(council, login):
    """Let the account of *login* belong to a person; returns that person's id."""
    with council.engine.begin(SYSTEM) as uow:
        new = registry.NewPerson(f"{login}某", council.units["C"])
        key = registry.add_person(uow, new)
        mine = account.c.id == council.actors[login].id
        uow.conn.execute(account.update().where(mine).values(person_id=key))
    return key


def test_nobody_scores_himself(engine):
    council = set_up(engine)
    person = is_person(council, "ann")
    council.start([{"id": person, "name": "ann某"}, {"id": "y", "name": "乙"}])
    council.open("score")
    refused(
        council, "act_recused", lambda: council.give("ann", "score", {person: MARKS}), NotAllowed
    )
    council.give("ann", "score", {"y": MARKS})
    with council.engine.read(SYSTEM) as uow:
        found = rows.conflicts(uow, council.lead("score"))
    assert [c.source for lines in found.values() for c in lines.values()] == ["self"]


def test_a_candidate_of_the_case_hands_in_nothing_and_leads_nothing(council):
    council.open("score")
    for login in ("ann", "officer"):
        person = is_person(council, login)
        with council.engine.begin(SYSTEM) as uow:
            case = instances.lock(uow, council.case_id)
            case.flow.variables["object"] = {"id": person, "name": login}
            instances.save(case)
        call = council.give if login == "ann" else lambda *_: council.close("score", reason="x")
        refused(council, "own_case", lambda c=call: c("ann", "score", {"x": MARKS}), NotAllowed)
