"""Gate G2: a submission is judged by the rule book of its case before it is taken.

BLOCK stops it, WARN lets it pass with a written reason; both keep their findings in the step
record. The verdict is computed in the transaction that would commit the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import ReasonNeeded, RuleBlocked
from engine.unit_of_work import UnitOfWork
from workflows.rules import book, facts, rule
from workflows.rules.evaluate import findings

DEFAULT_PACK = "current"


def judge(
    uow: UnitOfWork, row: Mapping[str, Any], node_id: str, data: Mapping[str, Any], known: Any
) -> list[rule.Finding]:
    """Return what the rule book of a case finds in the record of a node.

    *row* is the instance, *data* the record, *known* the variables it was made with.
    """
    pack = book.load(str(row["attributes"].get("rule_pack") or DEFAULT_PACK))
    if not pack.at(row["process"], node_id):
        return []
    view = facts.case_view(uow, row["id"])
    return findings(pack, row["process"], node_id, data, known, view)


def pass_or_refuse(
    found: list[rule.Finding], *, reason: str, instance_id: str
) -> list[dict[str, Any]]:
    """Return the findings to keep; raises RuleBlocked, or ReasonNeeded without a reason."""
    stopping = rule.blocking(found)
    if stopping:
        raise RuleBlocked(found, instance_id=instance_id)
    if rule.warnings(found) and not reason.strip():
        raise ReasonNeeded(found, instance_id=instance_id)
    return [each.to_json() for each in found]
