"""The schema of the database: brought up to date by migrations, checked at the start.

A program that meets a database older or newer than itself says so and stops; it never works
on tables it does not know.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.errors import Conflict
from engine.unit_of_work import SYSTEM, Engine

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> tuple[str | None, str | None]:
    """Bring the database to *revision* in one transaction; returns revisions before and after."""
    with engine.begin(SYSTEM) as uow:
        before = _current(uow.conn)
        command.upgrade(config(uow.conn), revision)
        return before, _current(uow.conn)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to *revision* in one transaction."""
    with engine.begin(SYSTEM) as uow:
        command.downgrade(config(uow.conn), revision)


def require_current(engine: Engine) -> None:
    """Raise Conflict("schema_outdated") unless the database has exactly our schema."""
    with engine.read(SYSTEM) as uow:
        found = _current(uow.conn)
    wanted = newest()
    if found != wanted:
        raise Conflict("schema_outdated", found=found or "-", wanted=wanted)


def newest() -> str:
    """Return the revision this program was written for."""
    found = ScriptDirectory(str(SCRIPTS)).get_current_head()
    assert found is not None
    return found


def config(conn: sa.Connection) -> Config:
    """Return an Alembic configuration bound to an open connection."""
    made = Config()
    made.set_main_option("script_location", str(SCRIPTS))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = conn
    return made


def _current(conn: sa.Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()
