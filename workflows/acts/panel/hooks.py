"""What a scoring act does in the database: its panel's hooks on the life of the act."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from engine.unit_of_work import UnitOfWork
from workflows.acts.hooks import Hooks
from workflows.acts.model import act_participant
from workflows.acts.panel import assigning, checking, substitutes
from workflows.acts.panel.model import act_assignment
from workflows.acts.panel.reading import sheet, tools


def own(uow: UnitOfWork, row: Any, who: Any) -> frozenset[str] | None:
    """Return the entries assigned to somebody; None where everybody has all of them."""
    settings = row.settings
    reserve = who.principal in settings.get("reserves", ())
    if not (settings.get("panel") or reserve):
        return None
    mine = sa.select(act_assignment.c.entry).where(act_assignment.c.participant_id == who.id)
    found = frozenset(uow.conn.scalars(mine))
    undrawn = row.state == "prepared" and not found and not _drawn(uow, row.id)
    return None if undrawn and not reserve else found


def _drawn(uow: UnitOfWork, act_id: str) -> bool:
    joined = act_assignment.join(
        act_participant, act_participant.c.id == act_assignment.c.participant_id
    )
    query = sa.select(act_assignment.c.entry).select_from(joined)
    return uow.conn.scalar(query.where(act_participant.c.act_id == act_id).limit(1)) is not None


HOOKS: Final = Hooks(
    draw=assigning.draw,
    prepared=assigning.prepared,
    opening=assigning.opening,
    own=own,
    checking=checking.checking,
    barred=substitutes.barred,
    sheet=sheet,
    tools=tools,
)
