"""Plots of secret ballots: votes against the line of the majority, rates, grades side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from workflows.counting.exact import exact, shown
from workflows.counting.presets import preset


@dataclass(frozen=True)
class Votes:
    """Widths by id; ``line`` is where the fewest votes that elect lie, out of ``whole``."""

    bars: Mapping[str, str]
    line: str
    whole: int
    base: str


@dataclass(frozen=True)
class Grades:
    """The grades of one line of a sheet side by side: grade, number, width."""

    parts: Sequence[tuple[str, int, str]]


def _votes(value: Mapping[str, Any], settings: Mapping[str, Any]) -> Votes:
    majority = preset(value["rule"]).majority
    numbers = {**value, "members": settings.get("members") or value["due"]}
    base = "present" if majority is None else majority.base.value
    most = max([row["agree"] for row in value["rows"]], default=0)
    whole = max(1, int(numbers.get(base) or 0), most, value["need"])
    bars = {row["id"]: _percent(Fraction(row["agree"], whole)) for row in value["rows"]}
    line = _percent(Fraction(value["need"], whole)) if value["need"] > 1 else ""
    return Votes(bars, line, whole, base)


def _rates(value: Mapping[str, Any], _settings: Mapping[str, Any]) -> Votes:
    bars = {row["id"]: _percent(min(Fraction(1), exact(row["rate"]))) for row in value["rows"]}
    return Votes(bars, "50%", value["valid"], "valid")


def _grades(value: Mapping[str, Any], _settings: Mapping[str, Any]) -> list[Grades]:
    found = []
    for row in value["rows"]:
        given = [*row["counts"].items(), ("弃权", row["abstained"])]
        whole = max(1, sum(number for _grade, number in given))
        parts = [(grade, number, _percent(Fraction(number, whole))) for grade, number in given]
        found.append(Grades(parts))
    return found


PLOTS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Any]] = {
    "election": _votes, "plenary": _votes, "recommendation": _rates, "evaluation": _grades,
}  # fmt: skip


def _percent(share: Fraction) -> str:
    return f"{shown(share * 100, 1)}%"
