"""What of a vote is published to everybody, with or without an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.errors import NotFound
from workflows.ballots import events
from workflows.ballots.model import ballot_scrutineer, ballot_signature
from workflows.ballots.store import NOBODY


@dataclass(frozen=True)
class Signed:
    """A scrutineer's signature below the statement."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Published:
    """The statement of a closed box; ``result_digest`` once it has been counted."""

    title: str
    statement: Mapping[str, Any]
    digest: str
    result_digest: str
    signed: Sequence[Signed]


def published(hall: events.Hall, event_id: str) -> Published | None:
    """Return what was published about a vote, or None before its box is closed."""
    with hall.engine.read(NOBODY) as uow:
        try:
            event = events.load(uow, event_id)
        except NotFound:
            return None
        if event.statement is None:
            return None
        text, digest = events.published(event, "statement")
        signature, person = ballot_signature.c, ballot_scrutineer.c
        fits = (signature.subject == "statement") & (signature.digest == digest)
        same = (person.event_id == signature.event_id) & (person.person == signature.person)
        query = sa.select(person.name, signature.at).where(signature.event_id == event_id, fits)
        rows = uow.conn.execute(query.join_from(ballot_signature, ballot_scrutineer, same))
        signed = sorted((Signed(row.name, row.at) for row in rows), key=lambda one: one.name)
    return Published(event.title, text, digest, event.result_digest, signed)
