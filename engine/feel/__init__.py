"""The expression language of conditions, deadlines, form rules and decision tables.

A subset of FEEL (DMN 1.5) of our own: exact decimals, Chinese names, no Python ``eval``, no
attribute of a Python object in reach, and a bound on everything an author can make large.
"""

from engine.feel import nodes
from engine.feel.api import (
    Evaluation,
    Expression,
    evaluate,
    functions_used,
    names,
    parse,
    parse_cell,
    unary,
)
from engine.feel.check import Problem, check
from engine.feel.errors import FeelError
from engine.feel.json_values import from_json, to_json
from engine.feel.values import Function, Range, YearMonth, kind, normalise

__all__ = [
    "Evaluation",
    "Expression",
    "FeelError",
    "Function",
    "Problem",
    "Range",
    "YearMonth",
    "check",
    "evaluate",
    "from_json",
    "functions_used",
    "kind",
    "names",
    "nodes",
    "normalise",
    "parse",
    "parse_cell",
    "to_json",
    "unary",
]
