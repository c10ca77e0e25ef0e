"""The threat model of secret ballots as data, in both languages (``threats.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any


@cache
def parts() -> Sequence[Mapping[str, Any]]:
    """Return the parts of the page: title, paragraphs, items, and a table where there is one."""
    text = Path(__file__).with_name("threats.toml").read_text("utf-8")
    found: Sequence[Mapping[str, Any]] = tomllib.loads(text)["part"]
    return found
