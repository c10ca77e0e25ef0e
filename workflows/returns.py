"""退回: the reasons a step may be sent back for, as data, and the form that says so.

A return needs a target step, a reason code, a text of at most 500 characters, the items to be
mended and a due date (docs/reference/domain.md). The list of codes is a default of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.errors import Invalid
from engine.manifest import Text
from engine.tasks import Return
from engine.unit_of_work import UnitOfWork

MAX_REASON = 500
MAX_ITEMS = 30
MAX_ITEM = 200

REASONS: Mapping[str, Text] = {
    "材料不全": Text("材料不全", "Material is missing"),
    "内容有误": Text("内容有误或前后不一致", "Content is wrong or inconsistent"),
    "程序不符": Text("程序或时限不符合规定", "Procedure or deadline not kept"),
    "依据不足": Text("依据不足，需补充说明", "Grounds are not sufficient"),
    "需回避": Text("经办人需要回避", "The person in charge has to be recused"),
    "其他": Text("其他（请在说明中写明）", "Other (explain below)"),
}


def read(uow: UnitOfWork, typed: Mapping[str, Any]) -> Return:
    """Return what was typed into the return form; Invalid with every fault at once."""
    reason, due = str(typed.get("reason", "")).strip(), str(typed.get("due", "")).strip()
    items = [line.strip() for line in str(typed.get("items", "")).splitlines() if line.strip()]
    faults: dict[str, list[Any]] = {}
    if not typed.get("target"):
        faults["target"] = ["required"]
    if typed.get("reason_code") not in REASONS:
        faults["reason_code"] = ["required"]
    if not reason or len(reason) > MAX_REASON:
        faults["reason"] = ["reason_too_long" if reason else "required"]
    if len(items) > MAX_ITEMS or any(len(item) > MAX_ITEM for item in items):
        faults["items"] = ["items_too_many"]
    if due and not _today_or_later(uow, due):
        faults["due"] = ["due_in_past"]
    if faults:
        raise Invalid("return_incomplete", fields=faults)
    return Return(str(typed["target"]), str(typed["reason_code"]), reason, items, due or None)


def _today_or_later(uow: UnitOfWork, text: str) -> bool:
    try:
        return date.fromisoformat(text) >= uow.today
    except ValueError:
        return False
