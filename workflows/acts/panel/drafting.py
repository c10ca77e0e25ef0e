"""Keeping half-filled sheets while they are typed; a draft is never a contribution."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from engine.unit_of_work import UnitOfWork
from workflows.acts import loads, taking
from workflows.acts.model import act, act_participant
from workflows.forms import drafts

MAX_TEXT: Final = 1000


def keep(uow: UnitOfWork, part_id: str, typed: Mapping[str, Mapping[str, str]]) -> datetime:
    """Keep what was typed for some entries beside what is kept of the others.

    Entries that are not his and fields that the sheet does not have are left out. Raises what
    ``taking.require_mine`` raises. Returns when it was kept.
    """
    part, who = taking.found(uow, part_id)
    taking.require_mine(uow, who, part)
    alone = sa.select(act_participant).where(act_participant.c.id == who.id).with_for_update()
    who = uow.conn.execute(alone).one()
    row = uow.conn.execute(sa.select(act).where(act.c.id == who.act_id)).one()
    fields = {each["id"] for each in row.settings["criteria"]} | {"reason"}
    before = drafts.load(uow, part_id)
    found = dict(before.data) if before else {}
    for entry in typed.keys() & set(loads.own(uow, row, who)):
        given = {name: value[:MAX_TEXT] for name, value in typed[entry].items() if name in fields}
        found[entry] = {"fields": given, "at": uow.now.isoformat()}
    return drafts.save(uow, part_id, found).saved_at
