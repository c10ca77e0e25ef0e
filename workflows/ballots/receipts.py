"""Receipts, and the one value that stands for all ballots of a box.

A receipt is 60 bits of a hash of the commitment: enough to find one's ballot in the published
list, useless for showing anybody how one voted. The root is a Merkle tree hash as in RFC 6962
section 2.1 over the sorted commitments: it depends on nothing but the set of ballots.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence

from workflows.ballots.slips import grouped

LETTERS = 12


def receipt_of(commitment: bytes) -> str:
    """Return the receipt of a ballot: twelve Base32 characters in three groups."""
    hashed = hashlib.sha256(b"receipt" + commitment).digest()
    return grouped(base64.b32encode(hashed).decode()[:LETTERS])


def root_of(commitments: Iterable[bytes]) -> str:
    """Return the tree hash over the sorted commitments, in hexadecimal."""
    return _tree(sorted(commitments)).hex()


def _tree(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1  # the largest power of two below the length
    return hashlib.sha256(b"\1" + _tree(leaves[:split]) + _tree(leaves[split:])).digest()
