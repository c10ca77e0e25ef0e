"""A process whose child cases have child cases, with a deadline in the middle."""

from engine.packages import Package
from tests.diagrams import bpmn, flow
from tests.packages import FORM, MANIFEST, OBJECTS_FORM, START, children, user

ITEMS = "=[{&quot;id&quot;: &quot;x&quot;, &quot;name&quot;: &quot;x&quot;}, "
ITEMS += "{&quot;id&quot;: &quot;y&quot;, &quot;name&quot;: &quot;y&quot;}]"


def below(key: str, items: str, process: str) -> str:
    return children(key, items, process=process).replace(' exports="score"', "")


TOP = bpmn(
    "nested",
    START,
    flow("t1", "begin", "middles"),
    below("middles", "=objects", "middle"),
    flow("t2", "middles", "end"),
    '<bpmn:endEvent id="end"/>',
)
MIDDLE = bpmn(
    "middle",
    '<bpmn:startEvent id="m_begin"/>',
    flow("m1", "m_begin", "leaves"),
    below("leaves", ITEMS, "leaf"),
    '<bpmn:boundaryEvent id="late" attachedToRef="leaves"><bpmn:timerEventDefinition>'
    "<bpmn:timeDate>=deadline(today(), 5, &quot;wd&quot;)</bpmn:timeDate>"
    "</bpmn:timerEventDefinition></bpmn:boundaryEvent>",
    flow("m2", "late", "clear"),
    user("clear", "善后", no="2", role="HEAD"),
    flow("m3", "clear", "m_end"),
    flow("m4", "leaves", "m_end"),
    '<bpmn:endEvent id="m_end"/>',
)
LEAF = bpmn(
    "leaf",
    '<bpmn:startEvent id="l_begin"/>',
    flow("l1", "l_begin", "look"),
    user("look", "查看", no="1", role="TEAM"),
    flow("l2", "look", "l_end"),
    '<bpmn:endEvent id="l_end"/>',
)
NESTED = Package(
    "nested",
    {
        "process.toml": MANIFEST.replace('"small"', '"nested"').encode(),
        "process.bpmn": TOP,
        "middle.bpmn": MIDDLE,
        "leaf.bpmn": LEAF,
        **{f"forms/{node}.json": FORM for node in ("clear", "look")},
        "forms/begin.json": OBJECTS_FORM,
    },
)
