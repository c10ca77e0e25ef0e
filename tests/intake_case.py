"""Units at work on a small award: they hand in entries, everybody by his login."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import calendar_seed
from engine.model import task
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Actor, Engine
from tests.council import MANIFEST, act
from tests.council_case import Council, actors_of
from tests.diagrams import bpmn, flow, gateway_xml
from workflows import cases, identity, registry, studio
from workflows.acts.entries import applying, importing, rows
from workflows.desk import Handed
from workflows.identity import NewAccount
from workflows.program import HOOKS
from workflows.scenario_forms import typed

PEOPLE = {
    "officer": ("ORG_DEPT", "C"), "ann": ("APPLICANT", "D"), "amy": ("APPLICANT", "D"),
    "bob": ("APPLICANT", "E"), "guard": ("SUPERVISOR", "C"), "exp": ("EXPERT", "C"),
    "eve": ("EXPERT", "D"), "far": ("TEAM", "C"),
}  # fmt: skip
ROLL = "=[{role: &quot;APPLICANT&quot;, unit: d}, {role: &quot;APPLICANT&quot;, unit: e}]"
SCORE = (
    'kind="scoring" from="apply" roll="=[{role: &quot;EXPERT&quot;, each: true}, '
    '{role: &quot;EXPERT&quot;, unit: d, each: true}]"'
)
TAKE = 'kind="intake" form="entry" per_unit="2" deadline="=deadline(today(), 5, &quot;wd&quot;)"'


def _field(kind: str, key: str, label: str, **more: Any) -> dict[str, Any]:
    properties = {"en": key.title(), **more.pop("properties", {})}
    return {"type": kind, "key": key, "label": label, "properties": properties, **more}


NEEDED = {"validate": {"required": True}}
ENTRY = [
    _field("textfield", "brand_name", "品牌名称", **NEEDED),
    _field("select", "category", "类别", values=[
        {"label": "绿色发展", "value": "green", "en": "Green"},
        {"label": "富民惠民", "value": "people", "en": "People"}], **NEEDED),
    _field("number", "years", "创建年数", decimalDigits=0,
           validate={"required": True, "min": 1, "max": 30}),
    _field("textarea", "story", "主要做法"),
    _field("textfield", "contact", "联系人", properties={"identity": "true"}),
    _field("filepicker", "paper", "证明材料", accept=".pdf,.txt", multiple=True),
]  # fmt: skip


def award(take: str = "", roll: str = ROLL, **fields: Any) -> Package:
    """Return the package; *take* adds attributes to the intake."""
    components = [{**each, **fields.get(each["key"], {})} for each in ENTRY]
    text = [_field("textfield", key, key, properties={"variable": key}) for key in ("d", "e")]
    main = bpmn(
        "council",
        '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="ORG_DEPT"/>'
        "</bpmn:extensionElements></bpmn:startEvent>",
        flow("f1", "begin", "apply"),
        act("apply", "申报", f'{TAKE} roll="{roll}" {take}', no="1", role="ORG_DEPT"),
        flow("f2", "apply", "score"),
        act("score", "评审打分", SCORE, no="2", role="ORG_DEPT", returns="apply"),
        flow("f3", "score", "g"),
        gateway_xml("g", default="f5"),
        flow("f4", "g", "apply", "=return_to = &quot;apply&quot;"),
        flow("f5", "g", "end"),
        '<bpmn:endEvent id="end"/>',
    )

    def form(parts: list[dict[str, Any]]) -> bytes:
        whole = {"schemaVersion": 19, "type": "default", "components": parts}
        return json.dumps(whole, ensure_ascii=False).encode()

    title = _field("textfield", "title", "事项名称")
    return Package("council", {
        "process.toml": MANIFEST.encode(), "process.bpmn": main,
        "forms/begin.json": form([title, *text]), "forms/entry.json": form(components),
    })  # fmt: skip


@dataclass
class Award(Council):
    """The institution with the process deployed and an intake that is open."""

    def begin(self, login: str) -> str:
        with self.engine.begin(self.actors[login]) as uow:
            return applying.begin(uow, self.part_of(login))

    def part_of(self, login: str, node: str = "apply") -> str:
        actor = self.actors[login]
        with self.engine.read(SYSTEM) as uow:
            mine = task.c.principal.in_(actor.principals | {actor.personal})
            lead = task.c.part_of == self.lead_in(uow, node)
            return str(uow.conn.scalar(sa.select(task.c.id).where(lead, mine)))

    def row_of(self, entry: str) -> Any:
        with self.engine.read(SYSTEM) as uow:
            return rows.get(uow, entry)

    def submit(self, login: str, entry: str, **given: Any) -> bool:
        with self.engine.begin(self.actors[login]) as uow:
            mine, row = applying.of_entry(uow, entry)
            raw = typed(mine.form, mine.context(row), given)
            applying.save(mine, row, raw)
        with self.engine.begin(self.actors[login]) as uow:
            return applying.submit(uow, entry, raw, Handed())

    def enter(self, login: str, name: str, **more: Any) -> str:
        """Begin and submit one entry."""
        entry = self.begin(login)
        self.submit(login, entry, **{"brand_name": name, "category": "green", "years": 3, **more})
        return entry

    def send(self, login: str, content: bytes, key: str | None = None, name: str = "a.csv") -> Any:
        part = self.part_of(login)
        with self.engine.begin(self.actors[login]) as uow:
            return importing.take(uow, part, (name, content), Handed(key=key))


def set_up(engine: Engine, package: Package | None = None, *, opened: bool = True) -> Award:
    """Add units, people and the process; start a case and open its intake."""
    engine.hooks = HOOKS
    ids: dict[str, str] = {}
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        units = {"C": registry.add_unit(uow, "C", "云汀市委")}
        units["D"] = registry.add_unit(uow, "D", "农业局", parent_id=units["C"])
        units["E"] = registry.add_unit(uow, "E", "水务局", parent_id=units["C"])
        for login, (role, home) in PEOPLE.items():
            new = NewAccount(login, f"{login}某", units[home])
            ids[login] = identity.create_account(uow, new, "x")
            identity.grant(uow, ids[login], role, units[home])
        studio.deploy(uow, package or award())
    made = Award(engine, units, actors_of(engine, ids))
    _start(made)
    if opened:
        made.open("apply")
    return made


def _start(made: Award) -> None:
    raw = {"title": "品牌评选", "d": made.units["D"], "e": made.units["E"]}
    officer: Actor = made.actors["officer"]
    with made.engine.begin(officer) as uow:
        found = cases.start(uow, "council", raw, unit=made.units["C"])
    assert found is not None
    made.case_id = found
