"""Raising an objection without an account, and coming back to it with the receipt code.

What is said, by whom, and the files go into ``objection_paper`` and nowhere else: no variable,
notice, log or audit entry repeats a word of it. The code exists in the answer of ``object_`` and
in the hands of the objector; only its SHA-256 is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import orjson
import sqlalchemy as sa

from engine import calendar, documents, instances, notices, parts
from engine.errors import Blocked, Conflict, Invalid, NotFound
from engine.instances import Case
from engine.model import NO_DUE, new_id, task
from engine.parts import Part
from engine.unit_of_work import Actor, UnitOfWork
from workflows.acts.model import act
from workflows.ballots import slips
from workflows.publicity import period, publishing
from workflows.publicity.model import objection, objection_paper, posting, posting_version

PUBLIC: Final = Actor("public", "公众")
"""Everybody without an account; holds no principal."""
MAX_TEXT: Final = 3000
MAX_NAME: Final = 60
MAX_CONTACT: Final = 100
MAX_FILES: Final = 5
MAX_BYTES: Final = 10 * 1024 * 1024
ACCEPTED: Final = ("pdf", "ofd", "docx", "xlsx", "jpg", "png")
EXAMINED_WITHIN: Final = 10
"""Working days (domain specification A step 9 and 9.2, ``complaint.posting_wd``)."""
ADDABLE: Final = ("received", "vague", "examining")
WAITING: Final = ("open", "claimed")


@dataclass(frozen=True)
class File:
    """A file as it arrived."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True)
class Given:
    """What an objector hands in; signed when he gives his name."""

    text: str
    entries: Sequence[str] = ()
    signed: bool = False
    name: str = ""
    contact: str = ""
    files: Sequence[File] = ()
    channel: str = ""


@dataclass(frozen=True)
class Status:
    """What somebody with the code may know of his objection."""

    row: Any
    posting: Any
    papers: Sequence[Any]
    closed: bool
    entries: Mapping[str, str] = field(default_factory=dict)

    @property
    def addable(self) -> bool:
        """Whether more can be handed in."""
        return not self.closed and self.row.state in ADDABLE


def object_(uow: UnitOfWork, key: str, given: Given) -> str:
    """Take an objection to the posting *key* and return its receipt code.

    Whoever acts, the objection is the public's. Raises NotFound, Conflict("posting_closed") once
    somebody has closed the posting, Invalid with what is wrong with *given* or its files.
    """
    found = uow.conn.execute(sa.select(posting).where(posting.c.key == key)).first()
    if found is None or found.kind != "posting":
        raise NotFound("posting_unknown")
    public = uow.acting_as(PUBLIC)
    case, row = _locked(public, found.act_id)
    checked = _checked(given, row.settings)
    late = publishing.period_of(uow, found).is_over(uow.now)
    code = slips.new_code()
    values = {
        "id": new_id(), "act_id": row.id, "no": len(publishing.objections(uow, row.id)) + 1,
        "receipt": receipt_of(code), "state": "received", "signed": checked.signed, "late": late,
        "channel": checked.channel, "entries": list(checked.entries), "concerns": [],
        "received_at": uow.now, "due_at": _due(uow),
        "parts": _tell(case, found, row.id, len(publishing.objections(uow, row.id)) + 1),
    }  # fmt: skip
    uow.conn.execute(objection.insert(), values)
    _write(public, str(values["id"]), 1, checked)
    case.audit("objection_received", task=row.id, no=values["no"], signed=checked.signed)
    instances.save(case)
    return code


def add(uow: UnitOfWork, code: str, given: Given) -> None:
    """Add to an objection; one that was not concrete is looked at again.

    Raises NotFound for an unknown code, Conflict("posting_closed"), Conflict("objection_done").
    """
    row = _by_code(uow, code)
    public = uow.acting_as(PUBLIC)
    case, about = _locked(public, row.act_id)
    row = _by_code(uow, code)
    if row.state not in ADDABLE:
        raise Conflict("objection_done")
    checked = _checked(given, about.settings)
    papers = sa.select(sa.func.count()).where(objection_paper.c.objection_id == row.id)
    _write(public, row.id, (uow.conn.scalar(papers) or 0) + 1, checked)
    values: dict[str, Any] = {"version": row.version + 1}
    if row.state == "vague":
        found = publishing.of(uow, row.act_id)
        values |= {
            "state": "received", "due_at": _due(uow),
            "parts": row.parts + _tell(case, found, row.act_id, row.no),
        }  # fmt: skip
    uow.conn.execute(objection.update().where(objection.c.id == row.id).values(values))
    case.audit("objection_added_to", task=row.act_id, no=row.no)
    instances.save(case)


def status(uow: UnitOfWork, code: str) -> Status:
    """Return what the objector may know; raises NotFound("objection_unknown")."""
    row = _by_code(uow, code)
    found = publishing.of(uow, row.act_id)
    mine = sa.select(objection_paper).where(objection_paper.c.objection_id == row.id)
    papers = uow.conn.execute(mine.order_by(objection_paper.c.no)).all()
    closed = not is_taken(uow, row.act_id)
    return Status(row, found, papers, closed, entry_names(uow, row.act_id))


