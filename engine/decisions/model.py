"""What a DMN file says, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.feel import Expression

HitPolicy = Literal["U", "A", "P", "F", "R", "O", "C", "C+", "C<", "C>", "C#"]


@dataclass(frozen=True, slots=True)
class Type:
    """A declared type: a basic one (``base``; ``any`` for no check) or one with entries."""

    base: str = "any"
    collection: bool = False
    allowed: Expression | None = None
    entries: tuple[tuple[str, Type], ...] = ()


ANY = Type()


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions: what is asked, its type, and which values are expected."""

    label: str
    expression: Expression
    type: Type
    allowed: Expression | None


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results; ``order`` are its values from the highest priority to the lowest."""

    name: str
    type: Type
    allowed: Expression | None
    order: tuple[Any, ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row; ``number`` counts from 1."""

    number: int
    tests: tuple[Expression, ...]
    results: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table."""

    policy: HitPolicy
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """A literal expression."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of a business knowledge model with its parameters bound."""

    function: str
    bindings: tuple[tuple[str, Table | Formula | Invocation], ...]


Logic = Table | Formula | Invocation


@dataclass(frozen=True, slots=True)
class InputData:
    """A value the caller gives under ``name``."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function decisions may call."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    logic: Logic
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One decision of the file; ``needs`` are the ids of what has to be known before."""

    id: str
    name: str
    type: Type
    logic: Logic
    needs: tuple[str, ...]


Element = InputData | Knowledge | Step


@dataclass(frozen=True, slots=True)
class Decision:
    """A DMN file: its elements by id, and the decisions no other decision needs."""

    name: str
    elements: Mapping[str, Element]
    roots: tuple[str, ...]

    def steps(self) -> tuple[Step, ...]:
        """All decisions in the order of the file."""
        return tuple(one for one in self.elements.values() if isinstance(one, Step))
