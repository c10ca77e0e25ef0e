"""The column types all tables share, and short words to declare columns with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
import uuid_utils

NO_DUE = datetime(9999, 12, 31, tzinfo=UTC)
"""Sorts tasks without a due date last and keeps the inbox index free of NULLs."""


def new_id() -> str:
    """Return a new time-ordered key (RFC 9562 UUIDv7)."""
    return str(uuid_utils.uuid7())


class Instant(sa.types.TypeDecorator[datetime]):
    """A moment: aware in Python, UTC without zone in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a moment without a zone: it could mean any hour."""
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment needs a zone"
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Json(sa.types.TypeDecorator[Any]):
    """A JSON value kept as text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Write the value as compact JSON."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """Read it back."""
        return None if value is None else orjson.loads(value)


def key() -> sa.Column[str]:
    """Return the primary key column every table starts with."""
    return sa.Column("id", sa.Text, primary_key=True)


def ref(name: str, target: str, *, null: bool = False, index: bool = False) -> sa.Column[str]:
    """Return a column *name* that points to the id of table *target*."""
    foreign = sa.ForeignKey(f"{target}.id")
    return sa.Column(name, sa.Text, foreign, nullable=null, index=index)


def text(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[str]:
    """Return a text column; *default* also serves rows written by plain SQL."""
    return sa.Column(name, sa.Text, nullable=null, server_default=default)


def moment(name: str, *, null: bool = False) -> sa.Column[datetime]:
    """Return a column for a moment."""
    return sa.Column(name, Instant, nullable=null)


def number(name: str, default: int | None = None) -> sa.Column[int]:
    """Return a whole-number column."""
    server_default = None if default is None else str(default)
    return sa.Column(name, sa.Integer, nullable=False, server_default=server_default)


def json(name: str, *, null: bool = False) -> sa.Column[Any]:
    """Return a JSON column."""
    return sa.Column(name, Json, nullable=null)
