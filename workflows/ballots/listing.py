"""The votes of an installation at a glance, for who runs it: numbers and stages, no names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from engine.unit_of_work import Actor
from workflows.ballots import events, signing_in
from workflows.ballots.events import Hall
from workflows.ballots.model import ballot_event
from workflows.ballots.signing_in import Turnout


@dataclass(frozen=True)
class Vote:
    """One vote; ``turnout`` as far as it may be shown now."""

    id: str
    title: str
    mode: str
    state: str
    keep_until: date | None
    turnout: Turnout


def votes(hall: Hall, actor: Actor) -> Sequence[Vote]:
    """Return every vote, newest first."""
    table = ballot_event.c
    with hall.engine.read(actor) as uow:
        columns = (table.id, table.title, table.mode, table.state, table.keep_until)
        rows = uow.conn.execute(sa.select(*columns).order_by(table.id.desc())).all()
        there = {row.id: signing_in.present(uow, row.id) for row in rows}
        loaded = {row.id: events.load(uow, row.id) for row in rows}
    cast = {each: signing_in.cast_count(hall, each) for each in loaded}
    return [
        Vote(*row, signing_in.shown(loaded[row.id], there[row.id], cast[row.id])) for row in rows
    ]
