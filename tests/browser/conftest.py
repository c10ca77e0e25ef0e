"""A site with the demonstration city and the ten-step package, and people who click on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import calendar_seed
from engine.unit_of_work import SYSTEM
from tests.browser.person import Person
from tests.browser.site import PACKAGE, Server, Site, open_site
from tests.conftest import Clock
from workflows import demo, studio
from workflows.program import open_engine

LONG_AGO = datetime(2010, 1, 4, tzinfo=UTC)
"""Everybody holds his roles from here on, before the clock of any scenario."""
FIRST_YEAR, LAST_YEAR = 2022, 2026
Visit = Callable[..., Person]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give the server every test of this folder shares."""
    made = Server()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def city(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database file with the demonstration city, the calendar and the package."""
    file = tmp_path_factory.mktemp("city") / "city.db"
    shutil.copyfile(sqlite_template, file)
    engine = open_engine(f"sqlite:///{file}", clock=Clock(LONG_AGO))
    with engine.begin(SYSTEM) as uow:
        demo.seed(uow)
        calendar_seed.seed(uow, FIRST_YEAR, LAST_YEAR)
        studio.deploy(uow, PACKAGE, "browser")
    engine.database.dispose()
    return file


@pytest.fixture
def site(
    request: pytest.FixtureRequest, server: Server, city: Path, tmp_path: Path
) -> Iterator[Site]:
    """Give a site of its own to a test; a parameter names the scenario to follow."""
    file = tmp_path / "site.db"
    shutil.copyfile(city, file)
    made = open_site(server, file, getattr(request, "param", "adopted"))
    yield made
    made.engine.database.dispose()


@pytest.fixture
def visit(site: Site, browser: Any) -> Iterator[Visit]:
    """Give a function that lets somebody come in: ``visit("liuyang", viewport=…)``."""
    people: list[Person] = []

    def come(login: str, **options: Any) -> Person:
        people.append(Person(site, browser, login, **options))
        return people[-1]

    yield come
    for each in people:
        each.leave()
