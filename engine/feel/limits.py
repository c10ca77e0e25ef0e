"""The bounds of the expression language: an author's mistake must not stop the server."""

from __future__ import annotations

from typing import Final

SOURCE: Final = 8_000
"""Characters of one expression."""

DEPTH: Final = 60
"""Levels of nesting while reading and in the tree that is run."""

STEPS: Final = 500_000
"""Nodes one evaluation may visit, list items a builtin reads included."""

LIST: Final = 100_000
"""Items of a list an expression builds."""

TEXT: Final = 200_000
"""Characters of a string an expression builds."""

EXPONENT: Final = 999
"""Largest decimal exponent; a number beyond it becomes null."""

PATTERN: Final = 200
"""Characters of a regular expression."""

CALLS: Final = 40
"""Levels of functions defined in expressions that call one another."""
