"""Run in a process of its own: do one command and be killed before its n-th SQL statement.

``python -m tests.crash.child URL NOW COMMAND SUBJECT`` reads numbers, one a line. For each it
forks a process that does the command and is killed (SIGKILL) before that statement or, one
later, before the commit; 0 means: do not die. It answers with the signal that ended the
process, or 0 when the command came to its end.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa

from engine import definitions, instances, moves, tasks, worker
from engine.tasks import Submission
from engine.unit_of_work import Actor, Engine
from workflows.program import HOOKS

ANN = Actor("ann", "安", frozenset({"CLERK@u"}))


def complete(engine: Engine, task_id: str) -> None:
    with engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission({"text": "已办"}), key="once")


def start(engine: Engine, key: str) -> None:
    with engine.begin(ANN) as uow:
        if not tasks.first_time(uow, "once", "start"):
            return
        plan = instances.blueprint(uow, definitions.latest(uow, key).id)
        number = instances.business_key(uow, "T")
        case = instances.create(
            uow, plan, key, business_key=number, title="一件事", unit="u",
            variables={"objects": []},
        )  # fmt: skip
        moves.start(case)


def job(engine: Engine, _subject: str) -> None:
    worker.run_one(engine)


def act_job(engine: Engine, _subject: str) -> None:
    engine.hooks = HOOKS
    worker.run_one(engine)


COMMANDS: Mapping[str, Callable[[Engine, str], None]] = {
    "complete": complete,
    "start": start,
    "job": job,
    "act_job": act_job,
}


def die_at(engine: Engine, number: int) -> None:
    count = [0]

    def before(*_args: object) -> None:
        count[0] += 1
        if count[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(engine.database, "before_cursor_execute", before)
    sa.event.listen(engine.database, "commit", before)


def main() -> None:
    url, now, command, subject = sys.argv[1:]
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            engine = Engine(url, clock=lambda: datetime.fromisoformat(now))
            die_at(engine, int(line))
            failed = 1
            try:
                COMMANDS[command](engine, subject)
                failed = 0
            finally:
                os._exit(failed)  # a fork must not go on reading our input
        _pid, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        sys.stdout.write(f"{os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
