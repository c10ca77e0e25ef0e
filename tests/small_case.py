"""The small package in use: people, a case at its first task, what the tables hold."""

from typing import Any

import sqlalchemy as sa

from engine import calendar_seed, definitions, instances, moves, queries, tasks, worker
from engine.model import audit_entry, inbox, instance, job, step_record, task
from engine.packages import Package
from engine.tasks import Submission
from engine.unit_of_work import SYSTEM, Actor, Engine
from tests.packages import SMALL

ANN = Actor("ann", "安", frozenset({"CLERK@u"}))
BEN = Actor("ben", "本", frozenset({"HEAD@u", "CLERK@u"}))
DAN = Actor("dan", "丹", frozenset({"HEAD@u"}))
TEAM = Actor("tom", "汤", frozenset({"TEAM@u"}))
STRANGER = Actor("eve", "伊", frozenset({"CLERK@v"}))
OBJECTS = [{"id": "a", "name": "甲"}, {"id": "b", "name": "乙"}]


def deploy(engine: Engine, package: Package = SMALL) -> instances.Blueprint:
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        definition = definitions.deploy(uow, package, note="")
        return instances.blueprint(uow, definition.id)


def begin(
    engine: Engine, *, package: Package = SMALL, attributes: Any = None, **variables: Any
) -> str:
    plan = deploy(engine, package)
    with engine.begin(ANN) as uow:
        case = instances.create(
            uow,
            plan,
            package.key,
            business_key=instances.business_key(uow, "T"),
            title="一件事",
            unit="u",
            attributes=attributes or {},
            variables={"objects": OBJECTS, **variables},
        )
        moves.start(case)
        return case.id


def open_tasks(engine: Engine, actor: Actor) -> list[Any]:
    with engine.read(actor) as uow:
        return list(queries.todo(uow).rows)


def do(engine: Engine, actor: Actor, name: str, done: Submission | None = None) -> None:
    found = next(row for row in open_tasks(engine, actor) if row.name == name)
    with engine.begin(actor) as uow:
        tasks.complete(uow, tasks.held(uow, found.id), done or Submission())
    worker.drain(engine)


def snapshot(engine: Engine) -> list[Any]:
    with engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(table).order_by(*table.primary_key)).all()
            for table in (instance, task, inbox, step_record, audit_entry, job)
        ]
