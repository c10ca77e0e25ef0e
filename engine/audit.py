"""The audit trail: one hash chain for each process instance.

Entry ``n`` of an instance is valid when

1. ``seq`` is ``n`` (the first entry is 1),
2. ``previous`` equals the digest of entry ``n - 1`` (64 zeros for the first),
3. ``digest`` is SHA-256 over the canonical JSON of all other columns but the key.

Canonical JSON here means sorted keys, no spaces, UTF-8, and no floats, which is RFC 8785 for
the values we allow. Entries are written in the transaction of the act they tell of; refused
attempts get theirs in a transaction of their own (``engine/unit_of_work.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
import sqlalchemy as sa

from engine.errors import EngineError, Tampered
from engine.model import GENESIS, audit_entry, instance, new_id


class Named(Protocol):
    """Whoever acts."""

    @property
    def id(self) -> str:
        """The id of an account or a service."""
        ...


class Act(Protocol):
    """What an entry needs of a unit of work: connection, moment, person."""

    @property
    def conn(self) -> sa.Connection:
        """The transaction."""
        ...

    @property
    def now(self) -> datetime:
        """The moment of the act."""
        ...

    @property
    def actor(self) -> Named:
        """Who acts."""
        ...


@dataclass(frozen=True)
class Entry:
    """One link of a chain."""

    instance_id: str
    seq: int
    at: str
    actor: str
    action: str
    detail: dict[str, Any]
    previous: str
    digest: str


def digest_of(values: dict[str, Any]) -> str:
    """Return the digest an entry with these column values must carry."""
    content = {
        "instance": values["instance_id"],
        "seq": values["seq"],
        "at": values["at"],
        "actor": values["actor"],
        "action": values["action"],
        "detail": values["detail"],
        "previous": values["previous"],
    }
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def link(
    uow: Act, chain: MutableMapping[str, Any], action: str, detail: dict[str, Any]
) -> dict[str, Any]:
    """Return the row of the next entry and move the head kept on the instance row *chain*.

    The caller holds the lock of the instance and writes both rows.
    """
    chain["audit_seq"] += 1
    values = {
        "instance_id": chain["id"],
        "seq": chain["audit_seq"],
        "at": uow.now.isoformat(),
        "actor": uow.actor.id,
        "action": action,
        "detail": detail,
        "previous": chain["audit_head"],
    }
    chain["audit_head"] = values["digest"] = digest_of(values)
    return {"id": new_id(), **values}


def append_refusal(uow: Act, error: EngineError) -> None:
    """Write a refused attempt, by name, into the chain of the instance it was aimed at."""
    chosen = sa.select(instance.c.id, instance.c.audit_seq, instance.c.audit_head)
    mine = instance.c.id == error.instance_id
    row = uow.conn.execute(chosen.where(mine).with_for_update()).first()
    if row is not None:
        chain = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's documented accessor)
        detail = {"code": error.code, "params": _plain(error.params)}
        uow.conn.execute(audit_entry.insert(), link(uow, chain, "attempt_refused", detail))
        head = {name: chain[name] for name in ("audit_seq", "audit_head")}
        uow.conn.execute(instance.update().where(mine), head)


def trail(uow: Act, instance_id: str) -> Sequence[Entry]:
    """Return the entries of an instance, oldest first."""
    table = audit_entry.c
    columns = [getattr(table, name) for name in Entry.__dataclass_fields__]
    query = sa.select(*columns).where(table.instance_id == instance_id).order_by(table.seq)
    return [Entry(*row) for row in uow.conn.execute(query)]


def verify(entries: Sequence[Entry], *, head: str | None = None) -> None:
    """Check a chain against the three rules and, when given, the head its instance keeps.

    Raises Tampered("chain_broken", seq=…) at the first entry that breaks a rule.
    """
    previous = GENESIS
    for seq, entry in enumerate(entries, start=1):
        intact = entry.seq == seq and entry.previous == previous
        if not intact or entry.digest != digest_of(vars(entry)):
            raise Tampered("chain_broken", seq=seq)
        previous = entry.digest
    if head is not None and head != previous:
        raise Tampered("chain_cut", seq=len(entries))


def verify_all(uow: Act) -> int:
    """Check the chain of every instance; returns how many there are.

    Raises Tampered naming the instance and the entry at the first that is not intact.
    """
    heads = uow.conn.execute(sa.select(instance.c.id, instance.c.audit_head)).all()
    for row in heads:
        try:
            verify(trail(uow, row.id), head=row.audit_head)
        except Tampered as found:
            raise Tampered(found.code, instance_id=row.id, **found.params) from found
    return len(heads)


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what JSON can hold; anything else is written as its text."""
    plain = (str, int, bool, list, type(None))
    return {k: v if isinstance(v, plain) else str(v) for k, v in params.items()}
