"""What a scenario does in public: votes, objections, their examination by two people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.errors import NotFound
from engine.unit_of_work import UnitOfWork
from workflows.acts import rows
from workflows.publicity import correcting, handling, intake, publishing, voting
from workflows.publicity.correcting import Correction
from workflows.publicity.handling import Judgement, Proposal
from workflows.publicity.intake import Given
from workflows.publicity.model import objection, public_box
from workflows.publicity.voting import Ballot
from workflows.scenario_acts import entry_called, whole


def object_(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Object as the public does, about the ``about`` entries, with ``data`` of ``Given``."""
    lead = whole(uow, act, target)
    found = publishing.of(uow, lead)
    if found is None:
        raise NotFound("posting_unknown")
    data = act.get("data", {})
    intake.object_(uow, found.key, Given(entries=_entries(uow, lead, act), **data))


def triage(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Judge the latest objection: ``data.concrete``, concerning the ``about`` entries."""
    lead = whole(uow, act, target)
    concerns = _entries(uow, lead, act)
    handling.triage(uow, _latest(uow, lead), Judgement(concerns=concerns, **act.get("data", {})))


def propose(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Propose what is found of each entry: ``data.ruling``, ``data.answer``, ``data.note``."""
    lead = whole(uow, act, target)
    data = act["data"]
    settings = rows.of_task(uow, lead).settings
    ruling = {entry_called(settings, word): said for word, said in data["ruling"].items()}
    handling.propose(uow, _latest(uow, lead), Proposal(ruling, data["answer"], data["note"]))


def decide(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Agree with the examiner as the second person, or not: ``data.agree``, ``data.note``."""
    handling.decide(uow, _latest(uow, whole(uow, act, target)), **act["data"])


def correct(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Correct the posted text: ``data.spot``, ``data.value``, ``data.restart``, ``reason``."""
    given = Correction(reason=act.get("reason", ""), **act.get("data", {}))
    correcting.correct(uow, whole(uow, act, target), given)


def vote_online(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Vote for the ``about`` entries as the public does, with ``data.device`` at its place."""
    lead = whole(uow, act, target)
    key = uow.conn.scalar(sa.select(public_box.c.key).where(public_box.c.act_id == lead))
    if key is None:
        raise NotFound("vote_unknown")
    known = {"device": "scenario", "address": "192.0.2.1", "agent": "Mozilla/5.0"}
    known |= act.get("data", {})
    voting.cast(uow.acting_as(intake.PUBLIC), key, Ballot(_entries(uow, lead, act), **known))


def _entries(uow: UnitOfWork, lead: str, act: Mapping[str, Any]) -> Sequence[str]:
    settings = rows.of_task(uow, lead).settings
    return [entry_called(settings, word) for word in act.get("about", [])]


def _latest(uow: UnitOfWork, lead: str) -> str:
    query = sa.select(objection.c.id).where(objection.c.act_id == lead)
    found = uow.conn.scalar(query.order_by(objection.c.no.desc()).limit(1))
    if found is None:
        raise NotFound("objection_unknown")
    return str(found)


DOINGS: Mapping[str, Callable[[object, UnitOfWork, Mapping[str, Any], str], None]] = {
    "object": object_,
    "triage": triage,
    "propose": propose,
    "decide": decide,
    "correct": correct,
    "vote_online": vote_online,
}
