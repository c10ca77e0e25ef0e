from dataclasses import replace

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from engine.unit_of_work import SYSTEM, Actor, Engine
from workflows import registry, roster
from workflows.model import access_log, person, post
from workflows.registry import NewPerson, NewPost
from workflows.roster import Want

CLERK = Actor("clerk", "陈", frozenset({"ORG_DEPT@u"}))
CARD = "11010519491231002X"


@pytest.fixture
def bureau(engine: Engine) -> str:
    with engine.begin(SYSTEM) as uow:
        return registry.add_unit(uow, "B", "农业农村局")


@pytest.fixture
def zhou(bureau: str) -> NewPerson:
    facts = {"rank_since": "201904", "party_since": "2004.06", "education": "大学"}
    return NewPerson(" 周文斌 ", bureau, "男", "194912", "科长", "乡科级正职", CARD, facts)


def rows(engine: Engine) -> list:
    with engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(table).order_by(table.c.id)).all()
            for table in (person, post, access_log)
        ]


def refused(engine: Engine, kind: type, act, actor: Actor = CLERK):
    before = rows(engine)
    with pytest.raises(kind) as refusal, engine.begin(actor) as uow:
        act(uow)
    assert rows(engine) == before
    return refusal.value


def add(engine: Engine, new: NewPerson) -> str:
    with engine.begin(CLERK) as uow:
        return roster.add_person(uow, new)


def get(engine: Engine, person_id: str):
    with engine.read(CLERK) as uow:
        return roster.get_person(uow, person_id)


def test_person_is_stored_tidy_and_shown_with_a_covered_number(engine, zhou):
    card = get(engine, add(engine, zhou))
    assert (card.name, card.birth, card.idcard) == ("周文斌", "1949.12", "110105********002X")
    assert card.attributes == {
        "rank_since": "2019.04", "party_since": "2004.06", "education": "大学"
    }  # fmt: skip


def test_log_names_fields_and_never_values(engine, zhou):
    key = add(engine, zhou)
    card = get(engine, key)
    with engine.begin(CLERK) as uow:
        new = replace(zhou, rank="县处级副职", idcard=None)
        roster.change_person(uow, key, new, active=False, seen=card.seen)
    assert rows(engine)[2][-1].detail == {"fields": ["active", "rank"]}
    assert get(engine, key).idcard == "110105********002X"
    assert not get(engine, key).active


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": " "}, "name"), ({"name": "长" * 101}, "name"), ({"sex": "x"}, "sex"),
     ({"birth": "49年"}, "birth"), ({"birth": "1950.01"}, "idcard"),
     ({"idcard": "110105194912310021"}, "idcard"),
     ({"attributes": {"work_since": "soon"}}, "work_since"),
     ({"attributes": {"party_since": "2004.13"}}, "party_since")],
)  # fmt: skip
def test_wrong_entry_is_named_by_its_field(engine, zhou, wrong, field):
    error = refused(engine, Invalid, lambda uow: roster.add_person(uow, replace(zhou, **wrong)))
    assert set(error.fields) == {field}


def test_second_person_with_a_number_is_refused(engine, zhou):
    add(engine, zhou)
    twin = replace(zhou, name="周文彬")
    error = refused(engine, Conflict, lambda uow: roster.add_person(uow, twin))
    assert error.code == "idcard_taken"
    assert CARD not in str(error)


def test_page_that_is_behind_saves_nothing(engine, zhou):
    key = add(engine, zhou)
    seen = get(engine, key).seen
    with engine.begin(CLERK) as uow:
        roster.change_person(uow, key, replace(zhou, rank="一"), active=True, seen=seen)
    again = replace(zhou, rank="二")
    change = roster.change_person
    refused(engine, Stale, lambda uow: change(uow, key, again, active=True, seen=seen))


