"""What the pages of a scoring act show beyond the common: an expert's drafts, the whole panel.

The organiser sees who has handed in what, never a mark before closing. Supervision sees the
same, and every version once the act is closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.unit_of_work import UnitOfWork
from workflows.acts.entries.model import act_entry
from workflows.acts.model import act, act_conflict, act_participant, contribution
from workflows.acts.panel import assigning, checking, drafts, lists
from workflows.acts.panel.lists import Panel
from workflows.acts.panel.model import act_declaration


@dataclass(frozen=True)
class SheetMore:
    """``barrier``: why nothing can be handed in yet. ``owes``: entries that need a reason.

    ``drafts`` are what the reader has typed and not handed in: entry → fields. ``material`` are
    the entries that came from an intake and can be opened.
    """

    barrier: str
    owes: frozenset[str]
    drafts: Mapping[str, Mapping[str, str]]
    material: frozenset[str]


@dataclass(frozen=True)
class Tools:
    """The panel as the organiser has it: who has what, what is in, who has declared.

    ``chosen`` are the entries that a later cut by this score alone took in.
    """

    panel: Panel
    given: Mapping[str, frozenset[str]]
    declared: Mapping[str, Any]
    conflicts: Mapping[str, Mapping[str, Any]]
    seal: Any
    chosen: Sequence[str] = ()

    @property
    def drawn(self) -> bool:
        """Whether the panels have been drawn."""
        return bool(self.panel.assigned)

    @property
    def needed(self) -> int:
        """How many experts an entry needs."""
        settings = self.panel.settings
        return int(settings.get("panel") or settings["minimum"])

    @property
    def experts(self) -> list[Any]:
        """Everybody who judges, and substitutes once they do."""
        return [w for w in self.panel.people.values() if not self.idle(w)]

    def idle(self, who: Any) -> bool:
        """Whether somebody is a substitute without entries so far."""
        return self.panel.reserve(who) and not self.panel.assigned.get(who.id)

    def entries(self, who: Any) -> list[Mapping[str, Any]]:
        """Return the entries somebody has now, in their order."""
        own = self.panel.entries_of(who)
        return [entry for entry in self.panel.settings["entries"] if entry["id"] in own]

    def left(self, who: Any) -> int:
        """Return how many entries somebody has not handed in."""
        return len(self.panel.entries_of(who) - self.given.get(who.id, frozenset()))

    def in_of(self, entry: str) -> int:
        """Return how many sheets of an entry are in and count."""
        return sum(entry in self.given.get(who.id, ()) for who in self.panel.of_entry(entry))


@dataclass(frozen=True)
class Version:
    """One version of a sheet, for those who may read the history."""

    label: str
    row: Any


def sheet(uow: UnitOfWork, row: Any, who: Any) -> SheetMore:
    """Return what the sheet of a participant needs to say beside its fields."""
    settings = row.settings
    undeclared = bool(settings.get("declare")) and not checking.declared(uow, who.id)
    barrier = "act_declare_first" if undeclared else ""
    owes = checking.owing(uow, row, who)
    return SheetMore(barrier, owes, drafts.load(uow, who), _material(uow, row))


def _material(uow: UnitOfWork, row: Any) -> frozenset[str]:
    entries = [entry["id"] for entry in row.settings["entries"]]
    return frozenset(uow.conn.scalars(sa.select(act_entry.c.id).where(act_entry.c.id.in_(entries))))


def tools(uow: UnitOfWork, row: Any) -> Tools:
    """Return the panel of an act for its organiser and for supervision."""
    found = lists.panel(uow, row)
    mine = act_participant.c.act_id == row.id
    theirs = sa.select(act_participant.c.id).where(mine)
    given: dict[str, set[str]] = defaultdict(set)
    current = (contribution.c.act_id == row.id) & contribution.c.current
    query = sa.select(contribution.c.participant_id, contribution.c.entry).where(current)
    for one in uow.conn.execute(query):
        given[one.participant_id].add(one.entry)
    signed = sa.select(act_declaration).where(act_declaration.c.participant_id.in_(theirs))
    conflicts: dict[str, dict[str, Any]] = defaultdict(dict)
    barred = sa.select(act_conflict).where(act_conflict.c.participant_id.in_(theirs))
    for one in uow.conn.execute(barred):
        conflicts[one.participant_id][one.entry] = one
    return Tools(
        found, {key: frozenset(entries) for key, entries in given.items()},
        {one.participant_id: one for one in uow.conn.execute(signed)}, conflicts,
        assigning.sealed(uow, row.id), _chosen(uow, row),
    )  # fmt: skip


def _chosen(uow: UnitOfWork, row: Any) -> list[str]:
    """Return what the latest cut by the total of this act alone took in."""
    if row.result is None:
        return []
    later = (act.c.instance_id == row.instance_id) & (act.c.kind == "cut")
    query = sa.select(act.c.settings, act.c.result).where(later, act.c.result.is_not(None))
    for one in uow.conn.execute(query.order_by(act.c.prepared_at.desc())):
        if list(one.settings["stages"]) == [row.node]:
            return [each["id"] for each in one.result["value"]["rows"] if each["state"] == "chosen"]
    return []


def history(uow: UnitOfWork, row: Any) -> Sequence[Version]:
    """Return every version of every sheet, first to last; for after closing only."""
    mine = act_participant.c.act_id == row.id
    people = {who.id: who for who in uow.conn.execute(sa.select(act_participant).where(mine))}
    query = sa.select(contribution).where(contribution.c.act_id == row.id)
    ordered = query.order_by(contribution.c.at, contribution.c.id)
    return [
        Version(lists.label(people[one.participant_id]), one)
        for one in uow.conn.execute(ordered)
    ]  # fmt: skip
