"""Somebody else for an entry that lost an expert: a substitute, else the least loaded member.

Reserves come first, whoever has fewest entries, then in the order of their list; without one,
in an act with panels, the member with the fewest entries who has no conflict there, of equal
ones the one with the smallest ticket of the seed. Where everybody marks everything, only
reserves can help.
Domain specification 5.4 rule 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import instances, parts
from engine.instances import Case
from engine.model import task
from engine.parts import Part
from workflows.acts.hooks import Barred
from workflows.acts.model import act_participant
from workflows.acts.panel import assigning, lists
from workflows.acts.panel.lists import Panel
from workflows.acts.panel.model import act_assignment
from workflows.counting.assignment import ticket


@dataclass(frozen=True)
class Gap:
    """An entry that lacks an expert, in whose place, and why."""

    entry: str
    instead_of: str
    reason: str


def barred(case: Case, row: Any, found: Barred) -> None:
    """Fill the gaps a new conflict leaves; before opening the panels are drawn again."""
    if row.state == "prepared":
        if lists.panel(case.uow, row).assigned:
            assigning.redraw(case, row)
        return
    for entry in found.entries:
        fill(case, row, Gap(entry, found.participant_id, found.reason))


def fill(case: Case, row: Any, gap: Gap) -> Any:
    """Give the entry of *gap* to somebody else if it has fewer experts than it needs.

    Returns the participant who got it, or None.
    """
    found = lists.panel(case.uow, row)
    settings = found.settings
    needed = settings.get("panel") or settings["minimum"]
    if len(found.of_entry(gap.entry)) >= needed:
        return None
    who = _next(case, found, gap)
    about = {"task": row.id, "entry": gap.entry, "instead_of": _label(found, gap.instead_of)}
    if who is None:
        case.audit("act_substitute_missing", **about)
        return None
    uow = case.uow
    uow.conn.execute(act_assignment.insert(), {
        "participant_id": who.id, "entry": gap.entry, "source": "substitute",
        "instead_of": gap.instead_of, "reason": gap.reason, "by": uow.actor.id,
        "by_name": uow.actor.name, "at": uow.now,
    })  # fmt: skip
    _give(case, row, who)
    case.audit("act_substituted", **about, by=lists.label(who))
    return who


def _next(case: Case, found: Panel, gap: Gap) -> Any:
    """Return who takes the entry, or None when nobody can."""
    here = {who.id for who in found.of_entry(gap.entry)} | {gap.instead_of}
    free = [
        who
        for who in found.people.values()
        if who.id not in here and gap.entry not in found.barred.get(who.id, frozenset())
        and gap.entry not in found.assigned.get(who.id, ())
    ]  # fmt: skip
    reserves = [who for who in free if found.reserve(who)]
    members = [who for who in free if not found.reserve(who)] if found.settings["panel"] else []
    if fitting := _fitting(case, found, reserves, gap):
        return min(fitting, key=lambda who: (len(found.entries_of(who)), who.no))
    if fitting := _fitting(case, found, members, gap):
        seed = assigning.sealed(case.uow, found.row.id).seed
        return min(fitting, key=lambda who: (
            len(found.entries_of(who)), ticket(seed, lists.label(who), gap.entry),
        ))  # fmt: skip
    return None


def _fitting(case: Case, found: Panel, people: list[Any], gap: Gap) -> list[Any]:
    """Keep those of the entry's category where that is needed."""
    category = next(e for e in found.settings["entries"] if e["id"] == gap.entry).get("category")
    if found.settings.get("match") != "must" or not category or not people:
        return people
    fields = lists.expertise(case.uow, people)
    return [who for who in people if category in fields.get(who.id, frozenset())]


def _give(case: Case, row: Any, who: Any) -> None:
    """Put one more entry on somebody's list; who had no part gets one.

    A sheet he has open stays good: it names its entries.
    """
    uow = case.uow
    this = act_participant.update().where(act_participant.c.id == who.id)
    values: dict[str, Any] = {"needed": who.needed + 1, "state": "due"}
    if who.task_id is None:
        whole = uow.conn.execute(sa.select(task).where(task.c.id == row.id)).one()
        due = sa.select(sa.func.min(task.c.due_at)).where(task.c.part_of == row.id)
        due_at = uow.conn.scalar(due) or row.due_at
        (values["task_id"],) = parts.open_for(case, whole, [Part(who.principal)], due_at)
        instances.write_pending(case)  # the part must be there before somebody points at it
    elif who.state != "due":
        parts.hand_back(uow, who.task_id)
    uow.conn.execute(this.values(values))


def _label(found: Panel, participant_id: str) -> str:
    return lists.label(found.people[participant_id])
