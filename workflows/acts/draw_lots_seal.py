"""The seed of a draw: from the random source of the system, sealed in the record at the opening.

Nobody sees it before the act closes; drawing the list up anew makes a new one, which is harmless
as long as nobody can know the order.
"""

from __future__ import annotations

from secrets import token_hex
from typing import Any, Final

from engine.instances import Case
from engine.unit_of_work import UnitOfWork
from workflows.acts.hooks import Hooks

BYTES: Final = 32


def draw(_case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """Draw the seed."""
    return {**values, "seed": token_hex(BYTES)}


def opening(_uow: UnitOfWork, held: Any) -> None:
    """Publish the commitment in the audit chain, before anybody adds a word."""
    settings = held.row.settings
    commitment, listed = settings["commitment"], settings["listed"]
    held.mine.case.audit("lots_sealed", task=held.row.id, commitment=commitment, list=listed)


HOOKS: Final = Hooks(draw=draw, opening=opening)
