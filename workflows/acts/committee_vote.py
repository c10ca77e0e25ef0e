"""讨论决定: a committee decides on each item by named votes, under the rule of that body.

Who came is noted by the organiser, and four numbers are kept: members, due, present, on leave.
Leave never makes the base smaller. A recused member leaves deliberation and vote of his item
and stays in the base unless the diagram says otherwise. ``way="hands"``: the clerk enters what
was counted in the room. Cadre regulation 2019 (``S03`` ``S12``); domain specification 2.4, 2.7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.countersign import WHOLE
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
from workflows.counting.decisions import decide, everybody_voted
from workflows.counting.exact import plain
from workflows.counting.presets import preset, presets
from workflows.counting.rules import Base, CountingRule, Threshold, Turnout
from workflows.counting.working import Line, NotCountable, Working

MAX_SUMMARY: Final = 30
HANDS: Final = "hands"
PRESENT, LEAVE, ABSENT = ATTENDANCE = ("present", "leave", "absent")
OUTCOMES: Final = ("adopted", "rejected", "deferred", "invalid")
COUNTS: Final = ("agree", "against", "neither")

ATTRIBUTES: Final = {
    "roll": Attribute(feel="list", needed=True),
    "deadline": Attribute(feel="date"),
    **ENTRIES,
    "rule": Attribute(pattern="[a-z0-9_]+"),
    "quorum": Attribute(pattern=r"[1-9]\d?/[1-9]\d?"),
    "members": Attribute(feel="number"),
    "due": Attribute(feel="number"),
    "recused": Attribute(pattern="in|out"),
    "way": Attribute(pattern="inbox|hands"),
    "secret": Attribute(pattern="false"),
}


@dataclass(frozen=True)
class _Meeting:
    """The rule, the numbers of the meeting, and who was there by label."""

    rule: CountingRule
    turnout: Turnout
    there: frozenset[str]


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; the rule is one of the shipped counting rules."""
    name = written.get("rule") or "appointment"
    if name not in presets():
        raise wrong("rule", str(name))
    if written.get("quorum") and Fraction(written["quorum"]) > 1:
        raise wrong("quorum", "≤ 1")
    for number in ("members", "due"):
        value = written.get(number)
        if value is not None and not (isinstance(value, int) and value > 0):
            raise wrong(number, str(value)[:80])
    whole = [{"id": WHOLE, "name": ""}]
    given = written.get("entries")
    return {
        "entries": whole if given is None else listed(given, "entries"), "rule": name,
        "quorum": written.get("quorum", ""), "members": written.get("members"),
        "due": written.get("due"), "recused": written.get("recused", "in"),
        "way": written.get("way", "inbox"), "options": list(preset(name).choices),
    }  # fmt: skip


