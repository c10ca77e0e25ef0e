"""Votes of the public: casting one, and what the act does when it opens and closes.

A vote is a row with two digests. Device and address are hashed together with a random salt of
this vote; the salt is overwritten when the vote closes, and then nothing leads from a row to a
device or a place. Live totals stay hidden unless the diagram says otherwise.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from engine import calendar, holds
from engine.errors import Conflict, Invalid, NotFound
from engine.instances import Case
from engine.model import instance, new_id, task
from engine.unit_of_work import UnitOfWork
from workflows.acts.hooks import Hooks
from workflows.acts.model import act
from workflows.publicity import cleaning, limits, period, texts
from workflows.publicity.cleaning import Limits, Vote
from workflows.publicity.model import public_box, public_vote
from workflows.publicity.publishing import new_key

WIPED: Final = "0" * 64
BATCH: Final = 5000


@dataclass(frozen=True)
class Ballot:
    """What one device chooses, and what it is known by."""

    entries: Sequence[str]
    device: str
    address: str
    agent: str


@dataclass(frozen=True)
class Booth:
    """The public page of a vote; ``totals`` only where they are shown while it runs."""

    row: Any
    settings: Any
    open: bool
    ends_at: datetime
    totals: dict[str, int] | None = None


def draw(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """Give the vote the title of its case unless the diagram gives one."""
    title = texts.words()["phrase"]["vote_title"]["zh"].format(title=case.row["title"])
    return {**values, "title": values.get("title") or title}


def opening(uow: UnitOfWork, held: Any) -> None:
    """Open the public page until the end of the last day; raises Blocked("calendar_missing")."""
    chosen, days = held.row.settings, calendar.load(uow)
    last = period.last_day(days, uow.today, chosen["days"], chosen["unit"])
    assert last is not None
    values = {
        "act_id": held.row.id, "key": new_key(), "salt": secrets.token_hex(32),
        "opened_at": uow.now, "ends_at": period.end_of(last),
    }  # fmt: skip
    uow.conn.execute(public_box.insert(), values)
    ends = act.update().where(act.c.id == held.row.id)
    uow.conn.execute(ends.values(due_at=values["ends_at"] - timedelta(seconds=1)))
    held.mine.case.audit("vote_opened", task=held.row.id, ends=values["ends_at"].isoformat())


def closing(uow: UnitOfWork, held: Any) -> None:
    """End the vote and destroy its salt; raises Conflict("vote_running") before its end."""
    mine = public_box.c.act_id == held.row.id
    row = uow.conn.execute(sa.select(public_box).where(mine).with_for_update()).one()
    if uow.now < (end := ends(uow, row)):
        raise Conflict("vote_running", when=end, **held.at)
    gone = {"salt": WIPED, "closed_at": uow.now}
    uow.conn.execute(public_box.update().where(mine).values(gone))
    held.mine.case.audit("vote_salt_destroyed", task=held.row.id)


def gather(uow: UnitOfWork, row: Any) -> Any:
    """Return the totals once the vote is closed; nothing is counted while it runs."""
    box = uow.conn.execute(sa.select(public_box).where(public_box.c.act_id == row.id)).first()
    if box is None or box.closed_at is None:
        return None
    chosen = row.settings
    allowed = Limits(chosen["per_day"], chosen["choose"], chosen["burst"])
    totals = cleaning.clean(_votes(uow, row.id), allowed)
    return {
        "raw": totals.raw, "cleaned": totals.cleaned, "removed": totals.removed,
        "input": totals.input, "opened": box.opened_at.isoformat(),
        "ended": box.ends_at.isoformat(),
    }  # fmt: skip


HOOKS: Final = Hooks(draw=draw, opening=opening, closing=closing, gather=gather)


def booth(uow: UnitOfWork, key: str) -> Booth:
    """Return the page of a vote; raises NotFound("vote_unknown")."""
    row = uow.conn.execute(sa.select(public_box).where(public_box.c.key == key)).first()
    if row is None:
        raise NotFound("vote_unknown")
    about = uow.conn.execute(sa.select(act).where(act.c.id == row.act_id)).one()
    running = _runs(uow, row)
    live = about.settings["live"] and running
    totals = _raw(uow, row.act_id) if live else None
    return Booth(row, about.settings, running, ends(uow, row), totals)


def ends(uow: UnitOfWork, row: Any) -> datetime:
    """Return when a vote ends; a hold of the case moves it by the working days it lasted."""
    return holds.moved_since(uow, _root(uow, row.act_id), row.opened_at, row.ends_at)


def cast(uow: UnitOfWork, key: str, ballot: Ballot) -> int:
    """Take the votes of one device; returns how many were taken.

    What the device has given today already is left out. Raises NotFound,
    Conflict("vote_over"), Conflict("vote_paused") while the case is held, Invalid for a choice
    that is none, and Conflict("vote_given") when nothing was left.
    """
    row = uow.conn.execute(sa.select(public_box).where(public_box.c.key == key)).first()
    if row is None:
        raise NotFound("vote_unknown")
    locked = sa.select(act).where(act.c.id == row.act_id).with_for_update(read=True)
    chosen = uow.conn.execute(locked).one().settings
    row = uow.conn.execute(sa.select(public_box).where(public_box.c.key == key)).one()
    if not _runs(uow, row):
        ended = row.closed_at is not None or uow.now >= ends(uow, row)
        raise Conflict("vote_over" if ended else "vote_paused")
    wanted = list(dict.fromkeys(ballot.entries))
    if not wanted or set(wanted) - {each["id"] for each in chosen["entries"]}:
        raise Invalid("vote_nothing")
    if len(wanted) > chosen["choose"]:
        raise Invalid("vote_too_many", n=chosen["choose"])
    device, address = (
        _mark(row.salt, ballot.device),
        _mark(row.salt, limits.network(ballot.address)),
    )
    given = _given(uow, row.act_id, device)
    left = chosen["choose"] - len(given.keys() - set(wanted))
    fresh = [each for each in wanted if given[each] < chosen["per_day"]]
    new = [each for each in fresh if each not in given][: max(0, left)]
    taken = [each for each in fresh if each in given or each in new]
    if not taken:
        raise Conflict("vote_given")
    same = {
        "act_id": row.act_id, "day": uow.today, "at": uow.now, "device": device,
        "address": address, "robot": cleaning.is_robot(ballot.agent),
    }  # fmt: skip
    uow.conn.execute(public_vote.insert(), [{"id": new_id(), "entry": e, **same} for e in taken])
    return len(taken)


def device() -> str:
    """Return a fresh random name for a device, kept in a cookie of its own."""
    return secrets.token_urlsafe(16)


def _runs(uow: UnitOfWork, row: Any) -> bool:
    query = sa.select(act.c.state, task.c.status).join(task, task.c.id == act.c.id)
    found = uow.conn.execute(query.where(act.c.id == row.act_id)).one()
    waits = found.state == "open" and found.status in ("open", "claimed")
    if not waits or row.closed_at is not None or uow.now >= ends(uow, row):
        return False
    return holds.of(uow, _root(uow, row.act_id)) is None


def _root(uow: UnitOfWork, act_id: str) -> str:
    joined = sa.select(instance.c.root_id).join(act, act.c.instance_id == instance.c.id)
    return str(uow.conn.scalar(joined.where(act.c.id == act_id)))


def _mark(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}|{text}".encode()).hexdigest()[:32]


def _given(uow: UnitOfWork, act_id: str, mark: str) -> Counter[str]:
    mine = (public_vote.c.act_id == act_id) & (public_vote.c.device == mark)
    query = sa.select(public_vote.c.entry).where(mine, public_vote.c.day == uow.today)
    return Counter(uow.conn.scalars(query))


def _raw(uow: UnitOfWork, act_id: str) -> dict[str, int]:
    query = sa.select(public_vote.c.entry, sa.func.count()).group_by(public_vote.c.entry)
    return {
        entry: int(n) for entry, n in uow.conn.execute(query.where(public_vote.c.act_id == act_id))
    }


def _votes(uow: UnitOfWork, act_id: str) -> Iterator[Vote]:
    names = ("entry", "day", "at", "device", "address", "robot")
    query = sa.select(*(public_vote.c[name] for name in names))
    query = query.where(public_vote.c.act_id == act_id)
    ordered = query.order_by(public_vote.c.at, public_vote.c.id).execution_options(yield_per=BATCH)
    for row in uow.conn.execute(ordered):
        yield (row.entry, row.day, row.at, row.device, row.address, row.robot)
