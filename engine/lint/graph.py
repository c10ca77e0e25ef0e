"""Graph questions the flow rules ask. Scopes are small (at most 250 nodes)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from engine.diagrams import Node, Process

Edges = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Scope:
    """A process or the inside of one sub-process, as a graph of node ids.

    ``edges`` follow the sequence flows and lead from an activity to its boundary events;
    ``straight`` leaves out boundary events that do not interrupt, whose path runs beside.
    """

    process: Process
    parent: str
    nodes: Mapping[str, Node]
    edges: Edges
    straight: Edges

    def of_kind(self, *kinds: str) -> list[Node]:
        """Return the nodes of some kinds."""
        return [node for node in self.nodes.values() if node.kind in kinds]


def scopes(process: Process) -> list[Scope]:
    """Return the process itself and each of its sub-processes."""
    parents = ["", *(n.id for n in process.nodes.values() if n.element in _CONTAINERS)]
    return [_scope(process, parent) for parent in parents]


_CONTAINERS = {"subProcess", "transaction", "adHocSubProcess"}


def _scope(process: Process, parent: str) -> Scope:
    nodes = {node.id: node for node in process.inside(parent)}
    edges: dict[str, set[str]] = {key: set() for key in nodes}
    for flow in process.flows.values():
        if flow.source in nodes and flow.target in nodes:
            edges[flow.source].add(flow.target)
    straight = {key: set(targets) for key, targets in edges.items()}
    for node in nodes.values():
        if node.attached_to in nodes:
            edges[node.attached_to].add(node.id)
            if node.interrupting:
                straight[node.attached_to].add(node.id)
    return Scope(process, parent, nodes, edges, straight)


def reach(starts: Iterable[str], edges: Edges, *, without: str = "") -> set[str]:
    """Return the nodes that can be reached, the starts included, never entering *without*."""
    found: set[str] = set()
    stack = [start for start in starts if start != without]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack.extend(n for n in edges.get(node, ()) if n != without)
    return found


def reverse(edges: Edges) -> dict[str, set[str]]:
    """Return the graph with every edge turned round."""
    turned: dict[str, set[str]] = {node: set() for node in edges}
    for source, targets in edges.items():
        for target in targets:
            turned.setdefault(target, set()).add(source)
    return turned


def on_cycles(edges: Edges) -> set[str]:
    """Return the nodes from which a way leads back to them."""
    return {node for node, targets in edges.items() if node in reach(targets, edges)}


def within(edges: Edges, nodes: Collection[str]) -> dict[str, set[str]]:
    """Return the part of a graph between some nodes."""
    kept = set(nodes)
    return {node: kept & set(edges.get(node, ())) for node in kept}
