"""网络投票: everybody may vote, so votes are cleaned by stated rules and weigh little.

The result keeps raw and cleaned totals and how many votes each rule took out. The score of an
entry is 100 × votes / most votes; that it weighs a fifth at most, and carries nobody over the
line by more than five ranks unnoticed, is the business of the cut (``counting.online``). Domain
specification 5.4 rule 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import ENTRIES, Kind, Material, Result, listed, wrong
from workflows.counting.exact import plain
from workflows.counting.online import online_scores

MAX_DAYS: Final = 60
PER_DAY: Final = 1
BURST: Final = 30
_NUMBER: Final = r"[1-9]\d{0,3}"

ATTRIBUTES: Final = {
    **ENTRIES,
    "days": Attribute(pattern=r"[1-9]\d?", needed=True),
    "unit": Attribute(pattern="wd|day"),
    "per_day": Attribute(pattern=_NUMBER),
    "choose": Attribute(pattern=_NUMBER),
    "burst": Attribute(pattern=_NUMBER),
    "live": Attribute(pattern="true|false"),
    "title": Attribute(feel="string"),
    "text": Attribute(feel="string"),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; *written* has been completed with title and text by the hook."""
    entries = listed(written.get("entries"), "entries")
    days = int(text) if (text := str(written.get("days", ""))).isdecimal() else -1
    if not 1 <= days <= MAX_DAYS:
        raise wrong("days", f"1–{MAX_DAYS}")
    return {
        "entries": entries, "days": days, "unit": written.get("unit", "day"),
        "per_day": int(written.get("per_day", PER_DAY)),
        "choose": min(int(written.get("choose", len(entries))), len(entries)),
        "burst": int(written.get("burst", BURST)), "live": written.get("live") == "true",
        "title": str(written.get("title") or ""), "text": str(written.get("text") or ""),
    }  # fmt: skip


def result(material: Material) -> Result:
    """Turn the cleaned votes into scores. ``more`` holds the totals the hook has counted."""
    counted = material.more or {}
    raw, cleaned = counted.get("raw", {}), counted.get("cleaned", {})
    entries = material.settings["entries"]
    votes = {each["id"]: int(cleaned.get(each["id"], 0)) for each in entries}
    found = online_scores(votes)
    lines = [
        {"id": each["id"], "name": each["name"], "raw": int(raw.get(each["id"], 0)),
         "cleaned": votes[each["id"]], "score": plain(found.value[each["id"]])}
        for each in sorted(entries, key=lambda one: (-votes[one["id"]], one["id"]))
    ]  # fmt: skip
    total = sum(votes.values())
    summary = {"valid": total > 0, "raw": sum(raw.values()), "cleaned": total}
    removed = counted.get("removed", {})
    about = {name: counted.get(name) for name in ("opened", "ended", "input")}
    rules = [{"rule": rule, "removed": number} for rule, number in removed.items()]
    value = {**about, "totals": summary, "entries": lines, "rules": rules}
    scores = {"total": {key: plain(score) for key, score in found.value.items()}}
    attention = () if total else ("no_votes",)
    return Result(value, summary, found.working, attention, list(entries), scores)


KIND: Final = Kind(
    "online_vote", "网络投票", "On-line vote", ATTRIBUTES, settle, result, roll=False
)
