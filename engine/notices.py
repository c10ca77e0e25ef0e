"""待阅: what people should know without having to act. Rows, read once, never deleted.

``kind`` is a notification class (N1 assigned … N10 archive, docs/reference/domain.md). The text is
chosen by ``code`` and filled with ``params`` on the page, so that it never holds tickets, scores
or complaint content.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.instances import Case, insert_new
from engine.model import new_id, notice, notice_read
from engine.unit_of_work import UnitOfWork

PAGE = 50


def tell(case: Case, principal: str, kind: str, code: str, **params: Any) -> None:
    """Tell *principal* something about a case; ``task_id`` in *params* links to a task."""
    case.insert(
        notice,
        id=new_id(),
        principal=principal,
        kind=kind,
        root_id=case.root_id,
        instance_id=case.id,
        task_id=params.pop("task_id", None),
        code=code,
        params={"case": case.row["business_key"], "title": case.row["title"]} | params,
        at=case.uow.now,
    )


def unread(uow: UnitOfWork, *, before: str | None = None, limit: int = PAGE) -> list[Any]:
    """Return the actor's unread notices, newest first; *before* is the last id seen."""
    return _page(uow, read=False, before=before, limit=limit)


def seen(uow: UnitOfWork, *, before: str | None = None, limit: int = PAGE) -> list[Any]:
    """Return the notices the actor has read, newest first."""
    return _page(uow, read=True, before=before, limit=limit)


def mark_read(uow: UnitOfWork, notice_id: str) -> None:
    """Note that the actor has read a notice; reading twice changes nothing."""
    insert_new(uow, notice_read, {"notice_id": notice_id, "person": uow.actor.id, "at": uow.now})


def count_unread(uow: UnitOfWork, *, cap: int = 100) -> int:
    """Return how many notices are unread, counting no further than *cap*."""
    some = _query(uow, read=False).limit(cap).subquery()
    return uow.conn.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def _query(uow: UnitOfWork, *, read: bool) -> sa.Select[Any]:
    mine = uow.actor.principals | {uow.actor.personal}
    was_read = sa.exists().where(
        notice_read.c.notice_id == notice.c.id, notice_read.c.person == uow.actor.id
    )
    return sa.select(notice).where(
        notice.c.principal.in_(sorted(mine)), was_read if read else ~was_read
    )


def _page(uow: UnitOfWork, *, read: bool, before: str | None, limit: int) -> list[Any]:
    query = _query(uow, read=read).order_by(notice.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(notice.c.id < before)
    return list(uow.conn.execute(query))
