"""The life of an act: prepare → open → take part → close → confirm, the same for every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from engine.errors import Conflict

State = Literal["prepared", "open", "closed", "confirmed"]
Verb = Literal[
    "prepare", "pin", "open", "contribute", "note", "close", "compute", "rule", "confirm"
]

MOVES: Final[Mapping[tuple[str, Verb], State]] = {
    ("", "prepare"): "prepared",
    ("prepared", "prepare"): "prepared",
    ("prepared", "pin"): "prepared",
    ("prepared", "open"): "open",
    ("open", "pin"): "open",
    ("open", "contribute"): "open",
    ("open", "note"): "open",
    ("open", "close"): "closed",
    ("prepared", "compute"): "closed",
    ("closed", "rule"): "closed",
    ("closed", "confirm"): "confirmed",
}
"""State and verb → the state after it; whatever is not here is refused."""

_REFUSALS: Final[Mapping[str, str]] = {
    "": "act_not_prepared",
    "prepared": "act_not_open",
    "open": "act_still_open",
    "closed": "act_closed",
    "confirmed": "act_closed",
}


def after(state: str, verb: Verb, **at: Any) -> State:
    """Return the state *verb* leads to; *at* names case and task in a refusal.

    Raises Conflict with a code that says which state stands in the way.
    """
    found = MOVES.get((state, verb))
    if found is None:
        raise Conflict(_REFUSALS[state], **at)
    return found
