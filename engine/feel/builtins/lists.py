"""Lists: counting, sums, order, sets."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.feel import limits
from engine.feel.builtins.registry import builtin
from engine.feel.errors import FeelError
from engine.feel.run import Run
from engine.feel.temporal import text_of
from engine.feel.values import NUMBERS, Function, Range, equal, kind, order, weigh


def _key(value: Any) -> Any:
    """Something hashable that is the same for equal values."""
    if isinstance(value, list):
        return ("list", *map(_key, value))
    if isinstance(value, dict):
        return ("context", frozenset((name, _key(item)) for name, item in value.items()))
    if isinstance(value, Range):
        return ("range", _key(value.low), _key(value.high), value.low_in, value.high_in)
    return (kind(value), value)


def _bounded(items: list[Any]) -> list[Any]:
    if len(items) > limits.LIST:
        raise FeelError("too_large", limit=limits.LIST)
    return items


def _numbers(items: list[Any]) -> list[Decimal] | None:
    return items if items and all(isinstance(item, Decimal) for item in items) else None


def _sum(items: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for item in items:
        total = NUMBERS.add(total, item)
    return total


@builtin("count", "list: list", "number")
def count(items: list[Any]) -> Decimal:
    """How many items; a list without any has 0."""
    return Decimal(len(items))


@builtin("sum", "list: list", "number")
@builtin("sum", "*n: any", "number")
def total(items: list[Any]) -> Decimal | None:
    """The sum of numbers; null for none and when something is no number."""
    numbers = _numbers(items)
    return None if numbers is None else _sum(numbers)


@builtin("product", "list: list", "number")
@builtin("product", "*n: any", "number")
def product(items: list[Any]) -> Decimal | None:
    """The product of numbers; null for none."""
    numbers = _numbers(items)
    if numbers is None:
        return None
    result = Decimal(1)
    for number in numbers:
        result = NUMBERS.multiply(result, number)
    return result


@builtin("mean", "list: list", "number")
@builtin("mean", "*n: any", "number")
def mean(items: list[Any]) -> Decimal | None:
    """The arithmetic mean; null for none."""
    numbers = _numbers(items)
    return None if numbers is None else NUMBERS.divide(_sum(numbers), Decimal(len(numbers)))


@builtin("median", "list: list", "number")
@builtin("median", "*n: any", "number")
def median(items: list[Any]) -> Decimal | None:
    """The middle one, or the mean of the two in the middle; null for none."""
    numbers = _numbers(items)
    if numbers is None:
        return None
    ordered, middle = sorted(numbers), len(numbers) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@builtin("stddev", "list: list", "number")
@builtin("stddev", "*n: any", "number")
def stddev(items: list[Any]) -> Decimal | None:
    """The standard deviation of a sample; null for fewer than two."""
    numbers = _numbers(items)
    if numbers is None or len(numbers) == 1:
        return None
    middle = NUMBERS.divide(_sum(numbers), Decimal(len(numbers)))
    squares = (NUMBERS.power(NUMBERS.subtract(number, middle), 2) for number in numbers)
    return NUMBERS.sqrt(NUMBERS.divide(_sum(squares), Decimal(len(numbers) - 1)))


@builtin("mode", "list: list", "list")
@builtin("mode", "*n: any", "list")
def mode(items: list[Any]) -> list[Decimal] | None:
    """The most frequent numbers in ascending order."""
    if not items:
        return []
    numbers = _numbers(items)
    if numbers is None:
        return None
    often: dict[Decimal, int] = {}
    for number in numbers:
        often[number] = often.get(number, 0) + 1
    most = max(often.values())
    return sorted(number for number, times in often.items() if times == most)


def _extreme(items: list[Any], sign: int) -> Any:
    best = items[0] if items else None
    for item in items:
        place = order(item, best)
        if place is None:
            return None
        if place * sign > 0:
            best = item
    return best


@builtin("min", "list: list", "any")
@builtin("min", "*c: any", "any")
def minimum(items: list[Any]) -> Any:
    """The smallest of values that have an order; null for none."""
    return _extreme(items, -1)


@builtin("max", "list: list", "any")
@builtin("max", "*c: any", "any")
def maximum(items: list[Any]) -> Any:
    """The largest of values that have an order; null for none."""
    return _extreme(items, 1)


@builtin("all", "list: list", "boolean")
@builtin("all", "*b: any", "boolean")
def all_(items: list[Any]) -> bool | None:
    """Whether all are true; false wins over null."""
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


@builtin("any", "list: list", "boolean")
@builtin("any", "*b: any", "boolean")
def any_(items: list[Any]) -> bool | None:
    """Whether one is true; true wins over null."""
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


@builtin("list contains", "list: list, element: any", "boolean", needs_run=True)
def list_contains(run: Run, items: list[Any], element: Any) -> bool:
    """Whether an item equals the element."""
    return any(equal(item, element, run.spend) for item in items)


@builtin("append", "list: list, *items: any", "list")
def append(items: list[Any], more: list[Any]) -> list[Any]:
    """A list with items added at the end."""
    return _bounded([*items, *more])


@builtin("concatenate", "*lists: list", "list")
def concatenate(lists: list[list[Any]]) -> list[Any]:
    """The lists one after another."""
    return _bounded([item for one in lists for item in one])


@builtin("union", "*lists: list", "list", needs_run=True)
def union(run: Run, lists: list[list[Any]]) -> list[Any]:
    """The lists one after another, every value once."""
    return distinct_values(run, concatenate(lists))


@builtin("distinct values", "list: list", "list", needs_run=True)
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    """Every value once, in the order of the first appearance."""
    weigh(items, run.spend)
    return list({_key(item): item for item in reversed(items)}.values())[::-1]


@builtin("duplicate values", "list: list", "list", needs_run=True)
def duplicate_values(run: Run, items: list[Any]) -> list[Any]:
    """The values that appear more than once, each once."""
    weigh(items, run.spend)
    seen: set[Any] = set()
    found: dict[Any, Any] = {}
    for item in items:
        key = _key(item)
        if key in seen:
            found.setdefault(key, item)
        seen.add(key)
    return list(found.values())


@builtin("index of", "list: list, match: any", "list", needs_run=True)
def index_of(run: Run, items: list[Any], match: Any) -> list[Decimal]:
    """The places, from 1, at which the value stands."""
    return [Decimal(at) for at, item in enumerate(items, 1) if equal(item, match, run.spend)]


@builtin("insert before", "list: list, position: number, newItem: any", "list")
def insert_before(items: list[Any], position: Decimal, item: Any) -> list[Any] | None:
    """A list with the item put in front of that place."""
    at = _place(items, position)
    return None if at is None else _bounded([*items[:at], item, *items[at:]])


@builtin("list replace", "list: list, position: number, newItem: any", "list")
def list_replace(items: list[Any], position: Decimal, item: Any) -> list[Any] | None:
    """A list with the item at that place exchanged."""
    at = _place(items, position)
    return None if at is None else [*items[:at], item, *items[at + 1 :]]


@builtin("list replace", "list: list, match: function, newItem: any", "list", needs_run=True)
def list_replace_where(run: Run, items: list[Any], match: Function, item: Any) -> list[Any] | None:
    """A list with the items exchanged for which ``match(item, newItem)`` is true."""
    found = [match.run(each, item) for each in items]
    if not all(isinstance(one, bool) for one in found):
        return None
    return [item if hit else each for hit, each in zip(found, items, strict=True)]


@builtin("remove", "list: list, position: number", "list")
def remove(items: list[Any], position: Decimal) -> list[Any] | None:
    """A list without the item at that place."""
    at = _place(items, position)
    return None if at is None else [*items[:at], *items[at + 1 :]]


def _place(items: list[Any], position: Decimal) -> int | None:
    if position != position.to_integral_value() or not 1 <= abs(position) <= len(items):
        return None
    return int(position) - 1 if position > 0 else len(items) + int(position)


@builtin("reverse", "list: list", "list")
def reverse(items: list[Any]) -> list[Any]:
    """The last first."""
    return items[::-1]


@builtin("sublist", "list: list, start position: number, length?: number", "list")
def sublist(items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any] | None:
    """From a place on, as many as wanted or all that follow."""
    at = _place(items, start)
    if at is None or (length is not None and not 1 <= length <= len(items) - at):
        return None
    return items[at:] if length is None else items[at : at + int(length)]


@builtin("flatten", "list: list", "list", needs_run=True)
def flatten(run: Run, items: list[Any]) -> list[Any]:
    """One list of all items, those of lists within lists too."""
    flat: list[Any] = []
    waiting = [iter(items)]
    while waiting:
        for item in waiting[-1]:
            run.spend(1)
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            flat.append(item)
        else:
            waiting.pop()
    return _bounded(flat)


@builtin("sort", "list: list, precedes?: function", "list")
def sort(items: list[Any], precedes: Function | None = None) -> list[Any] | None:
    """Ascending, or as ``precedes(a, b)`` says; null when the items have no order."""
    if precedes is not None:
        before = precedes.run
        return sorted(items, key=cmp_to_key(lambda a, b: -1 if before(a, b) is True else 1))
    if any(order(item, items[0]) is None for item in items):
        return None
    return sorted(items)


@builtin("string join", "list: list, delimiter?: string", "string")
def string_join(items: list[Any], delimiter: str | None = None) -> str | None:
    """The strings in one, null left out."""
    if not all(item is None or isinstance(item, str) for item in items):
        return None
    parts = [item for item in items if item is not None]
    if sum(map(len, parts)) + len(delimiter or "") * len(parts) > limits.TEXT:
        raise FeelError("too_large", limit=limits.TEXT)
    return (delimiter or "").join(text_of(part) or "" for part in parts)
