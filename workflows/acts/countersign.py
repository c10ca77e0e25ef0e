"""会签: everybody agrees, anybody does, a share of a stated base does, or one after the other.

About a matter as a whole, or about each entry of a list. Silence is never consent. Somebody on
the roll may have a weight; the rule then counts weights, the page shows heads beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import (
    ENTRIES,
    Faults,
    Kind,
    Material,
    Result,
    Settings,
    listed,
    wrong,
)  # fmt: skip
from workflows.counting.consents import Consent, ConsentRule, Opinions, Rule, consent
from workflows.counting.rules import Base, Threshold
from workflows.counting.working import Line, Working

AGREE, AGAINST, NEITHER = OPINIONS = ("同意", "不同意", "弃权")
WHOLE: Final = ""
"""The one entry of a countersignature: the matter itself."""
YES_NO: Final = "true|false"

MAX_SUMMARY: Final = 30
COUNTED: Final = ("agree", "against", "neither")

ATTRIBUTES: Final = {
    "roll": Attribute(feel="list", needed=True),
    "deadline": Attribute(feel="date"),
    **ENTRIES,
    "rule": Attribute(pattern="all|any|ratio|sequence", needed=True),
    "ratio": Attribute(pattern=r"[1-9]\d{0,2}/[1-9]\d{0,2}"),
    "reading": Attribute(pattern="at_least|more_than"),
    "base": Attribute(pattern="roll|given"),
    "recused": Attribute(pattern="in|out"),
    "veto": Attribute(pattern=YES_NO),
    "on_return": Attribute(pattern="all|rest"),
}


@dataclass(frozen=True)
class _Row:
    """The numbers of one entry as JSON, whether they are certain, and how they were reached."""

    numbers: dict[str, Any]
    certain: bool
    working: Working


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; a ratio without its share, reading or base is refused.

    Without entries the opinions are about the matter as a whole.
    """
    given = written.get("entries")
    found = {
        "rule": written.get("rule", ""), "veto": written.get("veto") == "true",
        "recused": written.get("recused", "in"), "on_return": written.get("on_return", "all"),
        "entries": [{"id": WHOLE, "name": ""}] if given is None else listed(given, "entries"),
    }  # fmt: skip
    if found["rule"] == "ratio":
        for name in ("ratio", "reading", "base"):
            if not written.get(name):
                raise wrong(name, "ratio")
            found[name] = written[name]
        if Fraction(found["ratio"]) > 1:
            raise wrong("ratio", "≤ 1")
    return found


def check(_settings: Settings, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
    """An opinion is one of three words; against needs a reason."""
    opinion, faults = raw.get("opinion"), Faults()
    if opinion not in OPINIONS:
        faults["opinion"] = ["required" if not opinion else "act_opinion"]
    if opinion == AGAINST and not str(raw.get("reason", "")).strip():
        faults["reason"] = ["required"]
    return {"opinion": opinion}, faults


def result(material: Material) -> Result:
    """Count the opinions by the rule; certain or not, what is there now is what counts.

    Whoever has said nothing has not agreed. On a list every entry is counted by itself.
    """
    rows = [_counted(material, entry) for entry in material.settings["entries"]]
    if rows[0].numbers["id"] == WHOLE:
        row = rows[0]
        numbers = {name: row.numbers[name] for name in (*COUNTED, "asked", "recused", "adopted")}
        said = {each["who"]: {name: each[name] for name in each if name != "who"}
                for each in row.numbers["opinions"]}  # fmt: skip
        value = {**row.numbers, "opinions": dict(sorted(said.items()))}
        return Result(value, numbers, row.working)
    numbers_of = [row.numbers for row in rows]
    adopted = [row["id"] for row in numbers_of if row["adopted"]]
    summary = {
        "count": len(rows), "adopted": len(adopted) == len(rows), "adopted_count": len(adopted),
        "refused": [row["id"] for row in numbers_of if not row["adopted"]][:MAX_SUMMARY],
        "objected": [row["id"] for row in numbers_of if row["against"]][:MAX_SUMMARY],
        "silent": sum(row["silent"] for row in numbers_of),
    }  # fmt: skip
    lines = [Line(each.rule, each.sum, row.numbers["name"]) for row in rows for each in row.working]
    entries = [each for each in material.settings["entries"] if each["id"] in adopted]
    return Result({"rows": numbers_of, **summary}, summary, tuple(lines), entries=entries)


def certain(material: Material) -> bool:
    """Tell whether no opinion still to come could change the result."""
    return all(_counted(material, entry).certain for entry in material.settings["entries"])


def _counted(material: Material, entry: Mapping[str, Any]) -> _Row:
    """Count the opinions on one entry, by heads for the page and by weight for the rule."""
    key, weights = entry["id"], {each.label: each.weight for each in material.people}
    recused = [each.label for each in material.people if key in each.barred]
    sheets = [each for each in material.sheets if each.entry == key]
    heads = Counter(each.value["opinion"] for each in sheets)
    votes: Counter[str] = Counter()
    for each in sheets:
        votes[each.value["opinion"]] += weights[each.member]
    off = sum(weights[label] for label in recused)
    whole = sum(weights.values()) - off
    found = _consent(
        material.settings, Opinions(votes[AGREE], votes[AGAINST], votes[NEITHER], whole, off)
    )
    asked = len(weights) - len(recused)
    row: dict[str, Any] = {
        "id": key, "name": entry["name"], "agree": heads[AGREE], "against": heads[AGAINST],
        "neither": heads[NEITHER], "asked": asked, "recused": len(recused),
        "silent": asked - sum(heads.values()), "adopted": found.value,
        "opinions": [{"who": each.member, **each.value, "reason": each.reason} for each in sheets],
    }  # fmt: skip
    if any(weight != 1 for weight in weights.values()):
        row["weights"] = {
            "agree": votes[AGREE], "against": votes[AGAINST], "neither": votes[NEITHER],
            "asked": whole,
        }  # fmt: skip
    return _Row(row, found.certain, found.working)


def _consent(settings: Settings, opinions: Opinions) -> Consent:
    threshold = None
    if settings["rule"] == "ratio":
        base = Base.DUE if settings["base"] == "roll" else Base.RETURNED
        inclusive = settings["reading"] == "at_least"
        threshold = Threshold(Fraction(settings["ratio"]), base, inclusive)
    rule: Rule = "all" if settings["rule"] == "sequence" else settings["rule"]
    in_base = settings["recused"] == "in"
    return consent(opinions, ConsentRule(rule, threshold, settings["veto"], in_base))


KIND: Final = Kind(
    "countersign", "会签", "Countersignature", ATTRIBUTES, settle, result, check, certain,
    in_turn=lambda settings: settings["rule"] == "sequence",
)  # fmt: skip
