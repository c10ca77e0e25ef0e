"""评审打分: every member of the panel marks every entry that is his and that he may judge.

Each mark is a decimal per criterion; their weighted sum is the mark of the sheet. What the
settings may be and what a sheet must be is here, what comes of it in ``scoring_result``; who
judges what is the business of ``panel``. Domain specification 5.3 and 5.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import ENTRIES, Faults, Kind, Settings, listed, wrong
from workflows.acts.scoring_result import result
from workflows.counting.exact import exact, plain
from workflows.counting.working import NotCountable

MAX_CRITERIA: Final = 20
MAX_GRADES: Final = 20
MARK: Final = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
ONE: Final = [{"id": "score", "name": "得分", "en": "Score", "most": "100"}]
TAKEN: Final = {"total", "raw", "normalised", "reason"}
"""Names of other scores and fields, which no criterion may have."""
YES_NO: Final = "true|false"
NUMBER: Final = Attribute(feel="number")

ATTRIBUTES: Final = {
    "roll": Attribute(feel="list", needed=True),
    "deadline": Attribute(feel="date"),
    **ENTRIES,
    "criteria": Attribute(feel="list"),
    "trim": NUMBER,
    "trim_from": NUMBER,
    "minimum": NUMBER,
    "panel": NUMBER,
    "load": NUMBER,
    "match": Attribute(pattern="prefer|must"),
    "substitutes": Attribute(feel="list"),
    "declare": Attribute(pattern=YES_NO),
    "blind": Attribute(pattern=YES_NO),
    "outlier": NUMBER,
    "disagreement": NUMBER,
    "rooms": Attribute(pattern="scores|means"),
    "room_trim": NUMBER,
    "room_digits": NUMBER,
    "normalise": Attribute(pattern="none|z|centred|robust|effects"),
    "normalise_least": NUMBER,
    "rank_by": Attribute(pattern="raw|normalised"),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return entries, criteria and numbers; trimming may not leave a panel without marks."""
    drop = _count(written, "trim", 0)
    trim_from = _count(written, "trim_from", 2 * drop + 1)
    panel, minimum = _count(written, "panel", 0), _count(written, "minimum", 1)
    if drop and trim_from <= 2 * drop:
        raise wrong("trim_from", f"> {2 * drop}")
    if panel and minimum > panel:
        raise wrong("minimum", f"≤ {panel}")
    entries = listed(written.get("entries"), "entries")
    return {
        "entries": entries, "criteria": _criteria(written.get("criteria") or ONE),
        "trim": drop, "trim_from": trim_from, "minimum": minimum, "panel": panel,
        "load": _count(written, "load", 0, most=1000), "match": written.get("match", ""),
        "reserves": list(written.get("reserves", ())),
        "declare": written.get("declare") == "true", "blind": written.get("blind") == "true",
        "outlier": _limit(written, "outlier"), "disagreement": _limit(written, "disagreement"),
        **_comparison(written, entries),
    }  # fmt: skip


def check(settings: Settings, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
    """A mark per criterion, at most two decimals, from 0 to its most, or one of its grades.

    An empty mark is no opinion: who cannot judge declares a conflict instead (5.4 rule 3).
    """
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
        elif each.get("grades") and exact(text) not in {exact(g["mark"]) for g in each["grades"]}:
            faults[each["id"]] = ["act_mark_grade"]
        marks[each["id"]] = text
    return {"marks": marks}, faults


def _criteria(value: Any) -> list[dict[str, Any]]:
    """Return the criteria with exact numbers; grades are label ↔ mark (domain 8.6)."""
    found = listed(value, "criteria", limit=MAX_CRITERIA)
    for each in found:
        if each["id"] in TAKEN:
            raise wrong("criteria", each["id"])
        if each.get("grades"):
            each["grades"] = _grades(each)
            marks = [exact(grade["mark"]) for grade in each["grades"]]
            each.setdefault("most", plain(max(marks)))
        each["most"] = _positive(each.get("most", 100), "most")
        each["weight"] = _positive(each.get("weight", 1), "weight")
        each["counts"] = each.get("counts", True) is True
        if any(exact(grade["mark"]) > exact(each["most"]) for grade in each.get("grades", ())):
            raise wrong("criteria", "grades")
    if not any(each["counts"] for each in found):
        raise wrong("criteria", "counts")
    return found


def _grades(criterion: Mapping[str, Any]) -> list[dict[str, str]]:
    grades = criterion["grades"]
    if not isinstance(grades, list) or not 0 < len(grades) <= MAX_GRADES:
        raise wrong("criteria", "grades")
    found = []
    for grade in grades:
        label = str(grade.get("label") or "") if isinstance(grade, Mapping) else ""
        mark = str(grade.get("mark", "")) if isinstance(grade, Mapping) else ""
        if not label or not MARK.fullmatch(mark):
            raise wrong("criteria", "grades")
        found.append({"label": label, "en": str(grade.get("en") or label), "mark": mark})
    return found


def _comparison(written: Mapping[str, Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how marks of different rooms or reviewers are made comparable.

    Scores of rooms and normalised scores are not mixed; ranking by normalised scores is declared.
    """
    rooms, method = written.get("rooms", ""), written.get("normalise", "none")
    by = written.get("rank_by", "raw")
    if by == "normalised" and (method == "none" or rooms):
        raise wrong("rank_by", "normalise")
    if rooms and not all(each.get("room") for each in entries):
        raise wrong("rooms", "entries")
    digits = written.get("room_digits")
    return {
        "rooms": rooms, "room_trim": _count(written, "room_trim", 0),
        "room_digits": None if digits in (None, "") else _count(written, "room_digits", 0),
        "normalise": method, "normalise_least": _count(written, "normalise_least", 5),
        "rank_by": by,
    }  # fmt: skip


def _count(written: Mapping[str, Any], name: str, default: int, *, most: int = 99) -> int:
    value = written.get(name)
    if value in (None, ""):
        return default
    text = str(value)
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or int(text) > most:
        raise wrong(name, f"0–{most}")
    return int(text)


def _limit(written: Mapping[str, Any], name: str) -> str:
    value = written.get(name)
    return "" if value in (None, "") else _positive(value, name, of=name)


def _positive(value: Any, why: str, of: str = "criteria") -> str:
    try:
        found = exact(value)
    except NotCountable as error:
        raise wrong(of, why) from error
    if found <= 0:
        raise wrong(of, why)
    return plain(found)


KIND: Final = Kind("scoring", "评审打分", "Scoring", ATTRIBUTES, settle, result, check)
