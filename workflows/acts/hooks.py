"""What a kind of act needs from the database or does there, beside its pure part.

Each hook runs inside the command it is named after, in its transaction; what it raises refuses
the command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.instances import Case
from engine.unit_of_work import UnitOfWork


def _as_written(_case: Case, values: dict[str, Any]) -> dict[str, Any]:
    return values


def _nothing(_uow: UnitOfWork, _held: Any) -> None:
    return None


def _no_more(_case: Case, _act_id: str, _values: dict[str, Any]) -> None:
    return None


@dataclass(frozen=True)
class Hooks:
    """*held* is ``rows.Held``: the organiser's task, its case locked, and the row of the act.

    ``draw`` completes the evaluated attributes before ``Kind.settle`` sees them; ``prepared``
    runs once the act is written (its id, the same attributes); ``gather`` returns
    ``Material.more`` as JSON. The others run before the state changes.
    """

    draw: Callable[[Case, dict[str, Any]], dict[str, Any]] = _as_written
    prepared: Callable[[Case, str, dict[str, Any]], None] = _no_more
    opening: Callable[[UnitOfWork, Any], None] = _nothing
    closing: Callable[[UnitOfWork, Any], None] = _nothing
    gather: Callable[[UnitOfWork, Any], Any] = _nothing
    confirming: Callable[[UnitOfWork, Any], None] = _nothing
