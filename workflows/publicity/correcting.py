"""The organiser's hand on the text: edit it before it is published, correct it afterwards.

A correction is a new version with a reason; the old text stays readable. It may start the period
anew and can never make it shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import instances
from engine.errors import Conflict, Invalid
from engine.unit_of_work import UnitOfWork
from workflows import desk
from workflows.acts import rows
from workflows.acts.model import act
from workflows.acts.rows import Held
from workflows.publicity import publishing, texts
from workflows.publicity.model import posting, posting_version


@dataclass(frozen=True)
class Correction:
    """One piece of the text to replace: a name of ``texts.SPOTS`` or ``<entry>/<column>``.

    With ``restart`` the period is counted anew from today.
    """

    spot: str
    value: str
    reason: str
    restart: bool = False


def edit(uow: UnitOfWork, act_id: str, spots: dict[str, str]) -> None:
    """Change the text before it is published; *spots* are names of ``texts.SPOTS``.

    Raises Conflict unless the posting is prepared and not published, and Invalid.
    """
    held = _lead(uow, act_id, "prepared")
    chosen = held.row.settings
    for spot in texts.SPOTS:
        value = spots.get(spot, chosen[spot]).strip()
        if value != chosen[spot]:
            chosen = texts.corrected(chosen, spot, value)
    _keep(uow, held, chosen)
    held.mine.case.audit("posting_edited", task=act_id)
    instances.save(held.mine.case)


def correct(uow: UnitOfWork, act_id: str, given: Correction) -> str:
    """Publish a version with one piece replaced; returns its digest.

    Raises Conflict unless the posting is open, and Invalid without a reason or when nothing
    changes.
    """
    held = _lead(uow, act_id, "open")
    why = desk.check_reason(given.reason)
    if not why:
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    before = held.row.settings
    chosen = texts.corrected(before, given.spot, given.value.strip())
    if chosen == before:
        raise Invalid(fields={"spot": ["posting_nothing_changed"]})
    row = dict(publishing.of(uow, act_id, lock=True)._mapping)
    row["version"] += 1
    row["title"] = chosen["title"]
    if given.restart and row["last_day"] is not None:
        anew = publishing.planned(uow, chosen)
        if anew >= row["last_day"]:
            row |= {"counted_from": uow.today, "last_day": anew}
    changed = {name: row[name] for name in ("version", "title", "counted_from", "last_day")}
    uow.conn.execute(posting.update().where(posting.c.act_id == act_id).values(changed))
    made = publishing.write_version(uow, row, chosen, reason=why, restarted=given.restart)
    _keep(uow, held, chosen)
    case = held.mine.case
    case.audit("posting_corrected", task=act_id, version=row["version"], text=made,
               restarted=given.restart, reason=why)  # fmt: skip
    instances.save(case)
    return made


def _lead(uow: UnitOfWork, act_id: str, state: str) -> Held:
    held = rows.lead(uow, act_id)
    if held.kind.code != "posting" or held.state != state:
        raise Conflict("posting_not_now", **held.at)
    return held


def _keep(uow: UnitOfWork, held: Held, chosen: Any) -> None:
    uow.conn.execute(act.update().where(act.c.id == held.row.id).values(settings=chosen))


def versions(uow: UnitOfWork, act_id: str) -> list[Any]:
    """Return all versions of a posted text, the first one first."""
    query = sa.select(posting_version).where(posting_version.c.act_id == act_id)
    return list(uow.conn.execute(query.order_by(posting_version.c.no)))
