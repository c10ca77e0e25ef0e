"""Read counting rules from TOML, refusing whatever is not in order, with the entry it is in.

A preset may be ``like`` another one and give only what differs. Thresholds are written as the
law reads: ``{ at_least = "4/5", of = "due" }`` or ``{ more_than = "1/2", of = "present" }``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from workflows.counting.exact import exact
from workflows.counting.rules import Base, CountingRule, Short, Threshold, Unmarked, WriteIn
from workflows.counting.working import NotCountable

FILE: Final = Path(__file__).with_name("presets.toml")
_READINGS: Final = {"at_least": True, "more_than": False}
_EMPTY: Final[Mapping[str, Any]] = {
    "quorum": None,
    "rerun": None,
    "revote": None,
    "differential_least": None,
    "differential_most": None,
    "quorum_equal_tolerated": False,
    "marks_within_seats": False,
    "write_in": "no",
    "write_in_unmarked": "void_name",
    "short": [],
    "near_full": 0,
    "reduced_least": 0,
    "recused_in_base": True,
    "proxies_most": 0,
    "returned_within": ["issued", "present"],
}


@cache
def presets() -> Mapping[str, CountingRule]:
    """Return the shipped rules by id."""
    return read(FILE.read_text(encoding="utf-8"))


def preset(rule_id: str) -> CountingRule:
    """Return the shipped rule *rule_id*; raises NotCountable (``preset_unknown``)."""
    if rule_id not in presets():
        raise NotCountable("preset_unknown", id=rule_id)
    return presets()[rule_id]


def exclusion_reasons() -> Mapping[str, Mapping[str, str]]:
    """Return the lawful reasons for leaving a member out of 应到会, with their sentences."""
    found: Mapping[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    reasons: Mapping[str, Mapping[str, str]] = found["exclusion"]
    return reasons


def read(text: str) -> Mapping[str, CountingRule]:
    """Read rules from TOML; raises NotCountable (``preset_wrong``) naming rule and entry."""
    tables: Mapping[str, Mapping[str, Any]] = tomllib.loads(text)["rule"]
    return {rule_id: _rule(rule_id, _whole(rule_id, tables)) for rule_id in tables}


def _whole(rule_id: str, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Lay a rule over the one it is like, and that over the empty one."""
    chain = [rule_id]
    while (parent := tables[chain[-1]].get("like")) is not None:
        if parent not in tables or parent in chain:
            raise NotCountable("preset_wrong", id=rule_id, entry="like")
        chain.append(parent)
    found = dict(_EMPTY)
    for each in reversed(chain):
        found |= tables[each]
    found.pop("like", None)
    return found


def _rule(rule_id: str, table: dict[str, Any]) -> CountingRule:
    readers: dict[str, Callable[[Any], Any]] = {
        "majority": _threshold, "quorum": _maybe(_threshold), "revote": _maybe(_threshold),
        "rerun": lambda value: _threshold(table["majority"] if value is None else value),
        "choices": _three, "returned_within": lambda value: tuple(map(Base, value)),
        "write_in": _one_of(WriteIn), "write_in_unmarked": _one_of(Unmarked),
        "short": lambda value: tuple(map(_one_of(Short), value)),
        "differential_least": _maybe(exact), "differential_most": _maybe(exact),
        "evidence": tuple, "zh": _text, "en": _text, "basis": _text,
        "near_full": _count, "reduced_least": _count, "proxies_most": _count,
        "quorum_equal_tolerated": _flag, "marks_within_seats": _flag, "recused_in_base": _flag,
    }  # fmt: skip
    if differing := sorted(table.keys() ^ readers.keys()):
        raise NotCountable("preset_wrong", id=rule_id, entry=", ".join(differing))
    values = {}
    for key, reader in readers.items():
        try:
            values[key] = reader(table[key])
        except (ValueError, KeyError, NotCountable) as wrong:
            raise NotCountable("preset_wrong", id=rule_id, entry=key) from wrong
    return CountingRule(id=rule_id, **values)


def _threshold(value: Mapping[str, str]) -> Threshold:
    reading, of = sorted(value)  # "at_least" and "more_than" both stand before "of"
    if of != "of":
        raise ValueError(of)
    share: Fraction = exact(value[reading])
    if not 0 <= share <= 1:
        raise ValueError(reading)
    return Threshold(share, Base(value["of"]), _READINGS[reading])


def _three(value: list[str]) -> tuple[str, str, str]:
    agree, against, neither = value
    if len({agree, against, neither}) != len(value):
        raise ValueError(value)
    return agree, against, neither


def _maybe(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else reader(value)


def _one_of(choices: Any) -> Callable[[Any], Any]:
    def read_choice(value: Any) -> Any:
        if value not in get_args(choices):
            raise ValueError(value)
        return value

    return read_choice


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(value)
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value
