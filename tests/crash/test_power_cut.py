"""A process that dies anywhere in a command leaves the case as it was, ready to go on."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import audit, queries, tasks
from engine.tasks import Submission
from engine.unit_of_work import SYSTEM, Engine
from tests.small_case import ANN, begin, open_tasks, snapshot

pytestmark = [pytest.mark.both_databases, pytest.mark.crash]
ROOT = Path(__file__).parents[2]
MOST_STATEMENTS = 40


def run_child(
    engine: Engine, task_id: str, number: int, clock: Any
) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable, "-m", "tests.crash.child", engine.url, task_id, str(number),
        clock.now.isoformat(),
    ]  # fmt: skip
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_power_cut_before_any_statement_changes_nothing(engine: Engine, clock: Any) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    before = snapshot(engine)
    deaths = 0
    for number in range(1, MOST_STATEMENTS):
        died = run_child(engine, task_id, number, clock)
        if died.returncode == 0:
            break
        assert died.returncode == 9, died.stderr
        deaths += 1
        assert snapshot(engine) == before, f"statement {number} left something behind"
    else:
        pytest.fail("a submission takes more statements than its budget")
    assert deaths >= 8
    with engine.read(SYSTEM) as uow:
        audit.verify(audit.trail(uow, case_id))
        assert [r.node for r in queries.records(uow, case_id)] == ["draft"]


def test_what_was_acknowledged_before_the_cut_is_not_done_twice(engine: Engine, clock: Any) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    assert run_child(engine, task_id, 0, clock).returncode == 0
    with pytest.raises(Exception, match="already_done"), engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission(), key="once")
    with engine.read(SYSTEM) as uow:
        assert [r.data for r in queries.records(uow, case_id)] == [{"text": "已办"}]
