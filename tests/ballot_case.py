"""A small process with one secret act, and the scenario that plays it."""

from __future__ import annotations

import json
from typing import Any

from engine.packages import Package
from tests.council import act
from tests.diagrams import bpmn, flow
from workflows import scenarios, simulation
from workflows.scenarios import Run

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
    line = ["begin", *nodes, "end"]
    main = bpmn(
        "assembly",
        '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="ORG_DEPT"/>'
        "</bpmn:extensionElements></bpmn:startEvent>",
        *(act(n, f"投票{n}", one, no="1", role="ORG_DEPT")
          for n, one in zip(nodes, attributes, strict=True)),
        *(flow(f"f{no}", *pair) for no, pair in enumerate(zip(line, line[1:], strict=False))),
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


def play(package: Package) -> tuple[Run, dict[str, Any]]:
    """Play the scenario ``whole``; returns the run and the results of its acts by node."""
    import sqlalchemy as sa  # noqa: PLC0415

    from engine.unit_of_work import SYSTEM  # noqa: PLC0415
    from workflows.acts.model import act as table  # noqa: PLC0415

    with simulation.stage(package) as on:
        run = scenarios.play(on.engine, on.clock, package, "whole")
        with on.engine.read(SYSTEM) as uow:
            rows = uow.conn.execute(sa.select(table.c.node, table.c.result)).all()
    return run, {row.node: row.result for row in rows}
