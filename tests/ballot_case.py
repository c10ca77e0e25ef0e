"""A small process with one secret act, and the scenario that plays it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from engine import calendar_seed, spiff
from engine.model import instance
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Actor, Engine
from tests.council import act
from tests.council_case import actors_of
from tests.diagrams import bpmn, flow
from workflows import cases, identity, registry, scenario_ballots, studio
from workflows.acts import closing, rows
from workflows.ballots import events, places
from workflows.desk import Handed
from workflows.identity import NewAccount
from workflows.program import HOOKS
from workflows.scenario_acts import whole

MANIFEST = """
key = "assembly"
category = "test"
business_key_prefix = "AS"
rule_pack = "current"
[title]
zh = "选举流程"
en = "Election"
[description]
zh = "一次无记名投票。"
en = "One secret ballot."
[[steps]]
no = 1
zh = "选举大会"
en = "Election meeting"
stage = "a"
"""
ANSWERS = """
[actors]
office = "chenzhiyuan"
s1 = "jiangping"
s2 = "qiuyun"
s3 = "tanghao"
t1 = "weilin"
t2 = "yuanfang"
[start]
actor = "office"
[start.form]
title = "换届选举"
"""
HEAD = '[scenario]\nzh = "一次投票"\nen = "A vote"\nclock = "2026-03-02T09:00"\n'
FOUR = ("甲", "乙", "丙", "丁")


def entries(*names: str) -> str:
    listed = ", ".join(
        f"{{id: &quot;c{no}&quot;, name: &quot;{each}&quot;}}" for no, each in enumerate(names, 1)
    )
    return f'entries="=[{listed}]"'


def assembly(*attributes: str, **scenario: str) -> Package:
    """Return the package; each of *attributes* is one act, in their order: v1, v2 …"""
    nodes = [f"v{no}" for no in range(1, len(attributes) + 1)]
    line = pairwise(["begin", *nodes, "end"])
    main = bpmn(
        "assembly",
        '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="ORG_DEPT"/>'
        "</bpmn:extensionElements></bpmn:startEvent>",
        *(act(n, f"投票{n}", one, no="1", role="ORG_DEPT")
          for n, one in zip(nodes, attributes, strict=True)),
        *(flow(f"f{no}", *pair) for no, pair in enumerate(line)),
        '<bpmn:endEvent id="end"/>',
    )  # fmt: skip
    form = {"schemaVersion": 19, "type": "default", "components": [
        {"type": "textfield", "key": "title", "label": "事项名称", "properties": {"en": "Title"}},
    ]}  # fmt: skip
    files = {
        "process.toml": MANIFEST.encode(), "process.bpmn": main,
        "forms/begin.json": json.dumps(form, ensure_ascii=False).encode(),
    }  # fmt: skip
    files |= {f"scenarios/{name}.toml": text.encode() for name, text in scenario.items()}
    return Package("assembly", files)


def acts(*lines: str) -> str:
    """Return acts of a scenario; the node is v1 unless a line says otherwise."""
    made = []
    for line in lines:
        body = line if "node" in line else f'node = "v1"\n{line}'
        actor = "" if "actor" in line else 'actor = "office"\n'
        made.append(f"[[act]]\n{actor}{body}\n")
    return HEAD + "".join(made)


NAMED = (
    'do = "name"\nrole = "scrutineer"\nwho = ["s1", "s2", "s3"]',
    'do = "name"\nrole = "teller"\nwho = ["t1", "t2"]',
)
COUNTED = (
    'do = "close_box"',
    'do = "sign"',
    'do = "open_box"',
    'do = "sign"\nsubject = "result"',
    'do = "close"',
)


PEOPLE = {
    "office": "ORG_DEPT", "clerk": "ORG_DEPT", "s1": "SCRUTINEER", "s2": "SCRUTINEER",
    "s3": "SCRUTINEER", "t1": "TELLER", "t2": "TELLER", "desk": "MEMBER", "m1": "MEMBER",
    "m2": "MEMBER", "guard": "SUPERVISOR",
}  # fmt: skip


@dataclass
class Assembly:
    """An institution with the process deployed and a case at its first vote.

    It is a rehearsal too: ``do`` plays what a scenario would.
    """

    engine: Engine
    units: dict[str, str]
    people: Mapping[str, Actor]
    case_id: str = ""
    common: dict[str, Any] = field(default_factory=dict)
    hands: dict[str, Any] = field(default_factory=dict)

    @property
    def hall(self) -> events.Hall:
        return places.hall_of(self.engine)

    def lead(self, node: str = "v1") -> str:
        with self.engine.read(SYSTEM) as uow:
            return whole(uow, {"node": node}, self.case_id)

    def event(self, node: str = "v1") -> events.Event:
        with self.engine.read(SYSTEM) as uow:
            return events.load(uow, self.lead(node))

    def do(self, verb: str, node: str = "v1", actor: str = "office", **act: Any) -> None:
        given = {"do": verb, "node": node, **act}
        scenario_ballots.play(self, self.people[actor], given, self.case_id)

    def named(self, node: str = "v1", tellers: bool = False) -> None:
        self.do("name", node, role="scrutineer", who=["s1", "s2", "s3"])
        if tellers:
            self.do("name", node, role="teller", who=["t1", "t2"])

    def voting(self, count: int = 10, present: int | None = None, *, tellers: bool = False) -> None:
        """Bring the first vote to the point where ballots are cast."""
        self.named(tellers=tellers)
        self.do("import_voters", count=count)
        self.do("ready")
        self.do("sign_in", count=present or count)
        self.do("begin")

    def counted(self, node: str = "v1") -> None:
        """Close, sign, count, sign."""
        self.do("close_box", node)
        self.do("sign", node)
        self.do("open_box", node)
        self.do("sign", node, subject="result")

    def close(self, node: str = "v1") -> Any:
        with self.engine.begin(self.people["office"]) as uow:
            closing.close(uow, self.lead(node))
        return self.result(node)

    def confirm(self, node: str = "v1", reason: str = "") -> None:
        with self.engine.begin(self.people["office"]) as uow:
            closing.confirm(uow, self.lead(node), Handed(reason=reason))

    def result(self, node: str = "v1") -> Any:
        with self.engine.read(SYSTEM) as uow:
            return rows.of_task(uow, self.lead(node)).result

    def variables(self) -> dict[str, Any]:
        with self.engine.read(SYSTEM) as uow:
            query = sa.select(instance.c.body).where(instance.c.id == self.case_id)
            body: dict[str, Any] = spiff.read_body(uow.conn.scalar(query))["v"]
        return body


def set_up(engine: Engine, *attributes: str) -> Assembly:
    """Add a unit, people and the process, and open a case."""
    engine.hooks = HOOKS
    ids: dict[str, str] = {}
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        units = {"C": registry.add_unit(uow, "C", "云汀市委")}
        for login, role in PEOPLE.items():
            person = registry.add_person(uow, registry.NewPerson(f"{login}某", units["C"]))
            new = NewAccount(login, f"{login}某", units["C"], person)
            ids[login] = identity.create_account(uow, new, "x")
            identity.grant(uow, ids[login], role, units["C"])
        studio.deploy(uow, assembly(*attributes))
    made = Assembly(engine, units, actors_of(engine, ids))
    with engine.begin(made.people["office"]) as uow:
        found = cases.start(uow, "assembly", {"title": "换届选举"}, unit=units["C"])
    assert found is not None
    made.case_id = found
    return made
