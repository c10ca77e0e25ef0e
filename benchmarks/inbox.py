"""How long the inbox page takes with 100,000 open tasks, first page, tenth page and badge.

Tasks are spread over 2,000 groups with skew; a person is in six of them. The naive query
(``principal IN (…) ORDER BY due LIMIT``) runs beside ours in the same run.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from tqdm import tqdm

from benchmarks.common import engines, start_case
from engine import queries
from engine.model import inbox, instance, new_id, task
from engine.unit_of_work import SYSTEM, Actor, Engine

TASKS = 100_000
GROUPS = 2_000
CASES = 20_000
PEOPLE = 100
BATCH = 5_000
START = datetime(2026, 3, 2, tzinfo=UTC)


def fill(engine: Engine) -> None:
    """Write cases and open tasks; the bodies are those of one real case."""
    dice = random.Random(7)
    with engine.read(SYSTEM) as uow:
        model = dict(uow.conn.execute(sa.select(instance)).mappings().first() or {})
        pattern = dict(uow.conn.execute(sa.select(task)).mappings().first() or {})
    cases = [new_id() for _ in range(CASES)]
    for first in tqdm(range(0, CASES, BATCH), desc="cases", unit_scale=BATCH):
        rows = [
            {**model, "id": key, "root_id": key, "business_key": key, "title": f"事项 {key[-6:]}"}
            for key in cases[first : first + BATCH]
        ]
        with engine.begin(SYSTEM) as uow:
            uow.conn.execute(instance.insert(), rows)
    for _ in tqdm(range(0, TASKS, BATCH), desc="tasks", unit_scale=BATCH):
        rows = [_task(pattern, dice, cases) for _ in range(BATCH)]
        shown = [
            {"principal": row["principal"], "due_at": row["due_at"], "task_id": row["id"]}
            for row in rows
        ]
        with engine.begin(SYSTEM) as uow:
            uow.conn.execute(task.insert(), rows)
            uow.conn.execute(inbox.insert(), shown)


def _task(pattern: dict[str, Any], dice: random.Random, cases: list[str]) -> dict[str, Any]:
    key = dice.choice(cases)
    group = int(GROUPS * dice.random() ** 2)  # a few groups have most of the work
    return {
        **pattern, "id": new_id(), "instance_id": key, "root_id": key, "status": "open",
        "principal": f"R{group}@u", "due_at": START + timedelta(minutes=dice.randrange(60_000)),
    }  # fmt: skip


def people() -> list[Actor]:
    """Return persons in six groups each, busy ones among them."""
    dice = random.Random(8)
    return [
        Actor(f"p{n}", "", frozenset(f"R{int(GROUPS * dice.random() ** 2)}@u" for _ in range(6)))
        for n in range(PEOPLE)
    ]


def first_page(engine: Engine, who: Actor) -> None:
    """Read the first page of the inbox."""
    with engine.read(who) as uow:
        queries.todo(uow)


def ten_pages(engine: Engine, who: Actor) -> None:
    """Read ten pages, one after the other."""
    with engine.read(who) as uow:
        after = None
        for _ in range(10):
            page = queries.todo(uow, after=after)
            if page.following is None:
                return
            after = page.following


def badge(engine: Engine, who: Actor) -> None:
    """Count the open tasks, up to 100."""
    with engine.read(who) as uow:
        queries.count_todo(uow)


def naive(engine: Engine, who: Actor) -> None:
    """Ask the obvious query for the same first page."""
    query = (
        sa.select(*queries.TASK_COLUMNS)
        .select_from(inbox.join(task, task.c.id == inbox.c.task_id))
        .join(instance, instance.c.id == task.c.instance_id)
        .join(queries.definition, queries.definition.c.id == instance.c.definition_id)
        .where(inbox.c.principal.in_(sorted(who.principals)))
        .order_by(inbox.c.due_at, inbox.c.task_id)
        .limit(21)
    )
    with engine.read(who) as uow:
        uow.conn.execute(query).all()


def timed(read: Callable[[Engine, Actor], None], engine: Engine) -> tuple[float, float]:
    """Return median and 99th percentile in milliseconds over all people."""
    taken = []
    for who in people():
        begin = time.perf_counter()
        read(engine, who)
        taken.append((time.perf_counter() - begin) * 1000)
    taken.sort()
    return statistics.median(taken), taken[int(len(taken) * 0.99)]


def main() -> None:
    """Fill and measure every database at hand."""
    with engines() as made:
        for name, engine in made:
            start_case(engine)
            fill(engine)
            if not engine.sqlite:
                with engine.begin(SYSTEM) as uow:
                    uow.conn.exec_driver_sql("analyze")
            first_page(engine, people()[0])
            for label, read in (
                ("first page", first_page), ("ten pages", ten_pages),
                ("badge", badge), ("naive first page", naive),
            ):  # fmt: skip
                median, worst = timed(read, engine)
                print(f"{name}: {label:17} median {median:7.2f} ms  p99 {worst:7.2f} ms")


if __name__ == "__main__":
    main()
