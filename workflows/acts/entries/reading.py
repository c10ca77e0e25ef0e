"""Who may read an entry, and what he sees of it.

The applicant himself, organisers of acts of the case, supervision and audit see it whole. Those
who take part in a later act on that entry see it once the act is open, unless they have a
conflict with it in any act of the case; where the act is ``blind``, without unit, name and
whatever the form marks as telling who it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import holds, instances
from engine.errors import NotFound
from engine.instances import Blueprint
from engine.model import task
from engine.unit_of_work import UnitOfWork
from workflows import answers, forms, policies
from workflows.acts import loads
from workflows.acts import reading as acts_reading
from workflows.acts import rows as acts_rows
from workflows.acts.entries import applying, rows
from workflows.acts.entries.applying import Applying
from workflows.acts.entries.model import act_entry
from workflows.acts.model import act, act_conflict, act_participant
from workflows.forms.model import REFERENCES, Field

IDENTIFYING = REFERENCES | {"people", "signature", "idcard"}
"""Kinds of field that tell who an entry is from."""


@dataclass(frozen=True)
class EntryPage:
    """An entry as the actor may see it. ``blind``: without whatever tells who it is from."""

    row: Any
    case: Mapping[str, Any]
    plan: Blueprint
    form: forms.Form
    data: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]]
    versions: Sequence[Any]
    blind: bool
    own: bool
    whole: bool
    subject: policies.Subject

    @property
    def id(self) -> str:
        """The id under which later acts know the entry."""
        return str(self.row.origin or self.row.id)

    def changes(self, lang: forms.Lang) -> list[Sequence[forms.Change]]:
        """Return what each version changed against the one before, for those who see it whole."""
        pairs = zip(self.versions, self.versions[1:], strict=False)
        return [(), *(forms.changes(self.form, a.data, b.data, lang) for a, b in pairs)]

    @property
    def latest(self) -> Any:
        """The version that counts, or None for a draft."""
        return self.versions[-1] if self.versions else None

    @property
    def title(self) -> str:
        """The name of the entry, or its number where names are hidden."""
        return "" if self.blind else str(self.row.name)


@dataclass(frozen=True)
class Portal:
    """What an applicant sees of an intake: his entries and what he may still do."""

    mine: Applying
    entries: Sequence[Any]
    left: int
    most: int
    barrier: str
    due_at: datetime
    hold: Any
    case: Mapping[str, Any]
    plan: Blueprint

    @property
    def submitted(self) -> int:
        """How many of his entries are in."""
        return sum(each.state == "submitted" for each in self.entries)

    @property
    def correcting(self) -> bool:
        """Whether only entries that were sent back are taken."""
        return bool(self.mine.act.settings["correct"])


@dataclass(frozen=True)
class Board:
    """An intake as its organiser sees it."""

    cockpit: Any
    rows: Sequence[Any]
    people: Mapping[str, Any]

    def count(self, state: str) -> int:
        """Return how many entries are in a state."""
        return sum(each.state == state for each in self.rows)

    @property
    def silent(self) -> Sequence[Any]:
        """Who on the roll has submitted nothing yet."""
        return [each for each in self.people.values()
                if not each.given and each.state != "excluded"]  # fmt: skip


def board(uow: UnitOfWork, act_task: str) -> Board:
    """Return every entry of an intake for those who may see its roll; raises NotFound."""
    page = acts_reading.cockpit(uow, act_task)
    if not page.inside or page.act is None or page.act.kind != "intake":
        raise NotFound("act_unknown")
    people = {each.id: each for each in page.people}
    return Board(page, rows.of_act(uow, act_task), people)


def portal(uow: UnitOfWork, part_id: str) -> Portal:
    """Return the page of an applicant; raises NotFound or NotAllowed for everybody else."""
    mine = applying.enter(uow, part_id)
    case = answers.instance_row(uow, mine.part.instance_id)
    assert case is not None
    settings = mine.act.settings
    most = 1 if settings["self"] else settings["per_unit"]
    return Portal(
        mine, rows.of_participant(uow, mine.who.id), applying.places_left(uow, mine.act, mine.who),
        most, barrier(uow, mine), mine.part.due_at, holds.of(uow, mine.part.root_id), case,
        instances.blueprint(uow, case["definition_id"]),
    )  # fmt: skip


def barrier(uow: UnitOfWork, mine: Applying) -> str:
    """Return the code of why nothing can be submitted now; empty when it can."""
    if holds.of(uow, mine.part.root_id) is not None:
        return "on_hold"
    if mine.act.state != "open" or mine.part.status == "cancelled":
        return "entry_closed"
    return "entry_late" if mine.part.due_at < uow.now else ""


def entry_data(uow: UnitOfWork, entry_id: str) -> EntryPage:
    """Return the latest submitted data of an entry with its form and files, rights checked.

    *entry_id* is the id later acts know it by. Raises NotFound for whoever may not see it.
    """
    first = rows.get(uow, entry_id)
    line = sa.select(act_entry).where(
        (act_entry.c.id == (first.origin or first.id)) | (act_entry.c.origin == first.id)
    )
    line = line.where(act_entry.c.version > 0).order_by(act_entry.c.at)
    found = uow.conn.execute(line).all()
    row = found[-1] if found else first
    intake = uow.conn.execute(sa.select(act).where(act.c.id == row.act_id)).one()
    subject = policies.case_subject(uow, intake.instance_id)
    own = _is_own(uow, row)
    whole = own or _oversees(uow, row, subject)
    blind = False
    if not whole:
        blind = _as_participant(uow, row)
    case = answers.instance_row(uow, intake.instance_id)
    assert case is not None
    plan = instances.blueprint(uow, case["definition_id"])
    form = answers.form_of(plan, intake.settings["form"])
    if form is None or not (found or own):
        raise NotFound("entry_unknown")
    versions = rows.versions(uow, [each.id for each in found])
    data, files = (versions[-1].data, versions[-1].files) if versions else ({}, ())
    if blind:
        hidden = set(_telling(form.fields, intake.settings["keys"]))
        form = replace(form, fields=tuple(_without(form.fields, hidden)))
        files = [each for each in files if each["field"].partition("-")[0] not in hidden]
    return EntryPage(
        row, case, plan, form, data, files, versions, blind, own, whole, subject
    )  # fmt: skip


def file_of(uow: UnitOfWork, entry_id: str, digest: str) -> Mapping[str, Any]:
    """Return a file of an entry the actor may see; raises NotFound."""
    page = entry_data(uow, entry_id)
    every = page.files if page.blind else [f for each in page.versions for f in each.files]
    for each in every:
        if each["digest"] == digest:
            return dict(each)
    raise NotFound("document_unknown")


def _is_own(uow: UnitOfWork, row: Any) -> bool:
    query = sa.select(act_participant.c.principal).where(act_participant.c.id == row.participant_id)
    return uow.conn.scalar(query) in uow.actor.principals | {uow.actor.personal}


def _oversees(uow: UnitOfWork, row: Any, subject: policies.Subject) -> bool:
    """Tell whether the actor leads an act of the case, or reads by supervision, audit, office."""
    outside = replace(subject, involved=frozenset())
    if policies.allowed(uow.actor, "case.view", outside):
        return True
    leads = sa.select(task.c.id).join(act, act.c.id == task.c.id)
    mine = sorted(uow.actor.principals | {uow.actor.personal})
    leads = leads.where(task.c.root_id == row.root_id, task.c.principal.in_(mine)).limit(1)
    return uow.conn.scalar(leads) is not None


def _as_participant(uow: UnitOfWork, row: Any) -> bool:
    """Tell whether the actor must read blind; raises NotFound unless an act admits him."""
    key = row.origin or row.id
    mine = sorted(uow.actor.principals | {uow.actor.personal})
    query = (
        sa.select(act_participant)
        .join(act, act.c.id == act_participant.c.act_id)
        .join(task, task.c.id == act.c.id)
        .where(task.c.root_id == row.root_id, act_participant.c.principal.in_(mine))
    )
    taking_part = uow.conn.execute(query).all()
    barred = sa.select(act_conflict.c.participant_id).where(
        act_conflict.c.participant_id.in_([each.id for each in taking_part]),
        act_conflict.c.entry == key,
    )
    if uow.conn.scalar(barred.limit(1)) is not None:
        raise NotFound("entry_unknown")
    acts = {each.act_id: acts_rows.of_task(uow, each.act_id) for each in taking_part}
    admitting = [
        acts[each.act_id].settings
        for each in taking_part
        if acts[each.act_id].opened_at is not None
        and key in loads.own(uow, acts[each.act_id], each)
    ]
    if not admitting or not policies.allowed(uow.actor, "act.take_part"):
        raise NotFound("entry_unknown")
    return all(settings.get("blind") in (True, "true") for settings in admitting)


def _telling(fields: Sequence[Field], keys: Mapping[str, str]) -> Iterator[str]:
    """Yield the keys of fields that tell who an entry is from."""
    for each in forms.leaves(fields):
        if each.identity or each.kind in IDENTIFYING or each.key == keys.get("person"):
            yield each.key
        elif each.type == "group":
            yield from _telling(each.children, keys)


def _without(fields: Sequence[Field], hidden: set[str]) -> Iterator[Field]:
    for each in fields:
        if each.key and each.key in hidden:
            continue
        yield replace(each, children=tuple(_without(each.children, hidden)))
