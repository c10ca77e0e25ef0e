"""The life of a posting inside its act: what is looked up, published, and when it may be closed.

Closing is the act of a person: no timer closes a posting. It is refused before the last day has
ended at 24:00, while the clock stands still, and while an objection waits for its conclusion.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from engine import calendar, holds
from engine.errors import Conflict
from engine.instances import Case
from engine.model import instance
from engine.unit_of_work import CHINA, UnitOfWork
from workflows import identity, names, settings
from workflows.acts.hooks import Hooks
from workflows.acts.model import act
from workflows.publicity import period, texts
from workflows.publicity.model import (
    objection,
    objection_paper,
    posting,
    posting_pause,
    posting_version,
)
from workflows.publicity.period import Period

OPEN, CLOSED = "open", "closed"
WAITING: Final = ("received", "examining", "proposed")
"""States of an objection in which the posting cannot be closed."""
COUNT_FIRST: Final = "wd.count_first_day"
"""Setting of the installation: the day of publication counts as the first one."""
LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
KEY_LENGTH: Final = 12


def draw(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """Complete the attributes: set phrases, contact from the settings, who handles objections."""
    uow, announced = case.uow, values.get("days") == "0"
    kind = "announcement" if announced else "posting"
    phrases = texts.words()["phrase"]
    issuer = names.units(uow, [case.row["unit"]])[case.row["unit"]].zh
    found = {**values, "issuer": issuer}
    found["title"] = values.get("title") or phrases[f"{kind}_title"]["zh"].format(
        title=case.row["title"]
    )
    found["text"] = values.get("text") or phrases[f"{kind}_text"]["zh"]
    for name in texts.CONTACT:
        found[name] = values.get(name) or settings.read(uow, f"public.{name}", "")
    roles = () if announced else str(values.get("handlers") or "CADRE_SUP").split()
    found["handlers"] = [identity.principal(uow, role, case.row["unit"]) for role in roles]
    return found


def opening(uow: UnitOfWork, held: Any) -> None:
    """Publish: fix the text as version 1 and count the period.

    Raises Conflict("posting_no_handler") when nobody could receive an objection, and
    Conflict("posting_no_contact") without any way to reach the handling body.
    """
    row, at = held.row, held.at
    chosen = row.settings
    if chosen["days"]:
        if not any(identity.holders(uow, each) for each in chosen["handlers"]):
            raise Conflict("posting_no_handler", **at)
        if not any(chosen[name] for name in texts.CONTACT):
            raise Conflict("posting_no_contact", **at)
    last = planned(uow, chosen)
    values = {
        "act_id": row.id, "key": new_key(), "place": chosen["place"], "state": OPEN,
        "kind": "posting" if chosen["days"] else "announcement", "title": chosen["title"],
        "counted_from": uow.today, "last_day": last, "handlers": chosen["handlers"],
        "published_at": uow.now, "version": 1,
    }  # fmt: skip
    uow.conn.execute(posting.insert(), values)
    made = write_version(uow, values, chosen)
    held.mine.case.audit("posting_published", task=row.id, text=made, last_day=_iso(last))


def planned(uow: UnitOfWork, chosen: Mapping[str, Any]) -> Any:
    """Return the last day of a period that begins today; raises Blocked("calendar_missing")."""
    first = bool(settings.read(uow, COUNT_FIRST, default=False))
    days = calendar.load(uow)
    return period.last_day(days, uow.today, chosen["days"], chosen["unit"], count_first=first)


def write_version(
    uow: UnitOfWork,
    row: Mapping[str, Any],
    chosen: Mapping[str, Any],
    *,
    reason: str = "",
    restarted: bool = False,
) -> str:
    """Keep the text of a version as it stands; returns its digest."""
    facts = {
        "issuer": chosen["issuer"], "days": chosen["days"], "unit": chosen["unit"],
        "published": uow.today.isoformat(), "counted_from": row["counted_from"].isoformat(),
        "last_day": _iso(row["last_day"]), "version": row["version"],
    }  # fmt: skip
    body = texts.body(chosen, facts)
    values = {
        "act_id": row["act_id"], "no": row["version"], "body": body, "digest": texts.digest(body),
        "reason": reason, "restarted": restarted, "by": uow.actor.id, "by_name": uow.actor.name,
        "at": uow.now,
    }  # fmt: skip
    uow.conn.execute(posting_version.insert(), values)
    return str(values["digest"])


def closing(uow: UnitOfWork, held: Any) -> None:
    """Take the posting down; see the module docstring for what stands in the way."""
    row = of(uow, held.row.id, lock=True)
    at = held.at
    if row.kind == "posting":
        if waiting := open_objections(uow, row.act_id):
            raise Conflict("posting_objections_open", n=waiting, **at)
        now = period_of(uow, row)
        if now.standing:
            raise Conflict("posting_standing", **at)
        if not now.is_over(uow.now):
            raise Conflict("posting_running", last_day=_iso(now.last_day), **at)
    values = {"state": CLOSED, "closed_at": uow.now}
    uow.conn.execute(posting.update().where(posting.c.act_id == row.act_id).values(values))


def gather(uow: UnitOfWork, row: Any) -> Any:
    """Return what is known of the posting, without a word of what objections say."""
    found = of(uow, row.id)
    if found is None:
        return None
    now = period_of(uow, found)
    closed = None if found.closed_at is None else found.closed_at.astimezone(CHINA).date()
    versions = sa.select(posting_version).where(posting_version.c.act_id == row.id)
    return {
        "key": found.key, "kind": found.kind, "title": found.title,
        "published": found.published_at.astimezone(CHINA).date().isoformat(),
        "counted_from": found.counted_from.isoformat(), "last_day": _iso(now.last_day),
        "closed_on": _iso(closed),
        "versions": [
            {"no": one.no, "digest": one.digest, "reason": one.reason, "by": one.by_name,
             "restarted": one.restarted}
            for one in uow.conn.execute(versions.order_by(posting_version.c.no))
        ],
        "objections": [_told(uow, one) for one in objections(uow, row.id)],
    }  # fmt: skip


HOOKS: Final = Hooks(draw=draw, opening=opening, closing=closing, gather=gather)


def of(uow: UnitOfWork, act_id: str, *, lock: bool = False) -> Any:
    """Return the posting of an act, or None."""
    query = sa.select(posting).where(posting.c.act_id == act_id)
    return uow.conn.execute(query.with_for_update() if lock else query).first()


def objections(uow: UnitOfWork, act_id: str) -> list[Any]:
    """Return the objections to a posting in the order they came."""
    query = sa.select(objection).where(objection.c.act_id == act_id)
    return list(uow.conn.execute(query.order_by(objection.c.no)))


def open_objections(uow: UnitOfWork, act_id: str) -> int:
    """Return how many objections wait for their conclusion."""
    mine = (objection.c.act_id == act_id) & objection.c.state.in_(WAITING)
    return uow.conn.scalar(sa.select(sa.func.count()).select_from(objection).where(mine)) or 0


def period_of(uow: UnitOfWork, row: Any) -> Period:
    """Return the period of a posting with everything that has stopped its clock taken out."""
    if row.last_day is None:
        return Period(row.counted_from, None)
    query = sa.select(posting_pause).where(posting_pause.c.act_id == row.act_id)
    found = [(one.begun_at, one.ended_at) for one in uow.conn.execute(query)]
    joined = sa.select(instance.c.root_id).join(act, act.c.instance_id == instance.c.id)
    root_id = uow.conn.scalar(joined.where(act.c.id == row.act_id))
    found += [(one.ordered_at, one.released_at) for one in holds.history(uow, str(root_id))]
    days = [
        (begun.astimezone(CHINA).date(), None if end is None else end.astimezone(CHINA).date())
        for begun, end in found
        if end is None or end >= row.published_at
    ]
    return period.run(calendar.load(uow), row.counted_from, row.last_day, days)


def new_key() -> str:
    """Return the last part of a public address: 12 letters and digits that nobody guesses."""
    return "".join(secrets.choice(LETTERS) for _ in range(KEY_LENGTH))


def _told(uow: UnitOfWork, row: Any) -> dict[str, Any]:
    """What the record keeps of an objection: the hashes prove what was handed in."""
    papers = sa.select(objection_paper.c.digest).where(objection_paper.c.objection_id == row.id)
    return {
        "no": row.no, "state": row.state, "signed": row.signed, "late": row.late,
        "channel": row.channel, "concerns": row.concerns, "ruling": row.ruling,
        "received": row.received_at.astimezone(CHINA).date().isoformat(),
        "digests": list(uow.conn.scalars(papers.order_by(objection_paper.c.no))),
    }  # fmt: skip


def _iso(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())
