"""Different commands that meet on one case: each outcome is whole, none is lost."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from engine import audit, children, definitions, holds, instances, jobs, messages, tasks, worker
from engine.errors import AlreadyDone, Conflict, EngineError, OnHold, Stale
from engine.model import definition, instance, job, step_record, task
from engine.tasks import Submission
from engine.unit_of_work import SYSTEM, Actor, Engine
from tests.conftest import Clock
from tests.nested import NESTED
from tests.packages import SMALL
from tests.small_case import ANN, DAN, TEAM, begin, deploy, do, open_tasks
from tests.unit.engine.test_races import at_once, complete

pytestmark = pytest.mark.both_databases


def intact(engine: Engine) -> None:
    with engine.read(SYSTEM) as uow:
        audit.verify_all(uow)


def statuses(engine: Engine, process: str) -> list[str]:
    with engine.read(SYSTEM) as uow:
        chosen = sa.select(instance.c.status).where(instance.c.process == process)
        return list(uow.conn.scalars(chosen.order_by(instance.c.child_no)))


def to_leaves(engine: Engine) -> str:
    case_id = begin(engine, package=NESTED)
    worker.drain(engine)
    return case_id


def test_a_deadline_and_the_last_child_at_once_go_one_way(engine: Engine, clock: Clock) -> None:
    to_leaves(engine)
    ids = [row.id for row in open_tasks(engine, TEAM)]
    clock.move(days=20)
    answers = at_once(
        *[lambda t=t: complete(engine, TEAM, t) for t in ids], lambda: worker.drain(engine)
    )
    worker.drain(engine)
    assert all(answer is not None for answer in answers)
    middles = statuses(engine, "middle")
    assert middles.count("completed") + len(open_tasks(engine, DAN)) == 2
    assert open_tasks(engine, TEAM) == []
    intact(engine)


def test_a_hold_and_a_submission_at_once(engine: Engine) -> None:
    for _ in range(4):
        case_id = begin(engine)
        task_id = open_tasks(engine, ANN)[0].id

        def place(case_id: str = case_id) -> None:
            with engine.begin(SYSTEM) as uow:
                holds.place(uow, case_id, reason="查")

        answers = at_once(place, lambda t=task_id: complete(engine, ANN, t))
        assert answers[0] is None
        assert answers[1] is True or isinstance(answers[1], OnHold)
        with engine.read(SYSTEM) as uow:
            status = uow.conn.scalar(sa.select(task.c.status).where(task.c.id == task_id))
            row = uow.conn.execute(sa.select(instance).where(instance.c.id == case_id)).one()
            alive = (job.c.root_id == case_id) & (job.c.next_at <= uow.now)
            assert uow.conn.scalars(sa.select(job.c.id).where(alive)).all() == []
        assert status == ("completed" if answers[1] is True else "open")
        assert row.status == "held"
        with engine.begin(SYSTEM) as uow:
            holds.release(uow, case_id, reason="了")
            tasks.withdraw(uow, case_id, "完")
    intact(engine)


def test_a_withdrawal_and_a_submission_at_once(engine: Engine) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id

    def withdraw() -> None:
        with engine.begin(DAN) as uow:
            tasks.withdraw(uow, case_id, "不办了")

    answers = at_once(withdraw, lambda: complete(engine, ANN, task_id))
    assert answers[0] is None
    assert answers[1] is True or isinstance(answers[1], Conflict)
    assert statuses(engine, "small") == ["withdrawn"]
    assert open_tasks(engine, ANN) == open_tasks(engine, DAN) == []
    intact(engine)


def test_a_message_and_the_end_of_the_wait_at_once(engine: Engine, clock: Clock) -> None:
    case_id = begin(engine, objects=[])
    do(engine, ANN, "起草")
    do(engine, DAN, "审核")
    clock.move(days=20)

    def send() -> str | None:
        with engine.begin(DAN) as uow:
            return messages.deliver(uow, case_id, "unit.reply", Submission({"a": 1}))

    answers = at_once(send, lambda: worker.drain(engine), send)
    taken = [answer for answer in answers if answer == case_id]
    assert len(taken) <= 1
    worker.drain(engine)  # it passes over a case that somebody works on
    if not taken:
        assert send() == case_id
    with pytest.raises(Conflict):
        send()
    assert statuses(engine, "small") == ["completed"]
    intact(engine)


def test_two_deployments_at_once_make_two_versions_or_one_clear_refusal(engine: Engine) -> None:
    deploy(engine)
    packages = [
        replace(SMALL, files={**SMALL.files, "documents/note.txt": name}) for name in (b"a", b"b")
    ]

    def send(package: Any) -> int:
        with engine.begin(ANN) as uow:
            return definitions.deploy(uow, package).version

    answers = at_once(*[lambda p=p: send(p) for p in packages])
    made = sorted(answer for answer in answers if isinstance(answer, int))
    assert all(isinstance(answer, int | Stale) for answer in answers)
    with engine.read(SYSTEM) as uow:
        stored = uow.conn.scalars(sa.select(definition.c.version).order_by("version")).all()
    assert stored == [1, *made] == list(range(1, len(stored) + 1))


def test_one_key_at_once_has_one_effect(engine: Engine) -> None:
    begin(engine)
    task_id = open_tasks(engine, ANN)[0].id

    def send() -> bool:
        with engine.begin(ANN) as uow:
            return tasks.complete(uow, tasks.held(uow, task_id), Submission(), key="k")

    answers = at_once(*[send] * 4)
    assert answers.count(True) == 1
    assert sum(isinstance(answer, AlreadyDone) for answer in answers) == 3
    with engine.read(SYSTEM) as uow:
        assert len(uow.conn.execute(sa.select(step_record)).all()) == 1


def test_one_key_of_two_people_at_once_is_one_effect_and_one_refusal(engine: Engine) -> None:
    plan = deploy(engine)

    def start(actor: Actor) -> bool:
        with engine.begin(actor) as uow:
            if not tasks.first_time(uow, "k", "start"):
                return False
            instances.business_key(uow, plan.key)
            return True

    answers = at_once(*[lambda a=a: start(a) for a in (ANN, DAN)])
    assert answers.count(True) == 1
    refused = [answer for answer in answers if isinstance(answer, EngineError)]
    assert [error.code for error in refused] == ["key_reused"]


def test_a_message_before_the_children_start_takes_none_of_their_numbers(engine: Engine) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    task_id = open_tasks(engine, DAN)[0].id
    assert complete(engine, DAN, task_id)  # the children are asked for; no worker has run
    with engine.begin(DAN) as uow:
        messages.deliver(uow, case_id, "unit.complaint", Submission({"a": 1}))
    worker.drain(engine)
    with engine.read(SYSTEM) as uow:
        assert [row["child_no"] for row in children.of(uow, case_id)] == [1, 2, 3]
        assert jobs.health(uow).dead == 0
    assert len(open_tasks(engine, TEAM)) == 2


def test_a_job_that_cannot_be_done_is_tried_again_and_then_left_for_people(
    engine: Engine, clock: Clock
) -> None:
    case_id = begin(engine)
    with engine.begin(SYSTEM) as uow:
        uow.conn.execute(job.insert(), jobs.row("nonsense", uow.now, uow.now, instance_id=case_id))
    moments = []
    for _ in range(jobs.MAX_ATTEMPTS + 3):
        assert worker.drain(engine) in (0, 1)
        with engine.read(SYSTEM) as uow:
            row = uow.conn.execute(sa.select(job).where(job.c.kind == "nonsense")).one()
        moments.append((row.attempts, row.dead))
        clock.move(hours=2)
    assert moments[:3] == [(1, False), (2, False), (3, False)]
    assert moments[-1] == (jobs.MAX_ATTEMPTS, True)
    assert "nonsense" in row.error
    with engine.read(SYSTEM) as uow:
        assert jobs.health(uow).dead == 1
    intact(engine)


def test_a_job_taken_just_before_a_release_is_not_frozen_for_ever(
    engine: Engine, clock: Clock
) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    clock.move(days=2)
    with engine.begin(SYSTEM) as uow:
        taken = jobs.take(uow)
    with engine.begin(SYSTEM) as uow:
        holds.place(uow, case_id, reason="查")
    with engine.begin(SYSTEM) as uow:
        holds.release(uow, case_id, reason="了")
    worker.freeze_late(engine, taken)
    assert worker.drain(engine) == 1
