"""What a kind of act is: its attributes, its check of what is handed in, its result.

A kind is pure: it sees ``Material`` and no database. What it needs from the database, or does
there, stands beside it in ``hooks.py``. ``kinds.py`` lists both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.errors import Invalid
from engine.lint import Attribute
from workflows.counting.working import Working

MAX_ENTRIES = 1000
MAX_REASON = 1000

ENTRIES: Final = {"entries": Attribute(feel="list"), "from": Attribute(acts=True)}
"""Entries come from an expression, or are those that earlier acts of the case handed on."""

LED: Final = {
    "autoclose": Attribute(pattern="true|false", with_="deadline"),
    "remind": Attribute(pattern=r"\d{1,2}( \d{1,2}){0,4}", with_="deadline"),
}
"""Attributes of every kind with a roll: closed by itself after the deadline; when to remind."""

Settings = Mapping[str, Any]
"""The attributes of ``lx:act``, evaluated and checked, as JSON; always with ``entries``."""
Faults = dict[str, list[str]]
"""Field → codes of sentences, as in ``Invalid.fields``."""


@dataclass(frozen=True)
class Member:
    """Somebody on the roll, by the label results name him with; ``barred``: entries not his."""

    label: str
    barred: frozenset[str] = frozenset()
    weight: int = 1
    category: str = ""


@dataclass(frozen=True)
class Sheet:
    """What one member has handed in on one entry."""

    member: str
    entry: str
    value: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True)
class Ruling:
    """What the organiser has settled on one entry by name and with a reason, after closing."""

    entry: str
    value: Mapping[str, Any]
    reason: str
    by: str


@dataclass(frozen=True)
class Material:
    """All that a result is computed from. ``more`` is what the kind's hook has gathered."""

    settings: Settings
    people: Sequence[Member] = ()
    sheets: Sequence[Sheet] = ()
    rulings: Sequence[Ruling] = ()
    more: Any = None


@dataclass(frozen=True)
class Result:
    """``value`` for record and page, ``summary`` for the variables of the case.

    ``attention`` are codes of what the organiser must explain before he confirms. ``entries``
    are handed on to a later act that names this one in ``from``; ``scores`` likewise: name of
    the score (``total``, or that of a criterion) → entry → exact number as text.
    """

    value: Mapping[str, Any]
    summary: Mapping[str, Any]
    working: Working
    attention: tuple[str, ...] = ()
    entries: Sequence[Mapping[str, Any]] = ()
    scores: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def nothing_to_hand_in(
    _settings: Settings, _raw: Mapping[str, Any]
) -> tuple[dict[str, Any], Faults]:
    """Refuse whatever is handed in: nobody takes part in such an act by a sheet."""
    return {}, Faults({"": ["act_no_sheets"]})


def no_ruling(_settings: Settings, _raw: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
    """Refuse a ruling: the result of such an act is what was counted."""
    return {}, Faults({"": ["act_no_rulings"]})


@dataclass(frozen=True)
class Kind:
    """One kind of act. ``settle`` raises Invalid for attributes that make no sense together.

    ``check`` is of what a participant hands in, ``rule`` of what the organiser settles after
    closing; both return the value to keep and what is wrong. Without ``roll`` nobody takes part,
    nor where its attribute is not needed and not there.
    ``instant``: computed from what is there, without opening.
    """

    code: str
    zh: str
    en: str
    attributes: Mapping[str, Attribute]
    settle: Callable[[Mapping[str, Any]], dict[str, Any]]
    result: Callable[[Material], Result]
    check: Callable[[Settings, Mapping[str, Any]], tuple[dict[str, Any], Faults]] = (
        nothing_to_hand_in
    )
    certain: Callable[[Material], bool] = lambda _material: False
    in_turn: Callable[[Settings], bool] = lambda _settings: False
    rule: Callable[[Settings, Mapping[str, Any]], tuple[dict[str, Any], Faults]] = no_ruling
    roll: bool = True
    instant: bool = False


def label(row: Any) -> str:
    """Return how results name a participant: number and name, since names repeat."""
    return f"{row.no:02d} {row.name}"


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
