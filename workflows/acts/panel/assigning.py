"""Drawing the panels: the seed is sealed with the lists when the act is prepared, then used once.

The first preparation seals a new seed together with the members of the panel and the entries,
and notes the commitment in the audit chain. Drawing opens it. Drawn up again with the same
lists, the same seed is used, so nobody can draw until the panels suit him; other lists get
another seed, and every seal stays on the record.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.instances import Case
from engine.model import new_id
from engine.unit_of_work import UnitOfWork
from workflows.acts import roll
from workflows.acts.model import act, act_participant
from workflows.acts.panel import lists
from workflows.acts.panel.lists import Panel
from workflows.acts.panel.model import act_assignment, act_seal
from workflows.counting import lots
from workflows.counting.assignment import Panels, assign


def draw(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """Put the substitutes behind the roll and say which principals they are."""
    if not values.get("substitutes"):
        return values
    named = roll.resolve(case, values["substitutes"])
    both = [*(values.get("roll") or ()), *values["substitutes"]]
    return {**values, "roll": both, "reserves": [who.principal for who in named]}


def prepared(case: Case, act_id: str, _values: Mapping[str, Any]) -> None:
    """Leave substitutes without entries, and seal the seed where panels are to be drawn."""
    row = case.uow.conn.execute(sa.select(act).where(act.c.id == act_id)).one()
    found = lists.panel(case.uow, row)
    idle = [who.id for who in found.people.values() if found.reserve(who)]
    if idle:
        theirs = act_participant.update().where(act_participant.c.id.in_(idle))
        case.uow.conn.execute(theirs.values(needed=0, state="excluded"))
    if row.settings["panel"]:
        _seal(case, found)


def opening(uow: UnitOfWork, held: Any) -> None:
    """Draw the panels if nobody has yet."""
    found = lists.panel(uow, held.row)
    if held.row.settings["panel"] and not found.assigned:
        redraw(held.mine.case, held.row)


def redraw(case: Case, row: Any) -> Panels:
    """Draw every panel from the sealed seed, in place of what was drawn before.

    Raises NotCountable with the entry that cannot get its panel.
    """
    uow = case.uow
    found = lists.panel(uow, row)
    seal = sealed(uow, row.id)
    assert seal is not None, "an act with panels is sealed when it is prepared"
    panels = assign(seal.seed, lists.wanted(uow, found))
    by_label = {lists.label(who): who for who in found.people.values()}
    theirs = sa.select(act_participant.c.id).where(act_participant.c.act_id == row.id)
    uow.conn.execute(act_assignment.delete().where(act_assignment.c.participant_id.in_(theirs)))
    same = {
        "source": "drawn", "reason": "", "instead_of": None, "by": uow.actor.id,
        "by_name": uow.actor.name, "at": uow.now,
    }  # fmt: skip
    uow.conn.execute(act_assignment.insert(), [
        {"participant_id": by_label[who].id, "entry": entry, **same}
        for entry, experts in panels.value.items() for who in experts
    ])  # fmt: skip
    loads = [
        {"who": by_label[who].id, "load": load, "now": "due" if load else "excluded"}
        for who, load in panels.loads.items()
    ]
    write = act_participant.update().where(act_participant.c.id == sa.bindparam("who"))
    write = write.values(needed=sa.bindparam("load"), state=sa.bindparam("now"))
    uow.conn.execute(write, loads)
    case.audit("act_panels_drawn", task=row.id, seal=seal.no, commitment=seal.commitment,
               pairs=sum(panels.loads.values()))  # fmt: skip
    return panels


def sealed(uow: UnitOfWork, task_id: str) -> Any:
    """Return the seal in force, the latest one, or None."""
    query = sa.select(act_seal).where(act_seal.c.task_id == task_id)
    return uow.conn.execute(query.order_by(act_seal.c.no.desc()).limit(1)).first()


def items(found: Panel) -> list[str]:
    """Return what a seal is bound to: the members of the panel and the entries, as lines."""
    members = [f"expert {lists.label(w)}" for w in found.people.values() if not found.reserve(w)]
    return members + [f"entry {entry['id']}" for entry in found.settings["entries"]]


def _seal(case: Case, found: Panel) -> None:
    uow, task_id = case.uow, found.row.id
    before = sealed(uow, task_id)
    listed = items(found)
    if before is not None and lots.seal(before.seed, listed).list_digest == before.list_digest:
        return
    seed = secrets.token_hex(32)
    made = lots.seal(seed, listed)
    no = 1 if before is None else before.no + 1
    uow.conn.execute(act_seal.insert(), {
        "id": new_id(), "task_id": task_id, "no": no, "seed": seed,
        "commitment": made.commitment, "list_digest": made.list_digest,
        "by": uow.actor.id, "by_name": uow.actor.name, "at": uow.now,
    })  # fmt: skip
    case.audit("act_seed_sealed", task=task_id, seal=no, commitment=made.commitment,
               list=made.list_digest)  # fmt: skip
