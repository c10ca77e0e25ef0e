"""Dividing the work of a check: what is still open to whom, and when it may be confirmed.

Whoever hands in holds his own row; those of others are brought up to date as far as nobody else
is writing on them, since two who wait for each other would be worse than a list that is updated
with the next opinion.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

import sqlalchemy as sa

from engine import calendar, parts
from engine.errors import Conflict
from engine.instances import Case
from engine.model import task
from engine.unit_of_work import CHINA, UnitOfWork
from workflows.acts import check_notices
from workflows.acts.check import undecided
from workflows.acts.hooks import Barred, Hooks, Wanted
from workflows.acts.kind import Faults
from workflows.acts.model import act_conflict, act_participant, contribution


def own(uow: UnitOfWork, row: Any, who: Any) -> AbstractSet[str]:
    """Return the entries somebody may check: his own opinions, and what still lacks some."""
    return _open_to(row, _given(uow, row.id), who.id)


def checking(uow: UnitOfWork, taking: Any, wanted: Wanted) -> Faults:
    """The same person gives one opinion on an entry, whichever of his roles he acts in."""
    theirs = sa.select(contribution.c.entry).where(
        contribution.c.act_id == taking.row.id, contribution.c.current,
        contribution.c.by == uow.actor.id, contribution.c.participant_id != taking.who.id,
    )  # fmt: skip
    twice = set(uow.conn.scalars(theirs)) & wanted.keys()
    return Faults({f"{entry}.verdict": ["act_check_twice"] for entry in sorted(twice)})


def taken(uow: UnitOfWork, taking: Any, _wanted: Wanted) -> None:
    """Bring up to date what is left for whoever handed in, and for the others."""
    _balance(uow, taking.row, taking.who.id)


def barred(case: Case, row: Any, _barred: Barred) -> None:
    """An opinion that no longer counts leaves the entry open to others again."""
    _balance(case.uow, row, "")


def closed(uow: UnitOfWork, held: Any, result: Any) -> None:
    """Tell those who failed that they may appeal."""
    if days := held.row.settings["appeal"]:
        until = calendar.load(uow).deadline(uow.today, days, "wd").isoformat()
        check_notices.appeals(held.mine.case, result["value"]["entries"], until)


def confirming(uow: UnitOfWork, held: Any) -> None:
    """Raise while an entry has no outcome, or somebody who failed may still appeal.

    Applicants are told what their entries came to.
    """
    value = held.row.result["value"]
    if left := undecided(value):
        raise Conflict("act_check_open", **held.at, count=len(left), names="、".join(left[:5]))
    days = held.row.settings["appeal"]
    if days and value["failed"]:
        began = held.row.closed_at.astimezone(CHINA).date()
        last = calendar.load(uow).deadline(began, days, "wd")
        if uow.today <= last:
            raise Conflict("act_check_appeal", **held.at, until=last.isoformat())
    check_notices.outcomes(held.mine.case, value["entries"])


def _given(uow: UnitOfWork, act_id: str) -> Mapping[str, set[str]]:
    """Return who has given an opinion that counts, by entry."""
    conflict = sa.exists().where(
        act_conflict.c.participant_id == contribution.c.participant_id,
        act_conflict.c.entry == contribution.c.entry,
    )
    query = sa.select(contribution.c.entry, contribution.c.participant_id).where(
        contribution.c.act_id == act_id, contribution.c.current, ~conflict
    )
    found: dict[str, set[str]] = {}
    for row in uow.conn.execute(query):
        found.setdefault(row.entry, set()).add(row.participant_id)
    return found


def _open_to(row: Any, given: Mapping[str, set[str]], who: str) -> frozenset[str]:
    needed = row.settings["opinions"]
    return frozenset(
        entry["id"]
        for entry in row.settings["entries"]
        if who in given.get(entry["id"], ()) or len(given.get(entry["id"], ())) < needed
    )


def _balance(uow: UnitOfWork, row: Any, actor: str) -> None:
    given = _given(uow, row.id)
    conflicts: dict[str, set[str]] = {}
    people = sa.select(act_participant).where(act_participant.c.act_id == row.id)
    ids = sa.select(act_participant.c.id).where(act_participant.c.act_id == row.id)
    barred_rows = sa.select(act_conflict).where(act_conflict.c.participant_id.in_(ids))
    for each in uow.conn.execute(barred_rows):
        conflicts.setdefault(each.participant_id, set()).add(each.entry)
    for who in uow.conn.execute(people.with_for_update(skip_locked=True)):
        mine = _open_to(row, given, who.id) - conflicts.get(who.id, set())
        done = {entry for entry in mine if who.id in given.get(entry, ())}
        state = "done" if done == mine and (done or who.given) else "due"
        if not mine:
            state = "done" if who.given else "excluded"
        values = {"needed": len(mine), "given": len(done), "state": state}
        if (who.needed, who.given, who.state) == tuple(values.values()):
            continue
        this = act_participant.update().where(act_participant.c.id == who.id)
        uow.conn.execute(this.values(values))
        if who.task_id is not None and (who.state != state or who.id == actor):
            _show_or_hide(uow, who, state, acted=who.id == actor)


def _show_or_hide(uow: UnitOfWork, who: Any, state: str, *, acted: bool) -> None:
    """Take a part out of the inbox or give it back.

    While others hand in, theirs is only hidden: the row of a part is locked before that of its
    participant, so nobody may wait for it with a participant's row in hand.
    """
    if state != "due" and not acted:
        parts.hide(uow, who.task_id)
        return
    part = uow.conn.execute(sa.select(task).where(task.c.id == who.task_id)).one()
    if state != "due":
        parts.finish(uow, part)
    elif who.state != "due":
        parts.hand_back(uow, part.id)


HOOKS: Final = Hooks(
    own=own, checking=checking, taken=taken, barred=barred, closed=closed, confirming=confirming
)