def check(settings: Settings, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
    """A vote is one of the three words of the rule."""
    opinion = raw.get("opinion")
    if settings["way"] == HANDS:
        return {}, Faults({"opinion": ["act_no_sheets"]})
    if opinion not in settings["options"]:
        return {}, Faults({"opinion": ["required" if not opinion else "act_vote"]})
    return {"opinion": opinion}, Faults()


def rule_of(settings: Settings) -> CountingRule:
    """Return the counting rule with what the diagram says otherwise."""
    found = replace(preset(settings["rule"]), recused_in_base=settings["recused"] == "in")
    if settings["quorum"]:
        share = Fraction(settings["quorum"])
        found = replace(found, quorum=Threshold(share, Base.MEMBERS, inclusive=True))
    return found


def result(material: Material) -> Result:
    """Decide every item; without a quorum none is decided, however unanimous.

    ``more`` is what the organiser has noted: ``attendance`` by label, ``chair``, ``recorder``,
    and ``hands`` by item.
    """
    settings, more = material.settings, material.more or {}
    attendance: Mapping[str, str] = more.get("attendance", {})
    there = frozenset(who for who, state in attendance.items() if state == PRESENT)
    members = settings["members"] or len(material.people)
    due = settings["due"] or members
    meeting = _Meeting(
        rule_of(settings), Turnout(members=members, due=due, present=len(there)), there
    )
    rows, lines = [], list[Line]()
    for entry in settings["entries"]:
        row, working = _decided(material, meeting, entry)
        rows.append(row)
        lines += [Line(each.rule, each.sum, entry["name"] or each.about) for each in working]
    states = Counter(attendance.values())
    value = {
        "rows": rows, "total": members, "due": due, "present": len(there),
        "leave": states[LEAVE], "absent": states[ABSENT], "chair": more.get("chair", ""),
        "recorder": more.get("recorder", ""), "quorate": all(row["quorate"] for row in rows),
        "rule": {"zh": meeting.rule.zh, "en": meeting.rule.en, **meeting.rule.parameters()},
    }  # fmt: skip
    ids = {
        outcome: [row["id"] for row in rows if row["outcome"] == outcome] for outcome in OUTCOMES
    }
    summary = {"valid": value["quorate"], "present": len(there)}
    summary |= {outcome: ids[outcome][:MAX_SUMMARY] for outcome in OUTCOMES[:3]}
    summary |= {f"{outcome}_count": len(ids[outcome]) for outcome in OUTCOMES[:3]}
    adopted = [each for each in settings["entries"] if each["id"] in ids["adopted"]]
    scores = {"total": {row["id"]: str(row["agree"]) for row in rows}}
    return Result(value, summary, tuple(lines), _attention(material, value), adopted, scores)


def _decided(
    material: Material, meeting: _Meeting, entry: Mapping[str, Any]
) -> tuple[dict[str, Any], Working]:
    key = entry["id"]
    barred = [each.label for each in material.people if key in each.barred]
    out_of_room = len(meeting.there & set(barred))
    votes = [
        (sheet.member, sheet.value["opinion"], sheet.reason) for sheet in material.sheets
        if sheet.entry == key and sheet.member in meeting.there and sheet.member not in barred
    ]  # fmt: skip
    agree, against, neither = _counts(material, key, Counter(vote[1] for vote in votes))
    rule, present = meeting.rule, meeting.turnout.of(Base.PRESENT)
    if agree + against + neither > present - out_of_room:
        whole = present - out_of_room
        raise NotCountable("part_above_whole", part=agree + against + neither, whole=whole)
    found = decide(rule, meeting.turnout, agree, recused=len(barred))
    voted = everybody_voted(present, out_of_room, agree, against, neither)
    outcome = "adopted" if found.value else "rejected"
    if not found.quorate:
        outcome = "invalid"
    elif not found.value and neither >= found.need:
        outcome = "deferred"
    row = {
        "id": key, "name": entry["name"], "agree": agree, "against": against,
        "neither": neither, "recused": barred, "outcome": outcome, "need": found.need,
        "quorate": found.quorate, "sum": bool(voted),
        "votes": [{"who": who, "opinion": word, "reason": why} for who, word, why in votes],
    }  # fmt: skip
    return row, (*found.working, *voted.working)


def _counts(material: Material, key: str, said: Counter[str]) -> tuple[int, int, int]:
    if material.settings["way"] == HANDS:
        counted = (material.more or {}).get("hands", {}).get(key, {})
        agree, against, neither = (int(counted.get(name, 0)) for name in COUNTS)
        return agree, against, neither
    yes, no, third = material.settings["options"]
    return said[yes], said[no], said[third]


def _attention(material: Material, value: Mapping[str, Any]) -> tuple[str, ...]:
    there = {label for label, state in (material.more or {}).get("attendance", {}).items()
             if state == PRESENT}  # fmt: skip
    known = {
        "no_quorum": not value["quorate"],
        "vote_sum": not all(row["sum"] for row in value["rows"]),
        "absent_vote": any(sheet.member not in there for sheet in material.sheets),
    }
    return tuple(code for code, holds in known.items() if holds)


def share(settings: Settings) -> str:
    """Return the share of the base that adopts, for the line in a bar."""
    return plain(rule_of(settings).majority.share)


KIND: Final = Kind(
    "committee_vote", "讨论决定", "Committee decision", ATTRIBUTES, settle, result, check
)
