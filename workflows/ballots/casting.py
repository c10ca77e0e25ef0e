"""Casting a ballot: a slip's code and marks go in, a receipt comes out, nobody is named.

The caller passes no session, account or address, and must not log the request. All that is
checked, sealed and padded before the transaction begins; the transaction uses up the slip and
lays the ballot into the box, both or neither. Of two nodes that get the same slip at once, one
counts it: the database lets only one of them change ``used``.
"""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from engine.errors import AlreadyDone, Conflict, EngineError, NotFound
from engine.unit_of_work import UnitOfWork
from workflows.ballots import slips
from workflows.ballots.receipts import receipt_of
from workflows.ballots.rules import Ballot
from workflows.ballots.store import CLOSED, OPEN, Store, box, header, slip

_MINE = (slip.c.event == sa.bindparam("in_event")) & (slip.c.digest == sa.bindparam("of_digest"))
_IS_OPEN = sa.exists().where(header.c.event == sa.bindparam("in_event"), header.c.state == OPEN)
_CONSUME = slip.update().where(_MINE, slip.c.used.is_(sa.false()), _IS_OPEN).values(used=True)


def _ballot_of(used: Any) -> sa.Insert:
    """Return the statement that lays a ballot in; the class comes from the slip in *used*."""
    new = [
        sa.bindparam(name, type_=sa.LargeBinary)
        for name in ("new_id", "new_sealed", "new_commitment")
    ]
    names = ["event", "id", "sealed", "commitment", "voter_class"]
    chosen = sa.select(used.c.event, *new, used.c.voter_class)
    return box.insert().from_select(names, chosen.where(_MINE) if used is slip else chosen)


_LAY_IN = _ballot_of(slip)
_AT_ONCE = _ballot_of(_CONSUME.returning(slip.c.event, slip.c.voter_class).cte("used")).returning(
    box.c.event
)
"""Both in one statement, for PostgreSQL: the slip is used up and its ballot laid in, or neither."""
ID_BYTES = 16


def cast(store: Store, event: str, code: str, data: Any) -> str:
    """Put a ballot into the box; returns the receipt.

    *data* is ``{"marks": {candidate: option}, "write_ins": [name, …]}``, *code* the slip's.
    Raises Invalid with the code of the rule the ballot breaks, Invalid("ballot_slip_malformed"),
    NotFound("ballot_slip_unknown"), AlreadyDone("ballot_slip_used"), Conflict:
    ``ballot_box_closed``, ``ballot_box_not_open``; NotFound("ballot_event_unknown").
    """
    known = store.header(event)
    ballot = Ballot.of(data)
    known.rules.check(ballot)
    digest = slips.digest_of(known.slip_key, event, code)
    sealed = known.lock.seal(ballot)
    row = {
        "in_event": event,
        "of_digest": digest,
        "new_id": secrets.token_bytes(ID_BYTES),
        "new_sealed": sealed.sealed,
        "new_commitment": sealed.commitment,
    }
    with store.begin() as uow:
        if store.engine.sqlite:
            use_up(store, uow, event, digest)
            _execute(uow.conn, _LAY_IN, row)
        else:
            _one_trip(store, uow, event, row)
    return receipt_of(sealed.commitment)


def preview(store: Store, event: str, data: Any) -> Ballot:
    """Return the ballot as it would be cast, for the page that asks "is this right?".

    Raises Invalid as ``cast`` does; nothing is kept.
    """
    ballot = Ballot.of(data)
    store.header(event).rules.check(ballot)
    return ballot


def use_up(store: Store, uow: UnitOfWork, event: str, digest: bytes) -> None:
    """Mark a slip as used inside a transaction of the store.

    Raises as ``cast`` about slips and boxes.
    """
    store.enter(uow)
    changed = _execute(uow.conn, _CONSUME, {"in_event": event, "of_digest": digest})
    if changed.rowcount != 1:
        raise _refusal(store, uow, event, digest)


def _execute(conn: sa.Connection, statement: sa.Insert | sa.Update, values: Any) -> Any:
    """Execute one of our two statements as text: twice as fast, and there are thousands of them.

    Their parameters are texts, bytes and truth values, which need no conversion by a column.
    """
    known = _TEXTS.get((statement, conn.dialect.name))
    if known is None:
        known = _TEXTS[statement, conn.dialect.name] = statement.compile(dialect=conn.dialect)
    params = {**known.params, **values}
    if known.positiontup is None:
        return conn.exec_driver_sql(known.string, params)
    return conn.exec_driver_sql(known.string, tuple(params[each] for each in known.positiontup))


_TEXTS: dict[tuple[sa.Insert | sa.Update, str], Any] = {}


def _one_trip(store: Store, uow: UnitOfWork, event: str, row: dict[str, Any]) -> None:
    store.enter(uow)
    if uow.conn.execute(_AT_ONCE, row).first() is None:
        raise _refusal(store, uow, event, row["of_digest"])


def _refusal(store: Store, uow: UnitOfWork, event: str, digest: bytes) -> EngineError:
    state = store.state(uow, event)
    if state != OPEN:
        return Conflict("ballot_box_closed" if state == CLOSED else "ballot_box_not_open")
    mine = (slip.c.event == event) & (slip.c.digest == digest)
    if uow.conn.execute(sa.select(slip.c.used).where(mine)).first() is None:
        return NotFound("ballot_slip_unknown")
    return AlreadyDone("ballot_slip_used")
