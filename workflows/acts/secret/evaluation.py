"""民主测评: every object gets a grade from everybody, on secret sheets, by classes of rater.

Grades have points (优秀 100 … 不称职 0, a setting); an object may be judged in several aspects
(德能勤绩廉), each a line of the sheet. The summary has counts only: what was found of whom stays
in the record, where small classes are not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import ENTRIES, Kind, Material, Result, listed, wrong
from workflows.acts.secret import sheet
from workflows.acts.secret.sheet import CLASSES, HOLDING, YES_NO
from workflows.counting.exact import exact, plain, shown
from workflows.counting.stages import GRADES, grades
from workflows.counting.working import Line, NotCountable

NEITHER: Final = "弃权"
USUAL: Final = [
    {"id": grade, "name": grade, "points": str(points)} for grade, points in GRADES.items()
]
WHOLE: Final = [{"id": "", "name": ""}]
MAX_GRADES, MAX_ASPECTS, MAX_LINES = 10, 12, 300

ATTRIBUTES: Final = {
    **HOLDING,
    **ENTRIES,
    **CLASSES,
    "grades": Attribute(feel="list"),
    "aspects": Attribute(feel="list"),
    "all_equal": Attribute(pattern=YES_NO),
    "abstained": Attribute(pattern="in|out"),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return objects, grades with points, aspects, and the sheet they make."""
    scale = listed(written.get("grades") or USUAL, "grades", limit=MAX_GRADES)
    for each in scale:
        each["points"] = _points(each.get("points"))
        each["most"] = sheet.number(each, "most")
    given = written.get("aspects")
    aspects = listed(given, "aspects", limit=MAX_ASPECTS) if given else WHOLE
    entries = listed(written.get("entries"), "entries")
    if len(entries) * len(aspects) > MAX_LINES:
        raise wrong("entries", f"≤ {MAX_LINES // len(aspects)}")
    found = {
        **sheet.holding(written), **sheet.classes(written), "entries": entries, "grades": scale,
        "aspects": aspects, "abstained": written.get("abstained") or "out",
        "all_equal": written.get("all_equal") != "false",
    }  # fmt: skip
    return found | {"sheet": _paper(found)}


def line_of(entry: str, aspect: str) -> str:
    """Return the id of the line on which an object is judged in one aspect."""
    return f"{entry}.{aspect}" if aspect else entry


def _paper(settings: Mapping[str, Any]) -> dict[str, Any]:
    lines = [
        {
            "id": line_of(entry["id"], aspect["id"]), "person": sheet.person_of(entry),
            "name": f"{entry['name']} · {aspect['name']}" if aspect["id"] else entry["name"],
        }
        for entry in settings["entries"]
        for aspect in settings["aspects"]
    ]  # fmt: skip
    return {
        "candidates": lines,
        "options": [{"code": each["id"], "most": each["most"]} for each in settings["grades"]],
        "blank": NEITHER,
        "all_equal": settings["all_equal"],
        "classes": [each["id"] for each in settings["classes"]],
        "class_minimum": settings["class_minimum"],
        "counting": {
            "grades": {each["id"]: each["points"] for each in settings["grades"]},
            "abstained": settings["abstained"], "weights": settings["weights"],
            "channel": settings["channel"],
        },
    }  # fmt: skip


def result(material: Material) -> Result:
    """Turn grades into points and rates, for everybody and class by class."""
    settings, count = material.settings, sheet.counted(material)
    classes = {} if count.void else sheet.by_class(material)
    rows, lines = [], []
    scores: dict[str, dict[str, str]] = {}
    for entry in settings["entries"]:
        for aspect in settings["aspects"]:
            key = line_of(entry["id"], aspect["id"])
            row, found = _row(settings, count.totals.get(key, {}))
            row |= {"id": entry["id"], "name": entry["name"], "aspect": aspect["name"]}
            row["by_class"] = {
                name: _row(settings, each["totals"][key])[0] for name, each in classes.items()
            }
            rows.append(row)
            lines += [Line(each.rule, each.sum, entry["name"]) for each in found]
            if row["points"] is not None:
                scores.setdefault(aspect["id"] or "total", {})[entry["id"]] = row["points"]
    weighted = _weighted(settings, rows, classes)
    value = {
        **count.said(), "void_reason": count.void, "rows": rows, "weighted": weighted,
        "classes": [
            {"id": each["id"], "name": each["name"], "hidden": each["id"] not in classes}
            for each in settings["classes"]
        ],
        "sealed": sheet.sealed(material),
    }  # fmt: skip
    summary = {
        "returned": count.ballots, "valid": count.valid, "objects": len(settings["entries"]),
        "voters": count.numbers["due"], "void": count.void,
    }  # fmt: skip
    pooled = bool(settings["weights"]) and not weighted
    codes = (("ballot_void", count.void), ("classes_pooled", pooled and not count.void))
    attention = tuple(code for code, there in codes if there)
    return Result(value, summary, tuple(lines), attention, settings["entries"], scores)


def _row(settings: Mapping[str, Any], counts: Mapping[str, int]) -> tuple[dict[str, Any], Any]:
    points = {each["id"]: each["points"] for each in settings["grades"]}
    given = {grade: counts.get(grade, 0) for grade in points}
    blank = counts.get(NEITHER, 0)
    row: dict[str, Any] = {"counts": given, "abstained": blank, "points": None, "shown": None}
    try:
        found = grades(
            given, points, abstained=blank, abstained_in_divisor=settings["abstained"] == "in"
        )
    except NotCountable:
        return row, ()
    row |= {"points": plain(found.value), "shown": shown(found.value)}
    row["shares"] = {grade: shown(share * 100) for grade, share in found.shares.items()}
    row["up_to"] = {grade: shown(share * 100) for grade, share in found.up_to.items()}
    return row, found.working


def _weighted(
    settings: Mapping[str, Any], rows: list[dict[str, Any]], classes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return points with classes weighed, or nothing where a class may not be shown."""
    weights = settings["weights"]
    if not weights or set(classes) != set(weights):
        return []
    found = []
    for row in rows:
        parts = {name: each["points"] for name, each in row["by_class"].items()}
        if any(each is None for each in parts.values()):
            return []
        total = sum((exact(parts[name]) * exact(weights[name]) for name in parts), Fraction(0))
        found.append({"id": row["id"], "aspect": row["aspect"], "shown": shown(total)})
    return found


def _points(value: Any) -> str:
    try:
        return plain(exact(value))
    except NotCountable as error:
        raise wrong("grades", "points") from error


KIND: Final = Kind("evaluation", "民主测评", "Evaluation", ATTRIBUTES, settle, result, roll=False)
