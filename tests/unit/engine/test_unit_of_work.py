"""One command, one transaction: what is refused, recorded, published and given back."""

import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import sqlalchemy as sa

from engine import audit, holds, instances, tasks
from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from engine.model import audit_entry, instance, serial
from engine.tasks import Submission
from engine.unit_of_work import SYSTEM, Engine
from tests.small_case import ANN, DAN, STRANGER, begin, open_tasks, snapshot


def actions(engine: Engine, case_id: str) -> list[tuple[str, str]]:
    with engine.read(SYSTEM) as uow:
        entries = audit.trail(uow, case_id)
        head = uow.conn.scalar(sa.select(instance.c.audit_head).where(instance.c.id == case_id))
        audit.verify(entries, head=head)
    return [(entry.actor, entry.action) for entry in entries]


def write(engine: Engine, name: str = "T") -> None:
    with engine.begin(ANN) as uow:
        uow.conn.execute(serial.insert().values(name=name, last=1))


def count(engine: Engine) -> int:
    with engine.read(ANN) as uow:
        return len(uow.conn.execute(sa.select(serial)).all())


@pytest.mark.both_databases
def test_a_command_inside_a_command_is_refused_at_once(engine: Engine) -> None:
    with engine.begin(ANN), pytest.raises(RuntimeError, match="inside another"):
        engine.begin(ANN)
    write(engine)
    assert count(engine) == 1


def test_a_database_in_memory_serves_threads_one_after_the_other() -> None:
    engine = Engine("sqlite://")
    with engine.begin(ANN) as uow:
        serial.create(uow.conn)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: (write(engine, f"T{n}"), count(engine)), range(40)))
    assert count(engine) == 40
    engine.database.dispose()


@pytest.mark.both_databases
def test_a_command_that_fails_gives_its_connection_back(engine: Engine) -> None:
    for _ in range(100):
        with pytest.raises(ValueError, match="no"), engine.begin(ANN) as uow:
            uow.conn.execute(serial.insert().values(name="T", last=1))
            raise ValueError("no")
        with pytest.raises(ValueError, match="no"), engine.read(ANN) as uow:
            uow.conn.execute(sa.select(serial))
            raise ValueError("no")
    assert count(engine) == 0
    assert engine.database.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_locked_file_is_a_lost_race_and_leaks_nothing(engine: Engine) -> None:
    engine.database.dispose()
    with engine.database.connect() as conn:
        conn.exec_driver_sql("pragma busy_timeout=0")  # the pool gives this connection again
    other = sqlite3.connect(engine.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Stale):
        engine.begin(ANN)
    other.close()
    assert engine.database.pool.checkedout() == 0  # type: ignore[attr-defined]
    write(engine)


@pytest.mark.both_databases
def test_a_broken_statement_is_a_fault_of_ours_and_no_lost_race(engine: Engine) -> None:
    with pytest.raises(sa.exc.DBAPIError), engine.begin(ANN) as uow:
        uow.conn.execute(sa.text("select * from nowhere"))


@pytest.mark.postgresql
def test_a_lock_that_is_not_had_in_time_is_a_lost_race(engine: Engine) -> None:
    case_id = begin(engine)
    before = snapshot(engine)
    second = Engine(engine.url, clock=engine.clock)
    with engine.begin(ANN) as uow:
        instances.lock(uow, case_id)
        with pytest.raises(Stale), second.begin(ANN) as other:
            other.conn.exec_driver_sql("set local lock_timeout = 50")
            instances.lock(other, case_id)
    assert snapshot(engine) == before
    second.database.dispose()


@pytest.mark.both_databases
def test_a_page_sees_one_moment_however_long_it_takes(engine: Engine) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    read, written = Event(), Event()

    def page() -> None:
        with engine.read(DAN) as uow:
            mine = sa.select(instance.c.audit_head).where(instance.c.id == case_id)
            head = uow.conn.scalar(mine)
            read.set()
            assert written.wait(20)
            audit.verify(audit.trail(uow, case_id), head=head)

    with ThreadPoolExecutor(1) as pool:
        shown = pool.submit(page)
        assert read.wait(20)
        with engine.begin(ANN) as uow:
            tasks.claim(uow, task_id)
        written.set()
        shown.result()


