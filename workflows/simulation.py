"""Plays many cases on a throw-away store, for people who want to see a process at work.

Which scenario each case follows is drawn from a seed, so a run can be repeated. Nothing of it
touches the installation: the store, the people and the clock are its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from engine import calendar_seed, schema
from engine.errors import Invalid
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Engine
from workflows import demo, scenarios, studio
from workflows.ballots import places
from workflows.program import open_engine
from workflows.scenarios import Failed, MovableClock, Run

BEGIN = datetime(2010, 1, 4, tzinfo=UTC)
"""Before the clock of any scenario, so that everybody holds his roles already."""
FIRST_YEAR, LAST_YEAR = 2008, 2026
MOST_STATE = 32 * 1024
"""Bytes the state of one case may take, unpacked, however many take part."""


@dataclass(frozen=True)
class Stage:
    """A store to rehearse on, with its own clock and the package deployed."""

    engine: Engine
    clock: MovableClock
    package: Package


@contextmanager
def stage(package: Package, url: str | None = None) -> Iterator[Stage]:
    """Set up a store with the demonstration city and *package*; gone when the block ends.

    *url* names an empty database instead of a temporary SQLite file.
    """
    with TemporaryDirectory(prefix="linxuan-") as folder:
        clock = MovableClock(BEGIN)
        where = url or f"sqlite:///{folder}/rehearsal.db"
        engine = open_engine(where, clock=clock, files=Path(folder) / "files")
        try:
            schema.upgrade(engine)
            with engine.begin(SYSTEM) as uow:
                demo.seed(uow)
                calendar_seed.seed(uow, FIRST_YEAR, LAST_YEAR)
                studio.deploy(uow, package, "rehearsal")
            yield Stage(engine, clock, package)
        finally:
            places.close(engine)
            engine.database.dispose()


def simulate(on: Stage, cases: int, seed: int) -> Iterator[Run | Failed]:
    """Play *cases* cases, each a scenario drawn from *seed*; yields each as it ends."""
    dice = random.Random(seed)  # noqa: S311  (a repeatable choice, not a secret)
    choices = scenarios.names(on.package)
    for _ in range(cases):
        try:
            yield scenarios.play(on.engine, on.clock, on.package, dice.choice(choices))
        except Failed as failed:
            yield failed


def rehearse(
    on: Stage, name: str, scale: Mapping[str, int], told: Callable[[str], None]
) -> Run | Failed:
    """Play the scenario *name* with the numbers of *scale*; *told* hears of every act.

    Raises Invalid("scenario_unknown") for a scenario the package does not have.
    """
    known = scenarios.names(on.package)
    if name not in known:
        raise Invalid("scenario_unknown", name=name, known=", ".join(known))
    try:
        return scenarios.play(on.engine, on.clock, on.package, name, told=told, scale=scale)
    except Failed as failed:
        return failed


def length(package: Package, name: str) -> int:
    """Return how many acts the scenario *name* has; 0 when there is none."""
    return len(package.scenarios.get(name, {}).get("act", []))
