"""What an applicant does: begin an entry, keep a draft, submit, withdraw, throw a draft away.

Whoever takes a place holds every applicant of that unit on the roll, in the order of the roll,
so that the last place is taken once. The act is held shared, so that closing waits for those who
are submitting and refuses those who come later; the case is not locked at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from engine import instances, parts, tasks
from engine.errors import Conflict, Invalid, NotFound, Stale
from engine.model import attachment, new_id, task
from engine.unit_of_work import UnitOfWork
from workflows import answers, desk, forms
from workflows.acts import deadlines, life, taking
from workflows.acts.entries import naming, rows
from workflows.acts.entries.model import act_entry, act_entry_version
from workflows.acts.entries.naming import Called
from workflows.acts.intake import MAX_PER_UNIT
from workflows.acts.model import act, act_participant
from workflows.desk import Handed
from workflows.forms.decoding import Post
from workflows.forms.uploads import Received, Upload, receive
from workflows.roles import role_of

MAX_DRAFTS = 50
"""Entries one applicant may have begun and not submitted."""


@dataclass(frozen=True)
class Applying:
    """An applicant in his intake: his part, his row of the roll, the act, and its form."""

    uow: UnitOfWork
    part: Any
    who: Any
    act: Any
    form: forms.Form
    base: forms.Context

    @property
    def at(self) -> dict[str, Any]:
        """Case and task, as refusals name them."""
        return {"instance_id": self.part.instance_id, "task": self.part.name}

    @property
    def self_is(self) -> dict[str, str] | None:
        """The person who applies, where everybody applies for himself."""
        if not self.act.settings["self"]:
            return None
        return rows.person_of(self.uow, self.who.principal)

    def context(self, row: Any) -> forms.Context:
        """Return what the form of one entry may look at."""
        version = None
        if row is not None:  # else: an entry there will be
            version = rows.latest(self.uow, row) or _origin_version(self.uow, row)
        stored = version.data if version is not None else {}
        kept = {file["digest"]: file for file in (version.files if version is not None else ())}
        return replace(self.base, stored=stored, files=lambda digest: self._file(digest, kept))

    def _file(self, digest: str, kept: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return a file of this very entry, of this applicant, or of the actor himself."""
        if digest in kept:
            return {name: kept[digest].get(name) for name in ("size", "mime")}
        theirs = sa.exists().where(
            attachment.c.digest == digest, attachment.c.task_id == self.part.id
        )
        if self.uow.conn.scalar(sa.select(theirs)):
            return answers.stored_file(self.uow, digest)
        return self.base.files(digest) if self.base.files is not None else None


def enter(uow: UnitOfWork, part_id: str) -> Applying:
    """Return the intake as its applicant sees it; raises NotFound and NotAllowed for others."""
    part, who = taking.found(uow, part_id)
    taking.require_mine(uow, who, part)
    row = uow.conn.execute(sa.select(act).where(act.c.id == who.act_id)).one()
    if row.kind != "intake":
        raise NotFound("act_unknown")
    return _applying(uow, part, who, row)


def for_organiser(uow: UnitOfWork, row: Any, who: Any) -> Applying:
    """Return the intake of somebody on the roll, for the organiser who enters it for him."""
    part = uow.conn.execute(sa.select(task).where(task.c.id == who.task_id)).one()
    return _applying(uow, part, who, row)


def of_entry(uow: UnitOfWork, entry_id: str, *, lock: bool = False) -> tuple[Applying, Any]:
    """Return an entry of the actor with its intake; raises NotFound and NotAllowed."""
    row = rows.get(uow, entry_id)
    part_id = uow.conn.scalar(
        sa.select(act_participant.c.task_id).where(act_participant.c.id == row.participant_id)
    )
    if part_id is None:
        raise NotFound("entry_unknown")
    mine = enter(uow, str(part_id))
    return mine, rows.get(uow, entry_id, lock=lock)


