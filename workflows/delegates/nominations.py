"""From nominations to the list of candidates of a party election: what acts found, by person.

Domain specification 4.3, steps 2 to 9. A nomination is an entry of an intake, and a person may be
nominated several times; from the eligibility check on there is one line a person. Recommendation
informs and does not decide: these lists only propose, the committee fixes and the superior
approves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import Invalid
from engine.unit_of_work import Delegate, ServiceCall, UnitOfWork
from workflows.counting.differential import candidate_minimum

Json = Mapping[str, Any]


def act_result(call: ServiceCall, node: str) -> Json:
    """Return the result of the latest confirmed act at *node*; raises Invalid("record_missing")."""
    record = call.record(node)
    if record is None or "act" not in record:
        raise Invalid("record_missing", node=node)
    found: Json = record["act"]
    return found


def merge_nominations(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Put the nominations of ``E2_nominate`` together by person, behind those known before.

    ``nominees``: id (of the person), name, and the channels he was nominated through.
    """
    merged = {row["id"]: dict(row) for row in call.inputs["known"] or ()}
    for entry in act_result(call, "E2_nominate")["entries"]:
        person = entry.get("person") or entry
        row = merged.setdefault(person["id"], {"id": person["id"], "name": person["name"]})
        channels = [*row.get("category", "").split("、"), entry.get("category", "")]
        row["category"] = "、".join(dict.fromkeys(filter(None, channels)))
    return {"nominees": list(merged.values())}


def eligible_nominees(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Count whom the check found eligible."""
    return {"eligible_count": len(act_result(call, "E3_check")["entries"])}


def recommended_people(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Take the short list of the recommendation at ``node`` behind those known before.

    Above half, best first, no more than seats + 20 % (``S30``). ``recommend_short`` is how many
    are missing, ``recommend_left`` the others, among whom a second recommendation is held for
    ``recommend_missing`` places: none where nobody is left.
    """
    known = list(call.inputs["known"] or ())
    found = act_result(call, call.inputs["node"])
    taken = {row["person"]["id"] for row in known}
    votes = {row["id"]: row for row in found["value"]["rows"]}
    chosen = [each for each in found["entries"] if each["id"] not in taken]
    people = known + [_recommended(each, votes.get(each["id"], {})) for each in chosen]
    listed = {row["person"]["id"] for row in people}
    wanted = int(candidate_minimum(int(call.variables["seats"])).value)
    left = [
        {"id": row["id"], "name": row["name"]}
        for row in act_result(call, "E3_check")["entries"] if row["id"] not in listed
    ]  # fmt: skip
    short = max(0, wanted - len(people))
    return {
        "recommended": people, "recommend_left": left,
        "recommend_missing": short if left else 0, "recommend_short": short,
    }  # fmt: skip


def candidate_list(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Turn the approved lines into the list of candidates, in the order approved.

    ``candidates``: id, name, unit, offices. What came back with an earlier list is settled now,
    so the note about it is dropped.
    """
    rows = [row for row in call.inputs["approved"] or () if row.get("approved") == "是"]
    return {"candidates": [_candidate(row) for row in rows], "candidates_note": None}


def speech_order(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Return who speaks when, as the lots of ``E9_lots`` fell."""
    drawn: Sequence[Json] = act_result(call, "E9_lots")["entries"]
    return {
        "speech_order": [
            {"order": no, "person": {"id": each["id"], "name": each["name"]}}
            for no, each in enumerate(drawn, start=1)
        ]
    }


def _recommended(entry: Json, row: Json) -> dict[str, Any]:
    person = {"id": entry["id"], "name": entry["name"]}
    return {"person": person, "votes": row.get("votes"), "above_half": "是"}


def _candidate(row: Json) -> dict[str, Any]:
    person = row["person"]
    return {
        "id": person["id"], "name": person["name"], "unit": person.get("unit") or "",
        "offices": list(row["offices"]),
    }  # fmt: skip


DELEGATES = {
    "merge_nominations": Delegate(
        merge_nominations,
        "把各渠道的推荐按人汇总，一人一行",
        "Nominations of all channels by person, one line each",
        inputs=("known",),
        outputs=("nominees",),
    ),
    "eligible_nominees": Delegate(
        eligible_nominees,
        "数出资格审查合格的人数",
        "Count who was found eligible",
        outputs=("eligible_count",),
    ),
    "recommended_people": Delegate(
        recommended_people,
        "汇总推荐结果：过半数的依次取至应选名额加二成，算出不足人数和尚未列入的人",
        "Short list of the recommendation: above half, in order, up to seats + 20 %; who is "
        "missing and who is left",
        inputs=("known", "node"),
        outputs=("recommended", "recommend_left", "recommend_missing", "recommend_short"),
    ),
    "candidate_list": Delegate(
        candidate_list,
        "按上级批准的次序列出候选人",
        "List of candidates in the order the superior approved",
        inputs=("approved",),
        outputs=("candidates", "candidates_note"),
    ),
    "speech_order": Delegate(
        speech_order,
        "按抽签结果排定演说次序",
        "Order of the speeches as the lots fell",
        outputs=("speech_order",),
    ),
}
