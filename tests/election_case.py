"""A branch elects two out of three: the case, the people, and what each of them does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from engine import calendar_seed
from engine.model import task
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Actor, Engine
from tests.council import MANIFEST, TEXT, act
from tests.diagrams import bpmn, flow
from workflows import cases, identity, registry, studio
from workflows.acts import preparing as acts
from workflows.acts.secret import meeting, people
from workflows.ballots import events, handing
from workflows.ballots.events import Hall
from workflows.ballots.places import hall_of
from workflows.identity import NewAccount
from workflows.program import HOOKS

STAFF = {
    "chair": "ORG_DEPT", "wei1": "EXPERT", "wei2": "EXPERT", "wei3": "EXPERT",
    "tell1": "EXPERT", "tell2": "EXPERT", "door": "EXPERT", "guard": "SUPERVISOR", "far": "TEAM",
    "jia": "EXPERT", "yi": "EXPERT",
}  # fmt: skip
NAMES = {
    "chair": "陈主持", "wei1": "魏一", "wei2": "魏二", "wei3": "魏三", "tell1": "季一",
    "tell2": "季二", "door": "钱道", "guard": "沈铮", "far": "外人", "jia": "贾民", "yi": "易民",
}  # fmt: skip
VOTERS = ("张三", "李四", "王五", "赵六", "孙七")
CANDIDATES = ("陈志远", "何静", "刘洋")
PHRASE = "监票人的口令不外传"


def package(**more: str) -> Package:
    """Return a process of one act, an election; *more* are attributes of ``lx:act``."""
    given = {
        "kind": "election", "entries": "=entries", "seats": "=2", "channel": "mixed",
        "title": "第三支部委员会委员选举", **more,
    }  # fmt: skip
    attributes = " ".join(f'{name}="{text}"' for name, text in given.items())
    main = bpmn(
        "council",
        '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="ORG_DEPT"/>'
        "</bpmn:extensionElements></bpmn:startEvent>",
        flow("f1", "begin", "vote"),
        act("vote", "选举", attributes, no="1", role="ORG_DEPT"),
        flow("f2", "vote", "end"),
        '<bpmn:endEvent id="end"/>',
    )
    form = {"schemaVersion": 19, "type": "default", "components": [
        {**TEXT, "key": "title", "label": "事项名称", "properties": {"en": "Title"}},
        {
            "type": "dynamiclist", "path": "entries", "label": "候选人", "allowAddRemove": True,
            "properties": {"variable": "entries", "en": "Candidates"},
            "components": [
                {"type": "textfield", "key": n, "label": n, "properties": {"en": n}}
                for n in ("id", "name")
            ],
        },
    ]}  # fmt: skip
    body = json.dumps(form, ensure_ascii=False).encode()
    files = {"process.toml": MANIFEST.encode(), "process.bpmn": main, "forms/begin.json": body}
    return Package("council", files)


@dataclass
class Branch:
    """The branch and its case; everybody acts by his login."""

    engine: Engine
    actors: Mapping[str, Actor]
    unit: str
    id: str = ""
    codes: list[str] = field(default_factory=list)

    @property
    def hall(self) -> Hall:
        return hall_of(self.engine)

    @property
    def event(self) -> events.Event:
        with self.engine.read(SYSTEM) as uow:
            return events.load(uow, self.id)

    def start(self) -> str:
        """Open the case and prepare its act; returns the id of the organiser's task."""
        listed = [{"id": f"c{no}", "name": name} for no, name in enumerate(CANDIDATES)]
        raw = {"title": "支部换届选举", "entries": listed}
        with self.engine.begin(self.actors["chair"]) as uow:
            case = cases.start(uow, "council", raw, unit=self.unit)
        with self.engine.read(SYSTEM) as uow:
            query = sa.select(task.c.id).where(task.c.instance_id == case)
            self.id = str(uow.conn.scalar(query))
        with self.engine.begin(self.actors["chair"]) as uow:
            acts.prepare(uow, self.id)
        return self.id

    def draft(self, voters: Sequence[Mapping[str, str]] | None = None) -> None:
        """Name the staff and load the roll."""
        lines = voters or [{"name": name} for name in VOTERS]
        with self.engine.begin(self.actors["chair"]) as uow:
            for role, logins in (
                ("scrutineer", ("wei1", "wei2", "wei3")), ("teller", ("tell1", "tell2")),
                ("desk", ("door",)),
            ):  # fmt: skip
                ids = [self.actors[login].id for login in logins]
                people.name_people(uow, self.id, role, ids)
            people.load_voters(uow, self.id, lines)

    def freeze(self) -> None:
        """Let the scrutineers choose their passphrases, freeze, make the box."""
        for login in ("wei1", "wei2", "wei3"):
            with self.engine.begin(self.actors[login]) as uow:
                handing.choose_passphrase(uow, self.id, PHRASE + login)
        with self.engine.begin(self.actors["chair"]) as uow:
            people.freeze(uow, self.id)
        codes = meeting.make_box(self.hall, self.actors["chair"], self.id)
        with self.engine.begin(self.actors["chair"]) as uow:
            handing.hand_over(uow, self.id, codes)

    def print_slips(self) -> None:
        piles = meeting.print_slips(self.hall, self.actors["chair"], self.id, spare=1)
        self.codes = [code for pile in piles for code in pile.codes]

    def begin(self) -> None:
        """Sign everybody in and begin the vote."""
        with self.engine.begin(self.actors["door"]) as uow:
            persons = [f"{no:05d}" for no in range(1, len(VOTERS) + 1)]
            meeting.sign_in_all(uow, self.id, persons)
        meeting.begin(self.hall, self.actors["chair"], self.id)

    def ready(self) -> None:
        """Bring the vote to where people cast."""
        self.start()
        self.draft()
        self.freeze()
        self.print_slips()
        self.begin()

    def close(self) -> None:
        meeting.close_box(self.hall, self.actors["chair"], self.id)

    def sign(self, subject: str, *logins: str) -> None:
        seen = getattr(self.event, f"{subject}_digest")
        for login in logins or ("wei1", "wei2"):
            with self.engine.begin(self.actors[login]) as uow:
                meeting.sign(uow, self.id, subject, seen)

    def open(self) -> None:
        """Open the box with two passphrases."""
        typed = {self.actors[login].id: PHRASE + login for login in ("wei1", "wei3")}
        with self.engine.read(SYSTEM) as uow:
            codes = handing.codes(uow, self.id, typed)
        meeting.open_box(self.hall, self.actors["wei1"], self.id, codes)


def set_up(engine: Engine, hashed: str = "x", **more: str) -> Branch:
    """Add units, people and the process."""
    engine.hooks = HOOKS
    ids: dict[str, str] = {}
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        unit = registry.add_unit(uow, "C", "云汀市委")
        for login, role in STAFF.items():
            ids[login] = identity.create_account(uow, NewAccount(login, NAMES[login], unit), hashed)
            identity.grant(uow, ids[login], role, unit)
        studio.deploy(uow, package(**more))
    with engine.read(SYSTEM) as uow:
        actors = {
            login: Actor(key, NAMES[login], identity.principals(uow, key))
            for login, key in ids.items()
        }
    return Branch(engine, actors, unit)
