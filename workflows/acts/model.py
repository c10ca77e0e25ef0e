"""Tables of an act: who takes part, who must not, what they handed in, what was settled."""

from __future__ import annotations

import sqlalchemy as sa

from engine.columns import json, key, moment, number, ref, text
from engine.model import metadata

# One act. The id is that of the organiser's task, so another attempt is another act.
act = sa.Table(
    "act",
    metadata,
    sa.Column("id", sa.Text, sa.ForeignKey("task.id"), primary_key=True),
    ref("instance_id", "instance"),
    text("node"),
    text("kind"),
    text("state"),
    json("settings"),
    moment("due_at"),
    json("result", null=True),
    text("reason", default=""),
    moment("prepared_at"),
    moment("opened_at", null=True),
    moment("closed_at", null=True),
    sa.Index("ix_act_instance", "instance_id"),
)

# Somebody on the roll. ``needed`` entries are his, ``given`` of them are in; ``version`` rises
# with everything he hands in. ``category`` is his class of participant.
act_participant = sa.Table(
    "act_participant",
    metadata,
    key(),
    ref("act_id", "act"),
    number("no"),
    text("principal"),
    text("name"),
    text("unit", default=""),
    text("category", default=""),
    text("task_id", null=True),
    text("state"),
    number("needed"),
    number("given", 0),
    number("version", 0),
    number("weight", 1),
    sa.UniqueConstraint("act_id", "principal"),
    sa.UniqueConstraint("act_id", "no"),
    sa.Index("ix_act_participant_task", "task_id"),
    sa.Index("ix_act_participant_state", "act_id", "state", "no"),
)

# 回避: this participant has no part in this entry, found by the program or pinned by hand.
act_conflict = sa.Table(
    "act_conflict",
    metadata,
    sa.Column("participant_id", sa.Text, sa.ForeignKey("act_participant.id"), primary_key=True),
    sa.Column("entry", sa.Text, primary_key=True),
    text("source"),
    text("reason", default=""),
    text("by"),
    text("by_name"),
    moment("at"),
)

# What a participant handed in on an entry, version by version. The values are never changed; a
# new version only takes the mark ``current`` from the one before.
contribution = sa.Table(
    "contribution",
    metadata,
    key(),
    ref("act_id", "act"),
    ref("participant_id", "act_participant"),
    text("entry"),
    number("version"),
    sa.Column("current", sa.Boolean, nullable=False),
    json("value"),
    text("reason", default=""),
    text("by"),
    text("by_name"),
    moment("at"),
    sa.UniqueConstraint("participant_id", "entry", "version"),
    sa.Index("ix_contribution_act", "act_id", "entry"),
)

# What the organiser settled on an entry after closing, by name and with a reason; only added.
act_ruling = sa.Table(
    "act_ruling",
    metadata,
    key(),
    ref("act_id", "act"),
    number("no"),
    text("entry"),
    json("value"),
    text("reason"),
    text("by"),
    text("by_name"),
    moment("at"),
    sa.UniqueConstraint("act_id", "no"),
)

# What the organiser notes while an act is open: who came, what was counted in the room. The
# latest word on each subject counts; only added.
act_note = sa.Table(
    "act_note",
    metadata,
    key(),
    ref("act_id", "act"),
    number("no"),
    text("subject"),
    json("value"),
    text("by"),
    text("by_name"),
    moment("at"),
    sa.UniqueConstraint("act_id", "no"),
)
