"""What was noted of a committee's meeting, read by its act: who may vote, what may be closed."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any, Final

import sqlalchemy as sa

from engine.errors import Conflict
from engine.unit_of_work import UnitOfWork
from workflows.acts.committee_vote import HANDS, PRESENT
from workflows.acts.hooks import Hooks, Wanted
from workflows.acts.kind import Faults, label
from workflows.acts.model import act_note, act_participant


def noted(uow: UnitOfWork, act_id: str) -> dict[str, Any]:
    """Return the last word on each subject."""
    query = sa.select(act_note).where(act_note.c.act_id == act_id).order_by(act_note.c.no)
    return {row.subject: row.value for row in uow.conn.execute(query)}


def gather(uow: UnitOfWork, row: Any) -> dict[str, Any]:
    """Return what was noted, people by the label results name them with."""
    found = noted(uow, row.id)
    attendance = found.get("attendance", {"people": {}, "chair": "", "recorder": ""})
    theirs = sa.select(act_participant).where(act_participant.c.act_id == row.id)
    labels = {each.id: label(each) for each in uow.conn.execute(theirs)}
    return {
        "attendance": {labels[key]: state for key, state in attendance["people"].items()},
        "chair": attendance["chair"], "recorder": attendance["recorder"],
        "hands": found.get("hands", {}),
    }  # fmt: skip


def opening(uow: UnitOfWork, held: Any) -> None:
    """Where hands are counted in the room nobody gets a part."""
    if held.row.settings["way"] == HANDS:
        theirs = act_participant.update().where(act_participant.c.act_id == held.row.id)
        uow.conn.execute(theirs.values(state="excluded"))


def closing(uow: UnitOfWork, held: Any) -> None:
    """Raise unless attendance, chair, recorder and, in the room, all counts are noted."""
    found = noted(uow, held.row.id)
    if "attendance" not in found:
        raise Conflict("act_attendance_missing", **held.at)
    if held.row.settings["way"] == HANDS and "hands" not in found:
        raise Conflict("act_hands_missing", **held.at)


def own(uow: UnitOfWork, row: Any, who: Any) -> AbstractSet[str] | None:
    """Whoever is noted as not there has nothing to do."""
    people = noted(uow, row.id).get("attendance", {}).get("people", {})
    return None if people.get(who.id, PRESENT) == PRESENT else frozenset()


def checking(uow: UnitOfWork, taking: Any, _wanted: Wanted) -> Faults:
    """Only who is noted as present votes."""
    people = noted(uow, taking.row.id).get("attendance", {}).get("people", {})
    if people.get(taking.who.id) != PRESENT:
        at = {"instance_id": taking.part.instance_id, "task": taking.part.name}
        raise Conflict("act_not_present", **at)
    return Faults()


HOOKS: Final = Hooks(
    opening=opening, closing=closing, gather=gather, own=own, checking=checking,
    tools=lambda uow, row: noted(uow, row.id),
)  # fmt: skip
