"""A draw written out as a program of ten lines that anybody can run to repeat it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_PROGRAM: Final = """\
from hashlib import sha256

seed = {seed}
items = {items}
words = {words}


def digest(*lines):
    return sha256("\\n".join(lines).encode()).hexdigest()


listed = digest("linxuan lot list 1", *sorted(items))
print(digest("linxuan lot commitment 1", seed, listed))
mixed = digest("linxuan lot 1", seed, listed, *words)
print(*sorted(items, key=lambda item: digest(mixed, item)), sep="\\n")
"""


def program(value: Mapping[str, Any], _settings: Mapping[str, Any]) -> str:
    """Return the program with the numbers of this draw: commitment first, then the order."""
    data = {
        "seed": value["seed"],
        "items": sorted(row["label"] for row in value["order"]),
        "words": [each["word"] for each in value["words"]],
    }
    texts = {name: json.dumps(each, ensure_ascii=False) for name, each in data.items()}
    return _PROGRAM.format(**texts)
