"""What the cockpit of an act shows beyond what all kinds have, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.unit_of_work import UnitOfWork
from workflows.acts.reading import Cockpit
from workflows.publicity import reading


def of(uow: UnitOfWork, page: Cockpit) -> Any:
    """Return what the template of the kind asks for, None for a kind that needs no more."""
    written = page.about.node.act or {}
    more = _MORE.get(written.get("kind", ""))
    return None if more is None or not page.inside else more(uow, page.act)


_MORE: Mapping[str, Callable[[UnitOfWork, Any], Any]] = {
    "online_vote": reading.ballot_box, "posting": reading.desk,
}  # fmt: skip
