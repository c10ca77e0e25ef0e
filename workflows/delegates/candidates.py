"""Inspection and the mandatory checks: whom to inspect, and what the checks add up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from engine.unit_of_work import Delegate, ServiceCall, UnitOfWork

READY, REJECTED, BARRED, FURTHER = "可提交", "不建议", "不得提交", "延伸考察"
AGAIN: Final = "重新考察"
TREATED: Final = frozenset({"批评教育", "诫勉"})

Json = Mapping[str, Any]


def inspection_list(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """List whom to inspect: all objects, or only those the tabling check sent back.

    One entry per person with ``key`` (id of the person), ``title`` (name), ``person``,
    ``unit_id`` (whose party committee gives the integrity conclusion) and ``audit_needed``.
    """
    objects = call.inputs["objects"] or []
    again = set(call.inputs["recheck"] or ()) if call.inputs["route"] == AGAIN else set()
    chosen = [row for row in objects if not again or row["person"]["id"] in again]
    return {
        "objects_to_inspect": [_entry(row) for row in chosen],
        "tabling_route": None,
        "tabling_recheck": None,
        "tabling_missing": None,
    }


def inspection_results(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Put the results of the inspected persons together with those known before.

    Results of people who are no longer objects are dropped; a new result replaces an old one.
    """
    current = {row["person"]["id"] for row in call.inputs["objects"] or ()}
    merged = {row["key"]: row for row in call.inputs["known"] or ()}
    merged |= {row["key"]: _result(row) for row in call.inputs["results"] or ()}
    inspected = [row for key, row in merged.items() if key in current]
    ready = [row for row in inspected if row["outcome"] == READY]
    return {"inspected": inspected, "eligible_count": len(ready)}


def candidate_conclusion(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Compare the report with every check; a person is ready only when all are clear.

    ``延伸考察`` and ``不建议`` follow the team's opinion. Otherwise ``可提交`` when every
    check is clear, ``不得提交`` when one is not: nobody may override it here (2019, "not to be
    tabled", ``S38`` ``R``). Silence of the discipline body is never consent.
    """
    checks = [check.result(call, uow.today) for check in CHECKS]
    if call.inputs["audit_needed"] == "是":
        checks.append(AUDIT.result(call, uow.today))
    opinion = call.inputs["report_outcome"]
    if opinion == FURTHER:
        outcome = FURTHER
    elif opinion != "建议任用":
        outcome = REJECTED
    else:
        outcome = READY if all(check["clear"] for check in checks) else BARRED
    return {"outcome": outcome, "checks": checks, "concluded_on": uow.today.isoformat()}


@dataclass(frozen=True)
class Check:
    """One mandatory check: where its record is, the word that sums it up, when it is clear."""

    code: str
    node: str
    word: Callable[[Json], Any]
    clear: Callable[[Json, date], bool]

    def result(self, call: ServiceCall, today: date) -> dict[str, Any]:
        """Return code, node, the word of the record (None without one) and whether it is clear."""
        record = call.record(self.node)
        found = record is not None and self.clear(record, today)
        word = self.word(record) if record is not None else None
        return {"check": self.code, "node": self.node, "value": word, "clear": found}


def _truthful(record: Json, today: date) -> bool:
    """如实填报, or an omission that was dealt with and affects nobody any more."""
    if record["judgement"] == "如实填报":
        return True
    until = record.get("affect_until")
    over = until is None or date.fromisoformat(until) < today
    return record["judgement"] == "漏报" and record.get("treatment") in TREATED and over


CHECKS: Final = (
    Check("file", "S6_file_second", lambda r: r["conclusion"],
          lambda r, _: r["conclusion"] == "无疑"),
    Check("matters", "S6_matters", lambda r: r["judgement"], _truthful),
    Check("discipline", "S6_discipline", lambda r: r["opinion"],
          lambda r, _: r["opinion"] == "无不同意见"),
    Check("petition", "S6_petition", lambda r: r["finding"],
          lambda r, _: r["finding"] in {"无可查线索", "已查清不影响"}),
    Check("integrity", "S6_integrity", lambda r: r["conclusion_result"],
          lambda r, _: r["conclusion_result"] == "廉洁自律情况良好"
          and bool(r.get("sig_secretary")) and bool(r.get("sig_discipline"))),
)  # fmt: skip
AUDIT: Final = Check(
    "audit", "S6_audit", lambda r: r["result"], lambda r, _: r["result"] != "有重大问题未结论"
)


def _entry(row: Json) -> dict[str, Any]:
    person = row["person"]
    return {
        "key": person["id"],
        "title": person["name"],
        "person": person,
        "unit_id": person.get("unit_id"),
        "audit_needed": row.get("audit_needed") or "否",
    }


def _result(row: Json) -> dict[str, Any]:
    return {
        "key": row["key"],
        "person": row["item"]["person"],
        "outcome": row["outcome"],
        "checks": row.get("checks") or [],
        "concluded_on": row.get("concluded_on"),
    }


DELEGATES = {
    "inspection_list": Delegate(
        inspection_list,
        "列出待考察人选：确定的全部考察对象，或提交核查退回的人选",
        "Whom to inspect: all objects fixed, or those the tabling check sent back",
        inputs=("objects", "route", "recheck"),
        outputs=("objects_to_inspect", "tabling_route", "tabling_recheck", "tabling_missing"),
    ),
    "inspection_results": Delegate(
        inspection_results,
        "汇总逐人考察和审核结果，数出可提交的人选",
        "Put the results of all persons together and count who may be tabled",
        inputs=("objects", "results", "known"),
        outputs=("inspected", "eligible_count"),
    ),
    "candidate_conclusion": Delegate(
        candidate_conclusion,
        "逐项核对凡提四必和廉洁自律意见，得出可提交、不建议、不得提交或延伸考察",
        "Compare every mandatory check: may be tabled, not recommended, barred, or inspect more",
        inputs=("report_outcome", "audit_needed"),
        outputs=("outcome", "checks", "concluded_on"),
    ),
}
