"""Run in a process of its own: hand in a task and die before the n-th SQL statement.

``python -m tests.crash.child URL TASK STATEMENT NOW``; STATEMENT 0 means: do not die. Prints
how many statements the command took.
"""

import os
import sys
from datetime import datetime

import sqlalchemy as sa

from engine import tasks
from engine.tasks import Submission
from engine.unit_of_work import Actor, Engine

ANN = Actor("ann", "安", frozenset({"CLERK@u"}))


def main() -> None:
    url, task_id, number, now = sys.argv[1:]
    engine = Engine(url, clock=lambda: datetime.fromisoformat(now))
    count = [0]

    def before(*_args: object) -> None:
        count[0] += 1
        if count[0] == int(number):
            os._exit(9)

    sa.event.listen(engine.database, "before_cursor_execute", before)
    sa.event.listen(engine.database, "commit", before)
    with engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission({"text": "已办"}), key="once")
    sys.stdout.write(f"{count[0]}\n")


if __name__ == "__main__":
    main()
