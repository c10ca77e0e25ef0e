"""How a call finds its arguments: builtins, functions of the caller, functions in expressions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from engine.feel.builtins import MISFIT, Builtin
from engine.feel.errors import FeelError
from engine.feel.run import Scope
from engine.feel.values import Function, normalise, weigh

Code = Callable[[Scope], Any]
Place = tuple[int, str]


def _nothing(scope: Scope) -> None:
    return None


def bind(
    overloads: Sequence[Builtin], arguments: Sequence[Code], named: Mapping[str, Code], place: Place
) -> Code:
    """The closure of a builtin call; FeelError when no form of it has such arguments."""
    ready: list[tuple[Builtin, list[Code]]] = []
    for overload in overloads:
        codes = overload.arrange(arguments, named, _nothing)
        if codes is not None:
            ready.append((overload, codes))
    if not ready:
        raise FeelError("arguments", *place, name=overloads[0].name)

    def call(scope: Scope) -> Any:
        for form, codes in ready:
            result = form.call(scope.run, [code(scope) for code in codes])
            if result is not MISFIT:
                return result
        return None

    return call


def call_function(
    function: Function,
    scope: Scope,
    arguments: Sequence[Code],
    named: Mapping[str, Code],
    place: Place,
) -> Any:
    """Call a function written in an expression; every parameter must be given."""
    if named:
        if named.keys() != set(function.parameters):
            raise FeelError("arguments", *place, name=", ".join(function.parameters))
        return function.run(*(named[name](scope) for name in function.parameters))
    if len(arguments) != len(function.parameters):
        raise FeelError("arguments", *place, name=", ".join(function.parameters))
    return function.run(*(argument(scope) for argument in arguments))


@lru_cache(maxsize=512)
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)


def call_extension(
    function: Callable[..., Any],
    scope: Scope,
    arguments: Sequence[Code],
    named: Mapping[str, Code],
    place: Place,
) -> Any:
    """Call a Python function the caller offered; what it raises is the caller's to handle."""
    values = [argument(scope) for argument in arguments]
    keywords = {name: argument(scope) for name, argument in named.items()}
    for value in (*values, *keywords.values()):
        weigh(value, scope.run.spend)
    try:
        bound = _signature(function).bind(*values, **keywords)
    except TypeError:
        raise FeelError("arguments", *place, name=getattr(function, "__name__", "?")) from None
    return normalise(function(*bound.args, **bound.kwargs))
