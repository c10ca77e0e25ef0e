"""What the handling body does with an objection: look, judge whether it is concrete, conclude.

Only a holder of a handling role named by the posting gets here, never one from the unit or being
the person concerned; to everybody else the objection does not exist. Each look is written into
the access log. A concrete objection stops the clock of the posting until it is concluded, and
takes two people: one examines and proposes, another agrees or sends it back (two checkers,
domain specification 9.2 step 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from engine import instances, notices, parts
from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from engine.instances import Case
from engine.model import instance, new_id, task
from engine.unit_of_work import UnitOfWork
from workflows import identity, policies
from workflows.acts import roll
from workflows.acts.model import act
from workflows.acts.roll import Named
from workflows.model import access_log, account
from workflows.publicity import publishing, texts
from workflows.publicity.intake import is_taken
from workflows.publicity.model import (
    objection,
    objection_paper,
    objection_step,
    posting,
    posting_pause,
)

LOOKED: Final = "objection_viewed"
MAX_NOTE: Final = 2000
LISTED: Final = 1000
WHOLE: Final = ""
"""Stands for the list as a whole, where an objection concerns no single entry."""


@dataclass(frozen=True)
class Matter:
    """An objection with all that its handler needs to know."""

    row: Any
    posting: Any
    act: Any
    case: Any
    papers: Sequence[Any] = ()
    steps: Sequence[Any] = ()
    looks: Sequence[Any] = ()
    taken: bool = False

    @property
    def entries(self) -> dict[str, str]:
        """What is posted: id → name."""
        return {each["id"]: each["name"] for each in self.act.settings["entries"]}

    def name(self, entry: str) -> str:
        """Return the name of an entry, empty for the list as a whole."""
        return self.entries.get(entry, "")


@dataclass(frozen=True)
class Judgement:
    """Whether an objection is concrete (具体、有可查性), and which entries it concerns."""

    concrete: bool
    concerns: Sequence[str] = ()
    note: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Proposal:
    """What the examiner proposes: entry → finding and reason, and the answer to the objector."""

    ruling: Mapping[str, Mapping[str, str]]
    answer: str
    note: str = ""


def listing(uow: UnitOfWork) -> list[Any]:
    """Return the objections the actor handles, open ones first; no content."""
    mine = sorted(uow.actor.principals)
    query = (
        sa.select(
            objection.c.id, objection.c.no, objection.c.state, objection.c.received_at,
            objection.c.due_at, objection.c.act_id, posting.c.title, posting.c.handlers,
        )
        .join(posting, posting.c.act_id == objection.c.act_id)
        .order_by(objection.c.state.in_(publishing.WAITING).desc(), objection.c.received_at.desc())
        .limit(LISTED)
    )  # fmt: skip
    rows = [row for row in uow.conn.execute(query) if set(row.handlers) & set(mine)]
    barred: dict[str, bool] = {}
    for row in rows:
        if row.act_id not in barred:
            barred[row.act_id] = bool(_conflicts(uow, row.act_id))
    return [row for row in rows if not barred[row.act_id] or _untouched(uow, row.id)]


def of_part(uow: UnitOfWork, part_id: str) -> str:
    """Return the objection a part in somebody's inbox is about, empty for another part."""
    whole = uow.conn.scalar(sa.select(task.c.part_of).where(task.c.id == part_id))
    query = sa.select(objection.c.id, objection.c.parts).where(objection.c.act_id == whole)
    return next((str(row.id) for row in uow.conn.execute(query) if part_id in row.parts), "")


def look(uow: UnitOfWork, objection_id: str) -> Matter:
    """Return everything about an objection, and write down that the actor has seen it."""
    found = matter(uow, objection_id)
    identity.log(uow, LOOKED, objection_id, posting=found.row.act_id, no=found.row.no)
    papers = sa.select(objection_paper).where(objection_paper.c.objection_id == objection_id)
    steps = sa.select(objection_step).where(objection_step.c.objection_id == objection_id)
    seen = (access_log.c.action == LOOKED) & (access_log.c.subject == objection_id)
    looks = sa.select(access_log).where(seen)
    return Matter(
        found.row, found.posting, found.act, found.case,
        uow.conn.execute(papers.order_by(objection_paper.c.no)).all(),
        uow.conn.execute(steps.order_by(objection_step.c.at, objection_step.c.id)).all(),
        uow.conn.execute(looks.order_by(access_log.c.id.desc()).limit(50)).all(),
        is_taken(uow, found.row.act_id),
    )  # fmt: skip


