"""Checks of official numbers and dates that every form and rule shares.

Each function takes the text as it was typed and says what it is; none of them guesses. A month
(``yyyymm``) is six digits, as the appointment sheet (干部任免审批表) stores it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

_DOCNO: Final = re.compile(r"[^\s〔〕]+〔\d{4}〕[1-9]\d*号", re.ASCII)
_IDCARD: Final = re.compile(r"[1-9]\d{16}[\dX]")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS: Final = "10X98765432"
_MONTH: Final = re.compile(r"(\d{4})\.?(0[1-9]|1[0-2])(?:\.?(\d{2}))?")
_PARTY_NAME: Final = re.compile(r"[一-鿿]{1,20}")
_PERSONAL_NUMBER: Final = re.compile(r"(?<![0-9])(?:\d{17}[\dXx]|1[3-9]\d{9})(?![0-9])", re.ASCII)
_EARLIEST_YEAR: Final = 1900


@dataclass(frozen=True)
class PartyDate:
    """What 入党时间 says: the month of joining the CPC, a democratic party, both or nothing."""

    month: str
    party: str


def is_docno(text: str) -> bool:
    """Whether *text* is a document number such as 惠组〔2026〕12号.

    Hexagonal brackets, a year of four digits, a serial number without leading zero and
    without 第 (GB/T 9704-2012, 7.2.5).
    """
    return text.isprintable() and _DOCNO.fullmatch(text) is not None


def is_idcard(text: str) -> bool:
    """Whether *text* is a citizen identity number with a real birth date and check character.

    GB 11643-1999: the weighted sum of the first 17 digits modulo 11 picks the last character.
    """
    return birth_in(text) is not None


def birth_in(idcard: str) -> date | None:
    """Return the birth date in a valid identity number, or None when it is not valid."""
    if _IDCARD.fullmatch(idcard) is None or not idcard.isascii():
        return None
    total = sum(int(digit) * weight for digit, weight in zip(idcard, _WEIGHTS, strict=False))
    if _CHECK_CHARACTERS[total % 11] != idcard[17]:
        return None
    return _real_date(idcard[6:10], idcard[10:12], idcard[12:14])


def month_of(text: str) -> str | None:
    """Return the month in *text* as ``yyyymm``, or None when it is no month.

    Accepts what editors of appointment sheets write: ``yyyymm``, ``yyyymmdd``, ``yyyy.mm``
    and ``yyyy.mm.dd`` (``S40``).
    """
    match = _MONTH.fullmatch(text) if text.isascii() else None
    if match is None or int(match[1]) < _EARLIEST_YEAR:
        return None
    if match[3] is not None and _real_date(match[1], match[2], match[3]) is None:
        return None
    return match[1] + match[2]


def party_date(text: str) -> PartyDate | None:
    """Read 入党时间, which is text and not a date (``S40``); None when it is neither.

    Empty, a month, the short name of a democratic party (民盟), or both joined by a
    semicolon in either order.
    """
    parts = [part.strip() for part in re.split("[；;]", text.strip())] if text.strip() else []
    months = [month for part in parts if (month := month_of(part))]
    names = [part for part in parts if _PARTY_NAME.fullmatch(part)]
    if len(months) > 1 or len(names) > 1 or len(months) + len(names) != len(parts):
        return None
    return PartyDate("".join(months), "".join(names))


def names_a_number(text: str) -> bool:
    """Whether *text* contains an identity or mobile phone number, which no notice may show."""
    return _PERSONAL_NUMBER.search(text) is not None


def _real_date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
