import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.unit_of_work import SYSTEM, Actor, Engine
from workflows import registry, unit_tree
from workflows.model import access_log, unit

ADMIN = Actor("root", "邓维", frozenset({"ADMIN@top"}))


@pytest.fixture
def tree(engine: Engine) -> dict[str, str]:
    """Province over city over bureau, and an island of its own."""
    with engine.begin(SYSTEM) as uow:
        top = registry.add_unit(uow, "P", "省")
        city = registry.add_unit(uow, "C", "市", parent_id=top)
        bureau = registry.add_unit(uow, "B", "局", parent_id=city)
        island = registry.add_unit(uow, "I", "岛")
    return {"top": top, "city": city, "bureau": bureau, "island": island}


def rows(engine: Engine) -> list:
    with engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(table).order_by(table.c.id)).all()
            for table in (unit, access_log)
        ]


def refused(engine: Engine, kind: type, act, actor: Actor = ADMIN):
    before = rows(engine)
    with pytest.raises(kind) as refusal, engine.begin(actor) as uow:
        act(uow)
    assert rows(engine) == before
    return refusal.value


def names(engine: Engine) -> list[tuple[str, int]]:
    with engine.read(SYSTEM) as uow:
        return [(one.name, one.depth) for one in registry.tree(uow)]


@pytest.mark.both_databases
def test_unit_moves_with_everything_below_it(engine, tree):
    with engine.begin(ADMIN) as uow:
        unit_tree.move(uow, tree["city"], tree["island"])
    assert names(engine) == [("省", 0), ("岛", 0), ("市", 1), ("局", 2)]
    assert rows(engine)[1][-1].detail == {"before": tree["top"], "after": tree["island"]}


@pytest.mark.both_databases
@pytest.mark.parametrize("below", ["top", "city", "bureau"])
def test_unit_does_not_move_below_itself(engine, tree, below):
    error = refused(engine, Conflict, lambda uow: unit_tree.move(uow, tree["top"], tree[below]))
    assert error.code == "unit_cycle"


def test_unit_moves_to_the_top_behind_those_that_are_there(engine, tree):
    with engine.begin(ADMIN) as uow:
        unit_tree.move(uow, tree["bureau"], None)
    assert [name for name, depth in names(engine) if depth == 0] == ["省", "岛", "局"]


def test_move_to_where_it_is_changes_nothing(engine, tree):
    before = rows(engine)
    with engine.begin(ADMIN) as uow:
        unit_tree.move(uow, tree["city"], tree["top"])
    assert rows(engine) == before


def test_rename_is_logged_with_the_name_before(engine, tree):
    with engine.begin(ADMIN) as uow:
        unit_tree.rename(uow, tree["city"], " 新市 ", "New City")
        assert unit_tree.card(uow, tree["city"]).name_en == "New City"
    assert rows(engine)[1][-1].detail == {"before": "市", "after": "新市"}


def test_card_counts_what_hangs_on_a_unit(engine, tree):
    with engine.begin(SYSTEM) as uow:
        registry.add_person(uow, registry.NewPerson("甲", tree["city"]))
        registry.add_post(uow, registry.NewPost("局长", tree["city"]))
        card = unit_tree.card(uow, tree["city"])
    assert (card.accounts, card.people, card.posts) == (0, 1, 1)


def test_wrong_texts_and_unknown_units_are_refused(engine, tree):
    long = "长" * 101
    assert refused(engine, Invalid, lambda uow: unit_tree.rename(uow, tree["city"], " ", ""))
    assert refused(engine, Invalid, lambda uow: unit_tree.add(uow, "X", long, "", None))
    assert refused(engine, Invalid, lambda uow: unit_tree.add(uow, "", "甲", "", None))
    assert refused(engine, Conflict, lambda uow: unit_tree.add(uow, "C", "甲", "", None))
    assert refused(engine, NotFound, lambda uow: unit_tree.add(uow, "X", "甲", "", "nowhere"))
    assert refused(engine, NotFound, lambda uow: unit_tree.move(uow, tree["city"], "nowhere"))
    assert refused(engine, NotFound, lambda uow: unit_tree.move(uow, "nowhere", None))


@pytest.mark.parametrize("role", ["ORG_DEPT", "ORG_HEAD", "SUPERVISOR", "AUDITOR", "DESIGNER"])
def test_nobody_else_changes_the_tree(engine, tree, role):
    other = Actor("x", "某", frozenset({f"{role}@top"}))
    refused(engine, NotAllowed, lambda uow: unit_tree.add(uow, "X", "甲", "", None), other)
    refused(engine, NotAllowed, lambda uow: unit_tree.rename(uow, tree["city"], "乙", ""), other)
    refused(engine, NotAllowed, lambda uow: unit_tree.move(uow, tree["city"], None), other)