@pytest.mark.both_databases
def test_people_are_found_and_paged_without_gaps(engine, zhou, monkeypatch):
    monkeypatch.setattr(roster, "PAGE", 2)
    for name in ("丙", "甲", "乙", "甲"):
        add(engine, replace(zhou, name=name, idcard=None, post_name=f"{name}长"))

    def page(want, after=""):
        with engine.read(CLERK) as uow:
            lines, following = roster.people(uow, want, after)
        return [line.name for line in lines], following

    first, after = page(Want())
    second, end = page(Want(), after)
    assert sorted(first + second) == ["丙", "乙", "甲", "甲"]
    assert first + second == sorted(first + second)
    assert (len(first), end) == (2, "")
    assert page(Want(text="乙长"))[0] == ["乙"]
    assert page(Want(unit_id="nowhere"))[0] == []


# Posts ------------------------------------------------------------------------------------


def test_post_keeps_its_quota_and_the_log_both_numbers(engine, bureau):
    new = NewPost("副局长", bureau, "县处级副职", "领导职务", 3, 2)
    with engine.begin(CLERK) as uow:
        key = roster.add_post(uow, new)
        seen = roster.get_post(uow, key).seen
        roster.change_post(uow, key, replace(new, filled=3), seen=seen)
        assert roster.get_post(uow, key).filled == 3
    assert rows(engine)[2][-1].detail == {"before": "2/3", "after": "3/3"}
    refused(engine, Stale, lambda uow: roster.change_post(uow, key, new, seen=seen))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": ""}, "name"), ({"seats": -1}, "seats"), ({"seats": 10_000}, "seats"),
     ({"filled": 4}, "filled"), ({"filled": -1}, "filled"), ({"rank": "长" * 101}, "rank")],
)  # fmt: skip
def test_wrong_post_is_refused(engine, bureau, wrong, field):
    new = replace(NewPost("副局长", bureau, seats=3), **wrong)
    error = refused(engine, Invalid, lambda uow: roster.add_post(uow, new))
    assert set(error.fields) == {field}


def test_post_of_the_same_name_in_a_unit_is_refused(engine, bureau):
    new = NewPost("副局长", bureau)
    with engine.begin(CLERK) as uow:
        roster.add_post(uow, new)
    assert refused(engine, Conflict, lambda uow: roster.add_post(uow, new)).code == "post_taken"


@pytest.mark.both_databases
def test_posts_are_paged_without_gaps(engine, bureau, monkeypatch):
    monkeypatch.setattr(roster, "PAGE", 1)
    with engine.begin(CLERK) as uow:
        for name in ("局长", "副局长"):
            roster.add_post(uow, NewPost(name, bureau))
        first, after = roster.posts(uow, Want())
        second, end = roster.posts(uow, Want(), after)
    assert {first[0].name, second[0].name} == {"局长", "副局长"}
    assert end == ""


def test_unknown_things_are_not_found(engine, bureau, zhou):
    lost = replace(zhou, unit_id="nowhere")
    change = roster.change_person
    refused(engine, NotFound, lambda uow: roster.add_person(uow, lost))
    refused(engine, NotFound, lambda uow: change(uow, "x", zhou, active=True, seen=""))
    refused(engine, NotFound, lambda uow: roster.get_post(uow, "x"))
    refused(engine, NotFound, lambda uow: roster.add_post(uow, NewPost("局长", "nowhere")))


@pytest.mark.parametrize("role", ["EXPERT", "SUPERVISOR", "AUDITOR", "DESIGNER", "ADMIN"])
def test_only_the_organisation_department_edits(engine, bureau, zhou, role):
    other = Actor("x", "某", frozenset({f"{role}@u"}))
    new, change = NewPost("局长", bureau), roster.change_post
    refused(engine, NotAllowed, lambda uow: roster.add_person(uow, zhou), other)
    refused(engine, NotAllowed, lambda uow: roster.add_post(uow, new), other)
    refused(engine, NotAllowed, lambda uow: change(uow, "x", new, seen=""), other)


@pytest.mark.parametrize("role", ["DESIGNER", "ADMIN"])
def test_designers_and_administrators_see_no_cadres(engine, bureau, role):
    other = Actor("x", "某", frozenset({f"{role}@u"}))
    refused(engine, NotAllowed, lambda uow: roster.people(uow, Want()), other)
    refused(engine, NotAllowed, lambda uow: roster.posts(uow, Want()), other)
