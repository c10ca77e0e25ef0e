"""Two at the same moment on one act: each contribution counts once, none is lost."""

import pytest
import sqlalchemy as sa

from engine import audit, queries
from engine.errors import Conflict, EngineError
from engine.unit_of_work import SYSTEM
from tests.council_case import MARKS, Council, marks, set_up
from tests.unit.engine.test_races import at_once
from workflows.acts import rows
from workflows.acts.model import contribution

pytestmark = pytest.mark.both_databases
PANEL = ("ann", "ben", "dan", "eve")


@pytest.fixture
def council(engine) -> Council:
    made = set_up(engine)
    made.start()
    made.open("score")
    return made


def test_a_whole_panel_at_once(council):
    answers = at_once(*[
        lambda who=who: council.give(who, "score", {"x": MARKS, "y": MARKS}) for who in PANEL
    ])  # fmt: skip
    assert answers == [True] * 4
    with council.engine.read(SYSTEM) as uow:
        assert len(rows.current(uow, council.lead("score"))) == 8


def test_two_windows_of_one_member_leave_one_current_version(council):
    answers = at_once(*[
        lambda n=n: council.give("ann", "score", {"x": marks(n, n)}) for n in range(6)
    ])  # fmt: skip
    assert answers == [True] * 6
    with council.engine.read(SYSTEM) as uow:
        every = uow.conn.execute(sa.select(contribution)).all()
    assert sorted(row.version for row in every) == [1, 2, 3, 4, 5, 6]
    assert [row.version for row in every if row.current] == [6]


def test_closing_while_they_hand_in_counts_exactly_what_was_taken(council):
    calls = [lambda who=who: council.give(who, "score", {"x": MARKS, "y": MARKS}) for who in PANEL]
    answers = at_once(*calls, lambda: council.close("score", reason="时间已到"))
    taken = sum(answer is True for answer in answers[:4])
    late = [answer for answer in answers[:4] if answer is not True]
    assert all(isinstance(a, Conflict) and a.code == "act_closed" for a in late), answers
    with council.engine.read(SYSTEM) as uow:
        found = rows.of_task(uow, council.lead("score")).result
        audit.verify_all(uow)
    assert all(len(row["marks"]) == taken for row in found["value"]["entries"])


def test_closing_and_confirming_twice_at_once_happens_once(council):
    for who in PANEL:
        council.give(who, "score", {"x": MARKS, "y": marks(1, 2)})
    answers = at_once(*[lambda login=n: council.close("score", login=login)
                        for n in ("officer", "clerk", "officer")])  # fmt: skip
    assert sorted(map(str, answers)) == ["False", "False", "True"]
    answers = at_once(*[lambda login=n: council.confirm("score", login=login)
                        for n in ("officer", "clerk", "officer")])  # fmt: skip
    assert answers.count(True) == 1
    assert sum(isinstance(answer, EngineError) for answer in answers) == 2
    with council.engine.read(SYSTEM) as uow:
        made = [row for row in queries.records(uow, council.case_id) if row.node == "score"]
        audit.verify_all(uow)
    assert len(made) == 1
