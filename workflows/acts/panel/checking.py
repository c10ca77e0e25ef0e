"""What is looked at before a sheet of marks is taken, beyond the sheet itself.

Where conflicts are declared, the declaration comes first. A mark far from the median of the
others' needs a reason; the refusal says neither the median nor the side, since the others'
marks are hidden until one's own is in. Domain specification 5.4 rule 4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict
from engine.unit_of_work import UnitOfWork
from workflows.acts.hooks import Wanted
from workflows.acts.kind import Faults
from workflows.acts.model import act_conflict, contribution
from workflows.acts.panel.model import act_declaration
from workflows.acts.scoring_result import total_of
from workflows.counting.exact import exact
from workflows.counting.means import median


def checking(uow: UnitOfWork, taking: Any, wanted: Wanted) -> Faults:
    """Return ``<entry>.reason`` for marks that need one.

    Raises Conflict("act_declare_first").
    """
    settings = taking.row.settings
    if settings.get("declare") and not declared(uow, taking.who.id):
        at = {"instance_id": taking.part.instance_id, "task": taking.part.name}
        raise Conflict("act_declare_first", **at)
    bare = {entry: value for entry, (value, reason) in wanted.items() if not reason}
    return {f"{entry}.reason": ["act_outlier"] for entry in _far(uow, taking.row, taking.who, bare)}


def owing(uow: UnitOfWork, row: Any, who: Any) -> frozenset[str]:
    """Return the entries on which somebody's mark came to lie far from the others' meanwhile."""
    if not row.settings.get("outlier"):
        return frozenset()
    mine = (contribution.c.participant_id == who.id) & contribution.c.current
    bare = sa.select(contribution.c.entry, contribution.c.value).where(
        mine, contribution.c.reason == ""
    )
    given = {one.entry: one.value for one in uow.conn.execute(bare)}
    return frozenset(_far(uow, row, who, given))


def declared(uow: UnitOfWork, participant_id: str) -> bool:
    """Whether somebody has declared his conflicts, or that he has none."""
    query = sa.select(act_declaration.c.at).where(
        act_declaration.c.participant_id == participant_id
    )
    return uow.conn.scalar(query) is not None


def _far(uow: UnitOfWork, row: Any, who: Any, given: Mapping[str, Any]) -> list[str]:
    """Return the entries whose mark lies further from the median than allowed.

    The median is that with one's own mark among the others', as the result will have it.
    """
    settings = row.settings
    if not settings.get("outlier") or not given:
        return []
    limit = exact(settings["outlier"])
    others = _others(uow, row, who, list(given))
    own = {entry: total_of(settings, given[entry]["marks"]) for entry in others}
    return [
        entry
        for entry, marks in others.items()
        if abs(own[entry] - median([*marks, own[entry]]).value) > limit
    ]


def _others(uow: UnitOfWork, row: Any, who: Any, entries: list[str]) -> dict[str, list[Fraction]]:
    here = (contribution.c.act_id == row.id) & contribution.c.entry.in_(entries)
    theirs = here & contribution.c.current & (contribution.c.participant_id != who.id)
    query = sa.select(contribution.c.entry, contribution.c.value).where(
        theirs,
        ~sa.exists().where(
            act_conflict.c.participant_id == contribution.c.participant_id,
            act_conflict.c.entry == contribution.c.entry,
            act_conflict.c.source != "replaced",
        ),
    )
    found: dict[str, list[Fraction]] = defaultdict(list)
    for one in uow.conn.execute(query):
        found[one.entry].append(total_of(row.settings, one.value["marks"]))
    return found
