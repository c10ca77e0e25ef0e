"""Reading the rows of an act, locked or not, and turning them into what kinds look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import tasks
from engine.errors import NotAllowed
from engine.tasks import HeldTask
from engine.unit_of_work import UnitOfWork
from workflows import desk, duties, policies
from workflows.acts.hooks import Hooks
from workflows.acts.kind import Kind, Material, Member, Ruling, Sheet, label
from workflows.acts.kinds import HOOKS, KINDS
from workflows.acts.model import act, act_conflict, act_participant, act_ruling, contribution


@dataclass(frozen=True)
class Held:
    """The task of an organiser who may act on it now, its case locked, and his act if there is."""

    mine: HeldTask
    row: Any

    @property
    def kind(self) -> Kind:
        """The kind the diagram names."""
        assert self.mine.node.act is not None
        return KINDS[self.mine.node.act["kind"]]

    @property
    def hooks(self) -> Hooks:
        """What that kind does in the database."""
        return HOOKS[self.kind.code]

    @property
    def state(self) -> str:
        """The state of the act, empty before it is prepared."""
        return "" if self.row is None else str(self.row.state)

    @property
    def at(self) -> dict[str, Any]:
        """Case and task, as refusals name them."""
        return {"instance_id": self.mine.case.id, "task": self.mine.row.name}


def lead(uow: UnitOfWork, task_id: str) -> Held:
    """Return the act a person leads, its case and its row locked.

    Raises what ``tasks.held`` raises, NotFound for people outside the case, and
    NotAllowed("task_is_no_act").
    """
    try:
        mine = tasks.held(uow, task_id)
    except NotAllowed as refused:
        desk.hide(uow, refused)
        raise
    at = {"instance_id": mine.case.id, "task": mine.row.name}
    if mine.node.act is None:
        raise NotAllowed("task_is_no_act", **at)
    if not policies.allowed(uow.actor, "act.lead"):
        raise NotAllowed("duties_changed", **at)
    duties.require_not_concerned(uow, mine)
    return Held(mine, locked(uow, task_id))


def locked(uow: UnitOfWork, task_id: str) -> Any:
    """Return the act of an organiser's task, nobody else at it until the command ends, or None."""
    query = sa.select(act).where(act.c.id == task_id).with_for_update()
    return uow.conn.execute(query).first()


def of_task(uow: UnitOfWork, task_id: str) -> Any:
    """Return the act of an organiser's task without locking it, or None."""
    return uow.conn.execute(sa.select(act).where(act.c.id == task_id)).first()


def participants(uow: UnitOfWork, act_id: str) -> Sequence[Any]:
    """Return the roll in its order."""
    mine = sa.select(act_participant).where(act_participant.c.act_id == act_id)
    return uow.conn.execute(mine.order_by(act_participant.c.no)).all()


def conflicts(uow: UnitOfWork, act_id: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the conflicts of an act: participant id → entry → row."""
    query = (
        sa.select(act_conflict)
        .join(act_participant, act_participant.c.id == act_conflict.c.participant_id)
        .where(act_participant.c.act_id == act_id)
    )
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in uow.conn.execute(query):
        found[row.participant_id][row.entry] = row
    return found


def current(uow: UnitOfWork, act_id: str) -> Sequence[Any]:
    """Return what is handed in now, every participant's latest version of every entry."""
    mine = (contribution.c.act_id == act_id) & contribution.c.current
    query = sa.select(contribution).where(mine)
    return uow.conn.execute(query.order_by(contribution.c.entry, contribution.c.id)).all()


def conflicts_of(uow: UnitOfWork, participant_id: str) -> Mapping[str, Any]:
    """Return the conflicts of one participant by entry."""
    mine = act_conflict.c.participant_id == participant_id
    return {row.entry: row for row in uow.conn.execute(sa.select(act_conflict).where(mine))}


def current_of(uow: UnitOfWork, participant_id: str) -> Sequence[Any]:
    """Return what one participant has handed in, the latest version of every entry."""
    mine = (contribution.c.participant_id == participant_id) & contribution.c.current
    return uow.conn.execute(sa.select(contribution).where(mine)).all()


def rulings(uow: UnitOfWork, act_id: str) -> list[Ruling]:
    """Return what the organiser has settled, the latest word on every entry."""
    query = sa.select(act_ruling).where(act_ruling.c.act_id == act_id).order_by(act_ruling.c.no)
    found = {
        row.entry: Ruling(row.entry, row.value, row.reason, row.by_name)
        for row in uow.conn.execute(query)
    }
    return list(found.values())


def count_rulings(uow: UnitOfWork, act_id: str) -> int:
    """Return how many rulings there are."""
    query = sa.select(sa.func.count()).select_from(act_ruling)
    return int(uow.conn.scalar(query.where(act_ruling.c.act_id == act_id)) or 0)


def material(uow: UnitOfWork, row: Any) -> Material:
    """Return what a result is computed from; contributions of somebody barred stay out."""
    people, sheets = _people_and_sheets(uow, row.id)
    more = HOOKS[row.kind].gather(uow, row)
    return Material(row.settings, people, sheets, rulings(uow, row.id), more)


def _people_and_sheets(uow: UnitOfWork, act_id: str) -> tuple[list[Member], list[Sheet]]:
    rows, barred = participants(uow, act_id), conflicts(uow, act_id)
    people = {
        row.id: Member(label(row), frozenset(barred.get(row.id, ())), row.weight, row.category)
        for row in rows
    }
    sheets = [
        Sheet(people[row.participant_id].label, row.entry, row.value, row.reason)
        for row in current(uow, act_id)
        if row.entry not in people[row.participant_id].barred
    ]
    return list(people.values()), sorted(sheets, key=lambda each: (each.entry, each.member))
