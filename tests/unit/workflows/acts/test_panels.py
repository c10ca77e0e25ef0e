"""Panels of an act: sealed and drawn, followed by the sheets, filled up when somebody drops out."""

from hashlib import sha256

import pytest
import sqlalchemy as sa

from engine import audit
from engine.errors import Conflict, EngineError, Invalid, NotAllowed, NotFound
from engine.model import audit_entry
from engine.unit_of_work import SYSTEM
from tests.council_case import MARKS, marks
from tests.panel_case import entries, set_up
from tests.unit.workflows.acts.test_scoring_act import kept
from workflows import registry
from workflows.acts import rows
from workflows.acts.panel import assigning
from workflows.acts.panel.model import act_assignment, act_declaration, act_seal
from workflows.counting.assignment import Wanted, assign
from workflows.counting.working import NotCountable
from workflows.model import account

DRAWN = 'panel="2" minimum="2" substitutes="=spare"'


@pytest.fixture
def case(engine):
    made = set_up(engine, DRAWN)
    made.begin(entries(6), spare="s1 s2")
    return made


def everything(case):
    with case.engine.read(SYSTEM) as uow:
        mine = [uow.conn.execute(sa.select(each).order_by(*each.primary_key)).all()
                for each in (act_assignment, act_declaration, act_seal)]  # fmt: skip
    return [*kept(case), *mine]


def refused(case, code, call, kind=EngineError):
    before = everything(case)
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code
    assert everything(case) == before
    return error.value


def audited(case, code):
    with case.engine.read(SYSTEM) as uow:
        audit.verify_all(uow)
        query = sa.select(audit_entry.c.detail).where(audit_entry.c.action == code)
        return list(uow.conn.scalars(query))


def seals(case):
    with case.engine.read(SYSTEM) as uow:
        return uow.conn.execute(sa.select(act_seal).order_by(act_seal.c.no)).all()


# ---------------------------------------------------------------- sealing and drawing


def test_preparing_seals_a_seed_and_drawing_uses_it(case):
    case.prepare()
    assert [len(case.entries_of(f"e{n}")) for n in range(1, 7)] == [0] * 6
    (seal,) = seals(case)
    case.assign()
    assert [len(case.entries_of(f"e{n}")) for n in range(1, 7)] == [2] * 6
    members = {f"0{n} e{n}评委": frozenset() for n in range(1, 7)}
    listed = sorted([*(f"expert {who}" for who in members), *(f"entry n{n}" for n in range(1, 7))])
    digest = sha256("\n".join(["linxuan lot list 1", *listed]).encode()).hexdigest()
    commitment = sha256(f"linxuan lot commitment 1\n{seal.seed}\n{digest}".encode()).hexdigest()
    assert (seal.list_digest, seal.commitment) == (digest, commitment)
    again = assign(seal.seed, Wanted({f"n{n}": "" for n in range(1, 7)}, members, 2))
    assert {
        entry: {f"e{who[1:2]}" for who in panel} for entry, panel in again.value.items()
    } == {f"n{n}": case.judges(f"n{n}") for n in range(1, 7)}  # fmt: skip


def test_drawing_again_gives_the_same_panels(case):
    case.prepare()
    case.assign()
    before = {f"n{n}": case.judges(f"n{n}") for n in range(1, 7)}
    case.prepare()
    case.assign()
    assert {f"n{n}": case.judges(f"n{n}") for n in range(1, 7)} == before
    assert len(seals(case)) == 1


def test_other_lists_get_another_seed_and_both_seals_stay(case):
    case.prepare()
    with case.engine.begin(SYSTEM) as uow:
        mine = account.c.id == case.actors["e6"].id
        uow.conn.execute(account.update().where(mine).values(status="disabled"))
    case.prepare()
    made = seals(case)
    assert [seal.no for seal in made] == [1, 2]
    assert made[0].seed != made[1].seed


