"""What a scenario does in an act: prepare, open, pin, contribute, close, rule, confirm.

A participant is found by who plays him; the organiser's acts are about the task of the node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from engine.errors import NotFound
from engine.model import task
from engine.unit_of_work import UnitOfWork
from workflows.acts import closing, meeting, preparing, rows, ruling, taking
from workflows.acts.countersign import WHOLE
from workflows.acts.meeting import Attendance
from workflows.acts.model import act as act_table
from workflows.acts.preparing import Pin
from workflows.desk import Handed


def prepare(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Evaluate the settings and draw up the roll."""
    preparing.prepare(uow, whole(uow, act, target))


def open_(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Draw up the roll and give everybody his part."""
    preparing.open_(uow, whole(uow, act, target))


def contribute(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Hand in ``data``: entry → fields, or the fields alone where the matter is one."""
    lead = whole(uow, act, target)
    mine = sorted(uow.actor.principals | {uow.actor.personal})
    query = sa.select(task.c.id).where(task.c.part_of == lead, task.c.principal.in_(mine))
    part = uow.conn.scalar(query.limit(1))
    if part is None:
        raise NotFound("task_unknown", node=act["node"])
    settings: Any = uow.conn.scalar(sa.select(act_table.c.settings).where(act_table.c.id == lead))
    data = {**act["block"].get("data", {}), **act.get("data", {})}
    one = [entry["id"] for entry in settings["entries"]] == [WHOLE]
    named = {entry_called(settings, word): said for word, said in data.items()} if not one else {}
    taking.contribute(uow, str(part), {WHOLE: data} if one else named)


def pin(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """State a conflict of ``who`` (his name on the roll) with ``entry``, for ``reason``."""
    lead = whole(uow, act, target)
    ids = {row.name: row.id for row in rows.participants(uow, lead)}
    entry = entry_called(rows.of_task(uow, lead).settings, act.get("entry", WHOLE))
    pinned = Pin(ids.get(act["who"], ""), entry, act.get("reason", ""))
    preparing.pin(uow, lead, pinned)


def hands(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Note what was counted in the room: ``data`` is item → agree, against, neither."""
    lead = whole(uow, act, target)
    settings = rows.of_task(uow, lead).settings
    counts = {
        entry_called(settings, entry): {name: str(number) for name, number in each.items()}
        for entry, each in act.get("data", {}).items()
    }
    meeting.count_hands(uow, lead, counts)


def close(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """End taking part, with ``reason`` when it is early; what is computed at once is prepared."""
    lead = whole(uow, act, target)
    row = rows.of_task(uow, lead)
    if row is None and rows.lead(uow, lead).kind.instant:
        preparing.prepare(uow, lead)
    closing.close(uow, lead, reason=act.get("reason", ""))


def rule(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Settle ``entry`` as ``data`` says, for ``reason``."""
    given = {**act.get("data", {}), "reason": act.get("reason", "")}
    lead = whole(uow, act, target)
    ruling.rule(uow, lead, entry_called(rows.of_task(uow, lead).settings, act["entry"]), given)


def attend(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Note who is at the meeting: all but the ``absent`` and those on ``leave``, by name."""
    lead, data = whole(uow, act, target), act.get("data", {})
    said = dict.fromkeys(data.get("absent", []), "absent") | dict.fromkeys(
        data.get("leave", []), "leave"
    )
    people = {row.id: said.get(row.name, "present") for row in rows.participants(uow, lead)}
    meeting.attend(uow, lead, Attendance(people, data["chair"], data["recorder"]))


def confirm(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Confirm the result, with ``reason`` when it has something to explain."""
    closing.confirm(uow, whole(uow, act, target), Handed(reason=act.get("reason", "")))


def entry_called(settings: Mapping[str, Any], word: str) -> str:
    """Return the id of the entry that is called, or is, *word*."""
    found = [each["id"] for each in settings["entries"] if word in (each["id"], each["name"])]
    return str(found[0]) if len(found) == 1 else word


def whole(uow: UnitOfWork, act: Mapping[str, Any], target: str) -> str:
    """Return the organiser's latest task at ``node`` of the case; raises NotFound."""
    mine = (task.c.instance_id == target) & (task.c.node == act["node"])
    query = sa.select(task.c.id).where(mine, task.c.part_of.is_(None))
    found = uow.conn.scalar(query.order_by(task.c.attempt.desc()).limit(1))
    if found is None:
        raise NotFound("task_unknown", node=act["node"])
    return str(found)


DOINGS: Mapping[str, Callable[[object, UnitOfWork, Mapping[str, Any], str], None]] = {
    "prepare": prepare,
    "open": open_,
    "pin": pin,
    "contribute": contribute,
    "close": close,
    "rule": rule,
    "attend": attend,
    "hands": hands,
    "confirm": confirm,
}
"""What an ``act`` of a scenario may ``do`` here."""
