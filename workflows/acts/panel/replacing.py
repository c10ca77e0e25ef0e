"""What the organiser does to a panel: draw it, and replace an expert who cannot go on."""

from __future__ import annotations

from engine import instances
from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from workflows import desk
from workflows.acts import life, loads, rows
from workflows.acts.model import act_conflict
from workflows.acts.panel import assigning, lists
from workflows.acts.panel.substitutes import Gap, fill


def assign(uow: UnitOfWork, task_id: str) -> None:
    """Draw the panels from the sealed seed; again gives the same, with the conflicts of now.

    Raises Conflict("act_no_panel") where everybody marks everything, and what ``life`` raises
    unless the act is prepared and not open; NotCountable with the entry that cannot get its
    panel.
    """
    held = rows.lead(uow, task_id)
    life.after(held.state, "prepare", **held.at)
    if held.row is None:
        raise Conflict("act_not_prepared", **held.at)
    if not held.row.settings.get("panel"):
        raise Conflict("act_no_panel", **held.at)
    assigning.redraw(held.mine.case, held.row)
    instances.save(held.mine.case)


def replace(uow: UnitOfWork, task_id: str, participant_id: str, reason: str) -> list[str]:
    """Take from an expert what he has not handed in and give it to others (更换评委).

    What he has handed in counts. Returns the entries nobody else can take. Raises Invalid
    without a reason, NotFound for somebody who is not on the roll, Conflict unless the act is
    open, Conflict("act_nothing_left") when he has handed in everything.
    """
    held = rows.lead(uow, task_id)
    life.after(held.state, "contribute", **held.at)
    why = desk.check_reason(reason)
    if not why:
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    found = lists.panel(uow, held.row)
    who = found.people.get(participant_id)
    if who is None:
        raise NotFound("act_unknown")
    given = {each.entry for each in rows.current_of(uow, who.id)}
    left = sorted(found.entries_of(who) - given)
    if not left:
        raise Conflict("act_nothing_left", **held.at)
    uow.conn.execute(act_conflict.insert(), [
        {"participant_id": who.id, "entry": entry, "source": "replaced", "reason": why,
         "by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now}
        for entry in left
    ])  # fmt: skip
    loads.settle(uow, held.row, who.id)
    case = held.mine.case
    case.audit("act_replaced", task=task_id, who=who.principal, entries=len(left))
    open_ = [e for e in left if fill(case, held.row, Gap(e, who.id, why)) is None]
    instances.save(case)
    settings = found.settings
    needed = settings.get("panel") or settings["minimum"]
    now = lists.panel(uow, held.row)
    return [entry for entry in open_ if len(now.of_entry(entry)) < needed]
