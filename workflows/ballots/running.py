"""A vote that has begun is finished first: nothing takes its case away between slips and count.

Domain specification 4.6: supervision may stop a case before the slips are handed out, but a
running ballot is completed and then examined. A hold therefore leaves the vote alone (the
commands of the meeting work under it); sending back and withdrawing are refused.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from engine.errors import Conflict
from engine.model import instance
from engine.unit_of_work import UnitOfWork
from workflows.ballots import events
from workflows.ballots.model import ballot_event

RUNNING: Final = (events.SIGNING, events.VOTING, events.CLOSED)


def require_none_at(uow: UnitOfWork, task_id: str, instance_id: str) -> None:
    """Raise Conflict("ballot_running") while the vote of this task runs."""
    mine = (ballot_event.c.id == task_id) & ballot_event.c.state.in_(RUNNING)
    if uow.conn.scalar(sa.select(ballot_event.c.id).where(mine)) is not None:
        raise Conflict("ballot_running", instance_id=instance_id)


def require_none_in(uow: UnitOfWork, instance_id: str) -> None:
    """Raise Conflict("ballot_running") while a vote of this case or one below it runs."""
    table = instance.c
    around = (table.id == instance_id) | (table.root_id == instance_id)
    below = sa.select(table.id).where(around | (table.parent_id == instance_id))
    mine = ballot_event.c.instance_id.in_(below) & ballot_event.c.state.in_(RUNNING)
    if uow.conn.scalar(sa.select(ballot_event.c.id).where(mine).limit(1)) is not None:
        raise Conflict("ballot_running", instance_id=instance_id)
