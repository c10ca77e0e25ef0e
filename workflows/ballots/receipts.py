"""Receipts, and the one value that stands for all ballots of a box.

A receipt is 60 bits of a hash of the commitment: enough to find one's ballot in the published
list, useless for showing anybody how one voted. The root is a Merkle tree hash as in RFC 6962
section 2.1 over the sorted commitments: it depends on nothing but the set of ballots.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from workflows.ballots.slips import grouped

LETTERS = 12


def receipt_of(commitment: bytes) -> str:
    """Return the receipt of a ballot: twelve Base32 characters in three groups."""
    hashed = hashlib.sha256(b"receipt" + commitment).digest()[:8]
    return grouped(base64.b32encode(hashed).decode()[:LETTERS])


def root_of(commitments: Iterable[bytes]) -> str:
    """Return the tree hash over the sorted commitments, in hexadecimal."""
    level = [_sha(b"\0" + leaf) for leaf in sorted(commitments)]
    while len(level) > 1:
        single = level[len(level) // 2 * 2 :]  # the last one moves up when it has no partner
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [_sha(b"\1" + left + right) for left, right in pairs] + single
    return (level[0] if level else _sha(b"")).hex()


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
