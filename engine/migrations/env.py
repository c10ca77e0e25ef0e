"""Alembic's entry: runs the scripts of ``versions`` on the connection ``engine.schema`` gives it.

The scripts import no model, so an old one keeps meaning what it meant. On SQLite a changed
table is copied (``render_as_batch``); with our own BEGIN both databases undo a failed upgrade
completely.
"""

from alembic import context

from engine.model import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata", metadata),
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
