"""The audit trail: one hash chain for each process instance.

Entry ``n`` of an instance is valid when

1. ``seq`` is ``n`` (the first entry is 1),
2. ``previous`` equals the digest of entry ``n - 1`` (64 zeros for the first),
3. ``digest`` is SHA-256 over the canonical JSON of all other columns but the key.

Canonical JSON here means sorted keys, no spaces, UTF-8, and no floats, which is RFC 8785 for
the values we allow. Entries are written in the transaction of the act they tell of; refused
attempts get theirs in a transaction of their own (``engine/unit_of_work.py``).

Step records (记实) hang on the chain: a record carries the SHA-256 over all its other columns
but the key, and exactly one entry of its instance names that digest in ``detail.record``. So a
record can be neither changed, added nor taken away while the chain holds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
import sqlalchemy as sa

from engine.errors import EngineError, Tampered
from engine.model import GENESIS, audit_entry, instance, new_id, step_record

SEALED = frozenset(str(column.name) for column in step_record.c) - {"id", "digest"}
"""Columns of a step record that its digest covers."""


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
    return _sha256(content)


def record_digest(row: Mapping[str, Any]) -> str:
    """Return the digest a step record with these column values must carry."""
    moments = {name: row[name].astimezone(UTC).isoformat() for name in ("opened_at", "at")}
    return _sha256({name: row[name] for name in SEALED} | moments)


def no_floats(value: Any) -> None:
    """Raise TypeError for a float anywhere in a JSON value; the law knows no rounding."""
    if isinstance(value, float):
        raise TypeError("a float cannot be evidence; decimals are written as text")
    if isinstance(value, dict):
        for item in value.values():
            no_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            no_floats(item)


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
        chain = dict(row._mapping)
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


def records(uow: Act, instance_id: str) -> Sequence[Any]:
    """Return the step records of an instance in the order they were made."""
    mine = sa.select(step_record).where(step_record.c.instance_id == instance_id)
    return uow.conn.execute(mine.order_by(step_record.c.id)).all()


def verify_records(entries: Sequence[Entry], rows: Sequence[Any]) -> None:
    """Check the step records of an instance against its chain, which must be intact.

    Raises Tampered with one of the codes record_altered (*record* is not what its digest says),
    record_unproved (no entry names it) and record_lost (the entry *seq* names none there is).
    """
    named = Counter(str(entry.detail["record"]) for entry in entries if "record" in entry.detail)
    for row in rows:
        if record_digest(row._mapping) != row.digest:
            raise Tampered("record_altered", record=row.id)
        if not named[row.digest]:
            raise Tampered("record_unproved", record=row.id)
        named[row.digest] -= 1
    for entry in entries:
        if named[str(entry.detail.get("record"))]:
            raise Tampered("record_lost", seq=entry.seq)


def verify_all(uow: Act) -> int:
    """Check chain and step records of every instance; returns how many instances there are.

    Raises Tampered naming the instance and the entry or record at the first that is not intact.
    """
    heads = uow.conn.execute(sa.select(instance.c.id, instance.c.audit_head)).all()
    for row in heads:
        try:
            entries = trail(uow, row.id)
            verify(entries, head=row.audit_head)
            verify_records(entries, records(uow, row.id))
        except Tampered as found:
            raise Tampered(found.code, instance_id=row.id, **found.params) from found
    return len(heads)


def _sha256(content: Mapping[str, Any]) -> str:
    """Return the digest of canonical JSON; a float has no single spelling and is refused."""
    no_floats(content)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: Any) -> Any:
    """Keep what canonical JSON can hold; anything else is written as its text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | None) else str(value)
