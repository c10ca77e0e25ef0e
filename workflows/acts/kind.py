"""What a kind of act is: its attributes, its check of what is handed in, its result.

A kind is pure: it sees settings, people and sheets, and no database. ``kinds.py`` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from engine.lint import Attribute
from workflows.counting.working import Working

MAX_ENTRIES = 1000
MAX_REASON = 1000

Settings = Mapping[str, Any]
"""The attributes of ``lx:act``, evaluated and checked, as JSON; always with ``entries``."""
Faults = dict[str, list[str]]
"""Field → codes of sentences, as in ``Invalid.fields``."""


@dataclass(frozen=True)
class Member:
    """Somebody on the roll, by the label results name him with; ``barred``: entries not his."""

    label: str
    barred: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sheet:
    """What one member has handed in on one entry."""

    member: str
    entry: str
    value: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True)
class Result:
    """``value`` for record and page, ``summary`` for the variables of the case.

    ``attention`` are codes of what the organiser must explain before he confirms.
    """

    value: Mapping[str, Any]
    summary: Mapping[str, Any]
    working: Working
    attention: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One kind of act. ``settle`` raises Invalid for attributes that make no sense together."""

    code: str
    zh: str
    en: str
    attributes: Mapping[str, Attribute]
    settle: Callable[[Mapping[str, Any]], dict[str, Any]]
    check: Callable[[Settings, Mapping[str, Any]], tuple[dict[str, Any], Faults]]
    result: Callable[[Settings, Sequence[Member], Sequence[Sheet]], Result]
    certain: Callable[[Settings, Sequence[Member], Sequence[Sheet]], bool]
    in_turn: Callable[[Settings], bool]


def wrong(name: str, why: str) -> Invalid:
    """Return the refusal of an attribute of ``lx:act`` whose value cannot be used."""
    return Invalid("act_setting", name=name, why=why)


def listed(value: Any, name: str, *, limit: int = MAX_ENTRIES) -> list[dict[str, Any]]:
    """Return a list of things with distinct ``id`` and a ``name``; raises Invalid."""
    if not isinstance(value, list) or not 0 < len(value) <= limit:
        raise wrong(name, f"1–{limit}")
    found: dict[str, dict[str, Any]] = {}
    for each in value:
        key = each.get("id") if isinstance(each, dict) else None
        if not isinstance(key, str) or not key or key in found:
            raise wrong(name, "id")
        found[key] = {**each, "id": key, "name": str(each.get("name") or key)}
    return list(found.values())
