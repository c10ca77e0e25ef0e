"""Fitting Chinese and Latin text into boxes without knowing the font.

Widths are estimates in units of the font size: a Chinese character is as wide as it is high,
Latin letters a little more than half. Punctuation that closes stays with what it closes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CLOSING = frozenset("，。、；：！？）》】〕」』”’,.;:!?)]%…")
_OPENING = frozenset("（《【〔「『“‘([")
_NARROW = frozenset("iljtfrI1.,;:!|'() ")
_PIECES = re.compile(r"[A-Za-z0-9_\-./%+&'’]+|\s+|.", re.DOTALL)
ELLIPSIS = "…"


def width(text: str) -> float:
    """Estimated width of *text* in units of the font size."""
    return sum(_character(c) for c in text)


def _character(c: str) -> float:
    if unicodedata.east_asian_width(c) in "WF" or c in "“”‘’…—↩":
        return 1.0
    if c in _NARROW:
        return 0.34
    return 0.72 if c.isupper() or c in "mw%" else 0.56


def wrap(text: str, room: float, lines: int) -> list[str]:
    """Break *text* into at most *lines* lines of *room* font sizes; the rest becomes ``…``."""
    found: list[str] = [""]
    for piece in _pieces(text, room):
        if found[-1] and width(found[-1] + piece.rstrip()) > room:
            found.append("")
        found[-1] += piece if found[-1] else piece.lstrip()
    found = [line.strip() for line in found if line.strip()]
    if len(found) > lines:
        found = found[:lines]
        last = found[-1]
        while last and width(last) + 1 > room:
            last = last[:-1]
        found[-1] = last.rstrip() + ELLIPSIS
    return found


def _pieces(text: str, room: float) -> Iterator[str]:
    """Unbreakable pieces: one Chinese character or one Latin word, with its punctuation."""
    piece = ""
    for part in _PIECES.findall(text):
        sticks = part[0] in _CLOSING or part.isspace() or (piece and piece[-1] in _OPENING)
        if piece and not sticks:
            yield from _cut(piece, room)
            piece = ""
        piece += part
    if piece:
        yield from _cut(piece, room)


def _cut(piece: str, room: float) -> Iterator[str]:
    """Split a word that is longer than a line."""
    if width(piece.rstrip()) <= room:
        yield piece
        return
    start = ""
    for c in piece:
        if start and width(start + c) > room:
            yield start
            start = ""
        start += c
    yield start


def fit(text: str, box: tuple[float, float], sizes: tuple[float, ...]) -> tuple[float, list[str]]:
    """Choose the largest font size at which *text* fits a box; returns it with the lines."""
    w, h = box
    for size in sizes:
        lines = max(1, int(h / (size * 1.25)))
        wrapped = wrap(text, w / size, lines + 1)
        if len(wrapped) <= lines:
            return size, wrapped
    size = sizes[-1]
    return size, wrap(text, w / size, max(1, int(h / (size * 1.25))))
