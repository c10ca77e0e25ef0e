"""At the same moment: an objection and the closing, many votes of one device, two handlers."""

import pytest
import sqlalchemy as sa

from engine import audit
from engine.errors import Conflict, EngineError
from engine.unit_of_work import SYSTEM
from tests.notice_board import UNFOUNDED, VOTE, set_up
from tests.unit.engine.test_races import at_once
from workflows.acts.model import act
from workflows.publicity import intake, voting
from workflows.publicity.model import posting_pause, public_box, public_vote
from workflows.publicity.voting import Ballot

pytestmark = pytest.mark.both_databases
HUMAN = "Mozilla/5.0"


def test_an_objection_at_the_moment_of_closing_is_refused_or_keeps_it_open(engine, clock):
    board = set_up(engine)
    board.open()
    clock.set(2026, 3, 20, 1)
    answers = at_once(*[lambda n=n: board.object(f"第{n}件") for n in range(3)], board.close)
    taken = [each for each in answers[:3] if isinstance(each, str)]
    late = [each for each in answers[:3] if not isinstance(each, str)]
    assert all(isinstance(each, Conflict) and each.code == "posting_closed" for each in late)
    assert sorted(row.no for row in board.objections()) == list(range(1, len(taken) + 1))
    if taken:
        assert answers[3].code == "posting_objections_open"
    else:
        assert answers[3] is True
    with engine.read(SYSTEM) as uow:
        audit.verify_all(uow)


def test_two_handlers_at_once_decide_once(engine):
    board = set_up(engine)
    board.open()
    board.object()
    answers = at_once(
        lambda: board.triage(concrete=True), lambda: board.triage(concrete=True, login="second")
    )
    assert sum(isinstance(each, EngineError) for each in answers) == 1
    with engine.read(SYSTEM) as uow:
        assert len(uow.conn.execute(sa.select(posting_pause)).all()) == 1
    board.propose({"": UNFOUNDED})
    answers = at_once(lambda: board.decide(login="second"), lambda: board.decide(login="second"))
    assert sum(isinstance(each, EngineError) for each in answers) == 1
    assert board.objections()[0].state == "concluded"


def test_votes_at_the_moment_of_closing_are_counted_or_refused(engine, clock):
    board = set_up(engine, vote=VOTE)
    board.open("vote")
    with engine.read(SYSTEM) as uow:
        key = uow.conn.scalar(sa.select(public_box.c.key))

    def vote(n):
        with engine.begin(intake.PUBLIC) as uow:
            return voting.cast(uow, key, Ballot(["x"], f"d{n}", f"192.0.2.{n}", HUMAN))

    answers = at_once(*[lambda n=n: vote(n) for n in range(6)])
    assert answers == [1] * 6
    clock.set(2026, 3, 5, 16)
    answers = at_once(lambda: vote(9), lambda: board.close("vote"), lambda: board.close("vote"))
    assert isinstance(answers[0], Conflict)
    with engine.read(SYSTEM) as uow:
        found = uow.conn.scalar(sa.select(act.c.result))
        rows = uow.conn.scalar(sa.select(sa.func.count()).select_from(public_vote))
    assert found["summary"]["raw"] == rows == 6
