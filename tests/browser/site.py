"""A running site to click through: a real server, a SQLite file, a clock that a test moves.

One server lives as long as the test run; each test puts its own application behind it. Nothing
runs in the background: ``Site.move`` moves the clock and does what has become due.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import waitress

from engine import worker
from engine.model import task
from engine.packages import Package
from engine.unit_of_work import CHINA, SYSTEM, Engine
from tests.conftest import Clock
from web.app import create_app
from workflows import rehearsal_people, scenario_dates, scenario_scale, scenarios, studio
from workflows.program import open_engine
from workflows.scenarios import ANSWERS, Run

PACKAGE = next(each for each in studio.shipped() if each.key == "cadre_ten_step")
Application = Callable[[Any, Any], Any]


class Server:
    """Waitress on a free port; what it serves can be exchanged."""

    def __init__(self) -> None:
        self.application: Application | None = None
        self._server = waitress.create_server(self._answer, host="127.0.0.1", port=0, threads=4)
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def _answer(self, environment: Any, start: Any) -> Any:
        assert self.application is not None
        return self.application(environment, start)

    def stop(self) -> None:
        """Close the port from inside the server's own loop, and wait for its end."""
        self._server.trigger.pull_trigger(self._server.close)
        self._thread.join(10)


@dataclass
class Site:
    """The site of one test, and the case it is about."""

    engine: Engine
    clock: Clock
    url: str
    run: Run
    script: Mapping[str, Any]
    common: Mapping[str, Any] = field(default_factory=dict)
    package: Package = PACKAGE

    @property
    def acts(self) -> list[Mapping[str, Any]]:
        return list(self.script.get("act", []))

    def move(self, act: Mapping[str, Any]) -> None:
        """Carry out an act ``clock`` of a scenario."""
        scenarios._move_clock(self.run, act)

    def set_clock(self, text: str) -> None:
        """Set the clock to a moment in China and do what has become due."""
        self.clock.now = datetime.fromisoformat(text).replace(tzinfo=CHINA)
        worker.drain(self.engine)

    def start(self) -> str:
        """Open the case through the commands the pages use; returns its id."""
        scenarios._start(self.run)
        return self.run.case_id

    def play(self, until: str = "") -> None:
        """Play the scenario behind the pages, up to the act that does the node *until*."""
        if not self.run.case_id:
            self.start()
        for number, act in enumerate(self.acts, start=1):
            for step in single(act):
                if until and step.get("node") == until:
                    return
                self.clock.move(minutes=7)
                scenarios._act(self.run, f"{number}", step)

    def act(self, **act: Any) -> None:
        """Do one act behind the pages."""
        scenarios._act(self.run, "aside", act)

    def answers(self, node: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return what a person types into the form of *node* today."""
        given = {**self.common.get(node, {}).get("data", {}), **(more or {})}
        with self.engine.read(SYSTEM) as uow:
            variables = scenarios.spiff.read_body(_row(uow, self.run.case_id)["body"])["v"]
            return dict(scenario_dates.dated(uow, given, variables))

    def login(self, node: str) -> str:
        """Return the account that usually does *node*."""
        actor = self.common[node]["actor"]
        return str(self.common["actors"].get(actor, actor))

    def task(self, node: str, child: str = "") -> str:
        """Return the id of the open task of *node*, in the case or in one of its children."""
        target = scenarios._child(self.run, node, child) if child else self.run.case_id
        with self.engine.read(SYSTEM) as uow:
            found = [row.id for row in scenarios._tasks(uow, target) if row.node == node]
        assert found, f"{node} is not open in {child or 'the case'}"
        return str(found[0])

    def records(self) -> int:
        """Return how many entries the step record of the case has."""
        with self.engine.read(SYSTEM) as uow:
            count = scenarios.sa.text("select count(*) from step_record")
            return int(uow.conn.scalar(count) or 0)

    def only_case(self) -> str:
        """Return the id of the one case of this site."""
        with self.engine.read(SYSTEM) as uow:
            query = scenarios.sa.text("select id from instance where parent_id is null")
            return str(uow.conn.execute(query).scalar_one())

    def places(self) -> dict[str, str]:
        """Return ids to fill into addresses: the case, a child, a record, tasks, one of each."""
        asked = {
            "child": "select id from instance where parent_id is not null",
            "record": "select id from step_record where node = 'S3_meeting'",
            "done": "select id from task where node = 'S3_meeting'",
            "task": "select id from task where node = 'S8_meeting'",
        }
        asked |= {
            name: f"select id from {name} order by id"
            for name in ("person", "post", "account", "unit")
        }
        with self.engine.read(SYSTEM) as uow:
            found = {
                name: str(uow.conn.scalar(scenarios.sa.text(query)))
                for name, query in asked.items()
            }
        return {"case": self.run.case_id, **found}

    def status_of(self, task_id: str) -> str:
        """Return whether a task is open, claimed, completed or cancelled."""
        with self.engine.read(SYSTEM) as uow:
            query = scenarios.sa.select(task.c.status).where(task.c.id == task_id)
            return str(uow.conn.scalar(query))


def open_site(server: Server, database: Path, scenario: str, package: Package = PACKAGE) -> Site:
    """Put the site with the database file *database* behind *server*."""
    script = scenario_scale.filled(scenarios._whole(package, scenario), {})
    common = package.scenarios[ANSWERS]
    clock = Clock(datetime.fromisoformat(script["scenario"]["clock"]).replace(tzinfo=CHINA))
    engine = open_engine(f"sqlite:///{database}", clock=clock, files=database.parent / "files")
    people = rehearsal_people.by_login(engine)
    run = Run(engine, clock, package, scenario, people, script=script, common=common)
    server.application = create_app(engine)
    return Site(engine, clock, server.url, run, script, common, package)


def single(act: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Split an act that does several nodes into one act for each node."""
    nodes = act.get("nodes")
    if not nodes:
        return [act]
    plain = {key: value for key, value in act.items() if key not in ("nodes", "expect")}
    return [{**plain, "node": node} for node in nodes]


def _row(uow: Any, case_id: str) -> Mapping[str, Any]:
    row = scenarios.answers.instance_row(uow, case_id)
    assert row is not None
    return row
