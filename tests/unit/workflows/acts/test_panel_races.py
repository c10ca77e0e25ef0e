"""Two at the same moment on one panel: nothing counts twice, no entry loses its experts."""

import pytest
import sqlalchemy as sa

from engine import audit
from engine.errors import EngineError
from engine.unit_of_work import SYSTEM
from tests.council_case import MARKS
from tests.panel_case import entries, set_up
from tests.unit.engine.test_races import at_once
from workflows.acts import rows
from workflows.acts.model import contribution

pytestmark = pytest.mark.both_databases


@pytest.fixture
def case(engine):
    made = set_up(
        engine, 'panel="2" minimum="2" substitutes="=spare" declare="true"', experts=4, spare=2
    )
    made.begin(entries(4), spare="s1 s2")
    return made


def whole(case):
    """Every entry has exactly its two experts, and everybody's load is what the rows say."""
    found = case.panel()
    for entry in found.settings["entries"]:
        assert len(found.of_entry(entry["id"])) == 2, entry
    for who in found.people.values():
        assert who.needed == len(found.entries_of(who)), who
    with case.engine.read(SYSTEM) as uow:
        audit.verify_all(uow)


def test_two_organisers_open_and_draw_once(case):
    case.prepare()
    answers = at_once(case.assign, case.assign, lambda: case.open("score"))
    assert sum(isinstance(answer, EngineError) for answer in answers) <= 2
    whole(case)


def test_two_experts_of_one_entry_declare_at_once(case):
    case.open("score")
    first, second = sorted(case.judges("n1"))
    answers = at_once(
        lambda: case.declare(first, {"n1": "亲属"}, key="a"),
        lambda: case.declare(second, {"n1": "同事"}, key="b"),
        lambda: case.declare(first, {"n1": "亲属"}, key="a"),
    )
    assert sorted(map(str, answers)) == ["False", "True", "True"]
    assert case.judges("n1") == {"s1", "s2"}
    whole(case)


def test_handing_in_while_a_conflict_is_pinned_counts_once_or_not_at_all(case):
    case.open("score")
    who = min(case.judges("n1"))
    case.declare(who)
    at_once(
        lambda: case.give(who, "score", {"n1": MARKS}),
        lambda: case.pin(who, "n1"),
        lambda: case.give(who, "score", {"n1": MARKS}),
    )
    assert who not in case.judges("n1")
    whole(case)
    with case.engine.read(SYSTEM) as uow:
        material = rows.material(uow, rows.of_task(uow, case.lead("score")))
        given = uow.conn.execute(sa.select(contribution).where(contribution.c.current)).all()
    assert material.sheets == []
    assert len(given) <= 1


def test_an_expert_is_replaced_while_he_hands_in(case):
    case.open("score")
    mine = sorted(case.entries_of("e2"))
    case.declare("e2")
    at_once(lambda: case.give("e2", "score", {mine[0]: MARKS}), lambda: case.replace("e2"))
    with case.engine.read(SYSTEM) as uow:
        given = {each.entry for each in rows.current(uow, case.lead("score"))}
    assert case.entries_of("e2") == given
    whole(case)
