"""A process that dies anywhere in a command leaves the case as it was, ready to go on."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import audit, children, jobs, queries, tasks, worker
from engine.errors import AlreadyDone
from engine.model import idempotency, instance, serial
from engine.tasks import Submission
from engine.unit_of_work import SYSTEM, Engine
from tests.conftest import Clock
from tests.small_case import ANN, DAN, TEAM, begin, deploy, do, open_tasks, snapshot

pytestmark = [pytest.mark.both_databases, pytest.mark.crash, pytest.mark.own_database]
ROOT = Path(__file__).parents[2]
SUBMISSION_STATEMENTS = 25
"""Most statements of a submission in a process just started, which reads package and calendar."""


class Victim:
    """A process that does the same command again and again and is killed as it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, number: int) -> bool:
        """Let it die before statement *number*; tells whether it came to its end instead."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer in ("0", str(int(signal.SIGKILL))), "the command itself failed"
        return answer == "0"


@contextmanager
def victim(engine: Engine, clock: Clock, command: str, subject: str) -> Iterator[Victim]:
    line = [sys.executable, "-m", "tests.crash.child", engine.url, clock.now.isoformat()]
    with subprocess.Popen(
        [*line, command, subject], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        yield Victim(process)


def everything(engine: Engine) -> list[object]:
    with engine.read(SYSTEM) as uow:
        other = [uow.conn.execute(sa.select(table)).all() for table in (serial, idempotency)]
    return [*snapshot(engine), *other]


def killed_at_every_statement(engine: Engine, clock: Clock, command: str, subject: str) -> int:
    """Return how often it was killed; nothing was left behind by any of the deaths."""
    before = everything(engine)
    with victim(engine, clock, command, subject) as process:
        deaths = 0
        while not process.run(deaths + 1):
            deaths += 1
            assert everything(engine) == before, f"statement {deaths} left something behind"
            assert deaths < 60
    return deaths


def test_a_submission_killed_before_any_statement_changes_nothing(
    engine: Engine, clock: Clock
) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    deaths = killed_at_every_statement(engine, clock, "complete", task_id)
    assert 8 <= deaths <= SUBMISSION_STATEMENTS
    with engine.read(SYSTEM) as uow:
        audit.verify(audit.trail(uow, case_id))
        assert [r.node for r in queries.records(uow, case_id)] == ["draft"]


def test_a_case_whose_start_is_killed_does_not_exist(engine: Engine, clock: Clock) -> None:
    deploy(engine)
    assert killed_at_every_statement(engine, clock, "start", "small") >= 8
    with engine.read(SYSTEM) as uow:
        assert uow.conn.scalars(sa.select(instance.c.business_key)).all() == ["T-2026-0001"]
        assert audit.verify_all(uow) == 1


def test_a_worker_killed_while_it_starts_a_child_case(engine: Engine, clock: Clock) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    with engine.begin(DAN) as uow:
        tasks.complete(uow, tasks.held(uow, queries.todo(uow).rows[0].id), Submission())
    assert killed_at_every_statement(engine, clock, "job", "") >= 8
    worker.drain(engine)
    with engine.read(SYSTEM) as uow:
        assert [child["child_key"] for child in children.of(uow, case_id)] == ["a", "b"]
        assert audit.verify_all(uow) == 3
        assert jobs.health(uow) == jobs.Health(0, 0, None)
    assert len(open_tasks(engine, TEAM)) == 2


def test_a_worker_killed_while_a_timer_fires(engine: Engine, clock: Clock) -> None:
    case_id = begin(engine, objects=[])
    do(engine, ANN, "起草")
    do(engine, DAN, "审核")
    clock.move(days=30)
    assert killed_at_every_statement(engine, clock, "job", "") >= 8
    with engine.read(SYSTEM) as uow:
        kinds = [row.kind for row in queries.records(uow, case_id)]
        assert kinds.count("timer") == 1
        assert audit.verify_all(uow) == 1
        assert jobs.health(uow).waiting == 0


def test_what_was_acknowledged_before_the_cut_is_not_done_twice(
    engine: Engine, clock: Clock
) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    with victim(engine, clock, "complete", task_id) as process:
        assert process.run(0)
    with pytest.raises(AlreadyDone), engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission(), key="once")
    with engine.read(SYSTEM) as uow:
        assert [r.data for r in queries.records(uow, case_id)] == [{"text": "已办"}]
