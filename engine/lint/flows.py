"""Rules on sequence flows, gateways, loops and parallel blocks.

Parallel blocks must be simple because SpiffWorkflow predicts the rest of a process once per
branch: consecutive blocks in one scope grow exponentially, joins inside loops never fire.
"""

from __future__ import annotations

from engine.diagrams import ACTIVITIES, GATEWAYS, Flow, Node, Process
from engine.lint.finding import place_of_flow
from engine.lint.graph import Scope, on_cycles, reach, reverse, scopes, within
from engine.lint.subject import Subject

AUTOMATIC = frozenset({"start", "service", "decision", "exclusive", "parallel", "inclusive"})
CONCURRENT = ("parallel", "inclusive")
HOSTS = ACTIVITIES | {"message"}


def check(subject: Subject) -> None:
    """Check the flow of every process."""
    for process in subject.processes.values():
        for flow in process.flows.values():
            _check_flow(subject, process, flow)
        for node in process.nodes.values():
            _check_degree(subject, process, node)
            _check_boundary(subject, process, node)
            _check_split(subject, process, node)
        for scope in scopes(process):
            _check_ends(subject, scope)
            _check_reach(subject, scope)
            _check_loops(subject, scope)
            _check_blocks(subject, scope)


def _check_flow(subject: Subject, process: Process, flow: Flow) -> None:
    place = place_of_flow(process, flow)
    source, target = process.nodes.get(flow.source), process.nodes.get(flow.target)
    if source is None or target is None:
        missing = flow.source if source is None else flow.target
        subject.report.add("flow_dangling", place, missing=missing)
    elif not flow.parent == source.parent == target.parent:
        subject.report.add("flow_crosses", place)
    elif flow.condition and (
        source.kind not in {"exclusive", "inclusive"} or len(source.outgoing) == 1
    ):
        subject.report.add("condition_ignored", place, source=source.name or source.id)


def _check_degree(subject: Subject, process: Process, node: Node) -> None:
    report = subject.report
    if node.kind not in GATEWAYS and len(node.outgoing) > 1:
        report.add("several_outgoing", node)
    if node.incoming and (node.kind == "start" or node.attached_to):
        report.add("incoming_here", node)
    if node.kind == "end" and node.outgoing:
        report.add("outgoing_here", node)
    if node.kind in CONCURRENT and len(node.incoming) > 1 and len(node.outgoing) > 1:
        report.add("gateway_mixed", node)


def _check_boundary(subject: Subject, process: Process, node: Node) -> None:
    if node.element != "boundaryEvent":
        return
    host = process.nodes.get(node.attached_to)
    usable = host is not None and host.kind in HOSTS and host.element != "intermediateCatchEvent"
    if host is None or not usable or host.parent != node.parent or host.attached_to:
        subject.report.add("boundary_host", node, host=node.attached_to)
    elif host.kind in {"service", "decision"}:
        subject.report.add("boundary_instant", node, host=host.name or host.id)


def _check_split(subject: Subject, process: Process, node: Node) -> None:
    if node.kind == "event_based":
        _check_event_based(subject, process, node)
    if node.kind not in {"exclusive", "inclusive"} or len(node.outgoing) < 2:  # noqa: PLR2004  (no split)
        return
    if node.default not in node.outgoing:
        subject.report.add("no_default", node)
    for key in node.outgoing:
        flow = process.flows[key]
        if key == node.default and flow.condition:
            subject.report.add("default_condition", place_of_flow(process, flow))
        if key != node.default and not flow.condition:
            subject.report.add("no_condition", place_of_flow(process, flow))


def _check_event_based(subject: Subject, process: Process, node: Node) -> None:
    targets = [process.nodes[key] for key in process.targets(node.id) if key in process.nodes]
    if len(targets) < 2:  # noqa: PLR2004  (no split)
        subject.report.add("event_based_few", node)
    for target in targets:
        if target.element != "intermediateCatchEvent" or len(target.incoming) > 1:
            subject.report.add("event_based_target", node, target=target.name or target.id)


def _check_ends(subject: Subject, scope: Scope) -> None:
    owner = scope.process.nodes[scope.parent] if scope.parent else scope.process
    plain = [n for n in scope.of_kind("start") if not n.message]
    messages = [n for n in scope.of_kind("start") if n.message]
    if len(plain) > 1 or (plain and messages) or len(messages) > 1:
        subject.report.add("several_starts", owner)
    if not plain and (not messages or scope.parent):
        subject.report.add("no_start", owner)
    if scope.parent:
        for node in messages:
            subject.report.add("message_start_inside", node)
    if not scope.of_kind("end"):
        subject.report.add("no_end", owner)


def _check_reach(subject: Subject, scope: Scope) -> None:
    starts = [node.id for node in scope.of_kind("start")]
    ends = [node.id for node in scope.of_kind("end")]
    reached = reach(starts, scope.edges)
    ending = reach(ends, reverse(scope.edges))
    for node in scope.nodes.values():
        if starts and node.id not in reached:
            subject.report.add("unreachable", node)
        if ends and node.id not in ending:
            subject.report.add("dead_end", node)


def _check_loops(subject: Subject, scope: Scope) -> None:
    automatic = {n.id for n in scope.of_kind(*AUTOMATIC)}
    for key in sorted(on_cycles(within(scope.edges, automatic))):
        subject.report.add("busy_loop", scope.nodes[key])
    cycles = on_cycles(scope.edges)
    for node in scope.of_kind(*CONCURRENT):
        if node.id in cycles:
            subject.report.add("parallel_in_loop", node)


def _check_blocks(subject: Subject, scope: Scope) -> None:
    gateways = scope.of_kind(*CONCURRENT)
    splits = [n for n in gateways if len(n.outgoing) > 1]
    joins = [n for n in gateways if len(n.incoming) > 1]
    for split in splits:
        if not scope.parent:
            subject.report.add("parallel_outside", split)
    for split in splits[1:]:
        subject.report.add("parallel_two", split)
    for join in joins[1:]:
        subject.report.add("parallel_joins", join)
    for join in joins:
        if not splits:
            subject.report.add("join_alone", join)
    if len(splits) == 1 and len(joins) <= 1 and splits != joins:
        _check_block(subject, scope, splits[0], joins[0] if joins else None)


def _check_block(subject: Subject, scope: Scope, split: Node, join: Node | None) -> None:
    """Each branch must arrive at the join exactly once, or end without it."""
    flows, arrivals, met = scope.process.flows, [], set[str]()
    ends = {n.id for n in scope.of_kind("end")}
    for key in split.outgoing:
        target = flows[key].target
        beside = reach([target], scope.straight, without=join.id if join else "")
        shared = (beside & met) - ends
        met |= beside
        if shared:
            first = min(shared, key=lambda n: scope.nodes[n].line if n in scope.nodes else 0)
            subject.report.add("branches_merge", scope.nodes.get(first, split))
        if join is None:
            continue
        ways = [f for f in join.incoming if f == key or flows[f].source in beside]
        stopping = {n for n in beside & ends if not scope.nodes[n].terminate}
        arrivals += ways
        if join.kind == "parallel" and (len(ways) > 1 or (ways and stopping)):
            subject.report.add("branch_unbalanced", flow_or(scope, target, split), join=join.id)
    if join and join.kind == "parallel" and set(join.incoming) - set(arrivals):
        subject.report.add("join_starves", join)


def flow_or(scope: Scope, key: str, other: Node) -> Node:
    """Return the first node of a branch, or the gateway when the flow leads nowhere."""
    return scope.nodes.get(key, other)
