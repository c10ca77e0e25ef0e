"""入围: scores of earlier acts put together by weight, ranked and cut to the places there are.

Nobody takes part; one press computes it. What is equal at the cut is reported. The organiser may
take an entry in or out by name and with a reason; the cut as computed stays on the record beside
it. Domain specification 5.3 and 5.4, selection 4.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
from workflows.counting.cuts import Caps, Cut, Tie, cut
from workflows.counting.differential import differential
from workflows.counting.exact import exact, plain, shown
from workflows.counting.ranks import Key, Ranking, rank_by_chain
from workflows.counting.stages import weighted, whole_weights
from workflows.counting.working import Line, NotCountable, Working

MAX_SUMMARY: Final = 30
MAX_PLACES: Final = 10_000
TOTAL: Final = "total"

ATTRIBUTES: Final = {
    **ENTRIES,
    "stages": Attribute(acts=True, needed=True),
    "places": Attribute(feel="number", needed=True),
    "caps": Attribute(feel="context"),
    "chain": Attribute(acts=True),
    "at_tie": Attribute(pattern="report|include"),
    "floor": Attribute(pattern=r"\d{1,6}(\.\d{1,4})?"),
    "ratio": Attribute(pattern=r"[1-9]\d?/[1-9]\d?"),
    "seats": Attribute(feel="number"),
}


@dataclass(frozen=True)
class _Scored:
    """The entries that have a combined score, by id, and how each came to it."""

    totals: Mapping[str, Fraction]
    lines: Working


def stages_of(written: str) -> dict[str, str]:
    """Return the stages and their weights as written; one without a weight is the whole.

    Raises Invalid("act_setting") unless every stage has a weight and they add up to 1.
    """
    words = written.split()
    found = dict(word.partition(":")[::2] for word in words)
    if len(words) == 1 and not found[next(iter(found))]:
        found = dict.fromkeys(found, "1")
    try:
        whole_weights(found)
    except NotCountable as error:
        raise wrong("stages", str(error.facts.get("total") or written)) from error
    if len(found) != len(words):
        raise wrong("stages", written)
    return found


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; ``scores`` are those of the stages and the chain, by name."""
    entries = listed(written.get("entries"), "entries")
    found: dict[str, Any] = {
        "entries": entries, "stages": stages_of(str(written.get("stages", ""))),
        "chain": str(written.get("chain", "")).split(), "scores": written["scores"],
        "places": _count(written, "places"), "at_tie": written.get("at_tie", "report"),
        "caps": {}, "floor": written.get("floor", ""),
    }  # fmt: skip
    caps = written.get("caps") or {}
    if not isinstance(caps, Mapping):
        raise wrong("caps", str(caps)[:80])
    found["caps"] = {str(name): _count(caps, name, "caps") for name in caps}
    if written.get("ratio"):
        found |= {"ratio": written["ratio"], "seats": _count(written, "seats")}
    return found


def result(material: Material) -> Result:
    """Combine, rank, cut, and apply what the organiser has settled.

    Raises NotCountable (``places_exceeded``) when more were taken in than there are places,
    ``ruled_below`` for one without a score or below the floor.
    """
    settings = material.settings
    scored = _combined(settings)
    ranking, unordered = _ranking(settings, scored.totals)
    found = _cut(settings, ranking)
    chosen, ties = _settled(material, ranking, found)
    rows = [_row(settings, entry, scored.totals) for entry in settings["entries"]]
    place = {each.item: no for no, each in enumerate(ranking.places)}
    rows.sort(key=lambda row: place.get(row["id"], len(rows)))
    by_hand = {each.entry: each for each in material.rulings}
    tied = {item for tie in ties for item in tie.items}
    for row in rows:
        if row["id"] in place:
            row["rank"] = plain(ranking.rank(row["id"]))
        row["state"] = _state(row, found, chosen, tied)
        if (ruling := by_hand.get(row["id"])) is not None:
            row |= {"by": ruling.by, "reason": ruling.reason, "computed": row["id"] in found.chosen}
    vacant = max(0, settings["places"] - len(chosen) - sum(tie.places for tie in ties))
    enough = _differential(settings, len(chosen))
    attention = _attention(rows, {"tie": bool(ties), "cut_chain": unordered,
                                  "cut_ratio": enough is not None and not enough.value,
                                  "cut_vacant": vacant > 0}, settings)  # fmt: skip
    value = {
        "rows": rows, "places": settings["places"], "vacant": vacant, "count": len(chosen),
        "ties": [{"items": list(tie.items), "places": tie.places, "category": tie.category}
                 for tie in ties],
        "line": shown(min((scored.totals[item] for item in chosen), default=Fraction(0))),
    }  # fmt: skip
    lines = scored.lines + _named(settings, found.working)
    lines += enough.working if enough is not None else ()
    entries = [entry for row in rows for entry in settings["entries"]
               if entry["id"] == row["id"] and row["id"] in chosen]  # fmt: skip
    ordered = [each["id"] for each in entries]
    summary = {
        "count": len(ordered), "chosen": ordered[:MAX_SUMMARY],
        "ties": sorted(tied)[:MAX_SUMMARY], "vacant": vacant,
    }  # fmt: skip
    return Result(
        value, summary, lines, attention,
        [{**each, "place": int(ranking.rank(each["id"]))} for each in entries],
        {TOTAL: {item: plain(score) for item, score in scored.totals.items()}},
    )  # fmt: skip