def begin(uow: UnitOfWork, part_id: str) -> str:
    """Begin an entry, an empty draft, and return its id.

    Raises Conflict when the intake is over, when there is no place left, in a correcting intake,
    and beyond MAX_DRAFTS.
    """
    mine = locked(enter(uow, part_id))
    if mine.act.settings["correct"]:
        raise Conflict("entry_only_corrections", **mine.at)
    own = rows.of_participant(uow, mine.who.id)
    if sum(each.state == "draft" for each in own) >= MAX_DRAFTS:
        raise Conflict("entry_drafts", **mine.at, most=MAX_DRAFTS)
    _require_place(mine)
    row = fresh(mine)
    uow.conn.execute(act_entry.insert(), row)
    return str(row["id"])


def keep(
    uow: UnitOfWork, entry_id: str, post: Post, uploads: Iterable[Upload] = ()
) -> tuple[Applying, Any, Received]:
    """Store what the page has posted as the draft of an entry, new files included.

    A draft is kept even after the deadline, so that nothing typed is lost. Raises NotFound and
    NotAllowed for other people, Invalid for a post that does not belong to the form.
    """
    mine, row = of_entry(uow, entry_id)
    raw = forms.parse_post(mine.form, post)
    received = receive(uow, mine.form, raw, uploads)
    desk.remember_uploads(uow, received.raw, mine.part.id)
    save(mine, row, received.raw)
    return mine, row, received


def save(mine: Applying, row: Any, raw: Mapping[str, Any]) -> None:
    """Keep answers as the draft of an entry that is still alive, under the name they give it."""
    uow = mine.uow
    alive = (act_entry.c.id == row.id) & (act_entry.c.state != "withdrawn")
    values: dict[str, Any] = {"draft": dict(raw), "draft_at": uow.now}
    if row.state == "draft":
        named = naming.called(mine.form, mine.act.settings, raw)
        values |= {"name": named.name, "category": named.category}
    uow.conn.execute(act_entry.update().where(alive).values(values))


def raw_of(mine: Applying, row: Any) -> dict[str, Any]:
    """Return the answers a form opens with: the draft, or what was handed in last."""
    if row.draft is not None:
        return dict(row.draft)
    return forms.initial(mine.form, mine.context(row))


def submit(
    uow: UnitOfWork, entry_id: str, raw: Mapping[str, Any], handed: Handed | None = None
) -> bool:
    """Check an entry and hand it in; again makes a new version, the same changes nothing.

    Returns False for a submission taken before. Raises Conflict("entry_late") after the deadline,
    Conflict("entry_places") when the unit has no place left, Stale, OnHold, and Invalid with the
    wrong fields; the draft survives all of them.
    """
    handed = handed or Handed()
    if handed.key is not None and not tasks.first_time(uow, handed.key, "entry", entry_id):
        return False
    mine, _row = of_entry(uow, entry_id)
    mine = locked(mine)
    row = rows.get(uow, entry_id, lock=True)
    if row.state == "withdrawn":
        raise Conflict("entry_withdrawn", **mine.at)
    if handed.seen not in (None, row.version) and _last_by(uow, row) != uow.actor.id:
        raise Stale(**mine.at)
    cleaned = forms.validate(mine.form, raw, mine.context(row))
    named = naming.called(mine.form, mine.act.settings, cleaned.data, mine.self_is)
    _require_name(mine, row, named)
    if row.state == "draft":
        _require_place(mine)
    store(uow, row, cleaned, named)
    recount(mine)
    return True


def withdraw(uow: UnitOfWork, entry_id: str, reason: str) -> None:
    """Withdraw a submitted entry; its place is free again. Raises Conflict and Invalid."""
    mine, _row = of_entry(uow, entry_id)
    mine = locked(mine)
    row = rows.get(uow, entry_id, lock=True)
    why = desk.check_reason(reason)
    if row.state != "submitted":
        raise Conflict("entry_not_submitted", **mine.at)
    if not why:
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    values = {"state": "withdrawn", "withdrawn_at": uow.now, "reason": why, "draft": None}
    uow.conn.execute(act_entry.update().where(act_entry.c.id == entry_id).values(values))
    recount(mine)


