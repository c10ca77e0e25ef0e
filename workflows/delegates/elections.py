"""The course of an election meeting: which ballot is next, and who holds which office at the end.

Domain specification 4.3 to 4.5. The count itself is the act ``election``; here its result is read
and the way on is named: the same ballot again after a void one, a new vote among the tied, a
decision about missing seats, the next office, or the end. Where the committee is elected first
(M1) there is one ballot; where all are elected directly (M2), one for each office in the order
the superior's document allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.errors import Invalid
from engine.unit_of_work import Delegate, ServiceCall, UnitOfWork
from workflows import identity
from workflows.delegates.nominations import act_result

SECRETARY, DEPUTY, MEMBER = OFFICES = ("书记", "副书记", "委员")
FIRST, REVOTE, RERUN = "M6_vote", "M6_revote", "M6_rerun"
WAYS: Final = {FIRST: "vote", REVOTE: "revote", RERUN: "rerun"}
"""Node of a ballot → the route that leads to it."""
SHORT, DONE = "short", "done"
MEMBERS_FIRST: Final = "先委员后书记"
AGAIN: Final = frozenset({"重开大会", "重开全会"})
"""What the superior may answer instead of approving: nobody holds an office then."""

Json = Mapping[str, Any]


def meeting_officers(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Find the accounts of the scrutineers and tellers the meeting has adopted.

    Only whoever holds the role in the unit can act; raises Invalid("officer_without_account").
    """
    unit = call.instance["unit"]
    return {
        "scrutineers": _accounts(uow, "SCRUTINEER", unit, call.inputs["scrutineers"]),
        "tellers": _accounts(uow, "TELLER", unit, call.inputs["tellers"]),
    }


