"""选举、全委会票决: who is elected or adopted by a secret ballot, under a counting rule.

The rule is data (``workflows/counting/presets.toml``). A tie at the cut, missing seats and a
void ballot are results with lawful ways on; nothing is decided here that a meeting has to
decide. A re-vote or a new election (``round``) takes candidates and seats from the ballot before
(``earlier``), which ``bridge.draw`` reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import ENTRIES, Kind, Material, Result, listed, wrong
from workflows.acts.secret import sheet
from workflows.acts.secret.sheet import HOLDING, YES_NO, Counted
from workflows.counting import elections
from workflows.counting.attendance import quorum
from workflows.counting.elections import Outcome, Round
from workflows.counting.presets import preset
from workflows.counting.ranks import rank
from workflows.counting.rules import CountingRule
from workflows.counting.working import Line

PERSON_RULE: Final = "members_election"
PLENARY_RULE: Final = "plenum"

ATTRIBUTES: Final = {
    **HOLDING,
    **ENTRIES,
    "seats": Attribute(feel="number"),
    "rule": Attribute(pattern=r"\w+", either=True),
    "write_ins": Attribute(pattern=YES_NO),
    "eligible": Attribute(feel="list"),
    "round": Attribute(pattern="first|revote|rerun"),
    "earlier": Attribute(acts=True, own=True),
    "members": Attribute(feel="number"),
}
OF_PLENARY: Final = {
    **HOLDING,
    **ENTRIES,
    "rule": Attribute(pattern=r"\w+"),
    "members": Attribute(feel="number"),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return candidates, seats and rule; a later round must name the ballot before it."""
    rule = sheet.rule_of(written, PERSON_RULE)
    round_ = written.get("round") or "first"
    before = written.get("before") or {}
    if (round_ != "first") != bool(before):
        raise wrong("earlier", round_)
    entries = listed(written.get("entries"), "entries")
    seats = sheet.number(written, "seats")
    if seats is None:
        raise wrong("seats", "1, 2, 3 …")
    names = rule.write_in != "no" and written.get("write_ins") != "false" and round_ != "revote"
    found = {
        **sheet.holding(written), "entries": entries, "seats": seats, "rule": rule.id,
        "round": round_, "before": before, "members": sheet.number(written, "members"),
        "eligible": _eligible(written.get("eligible")),
    }  # fmt: skip
    return found | {"sheet": _paper(found, rule, seats if names else 0)}


