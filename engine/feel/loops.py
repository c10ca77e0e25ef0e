"""Filters, ``for``, ``some`` and ``every`` at run time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import limits
from engine.feel.errors import FeelError
from engine.feel.run import Run, Scope
from engine.feel.values import Range

Code = Callable[[Scope], Any]
Sources = Sequence[tuple[str, Code]]


def as_list(value: Any) -> list[Any]:
    """What a filter works on: null is no item, a single value is one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def item_at(items: list[Any], place: Decimal) -> Any:
    """The item at a place counted from 1, or from the end when negative; None outside."""
    if place != place.to_integral_value() or not 1 <= abs(place) <= len(items):
        return None
    at = int(place)
    return items[at - 1 if at > 0 else at]


def keep(scope: Scope, items: list[Any], condition: Code, cost: int) -> Any:
    """The items for which the condition is true, or the item its number names."""
    scope.run.spend(cost * (len(items) + 1))
    kept: list[Any] = []
    for item in items or [None]:
        inner = scope.inner({"item": item})
        found = condition(inner.inner(item) if isinstance(item, dict) else inner)
        if isinstance(found, Decimal):
            return item_at(items, found)
        if found is True:
            kept.append(item)
    return kept if items else []


def iterate(value: Any, run: Run) -> list[Any] | None:
    """The items a loop goes through; None when the value cannot be gone through."""
    if isinstance(value, list):
        return value
    if isinstance(value, Range):
        return _steps(value, run)
    return None if value is None else [value]


def _steps(span: Range, run: Run) -> list[Any] | None:
    low, high = span.low, span.high
    if type(low) is date and type(high) is date:
        count = (high - low).days
        run.spend(abs(count))
        step = timedelta(days=1 if count >= 0 else -1)
        items: list[Any] = [low + step * at for at in range(abs(count) + 1)]
    elif _whole(low) and _whole(high):
        count = abs(int(high - low))
        if count > limits.LIST:
            raise FeelError("too_large", limit=limits.LIST)
        run.spend(count)
        items = [low + at if high >= low else low - at for at in range(count + 1)]
    else:
        return None
    first = 0 if span.low_in else 1
    return items[first:] if span.high_in else items[first:-1]


def _whole(value: Any) -> bool:
    return isinstance(value, Decimal) and value == value.to_integral_value()


def _bindings(scope: Scope, sources: Sources) -> Iterator[dict[str, Any] | None]:
    """Every combination of the sources' items; None when a source cannot be gone through."""
    name, source = sources[0]
    items = iterate(source(scope), scope.run)
    if items is None:
        yield None
        return
    for item in items:
        bound = {name: item}
        if len(sources) == 1:
            yield bound
            continue
        scope.run.spend(1)
        for rest in _bindings(scope.inner(bound), sources[1:]):
            yield None if rest is None else {**bound, **rest}


def collector(sources: Sources, body: Code, cost: int, *, partial: bool) -> Code:
    """``for``: the body's values; null when a source is no list."""

    def run(scope: Scope) -> list[Any] | None:
        state, results = scope.run, list[Any]()
        for bound in _bindings(scope, sources):
            if bound is None:
                return None
            state.spend(cost)
            if partial:  # a copy, so that a result never holds itself
                state.spend(len(results))
                bound["partial"] = list(results)
            results.append(body(scope.inner(bound)))
        return results

    return run


def quantifier(
    sources: Sources, body: Code, cost: int, *, stop: bool
) -> Callable[[Scope], bool | None]:
    """``some`` (stops at True) and ``every`` (stops at False), with three truth values."""

    def run(scope: Scope) -> bool | None:
        state, unknown = scope.run, False
        for bound in _bindings(scope, sources):
            if bound is None:
                return None
            state.spend(cost)
            found = body(scope.inner(bound))
            if isinstance(found, bool) and found is stop:
                return found
            unknown = unknown or not isinstance(found, bool)
        return None if unknown else not stop

    return run
