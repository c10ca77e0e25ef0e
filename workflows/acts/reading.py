"""What the pages of an act show, each person exactly what he may see.

Blindness: what others have handed in on an entry is seen by a participant once his own is in,
never by one who has a conflict there. The organiser sees who has answered, not what, until the
act is closed. Everybody else in the case learns the result once it is confirmed, without names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import holds, instances, tasks
from engine.diagrams import Node
from engine.instances import Blueprint
from engine.unit_of_work import UnitOfWork
from workflows import answers, policies, worklists
from workflows.acts import closing, loads, rows, ruling, taking
from workflows.acts.kind import label
from workflows.acts.kinds import HOOKS, KINDS
from workflows.acts.model import act
from workflows.desk import WAITING, node_of


@dataclass(frozen=True)
class About:
    """The case and the step an act belongs to."""

    task: Any
    row: Mapping[str, Any]
    plan: Blueprint
    node: Node
    hold: Any


@dataclass(frozen=True)
class Line:
    """One entry as a participant sees it; ``own`` is what he has handed in, or None."""

    entry: Mapping[str, Any]
    barred: bool
    own: Any
    others: Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class PartPage:
    """The page of a participant. ``barrier`` is the code of why nothing can be handed in.

    ``more`` is what the kind of act shows beyond the common; it may have a ``barrier``, too.
    """

    about: About
    who: Any
    act: Any
    lines: Sequence[Line]
    barrier: str
    due_at: datetime
    more: Any = None

    @property
    def left(self) -> int:
        """How many entries still wait for him."""
        return sum(not line.barred and line.own is None for line in self.lines)


@dataclass(frozen=True)
class Cockpit:
    """The page of an act; ``inside`` for those who may see the roll and single sheets."""

    about: About
    act: Any
    state: str
    leads: bool
    inside: bool
    people: Sequence[Any]
    conflicts: Mapping[str, Mapping[str, Any]]
    due_at: datetime | None
    certain: bool
    subject: policies.Subject
    rulings: Sequence[Any] = ()
    more: Any = None

    def entry_name(self, key: str) -> str:
        """Return the name of an entry of this act."""
        names = (each["name"] for each in self.act.settings["entries"] if each["id"] == key)
        return str(next(names, key))

    @property
    def asked(self) -> int:
        """How many are to answer."""
        return sum(row.state != "excluded" for row in self.people)

    @property
    def answered(self) -> int:
        """How many have done all of theirs."""
        return sum(row.state == "done" for row in self.people)

    @property
    def result(self) -> Any:
        """The result for those who may see it, or None."""
        shown = self.state == "confirmed" or (self.inside and self.state == "closed")
        return self.act.result if shown else None


def part_page(uow: UnitOfWork, part_id: str) -> PartPage:
    """Return what a participant sees; raises NotFound or NotAllowed for everybody else."""
    part, who = taking.found(uow, part_id)
    taking.require_mine(uow, who, part)
    row = uow.conn.execute(sa.select(act).where(act.c.id == who.act_id)).one()
    about = _about(uow, part)
    more = HOOKS[row.kind].sheet(uow, row, who)
    barrier = _barrier(uow, about, (row, who)) or getattr(more, "barrier", "")
    return PartPage(about, who, row, _lines(uow, row, who), barrier, part.due_at, more)


def cockpit(uow: UnitOfWork, task_id: str) -> Cockpit:
    """Return the page of an act for anybody who may see the case; raises NotFound."""
    found = tasks.get(uow, task_id)
    subject = policies.require_case(uow, "case.view", found.instance_id)
    row = rows.of_task(uow, task_id)
    did = found.status == "completed" and found.done_by == uow.actor.id
    leads = worklists.is_mine(uow, found) and found.status in WAITING
    inside = leads or did or policies.only_as_watchdog(uow.actor, subject)
    people = rows.participants(uow, task_id) if inside and row is not None else ()
    certain = False
    if row is not None and row.state == "open" and leads:
        certain = KINDS[row.kind].certain(rows.material(uow, row))
    return Cockpit(
        _about(uow, found), row, "" if row is None else row.state, leads, inside, people,
        rows.conflicts(uow, task_id) if people else {},
        None if row is None else closing.deadline(uow, row), certain, subject,
        ruling.of(uow, task_id) if inside and row is not None else (),
        HOOKS[row.kind].tools(uow, row) if inside and row is not None else None,
    )  # fmt: skip


def _about(uow: UnitOfWork, found: Any) -> About:
    row = answers.instance_row(uow, found.instance_id)
    assert row is not None
    plan = instances.blueprint(uow, row["definition_id"])
    node = node_of(plan, row["process"], found.node)
    return About(found, row, plan, node, holds.of(uow, found.root_id))


def _barrier(uow: UnitOfWork, about: About, mine: tuple[Any, Any]) -> str:
    row, who = mine
    if about.hold is not None:
        return "on_hold"
    if row.state != "open" or about.task.status == "cancelled":
        return "act_closed"
    if about.task.due_at < uow.now:
        return "act_late"
    if KINDS[row.kind].in_turn(row.settings):
        people = rows.participants(uow, row.id)
        if any(each.no < who.no and each.state == "due" for each in people):
            return "act_not_your_turn"
        if any(each.no > who.no and each.given for each in people):
            return "act_passed_on"
    return ""


def _lines(uow: UnitOfWork, row: Any, who: Any) -> list[Line]:
    barred = set(rows.conflicts_of(uow, who.id))
    mine = set(loads.own(uow, row, who))
    own = {each.entry: each for each in rows.current_of(uow, who.id)}
    others = _others(uow, row, who, (set(own), barred))
    return [
        Line(entry, entry["id"] in barred, own.get(entry["id"]), others.get(entry["id"], ()))
        for entry in row.settings["entries"]
        if entry["id"] in mine
    ]


def _others(
    uow: UnitOfWork, row: Any, who: Any, mine: tuple[set[str], set[str]]
) -> Mapping[str, Sequence[tuple[str, Any]]]:
    """Return what others have handed in where the participant may see it."""
    given, barred = mine
    in_turn = KINDS[row.kind].in_turn(row.settings)
    if not given and not in_turn:
        return {}
    people = {each.id: each for each in rows.participants(uow, row.id)}
    theirs = rows.conflicts(uow, row.id)
    found: dict[str, list[tuple[str, Any]]] = {}
    for each in rows.current(uow, row.id):
        other = people[each.participant_id]
        seen = each.entry in given or (in_turn and other.no < who.no)
        counts = each.entry not in theirs.get(other.id, {})
        if other.id != who.id and seen and counts and each.entry not in barred:
            found.setdefault(each.entry, []).append((label(other), each))
    return {entry: sorted(lines, key=lambda one: one[0]) for entry, lines in found.items()}
