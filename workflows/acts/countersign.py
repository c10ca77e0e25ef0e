"""会签: everybody agrees, anybody does, a share of a stated base does, or one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import Faults, Kind, Material, Result, Settings, wrong
from workflows.counting.consents import Consent, ConsentRule, Opinions, Rule, consent
from workflows.counting.rules import Base, Threshold

AGREE, AGAINST, NEITHER = OPINIONS = ("同意", "不同意", "弃权")
WHOLE: Final = ""
"""The one entry of a countersignature: the matter itself."""
YES_NO: Final = "true|false"

ATTRIBUTES: Final = {
    "roll": Attribute(feel="list", needed=True),
    "deadline": Attribute(feel="date"),
    "rule": Attribute(pattern="all|any|ratio|sequence", needed=True),
    "ratio": Attribute(pattern=r"[1-9]\d{0,2}/[1-9]\d{0,2}"),
    "reading": Attribute(pattern="at_least|more_than"),
    "base": Attribute(pattern="roll|given"),
    "recused": Attribute(pattern="in|out"),
    "veto": Attribute(pattern=YES_NO),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; a ratio without its share, reading or base is refused."""
    found = {
        "rule": written.get("rule", ""), "veto": written.get("veto") == "true",
        "recused": written.get("recused", "in"), "entries": [{"id": WHOLE, "name": ""}],
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
    """Count the opinions by the rule; certain or not, what is there now is what counts."""
    opinions = _opinions(material)
    found = _consent(material.settings, opinions)
    numbers = {
        "agree": opinions.agree, "against": opinions.against, "neither": opinions.neither,
        "asked": opinions.asked, "recused": opinions.recused, "adopted": found.value,
    }  # fmt: skip
    said = {each.member: {**each.value, "reason": each.reason} for each in material.sheets}
    return Result({**numbers, "opinions": dict(sorted(said.items()))}, numbers, found.working)


def certain(material: Material) -> bool:
    """Tell whether no opinion still to come could change the result."""
    return _consent(material.settings, _opinions(material)).certain


def _opinions(material: Material) -> Opinions:
    said = Counter(sheet.value["opinion"] for sheet in material.sheets)
    recused = sum(WHOLE in each.barred for each in material.people)
    asked = len(material.people) - recused
    return Opinions(said[AGREE], said[AGAINST], said[NEITHER], asked, recused)


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
