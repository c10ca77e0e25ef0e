"""One command, one transaction: the only commit and the only clock of the program.

Every command runs inside a ``UnitOfWork``, which holds what it needs from outside: a
connection, who acts, and one reading of the clock. Leaving the ``with`` block normally commits
and then runs the calls registered with ``after_commit``; leaving it through an exception rolls
everything back, runs none of them, drops cached live instances the command touched, and, when
the refusal concerns an instance, writes the refused attempt into its audit chain in a
transaction of its own.

SQLite has no row locks. A command therefore takes the write lock at the door (``BEGIN
IMMEDIATE``), and commands of one process queue on a mutex, because SQLite's own busy handler
sleeps and is unfair.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from engine import audit
from engine.errors import (
    Blocked,
    Conflict,
    EngineError,
    NotAllowed,
    NotFound,
    Stale,
    Tampered,
)

log = logging.getLogger(__name__)
CHINA = ZoneInfo("Asia/Shanghai")
LIVE_LIMIT = 1000
"""Awake instances kept per process; about 30 KiB each."""
EVIDENCE = (NotAllowed, Blocked, Conflict, Tampered)
"""Refusals that are evidence; typing errors (``Invalid``) are not."""
LOST_RACES = frozenset({"55P03", "40P01", "40001"})
"""PostgreSQL: a lock not had in time, a deadlock, a serialisation failure."""
BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""A page reads a row and its chain in two statements; both must see the same moment."""


@dataclass(frozen=True)
class Actor:
    """Who acts: an account or a service, with the principals it may act as."""

    id: str
    name: str
    principals: frozenset[str] = frozenset()

    @property
    def personal(self) -> str:
        """The principal that is this person alone."""
        return f"user:{self.id}"


SYSTEM = Actor("system", "系统")
"""Timers, reminders and other automatic work act under this name."""


@dataclass(frozen=True)
class ServiceCall:
    """What a delegate may look at. See ``engine/instances.py``."""

    instance: Any
    node: str
    variables: Mapping[str, Any]
    inputs: Mapping[str, Any]
    record: Callable[[str], dict[str, Any] | None]


@dataclass(frozen=True)
class Delegate:
    """A Python function a service task may call, with its description for designers."""

    run: Callable[[UnitOfWork, ServiceCall], Mapping[str, Any]]
    zh: str
    en: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


def wall_clock() -> datetime:
    """Return this moment; tests and rehearsals bring a clock of their own."""
    return datetime.now(UTC)


def _same(_uow: UnitOfWork, role: str, unit: str) -> str:
    return f"{role}@{unit}"


@dataclass(frozen=True)
class Hooks:
    """How the layer above plugs in."""

    delegates: Mapping[str, Delegate] = field(default_factory=dict)
    principal: Callable[[UnitOfWork, str, str], str] = _same
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    jobs: Mapping[str, Callable[[UnitOfWork, Any], None]] = field(default_factory=dict)
    """Kinds of background work of the layer above, each with what does it (engine/worker.py)."""


