"""A panel at work: more experts and entries than the council has, and what each of them does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine import calendar_seed
from engine.model import task
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Engine
from tests.council import TEXT
from tests.council import _list as listed
from tests.council_case import Council, actors_of
from tests.diagrams import bpmn, flow
from tests.packages import user
from workflows import cases, identity, registry, studio
from workflows.acts import preparing, rows
from workflows.acts.panel import declaring, lists, replacing
from workflows.acts.preparing import Pin
from workflows.identity import NewAccount
from workflows.program import HOOKS

MANIFEST = """
key = "panel"
category = "test"
business_key_prefix = "PA"
rule_pack = "current"
[title]
zh = "专家评审"
en = "Panel"
[description]
zh = "分组评审。"
en = "Panels."
[[steps]]
no = 1
zh = "评审"
en = "Review"
stage = "a"
"""
FIELDS = ("id", "name", "unit_id", "category", "room", "person", "nominator")
FORM = {"schemaVersion": 19, "type": "default", "components": [
    {**TEXT, "key": "title", "label": "事项名称", "properties": {"en": "Title"}},
    listed("entries", "参评项目", FIELDS), listed("spare", "替补评委", ("principal",)),
]}  # fmt: skip
CRITERIA = (
    'criteria="=[{id: &quot;a&quot;, name: &quot;开创性&quot;, most: 40}, '
    '{id: &quot;b&quot;, name: &quot;实效性&quot;, most: 60}]"'
)
ROLL = 'roll="=[{role: &quot;EXPERT&quot;, each: true}]"'


def package(attributes: str) -> Package:
    """Return a process of one scoring act with *attributes* beside roll and entries."""
    act = user("score", "评审打分", no="1", role="ORG_DEPT").replace(
        "</bpmn:extensionElements>",
        f'<lx:act kind="scoring" entries="=entries" {ROLL} {attributes} '
        'deadline="=deadline(today(), 5, &quot;wd&quot;)"/></bpmn:extensionElements>',
    )
    main = bpmn(
        "panel",
        '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="ORG_DEPT"/>'
        "</bpmn:extensionElements></bpmn:startEvent>",
        flow("f1", "begin", "score"), act, flow("f2", "score", "end"),
        '<bpmn:endEvent id="end"/>',
    )  # fmt: skip
    files = {
        "process.toml": MANIFEST.encode(),
        "process.bpmn": main,
        "forms/begin.json": json.dumps(FORM).encode(),
    }
    return Package("panel", files)


@dataclass
class PanelCase(Council):
    """The panel; everybody acts by his login, entries are named by their ids."""

    experts: list[str] = field(default_factory=list)

    def begin(self, entries: list[dict[str, Any]], spare: str = "") -> str:
        """Open a case on *entries*; *spare* are the logins of substitutes."""
        raw = {
            "title": "一次评审", "entries": entries,
            "spare": [{"principal": self.actors[s].personal} for s in spare.split()],
        }  # fmt: skip
        with self.engine.begin(self.actors["officer"]) as uow:
            found = cases.start(uow, "panel", raw, unit=self.units["C"])
        assert found is not None
        self.case_id = found
        return found

    def prepare(self) -> None:
        with self.engine.begin(self.actors["officer"]) as uow:
            preparing.prepare(uow, self.lead_in(uow, "score"))

    def assign(self) -> None:
        with self.engine.begin(self.actors["officer"]) as uow:
            replacing.assign(uow, self.lead_in(uow, "score"))

    def panel(self) -> lists.Panel:
        with self.engine.read(SYSTEM) as uow:
            return lists.panel(uow, rows.of_task(uow, self.lead_in(uow, "score")))

    def entries_of(self, login: str) -> set[str]:
        found = self.panel()
        return set(found.entries_of(self.who(login, found)))

    def who(self, login: str, found: lists.Panel | None = None) -> Any:
        people = (found or self.panel()).people.values()
        return next(who for who in people if who.principal == self.actors[login].personal)

    def judges(self, entry: str) -> set[str]:
        named = {self.actors[login].personal: login for login in self.experts}
        return {named[who.principal] for who in self.panel().of_entry(entry)}

    def judges_not(self, login: str) -> set[str]:
        """Return the entries that somebody does not have."""
        every = {entry["id"] for entry in self.panel().settings["entries"]}
        return every - self.entries_of(login)

    def pin(self, login: str, entry: str, reason: str = "亲属关系") -> None:
        key = self.who(login).id
        with self.engine.begin(self.actors["officer"]) as uow:
            preparing.pin(uow, self.lead_in(uow, "score"), Pin(key, entry, reason))

    def declare(self, login: str, named: Mapping[str, str] | None = None, key: Any = None) -> bool:
        part = self.part(login, "score")
        with self.engine.begin(self.actors[login]) as uow:
            return declaring.declare(uow, part, named or {}, key=key)

    def replace(self, login: str, reason: str = "因病不能参加") -> list[str]:
        key = self.who(login).id
        with self.engine.begin(self.actors["officer"]) as uow:
            return replacing.replace(uow, self.lead_in(uow, "score"), key, reason)

    def parts(self) -> int:
        with self.engine.read(SYSTEM) as uow:
            query = sa.select(sa.func.count()).select_from(task)
            return int(uow.conn.scalar(query.where(task.c.part_of.is_not(None))) or 0)


def set_up(
    engine: Engine, attributes: str, experts: int = 6, spare: int = 2, criteria: str = CRITERIA
) -> PanelCase:
    """Add units, e1 … eN with the role of the roll, s1 … as substitutes, and the process."""
    engine.hooks = HOOKS
    ids: dict[str, str] = {}
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        units = {"C": registry.add_unit(uow, "C", "云汀市委")}
        units["D"] = registry.add_unit(uow, "D", "农业局", parent_id=units["C"])
        logins = [f"e{n}" for n in range(1, experts + 1)]
        others = {f"s{n}": "TEAM" for n in range(1, spare + 1)}
        roles = {"officer": "ORG_DEPT", "guard": "SUPERVISOR", "far": "SITE_TEAM", **others}
        roles |= dict.fromkeys(logins, "EXPERT")
        for login, role in roles.items():
            home = units["D"] if login == "e1" else units["C"]
            ids[login] = identity.create_account(uow, NewAccount(login, f"{login}评委", home), "x")
            identity.grant(uow, ids[login], role, units["C"])
        studio.deploy(uow, package(f"{criteria} {attributes}"))
    return PanelCase(engine, units, actors_of(engine, ids), experts=[*logins, *others])


def entries(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"n{n}", "name": f"项目{n}", **more} for n in range(1, count + 1)]
