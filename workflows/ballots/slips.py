"""Slips: one-time credentials, printed, shuffled and drawn like paper ballots.

A code is 80 random bits, written as 16 letters and digits of Base32 (RFC 4648) in four groups.
Only HMAC-SHA-256 of it is kept, under a key of the event that is wiped when the box closes. The
codes exist in the answer of ``codes`` and on paper, nowhere else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from engine.errors import Invalid

CODE_BYTES = 10
CODE = re.compile(r"[A-Z2-7]{16}")
MISREAD = str.maketrans({"0": "O", "1": "I", "8": "B"})
"""Digits that Base32 does not have, and the letter a tired eye took for one."""


def new_code() -> str:
    """Return a fresh code, grouped for reading."""
    return grouped(base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode())


def codes(count: int) -> list[str]:
    """Return *count* different codes in an order that says nothing."""
    drawn = {new_code() for _ in range(count)}
    while len(drawn) < count:
        drawn.add(new_code())
    mixed = sorted(drawn)
    secrets.SystemRandom().shuffle(mixed)
    return mixed


def grouped(letters: str) -> str:
    """Return letters in groups of four."""
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def plain(code: str) -> str:
    """Return a typed code without groups; raises Invalid("ballot_slip_malformed")."""
    letters = re.sub(r"[\s\-–—]", "", code).upper().translate(MISREAD)
    if CODE.fullmatch(letters) is None:
        raise Invalid("ballot_slip_malformed")
    return letters


def digest_of(slip_key: bytes, event: str, code: str) -> bytes:
    """Return what the store knows a code by; raises Invalid("ballot_slip_malformed")."""
    message = event.encode() + b"\0" + plain(code).encode()
    return hmac.digest(slip_key, message, hashlib.sha256)


def claim_of(event: str, person: str, code: str) -> str:
    """Return a mark on the roll by which the same page may ask again with the same code.

    It is no key of the store: who has both cannot tell which slip it stands for without the
    code itself.
    """
    message = f"claim\0{event}\0{person}\0{plain(code)}".encode()
    return hashlib.sha256(message).hexdigest()
