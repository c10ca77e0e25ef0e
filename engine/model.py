"""The engine's tables. Columns only: no queries and no decisions live here.

Everything is SQLAlchemy Core. Keys are client-made UUIDv7 text, so no logic depends on a
serial order and rows of one case lie near each other. Times are stored in UTC without a zone
and come back as aware UTC datetimes (``Instant``); legal dates are dates. ``Json`` is text
with Chinese left readable, the same on SQLite and PostgreSQL: what must be queried has a
column of its own.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.columns import NO_DUE, Instant, Json, json, key, moment, new_id, number, ref, text

__all__ = ["GENESIS", "NO_DUE", "Instant", "Json", "metadata", "new_id"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

GENESIS = "0" * 64
# One deployed version of a process package. Never updated.
definition = sa.Table(
    "definition",
    metadata,
    key(),
    text("key"),
    number("version"),
    text("digest"),
    text("title_zh"),
    text("title_en"),
    text("category", default=""),
    sa.Column("body", sa.LargeBinary, nullable=False),
    json("lint"),
    text("note", default=""),
    text("deployed_by"),
    moment("deployed_at"),
    sa.UniqueConstraint("key", "version"),
    sa.UniqueConstraint("key", "digest"),
)

# One run of a definition, or of a child process of it. ``body`` holds tokens and variables.
instance = sa.Table(
    "instance",
    metadata,
    key(),
    ref("definition_id", "definition"),
    text("process"),
    text("business_key"),
    text("title"),
    text("category", default=""),
    text("root_id"),
    text("parent_id", null=True),
    text("parent_node", null=True),
    text("parent_token", null=True),
    text("child_key", null=True),
    number("child_no", 0),
    text("status"),
    text("outcome", null=True),
    number("step_no", 0),
    text("unit"),
    json("attributes"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    number("version", 0),
    number("audit_seq", 0),
    text("audit_head", default=GENESIS),
    text("started_by"),
    moment("started_at"),
    moment("ended_at", null=True),
    moment("updated_at"),
    sa.UniqueConstraint("business_key"),
    sa.Index("ix_instance_root", "root_id"),
    sa.Index("ix_instance_parent", "parent_id", "parent_node"),
    sa.Index("ix_instance_started_by", "started_by", "id"),
    sa.Index("ix_instance_unit", "unit", "status", "id"),
)

# One piece of work for a person. The id is the token that waits in the diagram, except for a
# part of a task that several people do: it has no token, and ``part_of`` is that task.
task = sa.Table(
    "task",
    metadata,
    key(),
    ref("instance_id", "instance"),
    text("root_id"),
    text("node"),
    text("name"),
    number("step_no", 0),
    number("attempt", 1),
    text("role"),
    text("principal"),
    text("assignee", null=True),
    text("assignee_name", null=True),
    text("status"),
    moment("due_at"),
    moment("created_at"),
    moment("claimed_at", null=True),
    moment("done_at", null=True),
    text("done_by", null=True),
    number("version", 0),
    text("part_of", null=True),
    sa.Index("ix_task_instance", "instance_id", "node"),
    sa.Index("ix_task_root", "root_id", "status"),
    sa.Index("ix_task_done_by", "done_by", "done_at", "id"),
    sa.Index("ix_task_part_of", "part_of"),
)

# Who sees which open task: one row per principal, gone when the task is done.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("due_at", Instant, primary_key=True),
    sa.Column("task_id", sa.Text, sa.ForeignKey("task.id"), primary_key=True),
    sa.Index("ix_inbox_task", "task_id"),
)

# 记实: what a step left behind, attempt by attempt. Append-only.
step_record = sa.Table(
    "step_record",
    metadata,
    key(),
    ref("instance_id", "instance"),
    text("root_id"),
    text("task_id", null=True),
    text("node"),
    text("name"),
    number("step_no", 0),
    number("attempt", 1),
    text("kind"),
    text("actor"),
    text("actor_name"),
    text("role", default=""),
    json("data"),
    json("files"),
    json("findings"),
    text("reason", default=""),
    moment("opened_at"),
    moment("at"),
    text("digest"),
    sa.Index("ix_step_record_instance", "instance_id", "node", "attempt"),
    sa.Index("ix_step_record_root", "root_id", "id"),
)

# One link of the hash chain of an instance. Append-only.
audit_entry = sa.Table(
    "audit_entry",
    metadata,
    key(),
    ref("instance_id", "instance"),
    number("seq"),
    text("at"),
    text("actor"),
    text("action"),
    json("detail"),
    text("previous"),
    text("digest"),
    sa.UniqueConstraint("instance_id", "seq"),
)

# Background work: timers, reminders, children that ended. See engine/jobs.py.
job = sa.Table(
    "job",
    metadata,
    key(),
    text("queue", default="default"),
    text("kind"),
    json("args"),
    moment("next_at"),
    number("attempts", 0),
    number("max_attempts", 8),
    text("worker", null=True),
    sa.Column("dead", sa.Boolean, nullable=False, server_default=sa.false()),
    text("unique_key", null=True),
    text("instance_id", null=True),
    text("root_id", null=True),
    text("token", null=True),
    text("rule", null=True),
    text("error", null=True),
    moment("created_at"),
    sa.UniqueConstraint("unique_key"),
    sa.Index("ix_job_due", "queue", "dead", "next_at", "id"),
    sa.Index("ix_job_instance", "instance_id", "token"),
    sa.Index("ix_job_root", "root_id"),
)

# A case that the supervision group has stopped, and when it was let go.
hold = sa.Table(
    "hold",
    metadata,
    key(),
    ref("instance_id", "instance", index=True),
    text("order_no", default=""),
    text("reason"),
    text("ordered_by"),
    text("ordered_by_name"),
    moment("ordered_at"),
    text("released_by", null=True),
    text("released_by_name", null=True),
    moment("released_at", null=True),
    text("release_reason", null=True),
)

# A command that was carried out, by the key its sender chose.
idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    text("actor"),
    text("command"),
    json("result"),
    moment("at"),
)

# A token that waits for a message.
subscription = sa.Table(
    "subscription",
    metadata,
    key(),
    ref("instance_id", "instance"),
    text("root_id"),
    text("message"),
    text("node"),
    text("token"),
    sa.Index("ix_subscription_instance", "instance_id", "message"),
    sa.UniqueConstraint("token"),
)

# 待阅: something a person should know. Read once, never deleted.
notice = sa.Table(
    "notice",
    metadata,
    key(),
    text("principal"),
    text("kind"),
    text("root_id", null=True),
    text("instance_id", null=True),
    text("task_id", null=True),
    text("code"),
    json("params"),
    moment("at"),
    sa.Index("ix_notice_principal", "principal", "id"),
)

notice_read = sa.Table(
    "notice_read",
    metadata,
    sa.Column("notice_id", sa.Text, sa.ForeignKey("notice.id"), primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    moment("at"),
)

# 关注: a person follows a case.
watch = sa.Table(
    "watch",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("root_id", sa.Text, sa.ForeignKey("instance.id"), primary_key=True),
    moment("since"),
)

# Who ever took part in a case, so that the right to see it is one look-up. ``root_id`` is the
# top of what is seen: the instance itself and its child cases, never its parent or siblings.
participant = sa.Table(
    "participant",
    metadata,
    sa.Column("root_id", sa.Text, sa.ForeignKey("instance.id"), primary_key=True),
    sa.Column("principal", sa.Text, primary_key=True),
    moment("since"),
    sa.Index("ix_participant_principal", "principal", "root_id"),
)

# A half-filled form, one per person and task. Not evidence, so it may be overwritten.
draft = sa.Table(
    "draft",
    metadata,
    sa.Column("task_id", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    json("data"),
    moment("saved_at"),
)

# A stored file by the SHA-256 of its content; the bytes lie in engine/documents.py's store.
document = sa.Table(
    "document",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    text("mime"),
    text("stored_by"),
    moment("stored_at"),
)

# Where a stored file belongs and what it was called there.
attachment = sa.Table(
    "attachment",
    metadata,
    key(),
    sa.Column("digest", sa.Text, sa.ForeignKey("document.digest"), nullable=False),
    text("name"),
    text("instance_id", null=True),
    text("root_id", null=True),
    text("task_id", null=True),
    text("record_id", null=True),
    text("field", default=""),
    text("uploaded_by"),
    moment("uploaded_at"),
    sa.Index("ix_attachment_root", "root_id"),
    sa.Index("ix_attachment_task", "task_id"),
)

# The working-day calendar as data: only days that differ from Monday–Friday have a row.
calendar_year = sa.Table(
    "calendar_year",
    metadata,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    text("source"),
    number("revision", 1),
    text("entered_by"),
    moment("entered_at"),
)

calendar_day = sa.Table(
    "calendar_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    text("kind"),
    text("name", default=""),
    text("source", default=""),
)

# Serial numbers of business keys, one row per prefix and year.
serial = sa.Table(
    "serial",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    number("last", 0),
)
