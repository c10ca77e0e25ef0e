"""Separation of duties: whoever is a candidate of a case does nothing in it.

``domain.md`` section 1: nobody is both candidate and team member, expert, scrutineer, teller or
committee voter on the same item. We go by the case as a whole: a candidate hands in no task of
it and sends none back, be it his own inspection or that of a competitor. An account is compared
with people through the person it belongs to; an account of no person is nobody's.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.errors import NotAllowed
from engine.model import instance
from engine.spiff import read_body
from engine.tasks import HeldTask
from engine.unit_of_work import UnitOfWork
from workflows.model import account

CANDIDATE = frozenset({"nominee", "object", "candidate", "person"})
"""Names under which forms keep the snapshot of somebody the case is about."""


def require_not_concerned(uow: UnitOfWork, mine: HeldTask) -> None:
    """Raise NotAllowed("own_case") when the actor is a candidate of the case of a task."""
    mine_is = sa.select(account.c.person_id).where(account.c.id == uow.actor.id)
    person_id = uow.conn.scalar(mine_is)
    if person_id is not None and is_candidate(mine.case.flow.variables, person_id):
        raise NotAllowed("own_case", instance_id=mine.case.id, task=mine.row.name)


def concerned(uow: UnitOfWork, instance_id: str) -> bool:
    """Tell whether the actor is a candidate of a case, without locking it."""
    person_id = uow.conn.scalar(sa.select(account.c.person_id).where(account.c.id == uow.actor.id))
    if person_id is None:
        return False
    body = uow.conn.scalar(sa.select(instance.c.body).where(instance.c.id == instance_id))
    return body is not None and is_candidate(read_body(body)["v"], person_id)


def is_candidate(value: Any, person_id: str) -> bool:
    """Tell whether variables name a person anywhere as candidate; those of the parent too."""
    if isinstance(value, dict):
        return any(
            (name in CANDIDATE and isinstance(item, dict) and item.get("id") == person_id)
            or is_candidate(item, person_id)
            for name, item in value.items()
        )
    return isinstance(value, list) and any(is_candidate(item, person_id) for item in value)
