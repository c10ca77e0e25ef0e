"""Dates in scenarios: ``{{today+3wd}}`` on the calendar, ``{{name}}`` of a variable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from engine import calendar
from engine.unit_of_work import UnitOfWork

RELATIVE = re.compile(r"\{\{today(?:([+-]\d+)(wd|d|m|y))?\}\}")
VARIABLE = re.compile(r"\{\{(\w+)\}\}")


def dated(uow: UnitOfWork, value: Any, known: Mapping[str, Any] | None = None) -> Any:
    """Replace ``{{today+3wd}}`` by the date it means and ``{{name}}`` by a variable."""
    if isinstance(value, dict):
        return {key: dated(uow, item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [dated(uow, item, known) for item in value]
    if not isinstance(value, str) or "{{" not in value:
        return value

    def day(match: re.Match[str]) -> str:
        amount, unit = int(match[1] or 0), match[2] or "d"
        return shift(uow, uow.today, amount, unit).isoformat()

    text = RELATIVE.sub(day, value)
    named = VARIABLE.fullmatch(text)
    return (known or {}).get(named[1]) if named else text


def shift(uow: UnitOfWork, start: date, amount: int, unit: str) -> date:
    """Return *start* moved by so many days, working days, months or years."""
    if unit == "d":
        return start + timedelta(days=amount)
    if unit in ("m", "y"):
        return calendar.add_months(start, amount, "month" if unit == "m" else "year")
    known, day = calendar.load(uow), start
    if amount >= 0:
        return known.add(start, amount) if amount else start
    while amount:
        day -= timedelta(days=1)
        amount += known.is_working(day)
    return day


def amount_of(text: str) -> tuple[int, str]:
    """Read ``5wd``, ``-3d``, ``1m`` or ``1y``."""
    found = re.fullmatch(r"([+-]?\d+)(wd|d|m|y)", text)
    assert found is not None, text
    return int(found[1]), found[2]
