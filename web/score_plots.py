"""Plots of a scoring result: a box for each entry, a strip for each expert, drawn on the server.

Positions are numbers in the units of the drawing, written with one decimal; the colours are
those of the style sheet, and every mark that means something also has a shape of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final

from flask_babel import gettext as _

from workflows.counting.exact import exact, shown
from workflows.counting.means import quartiles

WIDTH: Final = 320
EDGE: Final = 8
HALF: Final = 96
"""Half of a strip: from its middle to the widest bar."""
LEVELS: Final = ("15", "9", "21", "12", "18")
"""Heights of dots, so that equal marks of several experts can be told apart."""
STEP: Final = 10


@dataclass(frozen=True)
class Axis:
    """From the lowest mark, or somewhat below, to the most possible."""

    low: Fraction
    high: Fraction

    def at(self, value: Fraction) -> str:
        """Return where a mark lies."""
        share = (value - self.low) / (self.high - self.low)
        return shown(EDGE + share * (WIDTH - 2 * EDGE), 1)


@dataclass(frozen=True)
class Box:
    """One entry. ``dots`` are x, y and whether the mark was left out; ``said`` is for readers."""

    dots: Sequence[tuple[str, str, bool]]
    said: str
    score: str
    ticks: Sequence[tuple[str, str]]
    low: str = ""
    q1: str = ""
    median: str = ""
    box: str = ""
    high: str = ""
    cut: str = ""
    width: int = WIDTH


@dataclass(frozen=True)
class Expert:
    """One expert: a bar to the left of the middle is stricter than the others."""

    label: str
    marks: int
    shown: str
    x: str
    width: str
    mild: bool


@dataclass(frozen=True)
class Plot:
    """The whole picture; ``last`` is the entry after which a later cut lies, ``cut`` its score."""

    boxes: Mapping[str, Box]
    experts: Sequence[Expert]
    criteria: Sequence[Mapping[str, Any]]
    low: str
    high: str
    cut: str
    last: str
    titles: Mapping[str, str]

    @property
    def legend(self) -> bool:
        """Whether there is anything a legend explains."""
        return bool(self.boxes)

    def names(self, ids: Iterable[str]) -> str:
        """Return the names of entries in one line."""
        return "、".join(self.titles.get(key, key) for key in ids)


def of(value: Mapping[str, Any], settings: Mapping[str, Any], chosen: Sequence[str] = ()) -> Plot:
    """Return the plots of a result; *chosen* are the entries a later cut took in."""
    rows = value["entries"]
    marks = [exact(mark) for row in rows for mark in row["marks"].values()]
    most = sum(
        (exact(c["most"]) * exact(c.get("weight", 1)) for c in settings["criteria"]
         if c.get("counts", True)), Fraction(0),
    )  # fmt: skip
    scores = {row["id"]: exact(row["score"]) for row in rows if row["score"] is not None}
    axis = _axis([*marks, *scores.values()], most)
    inside = [row["id"] for row in rows if row["id"] in chosen and row["id"] in scores]
    cut = min((scores[key] for key in inside), default=None)
    criteria = settings["criteria"] if len(settings["criteria"]) > 1 else ()
    return Plot(
        {row["id"]: _box(row, axis, cut) for row in rows if row["marks"]},
        _experts(value.get("experts", ())), criteria, shown(axis.low, 0), shown(axis.high, 0),
        "" if cut is None else shown(cut), inside[-1] if inside else "",
        {row["id"]: row["name"] for row in rows},
    )  # fmt: skip


def _axis(values: Sequence[Fraction], most: Fraction) -> Axis:
    low = Fraction(floor(min(values, default=Fraction(0)) / STEP) * STEP)
    high = max([most, Fraction(ceil(max(values, default=most)))])
    return Axis(min(low, high - STEP), high)


def _box(row: Mapping[str, Any], axis: Axis, cut: Fraction | None) -> Box:
    marks = {who: exact(mark) for who, mark in row["marks"].items()}
    dropped, score = set(row.get("dropped", ())), exact(row["score"])
    dots = [
        (axis.at(mark), LEVELS[n % len(LEVELS)], who in dropped)
        for n, (who, mark) in enumerate(sorted(marks.items(), key=lambda one: one[1]))
    ]
    low, middle, high = quartiles([*marks.values()])
    said = _(
        "%(name)s：得分 %(score)s，中位数 %(median)s，最低 %(low)s，最高 %(high)s，共 %(n)s 个评分",
        name=row["name"], score=row["shown"], median=shown(middle),
        low=shown(min(marks.values())), high=shown(max(marks.values())), n=len(marks),
    )  # fmt: skip
    ticks = [
        (axis.at(Fraction(at)), str(at)) for at in range(int(axis.low), int(axis.high) + 1, STEP)
    ]
    line = "" if cut is None else axis.at(cut)
    if len(marks) < len(LEVELS) - 1:  # too few marks for a box
        return Box(dots, said, axis.at(score), ticks, cut=line)
    width = shown((high - low) / (axis.high - axis.low) * (WIDTH - 2 * EDGE), 1)
    return Box(
        dots, said, axis.at(score), ticks, axis.at(min(marks.values())), axis.at(low),
        axis.at(middle), width, axis.at(max(marks.values())), line,
    )  # fmt: skip


def _experts(experts: Sequence[Mapping[str, Any]]) -> list[Expert]:
    apart = {one["label"]: exact(one["severity"]) for one in experts if "severity" in one}
    widest = max((abs(each) for each in apart.values()), default=Fraction(0)) or Fraction(1)
    found = []
    for one in experts:
        value = apart.get(one["label"], Fraction(0))
        width = abs(value) / widest * HALF
        left = Fraction(100) if value >= 0 else 100 - width
        bar = shown(width, 1) if value else ""
        found.append(Expert(
            one["label"], one["marks"], one.get("shown", ""), shown(left, 1), bar, value > 0,
        ))  # fmt: skip
    return found