def discard(uow: UnitOfWork, entry_id: str) -> None:
    """Throw away a draft that was never submitted."""
    mine, _row = of_entry(uow, entry_id)
    row = rows.get(uow, entry_id, lock=True)
    if row.state != "draft" or row.version or row.origin:
        raise Conflict("entry_not_draft", **mine.at)
    uow.conn.execute(act_entry.delete().where(act_entry.c.id == entry_id))


def places_left(uow: UnitOfWork, row: Any, who: Any) -> int:
    """Return how many more entries this applicant may submit."""
    settings = row.settings
    submitted = act_entry.c.state == "submitted"
    count = sa.select(sa.func.count()).select_from(act_entry)
    most = settings["per_unit"] or MAX_PER_UNIT
    left = most - int(uow.conn.scalar(count.where(owned(row, who), submitted)) or 0)
    if settings["self"]:
        his = (act_entry.c.act_id == row.id) & (act_entry.c.participant_id == who.id)
        own = count.where(his, submitted)
        left = min(left, 1 - int(uow.conn.scalar(own) or 0))
    return max(left, 0)


def fresh(mine: Applying) -> dict[str, Any]:
    """Return the row of a new entry of this applicant."""
    uow, who = mine.uow, mine.who
    return {
        "id": new_id(), "act_id": mine.act.id, "participant_id": who.id,
        "root_id": mine.part.root_id, "unit_id": who.unit,
        "unit": mine.base.variables["applicant"]["unit"],
        "state": "draft", "by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now,
    }  # fmt: skip


def submitted(uow: UnitOfWork, named: Called, version: int) -> dict[str, Any]:
    """Return what the row of an entry says once a version of it is submitted."""
    return {
        "state": "submitted", "name": named.name, "category": named.category,
        "person": named.person, "likeness": named.likeness, "draft": None, "draft_at": None,
        "submitted_at": uow.now, "version": version,
    }  # fmt: skip


def version_of(
    uow: UnitOfWork, entry_id: str, cleaned: forms.Cleaned, number: int, source: str = "form"
) -> dict[str, Any]:
    """Return the row of a version."""
    return {
        "id": new_id(), "entry_id": entry_id, "version": number, "data": cleaned.data,
        "files": desk.files_of(cleaned), "digest": forms.content_digest(cleaned.data),
        "source": source, "by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now,
    }  # fmt: skip


def store(uow: UnitOfWork, row: Any, cleaned: forms.Cleaned, named: Called) -> None:
    """Write the next version of an entry unless it says the same as the last one."""
    last, number = rows.latest(uow, row), row.version
    version = version_of(uow, row.id, cleaned, number + 1)
    if last is None or last.digest != version["digest"]:
        number += 1
        uow.conn.execute(act_entry_version.insert(), version)
    values = submitted(uow, named, number)
    values["submitted_at"] = row.submitted_at or uow.now
    uow.conn.execute(act_entry.update().where(act_entry.c.id == row.id).values(values))


def recount(mine: Applying) -> None:
    """Note how many entries are in; the part is done when no place is left, else to do."""
    uow, who = mine.uow, mine.who
    own = rows.of_participant(uow, who.id)
    given = sum(each.state == "submitted" for each in own)
    if mine.act.settings["correct"]:
        done = all(each.state != "draft" for each in own)
    else:
        done = not places_left(uow, mine.act, who)
    values = {"given": given, "state": "done" if done else "due", "version": who.version + 1}
    this = act_participant.update().where(act_participant.c.id == who.id)
    uow.conn.execute(this.values(values))
    part = uow.conn.execute(sa.select(task).where(task.c.id == mine.part.id)).one()
    if done:
        parts.finish(uow, part)
        deadlines.notice_done(uow, mine.act)
    elif part.status == "completed":
        parts.hand_back(uow, part.id)