def file_of(uow: UnitOfWork, objection_id: str, digest: str) -> Mapping[str, Any]:
    """Return one file of an objection; the look is written down. Raises NotFound."""
    for paper in look(uow, objection_id).papers:
        for file in paper.files:
            if file["digest"] == digest:
                return dict(file)
    raise NotFound("document_unknown")


def triage(uow: UnitOfWork, objection_id: str, judged: Judgement) -> None:
    """Judge whether there is something to examine; if so, the clock of the posting stops.

    What is not concrete is recorded and stops nothing; the objector is told and can add to it.
    Raises Invalid, Conflict when it was judged already or the posting is closed.
    """
    found, case = _locked(uow, objection_id, ("received",))
    if set(judged.concerns) - found.entries.keys():
        raise Invalid(fields={"concerns": ["act_unknown"]})
    kept, concrete = _note(judged.note), judged.concrete
    if not concrete and not kept:
        raise Invalid(fields={"note": ["required"]})
    values = {
        "state": "examining" if concrete else "vague",
        "concerns": list(dict.fromkeys(judged.concerns)), "answer": _note(judged.answer),
    }  # fmt: skip
    if concrete:
        pause = {"id": new_id(), "act_id": found.row.act_id, "objection_id": objection_id,
                 "begun_at": uow.now}  # fmt: skip
        uow.conn.execute(posting_pause.insert(), pause)
    else:
        _finish_parts(uow, found.row)
    _step(uow, objection_id, "concrete" if concrete else "vague", kept)
    _save(case, found, values, "objection_triaged", concrete=concrete)


def propose(uow: UnitOfWork, objection_id: str, proposal: Proposal) -> None:
    """Propose how each entry concerned is decided and what the objector is told.

    Raises Invalid with ``<entry>.finding`` and ``<entry>.reason`` for what is missing.
    """
    found, case = _locked(uow, objection_id, ("examining",))
    ruling, faults = _ruling(found, proposal.ruling)
    answer, note = _note(proposal.answer), _note(proposal.note)
    faults |= {
        name: ["required"] for name, text in (("answer", answer), ("note", note)) if not text
    }
    if faults:
        raise Invalid(fields=faults)
    _step(uow, objection_id, "proposed", note, ruling=ruling, answer=answer)
    values = {
        "state": "proposed", "ruling": ruling, "answer": answer, "examiner": uow.actor.id,
        "examiner_name": uow.actor.name,
    }  # fmt: skip
    _save(case, found, values, "objection_proposed")


def decide(uow: UnitOfWork, objection_id: str, *, agree: bool, note: str = "") -> None:
    """Agree with the examiner, which concludes the objection, or send it back to him.

    Raises NotAllowed("objection_second") for the examiner himself.
    """
    found, case = _locked(uow, objection_id, ("proposed",))
    if found.row.examiner == uow.actor.id:
        raise NotAllowed("objection_second", instance_id=case.id)
    kept = _note(note)
    if not agree:
        if not kept:
            raise Invalid(fields={"note": ["required"]})
        _step(uow, objection_id, "sent_back", kept)
        _save(case, found, {"state": "examining", "ruling": None}, "objection_sent_back")
        return
    _step(uow, objection_id, "concluded", kept)
    mine = (posting_pause.c.objection_id == objection_id) & posting_pause.c.ended_at.is_(None)
    uow.conn.execute(posting_pause.update().where(mine).values(ended_at=uow.now))
    _finish_parts(uow, found.row)
    values = {
        "state": "concluded", "second": uow.actor.id, "second_name": uow.actor.name,
        "concluded_at": uow.now,
    }  # fmt: skip
    lead = uow.conn.scalar(sa.select(task.c.principal).where(task.c.id == found.row.act_id))
    about = {"task_id": found.row.act_id, "no": found.row.no}
    notices.tell(case, str(lead), "N8", "objection_concluded", **about)
    _save(case, found, values, "objection_concluded")


