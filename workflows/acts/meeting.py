"""What the organiser of a committee's decision notes: who came, who presided, hands counted.

Only what is noted as present votes and is counted. Everything noted stays; the last word counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from engine import instances
from engine.errors import Invalid, NotFound
from engine.model import new_id
from engine.unit_of_work import UnitOfWork
from workflows.acts import life, loads, rows
from workflows.acts.committee_vote import ATTENDANCE, COUNTS, HANDS, PRESENT
from workflows.acts.kind import Faults
from workflows.acts.meeting_notes import noted
from workflows.acts.model import act_note

MAX_NAME: Final = 60
MAX_COUNT: Final = 20_000


@dataclass(frozen=True)
class Attendance:
    """Participant id → one of ATTENDANCE, and who presides and records, by name."""

    people: Mapping[str, str]
    chair: str
    recorder: str


def attend(uow: UnitOfWork, task_id: str, seen: Attendance) -> None:
    """Note for every participant whether he is there, and who presides and records.

    Who is not there has nothing to do in his inbox; who comes late has again. Raises Conflict
    unless the act is open, NotFound for somebody not on the roll, and Invalid for a word that is
    not one of ATTENDANCE, or for somebody left out.
    """
    held = _open(uow, task_id)
    people = seen.people
    known = {row.id: row for row in rows.participants(uow, task_id)}
    if not people.keys() <= known.keys():
        raise NotFound("act_unknown")
    faults = Faults({key: ["required"] for key in known if people.get(key) not in ATTENDANCE})
    for name, value in (("chair", seen.chair), ("recorder", seen.recorder)):
        if not 0 < len(value.strip()) <= MAX_NAME:
            faults[name] = ["required"]
    if faults:
        raise Invalid("act_attendance_missing", fields=faults)
    before = noted(uow, task_id).get("attendance", {}).get("people", {})
    chair, recorder = seen.chair.strip(), seen.recorder.strip()
    _note(uow, held, "attendance", {"people": {**people}, "chair": chair, "recorder": recorder})
    for key, state in people.items():
        changed = (before.get(key, PRESENT) == PRESENT) != (state == PRESENT)
        if changed and held.row.settings["way"] != HANDS:
            loads.settle(uow, held.row, key)


def count_hands(uow: UnitOfWork, task_id: str, counts: Mapping[str, Mapping[str, str]]) -> None:
    """Note what was counted in the room for every item: agree, against, neither.

    Raises Conflict unless the act is open, NotFound where votes come by inbox or for a strange
    item, Invalid for what is no number.
    """
    held = _open(uow, task_id)
    known = [entry["id"] for entry in held.row.settings["entries"]]
    if held.row.settings["way"] != HANDS or not set(counts) <= set(known):
        raise NotFound("act_unknown")
    found, faults = dict[str, dict[str, int]](), Faults()
    for key in known:
        found[key] = {}
        for name in COUNTS:
            text = str(counts.get(key, {}).get(name, "")).strip()
            if not (text.isascii() and text.isdigit() and int(text) <= MAX_COUNT):
                faults[f"{key}.{name}"] = ["act_count"]
                continue
            found[key][name] = int(text)
    if faults:
        raise Invalid(fields=faults)
    _note(uow, held, "hands", found)


def _open(uow: UnitOfWork, task_id: str) -> rows.Held:
    held = rows.lead(uow, task_id)
    if held.kind.code != "committee_vote":
        raise NotFound("act_unknown")
    life.after(held.state, "note", **held.at)
    return held


def _note(uow: UnitOfWork, held: rows.Held, subject: str, value: Mapping[str, Any]) -> None:
    query = sa.select(sa.func.count()).select_from(act_note)
    no = int(uow.conn.scalar(query.where(act_note.c.act_id == held.row.id)) or 0) + 1
    row = {
        "id": new_id(), "act_id": held.row.id, "no": no, "subject": subject, "value": value,
        "by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now,
    }  # fmt: skip
    uow.conn.execute(act_note.insert(), row)
    case = held.mine.case
    case.audit("act_noted", task=held.row.id, subject=subject, no=no)
    instances.save(case)