def _applying(uow: UnitOfWork, part: Any, who: Any, row: Any) -> Applying:
    case = answers.instance_row(uow, part.instance_id)
    assert case is not None
    plan = instances.blueprint(uow, case["definition_id"])
    form = answers.form_of(plan, row.settings["form"])
    if form is None:
        raise NotFound("form_unknown", form=row.settings["form"])
    role = role_of(who.principal)
    base = answers.for_entry(uow, case, role)
    person = rows.person_of(uow, who.principal)
    applicant = {"unit_id": who.unit, "unit": rows.unit_name(uow, who.unit), "name": who.name}
    applicant |= {"person": person["id"]} if person else {}
    base = replace(base, variables={**base.variables, "applicant": applicant})
    return Applying(uow, part, who, row, form, base)


def locked(mine: Applying) -> Applying:
    """Lock what taking a place needs; raises what stands in the way."""
    uow = mine.uow
    query = sa.select(act).where(act.c.id == mine.act.id)
    row = uow.conn.execute(query.with_for_update(read=True)).one()
    life.after(row.state, "contribute", **mine.at)
    part = parts.held(uow, mine.part.id)
    if part.due_at < uow.now:
        raise Conflict("entry_late", **mine.at, when=part.due_at)
    theirs = act_participant.c.id == mine.who.id
    if _as_a_unit(row, mine.who):
        theirs = (act_participant.c.act_id == row.id) & (act_participant.c.unit == mine.who.unit)
    people = sa.select(act_participant).where(theirs).order_by(act_participant.c.no)
    locked = {each.id: each for each in uow.conn.execute(people.with_for_update())}
    return replace(mine, part=part, act=row, who=locked[mine.who.id])


def _require_place(mine: Applying) -> None:
    if mine.act.settings["correct"]:
        return
    if not places_left(mine.uow, mine.act, mine.who):
        most = 1 if mine.act.settings["self"] else mine.act.settings["per_unit"] or MAX_PER_UNIT
        raise Conflict("entry_places", **mine.at, most=most)


def _require_name(mine: Applying, row: Any, named: Called) -> None:
    """An entry needs a name; one unit, or one person, hands the same entry in once."""
    field = naming.field_of(mine.form, mine.act.settings, "name")
    where = "" if field is None else field.key
    if not named.name:
        raise Invalid(fields={where: [forms.Message("required")]})
    same = (
        owned(mine.act, mine.who)
        & (act_entry.c.likeness == named.likeness)
        & (act_entry.c.state == "submitted")
    )
    if mine.uow.conn.scalar(sa.select(act_entry.c.id).where(same, act_entry.c.id != row.id)):
        raise Invalid(fields={where: [forms.Message("entry_twice")]})


def owned(row: Any, who: Any) -> sa.ColumnElement[bool]:
    """Return the condition for the entries of an act that stand beside those of *who*.

    They are the whole unit's, or his alone where people each have a part of their own.
    """
    mine = act_entry.c.unit_id == who.unit
    if not _as_a_unit(row, who):
        mine = act_entry.c.participant_id == who.id
    return sa.and_(act_entry.c.act_id == row.id, mine)


def _as_a_unit(row: Any, who: Any) -> bool:
    """Tell whether entries are the unit's; people who each have a part of their own are not one."""
    return bool(row.settings["per_unit"]) or not who.principal.startswith("user:")


def _last_by(uow: UnitOfWork, row: Any) -> str:
    version = rows.latest(uow, row)
    return "" if version is None else str(version.by)


def _origin_version(uow: UnitOfWork, row: Any) -> Any:
    """Return what a correction starts from: the entry as it was sent back."""
    return None if row.origin is None else rows.latest(uow, rows.get(uow, row.origin))
