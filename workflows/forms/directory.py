"""People, posts and units of the registry, as forms ask for them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import NotFound
from engine.unit_of_work import UnitOfWork
from workflows import registry
from workflows.forms.model import Snapshot


class Registry:
    """The ``Directory`` of a form that is shown or handed in within one unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow

    def find(self, kind: str, key: str) -> Snapshot | None:
        """Return the snapshot of the person, post or unit with the id *key*, or None."""
        snapshot = {
            "person": registry.person_snapshot,
            "post": registry.post_snapshot,
            "unit": registry.unit_snapshot,
        }[kind]
        try:
            return snapshot(self.uow, key)
        except NotFound:
            return None

    def search(self, kind: str, text: str, limit: int) -> Sequence[Snapshot]:
        """Return at most *limit* snapshots whose name, unit or post contains *text*."""
        if kind == "person":
            return registry.find_people(self.uow, text)[:limit]
        if kind == "post":
            return registry.find_posts(self.uow, text)[:limit]
        units = (one for one in registry.tree(self.uow) if text in one.name)
        return [{"id": one.id, "code": one.code, "name": one.name} for one in units][:limit]
