"""The committee's formal vote and its reopening, computed exactly from the record.

Only here, in an election and in a plenary ballot does arithmetic decide. The majority is of
the members **due to attend**, the quorum two thirds of **all** members; see
``workflows.thresholds`` for the comparisons and their sources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engine.errors import Invalid
from engine.unit_of_work import Delegate, ServiceCall, UnitOfWork
from workflows.delegates.numbers import number
from workflows.thresholds import (
    HALF,
    Meeting,
    differential_ballot,
    majority,
    more_than,
    quorum,
    reopening,
)

PASSED, FAILED, DEFERRED, VOID = "通过", "未通过", "暂缓", "无效"
KEPT, REVOKED = "维持", "撤销"


@dataclass(frozen=True)
class Base:
    """What the votes of one meeting are measured against."""

    meeting: Meeting
    recused: int
    recused_in_base: bool
    quorum: Fraction
    posts: int


@dataclass(frozen=True)
class Decision:
    """The result of a meeting, what happened to each candidate, and the sums."""

    result: str
    items: tuple[dict[str, Any], ...]
    working: tuple[str, ...]

    def passed(self) -> list[Any]:
        """Return the candidates that were adopted."""
        return [item["candidate"] for item in self.items if item["passed"]]


def committee_vote(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Compute the result of the vote recorded at ``S8_meeting``.

    ``无效`` without a quorum, however unanimous; ``暂缓`` when the meeting saw a serious
    division or a major question open (``S12``), or most members asked to defer (``D``);
    ``通过`` when somebody has more than half of the members due to attend; else ``未通过``.
    """
    record = _record(call, "S8_meeting")
    decision = decide(record, _base(call, record))
    plan = {_id(each["candidate"]): each for each in call.variables.get("proposed") or ()}
    adopted = [
        {**plan.get(_id(candidate), {}), "candidate": candidate} for candidate in decision.passed()
    ]
    return {
        "decision_result": decision.result,
        "decision_items": list(decision.items),
        "decision_working": list(decision.working),
        "adopted": adopted,
        "outcome": FAILED if decision.result == FAILED else None,
    }


def reopening_vote(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Compute the result of the reopened item (复议) recorded at ``S8_reopen``.

    The decision stands (``维持``) unless more than half of **all** members agree to reopen it
    (``S03`` ``S12``); then the new vote decides: adopted again → ``维持``, deferred or without
    a quorum → ``暂缓``, otherwise ``撤销``.
    """
    record = _record(call, "S8_reopen")
    opened = reopening(int(record["reopen_agree"]), int(record["members_total"]))
    if not opened:
        return _reopened(KEPT, opened.working)
    decision = decide(record, _base(call, record))
    results = {PASSED: KEPT, DEFERRED: DEFERRED, VOID: DEFERRED, FAILED: REVOKED}
    return _reopened(results[decision.result], opened.working + decision.working)


def decide(record: Mapping[str, Any], base: Base) -> Decision:
    """Return what a meeting with these counts has decided; a pure function of the record."""
    enough = quorum(base.meeting, base.quorum)
    rows: Sequence[Mapping[str, Any]] = record["items"]
    if base.posts == 1 and len(rows) > 1:
        items, working, deferred = _one_post(rows, base)
    else:
        items, working, deferred = _each(rows, base)
    valid = tuple({**item, "passed": item["passed"] and bool(enough)} for item in items)
    if not enough:
        result = VOID
    elif record.get("serious_division") == "有" or deferred:
        result = DEFERRED
        valid = tuple({**item, "passed": False} for item in valid)
    else:
        result = PASSED if any(item["passed"] for item in valid) else FAILED
    return Decision(result, valid, enough.working + working)


_Counted = tuple[tuple[dict[str, Any], ...], tuple[str, ...], bool]


def _each(rows: Sequence[Mapping[str, Any]], base: Base) -> _Counted:
    """Every candidate is voted on alone: more than half of those due to attend."""
    items, working = [], []
    for row in rows:
        verdict = majority(
            int(row["agree"]), base.meeting.due,
            recused=base.recused, recused_in_base=base.recused_in_base,
        )  # fmt: skip
        shown = f"{_name(row['candidate'])}: {'; '.join(verdict.working)}"
        items.append({"candidate": row["candidate"], "passed": bool(verdict), "working": shown})
        working.append(shown)
    most_defer = all(more_than(int(row["defer"]), HALF, of=base.meeting.due) for row in rows)
    return tuple(items), tuple(working), most_defer


def _one_post(rows: Sequence[Mapping[str, Any]], base: Base) -> _Counted:
    """Several candidates for one post (差额票决, ``D``): one wins, or a second ballot is due."""
    votes = {_id(row["candidate"]): int(row["agree"]) for row in rows}
    due = base.meeting.due if base.recused_in_base else base.meeting.due - base.recused
    ballot = differential_ballot(votes, due)
    items = tuple(
        {
            "candidate": row["candidate"],
            "passed": _id(row["candidate"]) == ballot.winner,
            "working": f"{_name(row['candidate'])}: {row['agree']}",
        }
        for row in rows
    )
    counts = tuple(str(item["working"]) for item in items)
    return items, counts + ballot.verdict.working, ballot.winner is None


def _base(call: ServiceCall, record: Mapping[str, Any]) -> Base:
    meeting = Meeting(int(record["members_total"]), int(record["due"]), int(record["present"]))
    return Base(
        meeting,
        recused=len(record.get("recused") or ()),
        recused_in_base=number(call, "recused_in_base") is True,
        quorum=Fraction(str(number(call, "committee_quorum"))),
        posts=int(call.variables.get("n_posts") or 1),
    )


def _record(call: ServiceCall, node: str) -> Mapping[str, Any]:
    record = call.record(node)
    if record is None:
        raise Invalid("record_missing", node=node)
    return record


def _reopened(result: str, working: tuple[str, ...]) -> Mapping[str, Any]:
    return {
        "reopen_result": result,
        "reopen_working": list(working),
        "outcome": "撤销任用" if result == REVOKED else None,
    }


def _id(candidate: Any) -> str:
    return str(candidate.get("id") if isinstance(candidate, Mapping) else candidate)


def _name(candidate: Any) -> str:
    return str(candidate.get("name") if isinstance(candidate, Mapping) else candidate)


DELEGATES = {
    "committee_vote": Delegate(
        committee_vote,
        "计算党委（党组）表决结果：三分之二以上成员到会，应到会成员超过半数同意为通过",
        "Result of the committee vote: quorum of two thirds of all members, adopted by more than "
        "half of the members due to attend",
        outputs=("decision_result", "decision_items", "decision_working", "adopted", "outcome"),
    ),
    "reopening_vote": Delegate(
        reopening_vote,
        "计算复议结果：全体成员超过半数同意才可复议，再按表决规则计算",
        "Result of a reopened item: only more than half of all members may reopen it, then the "
        "new vote counts",
        outputs=("reopen_result", "reopen_working", "outcome"),
    ),
}
