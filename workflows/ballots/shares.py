"""The box key in three parts, any two of which give it back and any one of which says nothing.

Shamir, "How to share a secret", CACM 22 (1979): the secret is the value at 0 of a random
polynomial of degree ``needed - 1`` over a prime field, a share is its value at 1, 2, 3…;
Lagrange interpolation at 0 gives the secret back. The field is that of the largest prime below
2²⁵⁶, so every share and every X25519 key is a number of 32 bytes.

A share is handed over as a code to be kept on paper, or kept here locked by its holder's
passphrase: scrypt (RFC 7914) makes the key, ChaCha20-Poly1305 (RFC 8439) locks. Where the
passphrase was chosen before the share existed, scrypt makes a key pair of it, of which only the
public half is kept, and the share is encrypted to that (HPKE, RFC 9180).
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from engine.errors import Invalid
from workflows.ballots.sealing import SUITE
from workflows.ballots.slips import MISREAD, grouped

PRIME = 2**256 - 189
SIZE = 32
CHECK = 4
SALT = 16
NONCE = 12
PASSPHRASE = 10
"""Fewest characters of a passphrase."""
HANDED = "handed:"
"""How a share begins that was encrypted to its holder's key."""
WORD = b"linxuan/share/1\0"


@dataclass(frozen=True)
class Share:
    """One point of the polynomial."""

    no: int
    value: int

    def code(self, event: str) -> str:
        """Return the share as text for paper, with a checksum that knows the event."""
        body = bytes([self.no]) + self.value.to_bytes(SIZE, "big")
        raw = base64.b32encode(body + _check(event, body)).decode()
        return grouped(raw.rstrip("="))

    def digest(self, event: str) -> str:
        """Return what is published of the share, by which a wrong one is recognised."""
        body = bytes([self.no]) + self.value.to_bytes(SIZE, "big")
        return hashlib.sha256(b"share" + event.encode() + body).hexdigest()


def split(secret: bytes, needed: int = 2, count: int = 3) -> list[Share]:
    """Cut a 32-byte secret into *count* shares, *needed* of which give it back."""
    value = int.from_bytes(secret, "big")
    assert value < PRIME, "one key in 2**248 has no place in the field: make another"
    polynomial = [value, *(secrets.randbelow(PRIME) for _ in range(needed - 1))]
    return [Share(no, _at(polynomial, no)) for no in range(1, count + 1)]


def combine(shares: Sequence[Share]) -> bytes:
    """Return the secret of enough different shares; fewer give a number without meaning."""
    total = 0
    for mine in shares:
        above = below = 1
        for other in shares:
            if other.no != mine.no:
                above = above * other.no % PRIME
                below = below * (other.no - mine.no) % PRIME
        total += mine.value * above * pow(below, -1, PRIME)
    return (total % PRIME).to_bytes(SIZE, "big")


def read_code(event: str, code: str) -> Share:
    """Read a share from its paper code; raises Invalid("ballot_share_wrong")."""
    letters = re.sub(r"[\s\-–—]", "", code).upper().translate(MISREAD)
    try:
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError as error:
        raise Invalid("ballot_share_wrong") from error
    body = raw[:-CHECK]
    if len(raw) != 1 + SIZE + CHECK or raw[-CHECK:] != _check(event, body):
        raise Invalid("ballot_share_wrong")
    return Share(body[0], int.from_bytes(body[1:], "big"))


def handing_key(passphrase: str) -> str:
    """Return the public half of a passphrase; raises Invalid("ballot_passphrase_short")."""
    _long_enough(passphrase)
    salt = secrets.token_bytes(SALT)
    public = _private(passphrase, salt).public_key().public_bytes_raw()
    return base64.b64encode(salt + public).decode()


def hand_over(event: str, code: str, key: str) -> str:
    """Lock a share's code to the holder of a ``handing_key``."""
    raw = base64.b64decode(key)
    public = X25519PublicKey.from_public_bytes(raw[SALT:])
    sealed = SUITE.encrypt(code.encode(), public, WORD + event.encode())
    return HANDED + base64.b64encode(raw[:SALT] + sealed).decode()


def lock(event: str, code: str, passphrase: str) -> str:
    """Lock a share's code by a passphrase; raises Invalid("ballot_passphrase_short")."""
    _long_enough(passphrase)
    salt, nonce = secrets.token_bytes(SALT), secrets.token_bytes(NONCE)
    locked = _cipher(passphrase, salt).encrypt(nonce, code.encode(), event.encode())
    return base64.b64encode(salt + nonce + locked).decode()


def unlock(event: str, locked: str, passphrase: str) -> str:
    """Return the code of a locked share; raises Invalid("ballot_passphrase_wrong")."""
    raw = base64.b64decode(locked.removeprefix(HANDED))
    salt, nonce, rest = raw[:SALT], raw[SALT : SALT + NONCE], raw[SALT + NONCE :]
    try:
        if locked.startswith(HANDED):
            key = _private(passphrase, salt)
            return SUITE.decrypt(raw[SALT:], key, WORD + event.encode()).decode()
        return _cipher(passphrase, salt).decrypt(nonce, rest, event.encode()).decode()
    except InvalidTag as error:
        raise Invalid("ballot_passphrase_wrong") from error


def _at(polynomial: Sequence[int], x: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = (value * x + coefficient) % PRIME
    return value


def _check(event: str, body: bytes) -> bytes:
    return hashlib.sha256(b"share code" + event.encode() + body).digest()[:CHECK]


def _long_enough(passphrase: str) -> None:
    if len(passphrase) < PASSPHRASE:
        raise Invalid("ballot_passphrase_short", least=PASSPHRASE)


def _private(passphrase: str, salt: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_stretched(passphrase, salt))


def _cipher(passphrase: str, salt: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_stretched(passphrase, salt))


def _stretched(passphrase: str, salt: bytes) -> bytes:
    secret = passphrase.encode()
    return hashlib.scrypt(secret, salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=32)
