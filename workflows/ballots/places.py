"""Where the store of slips and ballots is: an address of its own beside the program's database.

It is never part of an ordinary backup: what a backup keeps of it before a box is closed tells
the order of casts (see ``store.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from engine.errors import Invalid
from engine.unit_of_work import Engine
from workflows.ballots.events import Hall
from workflows.ballots.store import Store

KNOWN: Final = "ballot_store"
FILE: Final = "ballots.db"


def settle(engine: Engine, url: str) -> None:
    """Say where the boxes of *engine* are, before anybody asks."""
    engine.caches[KNOWN] = url


def hall_of(engine: Engine) -> Hall:
    """Return the hall of a program: its database and its store, the tables made if missing.

    Unless ``settle`` has said otherwise the store is a SQLite file beside the database, or beside
    the folder of files where the database is a server. Raises Invalid("ballot_store_unset") when
    there is neither.
    """
    known = engine.caches.get(KNOWN)
    if not isinstance(known, Store):
        known = Store(known or beside(engine))
        known.create()
        engine.caches[KNOWN] = known
    return Hall(engine, known)


def beside(engine: Engine) -> str:
    """Return the address of the store where nobody has set one."""
    url = sa.make_url(engine.url)
    file = url.database if url.get_backend_name() == "sqlite" else None
    if file and file != ":memory:":
        return f"sqlite:///{Path(file).with_name(FILE).as_posix()}"
    if engine.files is None:
        raise Invalid("ballot_store_unset")
    return f"sqlite:///{(engine.files.parent / FILE).as_posix()}"


def close(engine: Engine) -> None:
    """Let go of the store's connections, if there are any."""
    known = engine.caches.get(KNOWN)
    if isinstance(known, Store):
        known.engine.database.dispose()
