"""Rows of entries: what an intake hands on, numbering, and the hooks of the kind.

Applicants are asked again (补正) by opening a row of the correcting intake for every entry the
check sent back; its ``origin`` is the entry itself, under whose id it is handed on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine import notices
from engine.errors import NotFound
from engine.instances import Case
from engine.model import new_id
from engine.unit_of_work import UnitOfWork
from workflows.acts import chain
from workflows.acts.entries.model import act_entry, act_entry_version
from workflows.acts.hooks import Hooks
from workflows.acts.model import act, act_participant
from workflows.model import account, unit

NO_LIMIT = 10**9
TO_FIX = "补正"
"""The outcome under which a check lists an entry to be corrected."""


def get(uow: UnitOfWork, entry_id: str, *, lock: bool = False) -> Any:
    """Return the row of an entry; raises NotFound."""
    query = sa.select(act_entry).where(act_entry.c.id == entry_id)
    row = uow.conn.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound("entry_unknown")
    return row


def of_participant(uow: UnitOfWork, participant_id: str) -> Sequence[Any]:
    """Return the entries of an applicant, in the order in which they were begun."""
    mine = sa.select(act_entry).where(act_entry.c.participant_id == participant_id)
    return uow.conn.execute(mine.order_by(act_entry.c.at, act_entry.c.id)).all()


def of_act(uow: UnitOfWork, act_id: str) -> Sequence[Any]:
    """Return every entry of an intake: numbered ones first, then as they were handed in."""
    query = sa.select(act_entry).where(act_entry.c.act_id == act_id)
    found = uow.conn.execute(query).all()
    return sorted(found, key=_order)


def _order(row: Any) -> tuple[Any, ...]:
    waiting = row.submitted_at is None
    return row.no or NO_LIMIT, waiting, row.submitted_at or row.at, row.id


def versions(uow: UnitOfWork, ids: Iterable[str]) -> Sequence[Any]:
    """Return all versions of some rows, oldest first."""
    theirs = act_entry_version.c.entry_id.in_(list(ids))
    query = sa.select(act_entry_version).where(theirs)
    return uow.conn.execute(query.order_by(act_entry_version.c.id)).all()


def latest(uow: UnitOfWork, row: Any) -> Any:
    """Return the version of a row that counts now, or None."""
    mine = (act_entry_version.c.entry_id == row.id) & (act_entry_version.c.version == row.version)
    return uow.conn.execute(sa.select(act_entry_version).where(mine)).first()


def light(row: Any) -> dict[str, Any]:
    """Return what a later act learns of an entry without opening it."""
    found: dict[str, Any] = {
        "id": row.origin or row.id, "no": row.no, "name": row.name, "unit_id": row.unit_id,
        "unit": row.unit, "category": row.category,
    }  # fmt: skip
    return found | ({"person": row.person} if row.person else {})


def draw(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """Give a correcting intake its roll: the applicants of the entries that were sent back."""
    if values.get("correct"):
        people = {each.principal: each.who for each in _sent_back(case, str(values["correct"]))}
        values["roll"] = [{"principal": key, "name": name} for key, name in people.items()]
    return values


def opening(uow: UnitOfWork, held: Any) -> None:
    """Lay out what is there already: entries to correct, or those of an earlier attempt."""
    settings, case = held.row.settings, held.mine.case
    people = _people(uow, held.row.id)
    if settings["correct"]:
        remarks = to_correct(case, settings["correct"])
        rows = [
            _correction(uow, held.row, each, people[each.principal]) | {"remarks": remarks[each.id]}
            for each in _sent_back(case, settings["correct"])
            if each.principal in people
        ]
        if rows:
            uow.conn.execute(act_entry.insert(), rows)
        for principal in people:
            notices.tell(case, principal, "N4", "entry_to_correct", task=held.mine.row.name)
        return
    _carry_over(uow, held.row, people)


def closing(uow: UnitOfWork, held: Any) -> None:
    """Number the entries in the order in which they were first submitted."""
    rows = [each for each in of_act(uow, held.row.id) if each.state == "submitted"]
    last = max((each.no for each in rows), default=0)
    fresh = [each for each in rows if not each.no]
    numbered = [{"which": each.id, "no": no} for no, each in enumerate(fresh, start=last + 1)]
    if numbered:
        this = act_entry.update().where(act_entry.c.id == sa.bindparam("which"))
        uow.conn.execute(this.values(no=sa.bindparam("no")), numbered)


def gather(uow: UnitOfWork, row: Any) -> dict[str, Any]:
    """Return what is submitted now, with version and digest, and counts of the rest."""
    rows = of_act(uow, row.id)
    current = [each for each in rows if each.state == "submitted"]
    mine = act_entry_version.c.entry_id.in_([each.id for each in current])
    query = sa.select(act_entry_version.c.entry_id, act_entry_version.c.version,
                      act_entry_version.c.digest).where(mine)  # fmt: skip
    digests = {(each.entry_id, each.version): each.digest for each in uow.conn.execute(query)}
    return {
        "entries": [
            light(each) | {"version": each.version, "digest": digests[each.id, each.version]}
            for each in current
        ],
        "withdrawn": sum(each.state == "withdrawn" for each in rows),
        "drafts": sum(each.state == "draft" for each in rows),
    }


def idle(uow: UnitOfWork, row: Any) -> frozenset[str]:
    """Return the applicants who have submitted something and left no draft lying."""
    states: dict[str, set[str]] = {}
    for each in of_act(uow, row.id):
        waits = each.state == "draft" or (each.state == "submitted" and each.draft is not None)
        states.setdefault(each.participant_id, set()).add("draft" if waits else each.state)
    return frozenset(
        key for key, found in states.items() if "submitted" in found and "draft" not in found
    )


HOOKS = Hooks(draw=draw, opening=opening, closing=closing, gather=gather, idle=idle)


def unit_name(uow: UnitOfWork, unit_id: str) -> str:
    """Return the name of a unit, empty when there is none."""
    return str(uow.conn.scalar(sa.select(unit.c.name).where(unit.c.id == unit_id)) or "")


def person_of(uow: UnitOfWork, principal: str) -> dict[str, str] | None:
    """Return ``{id, name}`` of the person behind an account, for somebody who applies himself."""
    mine = sa.select(account.c.person_id, account.c.name).where(
        account.c.id == principal.removeprefix("user:")
    )
    row = uow.conn.execute(mine).first()
    return {"id": row.person_id, "name": row.name} if row is not None and row.person_id else None


def to_correct(case: Case, node: str) -> dict[str, list[str]]:
    """Return the entries the check at *node* has sent back, with what its checkers wrote."""
    rows = chain.result(case, node)["value"]["entries"]
    return {
        each["id"]: [str(remark) for remark in each.get("remarks", ())]
        for each in rows
        if each["outcome"] == TO_FIX
    }


def _sent_back(case: Case, nodes: str) -> list[Any]:
    """Return the entries a check has sent back and nobody has corrected yet, with their owner."""
    remarks = to_correct(case, nodes)
    once = sa.select(act_entry.c.origin).where(
        act_entry.c.origin.in_(list(remarks)), act_entry.c.version > 0
    )
    done = set(case.uow.conn.scalars(once))
    columns = (act_entry, act_participant.c.principal, act_participant.c.name.label("who"))
    wanted = [key for key in remarks if key not in done]
    query = (
        sa.select(*columns)
        .join(act_participant, act_participant.c.id == act_entry.c.participant_id)
        .where(act_entry.c.id.in_(wanted), act_entry.c.state == "submitted")
    )
    return list(case.uow.conn.execute(query.order_by(act_entry.c.no, act_entry.c.id)))


def _correction(uow: UnitOfWork, row: Any, entry: Any, participant_id: str) -> dict[str, Any]:
    same = ("root_id", "unit_id", "unit", "no", "name", "category", "person", "likeness")
    return {name: getattr(entry, name) for name in same} | {
        "id": new_id(), "act_id": row.id, "participant_id": participant_id, "origin": entry.id,
        "state": "draft", "by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now,
    }  # fmt: skip


def _people(uow: UnitOfWork, act_id: str) -> Mapping[str, str]:
    query = sa.select(act_participant.c.principal, act_participant.c.id)
    return {row.principal: row.id for row in
            uow.conn.execute(query.where(act_participant.c.act_id == act_id))}  # fmt: skip


def _carry_over(uow: UnitOfWork, row: Any, people: Mapping[str, str]) -> None:
    """Move the entries of an earlier attempt here: a case sent back must lose nothing.

    Each version stays as it is; the result of the earlier attempt is on its step record.
    """
    before = sa.select(act.c.id).where(
        act.c.instance_id == row.instance_id, act.c.node == row.node, act.c.id != row.id
    )
    query = (
        sa.select(act_entry.c.id, act_entry.c.state, act_participant.c.principal)
        .join(act_participant, act_participant.c.id == act_entry.c.participant_id)
        .where(act_entry.c.act_id.in_(before))
    )
    given: Counter[str] = Counter()
    for each in uow.conn.execute(query).all():
        if each.principal in people:
            values = {"act_id": row.id, "participant_id": people[each.principal]}
            uow.conn.execute(act_entry.update().where(act_entry.c.id == each.id).values(values))
            given[people[each.principal]] += each.state == "submitted"
    for who, count in given.items():
        this = act_participant.update().where(act_participant.c.id == who)
        uow.conn.execute(this.values(given=count))
