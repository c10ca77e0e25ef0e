"""The demonstration people as actors, for scenarios and simulations."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from engine.unit_of_work import SYSTEM, Actor, Engine
from workflows import identity
from workflows.model import account


def by_login(engine: Engine) -> Mapping[str, Actor]:
    """Return every account by its login, with the roles it holds today."""
    with engine.read(SYSTEM) as uow:
        rows = uow.conn.execute(sa.select(account.c.id, account.c.login, account.c.name)).all()
        return {
            row.login: Actor(row.id, row.name, identity.principals(uow, row.id)) for row in rows
        }