@pytest.mark.both_databases
def test_a_query_cannot_write(engine: Engine) -> None:
    if engine.sqlite:
        with engine.read(ANN) as uow:
            uow.conn.execute(serial.insert().values(name="T", last=1))
    else:
        with pytest.raises(sa.exc.InternalError), engine.read(ANN) as uow:
            uow.conn.execute(serial.insert().values(name="T", last=1))
    assert count(engine) == 0


@pytest.mark.both_databases
def test_refusals_are_recorded_by_name_even_on_a_closed_case(engine: Engine) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    with engine.begin(ANN) as uow:
        tasks.withdraw(uow, case_id, "不再需要")
    with pytest.raises(NotAllowed), engine.begin(STRANGER) as uow:
        tasks.held(uow, task_id)
    with pytest.raises(Conflict), engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission())
    assert actions(engine, case_id)[-2:] == [
        ("eve", "attempt_refused"), ("ann", "attempt_refused"),
    ]  # fmt: skip


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("error", "recorded"),
    [(Conflict, True), (NotAllowed, True), (NotFound, True), (Invalid, False)],
)
def test_what_counts_as_evidence(engine: Engine, error: type, recorded: bool) -> None:
    case_id = begin(engine)
    before = snapshot(engine)
    with pytest.raises(error), engine.begin(ANN):
        raise error("no", instance_id=case_id)
    assert (snapshot(engine) != before) == recorded
    assert (("ann", "attempt_refused") in actions(engine, case_id)) == recorded


@pytest.mark.both_databases
def test_what_the_system_could_not_do_is_no_attempt_of_a_person(engine: Engine) -> None:
    case_id = begin(engine)
    before = snapshot(engine)
    with pytest.raises(Conflict), engine.begin(SYSTEM):
        raise Conflict("no", instance_id=case_id)
    assert snapshot(engine) == before


@pytest.mark.both_databases
def test_an_attempt_that_cannot_be_recorded_still_gives_its_own_answer(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    case_id = begin(engine)
    with engine.begin(SYSTEM) as uow:  # the next link would be the second with this number
        taken = sa.select(audit_entry).where(audit_entry.c.seq == 1)
        row = dict(uow.conn.execute(taken).one()._mapping)
        seq = uow.conn.scalar(sa.select(instance.c.audit_seq).where(instance.c.id == case_id))
        uow.conn.execute(audit_entry.insert(), {**row, "id": "x", "seq": (seq or 0) + 1})
    with (
        caplog.at_level(logging.ERROR),
        pytest.raises(NotAllowed, match="mine"),
        engine.begin(ANN) as uow,
    ):
        raise NotAllowed("mine", instance_id=case_id)
    assert "was not recorded" in caplog.text


@pytest.mark.both_databases
def test_a_refusal_may_carry_anything_in_its_parameters(engine: Engine) -> None:
    case_id = begin(engine)
    with pytest.raises(Conflict), engine.begin(ANN) as uow:
        raise Conflict("no", instance_id=case_id, when=[uow.now], share=0.5, what={"a": object})
    assert ("ann", "attempt_refused") in actions(engine, case_id)


@pytest.mark.both_databases
def test_a_refused_command_leaves_no_live_instance_behind(engine: Engine) -> None:
    case_id = begin(engine)
    before = snapshot(engine)
    with pytest.raises(Invalid), engine.begin(ANN) as uow:
        case = instances.lock(uow, case_id)
        case.flow.variables["broken"] = True
        raise Invalid("no")
    with engine.begin(ANN) as uow:
        assert "broken" not in instances.lock(uow, case_id).flow.variables
    assert snapshot(engine) == before


def test_hold_and_release_need_each_other(engine: Engine) -> None:
    case_id = begin(engine)
    before = snapshot(engine)
    with pytest.raises(Conflict), engine.begin(SYSTEM) as uow:
        holds.release(uow, case_id, reason="无")
    assert snapshot(engine) == before
