"""How much a participant of an act has to do: which entries are his, and whose turn it is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine import parts
from engine.model import task
from engine.unit_of_work import UnitOfWork
from workflows.acts import rows
from workflows.acts.kinds import HOOKS, KINDS
from workflows.acts.model import act_participant

DONE = ("done", "excluded")


def own(uow: UnitOfWork, row: Any, who: Any) -> list[str]:
    """Return the entries of the act *row* that *who* has to do unless he has a conflict there."""
    every = [str(entry["id"]) for entry in row.settings["entries"]]
    his = HOOKS[row.kind].own(uow, row, who)
    return every if his is None else [entry for entry in every if entry in his]


def settle(uow: UnitOfWork, row: Any, participant_id: str) -> Any:
    """Write down anew what a participant has to do after a conflict or another assignment.

    Takes his part away when nothing is left, gives it back when there is something again;
    returns his row as it is now.
    """
    this = act_participant.c.id == participant_id
    who = uow.conn.execute(sa.select(act_participant).where(this).with_for_update()).one()
    mine = set(own(uow, row, who)) - set(rows.conflicts_of(uow, who.id))
    given = [each for each in rows.current_of(uow, who.id) if each.entry in mine]
    state = "excluded" if not mine else "done" if len(given) == len(mine) else "due"
    values = {"needed": len(mine), "given": len(given), "state": state, "version": who.version + 1}
    uow.conn.execute(act_participant.update().where(this).values(values))
    if who.task_id is not None:
        _settle_part(uow, who, state, max(given, key=lambda each: each.at, default=None))
    if KINDS[row.kind].in_turn(row.settings) and state == "excluded":
        pass_on(uow, row.id)
    return uow.conn.execute(sa.select(act_participant).where(this)).one()


def _settle_part(uow: UnitOfWork, who: Any, state: str, last: Any) -> None:
    """Let the part follow: what is done stays open to changes, what is nobody's is taken away."""
    if state == "excluded":
        parts.withdraw(uow, who.task_id)
    elif state == "done" and who.state == "due":
        part = uow.conn.execute(sa.select(task).where(task.c.id == who.task_id)).one()
        parts.finish(uow, part, (last.by, last.by_name))
    elif state == "due" and who.state in DONE:
        parts.hand_back(uow, who.task_id)


def pass_on(uow: UnitOfWork, act_id: str) -> None:
    """Show the matter to whoever is next, where people answer one after the other."""
    for row in rows.participants(uow, act_id):
        if row.state == "due" and row.task_id is not None:
            parts.show(uow, row.task_id)
            return