class LiveCache:
    """Objects that were awake when a command committed, by key and version.

    ``take`` removes what it gives: a command that fails leaves its object half-changed, and
    what is not put back cannot be used again.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, version: int) -> Any:
        """Return the object of exactly this version and forget it, or None."""
        with self._lock:
            known, value = self._entries.pop(key, (None, None))
        return value if known == version else None

    def put(self, entries: Mapping[str, tuple[int, Any]]) -> None:
        """Keep objects that a committed command has left behind."""
        with self._lock:
            self._entries.update(entries)
            while len(self._entries) > self._limit:
                self._entries.popitem(last=False)


@dataclass
class UnitOfWork:
    """The transaction of one command. See the module docstring."""

    engine: Engine
    actor: Actor
    now: datetime
    conn: sa.Connection
    writing: bool
    touched: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """Live instances changed by this command; cached only once it has committed."""
    _after: list[Callable[[], None]] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The calendar date in China, by which legal periods run."""
        return self.now.astimezone(CHINA).date()

    @property
    def hooks(self) -> Hooks:
        """The plug-ins of the layer above."""
        return self.engine.hooks

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run *call* once the data is safe; never for a rolled-back command."""
        self._after.append(call)

    def acting_as(self, actor: Actor) -> UnitOfWork:
        """Return the same transaction with another actor, for automatic follow-up work."""
        return UnitOfWork(
            self.engine, actor, self.now, self.conn, self.writing, self.touched, self._after
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        committed = False
        try:
            if error is None and self.writing:
                self.conn.commit()
                committed = True
        except sa.exc.OperationalError as late:
            if _lost_race(late):
                raise Stale from late
            raise
        finally:
            self.conn.close()  # rolls back whatever was not committed
            self.engine.settle(self, committed=committed)
        if _lost_race(error):
            raise Stale from error
        if error is None:
            for call in self._after:
                call()
        elif self.writing and isinstance(error, EngineError):
            self.engine.record_refusal(self.actor, error)


class Engine:
    """A database with processes in it. Make one per program, in its entry point."""

    def __init__(
        self,
        url: str = "sqlite://",
        *,
        hooks: Hooks | None = None,
        clock: Callable[[], datetime] = wall_clock,
        files: Path | None = None,
    ) -> None:
        self.url = url
        self.hooks = hooks or Hooks()
        self.clock = clock
        self.files = files
        self.database = _database(url)
        self.sqlite = self.database.dialect.name == "sqlite"
        self.caches: dict[str, Any] = {}
        self.live = LiveCache(LIVE_LIMIT)
        self._alone = isinstance(self.database.pool, StaticPool)
        self._writers = threading.Lock()
        self._here = threading.local()

    def begin(self, actor: Actor) -> UnitOfWork:
        """Start a command on behalf of *actor*.

        Raises Stale when the database stays locked, RuntimeError inside another command of the
        same thread, which would wait for itself.
        """
        self._enter(queue=self.sqlite)
        try:
            return self._open(actor, writing=True)
        except BaseException:
            self._leave(queue=self.sqlite)
            raise

    def read(self, actor: Actor) -> UnitOfWork:
        """Start a query on behalf of *actor*; it sees one moment and waits for no command.

        A database in memory has a single connection, so there a query is queued like a command.
        """
        if self._alone:
            self._enter(queue=True)
        try:
            return self._open(actor, writing=False)
        except BaseException:
            if self._alone:
                self._leave(queue=True)
            raise

    def settle(self, uow: UnitOfWork, *, committed: bool) -> None:
        """Publish or drop the live instances of a finished unit of work."""
        if committed:
            self.live.put(uow.touched)
        if uow.writing or self._alone:
            self._leave(queue=self.sqlite)

    def record_refusal(self, actor: Actor, error: EngineError) -> None:
        """Write what a person was refused into the chain of the instance it was aimed at.

        ``NotFound`` counts when it hides an instance from somebody who tried to act on it. That
        the attempt cannot be recorded is logged and never hides the refusal itself.
        """
        evidence = isinstance(error, (*EVIDENCE, NotFound)) and error.instance_id is not None
        if not evidence or actor == SYSTEM:
            return
        try:
            with self.begin(actor) as uow:
                audit.append_refusal(uow, error)
        except Exception:
            log.exception("refused attempt of %s was not recorded: %s", actor.id, error.code)

    def _open(self, actor: Actor, *, writing: bool) -> UnitOfWork:
        conn = self.database.connect()
        try:
            if writing:
                conn.begin()
            else:
                conn.execution_options(**({"reading": True} if self.sqlite else SNAPSHOT))
            return UnitOfWork(self, actor, self.clock(), conn, writing=writing)
        except sa.exc.OperationalError as busy:
            conn.close()
            if _lost_race(busy):
                raise Stale from busy
            raise
        except BaseException:
            conn.close()
            raise

    def _enter(self, *, queue: bool) -> None:
        if getattr(self._here, "inside", False):
            raise RuntimeError("a unit of work inside another one would wait for itself")
        if queue:
            self._writers.acquire()
        self._here.inside = True

    def _leave(self, *, queue: bool) -> None:
        self._here.inside = False
        if queue:
            self._writers.release()


def _lost_race(error: BaseException | None) -> bool:
    """Tell whether the database refused because somebody else was there, not for a fault."""
    if not isinstance(error, sa.exc.OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    code = getattr(error.orig, "sqlite_errorcode", None) or 0
    return state in LOST_RACES or code & 0xFF in BUSY


def _database(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        options = {"options": "-c lock_timeout=5000"}
        return sa.create_engine(
            url, pool_pre_ping=True, pool_size=8, max_overflow=24, connect_args=options
        )
    memory = url in ("sqlite://", "sqlite:///:memory:")
    pool: dict[str, Any] = {"poolclass": StaticPool} if memory else {"pool_size": 32}
    connect_args = {"timeout": 30, "check_same_thread": False}
    database = sa.create_engine(url, connect_args=connect_args, **pool)
    _set_up_sqlite(database)
    return database


def _set_up_sqlite(database: sa.Engine) -> None:
    """Take the write lock at the door; keep acknowledged commits through a power cut."""

    @sa.event.listens_for(database, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on"):
            connection.execute(f"pragma {pragma}")

    @sa.event.listens_for(database, "begin")
    def begin(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
