"""Objections that come by telephone, by letter or in person, written down by the handling body.

They are then like any other: in the inbox, with a receipt code to give to whoever raised them.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from engine.errors import Invalid, NotFound
from engine.model import task
from engine.unit_of_work import UnitOfWork
from workflows import identity, policies
from workflows.acts.model import act
from workflows.publicity import intake, publishing
from workflows.publicity.intake import Given
from workflows.publicity.model import posting

CHANNELS: Final = ("来访", "来信", "来电", "短信")
"""Words of the complaint process of cadre selection; what comes by the page is ``网络``."""
REGISTERED: Final = "objection_registered"


def postings(uow: UnitOfWork) -> list[Any]:
    """Return the open postings whose objections the actor handles."""
    query = (
        sa.select(posting)
        .join(act, act.c.id == posting.c.act_id)
        .join(task, task.c.id == posting.c.act_id)
        .where(posting.c.state == publishing.OPEN, posting.c.kind == "posting")
        .where(act.c.state == "open", task.c.status.in_(intake.WAITING))
        .order_by(posting.c.published_at)
    )
    mine = uow.actor.principals
    return [row for row in uow.conn.execute(query) if mine & set(row.handlers)]


def entries(uow: UnitOfWork, key: str) -> tuple[Any, dict[str, str]]:
    """Return a posting the actor handles and what is posted; raises NotFound."""
    for row in postings(uow):
        if row.key == key:
            return row, intake.entry_names(uow, row.act_id)
    raise NotFound("posting_unknown")


def register(uow: UnitOfWork, key: str, given: Given) -> str:
    """Write an objection down and return its receipt code.

    Raises NotFound to everybody but the handling body, Invalid and Conflict as
    ``intake.object_`` does.
    """
    policies.require(uow.actor, "objection.handle")
    row, _names = entries(uow, key)
    if given.channel not in CHANNELS:
        raise Invalid(fields={"channel": ["required"]})
    identity.log(uow, REGISTERED, row.act_id, channel=given.channel)
    return intake.object_(uow, key, given)
