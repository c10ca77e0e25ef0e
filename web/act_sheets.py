"""What a posted sheet of an act holds, by entry.

Fields are called ``e<n>-<field>``. ``of<n>`` says which entry that is, so that a page drawn
before an entry was added or taken away still means what its reader saw.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from workflows.acts.reading import Line, PartPage


def given(page: PartPage) -> dict[str, dict[str, str]]:
    """Return the filled entries; rows that are empty and were empty stay out."""
    found: dict[str, dict[str, str]] = {}
    for entry, fields in typed(page).items():
        line = next(line for line in page.lines if line.entry["id"] == entry)
        if any(fields.values()) or line.own is not None:
            found[entry] = fields
    return found


def typed(page: PartPage) -> dict[str, dict[str, str]]:
    """Return every entry the form has fields for, as they were typed."""
    form = request.form
    named = {value: name[2:] for name, value in form.items() if name.startswith("of")}
    found = {}
    for no, line in enumerate(page.lines):
        key = named.get(line.entry["id"], "" if named else str(no))
        fields = _fields(form, f"e{key}-") if key else {}
        if fields:
            found[line.entry["id"]] = fields
    return found


def at(page: PartPage, no: int) -> Line | None:
    """Return the entry at a place of the sheet, counted from 1."""
    return page.lines[no - 1] if 0 < no <= len(page.lines) else None


def _fields(form: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): value.strip()
        for name, value in form.items()
        if name.startswith(prefix)
    }
