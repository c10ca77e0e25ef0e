"""A hall on SQLite or PostgreSQL: the store has a file or a database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from engine.unit_of_work import Engine
from workflows.ballots.events import Hall
from workflows.ballots.store import Store


@pytest.fixture
def store_url(database_url: str) -> Iterator[str]:
    """Give the URL of an empty database for slips and ballots beside the program's own."""
    if database_url.startswith("sqlite"):
        yield database_url.replace("linxuan.db", "ballots.db")
        return
    url = sa.make_url(database_url)
    name = f"{url.database}_box"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f'create database "{name}"')
    yield url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f'drop database if exists "{name}" with (force)')
    server.dispose()


@pytest.fixture
def hall(engine: Engine, store_url: str) -> Iterator[Hall]:
    store = Store(store_url)
    store.create()
    yield Hall(engine, store)
    store.engine.database.dispose()
