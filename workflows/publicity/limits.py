"""How often the same place may do something, counted in rows so that all nodes agree.

No address is stored: a row is named by a digest of it under the secret of this installation and
the number of the time window, and is deleted once its window is over, an hour later at most.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from engine.instances import insert_new
from engine.unit_of_work import UnitOfWork
from workflows import settings
from workflows.publicity.model import public_rate

WINDOW: Final = timedelta(hours=1)
MOST: Final = {"object": 20, "receipt": 60, "vote": 1200}
"""Per address and hour; a whole office may stand behind one address."""


def hit(uow: UnitOfWork, what: str, address: str) -> bool:
    """Count one more and tell whether it is still within the limit; commit it in any case."""
    uow.conn.execute(public_rate.delete().where(public_rate.c.until <= uow.now))
    number, left = divmod(int(uow.now.timestamp()), int(WINDOW.total_seconds()))
    until = uow.now + WINDOW - timedelta(seconds=left)
    name = f"{what}|{network(address)}|{number}"
    bucket = hmac.digest(settings.secret_key(uow).encode(), name.encode(), hashlib.sha256).hex()
    insert_new(uow, public_rate, {"bucket": bucket, "hits": 0, "until": until})
    this = public_rate.c.bucket == bucket
    uow.conn.execute(public_rate.update().where(this).values(hits=public_rate.c.hits + 1))
    hits = uow.conn.scalar(sa.select(public_rate.c.hits).where(this))
    return int(hits or 0) <= MOST[what]


def network(address: str) -> str:
    """Return what stands for one place: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if found.version == 4:  # noqa: PLR2004 – the version of the protocol
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)
