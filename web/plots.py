"""Simple plots of results: positions in percent, drawn by style sheets, readable without them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from web import ballot_plots, lots, score_plots
from workflows.acts import committee_vote
from workflows.counting.exact import exact, shown


@dataclass(frozen=True)
class Bar:
    """Opinions side by side; ``line`` is where the share that adopts lies, empty without one."""

    parts: Sequence[tuple[str, int, str]]
    line: str


@dataclass(frozen=True)
class CutBars:
    """A bar for each entry with a score; ``line`` is where the cut lies, after ``last``."""

    bars: Mapping[str, str]
    line: str
    last: str


def of(act: Any, more: Any = None) -> Any:
    """Return the plot of an act's result, or None for a kind that has none.

    *more* is what the cockpit shows beyond the common.
    """
    if act.kind == "scoring":
        return score_plots.of(act.result["value"], act.settings, getattr(more, "chosen", ()))
    plot = _PLOTS.get(act.kind)
    return None if plot is None else plot(act.result["value"], act.settings)


def _bar(value: Mapping[str, Any], settings: Mapping[str, Any]) -> Bar | dict[str, Bar]:
    if "rows" in value:
        return {row["id"]: _one_bar(row, settings) for row in value["rows"]}
    return _one_bar(value, settings)


def _one_bar(value: Mapping[str, Any], settings: Mapping[str, Any]) -> Bar:
    line = _percent(exact(settings["ratio"])) if settings["rule"] == "ratio" else ""
    return Bar(_parts(value, value["asked"]), line)


def _parts(row: Mapping[str, Any], whole: int) -> list[tuple[str, int, str]]:
    numbers = [(name, row[name]) for name in ("agree", "against", "neither")]
    numbers.append(("left", max(0, whole - sum(number for _name, number in numbers))))
    of = max(1, sum(number for _name, number in numbers))
    return [(name, number, _percent(Fraction(number, of))) for name, number in numbers]


def _cut(value: Mapping[str, Any], _settings: Mapping[str, Any]) -> CutBars:
    scores = {row["id"]: exact(row["total"]) for row in value["rows"] if row["total"] is not None}
    most = max([Fraction(100), *scores.values()])
    chosen = [row["id"] for row in value["rows"] if row["state"] == "chosen"]
    line = _percent(min(scores[key] for key in chosen) / most) if chosen else ""
    bars = {key: _percent(max(Fraction(0), score) / most) for key, score in scores.items()}
    return CutBars(bars, line, chosen[-1] if chosen else "")


def _votes(value: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Bar]:
    line = _percent(exact(committee_vote.share(settings)))
    return {row["id"]: Bar(_parts(row, value["due"]), line) for row in value["rows"]}


def _shown_scores(value: Mapping[str, Any], _settings: Mapping[str, Any]) -> dict[str, str]:
    return {row["id"]: shown(exact(row["score"]), 2) for row in value["entries"]}


def _verdicts(value: Mapping[str, Any], _settings: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    named = {"agree": "passed", "against": "failed", "neither": "to_fix"}
    return _parts({name: value[each] for name, each in named.items()}, value["count"])


_PLOTS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Any]] = {
    **ballot_plots.PLOTS,
    "online_vote": _shown_scores,
    "check": _verdicts,
    "committee_vote": _votes,
    "countersign": _bar,
    "cut": _cut,
    "draw_lots": lots.program,
}  # fmt: skip


def _percent(share: Fraction) -> str:
    return f"{shown(share * 100, 1)}%"
