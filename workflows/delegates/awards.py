"""The list of an award on its way: who is voted on, who is named, whose award is revoked.

Forms show entries as people read them, by name and unit; acts know them by id. These delegates
lead from the one to the other and keep the list of those named, which is short, in the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.errors import Invalid
from engine.unit_of_work import Delegate, ServiceCall, UnitOfWork

Json = Mapping[str, Any]
KEPT: Final = ("id", "name", "unit", "unit_id")
"""What an entry needs to be voted on and named; conflicts are found by the unit."""


def entries_to_vote(uow: UnitOfWork, call: ServiceCall) -> Json:
    """Return the entries that a form puts to the vote.

    ``form`` is the node of the form and ``rows`` its list; a row is meant when its ``field`` is
    ``value``. ``act`` is the node of the act that handed the entries on; without it they are
    those named so far. Raises Invalid for a row that names none of them, or several.
    """
    asked = call.inputs
    rows = (call.record(str(asked["form"])) or {}).get(str(asked["rows"])) or []
    meant = [row for row in rows if row.get(str(asked["field"])) == asked["value"]]
    act = asked.get("act")
    known = _entries(call, str(act)) if act else call.variables.get("awarded") or []
    return {"to_vote": [_kept(_only(known, row)) for row in meant]}


def entries_named(uow: UnitOfWork, call: ServiceCall) -> Json:
    """Add the entries that ``act`` handed on to those that are named; each stays once."""
    before = call.variables.get("awarded") or []
    found = {each["id"]: each for each in before}
    found |= {each["id"]: _kept(each) for each in _entries(call, str(call.inputs["act"]))}
    return {"awarded": list(found.values()), "awarded_count": len(found)}


def entries_revoked(uow: UnitOfWork, call: ServiceCall) -> Json:
    """Take the entries that ``act`` handed on out of those that are named."""
    gone = {each["id"] for each in _entries(call, str(call.inputs["act"]))}
    left = [each for each in call.variables.get("awarded") or [] if each["id"] not in gone]
    return {"awarded": left, "awarded_count": len(left)}


def _entries(call: ServiceCall, node: str) -> list[Json]:
    """Return what the act at *node* handed on; nothing when it was not held."""
    found = (call.record(node) or {}).get("act") or {}
    return list(found.get("entries") or [])


def _only(entries: Iterable[Json], row: Json) -> Json:
    found = [
        each
        for each in entries
        if (each["name"], each.get("unit") or "") == (row.get("name"), row.get("unit") or "")
    ]
    if len(found) != 1:
        raise Invalid("entry_unclear", name=str(row.get("name"))[:80], count=len(found))
    return found[0]


def _kept(entry: Json) -> dict[str, Any]:
    return {name: entry[name] for name in KEPT if entry.get(name)}


DELEGATES = {
    "entries_to_vote": Delegate(
        entries_to_vote,
        "列出表单中提交表决的项目",
        "List the entries that a form puts to the vote",
        inputs=("act", "form", "rows", "field", "value"),
        outputs=("to_vote",),
    ),
    "entries_named": Delegate(
        entries_named,
        "把通过的项目列入表彰名单",
        "Put the entries that passed on the list of those named",
        inputs=("act",),
        outputs=("awarded", "awarded_count"),
    ),
    "entries_revoked": Delegate(
        entries_revoked,
        "把撤销的项目从表彰名单中除去",
        "Take revoked entries off the list of those named",
        inputs=("act",),
        outputs=("awarded", "awarded_count"),
    ),
}