def entry_names(uow: UnitOfWork, act_id: str) -> dict[str, str]:
    """Return the names of what is posted, by id."""
    chosen: Any = uow.conn.scalar(sa.select(act.c.settings).where(act.c.id == act_id))
    return {each["id"]: each["name"] for each in chosen["entries"]}


def is_taken(uow: UnitOfWork, act_id: str) -> bool:
    """Tell whether an objection to a posting would be taken now."""
    query = sa.select(act.c.state, task.c.status).join(task, task.c.id == act.c.id)
    row = uow.conn.execute(query.where(act.c.id == act_id)).one()
    return row.state == "open" and row.status in WAITING


def receipt_of(code: str) -> str:
    """Return what is kept of a receipt code; raises Invalid("ballot_slip_malformed")."""
    return hashlib.sha256(b"objection " + slips.plain(code).encode()).hexdigest()


def _by_code(uow: UnitOfWork, code: str) -> Any:
    try:
        kept = receipt_of(code)
    except Invalid:
        raise NotFound("objection_unknown") from None
    row = uow.conn.execute(sa.select(objection).where(objection.c.receipt == kept)).first()
    if row is None:
        raise NotFound("objection_unknown")
    return row


def _locked(uow: UnitOfWork, act_id: str) -> tuple[Case, Any]:
    """Return case and act, locked in the order closing locks them; raises posting_closed."""
    instance_id = uow.conn.scalar(sa.select(act.c.instance_id).where(act.c.id == act_id))
    try:
        case = instances.lock(uow, str(instance_id), even_held=True)
    except Conflict as ended:
        raise Conflict("posting_closed") from ended
    row = uow.conn.execute(sa.select(act).where(act.c.id == act_id).with_for_update()).one()
    if not is_taken(uow, act_id):
        raise Conflict("posting_closed")
    return case, row


def _checked(given: Given, chosen: Mapping[str, Any]) -> Given:
    text, faults = given.text.strip(), dict[str, list[str]]()
    name, contact = given.name.strip(), given.contact.strip()
    if not text:
        faults["text"] = ["required"]
    elif len(text) > MAX_TEXT:
        faults["text"] = ["too_long"]
    if given.signed and not name:
        faults["name"] = ["required"]
    if given.signed and not contact:
        faults["contact"] = ["required"]
    if len(name) > MAX_NAME:
        faults["name"] = ["too_long"]
    if len(contact) > MAX_CONTACT:
        faults["contact"] = ["too_long"]
    if set(given.entries) - {each["id"] for each in chosen["entries"]}:
        faults["entries"] = ["act_unknown"]
    if len(given.files) > MAX_FILES:
        faults["files"] = ["objection_files"]
    if faults:
        raise Invalid(fields=faults)
    about = tuple(dict.fromkeys(given.entries))
    signed = given.signed
    return Given(
        text, about, signed, name if signed else "", contact if signed else "", given.files,
        given.channel,
    )  # fmt: skip


def _write(uow: UnitOfWork, objection_id: str, no: int, given: Given) -> None:
    files = []
    for file in given.files:
        try:
            kept = documents.store(
                uow, file.stream, file.name, accept=ACCEPTED, max_bytes=MAX_BYTES
            )
        except Invalid as error:
            raise Invalid(error.code, fields={"files": [error.code]}, **error.params) from error
        files.append({"digest": kept.digest, "name": kept.name, "size": kept.size_bytes,
                      "mime": kept.mime})  # fmt: skip
    said = {"text": given.text, "name": given.name, "contact": given.contact, "files": files}
    made = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
    values = {"id": new_id(), "objection_id": objection_id, "no": no, "digest": made,
              "at": uow.now, **said}  # fmt: skip
    uow.conn.execute(objection_paper.insert(), values)


def _tell(case: Case, found: Any, act_id: str, no: int) -> list[str]:
    """Put the objection into the inbox of the handling body; the organiser learns that it came."""
    uow = case.uow
    whole = uow.conn.execute(sa.select(task).where(task.c.id == act_id)).one()
    notices.tell(case, whole.principal, "N8", "objection_received", task_id=act_id, no=no)
    wanted = [Part(each) for each in found.handlers]
    return parts.open_for(case, whole, wanted, _due(uow))


def _due(uow: UnitOfWork) -> Any:
    try:
        return period.end_of(calendar.load(uow).add(uow.today, EXAMINED_WITHIN))
    except Blocked:  # a year nobody has entered: no date rather than a wrong one
        return NO_DUE


def text_of(uow: UnitOfWork, act_id: str, no: int) -> Any:
    """Return one version of the posted text, or None."""
    mine = (posting_version.c.act_id == act_id) & (posting_version.c.no == no)
    return uow.conn.execute(sa.select(posting_version).where(mine)).first()
