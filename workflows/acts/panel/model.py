"""Tables of a panel: the sealed seed, who has which entry, who has declared his conflicts.

A roll that is drawn up anew takes what hangs on it along; seals belong to the task and stay.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.columns import key, moment, number, ref, text
from engine.model import metadata


def _participant() -> sa.Column[str]:
    target = sa.ForeignKey("act_participant.id", ondelete="CASCADE")
    return sa.Column("participant_id", sa.Text, target, primary_key=True)


# The seed of an assignment, sealed together with the lists of experts and entries before it is
# used. Only added: other lists get another seed.
act_seal = sa.Table(
    "act_seal",
    metadata,
    key(),
    ref("task_id", "task"),
    number("no"),
    text("seed"),
    text("commitment"),
    text("list_digest"),
    text("by"),
    text("by_name"),
    moment("at"),
    sa.UniqueConstraint("task_id", "no"),
)

# This participant judges this entry: drawn, or in the place of ``instead_of``.
act_assignment = sa.Table(
    "act_assignment",
    metadata,
    _participant(),
    sa.Column("entry", sa.Text, primary_key=True),
    text("source"),
    text("instead_of", null=True),
    text("reason", default=""),
    text("by"),
    text("by_name"),
    moment("at"),
)

# 回避声明: this participant has said that he has no conflict but those he named.
act_declaration = sa.Table(
    "act_declaration",
    metadata,
    _participant(),
    number("named"),
    text("by"),
    text("by_name"),
    moment("at"),
)
