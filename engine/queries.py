"""The lists people work from: 待办, 已办, 我发起的, 关注, and all cases of a unit.

Every list is paged by key (no OFFSET), so page 40 costs what page 1 costs. 待办 reads one index
range per principal and merges them, which stays fast with a million tasks; a plain
``principal IN (…)`` would read every row of every group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model import definition, inbox, instance, step_record, task, watch
from engine.unit_of_work import UnitOfWork

PAGE = 20


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to; empty means everything."""

    text: str = ""
    process: str = ""
    due_before: datetime | None = None
    status: str = ""


@dataclass(frozen=True)
class Page:
    """One page of rows and the key of the next page, or None at the end."""

    rows: Sequence[Any]
    following: tuple[Any, ...] | None


TASK_COLUMNS = (
    task.c.id, task.c.instance_id, task.c.root_id, task.c.node, task.c.name, task.c.step_no,
    task.c.attempt, task.c.role, task.c.assignee, task.c.assignee_name, task.c.status,
    task.c.due_at, task.c.created_at, task.c.done_at, instance.c.title, instance.c.business_key,
    instance.c.unit, instance.c.status.label("case_status"), instance.c.definition_id,
    definition.c.key.label("process"), definition.c.title_zh, definition.c.title_en,
)  # fmt: skip
CASE_COLUMNS = (
    instance.c.id, instance.c.title, instance.c.business_key, instance.c.status,
    instance.c.outcome, instance.c.step_no, instance.c.unit, instance.c.started_by,
    instance.c.started_at, instance.c.ended_at, instance.c.updated_at, instance.c.definition_id,
    definition.c.key.label("process"), definition.c.title_zh, definition.c.title_en,
)  # fmt: skip


def todo(
    uow: UnitOfWork,
    *,
    after: tuple[datetime, str] | None = None,
    want: Filter | None = None,
    limit: int = PAGE,
) -> Page:
    """Return the actor's open tasks, the most urgent first."""
    wanted = want or Filter()
    ranges = [
        _range(uow, principal, after, wanted, limit + 1)
        for principal in sorted(uow.actor.principals | {uow.actor.personal})
    ]
    merged = sa.union_all(*ranges).subquery()
    first = (
        sa.select(merged.c.due_at, merged.c.task_id)
        .group_by(merged.c.due_at, merged.c.task_id)
        .order_by(merged.c.due_at, merged.c.task_id)
        .limit(limit + 1)
        .subquery()
    )
    query = (
        _tasks(sa.select(*TASK_COLUMNS))
        .join(first, first.c.task_id == task.c.id)
        .order_by(first.c.due_at, first.c.task_id)
    )
    return _page(uow.conn.execute(query).all(), limit, lambda row: (row.due_at, row.id))


def count_todo(uow: UnitOfWork, *, due_before: datetime | None = None, cap: int = 100) -> int:
    """Return how many tasks the actor has, counting no further than *cap*."""
    wanted = Filter(due_before=due_before)
    ranges = [
        _range(uow, principal, None, wanted, cap)
        for principal in sorted(uow.actor.principals | {uow.actor.personal})
    ]
    merged = sa.union_all(*ranges).subquery()
    some = sa.select(merged.c.task_id).distinct().limit(cap).subquery()
    return uow.conn.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def done(
    uow: UnitOfWork,
    *,
    after: tuple[datetime, str] | None = None,
    want: Filter | None = None,
    limit: int = PAGE,
) -> Page:
    """Return the tasks the actor has completed, the latest first (已办)."""
    query = _tasks(sa.select(*TASK_COLUMNS)).where(task.c.done_by == uow.actor.id)
    query = _narrow(query, want or Filter())
    if after is not None:
        query = query.where(sa.tuple_(task.c.done_at, task.c.id) < sa.tuple_(*_literal(after)))
    query = query.order_by(task.c.done_at.desc(), task.c.id.desc()).limit(limit + 1)
    return _page(uow.conn.execute(query).all(), limit, lambda row: (row.done_at, row.id))


def count_done_since(uow: UnitOfWork, since: datetime) -> int:
    """Return how many tasks the actor has completed since a moment."""
    query = sa.select(sa.func.count()).where(
        task.c.done_by == uow.actor.id, task.c.done_at >= since
    )
    return uow.conn.scalar(query) or 0