def test_opening_draws_when_nobody_has_and_sheets_follow(case):
    case.open("score")
    assert case.parts() == 6  # substitutes have nothing to do
    mine, other = min(case.entries_of("e2")), min(case.judges_not("e2"))
    refused(case, "act_not_assigned", lambda: case.give("e2", "score", {other: MARKS}), NotAllowed)
    case.give("e2", "score", {mine: MARKS})
    assert case.todo("e2") == ["score"]
    case.give("e2", "score", dict.fromkeys(case.entries_of("e2"), MARKS))
    assert case.todo("e2") == []


def test_an_entry_that_cannot_get_its_panel_is_named_and_nothing_is_drawn(engine):
    case = set_up(engine, 'panel="2"', experts=2, spare=0)
    case.begin([*entries(2), {"id": "own", "name": "农业局项目", "unit_id": case.units["D"]}])
    case.prepare()
    error = refused(case, "counting_refused", case.assign, NotCountable)
    assert (error.why, error.facts["entry"], error.facts["there"]) == ("panel_impossible", "own", 1)
    refused(case, "counting_refused", lambda: case.open("score"), NotCountable)


def test_where_everybody_marks_everything_there_is_nothing_to_draw(engine):
    case = set_up(engine, 'minimum="2"', spare=0)
    case.begin(entries(2))
    refused(case, "act_not_prepared", case.assign, Conflict)
    case.prepare()
    refused(case, "act_no_panel", case.assign, Conflict)
    assert seals(case) == []


def test_experts_of_the_category_get_the_entry(engine):
    case = set_up(engine, 'panel="1" match="must"', experts=2, spare=0)
    for login, fields in (("e1", "农业、水利"), ("e2", ["教育"])):
        expert(case, login, {"expertise": fields})
    case.begin([{"id": "a", "name": "甲", "category": "水利"},
                {"id": "b", "name": "乙", "category": "教育"}])  # fmt: skip
    case.open("score")
    assert (case.judges("a"), case.judges("b")) == ({"e1"}, {"e2"})


# ---------------------------------------------------------------- conflicts


def expert(case, login, attributes=None):
    """Let the account of *login* belong to a person of the registry; returns that person's id."""
    with case.engine.begin(SYSTEM) as uow:
        new = registry.NewPerson(f"{login}评委", case.units["C"], attributes=attributes or {})
        key = registry.add_person(uow, new)
        mine = account.c.id == case.actors[login].id
        uow.conn.execute(account.update().where(mine).values(person_id=key))
    return key


def test_kinship_and_nominators_are_found_in_the_registry(engine):
    case = set_up(engine, "", experts=4, spare=0)
    with engine.begin(SYSTEM) as uow:
        child = registry.add_person(uow, registry.NewPerson("申报人", case.units["C"]))
    father = expert(case, "e2", {"relations": [{"person": child, "relation": "父子"}]})
    with engine.begin(SYSTEM) as uow:
        wife = registry.add_person(uow, registry.NewPerson("李某", case.units["C"], attributes={
            "relations": [{"person": father, "relation": "夫妻"}, "错行"]}))  # fmt: skip
    nominator = expert(case, "e3")
    case.begin([
        {"id": "x", "name": "甲", "person": child}, {"id": "y", "name": "乙", "person": wife},
        {"id": "z", "name": "丙", "nominator": nominator},
        {"id": "w", "name": "丁", "unit_id": case.units["D"]},
    ])  # fmt: skip
    case.prepare()
    found = case.panel()
    with engine.read(SYSTEM) as uow:
        lines = rows.conflicts(uow, found.row.id)
    assert {
        (found.people[who].name[:2], entry, one.source, one.reason)
        for who, each in lines.items() for entry, one in each.items()
    } == {
        ("e2", "x", "kinship", "父子"), ("e2", "y", "kinship", "夫妻"),
        ("e3", "z", "nominator", ""), ("e1", "w", "unit", ""),
    }  # fmt: skip


def test_a_conflict_pinned_before_opening_draws_the_panels_anew(case):
    case.prepare()
    case.assign()
    who = min(case.judges("n1"))
    case.pin(who, "n1")
    assert who not in case.judges("n1")
    assert len(case.judges("n1")) == 2
    assert case.parts() == 0


