"""What the public pages and the organiser's cockpit show of postings.

A page whose step was taken away by a return or a withdrawal is withdrawn. After a posting has been
closed its names are no longer shown: they were public for the period. Announcements stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from engine.errors import NotFound
from engine.model import task
from engine.unit_of_work import UnitOfWork
from workflows.acts.model import act
from workflows.publicity import publishing, texts, voting
from workflows.publicity.model import posting, posting_version, public_box
from workflows.publicity.period import Period

WAITING: Final = ("open", "claimed")
PAGE: Final = 50


@dataclass(frozen=True)
class Posted:
    """One line of the list of what is posted now."""

    key: str
    kind: str
    title: str
    issuer: str
    published: datetime
    period: Period


@dataclass(frozen=True)
class Vote:
    """One line of the list of votes that are open now."""

    key: str
    title: str
    ends_at: datetime


@dataclass(frozen=True)
class Sheet:
    """The public page of a posting: its text, and what may still be done."""

    row: Any
    text: Mapping[str, Any]
    version: Any
    versions: Sequence[Any]
    period: Period
    taken: bool
    withdrawn: bool
    entries: Mapping[str, str]

    @property
    def shown(self) -> bool:
        """Whether the names are still to be seen."""
        closed = self.row.state == publishing.CLOSED and self.row.kind == "posting"
        return not (closed or self.withdrawn)

    @property
    def is_current(self) -> bool:
        """Whether this is the version that counts."""
        return bool(self.version.no == self.row.version)

    @property
    def last_day(self) -> date | None:
        """The last day as it stands now."""
        return self.period.last_day

    def column(self, name: str) -> Mapping[str, Any]:
        """Return both names of a column."""
        return texts.columns()[name]


def posted(uow: UnitOfWork) -> list[Posted]:
    """Return what is posted now for everybody, the newest first; the period only if it runs."""
    listed = posting.c.place == "public"
    standing = (posting.c.state == publishing.OPEN) & task.c.status.in_(WAITING)
    announced = (posting.c.kind == "announcement") & (task.c.status != "cancelled")
    query = (
        sa.select(posting, act.c.settings)
        .join(act, act.c.id == posting.c.act_id)
        .join(task, task.c.id == posting.c.act_id)
        .where(listed, standing | announced)
        .order_by(posting.c.published_at.desc(), posting.c.key)
        .limit(PAGE)
    )
    return [
        Posted(
            row.key, row.kind, row.title, row.settings["issuer"], row.published_at,
            publishing.period_of(uow, row),
        )
        for row in uow.conn.execute(query).all()
    ]  # fmt: skip


def votes(uow: UnitOfWork) -> list[Vote]:
    """Return the votes of the public that are open now."""
    query = (
        sa.select(public_box, act.c.settings)
        .join(act, act.c.id == public_box.c.act_id)
        .join(task, task.c.id == public_box.c.act_id)
        .where(public_box.c.closed_at.is_(None), task.c.status.in_(WAITING), act.c.state == "open")
        .order_by(public_box.c.ends_at)
        .limit(PAGE)
    )
    rows = uow.conn.execute(query).all()
    found = [Vote(row.key, row.settings["title"], voting.ends(uow, row)) for row in rows]
    return [each for each in found if each.ends_at > uow.now]


def sheet(uow: UnitOfWork, key: str, version: int | None = None) -> Sheet:
    """Return the page of a posting, in an older *version* if asked; raises NotFound."""
    row = uow.conn.execute(sa.select(posting).where(posting.c.key == key)).first()
    if row is None:
        raise NotFound("posting_unknown")
    query = sa.select(posting_version).where(posting_version.c.act_id == row.act_id)
    versions = uow.conn.execute(query.order_by(posting_version.c.no)).all()
    chosen = [one for one in versions if one.no == (version or row.version)]
    if not chosen:
        raise NotFound("posting_unknown")
    joined = sa.select(act.c.state, act.c.settings, task.c.status)
    joined = joined.join(task, task.c.id == act.c.id).where(act.c.id == row.act_id)
    about = uow.conn.execute(joined).one()
    waits = about.state == "open" and about.status in WAITING and row.kind == "posting"
    names = {each["id"]: each["name"] for each in about.settings["entries"]}
    return Sheet(
        row, chosen[0].body, chosen[0], versions, publishing.period_of(uow, row), waits,
        about.status == "cancelled", names,
    )  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """What the organiser sees of his posting: the text, the period, that there are objections."""

    row: Any
    text: Mapping[str, Any]
    period: Period | None
    objections: Sequence[Any] = ()
    versions: Sequence[Any] = ()
    waiting: int = 0
    planned: date | None = None

    def column(self, name: str) -> Mapping[str, Any]:
        """Return both names of a column."""
        return texts.columns()[name]


def desk(uow: UnitOfWork, row: Any) -> Desk | None:
    """Return what the cockpit of a prepared or published posting shows; None before that."""
    if row is None:
        return None
    found = publishing.of(uow, row.id)
    if found is None:
        last = publishing.planned(uow, row.settings)
        facts = {
            "issuer": row.settings["issuer"], "days": row.settings["days"],
            "unit": row.settings["unit"], "published": uow.today.isoformat(),
            "counted_from": uow.today.isoformat(),
            "last_day": None if last is None else last.isoformat(),
        }  # fmt: skip
        return Desk(None, texts.body(row.settings, facts), None, planned=last)
    query = sa.select(posting_version).where(posting_version.c.act_id == row.id)
    versions = uow.conn.execute(query.order_by(posting_version.c.no)).all()
    return Desk(
        found, versions[-1].body, publishing.period_of(uow, found),
        publishing.objections(uow, row.id), versions, publishing.open_objections(uow, row.id),
    )  # fmt: skip


@dataclass(frozen=True)
class Box:
    """What the organiser of a vote of the public sees of it."""

    key: str
    ends_at: datetime
    closed_at: datetime | None


def ballot_box(uow: UnitOfWork, row: Any) -> Box | None:
    """Return the box of a vote of the public for its organiser, or None before it is open."""
    if row is None:
        return None
    mine = sa.select(public_box).where(public_box.c.act_id == row.id)
    found = uow.conn.execute(mine).first()
    return None if found is None else Box(found.key, voting.ends(uow, found), found.closed_at)