def matter(uow: UnitOfWork, objection_id: str) -> Matter:
    """Return an objection to one of its handlers; to others it does not exist."""
    row = uow.conn.execute(sa.select(objection).where(objection.c.id == objection_id)).first()
    if row is None:
        raise NotFound("objection_unknown")
    found = publishing.of(uow, row.act_id)
    if not (
        policies.allowed(uow.actor, "objection.handle")
        and uow.actor.principals & set(found.handlers)
    ):
        raise NotFound("objection_unknown")
    about = uow.conn.execute(sa.select(act).where(act.c.id == row.act_id)).one()
    barred = _conflicts(uow, row.act_id)
    concerned = set(row.entries) | set(row.concerns)
    if barred and (not concerned or barred.keys() & concerned):
        raise NotAllowed("objection_own", instance_id=about.instance_id)
    columns = (instance.c.id, instance.c.title, instance.c.business_key)
    case = uow.conn.execute(sa.select(*columns).where(instance.c.id == about.instance_id)).one()
    return Matter(row, found, about, case)


def _conflicts(uow: UnitOfWork, act_id: str) -> dict[str, str]:
    """Return the posted entries that are the actor himself or come from his unit."""
    columns = (account.c.unit_id, account.c.person_id)
    me = uow.conn.execute(sa.select(*columns).where(account.c.id == uow.actor.id)).first()
    chosen: Any = uow.conn.scalar(sa.select(act.c.settings).where(act.c.id == act_id))
    if me is None:
        return {}
    who = Named(uow.actor.personal, uow.actor.name, me.unit_id, me.person_id or "")
    return roll.conflicts(who, chosen["entries"])


def _untouched(uow: UnitOfWork, objection_id: str) -> bool:
    """Tell whether the actor, barred from some entries, may handle this objection."""
    try:
        matter(uow, objection_id)
    except NotAllowed:
        return False
    return True


def _locked(uow: UnitOfWork, objection_id: str, states: tuple[str, ...]) -> tuple[Matter, Case]:
    found = matter(uow, objection_id)
    case = instances.lock(uow, found.act.instance_id, even_held=True)
    query = sa.select(act.c.id).where(act.c.id == found.row.act_id)
    uow.conn.execute(query.with_for_update()).one()
    if not is_taken(uow, found.row.act_id):
        raise Conflict("posting_closed", instance_id=case.id)
    found = matter(uow, objection_id)
    if found.row.state not in states:
        raise Stale(instance_id=case.id)
    return found, case


def _ruling(
    found: Matter, given: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, dict[str, str]], dict[str, list[str]]]:
    """Return the ruling in order, and what is wrong with it by ``<entry>.<field>``."""
    known, faults, ruling = texts.words()["finding"], dict[str, list[str]](), {}
    for entry in found.row.concerns or [WHOLE]:
        said = given.get(entry, {})
        finding, reason = said.get("finding", ""), str(said.get("reason", "")).strip()
        if finding not in known:
            faults[f"{entry}.finding"] = ["required"]
        if not reason or len(reason) > MAX_NOTE:
            faults[f"{entry}.reason"] = ["required" if not reason else "too_long"]
        ruling[entry] = {"finding": finding, "reason": reason}
    return ruling, faults


def _note(text: str) -> str:
    kept = text.strip()
    if len(kept) > MAX_NOTE:
        raise Invalid(fields={"note": ["too_long"]})
    return kept


def _step(uow: UnitOfWork, objection_id: str, kind: str, note: str, **data: Any) -> None:
    values = {
        "id": new_id(), "objection_id": objection_id, "kind": kind, "note": note, "data": data,
        "by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now,
    }  # fmt: skip
    uow.conn.execute(objection_step.insert(), values)


def _finish_parts(uow: UnitOfWork, row: Any) -> None:
    """Take the objection out of the inboxes of the handling body."""
    waiting = task.c.id.in_(row.parts) & task.c.status.in_(("open", "claimed"))
    for part in uow.conn.execute(sa.select(task).where(waiting)).all():
        parts.finish(uow, part)


def _save(case: Case, found: Matter, values: Mapping[str, Any], action: str, **detail: Any) -> None:
    """Write the objection and, into the audit chain, what happened without what it is about."""
    changed = {**values, "version": found.row.version + 1}
    this = objection.update().where(objection.c.id == found.row.id)
    case.uow.conn.execute(this.values(changed))
    case.audit(action, task=found.row.act_id, no=found.row.no, **detail)
    instances.save(case)
