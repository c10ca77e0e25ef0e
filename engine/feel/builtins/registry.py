"""How a builtin is declared: its Python function and a FEEL signature both checks read.

``@builtin("substring", "string: string, start position: number, length?: number", "string")``
declares names for named arguments, types for the run-time and the deploy-time check, ``?``
for a parameter that may be left out, ``*`` for one that takes all remaining arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import DecimalException
from typing import Any, Final, TypeVar

from engine.feel.errors import FeelError
from engine.feel.run import Run
from engine.feel.values import kind

MISFIT: Final[Any] = object()
"""The arguments are not of the declared types."""

_GROUPS: Final = {
    "duration": frozenset(("days and time duration", "years and months duration")),
    "point": frozenset(("date", "date and time")),
}
Made = TypeVar("Made", bound=Callable[..., Any])
Slot = TypeVar("Slot")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; ``types`` empty means any, null included."""

    name: str
    types: frozenset[str]
    optional: bool
    rest: bool

    def fit(self, value: Any) -> Any:
        """The value as this parameter takes it, or MISFIT.

        A list of one stands for its item, and a single value for a list of it, as FEEL asks.
        """
        if not self.types or (value is None and self.optional) or kind(value) in self.types:
            return value
        if isinstance(value, list) and len(value) == 1 and kind(value[0]) in self.types:
            return value[0]
        return [value] if "list" in self.types and value is not None else MISFIT


@dataclass(frozen=True, slots=True)
class Builtin:
    """One form of a builtin function."""

    name: str
    parameters: tuple[Parameter, ...]
    result: str
    run: Callable[..., Any]
    needs_run: bool

    def arrange(
        self, arguments: Sequence[Slot], named: Mapping[str, Slot], nothing: Slot
    ) -> list[Slot] | None:
        """Arguments in the order of the parameters, ``nothing`` for gaps; None: do not fit."""
        if named:
            return self._arrange_named(named, nothing)
        rest = bool(self.parameters) and self.parameters[-1].rest
        needed = sum(not (one.optional or one.rest) for one in self.parameters)
        if len(arguments) < needed + rest:
            return None
        return list(arguments) if rest or len(arguments) <= len(self.parameters) else None

    def _arrange_named(self, named: Mapping[str, Slot], nothing: Slot) -> list[Slot] | None:
        names = [one.name for one in self.parameters]
        if any(one.rest for one in self.parameters) or not named.keys() <= set(names):
            return None
        if any(not one.optional and one.name not in named for one in self.parameters):
            return None
        return [named.get(name, nothing) for name in names]

    def call(self, run: Run, values: list[Any]) -> Any:
        """The result, None when it has none, MISFIT when the types are wrong."""
        fitted = self._fit(values)
        if fitted is None:
            return MISFIT
        for value in fitted:
            if isinstance(value, list):
                run.spend(len(value))
        try:
            result = self.run(run, *fitted) if self.needs_run else self.run(*fitted)
        except FeelError:
            raise
        except (DecimalException, OverflowError, ValueError):
            return None
        if isinstance(result, (list, str)):
            run.spend(len(result) // 16)
        return result

    def _fit(self, values: list[Any]) -> list[Any] | None:
        fitted = []
        for at, one in enumerate(self.parameters[: len(values)]):
            value = [one.fit(each) for each in values[at:]] if one.rest else one.fit(values[at])
            if value is MISFIT or (one.rest and MISFIT in value):
                return None
            fitted.append(value)
        return fitted


BUILTINS: Final[dict[str, tuple[Builtin, ...]]] = {}
"""Every builtin by name, its forms in the order they are tried."""


def builtin(
    name: str, signature: str, result: str, *, needs_run: bool = False
) -> Callable[[Made], Made]:
    """Declare one form of a builtin function; see the module for the signature."""
    parameters = tuple(_parameter(part) for part in signature.split(",") if part.strip())

    def declare(run: Made) -> Made:
        form = Builtin(name, parameters, result, run, needs_run)
        BUILTINS[name] = (form, *BUILTINS.get(name, ()))  # decorators apply from below
        return run

    return declare


def _parameter(text: str) -> Parameter:
    name, _, types = (part.strip() for part in text.partition(":"))
    allowed: set[str] = set()
    for one in types.split("|"):
        allowed |= _GROUPS.get(one, {one})
    return Parameter(
        name.strip("*?"),
        frozenset(allowed - {"any"}),
        optional=name.endswith("?"),
        rest=name.startswith("*"),
    )
