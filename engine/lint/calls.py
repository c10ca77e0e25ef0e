"""Rules between processes: children, called processes, messages, and what nobody uses."""

from __future__ import annotations

import re

from engine.diagrams import Children, Node
from engine.lint.expressions import variables
from engine.lint.finding import Place
from engine.lint.graph import on_cycles
from engine.lint.subject import Subject

MESSAGE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
FEEL_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_NESTING = 6


def check(subject: Subject) -> None:
    """Check how the processes of a package use each other."""
    if subject.package.key not in subject.processes:
        subject.report.add("main_missing", Place("process.bpmn"), wanted=subject.package.key)
    for node in subject.nodes.values():
        if node.kind == "call":
            _check_called(subject, node, node.called)
        elif node.children is not None:
            _check_children(subject, node, node.children)
        elif node.kind == "await":
            _check_await(subject, node)
        elif node.element == "receiveTask" or node.kind == "message":
            _check_message(subject, node)
        elif node.kind == "subprocess":
            _check_nesting(subject, node)
    _check_recursion(subject)
    _check_starts(subject)
    _check_use(subject)


def _check_called(subject: Subject, node: Node, target: str) -> None:
    if target not in subject.processes:
        subject.report.add("called_missing", node, target=target)
    elif not subject.processes[target].start:
        subject.report.add("called_start", node, target=target)


def _check_children(subject: Subject, node: Node, children: Children) -> None:
    report = subject.report
    _check_called(subject, node, children.process)
    if node.element == "callActivity" and not _marked(subject, node):
        report.add("children_marker", node)
    for name in ("items", "key", "title"):
        if not getattr(children, name):
            report.add("children_attribute", node, attribute=name)
    if not FEEL_ID.fullmatch(node.id):
        report.add("children_id", node)
    known = variables(subject, children.process)
    for name in children.exports:
        if name not in known:
            report.add("export_unknown", node, variable=name, target=children.process)
    waits = {n.await_of for n in subject.of_kind("await")}
    if not children.wait and node.id not in waits:
        report.add("never_awaited", node)


def _marked(subject: Subject, node: Node) -> bool:
    root = subject.trees[node.file]
    path = f".//{{*}}callActivity[@id='{node.id}']/{{*}}multiInstanceLoopCharacteristics"
    return "'" not in node.id and root.find(path) is not None


def _check_await(subject: Subject, node: Node) -> None:
    target = subject.processes[node.process].nodes.get(node.await_of)
    if target is None or target.children is None:
        subject.report.add("await_unknown", node, target=node.await_of)
    elif target.children.wait:
        subject.report.add("await_waited", node, target=node.await_of)


def _check_message(subject: Subject, node: Node) -> None:
    if not node.message:
        subject.report.add("message_missing", node)
    elif not MESSAGE.fullmatch(node.message):
        subject.report.add("message_name", node, message=node.message)


def _check_nesting(subject: Subject, node: Node) -> None:
    nodes, depth, parent = subject.processes[node.process].nodes, 1, node.parent
    while parent in nodes and depth <= MAX_NESTING:
        parent, depth = nodes[parent].parent, depth + 1
    if depth > MAX_NESTING:
        subject.report.add("nesting", node, limit=MAX_NESTING)


def _check_recursion(subject: Subject) -> None:
    """A process that starts itself, however indirectly, would never end."""
    uses: dict[str, set[str]] = {key: set() for key in subject.processes}
    for node in subject.nodes.values():
        target = node.children.process if node.children else node.called
        if target in subject.processes:
            uses[node.process].add(target)
    for key in sorted(on_cycles(uses)):
        subject.report.add("recursion", subject.processes[key])


def _check_starts(subject: Subject) -> None:
    owners: dict[str, str] = {}
    for process in subject.processes.values():
        for message, key in process.message_starts.items():
            node = process.nodes[key]
            if message in owners:
                subject.report.add("message_twice", node, message=message, other=owners[message])
            owners.setdefault(message, process.id)
            _check_message(subject, node)
            if process.id == subject.package.key:
                subject.report.add("main_message_start", node)


def _check_use(subject: Subject) -> None:
    called = {n.called for n in subject.of_kind("call")}
    for key, process in subject.processes.items():
        if key not in subject.roots and key not in called:
            subject.report.add("process_unused", process)
