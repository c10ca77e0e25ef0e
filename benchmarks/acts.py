"""10,000 people take part in one act: the first against the last, and closing it.

A countersignature with a roll of 10,000 accounts; each hands in once, in one transaction. The
last WINDOW of one act takes turns with the first WINDOW of a second act of the same size, so that
a machine that is busier at one time than at another does not count. Closing reads them all.
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
Part = tuple[str, Actor]
"""The task of a part and the person it belongs to."""


def set_up(engine: Engine) -> tuple[list[str], Actor]:
    """Add the people and start two cases; returns them and their organiser."""
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
        started = []
        for _ in range(2):
            case = instances.create(
                uow, plan, "many", business_key=instances.business_key(uow, "M"), title="测速",
                unit=unit, variables={},
            )  # fmt: skip
            moves.start(case)
            started.append(case.id)
    return started, organiser


def parts(engine: Engine, case_id: str, organiser: Actor) -> tuple[str, list[Part]]:
    """Open the act; returns its task, and every part with the person it belongs to."""
    with engine.read(organiser) as uow:
        lead = uow.conn.scalar(
            sa.text("select id from task where instance_id = :case").bindparams(case=case_id)
        )
    with engine.begin(organiser) as uow:
        preparing.open_(uow, lead)
    with engine.read(SYSTEM) as uow:
        mine = act_participant.c.act_id == lead
        query = sa.select(act_participant).where(mine).order_by(act_participant.c.no)
        found = uow.conn.execute(query).all()
    unit = next(iter(organiser.principals)).partition("@")[2]
    return lead, [
        (row.task_id, Actor(row.principal[5:], row.name,
                            frozenset({row.principal, f"MEMBER@{unit}"})))
        for row in found
    ]  # fmt: skip


def hand_in(engine: Engine, part: str, person: Actor) -> None:
    """Hand in one part."""
    with engine.begin(person) as uow:
        taking.contribute(uow, part, AGREE)


def take_turns(engine: Engine, late: list[Part], early: list[Part]) -> tuple[Cost, Cost]:
    """Hand in from both in turn; returns the mean cost of each."""
    costs = [
        (measure(lambda: hand_in(engine, *one), 1), measure(lambda: hand_in(engine, *other), 1))  # noqa: B023  (called at once)
        for one, other in zip(late, early, strict=True)
    ]
    return mean([one for one, _ in costs]), mean([other for _, other in costs])


def mean(costs: list[Cost]) -> Cost:
    """Return the mean of some costs."""
    return Cost(
        sum(each.cpu_ms for each in costs) / len(costs),
        sum(each.wall_ms for each in costs) / len(costs),
    )


def main() -> None:
    """Print the comparison for every database at hand."""
    with engines() as made:
        for name, engine in made:
            (first, second), organiser = set_up(engine)
            found: list[tuple[str, list[Part]]] = []
            cost = measure(lambda: found.append(parts(engine, first, organiser)), 1)  # noqa: B023  (called at once)
            print(f"{name}: open for {PEOPLE}  {cost}")
            lead, every = found[0]
            for part, person in every[:-WINDOW]:
                hand_in(engine, part, person)
            _lead, others = parts(engine, second, organiser)
            late, early = take_turns(engine, every[-WINDOW:], others[:WINDOW])
            print(f"{name}: first {WINDOW}       {early}")
            print(f"{name}: last {WINDOW}        {late}")
            print(f"{name}: late / early     {late.cpu_ms / early.cpu_ms:.2f} CPU "
                  f"{late.wall_ms / early.wall_ms:.2f} wall")  # fmt: skip

            def close() -> None:
                with engine.begin(organiser) as uow:  # noqa: B023  (called at once)
                    closing.close(uow, lead)  # noqa: B023  (called at once)

            print(f"{name}: close and count  {measure(close, 1)}")
            with engine.read(SYSTEM) as uow:
                body = sa.select(instance.c.body).where(instance.c.id == first)
                print(f"{name}: instance body    {len(uow.conn.scalar(body) or b'')} bytes")


if __name__ == "__main__":
    main()
