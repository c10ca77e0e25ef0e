"""Half-filled forms, one per task and person, kept until the form is handed in.

A draft holds raw answers, right or wrong. Save it in a unit of work of its own *before* trying
to hand the form in: then it outlives a mistake, a lost race and a reload. It is discarded in
the unit of work that hands the form in, so it goes exactly when the record is safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from engine.errors import Invalid
from engine.model import Instant, Json, draft
from engine.unit_of_work import UnitOfWork

MAX_CHARACTERS: Final = 2_000_000
_SAVE: Final = sa.text(
    "INSERT INTO draft (task_id, person, data, saved_at)"
    " VALUES (:task_id, :person, :data, :saved_at)"
    " ON CONFLICT (task_id, person)"
    " DO UPDATE SET data = excluded.data, saved_at = excluded.saved_at"
).bindparams(sa.bindparam("data", type_=Json), sa.bindparam("saved_at", type_=Instant))
"""One statement on SQLite and PostgreSQL, so that two windows of one person cannot collide."""


@dataclass(frozen=True)
class Draft:
    """What a person had typed and when it was saved."""

    data: dict[str, Any]
    saved_at: datetime


def save(uow: UnitOfWork, task_id: str, raw: Mapping[str, Any]) -> Draft:
    """Keep *raw* as the actor's draft of the task, in place of an earlier one.

    Raises Invalid("form_too_large") beyond MAX_CHARACTERS.
    """
    if len(str(raw)) > MAX_CHARACTERS:
        raise Invalid("form_too_large")
    values = {"task_id": task_id, "person": uow.actor.id, "data": dict(raw), "saved_at": uow.now}
    uow.conn.execute(_SAVE, values)
    return Draft(dict(raw), uow.now)


def load(uow: UnitOfWork, task_id: str) -> Draft | None:
    """Return the actor's own draft of the task, or None."""
    row = uow.conn.execute(sa.select(draft).where(*_own(uow, task_id))).one_or_none()
    return None if row is None else Draft(row.data, row.saved_at)


def discard(uow: UnitOfWork, task_id: str) -> None:
    """Drop the actor's draft of the task; nothing happens if there is none."""
    uow.conn.execute(sa.delete(draft).where(*_own(uow, task_id)))


def _own(uow: UnitOfWork, task_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return draft.c.task_id == task_id, draft.c.person == uow.actor.id
