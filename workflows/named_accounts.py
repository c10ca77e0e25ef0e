"""Finding the accounts somebody means who types logins or names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa

from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from workflows.identity import normal_login
from workflows.model import account


def split(text: str) -> list[str]:
    """Return the words of a typed list: commas, the Chinese ones, semicolons, spaces, lines."""
    return [word for word in re.split(r"[,，、;；\s]+", text) if word]


def find(uow: UnitOfWork, words: Sequence[str]) -> list[str]:
    """Return the account behind each word, a login or a name that only one account has.

    Raises Invalid: ``account_word_unknown``, ``account_word_ambiguous`` (``word``).
    """
    return [_one(uow, word) for word in dict.fromkeys(words)]


def _one(uow: UnitOfWork, word: str) -> str:
    table = account.c
    query = sa.select(table.id, table.login).where(
        (table.login == normal_login(word)) | (table.name == word), table.status == "active"
    )
    rows = uow.conn.execute(query.limit(3)).all()
    exact = [row for row in rows if row.login == normal_login(word)] or rows
    if len(exact) != 1:
        code = "account_word_ambiguous" if exact else "account_word_unknown"
        raise Invalid(code, word=word)
    return str(exact[0].id)
