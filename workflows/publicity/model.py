"""Tables of what the public sees and does: postings, objections, votes, and how often.

No table holds an address. ``public_rate`` has a keyed digest of it for an hour at most; the
votes of the public have a digest whose salt is wiped when the vote is closed.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.columns import json, key, moment, number, ref, text
from engine.model import metadata


def _act() -> sa.Column[str]:
    return sa.Column("act_id", sa.Text, sa.ForeignKey("act.id"), primary_key=True)


# What is posted (公示) or announced. ``last_day`` is counted from ``counted_from`` without the
# pauses, which are rows of their own; ``handlers`` are the principals that handle objections.
posting = sa.Table(
    "posting",
    metadata,
    _act(),
    text("key"),
    text("place"),
    text("kind"),
    text("state"),
    text("title"),
    number("version", 1),
    sa.Column("counted_from", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=True),
    json("handlers"),
    moment("published_at"),
    moment("closed_at", null=True),
    sa.UniqueConstraint("key"),
    sa.Index("ix_posting_state", "state", "published_at"),
)

# The text as it stood. Never changed; a correction is another version with its reason.
posting_version = sa.Table(
    "posting_version",
    metadata,
    _act(),
    sa.Column("no", sa.Integer, primary_key=True),
    json("body"),
    text("digest"),
    text("reason", default=""),
    sa.Column("restarted", sa.Boolean, nullable=False),
    text("by"),
    text("by_name"),
    moment("at"),
)

# While a concrete objection is examined the clock of the posting stands still.
posting_pause = sa.Table(
    "posting_pause",
    metadata,
    key(),
    ref("act_id", "act", index=True),
    text("objection_id"),
    moment("begun_at"),
    moment("ended_at", null=True),
)

# 异议: what the organiser may know of one, and how it was decided. What it says and who raised
# it stands in ``objection_paper``, which only the handling body reads.
objection = sa.Table(
    "objection",
    metadata,
    key(),
    ref("act_id", "act"),
    number("no"),
    text("receipt"),
    text("state"),
    sa.Column("signed", sa.Boolean, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False),
    text("channel", default=""),
    json("entries"),
    json("concerns"),
    json("ruling", null=True),
    text("answer", default=""),
    text("examiner", null=True),
    text("examiner_name", default=""),
    text("second", null=True),
    text("second_name", default=""),
    json("parts"),
    number("version", 0),
    moment("received_at"),
    moment("due_at"),
    moment("concluded_at", null=True),
    sa.UniqueConstraint("act_id", "no"),
    sa.UniqueConstraint("receipt"),
)

# What was handed in with an objection, or added later; append-only.
objection_paper = sa.Table(
    "objection_paper",
    metadata,
    key(),
    ref("objection_id", "objection", index=True),
    number("no"),
    text("text"),
    text("name", default=""),
    text("contact", default=""),
    json("files"),
    text("digest"),
    moment("at"),
)

# What the handling body did and noted; append-only. Who looked stands in the access log.
objection_step = sa.Table(
    "objection_step",
    metadata,
    key(),
    ref("objection_id", "objection", index=True),
    text("kind"),
    text("note", default=""),
    json("data"),
    text("by"),
    text("by_name"),
    moment("at"),
)

# A vote of the public (网络投票). ``salt`` is overwritten when the vote is closed.
public_box = sa.Table(
    "public_box",
    metadata,
    _act(),
    text("key"),
    text("salt"),
    moment("opened_at"),
    moment("ends_at"),
    moment("closed_at", null=True),
    sa.UniqueConstraint("key"),
)

# One vote for one entry. ``device`` and ``address`` are salted digests, ``robot`` is what the
# program behind it seemed to be; its name is not kept.
public_vote = sa.Table(
    "public_vote",
    metadata,
    key(),
    ref("act_id", "act"),
    text("entry"),
    sa.Column("day", sa.Date, nullable=False),
    moment("at"),
    text("device"),
    text("address"),
    sa.Column("robot", sa.Boolean, nullable=False),
    sa.Index("ix_public_vote_device", "act_id", "device", "day"),
)

# How often something was done from one place within a window; gone soon after it.
public_rate = sa.Table(
    "public_rate",
    metadata,
    sa.Column("bucket", sa.Text, primary_key=True),
    number("hits"),
    moment("until"),
    sa.Index("ix_public_rate_until", "until"),
)
