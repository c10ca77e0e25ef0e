"""What a scenario does in an intake: ``apply`` hands in entries in the form of the package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from engine.errors import NotFound
from engine.model import task
from engine.unit_of_work import UnitOfWork
from workflows.acts.entries import applying
from workflows.scenario_acts import whole
from workflows.scenario_dates import dated
from workflows.scenario_forms import typed, with_files


def apply(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Hand in each of ``entries`` over what the answer block says, as one who is on the roll."""
    lead = whole(uow, act, target)
    mine = sorted(uow.actor.principals | {uow.actor.personal})
    query = sa.select(task.c.id).where(task.c.part_of == lead, task.c.principal.in_(mine))
    part = uow.conn.scalar(query.order_by(task.c.id).limit(1))
    if part is None:
        raise NotFound("task_unknown", node=act["node"])
    for each in act["entries"]:
        _submit(uow, str(part), {**act["block"].get("data", {}), **each})


def _submit(uow: UnitOfWork, part: str, given: Mapping[str, Any]) -> None:
    mine, row = applying.of_entry(uow, applying.begin(uow, part))
    context = mine.context(row)
    raw = typed(mine.form, context, dated(uow, given))
    applying.submit(uow, str(row.id), with_files(uow, mine.form, raw, part))


DOINGS: Mapping[str, Callable[[object, UnitOfWork, Mapping[str, Any], str], None]] = {
    "apply": apply,
}
