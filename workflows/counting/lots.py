"""Draw lots (抽签) so that anybody can draw them again and get the same order.

1. Before the draw a secret seed is drawn and its commitment, bound to the fixed list, published:
   the seed cannot be changed afterwards, nor the list.
2. At the draw people present add words or numbers of their own, after the commitment; then not
   even who drew the seed could know the order.
3. The seed is opened. Each item gets SHA-256 of the mixed seed and its name; they are drawn in
   ascending order of these.

``docs/reference/counting.md`` has the ten lines of Python that repeat it. No rule found that
asks for more than a draw (domain specification 4.3 step 9, 5.3 stage 4, ``D``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from workflows.counting.working import Line, NotCountable, Working

_SEED: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Sealed:
    """What is published before the draw.

    ``commitment`` hides the seed, ``list_digest`` fixes the list of ``count`` items.
    """

    commitment: str
    list_digest: str
    count: int


@dataclass(frozen=True)
class Lot:
    """The order drawn; ``chosen`` are the first *places* of it."""

    order: tuple[str, ...]
    chosen: tuple[str, ...]
    working: Working = field(repr=False)


def seal(seed: str, items: Sequence[str]) -> Sealed:
    """Commit to *seed* (64 hexadecimal digits, from a random source of the caller) and *items*.

    Raises NotCountable (``seed_malformed``, ``lot_items``).
    """
    if _SEED.fullmatch(seed) is None:
        raise NotCountable("seed_malformed")
    fixed = _list_digest(items)
    return Sealed(_hash("linxuan lot commitment 1", seed, fixed), fixed, len(items))


def draw(
    seed: str,
    items: Sequence[str],
    sealed: Sealed,
    *,
    contributions: Sequence[str] = (),
    places: int | None = None,
) -> Lot:
    """Open the seed and draw; the same seed, items and contributions always give one order.

    The order of *items* does not matter, that of *contributions* does. Raises NotCountable:
    ``lot_not_as_sealed`` when seed or list differ from what was published, ``places_negative``,
    ``lot_items``, ``lot_contribution`` for one with a line break.
    """
    if seal(seed, items) != sealed:
        raise NotCountable("lot_not_as_sealed")
    if places is not None and places < 0:
        raise NotCountable("places_negative", places=places)
    if any("\n" in each or "\r" in each for each in contributions):
        raise NotCountable("lot_contribution")
    mixed = _hash("linxuan lot 1", seed, sealed.list_digest, *contributions)
    tickets = {item: _hash(mixed, item) for item in items}
    order = tuple(sorted(items, key=tickets.__getitem__))
    lines = [Line("lot_commitment", sealed.commitment), Line("lot_seed", seed)]
    lines += [Line("lot_contribution", text) for text in contributions]
    lines += [Line("lot_mixed", mixed)]
    lines += [Line("lot_ticket", tickets[item], item) for item in order]
    return Lot(order, order if places is None else order[:places], tuple(lines))


def _list_digest(items: Sequence[str]) -> str:
    broken = any(not item or "\n" in item or "\r" in item for item in items)
    if broken or len(set(items)) != len(items):
        raise NotCountable("lot_items")
    return _hash("linxuan lot list 1", *sorted(items))


def _hash(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()
