"""A small package for engine tests: every kind of wait, in the fewest nodes."""

from engine.packages import Package
from tests.diagrams import bpmn, flow, gateway_xml

MANIFEST = """
key = "small"
category = "test"
business_key_prefix = "T"
[title]
zh = "小流程"
en = "Small process"
[[steps]]
no = 1
zh = "起草"
en = "Draft"
stage = "draft"
[[steps]]
no = 2
zh = "审核"
en = "Review"
stage = "review"
"""


def user(key: str, name: str, **step: str) -> str:
    attributes = " ".join(f'{k}="{v}"' for k, v in step.items())
    return (
        f'<bpmn:userTask id="{key}" name="{name}"><bpmn:extensionElements>'
        f"<lx:step {attributes}/></bpmn:extensionElements></bpmn:userTask>"
    )


def children(key: str, items: str, *, process: str = "item", wait: str = "true") -> str:
    return (
        f'<bpmn:callActivity id="{key}"><bpmn:extensionElements><lx:children process="{process}" '
        f'items="{items}" key="id" title="name" wait="{wait}" exports="score"/>'
        "</bpmn:extensionElements><bpmn:multiInstanceLoopCharacteristics/></bpmn:callActivity>"
    )


def timer(key: str, date: str) -> str:
    return (
        f'<bpmn:intermediateCatchEvent id="{key}"><bpmn:timerEventDefinition>'
        f"<bpmn:timeDate>{date}</bpmn:timeDate></bpmn:timerEventDefinition>"
        "</bpmn:intermediateCatchEvent>"
    )


def message(key: str, ref: str) -> str:
    return (
        f'<bpmn:intermediateCatchEvent id="{key}"><bpmn:messageEventDefinition '
        f'messageRef="{ref}"/></bpmn:intermediateCatchEvent>'
    )


START = (
    '<bpmn:startEvent id="begin"><bpmn:extensionElements><lx:start roles="CLERK"/>'
    "</bpmn:extensionElements></bpmn:startEvent>"
)

MAIN = bpmn(
    "small",
    START,
    flow("f1", "begin", "draft"),
    user("draft", "起草", no="1", role="CLERK"),
    flow("f2", "draft", "review"),
    user(
        "review", "审核", no="2", role="HEAD", returns="draft", not_by="draft",
        due="=deadline(today(), 3, &quot;wd&quot;)", remind="1",
    ),
    flow("f3", "review", "g"),
    gateway_xml("g", default="f5"),
    flow("f4", "g", "draft", "=return_to = &quot;draft&quot;"),
    flow("f5", "g", "each"),
    children("each", "=objects"),
    flow("f6", "each", "wait"),
    timer("wait", "=deadline(today(), 5, &quot;wd&quot;)"),
    flow("f7", "wait", "reply"),
    message("reply", "m1"),
    flow("f8", "reply", "end"),
    '<bpmn:endEvent id="end"/>',
    defs='<bpmn:message id="m1" name="unit.reply"/><bpmn:message id="m2" name="unit.complaint"/>',
)  # fmt: skip

ITEM = bpmn(
    "item",
    '<bpmn:startEvent id="item_begin"/>',
    flow("i1", "item_begin", "inspect"),
    user("inspect", "考察", no="2", role="TEAM"),
    flow("i2", "inspect", "item_end"),
    '<bpmn:endEvent id="item_end"/>',
)

COMPLAINT = bpmn(
    "complaint",
    '<bpmn:startEvent id="complaint_begin" name="举报"><bpmn:extensionElements>'
    '<lx:start roles="HEAD"/></bpmn:extensionElements>'
    '<bpmn:messageEventDefinition messageRef="m2"/></bpmn:startEvent>',
    flow("c1", "complaint_begin", "check"),
    user("check", "查核", no="2", role="HEAD"),
    flow("c2", "check", "complaint_end"),
    '<bpmn:endEvent id="complaint_end"/>',
    defs='<bpmn:message id="m2" name="unit.complaint"/>',
)

FORM = b'{"schemaVersion": 19, "type": "default", "components": []}'
ITEM_FORM = b"""{"schemaVersion": 19, "type": "default", "components": [
  {"type": "number", "key": "score", "label": "\xe5\x88\x86", "decimalDigits": 0,
   "properties": {"variable": "score", "en": "Score"}},
  {"type": "textfield", "key": "outcome", "label": "\xe7\xbb\x93\xe8\xae\xba",
   "properties": {"variable": "outcome", "en": "Outcome"}}]}"""
OBJECTS_FORM = b"""{"schemaVersion": 19, "type": "default", "components": [
  {"type": "dynamiclist", "path": "objects", "label": "\xe5\xaf\xb9\xe8\xb1\xa1",
   "properties": {"variable": "objects", "en": "Objects"}, "components": [
     {"type": "textfield", "key": "id", "label": "id"},
     {"type": "textfield", "key": "name", "label": "name"}]}]}"""

SMALL = Package(
    "small",
    {
        "process.toml": MANIFEST.encode(),
        "process.bpmn": MAIN,
        "item.bpmn": ITEM,
        "complaint.bpmn": COMPLAINT,
        **{f"forms/{node}.json": FORM for node in ("draft", "review", "complaint_begin", "check")},
        "forms/begin.json": OBJECTS_FORM,
        "forms/inspect.json": ITEM_FORM,
    },
)
