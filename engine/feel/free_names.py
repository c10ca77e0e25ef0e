"""Which variables an expression reads from outside."""

from __future__ import annotations

from collections.abc import Iterator

from engine.feel import nodes
from engine.feel.nodes import Node

_Bound = frozenset[str]


def free_names(node: Node, *, certain: bool) -> frozenset[str]:
    """Free variables; with ``certain`` without those a filter may find in its items."""
    return frozenset(_free(node, frozenset(("?",)), certain=certain))


def _free(node: Node, bound: _Bound, *, certain: bool) -> Iterator[str]:
    if isinstance(node, nodes.Name):
        if node.name not in bound:
            yield node.name
        return
    for child, inner in _below(node, bound):
        if isinstance(node, nodes.Filter) and child is node.condition and certain:
            continue
        yield from _free(child, inner, certain=certain)


def _below(node: Node, bound: _Bound) -> Iterator[tuple[Node, _Bound]]:
    """The children of a node with the names bound for each."""
    if isinstance(node, nodes.Filter):
        yield node.subject, bound
        yield node.condition, bound | {"item"}
    elif isinstance(node, nodes.Loop):
        for name, source in node.sources:
            yield source, bound
            bound |= {name}
        yield node.body, bound | {"partial"} if node.word == "for" else bound
    elif isinstance(node, nodes.ContextNode):
        for name, entry in node.entries:
            yield entry, bound
            bound |= {name}
    elif isinstance(node, nodes.FunctionNode):
        yield node.body, bound | set(node.parameters)
    else:
        for child in nodes.children(node):
            yield child, bound
