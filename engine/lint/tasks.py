"""Rules on single nodes: who does a task, with which form, when, and what it leaves behind."""

from __future__ import annotations

import re
from collections import Counter

from engine.decisions import load
from engine.diagrams import Flow, Node, Process, StepInfo
from engine.errors import Invalid
from engine.lint.expressions import components, holds, setting
from engine.lint.finding import Place, place_of_flow
from engine.lint.subject import Subject

NAME = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*")
RETURN = re.compile(r'\breturn_to\s*=\s*"([^"]*)"')
PASSED = frozenset({"exclusive", "inclusive", "service", "decision"})


def check(subject: Subject) -> None:
    """Check every node by its kind."""
    for process in subject.processes.values():
        for node in process.nodes.values():
            if node.kind == "user":
                _check_user(subject, process, node)
            elif node.kind == "service":
                _check_service(subject, node)
            elif node.kind == "decision":
                _check_decision(subject, node)
            elif node.kind == "start":
                _check_start(subject, process, node)
            elif node.kind == "timer" and not node.timer:
                subject.report.add("timer_empty", node)
        _check_return_conditions(subject, process)
        _check_names(subject, process)
    _check_tables(subject)
    _check_steps(subject)


def _check_user(subject: Subject, process: Process, node: Node) -> None:
    report = subject.report
    if not node.name:
        report.add("name_missing", node)
    formed = node.id in subject.forms or f"forms/{node.id}.json" in subject.package.files
    if not formed and node.act is None:
        report.add("form_missing", node)
    if not node.role:
        report.add("role_missing", node)
    elif not subject.role_known(node.role):
        report.add("role_unknown", node, role=node.role)
    if node.step is None:
        report.add("step_missing", node)
        return
    _check_step(subject, node, node.step)
    for target in node.step.returns:
        _check_return(subject, process, node, target)


def _check_step(subject: Subject, node: Node, step: StepInfo) -> None:
    report, manifest = subject.report, subject.manifest
    if step.no is None:
        report.add("step_number", node)
    elif manifest and step.no not in manifest.steps:
        report.add("step_undeclared", node, no=step.no)
    if len(step.remind) != len(step.attributes.get("remind", "").split()):
        report.add("remind_form", node)
    for code in step.records:
        if manifest and code not in manifest.records:
            report.add("record_undeclared", node, record=code)
    for other in step.not_by:
        found = subject.nodes.get(other)
        if found is None or found.kind not in {"user", "start"} or other == node.id:
            report.add("not_by_unknown", node, other=other)


def _check_return(subject: Subject, process: Process, node: Node, target: str) -> None:
    """A return needs a flow that takes it: condition ``return_to = "target"``."""
    report, goal = subject.report, process.nodes.get(target)
    if goal is None or goal.parent != node.parent or goal.kind != "user":
        report.add("return_target", node, target=target)
        return
    gateway = _next_gateway(process, node)
    if gateway is None:
        report.add("return_gateway", node, target=target)
        return
    ways = [process.flows[key] for key in gateway.outgoing if key != gateway.default]
    taken = [way for way in ways if holds(subject, way.condition, return_to=target)][:1]
    if not any(_leads(process, way, target) for way in taken):
        report.add("return_flow", node, target=target, gateway=gateway.id)


def _next_gateway(process: Process, node: Node) -> Node | None:
    """The exclusive gateway after a task, behind automatic steps if need be."""
    seen: set[str] = set()
    while len(node.outgoing) == 1 and node.id not in seen:
        seen.add(node.id)
        following = process.nodes.get(process.flows[node.outgoing[0]].target)
        if following is None or following.kind not in PASSED:
            return None
        node = following
        if node.kind == "exclusive" and len(node.outgoing) > 1:
            return node
    return None


def _leads(process: Process, flow: Flow, target: str) -> bool:
    """Whether a flow reaches the target through merging gateways only."""
    seen: set[str] = set()
    while flow.target != target:
        node = process.nodes.get(flow.target)
        if node is None or node.id in seen or node.kind != "exclusive" or len(node.outgoing) != 1:
            return False
        seen.add(node.id)
        flow = process.flows[node.outgoing[0]]
    return True


def _check_return_conditions(subject: Subject, process: Process) -> None:
    offered = {t for n in process.nodes.values() if n.step for t in n.step.returns}
    for flow in process.flows.values():
        for value in RETURN.findall(flow.condition):
            if value not in offered:
                place = place_of_flow(process, flow)
                subject.report.add("return_never", place, target=value)


def _check_service(subject: Subject, node: Node) -> None:
    report, service = subject.report, node.service
    if service is None or not service.operation:
        report.add("service_missing", node)
        return
    delegate = subject.known.delegates.get(service.operation)
    if delegate is None:
        known = ", ".join(sorted(subject.known.delegates))
        report.add("operation_unknown", node, operation=service.operation, known=known)
        return
    declared = {name.rstrip("?") for name in delegate.inputs}
    needed = {name for name in delegate.inputs if not name.endswith("?")}
    for name in sorted(needed - set(service.inputs)):
        report.add("input_missing", node, operation=service.operation, input=name)
    for name in sorted(set(service.inputs) - declared):
        report.add("input_unknown", node, operation=service.operation, input=name)


def _check_decision(subject: Subject, node: Node) -> None:
    report, decision = subject.report, node.decision
    if decision is None or not decision.table:
        report.add("decision_missing", node)
    elif decision.table not in subject.package.decisions:
        report.add("table_missing", node, table=decision.table)
    if decision and not NAME.fullmatch(decision.result):
        report.add("result_name", node)


def _check_start(subject: Subject, process: Process, node: Node) -> None:
    main = process.id == subject.package.key and not node.parent and not node.message
    roles = node.start.roles if node.start else ()
    if main and not roles:
        subject.report.add("start_roles", node)
    for role in roles:
        if not subject.role_known(role):
            subject.report.add("role_unknown", node, role=role)
    if roles and f"forms/{node.id}.json" not in subject.package.files:
        subject.report.add("start_form", node)
    if node.start and node.start.form not in {"", node.id}:
        subject.report.add("start_form_name", node)


def _check_tables(subject: Subject) -> None:
    used = {n.decision.table for n in subject.nodes.values() if n.decision}
    for table, content in subject.package.decisions.items():
        place = Place(f"decisions/{table}.dmn", element=table)
        if table not in used:
            subject.report.add("table_unused", place)
        try:
            load(content, place.file)
        except Invalid as error:
            subject.refused(error, place, "table_faulty")


def _check_names(subject: Subject, process: Process) -> None:
    """English names are asked for once per process, so that the list stays readable."""
    shown = [n for n in process.nodes.values() if n.kind == "user"]
    bare = [n.id for n in shown if not n.en]
    if bare:
        subject.report.add("english_missing", process, nodes=", ".join(bare))


def _check_steps(subject: Subject) -> None:
    manifest, report = subject.manifest, subject.report
    if manifest is None:
        return
    place = Place("process.toml", element="steps")
    if list(manifest.steps) != list(range(1, len(manifest.steps) + 1)):
        report.add("steps_numbered", place)
    steps = [n.step for n in subject.nodes.values() if n.step]
    used = Counter(step.no for step in steps)
    for no, step in manifest.steps.items():
        if not used[no]:
            report.add("step_unused", place, no=no, title=step.title.zh)
    left = {code for step in steps for code in step.records}
    for form in subject.forms.values():
        left |= {str(setting(c, "record")) for c in components(form)}
    for code in manifest.records:
        if code not in left:
            report.add("record_unused", Place("process.toml", element=code))
