"""Half-filled sheets of marks: kept entry by entry while they are typed, never a contribution.

They lie where the drafts of forms do, one row for a part and a person. What was handed in after
a draft makes it void.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from engine.unit_of_work import UnitOfWork
from workflows.acts import loads, rows, taking
from workflows.acts.model import act, act_participant
from workflows.forms import drafts

MAX_TEXT: Final = 1000


def keep(uow: UnitOfWork, part_id: str, typed: Mapping[str, Mapping[str, str]]) -> datetime:
    """Keep what was typed for some entries, beside what is kept of the others.

    Raises what ``taking.require_mine`` raises; entries and fields the sheet does not have are
    left out. Returns when it was kept.
    """
    part, who = taking.found(uow, part_id)
    taking.require_mine(uow, who, part)
    lock = act_participant.select().where(act_participant.c.id == who.id).with_for_update()
    who = uow.conn.execute(lock).one()
    row = uow.conn.execute(act.select().where(act.c.id == who.act_id)).one()
    fields = {each["id"] for each in row.settings["criteria"]} | {"reason"}
    own = set(loads.own(uow, row, who))
    before = drafts.load(uow, part_id)
    found = dict(before.data) if before else {}
    for entry in typed.keys() & own:
        given = {name: value[:MAX_TEXT] for name, value in typed[entry].items() if name in fields}
        found[entry] = {"fields": given, "at": uow.now.isoformat()}
    return drafts.save(uow, part_id, found).saved_at


def load(uow: UnitOfWork, part_id: str, participant_id: str) -> dict[str, dict[str, Any]]:
    """Return the drafts that are newer than what was handed in: entry → fields."""
    found = drafts.load(uow, part_id)
    if found is None:
        return {}
    given = {each.entry: each.at for each in rows.current_of(uow, participant_id)}
    return {
        entry: dict(one["fields"])
        for entry, one in found.data.items()
        if entry not in given or datetime.fromisoformat(one["at"]) > given[entry]
    }
