"""评审打分: every member of the panel marks every entry that he has no conflict with.

Each mark is a decimal per criterion; their sum is the mark of the sheet. Panels, trimming and
ranking are those of ``workflows.counting``; ties and entries without marks are reported, never
decided here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import (
    ENTRIES,
    Faults,
    Kind,
    Material,
    Result,
    Settings,
    Sheet,
    listed,
    wrong,
)  # fmt: skip
from workflows.counting.exact import Exact, exact, plain, shown
from workflows.counting.means import PanelRule, panel_score
from workflows.counting.ranks import Ranking, rank
from workflows.counting.sheets import Criterion, sheet_total
from workflows.counting.working import Line, NotCountable

MAX_CRITERIA: Final = 20
MARK: Final = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
ONE: Final = [{"id": "score", "name": "得分", "en": "Score", "most": "100"}]
COUNT: Final = r"\d{1,2}"

ATTRIBUTES: Final = {
    "roll": Attribute(feel="list", needed=True),
    "deadline": Attribute(feel="date"),
    **ENTRIES,
    "criteria": Attribute(feel="list"),
    "trim": Attribute(pattern=COUNT),
    "trim_from": Attribute(pattern=COUNT),
    "minimum": Attribute(pattern=COUNT),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return entries, criteria and numbers; trimming may not leave a panel without marks."""
    criteria = listed(written.get("criteria") or ONE, "criteria", limit=MAX_CRITERIA)
    for each in criteria:
        each["most"] = _most(each.get("most", 100))
    drop = int(written.get("trim") or 0)
    trim_from = int(written.get("trim_from") or 2 * drop + 1)
    if drop and trim_from <= 2 * drop:
        raise wrong("trim_from", f"> {2 * drop}")
    return {
        "entries": listed(written.get("entries"), "entries"), "criteria": criteria, "trim": drop,
        "trim_from": trim_from, "minimum": int(written.get("minimum") or 1),
    }  # fmt: skip


def check(settings: Settings, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
    """A mark per criterion, at most two decimals, between 0 and the criterion's most."""
    marks: dict[str, str] = {}
    faults = Faults()
    for each in settings["criteria"]:
        text = str(raw.get(each["id"], "")).strip()
        if not text:
            faults[each["id"]] = ["required"]
        elif not MARK.fullmatch(text):
            faults[each["id"]] = ["act_mark_form"]
        elif exact(text) > exact(each["most"]):
            faults[each["id"]] = ["act_mark_range"]
        marks[each["id"]] = text
    return {"marks": marks}, faults


def result(material: Material) -> Result:
    """Score every entry, rank what has marks, and name what needs an explanation."""
    settings, people, sheets = material.settings, material.people, material.sheets
    rule = PanelRule(
        trim_from=settings["trim_from"], drop=settings["trim"], least=settings["minimum"]
    )
    given = _totals(settings, sheets)
    lines: list[Line] = []
    scores: dict[str, Exact] = {}
    rows = []
    for entry in settings["entries"]:
        key = entry["id"]
        marks: dict[str, Exact | None] = dict(given.get(key, {}))
        marks |= {each.label: None for each in people if key in each.barred}
        row: dict[str, Any] = {"id": key, "name": entry["name"], "score": None, "rank": None}
        row |= {"marks": {who: str(mark) for who, mark in marks.items() if mark is not None}}
        if row["marks"]:
            found = panel_score(marks, rule)
            scores[key] = found.value
            row |= {"score": plain(found.value), "shown": shown(found.value), "short": found.short}
            row |= {"dropped": list(found.dropped), "outliers": list(found.outliers)}
            lines += [Line(each.rule, each.sum, _about(entry, each)) for each in found.working]
        rows.append(row)
    ranking = rank(scores)
    place = {each.item: no for no, each in enumerate(ranking.places)}
    rows.sort(key=lambda row: place.get(row["id"], len(rows)))  # without marks last
    for row in rows:
        if row["id"] in scores:
            row["rank"] = plain(ranking.rank(row["id"]))
    return replace(
        _result(rows, ranking, tuple(lines)),
        entries=tuple(each for each in settings["entries"] if each["id"] in scores),
        scores={"total": {key: plain(exact(value)) for key, value in scores.items()}},
    )


def _result(rows: list[dict[str, Any]], ranking: Ranking, lines: tuple[Line, ...]) -> Result:
    attention = []
    if any(row["score"] is None for row in rows):
        attention.append("unscored")
    if any(row.get("short") for row in rows):
        attention.append("short")
    if ranking.ties:
        attention.append("tie")
    value = {"entries": rows, "ties": [list(tie) for tie in ranking.ties]}
    unscored = [row["id"] for row in rows if row["score"] is None]
    summary = {"order": list(ranking.order), "ties": value["ties"], "unscored": unscored}
    return Result(value, summary, lines + ranking.working, tuple(attention))


def _totals(settings: Settings, sheets: Sequence[Sheet]) -> dict[str, dict[str, str]]:
    criteria = [Criterion(each["id"], exact(each["most"])) for each in settings["criteria"]]
    found: dict[str, dict[str, str]] = {}
    for sheet in sheets:
        total = sheet_total(sheet.value["marks"], criteria)
        found.setdefault(sheet.entry, {})[sheet.member] = plain(total.value)
    return found


def _about(entry: Mapping[str, Any], line: Line) -> str:
    return f"{entry['name']} · {line.about}" if line.about else str(entry["name"])


def _most(value: Any) -> str:
    try:
        most = exact(value)
    except NotCountable as error:
        raise wrong("criteria", "most") from error
    if most <= 0:
        raise wrong("criteria", "most")
    return plain(most)


KIND: Final = Kind("scoring", "评审打分", "Scoring", ATTRIBUTES, settle, result, check)
