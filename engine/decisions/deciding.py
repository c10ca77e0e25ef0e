"""Deciding: what a decision needs first, then its table, formula or call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from engine.decisions import tables
from engine.decisions.model import Decision, Formula, InputData, Knowledge, Logic, Step, Table, Type
from engine.decisions.refusals import refuse, refuse_expression
from engine.decisions.types import allowed, is_of, read_as, shown
from engine.feel import Evaluation, FeelError, Function, normalise

Place = tuple[str, str]
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


def decide(
    decision: Decision,
    context: Mapping[str, Any],
    *,
    functions: Mapping[str, Callable[..., Any]] = _NONE,
    now: datetime | None = None,
    name: str = "",
) -> Any:
    """The result of the decision ``name`` (name or id), or of the one no other needs.

    Where several decisions are needed by no other, the result is a context by their names.
    Raises Invalid naming decision and rule: an input of the wrong type or outside the listed
    values, contradicting rules, an exceeded bound.
    """
    walk = _Walk(decision, context, Evaluation(context, functions, now))
    if name:
        return walk.result(_find(decision, name))
    results = {walk.step(key).name: walk.result(key) for key in decision.roots}
    return next(iter(results.values())) if len(results) == 1 else results


def _find(decision: Decision, name: str) -> str:
    found = [step.id for step in decision.steps() if name in (step.id, step.name)]
    if not found:
        refuse("unknown_decision", ("", ""), name=name)
    return found[0]


class _Walk:
    """One walk through the elements of a file; each is worked out once."""

    def __init__(self, decision: Decision, context: Mapping[str, Any], values: Evaluation) -> None:
        self._decision = decision
        self._context = context
        self._values = values
        self._known: dict[str, Any] = {}

    def step(self, key: str) -> Step:
        """The decision of that id."""
        found = self._decision.elements[key]
        assert isinstance(found, Step)
        return found

    def result(self, key: str) -> Any:
        """The value of an element, what it needs first; loading has made sure it ends."""
        if key in self._known:
            return self._known[key]
        element = self._decision.elements[key]
        if isinstance(element, InputData):
            value = self._input(element)
        else:
            for need in element.needs:
                self.result(need)
            value = self._worked_out(element)
        self._known[key] = value
        self._values.define(element.name, value)
        return value

    def _input(self, element: InputData) -> Any:
        value = read_as(self._context.get(element.name), element.type)
        check_input(self._values, element.name, value, element.type)
        return value

    def _worked_out(self, element: Step | Knowledge) -> Any:
        place = (f"决策“{element.name}”", f"decision “{element.name}”")
        if isinstance(element, Step):
            return read_as(self._logic(element.logic, _NONE, place), element.type)
        parameters = tuple(name for name, _ in element.parameters)

        def run(*arguments: Any) -> Any:
            given = {
                name: read_as(argument, wanted)
                for (name, wanted), argument in zip(element.parameters, arguments, strict=True)
            }
            return self._logic(element.logic, given, place)

        return Function(parameters, run)

    def _logic(self, logic: Logic, extra: Mapping[str, Any], place: Place) -> Any:
        try:
            if isinstance(logic, Table):
                return tables.result(self._values, logic, extra, place)
            if isinstance(logic, Formula):
                return self._values.value(logic.expression, extra)
        except FeelError as error:
            refuse_expression(error, place)
        bound = {key: self._logic(part, extra, place) for key, part in logic.bindings}
        function = self._values.get(logic.function)
        if not isinstance(function, Function) or bound.keys() != set(function.parameters):
            refuse("dangling", place, target=logic.function)
        return function.run(*(bound[key] for key in function.parameters))


def check_input(values: Evaluation, name: str, value: Any, wanted: Type) -> None:
    """Raise Invalid when an input is not of its type or not among its allowed values."""
    place = ("", "")
    if not is_of(value, wanted):
        refuse("input_type", place, name=name, type=wanted.base, value=shown(normalise(value)))
    if not allowed(values, value, wanted):
        refuse("input_value", place, name=name, value=shown(value))
