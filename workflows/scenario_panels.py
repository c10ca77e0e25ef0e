"""What a scenario does to a panel: ``assign``, ``declare``, ``replace``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import NotFound
from engine.unit_of_work import UnitOfWork
from workflows.acts import rows
from workflows.acts.panel import declaring, replacing
from workflows.scenario_acts import entry_called, whole


def assign(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Draw the panels from the sealed seed."""
    replacing.assign(uow, whole(uow, act, target))


def declare(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Sign the declaration of conflicts; ``data`` is entry → reason, nothing for none."""
    lead = whole(uow, act, target)
    settings = rows.of_task(uow, lead).settings
    mine = uow.actor.principals | {uow.actor.personal}
    parts = [who.task_id for who in rows.participants(uow, lead) if who.principal in mine]
    if not parts or parts[0] is None:
        raise NotFound("task_unknown", node=act["node"])
    named = {entry_called(settings, word): why for word, why in act.get("data", {}).items()}
    declaring.declare(uow, str(parts[0]), named, key=None)


def replace(_run: object, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    """Replace ``who`` (his name on the roll) for ``reason``."""
    lead = whole(uow, act, target)
    ids = {row.name: row.id for row in rows.participants(uow, lead)}
    replacing.replace(uow, lead, ids.get(act["who"], ""), act.get("reason", ""))


DOINGS: Mapping[str, Callable[[object, UnitOfWork, Mapping[str, Any], str], None]] = {
    "assign": assign,
    "declare": declare,
    "replace": replace,
}
"""What an ``act`` of a scenario may ``do`` here."""
