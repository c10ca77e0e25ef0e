"""Tables of the domain: units, accounts and what is known about people and posts.

Columns only, on the metadata of the engine, so that one migration history serves both layers.
An account is a way to sign in; a person is somebody the institution knows, candidate or not.
``account.person_id`` joins the two, so that separation of duties can compare them.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.columns import json, key, moment, number, ref, text
from engine.model import metadata
from workflows.acts import model as _acts  # noqa: F401  (registers its tables too)
from workflows.acts.entries import model as _entries  # noqa: F401  (registers its tables too)
from workflows.acts.panel import model as _panel  # noqa: F401  (registers its tables too)
from workflows.ballots import model as _ballots  # noqa: F401  (registers its tables too)
from workflows.publicity import model as _publicity  # noqa: F401  (registers its tables too)

# 单位: a tree. Roles are held for a unit and, by look-up, for everything below it.
unit = sa.Table(
    "unit",
    metadata,
    key(),
    text("code"),
    text("name"),
    text("name_en", default=""),
    text("kind", default=""),
    ref("parent_id", "unit", null=True, index=True),
    number("position", 0),
    sa.UniqueConstraint("code"),
)

# 人员: cadres, party members, experts. ``attributes`` holds what a process asks beyond this.
person = sa.Table(
    "person",
    metadata,
    key(),
    text("name"),
    text("sex", default=""),
    text("birth", default=""),
    text("idcard", null=True),
    ref("unit_id", "unit", index=True),
    text("post_name", default=""),
    text("rank", default=""),
    json("attributes"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Index("ix_person_name", "name", "id"),
    sa.UniqueConstraint("idcard"),
)

# 职位: a post a unit has, with how many seats and how many of them are filled.
post = sa.Table(
    "post",
    metadata,
    key(),
    ref("unit_id", "unit", index=True),
    text("name"),
    text("rank", default=""),
    text("kind", default=""),
    number("seats", 1),
    number("filled", 0),
    sa.UniqueConstraint("unit_id", "name"),
)

# 账号. ``password`` is an argon2 string, never shown and never copied anywhere; with
# ``password_once`` an administrator knows it, so it must be replaced before anything else.
account = sa.Table(
    "account",
    metadata,
    key(),
    text("login"),
    text("name"),
    ref("unit_id", "unit", index=True),
    ref("person_id", "person", null=True),
    text("password"),
    text("status", default="active"),
    moment("created_at"),
    moment("password_at"),
    sa.Column("password_once", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("login"),
)

# A role held for a unit between two dates, both included; ``valid_to`` empty means open end.
role_assignment = sa.Table(
    "role_assignment",
    metadata,
    key(),
    ref("account_id", "account", index=True),
    text("role"),
    ref("unit_id", "unit"),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date, nullable=True),
    text("granted_by"),
    moment("granted_at"),
    sa.Index("ix_role_assignment_unit", "unit_id", "role"),
)

# A signed-in browser. The key is the SHA-256 of the cookie, so a stolen table opens no door.
session = sa.Table(
    "session",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    text("id"),
    ref("account_id", "account", index=True),
    moment("created_at"),
    moment("seen_at"),
    moment("ended_at", null=True),
    text("address", default=""),
    text("agent", default=""),
    sa.UniqueConstraint("id"),
)

# Every attempt to sign in. Only a digest of the name is kept: people type passwords there.
login_attempt = sa.Table(
    "login_attempt",
    metadata,
    key(),
    text("login_digest"),
    ref("account_id", "account", null=True),
    text("address"),
    moment("at"),
    text("outcome"),
    sa.Index("ix_login_attempt_login", "login_digest", "at"),
    sa.Index("ix_login_attempt_address", "address", "at"),
)

# Who managed accounts, roles, settings, or looked at a case in a supervising capacity.
access_log = sa.Table(
    "access_log",
    metadata,
    key(),
    text("actor"),
    text("actor_name"),
    text("action"),
    text("subject"),
    json("detail"),
    moment("at"),
    sa.Index("ix_access_log_subject", "subject", "id"),
    sa.Index("ix_access_log_actor", "actor", "id"),
)

# Settings of this installation; the name says the scope, e.g. ``cadre_ten_step.return.max``.
setting = sa.Table(
    "setting",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    json("value"),
    text("changed_by"),
    moment("changed_at"),
)
