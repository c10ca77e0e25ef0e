"""Gate G2: a submission is judged by the rule book of its case before it is taken.

BLOCK stops it, WARN lets it pass with a written reason; both keep their findings in the step
record. The verdict is computed in the transaction that would commit the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import calendar
from engine.errors import ReasonNeeded, RuleBlocked
from engine.instances import Blueprint
from engine.unit_of_work import UnitOfWork
from workflows.rules import book, facts, rule
from workflows.rules.evaluate import findings

DEFAULT_PACK = "current"


@dataclass(frozen=True)
class Entry:
    """What is to be judged: the record a node would leave, and what the case knows.

    ``instance_id`` is None for the record that opens a case, which has no history yet.
    """

    package: str
    pack: str
    node: str
    data: Mapping[str, Any]
    variables: Mapping[str, Any] = field(default_factory=dict)
    instance_id: str | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """The numbers the case has pinned; those of the book stand where it has none."""


def pack_of(attributes: Mapping[str, Any]) -> str:
    """Return the rule pack a case was started with; it never changes."""
    return str(attributes.get("rule_pack") or DEFAULT_PACK)


def entry(
    plan: Blueprint, row: Mapping[str, Any], node: str, data: Mapping[str, Any], known: Any
) -> Entry:
    """Return the entry for a node of the running case *row*; *known* are its variables."""
    kept = row["attributes"]
    return Entry(plan.key, pack_of(kept), node, data, known, row["id"], kept.get("numbers", {}))


def opening(
    plan: Blueprint, row: Mapping[str, Any], node: str, data: Mapping[str, Any], known: Any
) -> Entry:
    """Return the entry for the record that opens the case *row*."""
    return replace(entry(plan, row, node, data, known), instance_id=None)


def judge(uow: UnitOfWork, asked: Entry) -> list[rule.Finding]:
    """Return what the rule book finds in a record; reads the case only if a rule looks at it."""
    loaded = book.load(asked.pack)
    if not loaded.at(asked.package, asked.node):
        return []
    if asked.instance_id is None:
        view = facts.CaseView(uow.today, calendar.load(uow), {}, ())
    else:
        view = facts.case_view(uow, asked.instance_id)
    loaded = _as_begun(loaded, asked.numbers)
    return findings(loaded, asked.package, asked.node, asked.data, asked.variables, view)


def pass_or_refuse(
    found: list[rule.Finding], *, reason: str, instance_id: str | None
) -> list[dict[str, Any]]:
    """Return the findings to keep; raises RuleBlocked, or ReasonNeeded without a reason."""
    if rule.blocking(found):
        raise RuleBlocked(found, instance_id=instance_id)
    if rule.warnings(found) and not reason.strip():
        raise ReasonNeeded(found, instance_id=instance_id)
    return [each.to_json() for each in found]


def _as_begun(loaded: rule.RuleBook, pinned: Mapping[str, Any]) -> rule.RuleBook:
    """Return the book with the numbers of the day the case began."""
    numbers = {
        name: replace(each, value=pinned.get(name, each.value))
        for name, each in loaded.numbers.items()
    }
    return replace(loaded, numbers=numbers)
