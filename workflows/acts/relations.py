"""Conflicts of participants that the program finds: himself, own unit, nominator, kinship.

An entry says by ``unit_id``, ``person`` and ``nominator`` whom it is about and who proposed it.
Kinship is what the registry holds: ``relations`` among the attributes of a person, a list of
``{person, relation}``, where ``person`` is the id of the relative; one side of the pair is
enough. Domain specification 2.7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from engine.unit_of_work import UnitOfWork
from workflows.acts import roll
from workflows.acts.roll import Named
from workflows.model import person

AT_ONCE: Final = 500
Why = tuple[str, str]
"""Where a conflict was found (``self``, ``unit``, ``nominator``, ``kinship``), and its words."""


def conflicts(
    uow: UnitOfWork, people: Sequence[Named], entries: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, Why]]:
    """Return the conflicts of everybody on the roll: principal → entry → why."""
    concerned = {entry["id"]: key for entry in entries if (key := _person(entry))}
    related = _relations(uow, people, concerned)
    found: dict[str, dict[str, Why]] = {}
    for who in people:
        lines = {key: (source, "") for key, source in roll.conflicts(who, entries).items()}
        for entry in entries:
            key = entry["id"]
            if key in lines:
                continue
            if _nominated(who, entry):
                lines[key] = ("nominator", "")
            elif key in concerned and (who.person, concerned[key]) in related:
                lines[key] = ("kinship", related[who.person, concerned[key]])
        if lines:
            found[who.principal] = lines
    return found


def _person(entry: Mapping[str, Any]) -> str:
    """Return the person an entry is about; where it is a person, its id may be his."""
    value = entry.get("person")
    found = value.get("id") if isinstance(value, Mapping) else value
    return str(found or entry["id"])


def _nominated(who: Named, entry: Mapping[str, Any]) -> bool:
    value = entry.get("nominator")
    if not value:
        return False
    named = value if isinstance(value, list) else [value]
    ids = {str(one.get("id") if isinstance(one, Mapping) else one) for one in named}
    return bool(ids & {who.person, who.unit, who.principal, who.principal.removeprefix("user:")})


def _relations(
    uow: UnitOfWork, people: Sequence[Named], concerned: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Return the relation of each pair of a participant and somebody an entry is about."""
    theirs = {who.person for who in people if who.person}
    about = set(concerned.values())
    if not theirs:
        return {}
    found: dict[tuple[str, str], str] = {}
    for key, attributes in _attributes(uow, sorted(theirs | about)):
        for one in _listed(attributes):
            other, relation = str(one.get("person", "")), str(one.get("relation", ""))
            if key in theirs and other in about:
                found[key, other] = relation
            elif key in about and other in theirs:
                found.setdefault((other, key), relation)
    return found


def _attributes(uow: UnitOfWork, ids: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    found = []
    for start in range(0, len(ids), AT_ONCE):
        some = person.c.id.in_(ids[start : start + AT_ONCE])
        rows = uow.conn.execute(sa.select(person.c.id, person.c.attributes).where(some))
        found += [(row.id, row.attributes or {}) for row in rows]
    return found


def _listed(attributes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    value = attributes.get("relations")
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
