"""What a scenario does in an intake: hand in entries, change, correct, withdraw, import them.

An applicant is found by who plays him; his entries are named as they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from engine.errors import NotFound
from engine.model import task
from engine.unit_of_work import UnitOfWork
from workflows.acts.entries import applying, importing, rows
from workflows.scenario_acts import whole
from workflows.scenario_dates import dated
from workflows.scenario_forms import typed, with_files
from workflows.spreadsheets.writing import Column, Page, write


def apply(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Hand in each of ``entries`` over what the answer block says, as one who is on the roll."""
    part = _part(uow, act, target)
    for each in act["entries"]:
        entry = applying.begin(uow, part)
        _submit(uow, part, entry, {**act["block"].get("data", {}), **each})


def change_entry(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Change the entry called ``entry``, or correct it where it was sent back, by ``data``."""
    part = _part(uow, act, target)
    _submit(uow, part, _called(uow, part, act["entry"]), act.get("data", {}))


def withdraw_entry(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Withdraw the entry called ``entry`` for ``reason``."""
    part = _part(uow, act, target)
    applying.withdraw(uow, _called(uow, part, act["entry"]), act.get("reason", ""))


def import_(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Import ``entries`` (title of a column → cell) as a spreadsheet, one's own or for others.

    Whoever leads the act imports for those whom the column of the applicant names.
    """
    lines = [dict(each) for each in act["entries"]]
    titles = list(dict.fromkeys(title for each in lines for title in each))
    rows_of = [[str(each.get(title, "")) for title in titles] for each in lines]
    file = ("import.xlsx", write([Page("1", [Column(title) for title in titles], rows_of)]))
    lead = whole(uow, act, target)
    part = _part_or_none(uow, lead)
    if part is None:
        importing.take_for_all(uow, lead, file)
    else:
        importing.take(uow, part, file)


def _part(uow: UnitOfWork, act: Mapping[str, Any], target: str) -> str:
    part = _part_or_none(uow, whole(uow, act, target))
    if part is None:
        raise NotFound("task_unknown", node=act["node"])
    return part


def _part_or_none(uow: UnitOfWork, lead: str) -> str | None:
    mine = sorted(uow.actor.principals | {uow.actor.personal})
    query = sa.select(task.c.id).where(task.c.part_of == lead, task.c.principal.in_(mine))
    return uow.conn.scalar(query.order_by(task.c.id).limit(1))


def _called(uow: UnitOfWork, part: str, name: str) -> str:
    own = rows.of_participant(uow, applying.enter(uow, part).who.id)
    found = [each.id for each in own if each.name == name and each.state != "withdrawn"]
    if not found:
        raise NotFound("entry_unknown")
    return str(found[0])


def _submit(uow: UnitOfWork, part: str, entry: str, given: Mapping[str, Any]) -> None:
    mine, row = applying.of_entry(uow, entry)
    raw = typed(mine.form, mine.context(row), dated(uow, given))
    applying.submit(uow, entry, with_files(uow, mine.form, raw, part))


DOINGS: Mapping[str, Callable[[object, UnitOfWork, Mapping[str, Any], str], None]] = {
    "apply": apply,
    "change_entry": change_entry,
    "withdraw_entry": withdraw_entry,
    "import": import_,
}
