"""A case from its start to its end through the engine's commands, on both databases."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine import audit, children, holds, instances, messages, queries, tasks, worker
from engine.errors import (
    AlreadyDone,
    Blocked,
    Conflict,
    Invalid,
    NotAllowed,
    OnHold,
    TaskAlreadyClaimed,
)
from engine.model import instance, job
from engine.tasks import Return, Submission
from engine.unit_of_work import CHINA, SYSTEM, Engine
from tests.small_case import (
    ANN,
    BEN,
    DAN,
    STRANGER,
    TEAM,
    begin,
    do,
    open_tasks,
    snapshot,
)

pytestmark = pytest.mark.both_databases


def status(engine: Engine, case_id: str) -> str:
    with engine.read(SYSTEM) as uow:
        return str(uow.conn.scalar(sa.select(instance.c.status).where(instance.c.id == case_id)))


def intact(engine: Engine, case_id: str) -> list[audit.Entry]:
    with engine.read(SYSTEM) as uow:
        entries = list(audit.trail(uow, case_id))
        head = uow.conn.scalar(sa.select(instance.c.audit_head).where(instance.c.id == case_id))
    audit.verify(entries, head=head)
    return entries


def to_the_timer(engine: Engine) -> str:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    do(engine, DAN, "审核")
    do(engine, TEAM, "考察", Submission(variables={"score": 1, "outcome": "合格"}))
    do(engine, TEAM, "考察", Submission(variables={"score": 2, "outcome": "合格"}))
    return case_id


def test_a_case_runs_to_its_end(engine: Engine, clock: Any) -> None:
    case_id = to_the_timer(engine)
    with engine.read(SYSTEM) as uow:
        waiting = uow.conn.execute(sa.select(job).where(job.c.kind == "timer")).one()
        results = instances.spiff.read_body(
            uow.conn.scalar(sa.select(instance.c.body).where(instance.c.id == case_id))
        )["v"]["each_results"]
    # 2 March 2026 is a Monday: five working days later is Monday the 9th, over at midnight.
    assert waiting.next_at == datetime(2026, 3, 10, tzinfo=CHINA)
    assert [(r["key"], r["outcome"]) for r in results] == [("a", "合格"), ("b", "合格")]
    assert sorted(r["score"] for r in results) == [1, 2]
    clock.set(2026, 3, 9, 15, 59)
    assert worker.drain(engine) >= 0
    with pytest.raises(Conflict), engine.begin(BEN) as uow:
        messages.deliver(uow, case_id, "unit.reply", Submission())
    clock.set(2026, 3, 9, 16, 0)
    worker.drain(engine)
    with engine.begin(BEN) as uow:
        messages.deliver(uow, case_id, "unit.reply", Submission({"opinion": "同意"}))
    assert status(engine, case_id) == "completed"
    actions = [entry.action for entry in intact(engine, case_id)]
    assert actions[0] == "instance_started"
    assert actions[-1] == "instance_completed"
    assert "attempt_refused" in actions
    with engine.read(SYSTEM) as uow:
        assert uow.conn.scalar(sa.select(sa.func.count()).select_from(job)) == 0


def test_an_outsider_sees_nothing_and_the_attempt_is_recorded(engine: Engine) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    assert open_tasks(engine, STRANGER) == []
    with pytest.raises(NotAllowed), engine.begin(STRANGER) as uow:
        tasks.claim(uow, task_id)
    refused = intact(engine, case_id)[-1]
    assert (refused.actor, refused.action) == ("eve", "attempt_refused")
    assert open_tasks(engine, ANN)[0].status == "open"


def test_a_claimed_task_leaves_the_others_inbox_and_comes_back_when_released(
    engine: Engine,
) -> None:
    begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    with engine.begin(ANN) as uow:
        tasks.claim(uow, task_id)
    assert open_tasks(engine, BEN) == []
    with pytest.raises(TaskAlreadyClaimed), engine.begin(BEN) as uow:
        tasks.claim(uow, task_id)
    with engine.begin(ANN) as uow:
        tasks.release(uow, task_id)
    assert [row.id for row in open_tasks(engine, BEN)] == [task_id]


def test_the_same_submission_twice_has_one_effect(engine: Engine) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    with engine.begin(ANN) as uow:
        assert tasks.complete(uow, tasks.held(uow, task_id), Submission(), key="k1")
    with pytest.raises(AlreadyDone), engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission(), key="k1")
    with engine.read(ANN) as uow:
        assert [r.node for r in queries.records(uow, case_id)] == ["draft"]


def test_who_drafted_may_not_review(engine: Engine) -> None:
    begin(engine)
    do(engine, BEN, "起草")
    task_id = open_tasks(engine, BEN)[0].id
    with pytest.raises(NotAllowed) as refused, engine.begin(BEN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission())
    assert refused.value.code == "separation_of_duties"
    assert [row.name for row in open_tasks(engine, DAN)] == ["审核"]


def test_a_return_opens_a_second_attempt_and_three_are_the_limit(engine: Engine) -> None:
    case_id = begin(engine)
    for attempt in range(1, 4):
        do(engine, ANN, "起草")
        task_id = open_tasks(engine, DAN)[0].id
        with engine.begin(DAN) as uow:
            tasks.send_back(
                uow, tasks.held(uow, task_id), Return("draft", "incomplete", "缺材料", ["方案"])
            )
        assert open_tasks(engine, ANN)[0].attempt == attempt + 1
    do(engine, ANN, "起草")
    task_id = open_tasks(engine, DAN)[0].id
    with pytest.raises(Blocked) as refused, engine.begin(DAN) as uow:
        tasks.send_back(uow, tasks.held(uow, task_id), Return("draft", "incomplete", "再退"))
    assert refused.value.code == "return_limit"
    with engine.read(DAN) as uow:
        kinds = [(r.node, r.kind, r.attempt) for r in queries.records(uow, case_id)]
    assert kinds[:4] == [
        ("draft", "complete", 1),
        ("review", "return", 1),
        ("draft", "complete", 2),
        ("review", "return", 2),
    ]


def test_a_package_may_set_another_limit_of_returns(engine: Engine) -> None:
    begin(engine, attributes={"settings": {"return.max": 1}})
    do(engine, ANN, "起草")
    with engine.begin(DAN) as uow:
        mine = tasks.held(uow, queries.todo(uow).rows[0].id)
        tasks.send_back(uow, mine, Return("draft", "incomplete", "缺材料"))
    do(engine, ANN, "起草")
    task_id = open_tasks(engine, DAN)[0].id
    with pytest.raises(Blocked) as refused, engine.begin(DAN) as uow:
        tasks.send_back(uow, tasks.held(uow, task_id), Return("draft", "incomplete", "再退"))
    assert refused.value.params["limit"] == 1


@pytest.mark.parametrize(
    ("back", "field"),
    [
        (Return("end", "x", "因为"), "target"),
        (Return("draft", "", "因为"), "reason_code"),
        (Return("draft", "x", "  "), "reason"),
    ],
)
def test_a_return_needs_a_target_and_a_reason(engine: Engine, back: Return, field: str) -> None:
    begin(engine)
    do(engine, ANN, "起草")
    task_id = open_tasks(engine, DAN)[0].id
    with pytest.raises(Invalid) as refused, engine.begin(DAN) as uow:
        tasks.send_back(uow, tasks.held(uow, task_id), back)
    assert field in refused.value.fields
    assert open_tasks(engine, DAN)[0].id == task_id


def test_a_hold_stops_tasks_children_and_timers_and_moves_them_by_working_days(
    engine: Engine, clock: Any
) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    due = open_tasks(engine, DAN)[0].due_at
    with engine.begin(BEN) as uow:
        holds.place(uow, case_id, reason="核查线索", order_no="督〔2026〕1号")
    task_id = open_tasks(engine, DAN)[0].id
    with pytest.raises(OnHold), engine.begin(DAN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission())
    clock.move(days=7)
    assert worker.drain(engine) == 0
    with engine.begin(BEN) as uow:
        assert holds.release(uow, case_id, reason="查清") == 5
    moved = open_tasks(engine, DAN)[0].due_at
    assert (moved - due).days == 7
    do(engine, DAN, "审核")
    assert status(engine, case_id) == "running"
    actions = [entry.action for entry in intact(engine, case_id)]
    assert {"hold_placed", "hold_released", "attempt_refused"} <= set(actions)


def test_a_hold_on_the_case_stops_its_child_cases(engine: Engine) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    do(engine, DAN, "审核")
    with engine.begin(BEN) as uow:
        holds.place(uow, case_id, reason="核查")
    for row in open_tasks(engine, TEAM):
        with pytest.raises(OnHold), engine.begin(TEAM) as uow:
            tasks.complete(uow, tasks.held(uow, row.id), Submission())
    assert len(open_tasks(engine, TEAM)) == 2


def test_a_withdrawn_child_lets_the_parent_go_on(engine: Engine) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    do(engine, DAN, "审核")
    with engine.read(ANN) as uow:
        first = children.of(uow, case_id)[0]["id"]
    with engine.begin(ANN) as uow:
        tasks.withdraw(uow, first, "本人放弃")
    do(engine, TEAM, "考察")
    with engine.read(SYSTEM) as uow:
        assert uow.conn.scalar(sa.select(sa.func.count()).where(job.c.kind == "timer")) == 1
        assert [c["status"] for c in children.of(uow, case_id)] == ["withdrawn", "completed"]
    intact(engine, first)


def test_a_message_may_start_a_child_case(engine: Engine) -> None:
    case_id = begin(engine)
    with engine.begin(BEN) as uow:
        messages.deliver(uow, case_id, "unit.complaint", Submission({"text": "反映"}))
        assert children.open_count(uow, case_id, "complaint") == 1
    do(engine, BEN, "查核")
    with engine.read(SYSTEM) as uow:
        assert children.open_count(uow, case_id, "complaint") == 0


def test_reminders_tell_whoever_has_the_task(engine: Engine, clock: Any) -> None:
    from engine import notices  # noqa: PLC0415

    begin(engine)
    do(engine, ANN, "起草")
    clock.set(2026, 3, 3, 1)
    worker.drain(engine)
    with engine.read(DAN) as uow:
        assert [n.code for n in notices.unread(uow)] == ["task_reminder"]
    clock.set(2026, 3, 5, 17)
    worker.drain(engine)
    with engine.begin(DAN) as uow:
        found = notices.unread(uow)
        assert [n.code for n in found] == ["task_overdue", "task_reminder"]
        notices.mark_read(uow, found[0].id)
        notices.mark_read(uow, found[0].id)
        assert notices.count_unread(uow) == 1


def test_a_task_whose_calendar_year_is_missing_has_no_due_date_but_a_trace(
    engine: Engine, clock: Any
) -> None:
    clock.set(2026, 12, 31, 1)
    case_id = begin(engine)
    do(engine, ANN, "起草")
    assert open_tasks(engine, DAN)[0].due_at.year == 9999
    assert "calendar_missing" in [entry.action for entry in intact(engine, case_id)]


@pytest.mark.parametrize("cut", range(9))
def test_a_failing_command_changes_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    before = snapshot(engine)
    _break_statement(engine, cut)
    with pytest.raises(RuntimeError), engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission())
        raise RuntimeError("power cut at the end")
    _mend(engine)
    assert snapshot(engine) == before
    do(engine, ANN, "起草")
    intact(engine, case_id)


_HOOKS: list[tuple[Engine, Callable[..., None]]] = []


def _break_statement(engine: Engine, number: int) -> None:
    left = [number]

    def fail(*_args: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise RuntimeError("power cut")

    sa.event.listen(engine.database, "before_cursor_execute", fail)
    _HOOKS.append((engine, fail))


def _mend(engine: Engine) -> None:
    while _HOOKS:
        broken, hook = _HOOKS.pop()
        sa.event.remove(broken.database, "before_cursor_execute", hook)
