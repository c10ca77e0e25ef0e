"""公示 and 公告: what is shown to the public, for how many working days, and what came of it.

The result is what was posted less the entries against which an objection was upheld. Publishing,
objections and the page without login are in ``workflows.publicity``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import ENTRIES, Kind, Material, Result, listed, wrong
from workflows.publicity import texts

SHOWN: Final = 30
"""Ids that go into the variables of the case, at most."""
MAX_DAYS: Final = 60
HANDLERS: Final = "HANDLER|DISCIPLINE|CADRE_SUP"
_LISTED: Final = "|".join(sorted(texts.columns()))

ATTRIBUTES: Final = {
    **ENTRIES,
    "days": Attribute(pattern=r"\d{1,2}", needed=True),
    "unit": Attribute(pattern="wd|day"),
    "channels": Attribute(feel="list"),
    "fields": Attribute(pattern=rf"(?:{_LISTED})(?: (?:{_LISTED}))*"),
    "title": Attribute(feel="string"),
    "text": Attribute(feel="string"),
    "address": Attribute(pattern=r".{1,200}"),
    "phone": Attribute(pattern=r".{1,100}"),
    "mailbox": Attribute(pattern=r".{1,100}"),
    "place": Attribute(pattern="public|link"),
    "handlers": Attribute(pattern=rf"(?:{HANDLERS})(?: (?:{HANDLERS}))*"),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; *written* has been completed by the hook with what it looked up."""
    entries = listed(written.get("entries"), "entries")
    days = int(text) if (text := str(written.get("days", ""))).isdecimal() else -1
    if not 0 <= days <= MAX_DAYS:
        raise wrong("days", f"0–{MAX_DAYS}")
    fields = str(written.get("fields") or "name unit").split()
    channels = written.get("channels") or ["网站"]
    if not isinstance(channels, list) or not all(isinstance(each, str) for each in channels):
        raise wrong("channels", "text")
    return {
        "entries": entries,
        "days": days,
        "unit": written.get("unit", "wd"),
        "fields": list(dict.fromkeys(fields)),
        "rows": texts.rows(entries, fields),
        "channels": [each[:20] for each in channels[:10]],
        "place": written.get("place", "public"),
        "handlers": list(written.get("handlers") or ()),
        **{name: str(written.get(name) or "") for name in (*texts.SPOTS, "issuer")},
    }


def result(material: Material) -> Result:
    """Take out what was upheld. ``more`` is what the hook has gathered of the posting."""
    found, entries = material.more or {}, material.settings["entries"]
    objections = found.get("objections", [])
    upheld = sorted({
        entry for one in objections for entry, ruled in (one["ruling"] or {}).items()
        if texts.words()["finding"][ruled["finding"]]["means"] == "upheld"
    })  # fmt: skip
    kept = [each for each in entries if each["id"] not in upheld]
    listed_ids = [entry for entry in upheld if entry][:SHOWN]
    summary = {
        "upheld": listed_ids, "objections": len(objections), "kept": len(kept),
        "closed_on": found.get("closed_on"),
    }  # fmt: skip
    names = {each["id"]: each["name"] for each in entries}
    value = {**found, "upheld": [{"id": key, "name": names.get(key, "")} for key in upheld]}
    return Result(value, summary, (), ("upheld",) if upheld else (), kept)


KIND: Final = Kind("posting", "公示", "Posting", ATTRIBUTES, settle, result, roll=False)
