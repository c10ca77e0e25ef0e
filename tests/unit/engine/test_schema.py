"""Migrations give exactly the tables the program expects, or leave the database as it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import workflows.model  # noqa: F401  (its tables belong to the schema)
from engine import schema
from engine.errors import Conflict
from engine.model import metadata
from engine.unit_of_work import SYSTEM, Engine

pytestmark = [pytest.mark.both_databases, pytest.mark.own_database]


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """Give an engine on a database without any table."""
    url = f"sqlite:///{tmp_path / 'empty.db'}" if "sqlite" in database_url else database_url
    engine = Engine(url)
    metadata.drop_all(engine.database)
    yield engine
    engine.database.dispose()


def tables(engine: Engine) -> list[str]:
    return sorted(sa.inspect(engine.database).get_table_names())


def test_the_migrations_make_the_tables_of_the_models(empty: Engine) -> None:
    assert schema.upgrade(empty) == (None, schema.newest())
    with empty.read(SYSTEM) as uow:
        context = MigrationContext.configure(uow.conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    schema.require_current(empty)


def test_upgrading_again_changes_nothing(empty: Engine) -> None:
    schema.upgrade(empty)
    before = tables(empty)
    assert schema.upgrade(empty) == (schema.newest(), schema.newest())
    assert tables(empty) == before


def test_an_old_database_is_refused_with_both_revisions(empty: Engine) -> None:
    with pytest.raises(Conflict) as refused:
        schema.require_current(empty)
    assert refused.value.code == "schema_outdated"
    assert refused.value.params == {"found": "-", "wanted": schema.newest()}


def test_an_upgrade_cut_off_in_the_middle_leaves_nothing_behind(empty: Engine) -> None:
    left = [20]

    def cut(*_args: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise RuntimeError("power cut")

    sa.event.listen(empty.database, "before_cursor_execute", cut)
    with pytest.raises(RuntimeError):
        schema.upgrade(empty)
    sa.event.remove(empty.database, "before_cursor_execute", cut)
    assert tables(empty) == []
    assert schema.upgrade(empty)[1] == schema.newest()


def test_the_first_step_can_be_undone(empty: Engine) -> None:
    schema.upgrade(empty)
    schema.downgrade(empty, "base")
    assert tables(empty) == ["alembic_version"]
