import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import SYSTEM, Engine
from workflows import registry
from workflows.model import person, post, unit
from workflows.registry import NewPerson, NewPost


@pytest.fixture
def bureau(engine: Engine) -> str:
    with engine.begin(SYSTEM) as uow:
        city = registry.add_unit(uow, "C", "市委")
        return registry.add_unit(uow, "B", "农业农村局", parent_id=city)


def count(engine: Engine, table: sa.Table) -> int:
    with engine.read(SYSTEM) as uow:
        return uow.conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.mark.both_databases
def test_tree_lists_parents_first_and_siblings_in_order(engine):
    with engine.begin(SYSTEM) as uow:
        top = registry.add_unit(uow, "T", "省")
        second = registry.add_unit(uow, "Z", "乙市", parent_id=top)
        registry.add_unit(uow, "A", "甲市", parent_id=top)
        registry.add_unit(uow, "Z1", "乙市一区", parent_id=second)
        listed = [(one.name, one.depth) for one in registry.tree(uow)]
    assert listed == [("省", 0), ("乙市", 1), ("乙市一区", 2), ("甲市", 1)]


@pytest.mark.both_databases
def test_line_goes_from_the_unit_to_the_top(engine, bureau):
    with engine.read(SYSTEM) as uow:
        names = [registry.unit_snapshot(uow, key)["name"] for key in registry.line(uow, bureau)]
        assert registry.line(uow, "nowhere") == ()
    assert names == ["农业农村局", "市委"]


def test_second_unit_with_a_code_is_refused_and_not_added(engine, bureau):
    with pytest.raises(Conflict), engine.begin(SYSTEM) as uow:
        registry.add_unit(uow, "B", "别的局")
    assert count(engine, unit) == 2


@pytest.mark.parametrize(("code", "name", "field"), [("", "局", "code"), ("X", " ", "name")])
def test_unit_needs_code_and_name(engine, code, name, field):
    with pytest.raises(Invalid) as refusal, engine.begin(SYSTEM) as uow:
        registry.add_unit(uow, code, name)
    assert refusal.value.fields == {field: ["required"]}
    assert count(engine, unit) == 0


def test_snapshot_of_a_person_has_names_and_no_identity_card(engine, bureau):
    new = NewPerson("周文斌", bureau, "男", "1980.03", "科长", "乡科级正职", "11010519491231002X")
    with engine.begin(SYSTEM) as uow:
        key = registry.add_person(uow, new)
        snapshot = registry.person_snapshot(uow, key)
    assert snapshot == {
        "id": key,
        "name": "周文斌",
        "sex": "男",
        "birth": "1980.03",
        "unit_id": bureau,
        "rank": "乡科级正职",
        "unit": "农业农村局",
        "post": "科长",
        "attributes": {},
    }


def test_people_are_found_by_name_and_post_and_unit(engine, bureau):
    with engine.begin(SYSTEM) as uow:
        registry.add_person(uow, NewPerson("周文斌", bureau, post_name="科长"))
        registry.add_person(uow, NewPerson("梁秋月", bureau, post_name="主任"))
        found = [
            [one["name"] for one in registry.find_people(uow, words, unit_id=where)]
            for words, where in (("文", ""), ("主任", bureau), ("", bureau), ("文", "elsewhere"))
        ]
    assert [found[0], found[1], set(found[2]), found[3]] == [
        ["周文斌"],
        ["梁秋月"],
        {"周文斌", "梁秋月"},
        [],
    ]


@pytest.mark.both_databases
def test_wildcards_in_a_search_are_plain_characters(engine, bureau):
    with engine.begin(SYSTEM) as uow:
        registry.add_person(uow, NewPerson("周文斌", bureau))
        assert registry.find_people(uow, "%") == []
        assert registry.find_people(uow, "_") == []


def test_person_without_a_name_is_refused(engine, bureau):
    with pytest.raises(Invalid), engine.begin(SYSTEM) as uow:
        registry.add_person(uow, NewPerson(" ", bureau))
    assert count(engine, person) == 0


def test_posts_are_found_by_name_or_unit_with_their_seats(engine, bureau):
    with engine.begin(SYSTEM) as uow:
        key = registry.add_post(
            uow, NewPost("副局长", bureau, rank="县处级副职", seats=3, filled=2)
        )
        by_unit = registry.find_posts(uow, "农业")
        by_name = registry.find_posts(uow, "副局", unit_id=bureau)
        snapshot = registry.post_snapshot(uow, key)
    assert by_unit == by_name == [snapshot]
    assert (snapshot["unit"], snapshot["seats"], snapshot["filled"]) == ("农业农村局", 3, 2)


@pytest.mark.parametrize(("name", "filled"), [("", 0), ("局长", 2), ("局长", -1)])
def test_post_with_impossible_numbers_is_refused(engine, bureau, name, filled):
    with pytest.raises(Invalid), engine.begin(SYSTEM) as uow:
        registry.add_post(uow, NewPost(name, bureau, seats=1, filled=filled))
    assert count(engine, post) == 0


@pytest.mark.parametrize("look", ["unit_snapshot", "person_snapshot", "post_snapshot"])
def test_snapshot_of_nothing_is_not_found(engine, look):
    with engine.read(SYSTEM) as uow, pytest.raises(NotFound):
        getattr(registry, look)(uow, "nothing")
