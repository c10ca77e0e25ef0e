"""Settings of this installation, kept in the database so that every node sees the same."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from workflows import policies
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


@dataclass(frozen=True)
class Known:
    """A setting an administrator may change on a page; ``flag`` is yes or no, else text."""

    name: str
    zh: str
    en: str
    flag: bool = False


CHANGEABLE: Final = (
    Known("public.address", "公示的联系地址", "Address on postings"),
    Known("public.phone", "公示的联系电话", "Telephone on postings"),
    Known("public.mailbox", "公示的电子邮箱", "E-mail on postings"),
    Known("wd.count_first_day", "公示期从发布当日起算", "The day of publication counts", flag=True),
)
"""Settings that diagrams need not repeat; docs/reference/settings.md."""
MAX_TEXT: Final = 200


def changeable(uow: UnitOfWork) -> list[tuple[Known, Any]]:
    """Return the settings of the page with their values."""
    return [(one, read(uow, one.name, default=False if one.flag else "")) for one in CHANGEABLE]


def change(uow: UnitOfWork, given: Mapping[str, str]) -> None:
    """Take what an administrator typed; what is the same changes nothing.

    Raises NotAllowed without the right, Invalid for a text that is too long.
    """
    policies.require(uow.actor, "setting.edit")
    for one, before in changeable(uow):
        text = given.get(one.name, "").strip()
        if len(text) > MAX_TEXT:
            raise Invalid(fields={one.name: ["too_long"]})
        after: Any = bool(text) if one.flag else text
        if after != before:
            write(uow, one.name, after)


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
