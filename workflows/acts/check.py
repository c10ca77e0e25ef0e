"""资格审查: so many different people check each entry against a list; where they differ, a ruling.

The roll divides the work: anybody on it may check any entry until it has its opinions. What is
on the list as a veto (一票否决) leaves only 不合格. Domain specification 5.3 stage 1b.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import (
    ENTRIES,
    Faults,
    Kind,
    Material,
    Result,
    Ruling,
    Settings,
    Sheet,
    listed,
    wrong,
)  # fmt: skip
from workflows.counting.working import Line

PASSED, FAILED, TO_FIX = VERDICTS = ("合格", "不合格", "补正")
OK, BAD = "ok", "bad"
MAX_ITEMS: Final = 40
NUMBER: Final = r"[1-9]"

ATTRIBUTES: Final = {
    "roll": Attribute(feel="list", needed=True),
    "deadline": Attribute(feel="date"),
    **ENTRIES,
    "checklist": Attribute(feel="list", needed=True),
    "opinions": Attribute(pattern=NUMBER),
    "fix": Attribute(pattern="true|false"),
    "appeal": Attribute(pattern=r"\d{1,2}"),
    "blind": Attribute(pattern="true|false"),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; two opinions on each entry unless the diagram says otherwise."""
    items = listed(written.get("checklist"), "checklist", limit=MAX_ITEMS)
    for each in items:
        if each.get("veto") not in (None, True, False):
            raise wrong("checklist", "veto")
    return {
        "entries": listed(written.get("entries"), "entries"), "checklist": items,
        "opinions": int(written.get("opinions") or 2), "fix": written.get("fix") == "true",
        "appeal": int(written.get("appeal") or 0), "blind": written.get("blind") == "true",
    }  # fmt: skip


def verdicts(settings: Settings) -> tuple[str, ...]:
    """Return the words to choose from; 补正 only where the process lets applicants correct."""
    return VERDICTS if settings["fix"] else VERDICTS[:2]


def check(settings: Settings, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
    """A verdict and an answer to each point; ``all`` answers those left open with ok.

    The points come as ``items`` or each as ``item-<id>``. Fit takes every point; anything else
    takes a reason.
    """
    verdict, faults = str(raw.get("verdict", "")), Faults()
    nested = raw.get("items")
    given = nested if isinstance(nested, Mapping) else {}
    rest = OK if raw.get("all") in (OK, True) else ""
    answers = {}
    for item in settings["checklist"]:
        key = item["id"]
        answer = str(given.get(key) or raw.get(f"item-{key}") or rest)
        if answer in (OK, BAD):
            answers[key] = answer
        elif answer or verdict == PASSED:
            faults[f"item-{key}"] = ["required"]
    bad = {key for key, answer in answers.items() if answer == BAD}
    vetoed = {item["id"] for item in settings["checklist"] if item.get("veto")} & bad
    if verdict not in verdicts(settings):
        faults["verdict"] = ["required" if not verdict else "act_verdict"]
    elif vetoed and verdict != FAILED:
        faults["verdict"] = ["act_check_veto"]
    elif bad and verdict == PASSED:
        faults["verdict"] = ["act_check_bad"]
    if verdict in (FAILED, TO_FIX) and not str(raw.get("reason", "")).strip():
        faults["reason"] = ["required"]
    return {"verdict": verdict, "items": answers}, faults


def rule(settings: Settings, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
    """The organiser settles an entry, after an appeal or because two opinions differ."""
    verdict = str(raw.get("verdict", ""))
    known = verdict in verdicts(settings)
    value = {"verdict": verdict, "appeal": raw.get("appeal") in ("true", True)}
    return value, Faults({} if known else {"verdict": ["required"]})


def result(material: Material) -> Result:
    """Say of every entry what its opinions agree on, or what was ruled; the rest stays open."""
    settings = material.settings
    by_entry: dict[str, list[Sheet]] = {}
    for sheet in material.sheets:
        by_entry.setdefault(sheet.entry, []).append(sheet)
    rulings = {each.entry: each for each in material.rulings}
    rows = [
        _row(settings, entry, by_entry.get(entry["id"], []), rulings.get(entry["id"]))
        for entry in settings["entries"]
    ]
    counts = {verdict: sum(row["outcome"] == verdict for row in rows) for verdict in VERDICTS}
    open_ = [row["id"] for row in rows if row["state"] in ("differ", "short")]
    summary = {
        "count": len(rows), "passed": counts[PASSED], "failed": counts[FAILED],
        "to_fix": counts[TO_FIX], "differ": sum(row["state"] == "differ" for row in rows),
    }  # fmt: skip
    lines = tuple(Line("check_open", _said(row), row["name"]) for row in rows if row["id"] in open_)
    total = "+".join(str(counts[verdict]) for verdict in VERDICTS)
    lines += (Line("check_total", f"{total}+{len(open_)}={len(rows)}"),)
    passed = {row["id"] for row in rows if row["outcome"] == PASSED}
    fixable = [row["id"] for row in rows if row["outcome"] == TO_FIX]
    return Result(
        {"entries": rows, "fixable": fixable, **summary}, summary, lines, _attention(rows),
        [entry for entry in settings["entries"] if entry["id"] in passed],
    )  # fmt: skip


def certain(material: Material) -> bool:
    """Tell whether every entry has its opinions."""
    given: dict[str, int] = {}
    for sheet in material.sheets:
        given[sheet.entry] = given.get(sheet.entry, 0) + 1
    settings = material.settings
    return all(given.get(one["id"], 0) >= settings["opinions"] for one in settings["entries"])


def undecided(value: Mapping[str, Any]) -> list[str]:
    """Return the names of entries without an outcome in a result."""
    return [row["name"] for row in value["entries"] if not row["outcome"]]


def _row(
    settings: Settings, entry: Mapping[str, Any], sheets: Sequence[Sheet], ruling: Ruling | None
) -> dict[str, Any]:
    names = {item["id"]: item["name"] for item in settings["checklist"]}
    said = [
        {"who": sheet.member, "verdict": sheet.value["verdict"], "reason": sheet.reason,
         "bad": [names[key] for key, answer in sheet.value["items"].items() if answer == BAD]}
        for sheet in sheets
    ]  # fmt: skip
    words = {each["verdict"] for each in said}
    state = "agreed" if len(words) == 1 else "differ"
    if len(said) < settings["opinions"] and len(words) <= 1:
        state = "short"
    outcome = next(iter(words)) if state == "agreed" else ""
    row: dict[str, Any] = {
        "id": entry["id"], "name": entry["name"], "unit": entry.get("unit", ""),
        "opinions": said, "computed": outcome,
    }  # fmt: skip
    if ruling is not None:
        state, outcome = "ruled", ruling.value["verdict"]
        row |= {"by": ruling.by, "reason": ruling.reason, "appeal": ruling.value["appeal"]}
    remarks = [remark for each in said for remark in (*each["bad"], each["reason"]) if remark]
    remarks += [ruling.reason] if ruling is not None else []
    return row | {"state": state, "outcome": outcome, "remarks": list(dict.fromkeys(remarks))}


def _said(row: Mapping[str, Any]) -> str:
    return " / ".join(each["verdict"] for each in row["opinions"]) or "0"


def _attention(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    states = {row["state"] for row in rows}
    known = {"check_differ": "differ", "check_short": "short", "check_ruled": "ruled"}
    return tuple(code for code, state in known.items() if state in states)


KIND: Final = Kind(
    "check", "资格审查", "Eligibility check", ATTRIBUTES, settle, result, check, certain, rule=rule
)
