"""Rules on the XML itself: which elements we run, ids, and our own extension elements.

The engine executes a small part of BPMN on purpose. Everything else is refused by name, with
what to draw instead, because SpiffWorkflow would accept some of it and do nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from lxml import etree

from engine.diagrams import BPMN, LX
from engine.lint import schema
from engine.lint.finding import Place
from engine.lint.subject import Subject
from engine.untrusted_xml import line_of, local

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")
RESERVED = frozenset({"Start", "End", "Root"})  # SpiffWorkflow's own names, clash silently


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACCEPTED = _words(
    "definitions collaboration participant process laneSet lane flowNodeRef childLaneSet "
    "startEvent endEvent userTask serviceTask businessRuleTask receiveTask callActivity "
    "subProcess exclusiveGateway parallelGateway inclusiveGateway eventBasedGateway "
    "intermediateCatchEvent boundaryEvent timerEventDefinition timeDate "
    "messageEventDefinition terminateEventDefinition sequenceFlow conditionExpression "
    "incoming outgoing multiInstanceLoopCharacteristics loopCardinality textAnnotation text "
    "association group category categoryValue documentation extensionElements message"
)
# element → code of the finding that says what to do instead
REFUSED: Mapping[str, str] = {
    "task": "plain_task", "manualTask": "plain_task", "sendTask": "send_task",
    "scriptTask": "script", "script": "script", "conditionalEventDefinition": "conditional",
    "linkEventDefinition": "link", "compensateEventDefinition": "compensation",
    "signalEventDefinition": "signal", "signal": "signal",
    "errorEventDefinition": "error_event", "error": "error_event",
    "escalationEventDefinition": "escalation", "escalation": "escalation",
    "cancelEventDefinition": "transaction", "transaction": "transaction",
    "intermediateThrowEvent": "throw_event", "complexGateway": "complex_gateway",
    "adHocSubProcess": "ad_hoc", "standardLoopCharacteristics": "standard_loop",
    "completionCondition": "completion_condition",
    "timeDuration": "timer_kind", "timeCycle": "timer_kind",
    "dataObject": "data_element", "dataObjectReference": "data_element",
    "dataStore": "data_element", "dataStoreReference": "data_element",
    "dataInput": "data_element", "dataOutput": "data_element", "property": "data_element",
    "ioSpecification": "data_element", "dataInputAssociation": "data_element",
    "dataOutputAssociation": "data_element", "messageFlow": "message_flow",
}  # fmt: skip
STEP_ATTRIBUTES = "no code role unit due remind records secrecy not_by returns basis en"
# our extension elements: where they may stand and their attributes
# fmt: off
EXTENSIONS: Mapping[str, tuple[frozenset[str], frozenset[str] | None]] = {
    name: (_words(where), _words(attributes))
    for name, where, attributes in (
        ("step", "userTask", STEP_ATTRIBUTES),
        ("service", "serviceTask", "operation"),
        ("decision", "businessRuleTask", "table result"),
        ("children", "callActivity", "process items key title wait exports"),
        ("await", "receiveTask", "of"),
        ("start", "startEvent", "roles form"),
        ("process", "process", ""),
    )
} | {"act": (_words("userTask"), None)}  # its attributes depend on its kind: engine/lint/acts.py
# fmt: on
_EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent"})
_DEFINITIONS = {
    "startEvent": {"messageEventDefinition"},
    "endEvent": {"terminateEventDefinition"},
    "intermediateCatchEvent": {"messageEventDefinition", "timerEventDefinition"},
    "boundaryEvent": {"messageEventDefinition", "timerEventDefinition"},
}
_TRUE = {"true", "1"}


def check(subject: Subject) -> None:
    """Check every diagram that could be parsed."""
    owners: dict[str, Place] = {}
    for file, root in subject.trees.items():
        schema.check(root, file, subject.report)
        drawn = _drawn(root)
        for element in _model(root):
            place = _place(element, file)
            _check_element(subject, element, place)
            _check_id(subject, element, place, owners)
            _check_drawn(subject, element, place, drawn)
        _check_file(subject, root, file)


def _model(root: etree._Element) -> Iterator[etree._Element]:
    """All BPMN elements, without what lies inside extensionElements or the drawing."""
    stack = [root]
    while stack:
        element = stack.pop()
        yield element
        if element.tag != f"{{{BPMN}}}extensionElements":
            stack += [c for c in reversed(element) if etree.QName(c).namespace != DI]


def _place(element: etree._Element, file: str) -> Place:
    line, owner, process = line_of(element), element, ""
    for above in (element, *element.iterancestors()):
        if above.get("id") and not owner.get("id"):
            owner = above
        if above.tag == f"{{{BPMN}}}process":
            process = above.get("id", "")
    return Place(file, process, owner.get("id", ""), owner.get("name", ""), line)


def _check_element(subject: Subject, element: etree._Element, place: Place) -> None:
    name, report = local(element), subject.report
    if etree.QName(element).namespace != BPMN:
        report.add("foreign_element", place, tag=name)
    elif name == "extensionElements":
        _check_extensions(subject, element, place)
    elif name not in ACCEPTED:
        report.add(REFUSED.get(name, "element_refused"), place, tag=name)
    elif name in _EVENTS:
        _check_event(subject, element, place)
    elif name == "multiInstanceLoopCharacteristics":
        _check_many(subject, element, place)
    if element.get("triggeredByEvent") in _TRUE:
        report.add("event_subprocess", place)
    if element.get("isForCompensation") in _TRUE:
        report.add("compensation", place, tag=name)
    if element.get("instantiate") in _TRUE:
        report.add("instantiate", place)
    if {element.get("startQuantity", "1"), element.get("completionQuantity", "1")} != {"1"}:
        report.add("token_quantity", place)


def _check_event(subject: Subject, element: etree._Element, place: Place) -> None:
    name = local(element)
    found = [local(c) for c in element if local(c).endswith("EventDefinition")]
    allowed = _DEFINITIONS[name]
    if len(found) > 1:
        subject.report.add("several_events", place)
    for definition in found:
        if definition in ACCEPTED and definition not in allowed:
            subject.report.add("event_here", place, tag=name, definition=definition)
    if not found and name in {"intermediateCatchEvent", "boundaryEvent"}:
        subject.report.add("empty_event", place)
    if element.find(f"{{{BPMN}}}eventDefinitionRef") is not None:
        subject.report.add("empty_event", place)


def _check_many(subject: Subject, element: etree._Element, place: Place) -> None:
    activity = element.getparent()
    path = f"{{{BPMN}}}extensionElements/{{{LX}}}children"
    if activity is None or activity.find(path) is None:
        subject.report.add("multi_instance", place)
    elif element.get("isSequential") in _TRUE:
        subject.report.add("sequential", place)


def _check_extensions(subject: Subject, element: etree._Element, place: Place) -> None:
    parent = element.getparent()
    owner = local(parent) if parent is not None else ""
    seen: set[str] = set()
    for child in element:
        name = local(child)
        if etree.QName(child).namespace != LX:
            subject.report.add("foreign_extension", place, tag=name)
            continue
        if name in seen:
            subject.report.add("extension_twice", place, tag=name)
        seen.add(name)
        where, attributes = EXTENSIONS.get(name, (frozenset(), frozenset()))
        if not where:
            subject.report.add("extension_unknown", place, tag=name)
        elif owner not in where:
            subject.report.add("extension_here", place, tag=name, owner=owner)
        else:
            _check_attributes(subject, child, place, attributes)


def _check_attributes(
    subject: Subject, element: etree._Element, place: Place, known: frozenset[str] | None
) -> None:
    name = local(element)
    written = set(map(str, element.attrib))
    for attribute in written - (written if known is None else known):
        subject.report.add("attribute_unknown", place, tag=name, attribute=attribute)
    for child in element:
        if name != "service" or child.tag != f"{{{LX}}}input":
            subject.report.add("extension_unknown", place, tag=local(child))
        elif set(map(str, child.attrib)) != {"name", "value"}:
            subject.report.add("input_attributes", place)


_NAMED = _words(
    "process startEvent endEvent userTask serviceTask businessRuleTask receiveTask callActivity "
    "subProcess exclusiveGateway parallelGateway inclusiveGateway eventBasedGateway "
    "intermediateCatchEvent boundaryEvent sequenceFlow message"
)
_PACKAGE_WIDE = _NAMED - {"sequenceFlow", "message"}


def _check_id(
    subject: Subject, element: etree._Element, place: Place, owners: dict[str, Place]
) -> None:
    """Ids name forms, records, children and history, so they must be plain and unique."""
    name, key = local(element), element.get("id")
    if name not in _NAMED:
        return
    if not key:
        subject.report.add("id_missing", place, tag=name)
        return
    if not ID.fullmatch(key):
        subject.report.add("id_form", place)
    if key in RESERVED:
        subject.report.add("id_reserved", place)
    wide = key if name in _PACKAGE_WIDE else f"{place.file}\n{key}"
    if wide in owners:
        first = owners[wide]
        subject.report.add("duplicate_id", place, other=f"{first.file}:{first.line}")
    owners.setdefault(wide, place)


def _drawn(root: etree._Element) -> set[str]:
    drawing = root.iter(f"{{{DI}}}BPMNShape", f"{{{DI}}}BPMNEdge")
    return {shape.get("bpmnElement", "") for shape in drawing}


def _check_drawn(subject: Subject, element: etree._Element, place: Place, drawn: set[str]) -> None:
    if drawn and local(element) in _NAMED - {"process", "message"} and place.element not in drawn:
        subject.report.add("not_drawn", place)


def _check_file(subject: Subject, root: etree._Element, file: str) -> None:
    processes = root.findall(f"{{{BPMN}}}process")
    if processes and not _drawn(root):
        subject.report.add("no_drawing", Place(file))
    if len(processes) > 1:
        subject.report.add("several_processes", Place(file, line=line_of(processes[1])))
    stem = subject.package.key if file == "process.bpmn" else PurePosixPath(file).stem
    for process in processes[:1]:
        if process.get("id") != stem:
            place = Place(file, process.get("id", ""), process.get("id", ""), line=line_of(process))
            subject.report.add("process_id", place, wanted=stem)
