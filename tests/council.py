"""A small process of acts: a panel marks entries, the departments countersign, it is filed."""

from __future__ import annotations

import json
from typing import Any

from engine.packages import Package
from tests.diagrams import bpmn, flow, gateway_xml
from tests.packages import user

MANIFEST = """
key = "council"
category = "test"
business_key_prefix = "CO"
rule_pack = "current"
[title]
zh = "评选流程"
en = "Selection"
[description]
zh = "评审打分、会签。"
en = "Score, countersign."
[[steps]]
no = 1
zh = "评审"
en = "Review"
stage = "a"
[[steps]]
no = 2
zh = "会签"
en = "Countersign"
stage = "b"
"""


def act(key: str, name: str, attributes: str, **step: str) -> str:
    """Return a user task with ``lx:act``."""
    plain = user(key, name, **step)
    return plain.replace(
        "</bpmn:extensionElements>", f"<lx:act {attributes}/></bpmn:extensionElements>"
    )


SCORE = (
    'kind="scoring" entries="=entries" trim="1" trim_from="3" minimum="2" '
    'criteria="=[{id: &quot;a&quot;, name: &quot;开创性&quot;, most: 40}, '
    '{id: &quot;b&quot;, name: &quot;实效性&quot;, most: 60}]" '
    'roll="=[{role: &quot;EXPERT&quot;, each: true}]" '
    'deadline="=deadline(today(), 5, &quot;wd&quot;)"'
)
SIGN = 'kind="countersign" roll="{roll}" deadline="=deadline(today(), 3, &quot;wd&quot;)" '
TEXT = {"type": "textfield", "properties": {}}


def council(
    sign: str = 'rule="all" veto="true"', roll: str = "=signers", **scenarios: str
) -> Package:
    """Return the package with the countersignature set as *sign*, by *roll*."""
    main = bpmn(
        "council",
        '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="ORG_DEPT"/>'
        "</bpmn:extensionElements></bpmn:startEvent>",
        flow("f1", "begin", "score"),
        act("score", "评审打分", SCORE, no="1", role="ORG_DEPT"),
        flow("f2", "score", "sign"),
        act(
            "sign",
            "部门会签",
            SIGN.format(roll=roll) + sign,
            no="2",
            role="ORG_DEPT",
            returns="score",
        ),
        flow("f3", "sign", "g"),
        gateway_xml("g", default="f5"),
        flow("f4", "g", "score", "=return_to = &quot;score&quot; or sign_result.adopted = false"),
        flow("f5", "g", "end"),
        '<bpmn:endEvent id="end"/>',
    )
    form = {"schemaVersion": 19, "type": "default", "components": [
        {**TEXT, "key": "title", "label": "事项名称", "properties": {"en": "Title"}},
        _list("entries", "参评项目", ("id", "name", "unit_id")),
        _list("signers", "会签人", ("principal", "name")),
    ]}  # fmt: skip
    body = json.dumps(form, ensure_ascii=False).encode()
    files = {"process.toml": MANIFEST.encode(), "process.bpmn": main, "forms/begin.json": body}
    files |= {f"scenarios/{name}.toml": text.encode() for name, text in scenarios.items()}
    return Package("council", files)


def _list(key: str, label: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "dynamiclist", "path": key, "label": label, "allowAddRemove": True,
        "properties": {"variable": key, "en": key},
        "components": [
            {"type": "textfield", "key": n, "label": n, "properties": {"en": n}} for n in names
        ],
    }  # fmt: skip
