"""What a published result names: method, version, parameters and a hash of the input.

``as_json`` writes any result of this package as JSON for the record; fractions stay exact.
Selection 4.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

from workflows.counting.exact import plain

VERSION: Final = "1"
"""Raised whenever a method of this package may answer differently."""


@dataclass(frozen=True)
class Certificate:
    """How a result may be checked: run *method* of *version* on the input with this hash."""

    method: str
    version: str
    parameters: Any
    input_hash: str


def certify(method: str, parameters: object, inputs: object) -> Certificate:
    """Name what a result came from; *inputs* and *parameters* as passed to the method.

    Raises TypeError for a value that is not data, floats included.
    """
    return Certificate(method, VERSION, as_json(parameters), digest(inputs))


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON of *value*: sorted keys, no spaces, UTF-8."""
    text = json.dumps(as_json(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def as_json(value: object) -> Any:
    """Return *value* as JSON data: fractions as 89.3 or 7/9, values by field, sets sorted."""
    match value:
        case Mapping():
            return {_key(key): as_json(each) for key, each in value.items()}
        case AbstractSet():
            return sorted(as_json(each) for each in value)
        case list() | tuple():
            return [as_json(each) for each in value]
        case _ if is_dataclass(value):
            return {each.name: as_json(getattr(value, each.name)) for each in fields(value)}
    return _plain_json(value)


def _plain_json(value: object) -> bool | int | str | None:
    match value:
        case Fraction():
            return plain(value)
        case Decimal():
            return f"{value:f}"
        case str():
            return str(value)  # an enum's word as plain text
        case None | bool() | int():
            return value
    raise TypeError(type(value).__name__)


def _key(key: object) -> str:
    """Write a pair of names as JSON text, so that no two pairs become one key."""
    return json.dumps(key, ensure_ascii=False) if isinstance(key, tuple) else str(key)
