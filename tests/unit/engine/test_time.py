"""Days of China, holds and calendar changes: what moves, by how much, and what never does."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import calendar, expressions, holds, instances, jobs, queries, tasks, timers, worker
from engine.errors import Blocked, Invalid
from engine.model import NO_DUE, inbox, job, task
from engine.unit_of_work import CHINA, SYSTEM, Engine
from tests.conftest import Clock
from tests.small_case import ANN, DAN, TEAM, begin, do, open_tasks, snapshot

pytestmark = pytest.mark.both_databases


def to_timer(engine: Engine) -> str:
    """Bring a case on Monday 2 March to the timer that ends five working days later."""
    case_id = begin(engine, objects=[])
    do(engine, ANN, "起草")
    do(engine, DAN, "审核")
    return case_id


def timer_at(engine: Engine) -> datetime:
    with engine.read(SYSTEM) as uow:
        found = uow.conn.scalar(sa.select(job.c.next_at).where(job.c.kind == "timer"))
    assert found is not None
    return found.astimezone(CHINA)


def china(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=CHINA)  # type: ignore[misc, arg-type]


def rest(engine: Engine, *days: date) -> None:
    """Enter the year again with more days of rest."""
    with engine.begin(SYSTEM) as uow:
        known = calendar.load(uow)
        rests = {d: "假" for d, kind in known.special.items() if kind == "rest" and d.year == 2026}
        works = {d: "班" for d, kind in known.special.items() if kind == "work" and d.year == 2026}
        calendar.enter_year(uow, 2026, {**rests, **dict.fromkeys(days, "假")}, works, "测试")


def hold(engine: Engine, case_id: str) -> None:
    with engine.begin(SYSTEM) as uow:
        holds.place(uow, case_id, reason="查")


def release(engine: Engine, case_id: str) -> int:
    with engine.begin(SYSTEM) as uow:
        return holds.release(uow, case_id, reason="了")


def test_a_date_ends_at_midnight_in_china_and_not_a_second_before(
    engine: Engine, clock: Clock
) -> None:
    to_timer(engine)
    assert timer_at(engine) == china(2026, 3, 10)
    clock.now = china(2026, 3, 9, 23, 59, 59).astimezone(UTC)
    assert worker.drain(engine) == 0
    clock.now = china(2026, 3, 10).astimezone(UTC)
    assert worker.drain(engine) == 1


@pytest.mark.parametrize(("hour", "last"), [(15, 9), (16, 10)])
def test_today_is_the_day_in_china(engine: Engine, clock: Clock, hour: int, last: int) -> None:
    """23:30 and 00:30 in China are the same day in Greenwich."""
    clock.set(2026, 3, 2, hour, 30)
    to_timer(engine)
    assert timer_at(engine) == china(2026, 3, last + 1)


def test_an_exact_moment_counts_for_its_day_in_china(engine: Engine) -> None:
    begin(engine)
    with engine.begin(ANN) as uow:
        case = instances.lock(uow, open_tasks_instance(uow=uow))
        late = '=date and time("2026-03-02T17:00:00Z")'
        assert expressions.due(case, late, node="x") == china(2026, 3, 3, 23, 59, 59)
        assert expressions.moment(case, late, node="x") == china(2026, 3, 3, 1)


def open_tasks_instance(uow: Any) -> str:
    return str(queries.todo(uow).rows[0].instance_id)


@pytest.mark.parametrize("source", ['=date("9999-12-31")', '=date("0001-01-01")', "=null", '="x"'])
def test_a_date_no_calendar_reaches_is_no_date(engine: Engine, source: str) -> None:
    begin(engine)
    with engine.begin(ANN) as uow:
        case = instances.lock(uow, open_tasks_instance(uow))
        assert expressions.due(case, source, node="x") is None
        with pytest.raises(Invalid, match="not_a_date"):
            expressions.moment(case, source, node="x")


def test_a_calendar_change_counts_from_the_day_the_timer_began(
    engine: Engine, clock: Clock
) -> None:
    case_id = to_timer(engine)
    clock.move(days=3)
    assert timers.recompute(engine) == 0
    assert timer_at(engine) == china(2026, 3, 10)
    rest(engine, date(2026, 3, 6))
    assert timers.recompute(engine) == 1
    assert timer_at(engine) == china(2026, 3, 11)
    assert timers.recompute(engine) == 0
    with engine.read(SYSTEM) as uow:
        assert instances.audit.trail(uow, case_id)[-1].action == "timer_moved"


def test_a_calendar_change_keeps_the_days_a_hold_has_given(engine: Engine, clock: Clock) -> None:
    case_id = to_timer(engine)
    hold(engine, case_id)
    clock.move(days=2)
    assert release(engine, case_id) == 2
    assert timer_at(engine) == china(2026, 3, 12)
    assert timers.recompute(engine) == 0
    assert timer_at(engine) == china(2026, 3, 12)


def test_a_calendar_change_reaches_a_held_case(engine: Engine, clock: Clock) -> None:
    case_id = to_timer(engine)
    hold(engine, case_id)
    rest(engine, date(2026, 3, 6))
    assert timers.recompute(engine) == 1
    with engine.read(SYSTEM) as uow:
        row = uow.conn.execute(sa.select(job).where(job.c.kind == "timer")).one()
    assert row.next_at == NO_DUE
    assert release(engine, case_id) == 0
    assert timer_at(engine) == china(2026, 3, 11)


def test_a_calendar_change_moves_due_dates_with_inbox_and_reminder(engine: Engine) -> None:
    begin(engine)
    do(engine, ANN, "起草")
    was = open_tasks(engine, DAN)[0].due_at.astimezone(CHINA)
    assert was == china(2026, 3, 5, 23, 59, 59)
    rest(engine, date(2026, 3, 4))
    assert timers.recompute(engine) == 1
    now = china(2026, 3, 6, 23, 59, 59)
    with engine.read(SYSTEM) as uow:
        late = sa.select(job.c.next_at).order_by(job.c.next_at.desc()).limit(1)
        for query in (sa.select(task.c.due_at).where(task.c.node == "review"), late):
            assert uow.conn.scalar(query) == now
        assert now in uow.conn.scalars(sa.select(inbox.c.due_at)).all()


def test_one_case_that_cannot_be_computed_does_not_keep_the_others(
    engine: Engine, clock: Clock
) -> None:
    to_timer(engine)
    broken = job.update().where(job.c.kind == "timer").values(rule="=1")
    with engine.begin(SYSTEM) as uow:
        uow.conn.execute(broken)
    to_timer(engine)
    rest(engine, date(2026, 3, 6))
    assert timers.recompute(engine) == 1


def test_a_hold_into_a_year_nobody_has_entered_stands_with_a_clear_refusal(
    engine: Engine, clock: Clock
) -> None:
    case_id = to_timer(engine)
    hold(engine, case_id)
    clock.set(2027, 3, 1, 1)
    before = snapshot(engine)
    with pytest.raises(Blocked) as refused:
        release(engine, case_id)
    assert (refused.value.code, refused.value.params) == ("calendar_missing", {"year": 2027})
    assert snapshot(engine) == before
    with engine.begin(SYSTEM) as uow:
        calendar.enter_year(uow, 2027, {}, {}, "测试")
    assert release(engine, case_id) > 200
    assert timer_at(engine).year == 2027


def test_a_hold_of_no_working_day_moves_nothing(engine: Engine, clock: Clock) -> None:
    clock.set(2026, 3, 6, 9)  # Friday afternoon
    case_id = begin(engine)
    do(engine, ANN, "起草")
    due = open_tasks(engine, DAN)[0].due_at
    hold(engine, case_id)
    clock.move(days=1)
    assert release(engine, case_id) == 0
    assert open_tasks(engine, DAN)[0].due_at == due


def test_children_asked_for_during_a_stopped_worker_survive_a_hold(engine: Engine) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    with engine.begin(DAN) as uow:
        mine = tasks.held(uow, queries.todo(uow).rows[0].id)
        tasks.complete(uow, mine, tasks.Submission())
    hold(engine, case_id)
    assert worker.drain(engine) == 0
    release(engine, case_id)
    worker.drain(engine)
    assert len(open_tasks(engine, TEAM)) == 2
    with engine.read(SYSTEM) as uow:
        assert jobs.health(uow).dead == 0


def test_a_timer_that_fires_late_tells_when_its_period_ended(engine: Engine, clock: Clock) -> None:
    case_id = to_timer(engine)
    ended = timer_at(engine)
    clock.move(days=20)
    for _ in range(3):
        with engine.begin(SYSTEM) as uow:
            taken = jobs.take(uow)
            assert taken is not None
            jobs.fail(uow, taken, "database away")
        clock.move(hours=1)
    assert worker.drain(engine) == 1
    with engine.read(SYSTEM) as uow:
        record = queries.records(uow, case_id)[-1]
    assert record.kind == "timer"
    assert datetime.fromisoformat(record.data["due"]) == ended
