"""民主推荐: free or from a list, at a meeting by secret sheets or in talks by reported numbers.

It informs and decides nothing: those above half in their order, cut to the seats and a fifth
more, for a named person to confirm in the step after it. Where classes of participants have
weights, rates are combined, never raw counts; a class too small to be shown is not, and then the
sheets of all classes are counted together, which the result says.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import ENTRIES, Kind, Material, Result, listed, wrong
from workflows.acts.secret import sheet
from workflows.acts.secret.sheet import CLASSES, HOLDING, YES_NO, Counted
from workflows.counting.exact import plain, shown
from workflows.counting.ranks import rank
from workflows.counting.recommendation import short_list
from workflows.counting.stages import two_recommendations
from workflows.counting.working import Line, Working

YES, NO, NEITHER = "推荐", "不推荐", "弃权"
MAX_NAMES: Final = 20

ATTRIBUTES: Final = {
    **HOLDING,
    **ENTRIES,
    **CLASSES,
    "reference": Attribute(feel="list"),
    "choose": Attribute(feel="number"),
    "seats": Attribute(feel="number"),
    "write_ins": Attribute(pattern=YES_NO),
    "way": Attribute(pattern="meeting|talk"),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sheet: names to be marked, or lines to write names in, or both."""
    given = written.get("entries") or written.get("reference")
    entries = listed(given, "entries") if given else []
    choose = sheet.number(written, "choose", max(1, len(entries)) if entries else 1) or 1
    if not entries and choose > MAX_NAMES:
        raise wrong("choose", f"≤ {MAX_NAMES}")
    free = not entries or written.get("write_ins") == "true"
    found = {
        **sheet.holding(written), **sheet.classes(written), "entries": entries, "choose": choose,
        "seats": sheet.number(written, "seats", choose), "way": written.get("way") or "meeting",
    }  # fmt: skip
    if found["way"] == "talk":
        found |= {"mode": "talk", "channel": "paper"}
    names = min(choose, MAX_NAMES) if free else 0
    return found | {"sheet": _paper(found, names)}


def _paper(settings: Mapping[str, Any], names: int) -> dict[str, Any]:
    kept = ("choose", "seats", "way", "channel", "weights")
    return {
        "candidates": sheet.people(settings["entries"]),
        "options": [{"code": YES, "most": settings["choose"]}, {"code": NO}],
        "blank": NEITHER,
        "write_ins": names,
        "write_in_as": YES if names else None,
        "classes": [each["id"] for each in settings["classes"]],
        "class_minimum": settings["class_minimum"],
        "counting": {name: settings[name] for name in kept},
    }


def result(material: Material) -> Result:
    """Rank by the rate of recommendation and draw the line at half."""
    settings, count = material.settings, sheet.counted(material)
    entries = {each["id"]: each for each in settings["entries"]}
    entries |= {each["id"]: each for each in sheet.written_in(count.write_ins)}
    votes = {key: count.totals.get(key, {}).get(YES, 0) for key in entries}
    votes |= {sheet.WRITTEN + name: number for name, number in count.write_ins.items()}
    names = {key: str(each["name"]) for key, each in entries.items()}
    if count.void or not count.valid:
        return _empty(material, count)
    rates, lines, pooled = _rates(material, count, votes)
    found = short_list(rates, settings["seats"])
    order = rank(rates).order
    above = [key for key in order if rates[key] > Fraction(1, 2)]
    tied = [key for tie in found.cut.ties for key in tie.items]
    chosen = list(found.cut.chosen)
    classes = sheet.by_class(material)
    rows = [
        {
            "id": key, "name": names[key], "votes": votes[key], "rate": plain(rates[key]),
            "shown": shown(rates[key] * 100), "written_in": key.startswith(sheet.WRITTEN),
            "by_class": {
                name: each["totals"].get(key, {}).get(YES) for name, each in classes.items()
            },
            "state": "chosen" if key in chosen else "tied" if key in tied else "",
        }
        for key in order
    ]  # fmt: skip
    value = {
        **count.said(), "void_reason": "", "rows": rows, "seats": settings["seats"],
        "wanted": found.wanted, "short": found.short, "tied": tied,
        "classes": _classes(material, classes), "pooled": pooled, "sealed": sheet.sealed(material),
    }  # fmt: skip
    summary = {
        "above_half": sheet.few(above), "order": sheet.few(order), "chosen": sheet.few(chosen),
        "tied": sheet.few(tied), "returned": count.ballots, "valid": count.valid,
        "short": found.short, "void": "",
    }  # fmt: skip
    codes = (("tie", tied), ("ballot_short_list", found.short), ("classes_pooled", pooled))
    return Result(
        value, summary, sheet.with_names((*lines, *found.working), names),
        tuple(code for code, there in codes if there), [entries[key] for key in chosen],
        {"total": {key: plain(rate) for key, rate in rates.items()}},
    )  # fmt: skip


def _rates(
    material: Material, count: Counted, votes: Mapping[str, int]
) -> tuple[dict[str, Fraction], Working, bool]:
    """Return rates, how they came about, and whether weights had to be left aside."""
    weights = material.settings["weights"]
    simple = {key: Fraction(number, count.valid) for key, number in votes.items()}
    if not weights:
        return simple, (), False
    classes = sheet.by_class(material)
    if set(classes) != set(weights) or not all(each["valid"] for each in classes.values()):
        return simple, (Line("pooled", f"{count.valid}"),), True
    listed_ = [each["id"] for each in material.settings["entries"]]
    cast = {
        key: {name: each["totals"][key][YES] for name, each in classes.items()} for key in listed_
    }
    returned = {name: each["valid"] for name, each in classes.items()}
    found = two_recommendations(cast, returned, weights)
    lines = tuple(Line(each.rule, each.sum, key) for key in found for each in found[key].working)
    rates = simple | {key: Fraction(amount.value) for key, amount in found.items()}
    return rates, lines, False


def _classes(material: Material, known: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": each["id"], "name": each["name"], "hidden": each["id"] not in known,
            "ballots": known[each["id"]]["ballots"] if each["id"] in known else None,
            "valid": known[each["id"]]["valid"] if each["id"] in known else None,
            "weight": material.settings["weights"].get(each["id"]),
        }
        for each in material.settings["classes"]
    ]  # fmt: skip


def _empty(material: Material, count: Counted) -> Result:
    void = count.void or "no_papers"
    value = {
        **count.said(), "void_reason": void, "rows": [], "seats": material.settings["seats"],
        "wanted": 0, "short": material.settings["seats"], "tied": [], "classes": [],
        "pooled": False, "sealed": sheet.sealed(material),
    }  # fmt: skip
    summary = {
        "above_half": [], "order": [], "chosen": [], "tied": [], "returned": count.ballots,
        "valid": 0, "short": material.settings["seats"], "void": void,
    }  # fmt: skip
    return Result(value, summary, (Line("ballot_void", void),), ("ballot_void",))


KIND: Final = Kind(
    "recommendation", "民主推荐", "Recommendation", ATTRIBUTES, settle, result, roll=False
)
