"""What a kind of act needs from the database or does there, beside its pure part.

Each hook runs inside the command it is named after, in its transaction; what it raises refuses
the command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from engine.instances import Case
from engine.unit_of_work import UnitOfWork
from workflows.acts.kind import Faults

Wanted = Mapping[str, tuple[Mapping[str, Any], str]]
"""Entry → what was handed in for it and the reason beside it, checked one by one."""


@dataclass(frozen=True)
class Barred:
    """A participant who must not do these entries any more, and why."""

    participant_id: str
    entries: Sequence[str]
    reason: str


def _as_written(_case: Case, values: dict[str, Any]) -> dict[str, Any]:
    return values


def _nothing(_uow: UnitOfWork, _held: Any) -> None:
    return None


def _everything(_uow: UnitOfWork, _row: Any, _who: Any) -> None:
    return None


def _in_order(_uow: UnitOfWork, _taking: Any, _wanted: Wanted) -> Faults:
    return {}


def _nothing_more(_uow: UnitOfWork, _taking: Any, _wanted: Wanted) -> None:
    return None


def _nobody(_uow: UnitOfWork, _row: Any) -> AbstractSet[str]:
    return frozenset()


def _not_told(_uow: UnitOfWork, _held: Any, _result: Any) -> None:
    return None


def _no_substitute(_case: Case, _row: Any, _barred: Barred) -> None:
    return None


def _no_more(_case: Case, _act_id: str, _values: dict[str, Any]) -> None:
    return None


@dataclass(frozen=True)
class Hooks:
    """*held* is ``rows.Held``: the organiser's task, its case locked, and the row of the act.

    ``draw`` completes the evaluated attributes before ``Kind.settle`` sees them; ``prepared``
    runs once the act is written (its id, the same attributes); ``gather`` returns
    ``Material.more`` as JSON. ``opening``, ``closing`` and ``confirming`` run before the state
    changes, ``closed`` once the result is there.

    About single participants (rows of the act and of the participant): ``own`` returns the
    entries that are his, None for all; ``checking`` what is wrong with sheets that are in order
    by themselves; ``taken`` runs once they are written; ``barred`` runs after somebody got a
    conflict; ``idle`` returns the ids of those who may go on but need no reminder. ``sheet`` and
    ``tools`` return what the page of a participant and that of the organiser show beyond the
    common.
    """

    draw: Callable[[Case, dict[str, Any]], dict[str, Any]] = _as_written
    prepared: Callable[[Case, str, dict[str, Any]], None] = _no_more
    opening: Callable[[UnitOfWork, Any], None] = _nothing
    closing: Callable[[UnitOfWork, Any], None] = _nothing
    closed: Callable[[UnitOfWork, Any, Any], None] = _not_told
    gather: Callable[[UnitOfWork, Any], Any] = _nothing
    confirming: Callable[[UnitOfWork, Any], None] = _nothing
    own: Callable[[UnitOfWork, Any, Any], AbstractSet[str] | None] = _everything
    checking: Callable[[UnitOfWork, Any, Wanted], Faults] = _in_order
    taken: Callable[[UnitOfWork, Any, Wanted], None] = _nothing_more
    barred: Callable[[Case, Any, Barred], None] = _no_substitute
    idle: Callable[[UnitOfWork, Any], AbstractSet[str]] = _nobody
    sheet: Callable[[UnitOfWork, Any, Any], Any] = _everything
    tools: Callable[[UnitOfWork, Any], Any] = _nothing
