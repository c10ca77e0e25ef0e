"""A small process with public acts, and the people of the institution that runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from engine import calendar_seed
from engine.model import task
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Actor, Engine
from tests.council import MANIFEST, act
from tests.diagrams import bpmn, flow
from workflows import cases, identity, registry, studio
from workflows.acts import closing, preparing
from workflows.desk import Handed
from workflows.identity import NewAccount
from workflows.program import HOOKS
from workflows.publicity import handling, intake, publishing
from workflows.publicity.handling import Judgement, Proposal
from workflows.publicity.intake import Given

POST = (
    'kind="posting" entries="=entries" days="5" fields="name unit birth" phone="0752-12380" '
    'channels="=[&quot;网站&quot;, &quot;公告栏&quot;]" handlers="DISCIPLINE"'
)
VOTE = 'kind="online_vote" entries="=entries" days="3" burst="4"'
ENTRIES = (
    {"id": "x", "name": "甲项目", "unit_id": "", "unit": "甲乡", "birth": "1975-03-09"},
    {"id": "y", "name": "乙项目", "unit_id": "", "unit": "乙镇", "birth": "198004"},
)
PEOPLE = {
    "officer": "ORG_DEPT", "clerk": "ORG_DEPT", "judge": "DISCIPLINE", "second": "DISCIPLINE",
    "rural": "DISCIPLINE", "sup": "CADRE_SUP", "guard": "SUPERVISOR", "ann": "EXPERT",
}  # fmt: skip
UPHELD = {"finding": "属实影响", "reason": "材料与事实不符"}
UNFOUNDED = {"finding": "失实", "reason": "经核查不属实"}


def board(**acts: str) -> Package:
    """Return a package whose acts follow one another: node → attributes of ``lx:act``."""
    nodes = list(acts)
    path = ["begin", *nodes, "end"]
    main = bpmn(
        "board",
        '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="ORG_DEPT"/>'
        "</bpmn:extensionElements></bpmn:startEvent>",
        *[act(node, "公示", acts[node], no="1", role="ORG_DEPT") for node in nodes],
        *[flow(f"f{n}", a, b) for n, (a, b) in enumerate(pairwise(path))],
        '<bpmn:endEvent id="end"/>',
    )
    text = {"type": "textfield"}
    names = ("id", "name", "unit_id", "unit", "birth")
    form = {"schemaVersion": 19, "type": "default", "components": [
        {**text, "key": "title", "label": "事项名称", "properties": {"en": "Title"}},
        {"type": "dynamiclist", "path": "entries", "label": "项目", "allowAddRemove": True,
         "properties": {"variable": "entries", "en": "Entries"},
         "components": [{**text, "key": n, "label": n, "properties": {"en": n}} for n in names]},
    ]}  # fmt: skip
    manifest = MANIFEST.replace('"council"', '"board"').encode()
    body = json.dumps(form, ensure_ascii=False).encode()
    return Package("board", {"process.toml": manifest, "process.bpmn": main,
                             "forms/begin.json": body})  # fmt: skip


@dataclass
class Board:
    """The institution; everybody acts by his login, outsiders by nobody's."""

    engine: Engine
    units: dict[str, str]
    actors: dict[str, Actor]
    case_id: str = ""
    codes: list[str] = field(default_factory=list)

    def lead(self, node: str = "post") -> str:
        with self.engine.read(SYSTEM) as uow:
            mine = (task.c.instance_id == self.case_id) & (task.c.node == node)
            query = sa.select(task.c.id).where(mine, task.c.part_of.is_(None))
            return str(uow.conn.scalar(query.order_by(task.c.attempt.desc()).limit(1)))

    def prepare(self, node: str = "post", login: str = "officer") -> None:
        key = self.lead(node)
        with self.engine.begin(self.actors[login]) as uow:
            preparing.prepare(uow, key)

    def open(self, node: str = "post", login: str = "officer") -> bool:
        key = self.lead(node)
        with self.engine.begin(self.actors[login]) as uow:
            return preparing.open_(uow, key)

    def close(self, node: str = "post", login: str = "officer") -> bool:
        key = self.lead(node)
        with self.engine.begin(self.actors[login]) as uow:
            return closing.close(uow, key)

    def confirm(self, node: str = "post", **handed: Any) -> bool:
        key = self.lead(node)
        with self.engine.begin(self.actors["officer"]) as uow:
            return closing.confirm(uow, key, Handed(**handed))

    def posting(self) -> Any:
        with self.engine.read(SYSTEM) as uow:
            return publishing.of(uow, self.lead_in(uow))

    def lead_in(self, uow: Any, node: str = "post") -> str:
        mine = (task.c.instance_id == self.case_id) & (task.c.node == node)
        query = sa.select(task.c.id).where(mine, task.c.part_of.is_(None))
        return str(uow.conn.scalar(query.order_by(task.c.attempt.desc()).limit(1)))

    def last_day(self) -> str:
        with self.engine.read(SYSTEM) as uow:
            found = publishing.period_of(uow, publishing.of(uow, self.lead_in(uow)))
        return f"{found.last_day}{' standing' if found.standing else ''}"

    def object(self, text: str = "材料有假", **more: Any) -> str:
        key = self.posting().key
        with self.engine.begin(intake.PUBLIC) as uow:
            code = intake.object_(uow, key, Given(text, **more))
        self.codes.append(code)
        return code

    def objections(self) -> list[Any]:
        with self.engine.read(SYSTEM) as uow:
            return publishing.objections(uow, self.lead_in(uow))

    def triage(self, no: int = 1, login: str = "judge", **judged: Any) -> None:
        key = self.objections()[no - 1].id
        with self.engine.begin(self.actors[login]) as uow:
            handling.triage(uow, key, Judgement(**{"note": "线索", **judged}))

    def propose(self, ruling: Mapping[str, Any], no: int = 1, login: str = "judge") -> None:
        key = self.objections()[no - 1].id
        with self.engine.begin(self.actors[login]) as uow:
            handling.propose(uow, key, Proposal(ruling, "已核查，谢谢监督", "查阅了账目"))

    def decide(self, no: int = 1, login: str = "second", *, agree: bool = True) -> None:
        key = self.objections()[no - 1].id
        with self.engine.begin(self.actors[login]) as uow:
            handling.decide(uow, key, agree=agree, note="" if agree else "再查")

    def settle(self, ruling: Mapping[str, Any], no: int = 1) -> None:
        """Take one objection from its arrival to its conclusion."""
        self.triage(no, concrete=True, concerns=[key for key in ruling if key])
        self.propose(ruling, no)
        self.decide(no)


def set_up(engine: Engine, **acts: str) -> Board:
    """Add units, people, the calendar and the process, and start a case."""
    engine.hooks = HOOKS
    ids: dict[str, str] = {}
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        units = {"C": registry.add_unit(uow, "C", "云汀市委")}
        units["D"] = registry.add_unit(uow, "D", "甲乡", parent_id=units["C"])
        for login, role in PEOPLE.items():
            home = units["D"] if login == "rural" else units["C"]
            ids[login] = identity.create_account(uow, NewAccount(login, f"{login}某", home), "x")
            identity.grant(uow, ids[login], role, units["C"])
        studio.deploy(uow, board(**(acts or {"post": POST})))
    with engine.read(SYSTEM) as uow:
        actors = {
            login: Actor(key, f"{login}某", identity.principals(uow, key))
            for login, key in ids.items()
        }
    made = Board(engine, units, actors)
    entries = [{**each, "unit_id": units["D"] if each["id"] == "x" else ""} for each in ENTRIES]
    with engine.begin(actors["officer"]) as uow:
        raw = {"title": "党建品牌", "entries": entries}
        made.case_id = str(cases.start(uow, "board", raw, unit=units["C"]))
    return made
