"""What stays of a vote: the sealed evidence for whoever may count it again, and its end.

The organiser sets how long it is kept and lists it for destruction, two people sign the list.
Scrutineers and the organiser may take the evidence away: it says nothing without two shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.unit_of_work import Actor, UnitOfWork
from workflows.acts.secret import people
from workflows.ballots import bundle, events, keeping
from workflows.ballots.events import Hall


def evidence_bundle(hall: Hall, actor: Actor, act_id: str) -> bytes:
    """Return the evidence with the stand-alone recount program as a ZIP file.

    Raises Conflict: ``ballot_not_now``, ``ballot_wrong_mode`` where there was no box.
    """
    with hall.engine.begin(actor) as uow:
        if actor.id not in events.scrutineers(uow, act_id):
            people.organiser(uow, act_id)
    return bundle.pack(hall, actor, act_id)


def keep_until(uow: UnitOfWork, act_id: str, last: date, basis: str) -> None:
    """Put off the last day of keeping, with its *basis*; raises as ``keeping.keep_until``."""
    people.organiser(uow, act_id)
    keeping.keep_until(uow, act_id, last, people.needed(basis))


def list_destruction(hall: Hall, actor: Actor, act_id: str) -> Mapping[str, Any]:
    """Make the list of what is to be destroyed; raises as ``keeping.list_destruction``."""
    with hall.engine.begin(actor) as uow:
        people.organiser(uow, act_id)
    return keeping.list_destruction(hall, actor, act_id)


def destroy(hall: Hall, actor: Actor, act_id: str) -> None:
    """Destroy what was listed and signed by two; raises as ``keeping.destroy``."""
    with hall.engine.begin(actor) as uow:
        people.organiser(uow, act_id)
    keeping.destroy(hall, actor, act_id)
