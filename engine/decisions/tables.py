"""Decision tables: which rules match, and what the hit policy makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.decisions.model import Output, Rule, Table
from engine.decisions.refusals import refuse
from engine.decisions.types import is_of, read_as, shown
from engine.feel import Evaluation
from engine.feel.builtins.lists import maximum, minimum, total
from engine.feel.values import equal

Place = tuple[str, str]
Extra = Mapping[str, Any]
Hits = list[tuple[Rule, tuple[Any, ...]]]


def result(values: Evaluation, table: Table, extra: Extra, place: Place) -> Any:
    """What a table decides; null, or an empty list, when no rule matches and no default is.

    Raises Invalid for an input of the wrong type or outside the listed values, and for rules
    that contradict each other under the policies U and A.
    """
    asked = [_input(values, table, at, extra, place) for at in range(len(table.inputs))]
    rules = _matching(values, table, asked, extra)
    if not rules:
        return _no_hit(values, table, extra)
    if table.policy == "U" and len(rules) > 1:
        refuse("unique", place, rules=_numbers(rules))
    hits: Hits = [
        (rule, tuple(values.value(entry, extra) for entry in rule.results)) for rule in rules
    ]
    return _POLICIES[table.policy](table, hits, place)


def _input(values: Evaluation, table: Table, at: int, extra: Extra, place: Place) -> Any:
    column = table.inputs[at]
    value = read_as(values.value(column.expression, extra), column.type)
    if not is_of(value, column.type):
        refuse(
            "input_type", place, name=column.label, type=column.type.base, value=shown(value)
        )  # fmt: skip
    for listed in (column.allowed, column.type.allowed):
        if listed and value is not None and not values.test(listed, value, extra):
            refuse("input_value", place, name=column.label, value=shown(value))
    return value


def _matching(values: Evaluation, table: Table, asked: list[Any], extra: Extra) -> list[Rule]:
    found: list[Rule] = []
    for rule in table.rules:
        cells = zip(rule.tests, asked, strict=True)
        if all(values.test(cell, value, extra) is True for cell, value in cells):
            found.append(rule)
            if table.policy == "F":
                break
    return found


def _no_hit(values: Evaluation, table: Table, extra: Extra) -> Any:
    if table.policy == "C#":
        return Decimal(0)
    if all(output.default is None for output in table.outputs):
        return [] if table.policy in ("C", "R", "O") else None
    defaults = tuple(
        output.default and values.value(output.default, extra) for output in table.outputs
    )
    row = _row(table, defaults)
    return [row] if table.policy in ("C", "R", "O") else row


def _row(table: Table, results: tuple[Any, ...]) -> Any:
    if len(table.outputs) == 1:
        return results[0]
    return {output.name: value for output, value in zip(table.outputs, results, strict=True)}


def _numbers(rules: list[Rule]) -> str:
    return ", ".join(str(rule.number) for rule in rules)


def _first(table: Table, hits: Hits, place: Place) -> Any:
    return _row(table, hits[0][1])


def _any(table: Table, hits: Hits, place: Place) -> Any:
    first = list(hits[0][1])
    if any(equal(first, list(results)) is not True for _, results in hits):
        refuse("any", place, rules=_numbers([rule for rule, _ in hits]))
    return _row(table, hits[0][1])


def _all(table: Table, hits: Hits, place: Place) -> list[Any]:
    return [_row(table, results) for _, results in hits]


def _ordered(table: Table, hits: Hits) -> Hits:
    return sorted(hits, key=lambda hit: _priority(table.outputs, hit[1]))


def _priority(outputs: tuple[Output, ...], results: tuple[Any, ...]) -> list[int]:
    """Places of the results in the listed values, column by column; unlisted ones come last."""
    places: list[int] = []
    for output, value in zip(outputs, results, strict=True):
        if output.order:
            at = [place for place, one in enumerate(output.order) if equal(one, value)]
            places.append(at[0] if at else len(output.order))
    return places


def _highest(table: Table, hits: Hits, place: Place) -> Any:
    return _row(table, _ordered(table, hits)[0][1])


def _by_priority(table: Table, hits: Hits, place: Place) -> list[Any]:
    return _all(table, _ordered(table, hits), place)


def _aggregate(work: Callable[[list[Any]], Any]) -> Callable[[Table, Hits, Place], Any]:
    return lambda table, hits, place: work([results[0] for _, results in hits])


_POLICIES: Final[dict[str, Callable[[Table, Hits, Place], Any]]] = {
    "U": _first,
    "F": _first,
    "A": _any,
    "P": _highest,
    "R": _all,
    "C": _all,
    "O": _by_priority,
    "C+": _aggregate(total),
    "C<": _aggregate(minimum),
    "C>": _aggregate(maximum),
    "C#": _aggregate(lambda results: Decimal(len(results))),
}
