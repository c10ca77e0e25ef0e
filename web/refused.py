"""A refusal shown on the page it came from: one sentence above, the rest beside the fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import EngineError, Invalid, NotFound
from web.i18n import explain, sentence


@dataclass(frozen=True)
class Refused:
    """What a form page says about the attempt before it; nothing by default."""

    text: str = ""
    status: int = 200
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


NOTHING = Refused()


def refused(error: EngineError) -> Refused:
    """Return *error* in the reader's language; ``NotFound`` is a page of its own and raised."""
    if isinstance(error, NotFound):
        raise error
    found = error.fields if isinstance(error, Invalid) else {}
    fields = {name: tuple(said(str(one)) for one in wrong) for name, wrong in found.items()}
    return Refused(explain(error), error.status, fields)


def said(message: str) -> str:
    """Return the sentence of a field message ``code`` or ``code what it is about``."""
    code, _space, about = message.partition(" ")
    return sentence(code, {"about": about})