def test_a_conflict_after_opening_brings_in_the_least_loaded_substitute(case):
    case.open("score")
    first, second = sorted(case.judges("n1"))
    case.give(first, "score", {"n1": MARKS})
    case.pin(first, "n1")
    assert case.judges("n1") == {second, "s1"}
    assert case.todo("s1") == ["score"]
    case.pin(second, "n1")
    assert case.judges("n1") == {"s1", "s2"}
    for login in ("s1", "s2"):
        case.give(login, "score", {"n1": marks(20, 30)})
    case.close("score", reason="到此为止")
    with case.engine.read(SYSTEM) as uow:
        result = rows.of_task(uow, case.lead("score")).result
    row = next(row for row in result["value"]["entries"] if row["id"] == "n1")
    assert list(row["marks"].values()) == ["50", "50"]
    assert [each["instead_of"] for each in audited(case, "act_substituted")] == [
        f"0{first[1]} {first}评委", f"0{second[1]} {second}评委",
    ]  # fmt: skip


def test_without_substitutes_the_member_with_fewest_entries_takes_over(engine):
    case = set_up(engine, 'panel="1"', experts=3, spare=0)
    case.begin(entries(3))
    case.open("score")
    (who,) = case.judges("n1")
    case.pin(who, "n1")
    (other,) = case.judges("n1")
    assert len(case.entries_of(other)) == 2
    case.give(other, "score", dict.fromkeys(case.entries_of(other), MARKS))
    (third,) = set(case.experts) - {who, other}
    case.pin(other, "n1")
    assert case.judges("n1") == {third}
    case.pin(third, "n1")
    assert case.judges("n1") == set()
    assert len(audited(case, "act_substitute_missing")) == 1


def test_who_was_done_gets_his_part_back_with_one_more_entry(engine):
    case = set_up(engine, 'panel="1"', experts=2, spare=0)
    case.begin(entries(2))
    case.open("score")
    (who,), (other,) = case.judges("n1"), case.judges("n2")
    case.give(other, "score", {"n2": MARKS})
    assert case.todo(other) == []
    case.pin(who, "n1")
    assert case.todo(other) == ["score"]
    assert case.todo(who) == []
    case.give(other, "score", {"n1": MARKS})
    assert case.todo(other) == []


# ---------------------------------------------------------------- declarations


def test_the_declaration_comes_before_the_first_mark(engine):
    case = set_up(engine, f'{DRAWN} declare="true"')
    case.begin(entries(6), spare="s1")
    case.open("score")
    mine = min(case.entries_of("e1"))
    refused(case, "act_declare_first", lambda: case.give("e1", "score", {mine: MARKS}), Conflict)
    assert case.declare("e1", key="k") is True
    assert case.declare("e1", key="k") is False
    case.give("e1", "score", {mine: MARKS})
    assert [each["named"] for each in audited(case, "act_declared")] == [0]


def test_a_declared_conflict_needs_its_reason_and_passes_the_entry_on(engine):
    case = set_up(engine, f'{DRAWN} declare="true"')
    case.begin(entries(6), spare="s1")
    case.open("score")
    mine, other = min(case.entries_of("e1")), min(case.judges_not("e1"))
    error = refused(case, "invalid", lambda: case.declare("e1", {mine: " "}), Invalid)
    assert error.fields == {f"{mine}.reason": ["required"]}
    refused(case, "act_unknown", lambda: case.declare("e1", {other: "亲属"}), NotFound)
    case.declare("e1", {mine: "曾任该项目顾问"})
    assert "s1" in case.judges(mine)
    refused(case, "act_recused", lambda: case.give("e1", "score", {mine: MARKS}), NotAllowed)
    case.declare("e1", {mine: "再次声明"})  # once is enough
    assert len(case.judges(mine)) == 2


