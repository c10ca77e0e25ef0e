"""全程纪实表: the whole course of a case as one table, one row per execution of a step.

The columns are those of docs/reference/domain.md (a proposal of ours, ``D``, held against four
real systems). What a process does not record in a form of its own stays empty here and is shown so;
nothing is invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.diagrams import Node
from engine.instances import Blueprint
from engine.unit_of_work import UnitOfWork
from workflows import answers, names
from workflows.casefile import CasePage
from workflows.desk import node_of
from workflows.forms.display import written
from workflows.forms.model import Field, leaves

LONGEST_FACTS = 1000
DUE_KEYS = ("due", "n_due", "due_members", "应到")
PRESENT_KEYS = ("present", "n_present", "present_members", "实到", "attended")
VOTES = (
    "agree", "disagree", "abstain", "defer", "against", "valid", "invalid", "tickets", "votes",
)  # fmt: skip
NOTABLE = ("objection", "dissent", "intervention", "complaint", "recusal", "异议", "回避", "举报")
RECORDED = ("start", "complete", "return", "message", "withdraw", "hold", "release_hold")


@dataclass(frozen=True)
class Row:
    """One execution of a step."""

    record: Any
    no: int
    node: Node | None
    child: str
    basis: str
    range: str
    due: str
    present: str
    facts: str
    votes: str
    notable: str
    materials: tuple[str, ...]
    target: Node | None


@dataclass(frozen=True)
class Sheet:
    """The whole table with its head."""

    rows: Sequence[Row]
    units: Mapping[str, names.Name]
    batch: str
    post: str


def of(uow: UnitOfWork, case: CasePage) -> Sheet:
    """Return the 全程纪实表 of a case; for the root it holds the rows of its child cases too."""
    titles = {each["id"]: each["title"].rpartition(" · ")[2] for each in _family(uow, case)}
    kept = [each for each in case.records if each.kind in RECORDED]
    rows = [_row(case.plan, case.row, each, no, titles) for no, each in enumerate(kept, 1)]
    opening = case.row["attributes"].get("start") or {}
    return Sheet(
        rows,
        names.units(uow, [case.row["unit"]]),
        str(opening.get("batch") or ""),
        _label(opening.get("post")),
    )


def _family(uow: UnitOfWork, case: CasePage) -> Iterator[Mapping[str, Any]]:
    """Yield the cases below this one, so that their rows can name whom they concern."""
    for key in {each.instance_id for each in case.records} - {case.row["id"]}:
        row = answers.instance_row(uow, key)
        if row is not None:
            yield row


def _row(
    plan: Blueprint, case: Mapping[str, Any], record: Any, no: int, titles: Mapping[str, str]
) -> Row:
    node = node_of(plan, case["process"], record.node) if record.node else None
    form = answers.form_of(plan, record.node) if record.node else None
    step = node.step if node else None
    data = record.data if record.kind != "return" else {}
    fields = list(leaves(form.fields)) if form else []
    return Row(
        record=record, no=no, node=node, child=titles.get(record.instance_id, ""),
        basis=step.basis if step else "", range=_text(data, ("range", "scope", "参加范围")),
        due=_text(data, DUE_KEYS), present=_text(data, PRESENT_KEYS),
        facts=_facts(fields, data) if record.kind != "return" else _returned(record),
        votes=votes(fields, data), notable=_picked(fields, data, NOTABLE),
        materials=step.records if step else (), target=_target(plan, case, record),
    )  # fmt: skip


def _target(plan: Blueprint, case: Mapping[str, Any], record: Any) -> Node | None:
    """Return where a returned case went to."""
    key = record.data.get("target") if record.kind == "return" else None
    return node_of(plan, case["process"], key) if key else None


def _facts(fields: Sequence[Field], data: Mapping[str, Any]) -> str:
    """Return what was answered, field by field, without votes and files, cut at text(1000)."""
    parts = []
    for each in fields:
        value = data.get(each.key)
        if each.type in ("filepicker", "group", "dynamiclist") or each.kind == "signature":
            continue
        text = written(each, value, "zh")
        if text:
            parts.append(f"{each.label.zh}：{text.rstrip('。')}")
    whole = "；".join(parts)
    return whole if len(whole) <= LONGEST_FACTS else whole[: LONGEST_FACTS - 1] + "…"


def _returned(record: Any) -> str:
    items = "；".join(record.data.get("items") or ())
    return f"{record.reason}{'（' + items + '）' if items else ''}"


def votes(fields: Sequence[Field], data: Mapping[str, Any]) -> str:
    """Return every count of votes in an answer; those in rows with whom the row is about."""
    parts = _counts(fields, data)
    for each in fields:
        rows = data.get(each.key) if each.type == "dynamiclist" else None
        for row in rows or ():
            inside = list(leaves(each.children))
            counted = _counts(inside, row)
            if counted:
                about = written(inside[0], row.get(inside[0].key), "zh").partition("（")[0]
                parts.append(f"{about}：{'、'.join(counted)}")
    return "；".join(parts)


def _counts(fields: Sequence[Field], data: Mapping[str, Any]) -> list[str]:
    return [
        f"{each.label.zh} {written(each, data.get(each.key), 'zh')}"
        for each in fields
        if each.type == "number"
        and data.get(each.key) is not None
        and any(mark in each.key for mark in VOTES)
    ]


def _picked(fields: Sequence[Field], data: Mapping[str, Any], marks: Sequence[str]) -> str:
    parts = []
    for each in fields:
        text = written(each, data.get(each.key), "zh")
        if text and any(mark in each.key for mark in marks):
            parts.append(f"{each.label.zh} {text}")
    return "；".join(parts)


def _text(data: Mapping[str, Any], keys: Sequence[str]) -> str:
    found = next((data[key] for key in keys if data.get(key) not in (None, "")), "")
    return str(found)


def _label(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(value[key]) for key in ("unit", "name") if value.get(key))
    return str(value or "")
