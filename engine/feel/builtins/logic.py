"""Truth values, contexts and conversions."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from engine.feel import limits
from engine.feel.builtins.registry import builtin
from engine.feel.errors import FeelError
from engine.feel.run import Run
from engine.feel.temporal import text_of
from engine.feel.values import NUMBERS, equal, kind

_NUMBER: Final = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_SEPARATORS: Final = ("", " ", ",", ".")


@builtin("not", "negand: any", "boolean")
def negate(value: Any) -> bool | None:
    """True for false, false for true, null for anything else."""
    return not value if isinstance(value, bool) else None


@builtin("is", "value1: any, value2: any", "boolean", needs_run=True)
def is_(run: Run, left: Any, right: Any) -> bool:
    """Whether both are the same value of the same kind."""
    return kind(left) == kind(right) and equal(left, right, run.spend) is True


@builtin("string", "from: any", "string", needs_run=True)
def string(run: Run, value: Any) -> str | None:
    """The text of any value."""
    text = text_of(value, run.spend)
    if text is not None and len(text) > limits.TEXT:
        raise FeelError("too_large", limit=limits.TEXT)
    return text


@builtin("number", "from: number", "number")
def number_of_number(value: Decimal) -> Decimal:
    """A number is itself."""
    return value


@builtin(
    "number",
    "from: string, grouping separator?: string, decimal separator?: string",
    "number",
)
def number(text: str, grouping: str | None = None, point: str | None = None) -> Decimal | None:
    """The number a text writes; null when it writes none."""
    if (grouping or "") not in _SEPARATORS or (point or ".") not in (".", ","):
        return None
    if grouping and grouping == (point or "."):
        return None
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    if len(plain) > NUMBERS.Emax or not _NUMBER.fullmatch(plain):
        return None
    return NUMBERS.create_decimal(plain)


@builtin("get value", "m: context, key: string", "any")
def get_value(context: dict[str, Any], key: str) -> Any:
    """The entry of that key."""
    return context.get(key)


@builtin("get entries", "m: context", "list")
def get_entries(context: dict[str, Any]) -> list[dict[str, Any]]:
    """Contexts of ``key`` and ``value``, one per entry."""
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context put", "context: context, key: string, value: any", "context")
def context_put(context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A copy with the entry set."""
    return {**context, key: value}


@builtin("context put", "context: context, keys: list, value: any", "context")
def context_put_deep(context: dict[str, Any], keys: list[Any], value: Any) -> Any:
    """A copy with the entry at a path of keys set."""
    if not keys or not all(isinstance(key, str) for key in keys):
        return None
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if not isinstance(inner, dict):
        return None
    changed = context_put_deep(inner, keys[1:], value)
    return None if changed is None else {**context, keys[0]: changed}


@builtin("context merge", "contexts: list", "context")
def context_merge(contexts: list[Any]) -> dict[str, Any] | None:
    """One context of all; the later one wins."""
    if not all(isinstance(one, dict) for one in contexts):
        return None
    return {key: value for one in contexts for key, value in one.items()}


@builtin("context", "entries: list", "context")
def context_of(entries: list[Any]) -> dict[str, Any] | None:
    """A context of contexts of ``key`` and ``value``."""
    built: dict[str, Any] = {}
    for entry in entries:
        key = entry.get("key") if isinstance(entry, dict) else None
        if not isinstance(key, str) or "value" not in entry or key in built:
            return None
        built[key] = entry["value"]
    return built
