"""What many people do at once in a scenario, each in a transaction of his own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from engine.unit_of_work import SYSTEM, Engine
from workflows import crowd_acts
from workflows.crowd_acts import Wish
from workflows.scenario_acts import whole


class Playing(Protocol):
    """What is needed of the scenario being played."""

    @property
    def engine(self) -> Engine:
        """The store it is played on."""


def contribute_all(run: Playing, act: Mapping[str, Any], target: str) -> None:
    """Let everybody on the roll of the act at ``node`` hand in what is still missing."""
    with run.engine.read(SYSTEM) as uow:
        lead = whole(uow, act, target)
    data = {**act["block"].get("data", {}), **act.get("data", {})}
    numbers = {name: act[name] for name in ("each", "voters", "seed") if name in act}
    wish = Wish(data=data, entries=act.get("entries", {}), **numbers)
    crowd_acts.contribute_all(run.engine, lead, wish)


ALONE: Mapping[str, Callable[[Any, Mapping[str, Any], str], None]] = {
    "contribute_all": contribute_all,
}
"""What an ``act`` of a scenario may ``do`` without one person and one transaction around it."""
