"""A case whose acts stand in a line, written by the test; people as in the council."""

from __future__ import annotations

from engine import calendar_seed
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Engine
from tests.council import MANIFEST, act, council
from tests.council_case import PEOPLE, Council, actors_of
from tests.diagrams import bpmn, flow
from workflows import identity, registry, studio
from workflows.identity import NewAccount
from workflows.program import HOOKS


def line(acts: dict[str, str]) -> Package:
    """Return a package of *acts* (node → attributes of ``lx:act``), one after the other."""
    parts = [
        (
            '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="ORG_DEPT"/>'
            "</bpmn:extensionElements></bpmn:startEvent>"
        )
    ]
    before = "begin"
    for node, attributes in acts.items():
        parts += [flow(f"to_{node}", before, node), act(node, f"环节{node}", attributes, no="1",
                                                        role="ORG_DEPT")]  # fmt: skip
        before = node
    parts += [flow("to_end", before, "end"), '<bpmn:endEvent id="end"/>']
    files = {
        "process.toml": MANIFEST.encode(), "process.bpmn": bpmn("council", *parts),
        "forms/begin.json": council().files["forms/begin.json"],
    }  # fmt: skip
    return Package("council", files)


def set_up(engine: Engine, acts: dict[str, str]) -> Council:
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
        studio.deploy(uow, line(acts))
    return Council(engine, units, actors_of(engine, ids))
