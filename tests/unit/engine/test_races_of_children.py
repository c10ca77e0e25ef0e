"""Parents and child cases that meet at one moment, where only PostgreSQL lets them meet."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from engine import tasks, worker
from engine.model import instance, task
from engine.tasks import Submission
from engine.unit_of_work import SYSTEM, Engine
from tests.conftest import Clock
from tests.small_case import DAN, TEAM, open_tasks
from tests.unit.engine.test_races import complete
from tests.unit.engine.test_races_between_commands import intact, statuses, to_leaves

pytestmark = pytest.mark.postgresql


@pytest.fixture
def second(engine: Engine) -> Iterator[Engine]:
    """Give another process on the same database."""
    made = Engine(engine.url, clock=engine.clock)
    yield made
    made.database.dispose()


def waiting_for_a_lock(engine: Engine) -> bool:
    with engine.database.connect() as conn:
        return bool(
            conn.exec_driver_sql(
                "select count(*) from pg_stat_activity "
                "where wait_event_type = 'Lock' and datname = current_database()"
            ).scalar()
        )


def until_it_waits(engine: Engine, other: Future[Any]) -> None:
    for _ in range(100_000):
        if other.done() or waiting_for_a_lock(engine):
            return
    pytest.fail("it never came to wait for the lock")


def test_the_last_child_is_heard_even_while_the_parent_looks(
    engine: Engine, second: Engine
) -> None:
    """The first child has reported; a worker must not use that report up before the second."""
    to_leaves(engine)
    with engine.read(SYSTEM) as uow:
        chosen = sa.select(task.c.id).where(task.c.role == "TEAM").order_by(task.c.instance_id)
        first, last, *_rest = uow.conn.scalars(chosen)
    complete(engine, TEAM, first)
    with second.begin(TEAM) as uow:
        tasks.complete(uow, tasks.held(uow, last), Submission())
        worker.drain(engine)
    worker.drain(engine)
    assert statuses(engine, "middle").count("completed") == 1
    intact(engine)


def test_a_child_that_ends_while_its_parent_gives_up_stays_ended(
    engine: Engine, second: Engine, clock: Clock
) -> None:
    to_leaves(engine)
    done = open_tasks(engine, TEAM)[0]
    clock.move(days=20)
    with ThreadPoolExecutor(1) as pool:
        with second.begin(TEAM) as uow:
            tasks.complete(uow, tasks.held(uow, done.id), Submission())
            other = pool.submit(worker.drain, engine)
            until_it_waits(engine, other)
        other.result()
    worker.drain(engine)
    with engine.read(SYSTEM) as uow:
        mine = sa.select(instance.c.status).where(instance.c.id == done.instance_id)
        assert uow.conn.scalar(mine) == "completed"
    assert sorted(statuses(engine, "leaf")) == ["cancelled"] * 3 + ["completed"]
    assert [row.name for row in open_tasks(engine, DAN)] == ["善后", "善后"]
    intact(engine)
