"""What a participant does: hand in, change until the act closes. The case is never locked here.

The row of the act is held shared (where people answer one after the other: alone), so that
closing waits for those who are handing in and refuses those who come later; the participant's
own row is held alone, so that two windows or two people of one group do not write at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import parts, tasks
from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from engine.model import new_id, task
from engine.unit_of_work import UnitOfWork
from workflows import desk, duties, policies
from workflows.acts import deadlines, life, loads, rows
from workflows.acts.kind import MAX_REASON, Kind
from workflows.acts.kinds import HOOKS, KINDS
from workflows.acts.model import act, act_participant, contribution
from workflows.desk import Handed


@dataclass(frozen=True)
class Taking:
    """A participant at work: his part, his row and the act, all locked as the module says."""

    uow: UnitOfWork
    part: Any
    who: Any
    row: Any

    @property
    def kind(self) -> Kind:
        """The kind of the act."""
        return KINDS[self.row.kind]


def contribute(
    uow: UnitOfWork,
    part_id: str,
    given: Mapping[str, Mapping[str, Any]],
    handed: Handed | None = None,
) -> bool:
    """Hand in *given* (entry → fields), all of it or nothing; what is the same changes nothing.

    Returns False when the same submission (``handed.key``) was taken before. Raises Conflict
    when the act is closed, the deadline is past or it is not one's turn, OnHold, Stale when
    somebody else of the same group has answered meanwhile, NotAllowed for an entry one has a
    conflict with or that was not assigned to one, and Invalid with ``<entry>.<field>`` for what
    is not in order.
    """
    handed = handed or Handed()
    if handed.key is not None and not tasks.first_time(uow, handed.key, "contribute", part_id):
        return False
    taking = _take(uow, part_id, handed)
    before = {row.entry: row for row in rows.current_of(uow, taking.who.id)}
    wanted = _checked(taking, given)
    changed = [
        (entry, value, reason)
        for entry, (value, reason) in wanted.items()
        if entry not in before or (before[entry].value, before[entry].reason) != (value, reason)
    ]
    _write(taking, before, changed)
    _count(taking, len(before.keys() | wanted.keys()))
    HOOKS[taking.row.kind].taken(uow, taking, wanted)
    return True


def require_mine(uow: UnitOfWork, who: Any, part: Any) -> None:
    """Raise unless the actor is this participant; people outside the case learn nothing."""
    at = {"instance_id": part.instance_id, "task": part.name}
    if who.principal not in uow.actor.principals | {uow.actor.personal}:
        refused = NotAllowed("not_candidate", **at)
        desk.hide(uow, refused)
        raise refused
    if not policies.allowed(uow.actor, "act.take_part"):
        raise NotAllowed("duties_changed", **at)
    if duties.concerned(uow, part.instance_id):
        raise NotAllowed("own_case", **at)


def found(uow: UnitOfWork, part_id: str) -> tuple[Any, Any]:
    """Return a part and its participant without locking them; raises NotFound."""
    query = sa.select(act_participant).where(act_participant.c.task_id == part_id)
    who = uow.conn.execute(query).first()
    part = uow.conn.execute(sa.select(task).where(task.c.id == part_id)).first()
    if who is None or part is None:
        raise NotFound("act_unknown")
    return part, who


def _take(uow: UnitOfWork, part_id: str, handed: Handed) -> Taking:
    part, who = found(uow, part_id)
    require_mine(uow, who, part)
    at = {"instance_id": part.instance_id, "task": part.name}
    row = _locked_act(uow, who.act_id)
    life.after(row.state, "contribute", **at)
    part = parts.held(uow, part_id)
    if part.due_at < uow.now:
        raise Conflict("act_late", **at, when=part.due_at)
    mine = sa.select(act_participant).where(act_participant.c.id == who.id)
    who = uow.conn.execute(mine.with_for_update()).one()
    if handed.seen not in (None, who.version) and part.done_by != uow.actor.id:
        raise Stale(**at)
    taking = Taking(uow, part, who, row)
    if taking.kind.in_turn(row.settings):
        _require_turn(taking, at)
    return taking


def _locked_act(uow: UnitOfWork, act_id: str) -> Any:
    query = sa.select(act).where(act.c.id == act_id)
    seen = uow.conn.execute(query).one()  # what it is never changes, only its state
    alone = KINDS[seen.kind].in_turn(seen.settings)
    return uow.conn.execute(query.with_for_update(read=not alone)).one()


def _require_turn(taking: Taking, at: Mapping[str, Any]) -> None:
    for row in rows.participants(taking.uow, taking.row.id):
        if row.no < taking.who.no and row.state == "due":
            raise Conflict("act_not_your_turn", **at)
        if row.no > taking.who.no and row.given:
            raise Conflict("act_passed_on", **at)


def _checked(
    taking: Taking, given: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[dict[str, Any], str]]:
    """Return the values and reasons in order; raises NotAllowed and Invalid."""
    row, uow = taking.row, taking.uow
    known = {entry["id"] for entry in row.settings["entries"]}
    barred, own = set(rows.conflicts_of(uow, taking.who.id)), set(loads.own(uow, row, taking.who))
    at = {"instance_id": taking.part.instance_id, "task": taking.part.name}
    faults: dict[str, list[str]] = {}
    wanted: dict[str, tuple[dict[str, Any], str]] = {}
    for entry, raw in given.items():
        if entry not in known:
            raise NotFound("act_unknown")
        if entry in barred:
            raise NotAllowed("act_recused", **at)
        if entry not in own:
            raise NotAllowed("act_not_assigned", **at)
        value, wrong = taking.kind.check(row.settings, raw)
        reason = str(raw.get("reason", "")).strip()
        if len(reason) > MAX_REASON:
            wrong["reason"] = ["reason_too_long"]
        faults |= {f"{entry}.{name}": codes for name, codes in wrong.items()}
        wanted[entry] = (value, reason)
    if not given:
        raise Invalid("act_nothing_given")
    if not faults:
        faults = HOOKS[row.kind].checking(uow, taking, wanted)
    if faults:
        raise Invalid(fields=faults)
    return wanted


def _write(
    taking: Taking, before: Mapping[str, Any], changed: Sequence[tuple[str, dict[str, Any], str]]
) -> None:
    uow, actor = taking.uow, taking.uow.actor
    replaced = [before[entry].id for entry, _value, _reason in changed if entry in before]
    if replaced:
        old = contribution.update().where(contribution.c.id.in_(replaced))
        uow.conn.execute(old.values(current=False))
    lines = [
        {
            "id": new_id(), "act_id": taking.row.id, "participant_id": taking.who.id,
            "entry": entry, "version": before[entry].version + 1 if entry in before else 1,
            "current": True, "value": value, "reason": reason, "by": actor.id,
            "by_name": actor.name, "at": uow.now,
        }
        for entry, value, reason in changed
    ]  # fmt: skip
    if lines:
        uow.conn.execute(contribution.insert(), lines)


def _count(taking: Taking, given: int) -> None:
    """Note how much is in; the part is done when everything is, and the next one's turn comes."""
    uow, who = taking.uow, taking.who
    done = given >= who.needed
    values = {"given": given, "state": "done" if done else "due", "version": who.version + 1}
    this = act_participant.update().where(act_participant.c.id == who.id)
    uow.conn.execute(this.values(values))
    if done:
        parts.finish(uow, taking.part)
        deadlines.notice_done(uow, taking.row)
    in_turn = done and taking.kind.in_turn(taking.row.settings)
    if in_turn and not taking.kind.certain(rows.material(uow, taking.row)):
        loads.pass_on(uow, taking.row.id)
