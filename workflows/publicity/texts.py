"""What a posting may say, and how its text is made and hashed.

Only the columns named here can be posted, whatever else is known of an entry: never an identity
number, family, health, tickets or scores (domain specification 2.8). A birthday loses its day.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from engine.errors import Invalid

Json = dict[str, Any]
IDCARD: Final = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
BIRTH: Final = re.compile(r"(\d{4})[.\-/年]?(\d{1,2})")
MAX_CELL: Final = 500
MAX_TEXT: Final = 5000
CONTACT: Final = ("address", "phone", "mailbox")
SPOTS: Final = ("title", "text", *CONTACT)
"""Pieces of the text that are no cell of its table."""


@cache
def words() -> Mapping[str, Any]:
    """Return ``words.toml``: the columns, channels and set phrases in both languages."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))


def columns() -> Mapping[str, Mapping[str, Any]]:
    """Return the columns that may be posted: code → zh, en, and where the value may stand."""
    found: Mapping[str, Mapping[str, Any]] = words()["column"]
    return found


def rows(entries: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Json]:
    """Return id and posted cells of *entries*; raises Invalid("posting_private") for an idcard."""
    found = []
    for entry in entries:
        cells = {name: cell(entry, name) for name in names}
        found.append({"id": entry["id"], "cells": cells})
    for line in found:
        require_postable(line["cells"])
    return found


def cell(entry: Mapping[str, Any], name: str) -> str:
    """Return the text of one column for an entry; empty when nothing is known."""
    sources = [entry, entry.get("person"), entry.get("candidate")]
    sources += [each.get("attributes") for each in sources if isinstance(each, Mapping)]
    for source in sources:
        for key in (name, *columns()[name].get("from", ())):
            value = source.get(key) if isinstance(source, Mapping) else None
            if text := _text(value):
                return _month(text) if name == "birth" else text[:MAX_CELL]
    return ""


def require_postable(cells: Mapping[str, str]) -> None:
    """Raise Invalid("posting_private") when an identity number stands in a text."""
    for name, text in cells.items():
        if IDCARD.search(text):
            raise Invalid("posting_private", fields={name: ["posting_private"]}, column=name)


def body(settings: Mapping[str, Any], facts: Mapping[str, Any]) -> Json:
    """Return the whole text as it will stand; *facts* are issuer, dates and days."""
    return {
        "title": settings["title"],
        "text": settings["text"],
        "columns": list(settings["fields"]),
        "rows": settings["rows"],
        "contact": {name: settings[name] for name in CONTACT},
        "channels": list(settings["channels"]),
        "kind": "posting" if settings["days"] else "announcement",
        **facts,
    }


def corrected(settings: Mapping[str, Any], spot: str, value: str) -> Json:
    """Return the settings with one piece replaced: a name of SPOTS, or ``<entry>/<column>``.

    Raises Invalid for a spot there is none of and for a value that may not be posted.
    """
    if len(value) > (MAX_TEXT if spot == "text" else MAX_CELL):
        raise Invalid(fields={"value": ["too_long"]})
    require_postable({spot: value})
    if spot in SPOTS:
        if spot in ("title", "text") and not value:
            raise Invalid(fields={"value": ["required"]})
        return {**settings, spot: value}
    entry, _slash, column = spot.rpartition("/")
    changed = [
        {**line, "cells": {**line["cells"], column: value}} if line["id"] == entry else line
        for line in settings["rows"]
    ]
    if column not in settings["fields"] or changed == settings["rows"]:
        raise Invalid(fields={"spot": ["posting_nothing_changed"]})
    return {**settings, "rows": changed}


def digest(text: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a text: over its JSON with sorted keys, without spaces, in UTF-8."""
    return hashlib.sha256(orjson.dumps(text, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("label")
    return " ".join(str(value).split()) if isinstance(value, str | int) and value != "" else ""


def _month(text: str) -> str:
    found = BIRTH.match(text)
    return f"{found[1]}.{int(found[2]):02d}" if found else ""
