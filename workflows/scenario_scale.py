"""How large a scenario is: the numbers of its ``[scale]``, put where it asks for them.

``{{entries}}`` stands for the number of that name, ``{{entries/units}}`` for a quotient rounded
up. Whoever plays the scenario may ask for other numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from engine.errors import Invalid

PLACE: Final = re.compile(r"\{\{(\w+)(?:/(\w+))?\}\}")
MAX: Final = 100_000


def filled(script: Mapping[str, Any], wanted: Mapping[str, int]) -> dict[str, Any]:
    """Return the scenario with its numbers put in, those of *wanted* before its own.

    Raises Invalid("scale_unknown") for a number the scenario does not have.
    """
    own = script.get("scale", {})
    for name, value in wanted.items():
        if name not in own or not 1 <= value <= MAX:
            raise Invalid("scale_unknown", name=name, known=", ".join(sorted(own)), most=MAX)
    scale = {**own, **wanted}
    return {key: _filled(value, scale) for key, value in script.items() if key != "scale"}


def _filled(value: Any, scale: Mapping[str, int]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(item, scale) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, scale) for item in value]
    found = PLACE.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[1] not in scale:
        return value
    return scale[found[1]] if found[2] is None else -(-scale[found[1]] // scale[found[2]])
