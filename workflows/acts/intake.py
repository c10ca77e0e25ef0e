"""申报、报名: those on the roll hand in entries in a form of the package, until the deadline.

Entries are rows (``workflows/acts/entries``), not sheets on entries that are there already; so
this kind has one nameless entry for the frame and takes the real ones from its hook. A
correcting intake (补正) takes only the entries a check has sent back, from those who handed
them in. Domain specification 5.2, step 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import Kind, Material, Result, wrong

MAX_PER_UNIT: Final = 200
"""Entries of one unit; also the bound where the diagram names none."""
WHOLE: Final = {"id": "", "name": ""}
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("brand_name", "name", "title"),
    "category": ("category", "field"),
    "person": ("person", "candidate"),
}
"""Keys under which a form tells what an entry is called, its category and whom it is about."""
KEY: Final = r"[A-Za-z_][A-Za-z0-9_]{0,63}"

ATTRIBUTES: Final = {
    "roll": Attribute(feel="list", needed=True, unless="correct"),
    "deadline": Attribute(feel="date"),
    "form": Attribute(needed=True, form=True),
    "per_unit": Attribute(feel="number"),
    "self": Attribute(pattern="true|false"),
    "correct": Attribute(acts=True),
    **{f"{name}_from": Attribute(pattern=KEY, field="form") for name in NAMES},
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; raises Invalid for places that are no whole number in the bound."""
    if not written.get("form"):
        raise wrong("form", "–")
    places = written.get("per_unit") or 0
    if isinstance(places, bool) or not isinstance(places, int) or not 0 <= places <= MAX_PER_UNIT:
        raise wrong("per_unit", f"1–{MAX_PER_UNIT}")
    return {
        "entries": [WHOLE], "form": written["form"], "per_unit": places,
        "self": written.get("self") == "true", "correct": written.get("correct", ""),
        "keys": {name: written.get(f"{name}_from", "") for name in NAMES},
    }  # fmt: skip


def result(material: Material) -> Result:
    """Hand on what was submitted; ``more`` is what the rows of the intake hold."""
    more = material.more or {"entries": [], "withdrawn": 0, "drafts": 0}
    entries = list(more["entries"])
    units: dict[str, int] = {}
    for each in entries:
        units[each["unit"]] = units.get(each["unit"], 0) + 1
    numbers = {
        "count": len(entries), "units": len(units), "withdrawn": more["withdrawn"],
        "late": more["drafts"],
    }  # fmt: skip
    value = {**numbers, "entries": entries, "by_unit": units}
    attention = () if entries else ("no_entries",)
    return Result(value, numbers, (), attention, entries=[_light(each) for each in entries])


def _light(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry as later acts get it."""
    left_out = ("version", "digest")
    return {key: value for key, value in entry.items() if key not in left_out and value != ""}


KIND: Final = Kind("intake", "申报", "Intake of entries", ATTRIBUTES, settle, result)