def settle_plenary(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is voted on; each entry stands for itself, so there are as many seats."""
    rule = sheet.rule_of(written, PLENARY_RULE)
    entries = listed(written.get("entries"), "entries")
    found = {
        **sheet.holding(written), "entries": entries, "seats": len(entries), "rule": rule.id,
        "round": "first", "before": {}, "members": sheet.number(written, "members"),
        "eligible": None,
    }  # fmt: skip
    return found | {"sheet": _paper(found, rule, 0)}


def _eligible(given: Any) -> list[str] | None:
    """Return the names that may be written in; None: anybody's."""
    if given is None:
        return None
    if not isinstance(given, list):
        raise wrong("eligible", "[…]")
    named = [each.get("name") if isinstance(each, dict) else each for each in given]
    return ["".join(str(each or "").split()) for each in named]


def _paper(settings: Mapping[str, Any], rule: CountingRule, names: int) -> dict[str, Any]:
    limited = settings["seats"] if rule.marks_within_seats else None
    only_against = rule.write_in == "only_with_against"
    return {
        "candidates": sheet.people(settings["entries"]),
        "options": [{"code": rule.agree, "most": limited}, {"code": rule.against}],
        "blank": rule.neither,
        "write_ins": names,
        "write_in_as": rule.agree if names else None,
        "write_in_against": rule.against if names and only_against else None,
        "counting": {
            "rule": rule.id, "seats": settings["seats"], "round": settings["round"],
            "members": settings["members"], "channel": settings["channel"],
            **rule.parameters(),
        },
    }  # fmt: skip


@dataclass(frozen=True)
class _Vote:
    """One ballot with everybody who got votes in it."""

    rule: CountingRule
    count: Counted
    votes: Mapping[str, int]
    entries: Mapping[str, Mapping[str, Any]]
    lost: Mapping[str, int]
    outcome: Outcome


def result(material: Material) -> Result:
    """Decide by the rule; what is left open is said with the lawful ways on."""
    vote = _vote(material)
    settings, outcome = material.settings, vote.outcome
    before = settings["before"]
    elected = [vote.entries[key] for key in outcome.elected]
    everybody = [*before.get("elected", ()), *elected]
    missing = outcome.missing + (before.get("missing", 0) if settings["round"] == "revote" else 0)
    again = _ways(vote, everybody, (missing, before.get("pool", ())))
    value = {
        **vote.count.said(), "void_reason": outcome.void, "rows": _rows(vote),
        "elected": elected, "elected_all": everybody, "tie": _tie(outcome), "need": outcome.need,
        "missing": missing, "ways": list(outcome.next), "again": again, "seats": settings["seats"],
        "lost": dict(vote.lost), "warnings": list(outcome.warnings), "rule": vote.rule.id,
        "sealed": sheet.sealed(material),
    }  # fmt: skip
    summary = {
        "valid": outcome.valid, "void": outcome.void, "elected": sheet.few(outcome.elected),
        "elected_all": sheet.few([each["id"] for each in everybody]),
        "tied": sheet.few(outcome.tie.items if outcome.tie else ()),
        "tied_places": outcome.tie.places if outcome.tie else 0, "missing": missing,
        "need": outcome.need, "ways": list(outcome.next), **vote.count.brief(),
    }  # fmt: skip
    names = {key: str(each["name"]) for key, each in vote.entries.items()}
    attention = [
        code
        for code, there in (
            ("ballot_void", not outcome.valid), ("tie", outcome.tie is not None),
            ("ballot_short", missing > 0), ("ballot_tolerated", bool(outcome.warnings)),
        )
        if there
    ]  # fmt: skip
    scores = {"total": {key: str(number) for key, number in vote.votes.items()}}
    working = sheet.with_names(outcome.working, names)
    return Result(value, summary, working, tuple(attention), everybody, scores)


def result_plenary(material: Material) -> Result:
    """Say of each entry whether it is adopted."""
    found = result(material)
    adopted = [each["id"] for each in found.value["elected"]]
    rejected = [each["id"] for each in material.settings["entries"] if each["id"] not in adopted]
    kept = ("valid", "void", "need", "voters", "present", "issued", "returned")
    summary = {
        "adopted": sheet.few(adopted), "rejected": sheet.few(rejected),
        **{name: found.summary[name] for name in (*kept, "valid_papers", "void_papers")},
    }  # fmt: skip
    attention = tuple(code for code in found.attention if code not in ("ballot_short", "tie"))
    return replace(found, summary=summary, attention=attention)


def enough(settings: Mapping[str, Any], present: int, due: int) -> bool:
    """Whether a meeting with so many present may vote at all."""
    if "rule" not in settings:
        return True
    turnout = Counted("", {"due": due, "present": present, "issued": 0}, {}, {}, 0, 0, {})
    return bool(quorum(preset(settings["rule"]), turnout.turnout(settings["members"]))[0])


def _vote(material: Material) -> _Vote:
    settings, count = material.settings, sheet.counted(material)
    rule = preset(settings["rule"])
    may = settings["eligible"]
    lost = {
        name: number
        for name, number in count.write_ins.items()
        if may is not None and "".join(name.split()) not in may
    }
    written = {name: number for name, number in count.write_ins.items() if name not in lost}
    votes = {
        each["id"]: count.totals.get(each["id"], {}).get(rule.agree, 0)
        for each in settings["entries"]
    }
    votes |= {sheet.WRITTEN + name: number for name, number in written.items()}
    entries = {each["id"]: each for each in settings["entries"]}
    entries |= {each["id"]: each for each in sheet.written_in(written)}
    return _Vote(rule, count, votes, entries, lost, _outcome(settings, count, (rule, votes)))


def _outcome(
    settings: Mapping[str, Any], count: Counted, cast: tuple[CountingRule, Mapping[str, int]]
) -> Outcome:
    rule, votes = cast
    turnout = count.turnout(settings["members"])
    if count.void:
        why = count.void
        if why == "called_off" and not quorum(rule, turnout)[0]:
            why = "no_quorum"
        line = (Line("ballot_void", why),)
        return Outcome(False, why, (), None, settings["seats"], 0, (), ("again",), (), line)
    round_: Round = settings["round"]
    return elections.elect(rule, settings["seats"], turnout, votes, round_=round_)


def _rows(vote: _Vote) -> list[dict[str, Any]]:
    rule, elected, tie = vote.rule, set(vote.outcome.elected), vote.outcome.tie
    tied = set(tie.items) if tie else set()
    order = rank(vote.votes).order
    return [
        {
            "id": key, "name": vote.entries[key]["name"], "agree": vote.votes[key],
            "against": vote.count.totals.get(key, {}).get(rule.against),
            "neither": vote.count.totals.get(key, {}).get(rule.neither),
            "written_in": key.startswith(sheet.WRITTEN),
            "state": "elected" if key in elected else "tied" if key in tied else "",
        }
        for key in order
    ]  # fmt: skip


def _tie(outcome: Outcome) -> dict[str, Any] | None:
    tie = outcome.tie
    return None if tie is None else {"items": list(tie.items), "places": tie.places}


def _ways(
    vote: _Vote, elected: Sequence[Mapping[str, Any]], rest: tuple[int, Sequence[Any]]
) -> dict[str, Any]:
    """Return what a later round begins with: its candidates, its seats, and what stands."""
    missing, pool = rest
    if not vote.outcome.valid:
        return {}
    done = {each["id"] for each in elected}
    left = {row["id"]: row for row in pool if row["id"] not in done}
    left |= {
        key: {**vote.entries[key], "votes": number}
        for key, number in vote.votes.items()
        if key not in done and key not in left
    }
    standing = {"elected": list(elected), "missing": missing, "pool": list(left.values())}
    ways: dict[str, Any] = {}
    tie = vote.outcome.tie
    if tie is not None:
        tied = [vote.entries[key] for key in tie.items]
        ways["revote"] = {"entries": tied, "seats": tie.places, "before": standing}
    elif missing and left:
        ranking = rank({key: each["votes"] for key, each in left.items()})
        short = replace(vote.outcome, elected=tuple(done), missing=missing)
        found = elections.rerun_candidates(vote.rule, ranking, short)
        chosen = [*found.chosen, *(key for tie in found.ties for key in tie.items)]
        listed_ = [_plain(left[key]) for key in chosen]
        ways["rerun"] = {"entries": listed_, "seats": missing, "before": standing}
    return ways


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "votes"}


ELECTION: Final = Kind("election", "选举", "Election", ATTRIBUTES, settle, result, roll=False)
PLENARY: Final = Kind(
    "plenary", "全会票决", "Plenary ballot", OF_PLENARY, settle_plenary, result_plenary, roll=False
)
