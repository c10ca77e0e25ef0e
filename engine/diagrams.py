"""Diagrams as values: hardened XML in, frozen processes, nodes and flows out.

Nothing here judges a diagram (that is ``engine.lint``); it refuses only what must not be
looked at any further – oversized, hostile or broken XML – and reads the rest leniently: a
missing attribute is ``""``, an element we do not run becomes a node of kind ``unsupported``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from engine.errors import Invalid
from engine.untrusted_xml import line_of, local, parse_xml

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
LX = "urn:linxuan:bpmn:1"
MAX_NODES = 250  # SpiffWorkflow's parser recurses along the flow and breaks above 300

Kind = Literal[
    "start", "end", "user", "service", "decision", "children", "await", "call", "subprocess",
    "timer", "message", "exclusive", "parallel", "inclusive", "event_based", "unsupported",
]  # fmt: skip

GATEWAYS = frozenset({"exclusive", "parallel", "inclusive", "event_based"})
ACTIVITIES = frozenset(
    {"user", "service", "decision", "children", "await", "call", "subprocess"}
)  # and a receiveTask that waits for a message: kind "message", element "receiveTask"


@dataclass(frozen=True)
class StepInfo:
    """``lx:step`` of a user task; every FEEL text keeps its leading ``=``."""

    no: int | None = None  # number of the process step, None when it is not a number
    code: str = ""
    role: str = ""  # as written; the effective role is Node.role
    unit: str = "case"  # "case" or FEEL giving a unit id
    due: str = ""  # FEEL → date
    remind: tuple[int, ...] = ()  # working days after creation
    records: tuple[str, ...] = ()  # record codes the step leaves
    secrecy: str = ""
    not_by: tuple[str, ...] = ()  # nodes whose performer may not do this task
    returns: tuple[str, ...] = ()  # nodes the actor may send back to
    basis: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)  # all, as written


@dataclass(frozen=True)
class Service:
    """``lx:service``: a registered operation and the FEEL of its inputs."""

    operation: str
    inputs: Mapping[str, str]


@dataclass(frozen=True)
class DecisionUse:
    """``lx:decision``: file ``decisions/<table>.dmn``, result under variable ``result``."""

    table: str
    result: str


@dataclass(frozen=True)
class Children:
    """``lx:children``: each item of ``items`` becomes a child case of ``process``."""

    process: str
    items: str  # FEEL → list
    key: str  # field of the item that names the child
    title: str
    wait: bool
    exports: tuple[str, ...]  # child variables copied into the parent's results


@dataclass(frozen=True)
class StartInfo:
    """``lx:start``: who may start a case, or send the message, from a page."""

    roles: tuple[str, ...]
    form: str


@dataclass(frozen=True)
class Node:
    """One flow node; ``incoming``/``outgoing`` are flow ids in document order."""

    id: str
    name: str
    en: str  # attribute lx:en of the element or en of lx:step
    kind: Kind
    element: str  # BPMN local name, e.g. "userTask"
    process: str
    file: str
    line: int
    parent: str = ""  # id of the enclosing sub-process, "" at the top
    lane: str = ""  # id of the innermost lane
    role: str = ""  # lx:step role, else the lane's actor code
    attached_to: str = ""  # boundary events only
    interrupting: bool = True  # boundary events only
    terminate: bool = False  # end events only
    step: StepInfo | None = None
    service: Service | None = None
    decision: DecisionUse | None = None
    children: Children | None = None
    start: StartInfo | None = None
    act: Mapping[str, str] | None = None  # lx:act as written; its kinds belong to the layer above
    await_of: str = ""  # kind await: id of the children node waited for
    called: str = ""  # kind call: process id
    timer: str = ""  # kind timer: FEEL → date or date-time
    message: str = ""  # message name
    default: str = ""  # flow id
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    documentation: str = ""


@dataclass(frozen=True)
class Flow:
    """A sequence flow; ``condition`` is FEEL or ``""``."""

    id: str
    name: str
    source: str
    target: str
    condition: str
    process: str
    parent: str  # enclosing sub-process, "" at the top
    line: int


@dataclass(frozen=True)
class Lane:
    """A lane; ``code`` is the actor code taken from its name or, failing that, its id."""

    id: str
    name: str
    code: str


@dataclass(frozen=True)
class Process:
    """One process with the nodes and flows of its embedded sub-processes (see ``parent``)."""

    id: str
    name: str
    file: str
    executable: bool
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    lanes: Mapping[str, Lane]
    start: str  # id of the plain start event at the top, "" if there is none
    message_starts: Mapping[str, str]  # message name → start event id

    def inside(self, parent: str = "") -> Iterator[Node]:
        """Nodes directly inside a sub-process (``""`` = the process itself)."""
        return (node for node in self.nodes.values() if node.parent == parent)

    def targets(self, node: str) -> tuple[str, ...]:
        """Ids of the nodes the outgoing flows lead to, in document order."""
        return tuple(self.flows[flow].target for flow in self.nodes[node].outgoing)

    def sources(self, node: str) -> tuple[str, ...]:
        """Ids of the nodes the incoming flows come from, in document order."""
        return tuple(self.flows[flow].source for flow in self.nodes[node].incoming)

    def boundary(self, node: str) -> tuple[Node, ...]:
        """Boundary events that sit on a node."""
        return tuple(n for n in self.nodes.values() if n.attached_to == node)


@dataclass(frozen=True)
class Diagram:
    """One ``*.bpmn`` file."""

    file: str
    processes: Mapping[str, Process]
    messages: Mapping[str, str]  # element id → message name


def read(content: bytes, file: str) -> Diagram:
    """Read one diagram file.

    Raises what parse_xml raises, and Invalid("not_bpmn") or Invalid("too_many_nodes").
    """
    return read_tree(parse_xml(content, file), file)


def read_tree(root: etree._Element, file: str) -> Diagram:
    """As ``read`` for XML that is parsed already."""
    if root.tag != f"{{{BPMN}}}definitions":
        raise Invalid("not_bpmn", file=file, line=line_of(root), root=local(root)[:80])
    messages = {_a(m, "id"): _a(m, "name") for m in root.iterfind(_q("message"))}
    processes: dict[str, Process] = {}
    for element in root.iterfind(_q("process")):
        process = _Reader(element, file, messages).process()
        processes.setdefault(process.id, process)
    return Diagram(file, processes, messages)


_SIMPLE: Mapping[str, Kind] = {
    "startEvent": "start", "endEvent": "end", "userTask": "user", "serviceTask": "service",
    "businessRuleTask": "decision", "subProcess": "subprocess",
    "exclusiveGateway": "exclusive", "parallelGateway": "parallel",
    "inclusiveGateway": "inclusive", "eventBasedGateway": "event_based",
}  # fmt: skip
_UNSUPPORTED = frozenset({
    "task", "manualTask", "scriptTask", "sendTask", "complexGateway", "transaction",
    "adHocSubProcess", "intermediateThrowEvent", "implicitThrowEvent", "callChoreography",
    "subChoreography", "choreographyTask", "event",
})  # fmt: skip
_FLOW_NODES = _UNSUPPORTED | frozenset(_SIMPLE) | {
    "receiveTask", "callActivity", "intermediateCatchEvent", "boundaryEvent",
}  # fmt: skip


class _Reader:
    """Collects one process; lives for one call."""

    def __init__(self, element: etree._Element, file: str, messages: Mapping[str, str]) -> None:
        self.element, self.file, self.messages = element, file, messages
        self.id = _a(element, "id")
        self.lanes: dict[str, Lane] = {}
        self.lane_of: dict[str, Lane] = {}
        self.flows: dict[str, Flow] = {}
        self.incoming: defaultdict[str, list[str]] = defaultdict(list)
        self.outgoing: defaultdict[str, list[str]] = defaultdict(list)
        self.found: dict[str, tuple[etree._Element, str]] = {}

    def process(self) -> Process:
        for lane_set in self.element.iterfind(_q("laneSet")):
            self._lanes(lane_set)
        self._collect(self.element, "")
        if len(self.found) > MAX_NODES or len(self.flows) > 4 * MAX_NODES:
            raise Invalid(
                "too_many_nodes", file=self.file, process=self.id, count=len(self.found),
                limit=MAX_NODES, line=line_of(self.element),
            )  # fmt: skip
        nodes = {key: self._node(element, parent) for key, (element, parent) in self.found.items()}
        starts = [n for n in nodes.values() if n.kind == "start" and not n.parent]
        return Process(
            id=self.id, name=_a(self.element, "name"), file=self.file,
            executable=_a(self.element, "isExecutable") in {"true", "1"},
            nodes=nodes, flows=self.flows, lanes=self.lanes,
            start=next((n.id for n in starts if not n.message), ""),
            message_starts={n.message: n.id for n in starts if n.message},
        )  # fmt: skip

    def _lanes(self, lane_set: etree._Element) -> None:
        for element in lane_set.iterfind(_q("lane")):
            name, key = _a(element, "name"), _a(element, "id")
            lane = Lane(key, name, name if re.fullmatch(r"[A-Z][A-Z0-9_]*", name) else key)
            self.lanes[key] = lane
            for ref in element.iterfind(_q("flowNodeRef")):
                self.lane_of[(ref.text or "").strip()] = lane
            for nested in element.iterfind(_q("childLaneSet")):
                self._lanes(nested)

    def _collect(self, scope: etree._Element, parent: str) -> None:
        for element in scope.iterchildren(f"{{{BPMN}}}*"):
            name, key = local(element), _a(element, "id")
            if name == "sequenceFlow":
                self._add_flow(self._flow(element, parent))
            elif name in _FLOW_NODES:
                self.found.setdefault(key, (element, parent))
                if name in {"subProcess", "transaction", "adHocSubProcess"}:
                    self._collect(element, key)

    def _add_flow(self, flow: Flow) -> None:
        if flow.id not in self.flows:
            self.flows[flow.id] = flow
            self.outgoing[flow.source].append(flow.id)
            self.incoming[flow.target].append(flow.id)

    def _flow(self, element: etree._Element, parent: str) -> Flow:
        return Flow(
            _a(element, "id"), _a(element, "name"), _a(element, "sourceRef"),
            _a(element, "targetRef"), _child_text(element, "conditionExpression"),
            self.id, parent, line_of(element),
        )  # fmt: skip

    def _node(self, element: etree._Element, parent: str) -> Node:
        key = _a(element, "id")
        step = _step(_extension(element, "step"))
        lane = self._lane(key, parent)
        children = _children(_extension(element, "children"))
        waits, act = _extension(element, "await"), _extension(element, "act")
        return Node(
            id=key, name=_a(element, "name"), kind=_kind(element), element=local(element),
            en=element.get(f"{{{LX}}}en", step.attributes.get("en", "") if step else ""),
            process=self.id, file=self.file, line=line_of(element), parent=parent,
            lane=lane.id if lane else "",
            role=(step.role if step else "") or (lane.code if lane else ""),
            attached_to=_a(element, "attachedToRef"),
            interrupting=_a(element, "cancelActivity") not in {"false", "0"},
            terminate=element.find(_q("terminateEventDefinition")) is not None,
            step=step, service=_service(_extension(element, "service")),
            decision=_decision(_extension(element, "decision")), children=children,
            start=_start(_extension(element, "start")),
            act={str(k): str(v).strip() for k, v in act.items()} if act is not None else None,
            await_of=_a(waits, "of") if waits is not None else "",
            called=_a(element, "calledElement") if children is None else "",
            timer=_child_text(element, "timerEventDefinition", "timeDate"),
            message=self._message(element), default=_a(element, "default"),
            incoming=tuple(self.incoming[key]), outgoing=tuple(self.outgoing[key]),
            documentation=_child_text(element, "documentation"),
        )  # fmt: skip

    def _lane(self, key: str, parent: str) -> Lane | None:
        """Nodes of a sub-process are in its lane unless a lane names them."""
        while key not in self.lane_of and parent:
            key, parent = parent, self.found[parent][1]
        return self.lane_of.get(key)

    def _message(self, element: etree._Element) -> str:
        definition = element.find(_q("messageEventDefinition"))
        holder = element if definition is None else definition
        return self.messages.get(_a(holder, "messageRef"), "")


def _kind(element: etree._Element) -> Kind:
    name = local(element)
    if name in _SIMPLE:
        return _SIMPLE[name]
    if name == "receiveTask":
        return "await" if _extension(element, "await") is not None else "message"
    if name == "callActivity":
        return "children" if _extension(element, "children") is not None else "call"
    if name in {"intermediateCatchEvent", "boundaryEvent"}:
        if element.find(_q("timerEventDefinition")) is not None:
            return "timer"
        if element.find(_q("messageEventDefinition")) is not None:
            return "message"
    return "unsupported"


def _q(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def _a(element: etree._Element, name: str) -> str:
    return (element.get(name) or "").strip()


def _child_text(element: etree._Element, *path: str) -> str:
    return (element.findtext("/".join(map(_q, path))) or "").strip()


def _extension(element: etree._Element, name: str) -> etree._Element | None:
    return element.find(f"{_q('extensionElements')}/{{{LX}}}{name}")


def _step(element: etree._Element | None) -> StepInfo | None:
    if element is None:
        return None
    a = {key: value.strip() for key, value in sorted((str(k), str(v)) for k, v in element.items())}
    number = a.get("no", "")
    return StepInfo(
        no=int(number) if re.fullmatch(r"[0-9]{1,3}", number) else None,
        code=a.get("code", ""), role=a.get("role", ""), unit=a.get("unit") or "case",
        due=a.get("due", ""),
        remind=tuple(int(n) for n in a.get("remind", "").split() if re.fullmatch("[0-9]{1,3}", n)),
        records=tuple(a.get("records", "").split()), secrecy=a.get("secrecy", ""),
        not_by=tuple(a.get("not_by", "").split()), returns=tuple(a.get("returns", "").split()),
        basis=a.get("basis", ""), attributes=a,
    )  # fmt: skip


def _service(element: etree._Element | None) -> Service | None:
    if element is None:
        return None
    inputs = {_a(i, "name"): _a(i, "value") for i in element.iterfind(f"{{{LX}}}input")}
    return Service(_a(element, "operation"), inputs)


def _decision(element: etree._Element | None) -> DecisionUse | None:
    return None if element is None else DecisionUse(_a(element, "table"), _a(element, "result"))


def _children(element: etree._Element | None) -> Children | None:
    if element is None:
        return None
    return Children(
        process=_a(element, "process"), items=_a(element, "items"), key=_a(element, "key"),
        title=_a(element, "title"), wait=_a(element, "wait") not in {"false", "0"},
        exports=tuple(_a(element, "exports").split()),
    )  # fmt: skip


def _start(element: etree._Element | None) -> StartInfo | None:
    if element is None:
        return None
    return StartInfo(tuple(_a(element, "roles").split()), _a(element, "form"))
