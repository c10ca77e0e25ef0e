"""The tree an expression is read into. Every node knows where it begins in the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Comparison = Literal["=", "!=", "<", "<=", ">", ">="]
Arithmetic = Literal["+", "-", "*", "/", "**"]


@dataclass(frozen=True, slots=True)
class Node:
    """What all nodes share."""

    position: int


@dataclass(frozen=True, slots=True)
class Value(Node):
    """A number, a string, true, false, null or a temporal value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable; ``?`` is the value under test in a cell."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """``subject.name``."""

    subject: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """``subject[condition]``."""

    subject: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``and`` (``stop`` is False) or ``or`` (``stop`` is True) of several parts."""

    stop: bool
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``left op right``."""

    op: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Arith(Node):
    """``left op right``."""

    op: Arithmetic
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """``-operand``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``value between low and high``, both ends included."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """``value in tests``."""

    value: Node
    tests: Tests


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One test of a cell: ``op operand``, or without ``op`` an operand to equal or be in."""

    op: Comparison | None
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """The tests of a cell, one of which must hold; ``negated`` for ``not(…)``; empty is ``-``."""

    tests: tuple[Test, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """A type in ``instance of``: ``list`` may carry its item type, ``context`` its entries."""

    name: str
    item: TypeName | None = None
    entries: tuple[tuple[str, TypeName], ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """``value instance of type``."""

    value: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class If(Node):
    """``if condition then yes else no``."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """``for``, ``some`` or ``every`` over one or several sources."""

    word: Literal["for", "some", "every"]
    sources: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class RangeNode(Node):
    """``[low..high]``; a bound of None is open without end."""

    low: Node | None
    high: Node | None
    low_in: bool
    high_in: bool


@dataclass(frozen=True, slots=True)
class ListNode(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextNode(Node):
    """``{a: 1, b: a + 1}``."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call by name; either ``arguments`` or ``named`` is filled."""

    name: str
    arguments: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionNode(Node):
    """``function(a, b) body``."""

    parameters: tuple[str, ...]
    body: Node


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below ``node``, in the order of the source."""
    for field in node.__dataclass_fields__:
        yield from _nodes(getattr(node, field))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything below it."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(children(here))


def depth(node: Node) -> int:
    """Levels of the tree; computed without recursion, since it guards recursion."""
    deepest = 0
    waiting = [(node, 1)]
    while waiting:
        here, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(here))
    return deepest
