"""Settings of this installation, kept in the database so that every node sees the same."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from engine.unit_of_work import UnitOfWork
from workflows.identity import log
from workflows.model import setting

SECRET_KEY = "secret_key"  # noqa: S105 – the name of a setting, not its value


def read(uow: UnitOfWork, name: str, default: Any = None) -> Any:
    """Return the JSON value of a setting, or *default* when it was never set."""
    found = uow.conn.scalar(sa.select(setting.c.value).where(setting.c.name == name))
    return default if found is None else found


def write(uow: UnitOfWork, name: str, value: Any) -> None:
    """Set a setting to a JSON value other than null.

    Who did it, and what it was before, goes to the access log.
    """
    before = read(uow, name)
    _store(uow, name, value, new=before is None)
    log(uow, "setting_changed", name, before=before, after=value)


def secret_key(uow: UnitOfWork) -> str:
    """Return the key that signs form tokens, made at the first start; never logged."""
    found: str | None = read(uow, SECRET_KEY)
    if found is None:
        found = secrets.token_hex(32)
        _store(uow, SECRET_KEY, found, new=True)
    return found


def _store(uow: UnitOfWork, name: str, value: Any, *, new: bool) -> None:
    values = {"value": value, "changed_by": uow.actor.id, "changed_at": uow.now}
    if new:
        uow.conn.execute(setting.insert().values(name=name, **values))
    else:
        uow.conn.execute(setting.update().where(setting.c.name == name).values(values))
