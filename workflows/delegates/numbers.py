"""The numbers of the rule book a case was started with."""

from __future__ import annotations

from typing import Final

from engine.unit_of_work import ServiceCall
from workflows.rules import book

DEFAULT_BOOK: Final = "current"


def number(call: ServiceCall, name: str) -> str | int | bool:
    """Return number *name* of the case's rule book.

    A case keeps the book it was started with, so a vote of 2011 is counted by the rules of
    2011. Raises NotFound or Invalid when there is no such book.
    """
    chosen = call.instance["attributes"].get("rule_pack") or DEFAULT_BOOK
    return book.load(str(chosen)).numbers[name].value
