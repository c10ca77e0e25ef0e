"""The only module that talks to SpiffWorkflow, which here does one thing: it moves tokens.

Before SpiffWorkflow sees a diagram we turn every task into a plain user task (a wait), every
timer or message event into a signal of its own, and take multi-instance marks, lanes, scripts
and extensions away (``_plain``). So no Python expression, timer, payload or task data of
SpiffWorkflow is ever used: conditions are our FEEL over the variables of the instance, due
dates are rows, and the data of its tasks stays empty. That removes most of its pitfalls at the
root; the rest are met here:

* a token may be completed only while it is READY, an event fired only while it is WAITING;
* automatic steps are counted, a gateway loop ends as ``too_many_steps``;
* the task tree is compacted after each command (``_compact``): finished history above the
  lowest common ancestor of all live tokens is cut off, completed sub-processes are dropped. A
  step therefore costs the same in a case of 20 steps and of 1,000;
* the specification is parsed once per definition digest and never stored with an instance.

It touches names SpiffWorkflow keeps private (``_parent``, ``_children``, ``_update``), which
is why the version is pinned and ``tests/unit/engine/test_spiff.py`` compares compacted runs
with plain ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from lxml import etree
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import EventBasedGateway
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagrams import BPMN
from engine.errors import AlreadyDone, Invalid, Tampered
from engine.untrusted_xml import parse_xml

MAX_AUTOMATIC = 500
"""Automatic steps one command may trigger before it is taken for an endless loop."""

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
FORMAT = b"1"

Condition = Callable[[str], bool]


@dataclass(frozen=True)
class Net:
    """The parsed processes of one definition, shared by all its instances and never changed."""

    specs: Mapping[str, Any]
    called: Mapping[str, Mapping[str, Any]]


def parse(diagrams: Mapping[str, bytes]) -> Net:
    """Parse the diagram files of a package.

    Raises Invalid("diagram_not_executable") with SpiffWorkflow's own words when the linter let
    through what its parser cannot take.
    """
    parser = BpmnParser()
    try:
        for name, content in diagrams.items():
            parser.add_bpmn_xml(_plain(parse_xml(content, name)), filename=name)
        ids = list(parser.process_parsers)
        specs = {key: parser.get_spec(key) for key in ids}
        called = {key: parser.get_subprocess_specs(key) for key in ids}
    except (SpiffWorkflowException, NotImplementedError, RecursionError) as error:
        raise Invalid("diagram_not_executable", detail=str(error)[:300]) from error
    return Net(specs, called)


@dataclass(frozen=True)
class Wait:
    """A token that waits at a node for somebody or something."""

    token: str
    node: str


@dataclass
class Flow:
    """The tokens of one instance, with its variables and counters."""

    net: Net
    process: str
    workflow: Any
    variables: dict[str, Any] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    """Attempts by node id and returns by ``return:<node id>``."""
    spawned: dict[str, list[Any]] = field(default_factory=dict)
    """Children node → [token that asked for child cases, how many it asked for]."""
    joined: list[str] = field(default_factory=list)
    """Principals known to take part, so that they are not written again."""

    @property
    def done(self) -> bool:
        """Whether every token has reached an end."""
        return bool(self.workflow.completed)

    def waits(self) -> dict[Wait, None]:
        """Return what the instance waits for, in creation order."""
        found: dict[Wait, None] = {}
        for task in self._tasks():
            spec = task.task_spec
            if task.state == TaskState.READY and spec.manual:
                found[Wait(str(task.id), spec.name)] = None
            elif task.state == TaskState.WAITING and isinstance(spec, CatchingEvent):
                names = spec.outputs if isinstance(spec, EventBasedGateway) else [spec]
                found.update({Wait(str(task.id), s.name): None for s in names})
        return found

    def step(self, condition: Condition) -> None:
        """Move all tokens on until each waits.

        Raises Invalid("too_many_steps") when that takes more than MAX_AUTOMATIC steps, and
        Invalid("diagram_not_executable") where no way leads on.
        """
        left = MAX_AUTOMATIC

        def count(task: Any) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Invalid("too_many_steps", node=task.task_spec.name, limit=MAX_AUTOMATIC)

        self.workflow.script_engine = _Conditions(condition)
        try:
            self.workflow.do_engine_steps(will_complete_task=count)
        except SpiffWorkflowException as error:
            raise Invalid("diagram_not_executable", detail=str(error)[:300]) from error
        self.workflow.bpmn_events.clear()

    def complete(self, wait: Wait) -> None:
        """Let a waiting task go; raises AlreadyDone when it does not wait any more."""
        task = self._task(wait)
        if task.state != TaskState.READY:
            raise AlreadyDone(node=wait.node)
        task.run()

    def fire(self, wait: Wait) -> None:
        """Let the event a token waits for happen; raises AlreadyDone when it no longer waits."""
        task = self._task(wait)
        if task.state != TaskState.WAITING:
            raise AlreadyDone(node=wait.node)
        task.task_spec.catch(task, BpmnEvent(SignalEventDefinition(_signal(wait.node))))
        task.task_spec._update(task)  # as EventManager.catch does

    def dump(self) -> bytes:
        """Return the compressed body to store."""
        _compact(self.workflow)
        tokens = _tokens(self.workflow)
        subs = {str(key): _tokens(sub) for key, sub in self.workflow.subprocesses.items()}
        body = {
            "v": self.variables,
            "c": self.counters,
            "k": self.spawned,
            "p": self.joined,
            "t": tokens,
            "s": subs,
            "d": self.done,
        }
        return FORMAT + zlib.compress(orjson.dumps(body), 1)

    def _task(self, wait: Wait) -> Any:
        for task in self._tasks():
            if str(task.id) == wait.token:
                return task
        raise AlreadyDone(node=wait.node)

    def _tasks(self) -> Iterable[Any]:
        yield from list(self.workflow.tasks.values())
        for sub in list(self.workflow.subprocesses.values()):
            if not sub.completed:
                yield from list(sub.tasks.values())


def new(net: Net, process: str, variables: Mapping[str, Any]) -> Flow:
    """Return a flow at the start of *process*."""
    workflow = BpmnWorkflow(net.specs[process], dict(net.called[process]))
    return Flow(net, process, workflow, dict(variables))


def load(net: Net, process: str, body: bytes) -> Flow:
    """Wake up a stored flow; raises Tampered when the body cannot be read."""
    content = read_body(body)
    workflow = BpmnWorkflow(net.specs[process], dict(net.called[process]), deserializing=True)
    subs = dict(content["s"])
    _restore(workflow, content["t"])
    _restore_subs(workflow, workflow, subs)
    workflow.completed = content["d"]
    kept = (content[part] for part in ("v", "c", "k", "p"))
    return Flow(net, process, workflow, *kept)


def read_body(body: bytes) -> dict[str, Any]:
    """Return the stored content of a body: variables ``v``, counters ``c``, tokens ``t``, ``s``."""
    if body[:1] != FORMAT:
        raise Tampered("body_unreadable")
    try:
        content: dict[str, Any] = orjson.loads(zlib.decompress(body[1:]))
    except (zlib.error, orjson.JSONDecodeError) as error:
        raise Tampered("body_unreadable") from error
    return content


class _Conditions:
    """Stands where SpiffWorkflow expects its script engine; it only answers conditions."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:
        """Answer one gateway condition."""
        return self._condition(expression)


