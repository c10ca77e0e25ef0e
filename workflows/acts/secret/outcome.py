"""What a counted box decides, before and after the act has been closed.

The sheet the scrutineers sign and the screen of the hall show the decision as soon as the box is
open. It is computed by the kind of the act from what was counted, exactly as closing the act will
compute and keep it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.unit_of_work import UnitOfWork
from workflows.acts import rows
from workflows.acts.kinds import KINDS
from workflows.ballots import events


@dataclass(frozen=True)
class Outcome:
    """A result as plots want it; ``result`` has ``value`` alone."""

    kind: str
    settings: Mapping[str, Any]
    result: Mapping[str, Any]


def of(uow: UnitOfWork, act_id: str) -> Outcome | None:
    """Return what the vote has decided, or None before its box is open."""
    row = rows.of_task(uow, act_id)
    if row is None:
        return None
    if row.result is not None:
        return Outcome(row.kind, row.settings, row.result)
    if events.load(uow, act_id).state not in (events.OPENED, events.DESTROYED):
        return None
    found = KINDS[row.kind].result(rows.material(uow, row))
    return Outcome(row.kind, row.settings, {"value": found.value})
