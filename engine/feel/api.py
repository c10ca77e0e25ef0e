"""What the rest of the system calls: parse, evaluate, names, unary."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from engine.feel import limits, nodes
from engine.feel.builtins import BUILTINS
from engine.feel.compiler import Compiler
from engine.feel.errors import FeelError
from engine.feel.free_names import free_names
from engine.feel.parser import Parser
from engine.feel.run import Functions, Run, Scope
from engine.feel.values import normalise, weigh

_NO_FUNCTIONS: Final[Functions] = MappingProxyType({})
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_CALLED: Final = (*BUILTINS, "is defined")
_LEADING: Final = re.compile(r"^(\s*)=")
"""The sign becomes a blank, so that positions stay those of the source."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that has been read; ``node`` is its tree."""

    source: str
    node: nodes.Node
    code: Callable[..., Any] = field(repr=False, compare=False)


def parse(source: str, known: frozenset[str] = frozenset()) -> Expression:
    """Read an expression; a leading ``=`` may be there. Raises FeelError.

    ``known`` holds variable, entry and function names with spaces or signs in them.
    """
    return _parse(_LEADING.sub(r"\1 ", source, count=1), known)


@lru_cache(maxsize=4096)
def _parse(source: str, known: frozenset[str]) -> Expression:
    node = Parser(source, _CALLED, known).expression()
    _bound(node, source)
    return Expression(source, node, Compiler(source).code(node))


@lru_cache(maxsize=4096)
def parse_cell(source: str, known: frozenset[str] = frozenset()) -> Expression:
    """Read the unary tests of a decision table's cell, ``-`` included. Raises FeelError."""
    node = Parser(source, _CALLED, known).cell()
    _bound(node, source)
    return Expression(source, node, Compiler(source).tests(node))


def _bound(node: nodes.Node, source: str) -> None:
    if nodes.depth(node) > limits.DEPTH:
        raise FeelError("too_deep", 0, source, limit=limits.DEPTH)


class Evaluation:
    """Several expressions over the same variables, with one clock and one bound for all.

    ``functions`` are called by name, as builtins are; what they raise goes through. ``now`` is
    an aware instant. A wrong type gives None. The methods raise FeelError: unknown function,
    exceeded bound, today() without ``now``.
    """

    def __init__(
        self,
        context: Mapping[str, Any],
        functions: Functions = _NO_FUNCTIONS,
        now: datetime | None = None,
    ) -> None:
        self._own: dict[str, Any] = {}
        self._scope = Scope(context, None, Run(functions, now)).inner(self._own)

    def define(self, name: str, value: Any) -> None:
        """Let a name stand for a value of the language, before any variable of that name."""
        self._own[name] = value

    def get(self, name: str) -> Any:
        """The value of a name, None when nothing has it."""
        return self._scope.get(name)

    def value(self, expression: Expression, extra: Mapping[str, Any] = _NOTHING) -> Any:
        """The value of an expression; ``extra`` names are seen by it alone."""
        scope = self._scope.inner(extra) if extra else self._scope
        try:
            found = expression.code(scope)
        except RecursionError:
            raise FeelError("too_deep", 0, expression.source, limit=limits.DEPTH) from None
        if isinstance(found, (list, dict)):
            weigh(found, scope.run.spend)
        return found

    def test(
        self, cell: Expression, value: Any, extra: Mapping[str, Any] = _NOTHING
    ) -> bool | None:
        """Whether a value passes a cell; None when it cannot be decided."""
        scope = self._scope.inner({**extra, "?": value})
        try:
            found: bool | None = cell.code(scope, value)
        except RecursionError:
            raise FeelError("too_deep", 0, cell.source, limit=limits.DEPTH) from None
        return found


def evaluate(
    expression: str | Expression,
    context: Mapping[str, Any],
    *,
    functions: Functions = _NO_FUNCTIONS,
    now: datetime | None = None,
) -> Any:
    """The value of an expression with the variables of ``context``; see Evaluation.

    Raises FeelError also when the text cannot be read.
    """
    ready = parse(expression) if isinstance(expression, str) else expression
    return Evaluation(context, functions, now).value(ready)


def unary(
    tests: str | Expression,
    value: Any,
    context: Mapping[str, Any],
    *,
    functions: Functions = _NO_FUNCTIONS,
    now: datetime | None = None,
) -> bool | None:
    """Whether ``value`` passes the unary tests; in them ``?`` is the value. None: undecided."""
    ready = parse_cell(tests) if isinstance(tests, str) else tests
    return Evaluation(context, functions, now).test(ready, normalise(value))


def names(expression: str | Expression, *, certain: bool = False) -> frozenset[str]:
    """The variables an expression reads.

    In ``people[age > limit]`` both ``age`` and ``limit`` may be variables or entries of an
    item; ``certain`` leaves such names out.
    """
    ready = parse(expression) if isinstance(expression, str) else expression
    return free_names(ready.node, certain=certain)


def functions_used(expression: str | Expression) -> frozenset[str]:
    """The functions an expression calls that are no builtins."""
    ready = parse(expression) if isinstance(expression, str) else expression
    called = {part.name for part in nodes.walk(ready.node) if isinstance(part, nodes.Call)}
    return frozenset(called - set(_CALLED))