def test_the_wrong_people_declare_draw_and_replace_nothing(case):
    case.open("score")
    part, lead = case.part("e1", "score"), case.lead("score")
    who = case.who("e1").id
    from workflows.acts.panel import declaring, replacing  # noqa: PLC0415

    for login, kind in (("e2", NotAllowed), ("far", NotFound), ("guard", NotAllowed)):
        before = everything(case)
        for call in (
            lambda uow: declaring.declare(uow, part, {}, key=None),
            lambda uow: replacing.assign(uow, lead),
            lambda uow: replacing.replace(uow, lead, who, "因病"),
        ):
            with pytest.raises(kind), case.engine.begin(case.actors[login]) as uow:
                call(uow)
        assert everything(case) == before


# ---------------------------------------------------------------- replacing


def test_a_replaced_expert_keeps_what_he_handed_in_and_passes_on_the_rest(case):
    case.open("score")
    first, second = sorted(case.entries_of("e3"))
    case.give("e3", "score", {first: MARKS})
    refused(case, "reason_missing", lambda: case.replace("e3", " "), Invalid)
    assert case.replace("e3") == []
    assert case.entries_of("e3") == {first}
    assert case.entries_of("s1") == {second}
    assert case.todo("e3") == []
    refused(case, "act_nothing_left", lambda: case.replace("e3"), Conflict)
    refused(case, "act_recused", lambda: case.give("e3", "score", {second: MARKS}), NotAllowed)


def test_entries_nobody_else_can_take_are_named(engine):
    case = set_up(engine, 'minimum="2"', experts=2, spare=0)
    case.begin(entries(2))
    case.open("score")
    assert case.replace("e1") == ["n1", "n2"]


def test_a_reserve_fills_up_where_everybody_marks_everything(engine):
    case = set_up(engine, 'minimum="2" substitutes="=spare"', experts=2, spare=1)
    case.begin(entries(2), spare="s1")
    case.open("score")
    assert case.parts() == 2
    case.pin("e1", "n1")
    assert case.entries_of("s1") == {"n1"}
    case.give("s1", "score", {"n1": MARKS})
    assert case.todo("s1") == []


# ---------------------------------------------------------------- reasons for outliers


def test_a_mark_far_from_the_median_needs_a_reason_before_it_is_taken(engine):
    case = set_up(engine, 'outlier="20"', experts=4, spare=0)
    case.begin(entries(1))
    case.open("score")
    case.give("e1", "score", {"n1": marks(35, 50)})
    case.give("e2", "score", {"n1": marks(36, 50)})
    error = refused(case, "invalid", lambda: case.give("e3", "score", {"n1": marks(5, 5)}), Invalid)
    assert error.fields == {"n1.reason": ["act_outlier"]}
    case.give("e3", "score", {"n1": {**marks(5, 5), "reason": "材料造假嫌疑"}})
    case.give("e4", "score", {"n1": marks(36, 52)})
    case.close("score")
    with case.engine.read(SYSTEM) as uow:
        result = rows.of_task(uow, case.lead("score")).result
    (row,) = result["value"]["entries"]
    assert (row["outliers"], row["unexplained"]) == (["03 e3评委"], [])
    assert "outlier" not in result["attention"]


def test_who_became_an_outlier_later_is_shown_it_and_it_is_explained_at_the_end(engine):
    from workflows.acts import reading  # noqa: PLC0415

    case = set_up(engine, 'outlier="20"', experts=3, spare=0)
    case.begin(entries(1))
    case.open("score")
    case.give("e1", "score", {"n1": marks(5, 5)})
    case.give("e2", "score", {"n1": {**marks(36, 50), "reason": "材料扎实"}})
    case.give("e3", "score", {"n1": marks(36, 52)})
    with case.engine.read(case.actors["e1"]) as uow:
        page = reading.part_page(uow, case.part("e1", "score"))
    assert page.more.owes == {"n1"}
    case.close("score")
    with case.engine.read(SYSTEM) as uow:
        assert "outlier" in rows.of_task(uow, case.lead("score")).result["attention"]
    with case.engine.read(SYSTEM) as uow:
        assert assigning.sealed(uow, case.lead("score")) is None
