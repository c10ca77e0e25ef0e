"""Reading a panel: its members by id and label, their entries, categories and conflicts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa

from engine.unit_of_work import UnitOfWork
from workflows.acts.model import act_conflict, act_participant
from workflows.acts.panel.model import act_assignment
from workflows.counting.assignment import Wanted
from workflows.model import account, person

AT_ONCE: Final = 500
EXPERTISE: Final = "expertise"
"""Among the attributes of a person: what he is expert in, a list or words between separators."""


@dataclass(frozen=True)
class Panel:
    """The people of an act. All mappings are by participant id; ``assigned`` → entry → row."""

    row: Any
    people: Mapping[str, Any]
    barred: Mapping[str, frozenset[str]]
    assigned: Mapping[str, Mapping[str, Any]]

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of the act."""
        return dict(self.row.settings)

    def reserve(self, who: Any) -> bool:
        """Whether somebody only comes in as a substitute."""
        return who.principal in self.settings.get("reserves", ())

    def entries_of(self, who: Any) -> frozenset[str]:
        """Return the entries somebody has to judge now."""
        if self.settings.get("panel") or self.reserve(who):
            own = frozenset(self.assigned.get(who.id, ()))
        else:
            own = frozenset(entry["id"] for entry in self.settings["entries"])
        return own - self.barred.get(who.id, frozenset())

    @cached_property
    def by_entry(self) -> Mapping[str, list[Any]]:
        """Return who judges each entry now, in the order of the roll."""
        found: dict[str, list[Any]] = defaultdict(list)
        for who in self.people.values():
            for entry in self.entries_of(who):
                found[entry].append(who)
        return found

    def of_entry(self, entry: str) -> list[Any]:
        """Return who judges one entry now."""
        return self.by_entry.get(entry, [])


def panel(uow: UnitOfWork, row: Any) -> Panel:
    """Return the people of the act *row* with their conflicts and entries."""
    mine = act_participant.c.act_id == row.id
    query = sa.select(act_participant).where(mine).order_by(act_participant.c.no)
    people = {who.id: who for who in uow.conn.execute(query)}
    theirs = sa.select(act_participant.c.id).where(mine)
    barred: dict[str, set[str]] = defaultdict(set)
    conflicts = sa.select(act_conflict).where(act_conflict.c.participant_id.in_(theirs))
    for one in uow.conn.execute(conflicts):
        barred[one.participant_id].add(one.entry)
    assigned: dict[str, dict[str, Any]] = defaultdict(dict)
    drawn = sa.select(act_assignment).where(act_assignment.c.participant_id.in_(theirs))
    for one in uow.conn.execute(drawn):
        assigned[one.participant_id][one.entry] = one
    return Panel(row, people, {key: frozenset(found) for key, found in barred.items()}, assigned)


def label(who: Any) -> str:
    """Return how results and drawings name somebody; as ``rows.label``."""
    return f"{who.no:02d} {who.name}"


def wanted(uow: UnitOfWork, found: Panel) -> Wanted:
    """Return what is to be drawn: the members of the roll without reserves, by their labels."""
    members = [who for who in found.people.values() if not found.reserve(who)]
    settings = found.settings
    fields = expertise(uow, members) if settings.get("match") else {}
    return Wanted(
        {entry["id"]: str(entry.get("category") or "") for entry in settings["entries"]},
        {label(who): fields.get(who.id, frozenset()) for who in members},
        settings["panel"],
        frozenset((label(who), entry) for who in members for entry in found.barred.get(who.id, ())),
        settings.get("match", ""),
        settings.get("load") or None,
    )


def expertise(uow: UnitOfWork, people: list[Any]) -> dict[str, frozenset[str]]:
    """Return what each participant is expert in, as the registry of persons has it."""
    logins = {who.principal.removeprefix("user:"): who.id for who in people}
    found: dict[str, frozenset[str]] = {}
    keys = sorted(logins)
    for start in range(0, len(keys), AT_ONCE):
        query = (
            sa.select(account.c.id, person.c.attributes)
            .join(person, person.c.id == account.c.person_id)
            .where(account.c.id.in_(keys[start : start + AT_ONCE]))
        )
        for row in uow.conn.execute(query):
            found[logins[row.id]] = _words((row.attributes or {}).get(EXPERTISE))
    return found


def _words(value: Any) -> frozenset[str]:
    words = value if isinstance(value, list) else re.split(r"[\s,，;；、]+", str(value or ""))
    return frozenset(str(word) for word in words if word)
