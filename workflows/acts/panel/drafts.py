"""Half-filled sheets of marks as they are read: what is newer than what was handed in.

They lie where the drafts of forms do, one row for a part and a person: entry → fields and when.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.unit_of_work import UnitOfWork
from workflows.acts.model import contribution
from workflows.forms import drafts


def load(uow: UnitOfWork, who: Any) -> dict[str, dict[str, str]]:
    """Return the actor's drafts for a participant's part: entry → fields."""
    found = drafts.load(uow, who.task_id) if who.task_id else None
    if found is None:
        return {}
    mine = (contribution.c.participant_id == who.id) & contribution.c.current
    query = sa.select(contribution.c.entry, contribution.c.at).where(mine)
    given = {one.entry: one.at for one in uow.conn.execute(query)}
    return {
        entry: dict(one["fields"])
        for entry, one in found.data.items()
        if entry not in given or datetime.fromisoformat(one["at"]) > given[entry]
    }
