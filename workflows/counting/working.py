"""How a result was reached: lines a reader can redo by hand, and refusals in two languages.

A ``Line`` carries no sentence. Its ``rule`` names one in ``words.toml``; ``sum`` is written in
symbols and digits only, so it reads the same in every language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

from engine.errors import Invalid
from workflows.thresholds import Verdict, at_least, more_than

WORDS: Final = Path(__file__).with_name("words.toml")


@dataclass(frozen=True)
class Line:
    """One line of a working: the rule that fired, the sum, and whom or what it is about."""

    rule: str
    sum: str = ""
    about: str = ""

    def __post_init__(self) -> None:
        assert self.rule in words()["line"], f"words.toml lacks {self.rule}"


Working = tuple[Line, ...]


@dataclass(frozen=True)
class Answer:
    """Yes or no, and the comparisons that lead to it."""

    value: bool
    working: Working

    def __bool__(self) -> bool:
        return self.value

    def __and__(self, other: Answer) -> Answer:
        return Answer(self.value and other.value, self.working + other.working)


@dataclass(frozen=True)
class Amount:
    """An exact number and the sum that gives it."""

    value: Fraction
    working: Working


class NotCountable(Invalid):
    """The input cannot be counted; ``why`` names the sentence, ``facts`` fill it.

    What reaches the page is the code ``counting_refused`` with both sentences as parameters.
    """

    default = "counting_refused"

    def __init__(self, why: str, **facts: object) -> None:
        self.why = why
        self.facts = facts
        text = words()["refusal"][why]
        zh, en = text["zh"].format_map(facts), text["en"].format_map(facts)
        super().__init__("counting_refused", zh=zh, en=en)


@cache
def words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return the sentences of ``words.toml``: kind (``line``, ``refusal``) → code → zh, en."""
    found: Mapping[str, Any] = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return found


def reached(rule: str, verdict: Verdict, about: str = "") -> Answer:
    """Turn a threshold's verdict into an answer whose lines are named *rule*."""
    return Answer(verdict.value, tuple(Line(rule, sum_, about) for sum_ in verdict.working))


def compared(rule: str, left: int, right: int, about: str = "") -> Answer:
    """Answer whether *left* is not more than *right*."""
    holds = left <= right
    return Answer(holds, (Line(rule, f"{left} {'≤' if holds else '>'} {right}", about),))


def equal(rule: str, parts: tuple[int, ...], whole: int, about: str = "") -> Answer:
    """Answer whether *parts* add up to *whole*."""
    holds = sum(parts) == whole
    text = "+".join(map(str, parts))
    left = text if len(parts) == 1 else f"{text}={sum(parts)}"
    return Answer(holds, (Line(rule, f"{left} {'=' if holds else '≠'} {whole}", about),))


def threshold_verdict(part: int, share: Fraction, base: int, *, inclusive: bool) -> Verdict:
    """Test *part* against *share* of *base* in the reading 以上 (inclusive) or 超过."""
    return at_least(part, share, of=base) if inclusive else more_than(part, share, of=base)
