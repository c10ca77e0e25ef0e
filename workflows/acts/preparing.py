"""What the organiser does before and while others take part: prepare, pin a conflict, open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import expressions, feel, instances, parts
from engine.errors import Conflict, Invalid, NotFound
from engine.instances import Case
from engine.model import NO_DUE, new_id
from engine.parts import Part
from engine.unit_of_work import UnitOfWork
from workflows.acts import chain, deadlines, life, loads, relations, roll, rows
from workflows.acts.hooks import Barred
from workflows.acts.kind import MAX_REASON, Kind
from workflows.acts.model import act, act_conflict, act_participant
from workflows.acts.rows import Held


@dataclass(frozen=True)
class Pin:
    """A conflict that somebody states: whose, with which entry, and why."""

    participant_id: str
    entry: str
    reason: str


def prepare(uow: UnitOfWork, task_id: str) -> None:
    """Evaluate the act of the diagram and draw up its roll; again draws it up anew.

    Conflicts pinned by hand are kept for those who are still on the roll. Raises Invalid for
    attributes that cannot be used, and Conflict once the act is open.
    """
    held = rows.lead(uow, task_id)
    draw_up(held)
    instances.save(held.mine.case)


def open_(uow: UnitOfWork, task_id: str) -> bool:
    """Give every participant his part; prepares the act first if nobody has.

    Returns False when it is open already. Raises Conflict("act_deadline_past").
    """
    held = rows.lead(uow, task_id)
    if held.state == "open":
        return False
    if held.row is None:
        draw_up(held)
        held = Held(held.mine, rows.of_task(uow, task_id))
    state = life.after(held.state, "open", **held.at)
    held.hooks.opening(uow, held)
    if held.row.due_at < uow.now:
        raise Conflict("act_deadline_past", **held.at)
    people = [row for row in rows.participants(uow, task_id) if row.state != "excluded"]
    waiting = [row.id for row in people if row.state == "due"]
    shown = waiting[:1] if held.kind.in_turn(held.row.settings) else waiting
    wanted = [Part(row.principal, shown=row.id in shown) for row in people]
    case = held.mine.case
    ids = parts.open_for(case, held.mine.row, wanted, held.row.due_at)
    instances.write_pending(case)  # the parts must be there before participants point at them
    theirs = act_participant.update().where(act_participant.c.id == sa.bindparam("who"))
    pairs = [{"who": row.id, "part": key} for row, key in zip(people, ids, strict=True)]
    if pairs:
        uow.conn.execute(theirs.values(task_id=sa.bindparam("part")), pairs)
    values = {"state": state, "opened_at": uow.now}
    uow.conn.execute(act.update().where(act.c.id == task_id).values(values))
    deadlines.watch(case, rows.of_task(uow, task_id))
    case.audit("act_opened", task=task_id, kind=held.row.kind, roll=len(people))
    instances.save(case)
    return True


def pin(uow: UnitOfWork, task_id: str, pinned: Pin) -> None:
    """State a conflict by hand (回避); what that participant handed in there no longer counts.

    Raises Invalid without a reason, NotFound for somebody or something not in the act.
    """
    held = rows.lead(uow, task_id)
    life.after(held.state, "pin", **held.at)
    reason = pinned.reason.strip()
    if not reason:
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    known = {row.id: row for row in rows.participants(uow, task_id)}
    entries = {entry["id"] for entry in held.row.settings["entries"]}
    if pinned.participant_id not in known or pinned.entry not in entries:
        raise NotFound("act_unknown")
    who = known[pinned.participant_id]
    row = _conflict(uow, who.id, pinned.entry, ("pinned", reason[:MAX_REASON]))
    if instances.insert_new(uow, act_conflict, row):
        loads.settle(uow, held.row, who.id)
        case = held.mine.case
        case.audit("act_recused", task=task_id, who=who.principal, entry=pinned.entry)
        held.hooks.barred(case, held.row, Barred(who.id, (pinned.entry,), reason))
        instances.save(case)


def draw_up(held: Held, given: Sequence[roll.Named] = ()) -> None:
    """Do what ``prepare`` does to an act that is held; the caller saves the case.

    *given*, unless empty, is the roll in place of the one the diagram means.
    """
    mine, kind = held.mine, held.kind
    case, uow, task_id = mine.case, mine.case.uow, mine.row.id
    state = life.after(held.state, "prepare", **held.at)
    written = mine.node.act or {}
    values = _evaluated(case, mine.node.id, kind, written)
    values = held.hooks.draw(case, values)
    settings = kind.settle(values)
    asked = kind.roll and (kind.attributes["roll"].needed or values.get("roll"))
    people = list(given) or (roll.resolve(case, values.get("roll")) if asked else [])
    pinned = _forget(uow, task_id)
    row = {
        "id": task_id, "instance_id": case.id, "node": mine.node.id, "kind": kind.code,
        "state": state, "settings": settings, "prepared_at": uow.now,
        "due_at": _deadline(case, mine.node.id, written), "reason": "",
    }  # fmt: skip
    uow.conn.execute(act.insert(), row)
    _write_roll(uow, row, people, pinned)
    held.hooks.prepared(case, task_id, values)
    case.audit("act_prepared", task=task_id, kind=kind.code, roll=len(people))


def _evaluated(case: Case, node: str, kind: Kind, written: Mapping[str, str]) -> dict[str, Any]:
    """Return the attributes with their expressions evaluated; the deadline is a date apart."""
    found: dict[str, Any] = {}
    for name, attribute in kind.attributes.items():
        text = written.get(name, "")
        if not text or name == "deadline":
            continue
        evaluate = bool(attribute.feel) or (attribute.either and text.startswith("="))
        value = expressions.evaluate(case, text, node=node) if evaluate else text
        found[name] = feel.to_json(value)
    if "from" in found:
        found["entries"] = chain.entries(case, found.pop("from"))
    return found


def _deadline(case: Case, node: str, written: Mapping[str, str]) -> datetime:
    return expressions.due(case, written.get("deadline", ""), node=node) or NO_DUE


def _forget(uow: UnitOfWork, task_id: str) -> dict[str, list[Any]]:
    """Take an earlier roll away; returns the conflicts pinned by hand, by principal."""
    old = rows.conflicts(uow, task_id)
    kept = {
        row.principal: [each for each in old.get(row.id, {}).values() if each.source == "pinned"]
        for row in rows.participants(uow, task_id)
    }
    theirs = sa.select(act_participant.c.id).where(act_participant.c.act_id == task_id)
    uow.conn.execute(act_conflict.delete().where(act_conflict.c.participant_id.in_(theirs)))
    uow.conn.execute(act_participant.delete().where(act_participant.c.act_id == task_id))
    uow.conn.execute(act.delete().where(act.c.id == task_id))
    return kept


def _write_roll(
    uow: UnitOfWork,
    row: Mapping[str, Any],
    people: list[roll.Named],
    pinned: Mapping[str, list[Any]],
) -> None:
    entries = row["settings"]["entries"]
    known = {entry["id"] for entry in entries}
    conflicts = relations.conflicts(uow, people, entries)
    written, barred = [], []
    for no, person in enumerate(people, start=1):
        key = new_id()
        hand = pinned.get(person.principal, ())
        found = {each.entry: each for each in hand if each.entry in known}
        lines = [dict(each._mapping) | {"participant_id": key} for each in found.values()]
        lines += [
            _conflict(uow, key, entry, why)
            for entry, why in conflicts.get(person.principal, {}).items()
            if entry not in found
        ]
        barred += lines
        needed = len(entries) - len(lines)
        written.append({
            "id": key, "act_id": row["id"], "no": no, "principal": person.principal,
            "name": person.name, "unit": person.unit, "weight": person.weight,
            "category": person.category, "needed": needed,
            "state": "due" if needed else "excluded",
        })  # fmt: skip
    if written:
        uow.conn.execute(act_participant.insert(), written)
    if barred:
        uow.conn.execute(act_conflict.insert(), barred)


def _conflict(
    uow: UnitOfWork, participant_id: str, entry: str, why: tuple[str, str]
) -> dict[str, Any]:
    return {
        "participant_id": participant_id, "entry": entry, "source": why[0], "reason": why[1],
        "by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now,
    }  # fmt: skip
