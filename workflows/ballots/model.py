"""Tables of a secret ballot that may name people: the event, the roll, who watches over it.

They belong to the program's database. Slips and ballots do not: see ``store.py``. The roll has
no time, no device and no desk, because a moment beside a name is half of a link.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.columns import json, key, moment, number, text
from engine.model import GENESIS, metadata

# One vote: its frozen rules, its fingerprints, and what was published about it.
ballot_event = sa.Table(
    "ballot_event",
    metadata,
    key(),
    text("instance_id", null=True),
    text("title"),
    text("mode"),
    text("state"),
    json("rules"),
    text("rules_digest", default=""),
    text("roll_digest", default=""),
    text("public_key", default=""),
    json("statement", null=True),
    text("statement_digest", default=""),
    json("result", null=True),
    text("result_digest", default=""),
    json("destruction", null=True),
    text("destruction_digest", default=""),
    sa.Column("keep_until", sa.Date, nullable=True),
    number("act_no", 0),
    text("act_head", default=GENESIS),
    sa.Index("ix_ballot_event_instance", "instance_id"),
)


def event_ref() -> sa.Column[str]:
    """Return the first part of a key: the event a row belongs to."""
    return sa.Column("event_id", sa.Text, sa.ForeignKey("ballot_event.id"), primary_key=True)


# 应到会: who may vote. ``claim`` ties a login to the code its page holds; gone at close.
ballot_roll = sa.Table(
    "ballot_roll",
    metadata,
    event_ref(),
    sa.Column("person", sa.Text, primary_key=True),
    text("name"),
    text("voter_class", default=""),
    text("state"),
    text("excuse", default=""),
    text("claim", default=""),
)

# 监票人 and the share of the key each of them holds, locked by a passphrase if kept here;
# ``handing_key`` is the public half of a passphrase chosen before the box is made.
ballot_scrutineer = sa.Table(
    "ballot_scrutineer",
    metadata,
    event_ref(),
    sa.Column("person", sa.Text, primary_key=True),
    text("name"),
    number("share_no", 0),
    text("share_digest", default=""),
    text("locked_share", default=""),
    text("handing_key", default=""),
)

# 计票人 and those at the sign-in desk; ``duty`` is which of the two. Neither holds a share.
ballot_officer = sa.Table(
    "ballot_officer",
    metadata,
    event_ref(),
    sa.Column("duty", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    text("name"),
)

# Paper ballots of one counting desk, as one teller read them. Two tellers must agree.
ballot_paper = sa.Table(
    "ballot_paper",
    metadata,
    event_ref(),
    sa.Column("station", sa.Text, primary_key=True),
    sa.Column("teller", sa.Text, primary_key=True),
    json("figures"),
)

# Who vouched for which published text.
ballot_signature = sa.Table(
    "ballot_signature",
    metadata,
    event_ref(),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    text("digest"),
    moment("at"),
)

# What was done with the event as a whole, chained; never what one voter did.
ballot_act = sa.Table(
    "ballot_act",
    metadata,
    event_ref(),
    sa.Column("no", sa.Integer, primary_key=True, autoincrement=False),
    text("action"),
    text("actor"),
    moment("at"),
    json("detail"),
    text("previous"),
    text("digest"),
)