def _q(tag: str) -> str:
    return f"{{{BPMN}}}{tag}"


WAITS = {_q(t) for t in ("userTask", "serviceTask", "businessRuleTask", "receiveTask")}
DROPPED = {
    _q(t)
    for t in (
        "extensionElements", "documentation", "laneSet", "collaboration", "ioSpecification",
        "textAnnotation", "association", "group", "multiInstanceLoopCharacteristics",
        "dataObject", "dataObjectReference", "dataStoreReference", "property",
    )
}  # fmt: skip
EVENTS = {_q(t) for t in ("timerEventDefinition", "messageEventDefinition")}


def _signal(node: str) -> str:
    return f"signal_{node}"


def _plain(root: etree._Element) -> etree._Element:
    """Reduce a diagram to what moves tokens. See the module docstring."""
    for element in list(root.iter(etree.Element)):
        _plain_element(root, element)
    for element in list(root.iter(*DROPPED)):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return root


def _plain_element(root: etree._Element, element: etree._Element) -> None:
    marked = element.tag == _q("callActivity") and element.find(".//{urn:linxuan:bpmn:1}children")
    if element.tag in WAITS or (marked is not None and marked is not False):
        _make_user_task(element)
    elif element.tag == _q("process"):
        element.set("isExecutable", "true")
    elif element.tag in EVENTS:
        _make_signal(root, element)


