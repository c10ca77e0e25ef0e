"""The builtin functions of the language, one module per kind of value."""

from engine.feel.builtins import dates, lists, logic, numbers, patterns, ranges, text
from engine.feel.builtins.registry import BUILTINS, MISFIT, Builtin, Parameter

__all__ = [
    "BUILTINS",
    "MISFIT",
    "Builtin",
    "Parameter",
    "dates",
    "lists",
    "logic",
    "numbers",
    "patterns",
    "ranges",
    "text",
]
