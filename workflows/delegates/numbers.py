"""The numbers of the rule book a case was started with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.unit_of_work import ServiceCall
from workflows.rules import book

DEFAULT_BOOK: Final = "current"


def number(call: ServiceCall, name: str) -> str | int | bool:
    """Return number *name* as the case pinned it when it began, else as its rule book has it.

    A vote of 2011 is counted by the rules of 2011, and a book released later changes nothing.
    Raises NotFound or Invalid when there is no such book.
    """
    kept = call.instance["attributes"]
    pinned: Mapping[str, str | int | bool] = kept.get("numbers", {})
    if name in pinned:
        return pinned[name]
    return book.load(str(kept.get("rule_pack") or DEFAULT_BOOK)).numbers[name].value
