"""The council at work: people, a case at its first act, and what each of them does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import calendar_seed, queries
from engine.model import task
from engine.unit_of_work import SYSTEM, Actor, Engine
from tests.council import council
from workflows import cases, identity, registry, studio
from workflows.acts import closing, preparing, taking
from workflows.desk import Handed
from workflows.identity import NewAccount
from workflows.program import HOOKS

PEOPLE = {
    "officer": "ORG_DEPT", "clerk": "ORG_DEPT", "ann": "EXPERT", "ben": "EXPERT",
    "dan": "EXPERT", "eve": "EXPERT", "guard": "SUPERVISOR", "far": "TEAM",
}  # fmt: skip
MARKS = {"a": "30", "b": "50"}


def marks(a: Any, b: Any) -> dict[str, str]:
    return {"a": str(a), "b": str(b)}


@dataclass
class Council:
    """The institution with the process deployed; everybody acts by his login."""

    engine: Engine
    units: dict[str, str]
    actors: dict[str, Actor]
    case_id: str = ""

    def start(self, entries: list[dict[str, str]] | None = None, signers: str = "ann ben") -> str:
        """Open a case; *signers* are logins of those who will countersign."""
        listed = entries or [{"id": "x", "name": "甲项目"}, {"id": "y", "name": "乙项目"}]
        people = [{"principal": self.actors[s].personal, "name": ""} for s in signers.split()]
        raw = {"title": "一次评选", "entries": listed, "signers": people}
        with self.engine.begin(self.actors["officer"]) as uow:
            found = cases.start(uow, "council", raw, unit=self.units["C"])
        assert found is not None
        self.case_id = found
        return found

    def lead(self, node: str) -> str:
        """Return the id of the organiser's latest task at *node*."""
        with self.engine.read(SYSTEM) as uow:
            return self.lead_in(uow, node)

    def part(self, login: str, node: str) -> str:
        """Return the id of the part of *login* in the latest act at *node*."""
        with self.engine.read(SYSTEM) as uow:
            who = task.c.principal == self.actors[login].personal
            query = sa.select(task.c.id).where(task.c.part_of == self.lead_in(uow, node), who)
            found = uow.conn.scalar(query)
        assert found is not None, f"{login} has no part in {node}"
        return str(found)

    def lead_in(self, uow: Any, node: str) -> str:
        mine = (task.c.instance_id == self.case_id) & (task.c.node == node)
        query = sa.select(task.c.id).where(mine, task.c.part_of.is_(None))
        return str(uow.conn.scalar(query.order_by(task.c.attempt.desc()).limit(1)))

    def open(self, node: str, login: str = "officer") -> bool:
        key = self.lead(node)
        with self.engine.begin(self.actors[login]) as uow:
            return preparing.open_(uow, key)

    def give(self, login: str, node: str, given: Mapping[str, Any], **handed: Any) -> bool:
        key = self.part(login, node)
        with self.engine.begin(self.actors[login]) as uow:
            return taking.contribute(uow, key, given, Handed(**handed))

    def say(self, login: str, opinion: str, reason: str = "", **handed: Any) -> bool:
        said = {"": {"opinion": opinion, "reason": reason}}
        return self.give(login, "sign", said, **handed)

    def close(self, node: str, reason: str = "", login: str = "officer") -> bool:
        key = self.lead(node)
        with self.engine.begin(self.actors[login]) as uow:
            return closing.close(uow, key, reason=reason)

    def confirm(self, node: str, login: str = "officer", **handed: Any) -> bool:
        key = self.lead(node)
        with self.engine.begin(self.actors[login]) as uow:
            return closing.confirm(uow, key, Handed(**handed))

    def todo(self, login: str) -> list[str]:
        with self.engine.read(self.actors[login]) as uow:
            return [row.node for row in queries.todo(uow).rows]

    def score_all(self) -> None:
        """Bring the case to its countersignature."""
        self.open("score")
        for login in ("ann", "ben", "dan", "eve"):
            self.give(login, "score", {"x": MARKS, "y": marks(20, 40)})
        self.close("score")
        self.confirm("score")


def set_up(engine: Engine, sign: str = 'rule="all" veto="true"') -> Council:
    """Add units, people and the process."""
    engine.hooks = HOOKS
    ids: dict[str, str] = {}
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        units = {"C": registry.add_unit(uow, "C", "云汀市委")}
        units["D"] = registry.add_unit(uow, "D", "农业局", parent_id=units["C"])
        for login, role in PEOPLE.items():
            home = units["D"] if login == "eve" else units["C"]
            ids[login] = identity.create_account(uow, NewAccount(login, f"{login}某", home), "x")
            identity.grant(uow, ids[login], role, units["C"])
        studio.deploy(uow, council(sign))
    return Council(engine, units, actors_of(engine, ids))


def actors_of(engine: Engine, ids: Mapping[str, str]) -> dict[str, Actor]:
    with engine.read(SYSTEM) as uow:
        return {
            login: Actor(key, f"{login}某", identity.principals(uow, key))
            for login, key in ids.items()
        }
