"""Deadlines of acts: who is reminded when, what the organiser hears, closing by itself."""

import pytest
import sqlalchemy as sa

from engine import holds, worker
from engine.model import job, notice
from engine.unit_of_work import SYSTEM
from tests.council_case import MARKS
from tests.council_case import set_up as council_of
from tests.intake_case import award, set_up
from workflows.acts import rows


def told(case, code):
    with case.engine.read(SYSTEM) as uow:
        query = sa.select(notice.c.principal).where(notice.c.code == code)
        return sorted(uow.conn.scalars(query))


def jobs_of(case):
    with case.engine.read(SYSTEM) as uow:
        return uow.conn.scalars(sa.select(job.c.kind).where(job.c.kind.startswith("act_"))).all()


@pytest.fixture
def council(engine):
    made = council_of(engine)
    made.start()
    made.open("score")  # on a Monday, until Monday in a week
    return made


def test_whoever_is_not_done_is_reminded_three_and_one_working_days_before(council, clock):
    council.give("ann", "score", {"x": MARKS, "y": MARKS})
    clock.move(days=2)
    worker.drain(council.engine)
    waiting = sorted(council.actors[who].personal for who in ("ben", "dan", "eve"))
    assert told(council, "act_reminder") == waiting
    worker.drain(council.engine)
    council.give("ben", "score", {"x": MARKS, "y": MARKS})
    clock.move(days=2)  # Friday, one working day before Monday
    worker.drain(council.engine)
    left = [council.actors[who].personal for who in ("dan", "eve")]
    assert told(council, "act_reminder") == sorted(waiting + left)


def test_a_hold_moves_the_reminders(council, clock):
    clock.move(days=1)
    with council.engine.begin(SYSTEM) as uow:
        holds.place(uow, council.case_id, reason="核查")
    clock.move(days=6)
    worker.drain(council.engine)
    assert told(council, "act_reminder") == []
    with council.engine.begin(SYSTEM) as uow:
        holds.release(uow, council.case_id, reason="查清")
    worker.drain(council.engine)
    assert told(council, "act_reminder") == []
    clock.move(days=1, minutes=1)
    worker.drain(council.engine)
    assert len(told(council, "act_reminder")) == 4


def test_the_organiser_hears_once_that_everybody_is_done(council, clock):
    for who in ("ann", "ben", "dan", "eve"):
        council.give(who, "score", {"x": MARKS, "y": MARKS})
        worker.drain(council.engine)
    assert len(told(council, "act_all_done")) == 1
    council.give("ann", "score", {"x": MARKS, "y": MARKS})
    clock.move(days=9)
    worker.drain(council.engine)
    assert len(told(council, "act_all_done")) == 1
    assert told(council, "act_over") == []
    assert told(council, "act_reminder") == []


def test_the_organiser_hears_that_the_deadline_is_past(council, clock):
    clock.move(days=9)
    worker.drain(council.engine)
    worker.drain(council.engine)
    assert len(told(council, "act_over")) == 1
    assert jobs_of(council) == []


def test_closing_ends_the_watch(council, clock):
    council.close("score", reason="提前结束")
    council.confirm("score", reason="没有评分")
    assert jobs_of(council) == []
    clock.move(days=9)
    worker.drain(council.engine)
    assert told(council, "act_over") == []


def test_an_act_closes_by_itself_after_its_deadline_and_not_before(engine, clock):
    case = set_up(engine, award('autoclose="true"'))
    case.enter("ann", "甲")
    with case.engine.read(SYSTEM) as uow:
        ends = rows.of_task(uow, case.lead("apply")).due_at
    clock.now = ends
    worker.drain(case.engine)
    case.enter("bob", "乙")
    clock.move(seconds=2)
    worker.drain(case.engine)
    with case.engine.read(SYSTEM) as uow:
        found = rows.of_task(uow, case.lead("apply"))
    assert found.state == "closed"
    assert found.result["value"]["count"] == 2
    assert len(told(case, "act_closed_over")) == 1
    worker.drain(case.engine)
    case.confirm("apply")


def test_an_applicant_who_has_submitted_is_not_reminded_unless_a_draft_lies(engine, clock):
    case = set_up(engine, award('remind="1"'))
    case.enter("ann", "甲")
    clock.move(days=4)
    worker.drain(case.engine)
    assert told(case, "act_reminder") == [f"APPLICANT@{case.units['E']}"]
    case.enter("bob", "乙")
    case.begin("bob")
    assert told(case, "act_over") == []
