"""Tables of an intake: the entries and every version of them that was handed in."""

from __future__ import annotations

import sqlalchemy as sa

from engine.columns import json, key, moment, number, ref, text
from engine.model import metadata

# One entry of an applicant. ``origin`` is the entry a correction is of; ``no`` is given when the
# intake closes. ``draft`` is what was typed and not handed in yet; ``likeness`` tells whether
# two entries of a unit are the same one.
act_entry = sa.Table(
    "act_entry",
    metadata,
    key(),
    text("act_id"),
    text("participant_id"),
    text("root_id"),
    text("unit_id", default=""),
    text("unit", default=""),
    text("origin", null=True),
    number("no", 0),
    text("state"),
    number("version", 0),
    text("name", default=""),
    text("category", default=""),
    json("person", null=True),
    text("likeness", default=""),
    json("remarks", null=True),
    json("draft", null=True),
    moment("draft_at", null=True),
    text("by"),
    text("by_name"),
    moment("at"),
    moment("submitted_at", null=True),
    moment("withdrawn_at", null=True),
    text("reason", default=""),
    sa.Index("ix_act_entry_participant", "participant_id"),
    sa.Index("ix_act_entry_unit", "act_id", "unit_id"),
    sa.Index("ix_act_entry_origin", "origin"),
)

# What was handed in, version by version; only added.
act_entry_version = sa.Table(
    "act_entry_version",
    metadata,
    key(),
    ref("entry_id", "act_entry"),
    number("version"),
    json("data"),
    json("files"),
    text("digest"),
    text("source"),
    text("by"),
    text("by_name"),
    moment("at"),
    sa.UniqueConstraint("entry_id", "version"),
)
