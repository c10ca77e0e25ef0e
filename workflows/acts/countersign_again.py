"""A countersignature of a matter that came back: who had agreed need not say so again.

Only where the diagram says ``on_return="rest"``. What is carried over is marked as such, with
who said it and when, and its author may change it like any opinion of his.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from engine.model import new_id
from engine.unit_of_work import UnitOfWork
from workflows.acts.countersign import AGREE
from workflows.acts.hooks import Hooks
from workflows.acts.model import act, act_conflict, act_participant, contribution


def opening(uow: UnitOfWork, held: Any) -> None:
    """Carry over the agreements of the attempt before, where the diagram says so."""
    row = held.row
    if row.settings["on_return"] != "rest":
        return
    same = (act.c.instance_id == row.instance_id) & (act.c.node == row.node) & (act.c.id != row.id)
    before = sa.select(act.c.id).where(same).order_by(act.c.prepared_at.desc()).limit(1)
    if (earlier := uow.conn.scalar(before)) is None:
        return
    entries = {entry["id"] for entry in row.settings["entries"]}
    mine = sa.select(act_participant).where(act_participant.c.act_id == row.id)
    people = {each.principal: each for each in uow.conn.execute(mine)}
    ids = [each.id for each in people.values()]
    barred = {
        (each.participant_id, each.entry)
        for each in uow.conn.execute(
            sa.select(act_conflict).where(act_conflict.c.participant_id.in_(ids))
        )
    }
    given: dict[str, int] = {}
    for said in _agreements(uow, earlier):
        who = people.get(said.principal)
        if who is None or said.entry not in entries or (who.id, said.entry) in barred:
            continue
        given[who.id] = given.get(who.id, 0) + 1
        uow.conn.execute(contribution.insert(), _carried(row.id, who.id, said))
    for who in people.values():
        if count := given.get(who.id, 0):
            state = "done" if count >= who.needed else "due"
            this = act_participant.update().where(act_participant.c.id == who.id)
            uow.conn.execute(this.values(given=count, state=state))


def _agreements(uow: UnitOfWork, act_id: str) -> list[Any]:
    query = (
        sa.select(contribution, act_participant.c.principal)
        .join(act_participant, act_participant.c.id == contribution.c.participant_id)
        .where(contribution.c.act_id == act_id, contribution.c.current)
    )
    return [each for each in uow.conn.execute(query) if each.value["opinion"] == AGREE]


def _carried(act_id: str, participant_id: str, said: Any) -> dict[str, Any]:
    return {
        "id": new_id(), "act_id": act_id, "participant_id": participant_id, "entry": said.entry,
        "version": 1, "current": True, "value": {"opinion": AGREE, "carried": True},
        "reason": said.reason, "by": said.by, "by_name": said.by_name, "at": said.at,
    }  # fmt: skip


HOOKS: Final = Hooks(opening=opening)