def plan_ballots(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Set out the ballots of the meeting and the first of them; nobody is elected yet.

    M1: one ballot for all seats. M2: secretary, deputies, and the seats that are left for
    members, or members for all seats first and then the officers from among them.
    """
    seats = int(call.inputs["seats"])
    officers = {
        SECRETARY: int(call.inputs["secretary_seats"]), DEPUTY: int(call.inputs["deputy_seats"]),
    }  # fmt: skip
    if call.inputs["mode"] == "M1":
        wanted = [(MEMBER, seats)]
    elif call.inputs["order"] == MEMBERS_FIRST:
        wanted = [(MEMBER, seats), *officers.items()]
    else:
        wanted = [*officers.items(), (MEMBER, seats - sum(officers.values()))]
    ballots = [{"office": office, "seats": number} for office, number in wanted if number]
    return {**_next(call, ballots, []), "reduced": 0}


def ballot_outcome(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Read the ballot just counted and say what follows (``ballot_route``).

    ``vote``, ``revote``, ``rerun``: to that ballot; ``short``: seats are missing and the meeting
    decides how to go on; ``done``: every office has been voted on.
    """
    ballot, summary = call.inputs["ballot"], act_result(call, call.inputs["ballot"]["node"])
    counted = summary["summary"]
    if not counted["valid"]:
        return {"ballot_route": WAYS[ballot["node"]], "ballot_missing": None}
    elected = _with(call.inputs["elected"] or (), ballot["office"], summary)
    if counted["tied"]:
        return {
            "elected": elected, "ballot": {**ballot, "node": REVOTE},
            "ballot_route": WAYS[REVOTE], "ballot_missing": None,
        }  # fmt: skip
    if counted["missing"]:
        return {"elected": elected, "ballot_route": SHORT, "ballot_missing": counted["missing"]}
    return _next(call, call.inputs["ballots"], elected)


def seats_missing(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Carry out what the meeting decided about missing seats: a new election, or fewer seats."""
    ballot = call.inputs["ballot"]
    if call.inputs["way"] == "重新选举":
        return {"ballot": {**ballot, "node": RERUN}, "ballot_route": WAYS[RERUN]}
    reduced = int(call.variables.get("reduced") or 0) + int(call.variables["ballot_missing"])
    return {**_next(call, call.inputs["ballots"], call.inputs["elected"]), "reduced": reduced}


def officer_candidates(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Return who stands for secretary and deputy in the first plenary (M1, equal number).

    Those approved for the office who have been elected to the committee; whom the superior named
    since stands instead. Whoever is elected to an office already does not stand again, unless
    the superior has asked for another meeting or plenary.
    """
    members = {row["id"] for row in call.inputs["elected"] or ()}
    again = call.variables.get("result_decision") in AGAIN
    done = [] if again else list(call.variables.get("officers_elected") or ())
    filled = {row["id"] for row in done}
    named = call.inputs["named"] or ()
    wanted = [(row["office"], row["person"]) for row in named] or [
        (office, row)
        for office in (SECRETARY, DEPUTY)
        for row in call.inputs["candidates"] or () if office in row["offices"]
    ]  # fmt: skip
    officers = [
        {"id": person["id"], "name": person["name"], "office": office}
        for office, person in wanted if person["id"] in members - filled
    ]  # fmt: skip
    return {
        "officers": officers, "officers_elected": done, "officers_missing": [],
        "officers_named": None, "result_decision": None,
    }  # fmt: skip


def officers_elected(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Read the ballot of the first plenary: who is elected, for whom the superior is asked."""
    officers: Sequence[Json] = call.inputs["officers"]
    elected = set(act_result(call, "E11_vote")["summary"]["elected"])
    done = list(call.variables.get("officers_elected") or ())
    return {
        "officers_elected": [*done, *(row for row in officers if row["id"] in elected)],
        "officers_missing": [row for row in officers if row["id"] not in elected],
    }


def final_list(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Put together who holds which office, officers first; an officer is named once."""
    elected = list(call.inputs["elected"] or ())
    if call.inputs["mode"] == "M1":
        elected = [*(call.variables.get("officers_elected") or ()), *elected]
    elected.sort(key=lambda row: OFFICES.index(row["office"]))
    found: dict[str, dict[str, Any]] = {}
    for row in elected:
        line = {"id": row["id"], "name": row["name"], "office": row["office"]}
        found.setdefault(row["id"], line)
    return {"final_list": list(found.values())}


def _accounts(uow: UnitOfWork, role: str, unit: str, rows: Sequence[Json]) -> list[dict[str, str]]:
    holders = identity.holders(uow, identity.principal(uow, role, unit))
    known: dict[str, list[Any]] = {}
    for one in holders:
        known.setdefault(one.name, []).append(one)
    found = []
    for row in rows:
        same = known.get(row["name"].strip(), [])
        if len(same) != 1:
            raise Invalid("officer_without_account", name=row["name"], role=role)
        found.append({"principal": f"user:{same[0].id}", "name": same[0].name})
    return found


def _next(call: ServiceCall, ballots: Sequence[Json], elected: Sequence[Json]) -> dict[str, Any]:
    """Return the first ballot of *ballots* somebody stands in, and what is left after it.

    An office nobody can stand for, because no candidate of it was elected, is left vacant.
    """
    left = list(ballots)
    while left:
        this = left.pop(0)
        standing = _standing(call, this["office"], elected)
        if standing:
            ballot = {**this, "node": FIRST, "candidates": standing}
            return _state(ballot, left, elected, WAYS[FIRST])
    return _state(call.inputs.get("ballot"), [], elected, DONE)


def _state(
    ballot: Any, ballots: Sequence[Json], elected: Sequence[Json], route: str
) -> dict[str, Any]:
    return {
        "ballot": ballot, "ballots": list(ballots), "elected": list(elected),
        "ballot_route": route, "ballot_missing": None,
    }  # fmt: skip


def _standing(call: ServiceCall, office: str, elected: Sequence[Json]) -> list[dict[str, str]]:
    """Return who stands on the ballot for *office*, after what has been decided so far.

    Members first: officers come from those elected. Officers first: whoever is elected stands
    no more, and a loser only where the plan lets him (``D``).
    """
    known = call.variables
    listed = [row for row in known["candidates"] if office in row["offices"]]
    holders = {row["id"]: row["office"] for row in elected}
    if known["election_mode"] == "M2" and known["ballot_order"] == MEMBERS_FIRST:
        if office != MEMBER:
            listed = [row for row in listed if holders.get(row["id"]) == MEMBER]
    else:
        listed = [row for row in listed if row["id"] not in holders]
        if known["election_mode"] == "M2" and known["loser_stays"] == "否":
            above = OFFICES[: OFFICES.index(office)]
            listed = [row for row in listed if not set(above) & set(row["offices"])]
    return [{"id": row["id"], "name": row["name"]} for row in listed]


def _with(elected: Sequence[Json], office: str, result: Json) -> list[dict[str, Any]]:
    """Return *elected* with those this ballot and the ones before it for the office elected."""
    votes = {row["id"]: row.get("votes") for row in elected if row["office"] == office}
    votes |= {row["id"]: row["agree"] for row in result["value"]["rows"]}
    others = [dict(row) for row in elected if row["office"] != office]
    return others + [
        {"id": row["id"], "name": row["name"], "office": office, "votes": votes.get(row["id"])}
        for row in result["entries"]
    ]


_BALLOT: Final = ("ballot", "ballots", "elected", "ballot_route", "ballot_missing")

DELEGATES = {
    "meeting_officers": Delegate(
        meeting_officers,
        "把大会通过的监票人、计票人对应到账号",
        "Accounts of the scrutineers and tellers the meeting adopted",
        inputs=("scrutineers", "tellers"),
        outputs=("scrutineers", "tellers"),
    ),
    "plan_ballots": Delegate(
        plan_ballots,
        "按选举方式列出大会的选票：先选委员会的一张，双直选的按职务各一张",
        "Ballots of the meeting: one for the committee, or one for each office",
        inputs=("mode", "order", "seats", "secretary_seats", "deputy_seats"),
        outputs=(*_BALLOT, "reduced"),
    ),
    "ballot_outcome": Delegate(
        ballot_outcome,
        "看本次计票结果：无效的重投，票数相等的再投，不足的由大会决定，选出的进行下一职务",
        "What follows from a count: again, re-vote, seats missing, next office, or the end",
        inputs=("ballots", "ballot", "elected"),
        outputs=_BALLOT,
    ),
    "seats_missing": Delegate(
        seats_missing,
        "落实大会对缺额的决定：另行选举，或减少名额",
        "Carry out the decision about missing seats: new election or fewer seats",
        inputs=("way", "ballots", "ballot", "elected"),
        outputs=(*_BALLOT, "reduced"),
    ),
    "officer_candidates": Delegate(
        officer_candidates,
        "列出第一次全体会议的书记、副书记候选人：经批准且已当选委员的人",
        "Candidates for secretary and deputy: approved for it and elected to the committee",
        inputs=("candidates", "elected", "named"),
        outputs=(
            "officers", "officers_elected", "officers_missing", "officers_named",
            "result_decision",
        ),
    ),
    "officers_elected": Delegate(
        officers_elected,
        "看第一次全体会议的选举结果",
        "Result of the ballot of the first plenary",
        inputs=("officers",),
        outputs=("officers_elected", "officers_missing"),
    ),
    "final_list": Delegate(
        final_list,
        "汇总当选人和职务",
        "Who holds which office",
        inputs=("mode", "elected"),
        outputs=("final_list",),
    ),
}  # fmt: skip
