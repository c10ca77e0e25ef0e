"""10,000 people take part in one act: the first against the last, and closing it.

A countersignature with a roll of 10,000 accounts; each hands in once, in one transaction. The
cost of the first WINDOW is compared with that of the last. Closing reads them all and counts.
"""

from __future__ import annotations

import sqlalchemy as sa

from benchmarks.common import HEAD, Cost, engines, measure
from engine import calendar_seed, definitions, instances, moves
from engine.model import instance, new_id
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Actor, Engine
from workflows import registry
from workflows.acts import closing, preparing, taking
from workflows.acts.model import act_participant
from workflows.model import account, role_assignment
from workflows.program import HOOKS

PEOPLE = 10_000
WINDOW = 500
FLOWS = (
    '<bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="sign"/>'
    '<bpmn:sequenceFlow id="f2" sourceRef="sign" targetRef="end"/><bpmn:endEvent id="end"/>'
)
DIAGRAM = (
    HEAD + '<bpmn:process id="many" isExecutable="true"><bpmn:startEvent id="begin">'
    '<bpmn:extensionElements><lx:start roles="ORG_DEPT"/></bpmn:extensionElements>'
    '</bpmn:startEvent><bpmn:userTask id="sign" name="会签"><bpmn:extensionElements>'
    '<lx:step no="1" role="ORG_DEPT" en="Sign"/><lx:act kind="countersign" rule="ratio" '
    'ratio="1/2" reading="more_than" base="roll" '
    'roll="=[{role: &quot;MEMBER&quot;, each: true}]"/>'
    f"</bpmn:extensionElements></bpmn:userTask>{FLOWS}</bpmn:process></bpmn:definitions>"
)
MANIFEST = """
key = "many"
category = "bench"
business_key_prefix = "M"
title = { zh = "会签", en = "Sign" }
[[steps]]
no = 1
zh = "会签"
en = "Sign"
stage = "work"
"""
EMPTY = '{"schemaVersion": 19, "type": "default", "components": []}'
FILES = {"process.toml": MANIFEST, "process.bpmn": DIAGRAM, "forms/begin.json": EMPTY}
PACKAGE = Package("many", {name: text.encode() for name, text in FILES.items()})
AGREE = {"": {"opinion": "同意"}}


def set_up(engine: Engine) -> tuple[str, Actor]:
    """Add the people and start a case; returns it and its organiser."""
    engine.hooks = HOOKS
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2024, 2026)
        unit = registry.add_unit(uow, "U", "单位")
        ids = [new_id() for _ in range(PEOPLE)]
        same = {"unit_id": unit, "password": "x", "created_at": uow.now, "password_at": uow.now}
        people = [{"id": k, "login": f"p{n}", "name": f"人{n}", **same} for n, k in enumerate(ids)]
        uow.conn.execute(account.insert(), people)
        held = {"role": "MEMBER", "unit_id": unit, "valid_from": uow.today, "granted_by": "x"}
        held |= {"granted_at": uow.now}
        roles = [{"id": new_id(), "account_id": key, **held} for key in ids]
        uow.conn.execute(role_assignment.insert(), roles)
        plan = instances.blueprint(uow, definitions.deploy(uow, PACKAGE, note="").id)
        organiser = Actor("organiser", "组织部", frozenset({f"ORG_DEPT@{unit}"}))
        case = instances.create(
            uow, plan, "many", business_key=instances.business_key(uow, "M"), title="测速",
            unit=unit, variables={},
        )  # fmt: skip
        moves.start(case)
    return case.id, organiser


def parts(engine: Engine, case_id: str, organiser: Actor) -> tuple[str, list[tuple[str, Actor]]]:
    """Open the act; returns its task, and every part with the person it belongs to."""
    with engine.read(organiser) as uow:
        lead = uow.conn.scalar(
            sa.text("select id from task where instance_id = :case").bindparams(case=case_id)
        )
    with engine.begin(organiser) as uow:
        preparing.open_(uow, lead)
    with engine.read(SYSTEM) as uow:
        query = sa.select(act_participant).order_by(act_participant.c.no)
        found = uow.conn.execute(query).all()
    unit = next(iter(organiser.principals)).partition("@")[2]
    return lead, [
        (row.task_id, Actor(row.principal[5:], row.name,
                            frozenset({row.principal, f"MEMBER@{unit}"})))
        for row in found
    ]  # fmt: skip


def hand_in(engine: Engine, given: list[tuple[str, Actor]]) -> Cost:
    """Hand in one part after the other; returns the mean cost."""
    waiting = iter(given)

    def one() -> None:
        part, person = next(waiting)
        with engine.begin(person) as uow:
            taking.contribute(uow, part, AGREE)

    return measure(one, len(given))


def main() -> None:
    """Print the comparison for every database at hand."""
    with engines() as made:
        for name, engine in made:
            case_id, organiser = set_up(engine)
            found: list[tuple[str, list[tuple[str, Actor]]]] = []
            cost = measure(lambda: found.append(parts(engine, case_id, organiser)), 1)  # noqa: B023
            lead, every = found[0]
            print(f"{name}: open for {PEOPLE}  {cost}")
            early = hand_in(engine, every[:WINDOW])
            hand_in(engine, every[WINDOW:-WINDOW])
            late = hand_in(engine, every[-WINDOW:])
            print(f"{name}: first {WINDOW}       {early}")
            print(f"{name}: last {WINDOW}        {late}")
            print(f"{name}: late / early     {late.cpu_ms / early.cpu_ms:.2f} CPU "
                  f"{late.wall_ms / early.wall_ms:.2f} wall")  # fmt: skip

            def close() -> None:
                with engine.begin(organiser) as uow:  # noqa: B023
                    closing.close(uow, lead)  # noqa: B023

            print(f"{name}: close and count  {measure(close, 1)}")
            with engine.read(SYSTEM) as uow:
                body = sa.select(instance.c.body).where(instance.c.id == case_id)
                print(f"{name}: instance body    {len(uow.conn.scalar(body) or b'')} bytes")


if __name__ == "__main__":
    main()
