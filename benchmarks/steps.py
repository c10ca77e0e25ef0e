"""A step of a long case against one of a short case, and the engine against its bare rows.

1. One case runs 1,000 steps; a step near its beginning is compared with one near its end.
2. The same rows are written by plain SQLAlchemy Core, in the same run, and the engine's steps
   per second are given as a fraction of that ceiling. The ceiling does the row lock, the same
   inserts, updates and deletes and the commit, and nothing else.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from benchmarks.common import ANSWER, CLERK, Cost, engines, measure, start_case
from engine import tasks
from engine.model import (
    audit_entry,
    draft,
    inbox,
    instance,
    new_id,
    step_record,
    task,
)
from engine.tasks import Submission
from engine.unit_of_work import SYSTEM, Engine

STEPS = 1000
WINDOW = 20
ROUNDS = 5


def step(engine: Engine, case_id: str) -> None:
    """Complete the one open task of a case, as a person's submission does."""
    with engine.read(SYSTEM) as uow:
        is_open = (task.c.instance_id == case_id) & (task.c.status == "open")
        task_id = uow.conn.scalar(sa.select(task.c.id).where(is_open))
    assert task_id is not None
    with engine.begin(CLERK) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission(ANSWER))


class Ceiling:
    """Writes the rows of one step with plain Core statements."""

    def __init__(self, engine: Engine, case_id: str) -> None:
        self.engine, self.case_id = engine, case_id
        with engine.read(SYSTEM) as uow:
            self.instance = self._row(uow, instance, instance.c.id)
            self.records = self._row(uow, step_record, step_record.c.instance_id)
            self.entries = self._rows(uow, audit_entry, audit_entry.c.instance_id)[-2:]
            open_now = sa.select(task).where(task.c.instance_id == case_id, task.c.status == "open")
            self.task = dict(uow.conn.execute(open_now).mappings().one())
        self.seq = 10_000_000

    def _rows(self, uow: Any, table: sa.Table, column: Any) -> list[dict[str, Any]]:
        query = sa.select(table).where(column == self.case_id).order_by(table.c.id)
        return [dict(row) for row in uow.conn.execute(query).mappings()]

    def _row(self, uow: Any, table: sa.Table, column: Any) -> dict[str, Any]:
        return self._rows(uow, table, column)[-1]

    def write(self) -> None:
        """One transaction with the reads and rows of one completed step."""
        with self.engine.read(SYSTEM) as uow:
            is_open = (task.c.instance_id == self.case_id) & (task.c.status == "open")
            uow.conn.scalar(sa.select(task.c.id).where(is_open))
        with self.engine.begin(CLERK) as uow:
            conn, old, fresh = uow.conn, self.task, new_id()
            conn.execute(sa.select(task).where(task.c.id == old["id"])).one()
            locked = sa.select(instance).where(instance.c.id == self.case_id).with_for_update()
            conn.execute(locked).one()
            closed = {"status": "completed", "done_by": "clerk", "done_at": uow.now}
            conn.execute(task.update().where(task.c.id == old["id"]), closed)
            conn.execute(draft.delete().where(draft.c.task_id == old["id"]))
            conn.execute(inbox.delete().where(inbox.c.task_id == old["id"]))
            body = {"body": self.instance["body"], "version": 1, "updated_at": uow.now}
            conn.execute(instance.update().where(instance.c.id == self.case_id), body)
            self.task = {**old, "id": fresh, "status": "open"}
            conn.execute(task.insert(), [self.task])
            shown = {"principal": old["principal"], "due_at": old["due_at"], "task_id": fresh}
            conn.execute(inbox.insert(), [shown])
            conn.execute(step_record.insert(), [{**self.records, "id": new_id()}])
            self.seq += 2
            entries = [
                {**entry, "id": new_id(), "seq": self.seq + n}
                for n, entry in enumerate(self.entries)
            ]
            conn.execute(audit_entry.insert(), entries)


def flatness(engine: Engine) -> tuple[Cost, Cost]:
    """Return the cost of a step at the beginning and at the end of a case of STEPS steps."""
    case_id = start_case(engine)
    for _ in range(WINDOW):
        step(engine, case_id)
    early = measure(lambda: step(engine, case_id), WINDOW * 5)
    for _ in range(STEPS - WINDOW * 11):
        step(engine, case_id)
    late = measure(lambda: step(engine, case_id), WINDOW * 5)
    return early, late


def against_ceiling(engine: Engine) -> tuple[Cost, Cost]:
    """Return the best of ROUNDS of the engine and of the bare rows, taken in turn."""
    engine_case, bare_case = start_case(engine), start_case(engine)
    for _ in range(WINDOW):
        step(engine, engine_case)
        step(engine, bare_case)
    ceiling = Ceiling(engine, bare_case)
    pairs = [
        (measure(lambda: step(engine, engine_case), 100), measure(ceiling.write, 100))
        for _ in range(ROUNDS)
    ]
    best = lambda costs: min(costs, key=lambda cost: cost.wall_ms)  # noqa: E731
    return best([ours for ours, _ in pairs]), best([bare for _, bare in pairs])


def main() -> None:
    """Print both comparisons for every database at hand."""
    with engines() as made:
        for name, engine in made:
            early, late = flatness(engine)
            print(f"{name}: step 20–120    {early}")
            print(f"{name}: step 900–1,000 {late}")
            print(f"{name}: late / early   {late.cpu_ms / early.cpu_ms:.2f} CPU "
                  f"{late.wall_ms / early.wall_ms:.2f} wall")  # fmt: skip
            ours, bare = against_ceiling(engine)
            print(f"{name}: engine         {ours}  {1000 / ours.wall_ms:.0f} steps/s")
            print(f"{name}: bare rows      {bare}  {1000 / bare.wall_ms:.0f} steps/s")
            print(f"{name}: engine reaches {bare.wall_ms / ours.wall_ms:.0%} of the bare rows "
                  f"({bare.cpu_ms / ours.cpu_ms:.0%} by CPU)")  # fmt: skip


if __name__ == "__main__":
    main()
