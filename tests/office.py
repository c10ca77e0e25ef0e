"""A small process with our own actor codes, for tests of the desk and of its pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.packages import Package
from tests.diagrams import bpmn, flow, gateway_xml
from tests.packages import children, user

MANIFEST = """
key = "office"
category = "test"
business_key_prefix = "OF"
rule_pack = "current"
[title]
zh = "公文流程"
en = "Paper work"
[description]
zh = "起草、审核、逐人考察。"
en = "Draft, review, inspect."
[[steps]]
no = 1
zh = "起草"
en = "Draft"
stage = "a"
[[steps]]
no = 2
zh = "审核"
en = "Review"
stage = "b"
[[steps]]
no = 3
zh = "考察"
en = "Inspect"
stage = "c"
[records."A-01"]
zh = "拟办意见"
en = "Opinion"
retention = "永久"
"""


def _start(key: str, roles: str, message: str = "") -> str:
    event = f'<bpmn:messageEventDefinition messageRef="{message}"/>' if message else ""
    return (
        f'<bpmn:startEvent id="{key}" name="举报登记"><bpmn:extensionElements>'
        f'<lx:start roles="{roles}"/></bpmn:extensionElements>{event}</bpmn:startEvent>'
    )


MAIN = bpmn(
    "office",
    _start("begin", "ORG_DEPT"),
    flow("f1", "begin", "draft"),
    user("draft", "起草", no="1", role="ORG_DEPT", records="A-01", basis="测试依据"),
    flow("f2", "draft", "review"),
    user(
        "review", "审核", no="2", role="ORG_HEAD", returns="draft", not_by="draft",
        due="=deadline(today(), 3, &quot;wd&quot;)",
    ),
    flow("f3", "review", "g"),
    gateway_xml("g", default="f5"),
    flow("f4", "g", "draft", "=return_to = &quot;draft&quot;"),
    flow("f5", "g", "each"),
    children("each", "=people"),
    flow("f6", "each", "end"),
    '<bpmn:endEvent id="end"/>',
)  # fmt: skip

ITEM = bpmn(
    "item",
    '<bpmn:startEvent id="item_begin"/>',
    flow("i1", "item_begin", "inspect"),
    user("inspect", "考察", no="3", role="TEAM"),
    flow("i2", "inspect", "item_end"),
    '<bpmn:endEvent id="item_end"/>',
)

COMPLAINT = bpmn(
    "complaint",
    _start("complaint_begin", "CADRE_SUP", "m1"),
    flow("c1", "complaint_begin", "look"),
    user("look", "查核", no="2", role="CADRE_SUP"),
    flow("c2", "look", "complaint_end"),
    '<bpmn:endEvent id="complaint_end"/>',
    defs='<bpmn:message id="m1" name="complaint"/>',
)


def _form(*components: Mapping[str, Any]) -> bytes:
    whole = {"schemaVersion": 19, "type": "default", "components": list(components)}
    return json.dumps(whole, ensure_ascii=False).encode()


def _text(key: str, label: str, en: str, **more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": key, "label": label, "properties": {"en": en}, **more}


NEEDED = {"validate": {"required": True}}
FORMS = {
    "begin": _form(_text("title", "事项名称", "Title", **NEEDED)),
    "draft": _form(
        _text("opinion", "拟办意见", "Opinion", **NEEDED),
        {"type": "filepicker", "key": "paper", "label": "附件", "accept": ".pdf,.png",
         "multiple": True, "properties": {"en": "Papers", "record": "A-01"}},
        {"type": "dynamiclist", "path": "people", "label": "对象", "defaultRepetitions": 1,
         "allowAddRemove": True, "properties": {"variable": "people", "en": "People"},
         "components": [_text("id", "编号", "No."), _text("name", "姓名", "Name")]},
    ),
    "review": _form(_text("comment", "审核意见", "Comment")),
    "inspect": _form(
        {"type": "number", "key": "score", "label": "分", "decimalDigits": 0,
         "properties": {"variable": "score", "en": "Score"}},
        {**_text("outcome", "结论", "Outcome"),
         "properties": {"variable": "outcome", "en": "Outcome"}},
    ),
    "look": _form(_text("finding", "查核结果", "Finding")),
    "complaint_begin": _form(_text("matter", "反映内容", "Matter", **NEEDED)),
}  # fmt: skip

OFFICE = Package(
    "office",
    {
        "process.toml": MANIFEST.encode(),
        "process.bpmn": MAIN,
        "item.bpmn": ITEM,
        "complaint.bpmn": COMPLAINT,
        **{f"forms/{node}.json": form for node, form in FORMS.items()},
    },
)