def started(
    uow: UnitOfWork, *, after: str | None = None, want: Filter | None = None, limit: int = PAGE
) -> Page:
    """Return the cases the actor has started, the latest first (我发起的)."""
    mine = (instance.c.started_by == uow.actor.id) & (instance.c.root_id == instance.c.id)
    return _cases(uow, mine, after, want, limit)


def watched(
    uow: UnitOfWork, *, after: str | None = None, want: Filter | None = None, limit: int = PAGE
) -> Page:
    """Return the cases the actor follows (关注)."""
    followed = sa.select(watch.c.root_id).where(watch.c.person == uow.actor.id)
    return _cases(uow, instance.c.id.in_(followed), after, want, limit)


def of_units(
    uow: UnitOfWork,
    units: Sequence[str] | None,
    *,
    after: str | None = None,
    want: Filter | None = None,
    limit: int = PAGE,
) -> Page:
    """Return all cases of some units, or of every unit when None, the latest first."""
    top = instance.c.root_id == instance.c.id
    where = top if units is None else top & instance.c.unit.in_(units)
    return _cases(uow, where, after, want, limit)


def records(uow: UnitOfWork, root_id: str) -> Sequence[Any]:
    """Return all step records of a case and its child cases in the order they were made."""
    mine = sa.select(step_record).where(step_record.c.root_id == root_id)
    return uow.conn.execute(mine.order_by(step_record.c.id)).all()


def tasks_of(uow: UnitOfWork, root_id: str) -> Sequence[Any]:
    """Return all tasks of a case and its child cases, without their parts, as they were opened."""
    mine = sa.select(task).where(task.c.root_id == root_id, task.c.part_of.is_(None))
    return uow.conn.execute(mine.order_by(task.c.created_at, task.c.id)).all()


def _range(
    uow: UnitOfWork,
    principal: str,
    after: tuple[datetime, str] | None,
    want: Filter,
    limit: int,
) -> sa.Select[Any]:
    query = sa.select(inbox.c.due_at, inbox.c.task_id).where(inbox.c.principal == principal)
    if after is not None:
        key = sa.tuple_(inbox.c.due_at, inbox.c.task_id)
        query = query.where(key > sa.tuple_(*_literal(after)))
    if want.text or want.process:
        joined = _tasks(query.select_from(inbox.join(task, task.c.id == inbox.c.task_id)))
        query = _narrow(joined, Filter(want.text, want.process))
    if want.due_before is not None:
        query = query.where(inbox.c.due_at < want.due_before)
    query = query.order_by(inbox.c.due_at, inbox.c.task_id).limit(limit)
    return sa.select(query.subquery())


def _literal(key: tuple[Any, ...]) -> list[Any]:
    return [sa.literal(value, _type(value)) for value in key]


def _type(value: Any) -> Any:
    return task.c.due_at.type if isinstance(value, datetime) else sa.Text()


def _tasks(query: Any) -> Any:
    return query.join(instance, instance.c.id == task.c.instance_id).join(
        definition, definition.c.id == instance.c.definition_id
    )


def _cases(uow: UnitOfWork, where: Any, after: str | None, want: Filter | None, limit: int) -> Page:
    query: Any = (
        sa.select(*CASE_COLUMNS)
        .join(definition, definition.c.id == instance.c.definition_id)
        .where(where)
        .order_by(instance.c.id.desc())
        .limit(limit + 1)
    )
    query = _narrow(query, want or Filter())
    if after is not None:
        query = query.where(instance.c.id < after)
    return _page(uow.conn.execute(query).all(), limit, lambda row: (row.id,))


def _narrow(query: Any, want: Filter) -> Any:
    if want.text:
        like = f"%{_escaped(want.text)}%"
        found = instance.c.title.like(like, escape="\\")
        query = query.where(found | instance.c.business_key.like(like, escape="\\"))
    if want.process:
        query = query.where(definition.c.key == want.process)
    if want.status:
        query = query.where(instance.c.status == want.status)
    return query


def _escaped(text: str) -> str:
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, f"\\{sign}")
    return text


def _page(rows: Sequence[Any], limit: int, key: Any) -> Page:
    shown = rows[:limit]
    return Page(shown, key(shown[-1]) if len(rows) > limit else None)
