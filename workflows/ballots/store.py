"""The store of slips and ballots: its own database, with nothing in it that names anybody.

What keeps a ballot from its voter here is the shape of the tables, not a habit of the code:

1. ``slip`` and ``box`` have no time, person, device, address or running number, and no foreign
   key; both are clustered by a random key, so the order of rows says nothing.
2. A slip is known by a keyed digest only; a ballot is ciphertext of one fixed length.
3. When an event closes, both tables are written anew in the order of their random keys, in one
   transaction, and the database gives the old pages back (``rewrite``). Before that, transaction
   numbers (PostgreSQL ``xmin``), row addresses, free space and the log tell the order of casts.

Keep the store in its own SQLite file, or in a PostgreSQL cluster of its own without archiving
and replicas: a log shipped elsewhere keeps the order for ever.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from engine.errors import Conflict, NotFound
from engine.unit_of_work import Actor, Engine, UnitOfWork
from workflows.ballots.rules import BallotRules
from workflows.ballots.sealing import Lock

NOBODY = Actor("ballot-box", "票箱")
"""Acts in the store: it never learns who does."""
NOT_OPEN, OPEN, CLOSED = "not_open", "open", "closed"
GATE = 7_031_950_316
"""PostgreSQL's advisory lock of the store: shared by those who cast, whole by who closes."""
PATIENCE = 2000
"""Milliseconds to wait for readers when SQLite's file is copied."""

metadata = sa.MetaData()

# One box per event: what casting needs, so that it never asks the program's database.
header = sa.Table(
    "ballot_header",
    metadata,
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("slip_key", sa.LargeBinary, nullable=False),
)

# A right to cast one ballot. Nobody knows whose.
slip = sa.Table(
    "ballot_slip",
    metadata,
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("voter_class", sa.Text, nullable=False),
    sa.Column("used", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)

# A sealed ballot.
box = sa.Table(
    "ballot_box",
    metadata,
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("id", sa.LargeBinary, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("commitment", sa.LargeBinary, nullable=False),
    sa.Column("voter_class", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
CONTENT = ((slip, slip.c.digest), (box, box.c.id))


@dataclass(frozen=True)
class Header:
    """What never changes about a box while it is open."""

    event: str
    mode: str
    rules: BallotRules
    lock: Lock
    slip_key: bytes
    public_key: bytes


class Store:
    """A database of boxes. Make one per program, with a URL of its own."""

    def __init__(self, url: str) -> None:
        self.engine = Engine(url)
        self.engine.database.hide_parameters = True  # an error report must not carry digests
        self._headers: dict[str, Header] = {}
        if self.engine.sqlite:
            _forget_what_is_deleted(self.engine.database)

    def create(self) -> None:
        """Make the tables where they are missing."""
        with self.begin() as uow:
            metadata.create_all(uow.conn)

    def begin(self) -> UnitOfWork:
        """Start a change of the store."""
        return self.engine.begin(NOBODY)

    def read(self) -> UnitOfWork:
        """Start a look into the store."""
        return self.engine.read(NOBODY)

    def header(self, event: str) -> Header:
        """Return the fixed facts of a box; raises NotFound("ballot_event_unknown")."""
        known = self._headers.get(event)
        if known is None:
            with self.read() as uow:
                row = uow.conn.execute(sa.select(header).where(header.c.event == event)).first()
            if row is None:
                raise NotFound("ballot_event_unknown")
            rules = BallotRules.of(orjson.loads(row.rules))
            lock = Lock(row.event, rules, row.public_key)
            known = Header(row.event, row.mode, rules, lock, row.slip_key, row.public_key)
            if row.state == OPEN:  # before that the box may still be made again
                self._headers[event] = known
        return known

    def forget(self, event: str) -> None:
        """Drop what this process remembers of a box."""
        self._headers.pop(event, None)

    def enter(self, uow: UnitOfWork) -> None:
        """Wait until no box is being closed, and keep it so; SQLite has one writer anyway."""
        if not self.engine.sqlite:
            uow.conn.execute(_SHARED)

    def enter_alone(self, uow: UnitOfWork) -> None:
        """Wait until nobody is casting, and keep it so."""
        if not self.engine.sqlite:
            uow.conn.execute(_ALONE)

    def state(self, uow: UnitOfWork, event: str) -> str | None:
        """Return whether a box is not open yet, open or closed; None if there is no such box."""
        found = uow.conn.scalar(sa.select(header.c.state).where(header.c.event == event))
        return None if found is None else str(found)

    def rewrite(self) -> None:
        """Write slips and ballots anew in the order of their random keys and drop the old pages.

        Raises Conflict("ballot_store_busy") when another reader keeps SQLite's log from being
        emptied; nothing is lost, call it again.
        """
        if self.engine.sqlite:
            self._vacuum()
            return
        with self.begin() as uow:
            self.enter_alone(uow)
            for table, order in CONTENT:
                _give_a_new_file(uow.conn, table, order)

    def _vacuum(self) -> None:
        """Copy the whole file, each table in the order of its key, and empty the log."""
        raw = self.engine.database.raw_connection()
        try:
            driver: Any = raw.driver_connection
            driver.execute(f"pragma busy_timeout={PATIENCE}")
            driver.execute("vacuum")
            blocked = driver.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise Conflict("ballot_store_busy") from error
        finally:
            raw.invalidate()  # a connection with our impatience is of no use to others
        if blocked:
            raise Conflict("ballot_store_busy")


_SHARED = sa.text(f"select pg_advisory_xact_lock_shared({GATE})")
_ALONE = sa.text(f"select pg_advisory_xact_lock({GATE})")


def _give_a_new_file(conn: sa.Connection, table: sa.Table, order: sa.Column[Any]) -> None:
    """Write a table of PostgreSQL anew; the copy is a temporary table, which writes no log."""
    conn.execute(sa.text(f"lock table {table.name} in access exclusive mode"))
    copy = f"{table.name}_copy"
    query = sa.select(table).order_by(order)
    conn.execute(sa.text(f"create temporary table {copy} on commit drop as {query}"))
    conn.execute(sa.text(f"truncate table {table.name}"))
    conn.execute(
        sa.text(f"insert into {table.name} select * from {copy} order by {order.name}")  # noqa: S608  (our names)
    )


def _forget_what_is_deleted(database: sa.Engine) -> None:
    """Let SQLite overwrite what it deletes, so that free pages keep nothing."""

    @sa.event.listens_for(database, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.execute("pragma secure_delete=on")
