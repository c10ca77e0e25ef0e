"""Sealing: a ballot is committed to, padded to one length and encrypted to the box key.

Encryption is HPKE base mode (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305), done by the
``cryptography`` library; ``info`` names the event, so a ciphertext fits no other box. What is
encrypted:

    nonce (32 bytes) ‖ length of the ballot (4 bytes, big-endian) ‖ ballot ‖ zeros

The commitment is SHA-256 over a fixed word, the event, the digest of the rules, the nonce and
the ballot. Every part but the last has a fixed length, so no two readings are possible; the
nonce keeps anybody from guessing the ballot by trying the few that exist.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from engine.errors import EngineError, Invalid
from workflows.ballots.rules import Ballot, BallotRules, digest

WORD = b"linxuan/ballot/1\0"
NONCE = 32
LENGTH = 4
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


@dataclass(frozen=True)
class Sealed:
    """A ballot in the box: ciphertext and commitment, nothing else."""

    sealed: bytes
    commitment: bytes


def commitment_of(event: str, rules_digest: str, nonce: bytes, content: bytes) -> bytes:
    """Return the 32 bytes that stand for one ballot from the cast to the recount."""
    event_part = hashlib.sha256(event.encode()).digest()
    return hashlib.sha256(
        WORD + event_part + bytes.fromhex(rules_digest) + nonce + content
    ).digest()


class Lock:
    """Seals ballots of one event; holds only the public key."""

    def __init__(self, event: str, rules: BallotRules, public_key: bytes) -> None:
        self.event = event
        self.size = rules.size
        self.rules_digest = digest(rules.plain)
        self.info = WORD + event.encode()
        self._public = X25519PublicKey.from_public_bytes(public_key)

    def seal(self, ballot: Ballot) -> Sealed:
        """Commit to a ballot and encrypt it."""
        nonce, content = secrets.token_bytes(NONCE), ballot.content
        length = len(content).to_bytes(LENGTH, "big")
        plain = nonce + length + content.ljust(self.size, b"\0")
        commitment = commitment_of(self.event, self.rules_digest, nonce, content)
        return Sealed(SUITE.encrypt(plain, self._public, self.info), commitment)


class Key:
    """Opens ballots of one event; exists only while two scrutineers stand at it."""

    def __init__(self, lock: Lock, private_key: bytes) -> None:
        self._lock = lock
        self._private = X25519PrivateKey.from_private_bytes(private_key)

    @property
    def public_key(self) -> bytes:
        """The public half, to be compared with what was published."""
        return self._private.public_key().public_bytes_raw()

    def open(self, sealed: Sealed) -> Ballot | str:
        """Return the ballot, or the code of why it cannot be one."""
        try:
            plain = SUITE.decrypt(sealed.sealed, self._private, self._lock.info)
        except (InvalidTag, ValueError):
            return "sealed_wrong"
        nonce, rest = plain[:NONCE], plain[NONCE:]
        content = rest[LENGTH : LENGTH + int.from_bytes(rest[:LENGTH], "big")]
        lock = self._lock
        if commitment_of(lock.event, lock.rules_digest, nonce, content) != sealed.commitment:
            return "commitment_wrong"
        return _read(content)


def new_pair() -> tuple[bytes, bytes]:
    """Return a new private key and its public key, 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def _read(content: bytes) -> Ballot | str:
    try:
        ballot = Ballot.of(orjson.loads(content))
    except (Invalid, orjson.JSONDecodeError) as problem:
        return problem.code if isinstance(problem, EngineError) else "ballot_unreadable"
    return ballot if ballot.content == content else "ballot_unreadable"
