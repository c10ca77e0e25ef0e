"""Passwords: argon2id strings, few rules, bounded work.

Rules follow OWASP ASVS 5.0 6.2: at least eight characters, no demands on their composition, no
forced rotation, the most common ones refused. Hashing takes 64 MiB and about 0.2 s, so at most
two run at a time; a flood of sign-ins queues instead of exhausting the memory.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import Invalid

LENGTH_MIN = 8
LENGTH_MAX = 128
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""What cannot be mistaken for another character on paper or over the telephone."""
GROUPS, GROUP = 4, 4
"""Sixteen of these characters are 79 bits."""
_COMMON = """
    12345678 123456789 1234567890 password password1 qwertyuiop abcd1234 abc12345 a1234567
    a12345678 aa123456 qwer1234 1qaz2wsx iloveyou woaini1314 5201314520 asdfghjkl admin123
    admin888 admin1234 administrator passw0rd p@ssw0rd
"""
_hasher = PasswordHasher()
_room = threading.BoundedSemaphore(2)


def check(password: str, *, login: str) -> None:
    """Raise ``Invalid`` for field ``new`` when *password* must not be used."""
    plain = _normal(password)
    if not LENGTH_MIN <= len(plain) <= LENGTH_MAX:
        raise Invalid(fields={"new": ["password_length"]}, min=LENGTH_MIN, max=LENGTH_MAX)
    if plain.casefold() in _COMMON.split() or plain.casefold() == login or len(set(plain)) == 1:
        raise Invalid(fields={"new": ["password_common"]})


def accept(password: str, *, login: str) -> str:
    """Return the argon2id string of a new password; ``Invalid`` when it must not be used."""
    check(password, login=login)
    return digest(password)


def one_time() -> str:
    """Return a fresh random password in groups, for an administrator to hand over."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)


def change(current: str, old: str, new: str, *, login: str) -> str:
    """Return the argon2id string of *new* after *old* was shown to fit *current*.

    Raises ``Invalid`` naming field ``old`` or ``new``.
    """
    if not matches(current, old):
        raise Invalid(fields={"old": ["password_wrong"]})
    if old == new:
        raise Invalid(fields={"new": ["password_same"]})
    return accept(new, login=login)


def digest(password: str) -> str:
    """Return the argon2id string of a password."""
    with _room:
        return _hasher.hash(_normal(password))


def matches(hashed: str | None, password: str) -> bool:
    """Say whether *password* fits; an unknown account (``None``) costs the same work."""
    if len(password) > LENGTH_MAX:
        return False
    try:
        with _room:
            _hasher.verify(hashed or _nobody(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def outdated(hashed: str) -> bool:
    """Say whether the string was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(hashed)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


@cache
def _nobody() -> str:
    return _hasher.hash("no account has this password")
