"""What a DMN file needs from outside, for the check of a package before it is deployed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.decisions.model import Decision, InputData, Invocation, Knowledge, Logic, Table
from engine.feel import Expression, functions_used, names


def reads(decision: Decision) -> frozenset[str]:
    """The variables the decisions of a file read for certain, its input data included."""
    found: set[str] = set()
    inside = {one.name for one in decision.elements.values()}
    for element in decision.elements.values():
        if isinstance(element, InputData):
            found.add(element.name)
            continue
        bound = {name for name, _ in element.parameters} if isinstance(element, Knowledge) else ()
        for expression in _expressions(element.logic):
            found |= names(expression, certain=True) - inside - set(bound)
    return frozenset(found)


def calls(decision: Decision) -> frozenset[str]:
    """The functions of the caller a file uses: neither builtins nor its own knowledge models."""
    found: set[str] = set()
    for element in decision.elements.values():
        if not isinstance(element, InputData):
            for expression in _expressions(element.logic):
                found |= functions_used(expression)
    return frozenset(found - {one.name for one in decision.elements.values()})


def _expressions(logic: Logic) -> Iterator[Expression]:
    if isinstance(logic, Table):
        yield from _of_table(logic)
    elif isinstance(logic, Invocation):
        for _, part in logic.bindings:
            yield from _expressions(part)
    else:
        yield logic.expression


def _of_table(table: Table) -> Iterator[Expression]:
    yield from (column.expression for column in table.inputs)
    yield from (column.default for column in table.outputs if column.default)
    for rule in table.rules:
        yield from rule.tests
        yield from rule.results
