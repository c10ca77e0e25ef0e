"""What a command or a page may cost, in statements and in steps of the database, not in time."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from engine import notices, queries, tasks
from engine.columns import new_id
from engine.model import notice, notice_read, task
from engine.tasks import Submission
from engine.unit_of_work import Engine
from tests.small_case import ANN, DAN, begin, do, open_tasks

SUBMISSION = 17
"""Statements of a submission once package and calendar are known; three of them are inserts of
many rows. With the commit it is one more."""


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement.split("\n", maxsplit=1)[0][:100])

    sa.event.listen(engine.database, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine.database, "before_cursor_execute", note)


@contextmanager
def steps(engine: Engine) -> Iterator[list[int]]:
    """Count the steps of SQLite's virtual machine in hundreds: the same on every computer."""
    count = [0]

    def tick() -> int:
        count[0] += 1
        return 0

    def watch(conn: sqlite3.Connection, *_rest: Any) -> None:
        conn.set_progress_handler(tick, 100)

    sa.event.listen(engine.database, "checkout", watch)
    yield count
    sa.event.remove(engine.database, "checkout", watch)
    with engine.database.connect() as conn:
        conn.connection.dbapi_connection.set_progress_handler(None, 0)  # type: ignore[union-attr]


@pytest.mark.both_databases
def test_a_submission_keeps_to_its_statements(engine: Engine) -> None:
    begin(engine)
    do(engine, ANN, "起草")
    begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    with statements(engine) as seen, engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission({"a": 1}), key="k")
    assert len(seen) <= SUBMISSION, "\n".join(seen)


def crowd(engine: Engine, count: int) -> None:
    """Give Dan *count* finished tasks and as many notices that he has read."""
    with engine.begin(DAN) as uow:
        row = dict(uow.conn.execute(sa.select(task).where(task.c.node == "draft")).first()._mapping)  # type: ignore[union-attr]
        ids = [new_id() for _ in range(count)]
        done = {"status": "completed", "done_by": DAN.id, "done_at": uow.now}
        uow.conn.execute(task.insert(), [{**row, **done, "id": key} for key in ids])
        told = {"principal": "HEAD@u", "kind": "N2", "code": "x", "params": {}, "at": uow.now}
        uow.conn.execute(notice.insert(), [{**told, "id": key} for key in ids])
        read = {"person": DAN.id, "at": uow.now}
        uow.conn.execute(notice_read.insert(), [{**read, "notice_id": key} for key in ids])


def cost_of_inbox(engine: Engine) -> int:
    with steps(engine) as count, engine.read(DAN) as uow:
        assert len(queries.todo(uow).rows) == 1
        assert queries.count_todo(uow) == 1
        assert len(queries.done(uow).rows) <= 20
    return count[0]


def test_the_inbox_costs_the_same_with_ten_thousand_finished_tasks(engine: Engine) -> None:
    begin(engine)
    do(engine, ANN, "起草")
    crowd(engine, 20)
    few = cost_of_inbox(engine)
    crowd(engine, 10_000)
    many = cost_of_inbox(engine)
    assert many <= few * 1.2 + 5


def test_pages_of_done_tasks_and_notices_keep_their_order(engine: Engine) -> None:
    begin(engine)
    do(engine, ANN, "起草")
    crowd(engine, 45)
    with engine.read(DAN) as uow:
        seen, after = [], None
        while True:
            page = queries.done(uow, after=after)
            seen += [row.id for row in page.rows]
            after = page.following
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 45
        assert len(notices.seen(uow)) == 45
