"""One evaluation: its variables, its clock, the extra functions, and what it may still spend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from engine.feel import limits
from engine.feel.errors import FeelError
from engine.feel.values import PLAIN, normalise

Functions = Mapping[str, Callable[..., Any]]


class Run:
    """The state of one evaluation. ``left`` counts down; ``level`` counts nested calls."""

    __slots__ = ("functions", "left", "level", "now", "seen")

    def __init__(self, functions: Functions, now: datetime | None) -> None:
        self.functions = functions
        self.now = now
        self.left = limits.STEPS
        self.level = 0
        self.seen: dict[str, Any] = {}

    def spend(self, amount: int) -> None:
        """Pay for ``amount`` steps before they are done; FeelError ``steps`` when too many."""
        self.left -= amount
        if self.left < 0:
            raise FeelError("steps", limit=limits.STEPS)


class Scope:
    """Names that are visible: the innermost first, the caller's variables last."""

    __slots__ = ("own", "parent", "run")

    def __init__(self, own: Mapping[str, Any], parent: Scope | None, run: Run) -> None:
        self.own = own
        self.parent = parent
        self.run = run

    def get(self, name: str) -> Any:
        """The value of a name, None when nothing has it."""
        scope = self
        while scope.parent is not None:
            if name in scope.own:
                return scope.own[name]
            scope = scope.parent
        value = scope.own.get(name)
        if type(value) in PLAIN:
            return value
        seen = self.run.seen  # a list is turned into our values once, not at every mention
        if name not in seen:
            seen[name] = normalise(value)
        return seen[name]

    def has(self, name: str) -> bool:
        """Whether anything has the name, be it null."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.own:
                return True
            scope = scope.parent
        return False

    def inner(self, own: Mapping[str, Any]) -> Scope:
        """A scope within this one."""
        return Scope(own, self, self.run)
