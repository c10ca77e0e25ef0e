"""Puts the engine together with what selection adds to it; every entry point starts here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from engine.unit_of_work import Engine, Hooks, wall_clock
from workflows import delegates, identity
from workflows import model as _tables  # noqa: F401  (registers our tables in the metadata)
from workflows.acts import deadlines
from workflows.ballots import places
from workflows.rules.functions import FUNCTIONS

HOOKS = Hooks(
    delegates=delegates.ALL,
    principal=identity.principal,
    functions=FUNCTIONS,
    jobs=deadlines.HANDLERS,
)


def open_engine(
    url: str,
    *,
    files: Path | None = None,
    clock: Callable[[], datetime] = wall_clock,
    ballots: str | None = None,
) -> Engine:
    """Open the database at *url* with delegates, functions and role look-up in place.

    *files* is the folder of the file store; *clock* is replaced in tests and rehearsals;
    *ballots* is the address of the store of slips and ballots (``ballots.places`` says where it
    is otherwise).
    """
    engine = Engine(url, hooks=HOOKS, clock=clock, files=files)
    if ballots is not None:
        places.settle(engine, ballots)
    return engine
