from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import jobs, worker
from engine.errors import Conflict, NotAllowed, NotFound
from engine.model import NO_DUE, job
from engine.unit_of_work import SYSTEM, Actor, Engine
from workflows import identity, operations
from workflows.model import access_log
from workflows.operations import LogWant

ADMIN = Actor("root", "邓维", frozenset({"ADMIN@u"}))
AUDITOR = Actor("pan", "潘清", frozenset({"AUDITOR@u"}))


def put(engine: Engine, **columns) -> str:
    with engine.begin(SYSTEM) as uow:
        at = columns.pop("at", uow.now)
        made = jobs.row("remind", at, uow.now, args={"task": "gone", "class": "N2"}, **columns)
        uow.conn.execute(job.insert().values(**made))
        return made["id"]


def rows(engine: Engine) -> list:
    with engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(table).order_by(table.c.id)).all()
            for table in (job, access_log)
        ]


def refused(engine: Engine, kind: type, act, actor: Actor = ADMIN):
    before = rows(engine)
    with pytest.raises(kind) as refusal, engine.begin(actor) as uow:
        act(uow)
    assert rows(engine) == before
    return refusal.value.code


def queue(engine: Engine):
    with engine.read(ADMIN) as uow:
        return operations.queue(uow)


@pytest.mark.both_databases
def test_queue_tells_apart_what_waits_is_due_failed_frozen_and_dead(engine, clock):
    put(engine, at=clock.now + timedelta(days=3))
    put(engine, at=NO_DUE)
    put(engine, attempts=2, error="boom")
    put(engine, dead=True, attempts=8, error="boom")
    found = queue(engine)
    counts = (found.ahead, found.due, found.failing, found.frozen, found.dead)
    assert counts == (1, 1, 1, 1, 1)
    assert found.kinds == [("remind", 2, clock.now)]
    assert (found.oldest_due, found.stuck) == (clock.now, False)
    clock.move(minutes=3)
    assert queue(engine).stuck


def test_troubled_jobs_show_those_given_up_first(engine):
    put(engine)
    failing = put(engine, attempts=1, error="first")
    dead = put(engine, dead=True, attempts=8, error="last")
    with engine.read(ADMIN) as uow:
        assert [(one.id, one.error) for one in operations.troubled(uow)] == [
            (dead, "last"), (failing, "first"),
        ]  # fmt: skip


@pytest.mark.both_databases
def test_retried_job_is_done_at_once_and_logged(engine):
    dead = put(engine, dead=True, attempts=8, error="boom")
    assert worker.drain(engine) == 0
    with engine.begin(ADMIN) as uow:
        operations.retry(uow, dead)
    line = rows(engine)[1][-1]
    assert (line.action, line.subject) == ("job_retried", dead)
    assert line.detail == {"kind": "remind", "error": "boom"}
    assert worker.drain(engine) == 1
    assert rows(engine)[0] == []


def test_job_that_lives_or_is_gone_is_not_retried(engine):
    living = put(engine, attempts=3)
    assert refused(engine, Conflict, lambda uow: operations.retry(uow, living)) == "job_alive"
    assert refused(engine, NotFound, lambda uow: operations.retry(uow, "x")) == "job_unknown"


def test_log_is_newest_first_filtered_and_paged(engine, monkeypatch):
    monkeypatch.setattr(operations, "PAGE", 2)
    with engine.begin(ADMIN) as uow:
        for number in range(3):
            identity.log(uow, "setting_changed", str(number))
    with engine.begin(AUDITOR) as uow:
        identity.log(uow, "case_viewed", "c")

    def page(after="", **want):
        with engine.read(AUDITOR) as uow:
            lines, following = operations.access(uow, LogWant(**want), after)
        return [line.subject for line in lines], following

    first, after = page()
    assert first == ["c", "2"]
    assert page(after) == (["1", "0"], "")
    assert page(text="潘") == (["c"], "")
    assert page(action="case_viewed") == (["c"], "")
    with engine.read(ADMIN) as uow:
        assert operations.actions(uow) == ["case_viewed", "setting_changed"]


@pytest.mark.parametrize("role", ["ORG_DEPT", "EXPERT", "SUPERVISOR", "DESIGNER", ""])
def test_nobody_else_looks_into_the_engine_room(engine, role):
    other = Actor("x", "某", frozenset({f"{role}@u"} if role else ()))
    dead = put(engine, dead=True)
    acts = (
        operations.queue,
        operations.troubled,
        operations.actions,
        lambda uow: operations.retry(uow, dead),
        lambda uow: operations.access(uow, LogWant()),
    )
    for act in acts:
        refused(engine, NotAllowed, act, other)


def test_auditor_reads_the_log_and_retries_nothing(engine):
    dead = put(engine, dead=True)
    refused(engine, NotAllowed, lambda uow: operations.retry(uow, dead), AUDITOR)
    refused(engine, NotAllowed, operations.queue, AUDITOR)