def rule(_settings: Settings, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
    """The organiser takes an entry in or out."""
    chosen = {"true": True, "false": False}.get(str(raw.get("chosen", "")).lower())
    return {"chosen": chosen}, Faults({} if chosen is not None else {"chosen": ["required"]})


def _combined(settings: Settings) -> _Scored:
    totals, lines = dict[str, Fraction](), list[Line]()
    stages, scores = settings["stages"], settings["scores"]
    for entry in settings["entries"]:
        key = entry["id"]
        missing = [name for name in stages if key not in scores[name]]
        if missing:
            lines.append(Line("stage_missing", ", ".join(missing), entry["name"]))
            continue
        amount = weighted({name: scores[name][key] for name in stages}, stages)
        totals[key] = amount.value
        lines += [Line(each.rule, each.sum, entry["name"]) for each in amount.working]
    return _Scored(totals, tuple(lines))


def _ranking(settings: Settings, totals: Mapping[str, Fraction]) -> tuple[Ranking, bool]:
    """Rank by the total and then the chain; also whether a tied entry lacks a key of it.

    From the first key on that one of those tied lacks, none of them is told apart by it.
    """
    chain, scores = settings["chain"], settings["scores"]
    lacking = False
    usable: dict[Fraction, set[str]] = {}
    for total in set(totals.values()):
        tied = [item for item, each in totals.items() if each == total]
        keys = set[str]()
        for name in chain if len(tied) > 1 else ():
            if any(item not in scores[name] for item in tied):
                lacking = True
                break
            keys.add(name)
        usable[total] = keys
    entries = {
        item: {TOTAL: total, **{name: scores[name][item] if name in usable[total] else 0
                                for name in chain}}
        for item, total in totals.items()
    }  # fmt: skip
    return rank_by_chain(entries, [Key(TOTAL), *map(Key, chain)]), lacking


def _cut(settings: Settings, ranking: Ranking) -> Cut:
    category = {each["id"]: str(each.get("category") or "") for each in settings["entries"]}
    return cut(
        ranking, settings["places"], caps=Caps(category, settings["caps"]),
        at_tie="enlarge" if settings["at_tie"] == "include" else "report",
        minimum=settings["floor"] or None,
    )  # fmt: skip


def _settled(material: Material, ranking: Ranking, found: Cut) -> tuple[set[str], list[Tie]]:
    """Return who is in after what was settled by hand, and the ties still open."""
    chosen, said = set(found.chosen), {each.entry: each for each in material.rulings}
    below = {line.about for line in found.working if line.rule == "below_minimum"}
    able = set(ranking.order) - below
    for entry, ruling in said.items():
        if ruling.value["chosen"] and entry not in able:
            raise NotCountable("ruled_below", item=_name(material.settings, entry))
        (chosen.add if ruling.value["chosen"] else chosen.discard)(entry)
    most = max(material.settings["places"], len(found.chosen))
    if len(chosen) > most:
        raise NotCountable("places_exceeded", chosen=len(chosen), places=most)
    ties = []
    for tie in found.ties:
        places = min(tie.places - len(chosen & set(tie.items)), most - len(chosen))
        left = tuple(item for item in tie.items if item not in said)
        if places > 0 and left:
            ties.append(Tie(left, places, tie.category))
    return chosen, ties


def _row(
    settings: Settings, entry: Mapping[str, Any], totals: Mapping[str, Fraction]
) -> dict[str, Any]:
    key, scores = entry["id"], settings["scores"]
    parts = {name: shown(exact(scores[name][key])) if key in scores[name] else None
             for name in [*settings["stages"], *settings["chain"]]}  # fmt: skip
    total = totals.get(key)
    return {
        "id": key, "name": entry["name"], "unit": entry.get("unit", ""),
        "category": entry.get("category", ""), "parts": parts, "rank": None,
        "total": None if total is None else plain(total),
        "shown": "" if total is None else shown(total),
    }  # fmt: skip


def _state(row: Mapping[str, Any], found: Cut, chosen: set[str], tied: set[str]) -> str:
    key = row["id"]
    if key in chosen:
        return "chosen"
    if key in tied:
        return "tied"
    if row["total"] is None:
        return "unscored"
    if any(line.rule == "below_minimum" and line.about == key for line in found.working):
        return "below"
    return "capped" if key in found.capped else "out"


def _differential(settings: Settings, chosen: int) -> Any:
    if "ratio" not in settings:
        return None
    return differential(chosen, settings["seats"], Fraction(settings["ratio"]))


def _attention(
    rows: Sequence[Mapping[str, Any]], found: Mapping[str, bool], settings: Settings
) -> tuple[str, ...]:
    taken = [row["category"] for row in rows if row["state"] == "chosen"]
    caps = settings["caps"]
    all_ = {
        **found,
        "cut_unscored": any(row["state"] == "unscored" for row in rows),
        "cut_ruled": any("by" in row for row in rows),
        "cut_category": bool(caps) and any(not row["category"] for row in rows),
        "cut_caps": any(taken.count(name) > most for name, most in caps.items()),
    }
    return tuple(code for code, there in all_.items() if there)


def _named(settings: Settings, lines: Working) -> Working:
    """Put names in the place of ids in what lines are about: ``a``, ``a, b``, ``a > b``."""
    names = {str(each["id"]): str(each["name"]) for each in settings["entries"]}
    return tuple(
        Line(line.rule, line.sum, "".join(
            names.get(word, word) for word in re.split("(, | > )", line.about)
        ))
        for line in lines
    )  # fmt: skip


def _name(settings: Settings, key: str) -> str:
    return next(str(each["name"]) for each in settings["entries"] if each["id"] == key)


def _count(written: Mapping[str, Any], name: str, attribute: str = "") -> int:
    value = written.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_PLACES:
        raise wrong(attribute or name, str(value)[:80])
    return value


KIND: Final = Kind(
    "cut", "入围", "Shortlist", ATTRIBUTES, settle, result, rule=rule, roll=False, instant=True
)  # fmt: skip