def _make_user_task(element: etree._Element) -> None:
    element.tag = _q("userTask")
    for name in set(element.attrib) - {"id", "name"}:
        del element.attrib[name]
    for child in list(element):
        if child.tag not in (_q("incoming"), _q("outgoing")):
            element.remove(child)


def _make_signal(root: etree._Element, definition: etree._Element) -> None:
    event = definition.getparent()
    assert event is not None
    if event.tag == _q("startEvent"):
        event.remove(definition)
        return
    name = _signal(str(event.get("id")))
    for child in list(definition):
        definition.remove(child)
    definition.tag = _q("signalEventDefinition")
    definition.attrib.clear()
    definition.set("signalRef", name)
    etree.SubElement(root, _q("signal"), {"id": name, "name": name})


def _tokens(workflow: Any) -> list[Any]:
    """Return the task tree of one workflow as rows; data and internal data stay empty."""
    return [
        [
            str(task.id),
            str(task._parent) if task._parent else None,
            [str(child) for child in task._children],
            task.state,
            task.task_spec.name,
            int(task.triggered),
        ]
        for task in workflow.tasks.values()
    ]


def _restore(workflow: Any, rows: Iterable[list[Any]]) -> None:
    top = workflow.top_workflow
    for token, parent, children, state, spec, triggered in rows:
        task = Task(workflow, workflow.spec.task_specs[spec], state=state, id=UUID(token))
        task._parent = UUID(parent) if parent else None
        task._children = [UUID(child) for child in children]
        task.triggered = bool(triggered)
        if parent is None:
            workflow.task_tree = task
        if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            top.event_manager.add_task(task)


def _restore_subs(top: Any, workflow: Any, subs: dict[str, Any]) -> None:
    """Parents before children: a sub-process finds its depth through the task it sits on."""
    for task in list(workflow.tasks.values()):
        rows = subs.pop(str(task.id), None)
        if rows is None or not isinstance(task.task_spec, SubWorkflowTask):
            continue
        spec = top.subprocess_specs[task.task_spec.spec]
        sub = BpmnSubWorkflow(spec, task.id, top, deserializing=True)
        _restore(sub, rows)
        top.subprocesses[task.id] = sub
        sub.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
        _restore_subs(top, sub, subs)


def _compact(workflow: Any) -> None:
    """Cut finished history off. See the module docstring."""
    for key, sub in list(workflow.subprocesses.items()):
        if sub.completed:
            del workflow.subprocesses[key]
        else:
            _cut(sub)
    if not workflow.completed:
        _cut(workflow)


def _cut(workflow: Any) -> None:
    """Make the lowest common ancestor of all live tasks the only child of the root.

    Joins, boundary events and the end of a process look for their counterparts only among
    tasks of the same activation, and those all lie below that ancestor.
    """
    root, tasks = workflow.task_tree, workflow.tasks
    top = _common_ancestor(workflow)
    if top is None or top is root or top._parent == root.id:
        return
    keep = {root.id: root}
    pending = [top]
    while pending:
        task = pending.pop()
        keep[task.id] = task
        pending.extend(tasks[child] for child in task._children)
    top._parent = root.id
    root._children = [top.id]
    workflow.tasks = keep


def _common_ancestor(workflow: Any) -> Any:
    tasks = workflow.tasks
    common: list[Any] | None = None
    for task in tasks.values():
        if not task.state & LIVE:
            continue
        path, at = [], task
        while at is not None:
            path.append(at.id)
            at = tasks.get(at._parent)
        path.reverse()
        if common is None:
            common = path
        else:
            same = 0
            while same < min(len(common), len(path)) and common[same] == path[same]:
                same += 1
            common = common[:same]
    return tasks[common[-1]] if common else None
