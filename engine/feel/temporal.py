"""Dates, times and durations as text, and the text of every other value."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.feel.values import Function, Range, Spend, YearMonth, free_of_charge, weigh

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
"""The zone of now() and today(): the law of the process counts days there."""

_DATE: Final = r"(\d{4})-(\d\d)-(\d\d)"
_TIME: Final = r"(\d\d):(\d\d)(?::(\d\d)(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d|@[A-Za-z0-9_+/-]{1,40})?"
_DATE_ONLY: Final = re.compile(_DATE, re.ASCII)
_TIME_ONLY: Final = re.compile(_TIME, re.ASCII)
_MOMENT: Final = re.compile(f"{_DATE}T{_TIME}", re.ASCII)
_YEARS: Final = re.compile(r"(-)?P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?", re.ASCII)
_DAYS: Final = re.compile(
    r"(-)?P(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(\.\d{1,9})?S)?)?",
    re.ASCII,
)
_HOUR: Final = 3600
_DAY: Final = 86400
_MICRO: Final = 1_000_000


def parse_date(text: str) -> date | None:
    """``2026-05-01``; None when it is no date."""
    found = _DATE_ONLY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """``09:30:00``, with ``Z`` or an offset if wanted; seconds may be left out."""
    found = _TIME_ONLY.fullmatch(text)
    return _clock(*found.groups()) if found else None


def parse_moment(text: str) -> datetime | None:
    """``2026-05-01T09:30:00+08:00``; a date alone means its midnight."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        day = parse_date(text)
        return datetime.combine(day, time()) if day else None
    day = parse_date(text[:10])
    clock = _clock(*found.groups()[3:])
    return datetime.combine(day, clock) if day and clock else None


def _clock(
    hour: str, minute: str, second: str | None, fraction: str | None, zone: str | None
) -> time | None:
    micro = int((fraction or ".0")[1:7].ljust(6, "0"))
    try:
        return time(int(hour), int(minute), int(second or 0), micro, _zone(zone))
    except (ValueError, ZoneInfoNotFoundError):
        return None


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    if text[0] == "@":
        return ZoneInfo(text[1:])
    span = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-span if text[0] == "-" else span)


def parse_duration(text: str) -> timedelta | YearMonth | None:
    """``P1Y6M`` (years and months) or ``P1DT2H`` (days and time); never both in one."""
    if not text or text[-1] in "PT":
        return None
    if (found := _YEARS.fullmatch(text)) is not None:
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return YearMonth(-months if found[1] else months)
    if (found := _DAYS.fullmatch(text)) is None:
        return None
    try:
        span = timedelta(
            days=int(found[2] or 0), hours=int(found[3] or 0), minutes=int(found[4] or 0),
            seconds=int(found[5] or 0), microseconds=int((found[6] or ".0")[1:7].ljust(6, "0")),
        )  # fmt: skip
        return -span if found[1] else span
    except OverflowError:
        return None


def parse_temporal(text: str) -> date | time | timedelta | YearMonth | None:
    """Whatever of these an ``@"…"`` literal means."""
    if "T" in text and not text.startswith(("P", "-P")):
        return parse_moment(text)
    return parse_date(text) or parse_time(text) or parse_duration(text)


# ---- text of values


def number_text(number: Decimal) -> str:
    """Digits without exponent and without trailing zeros: equal numbers, equal texts."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def duration_text(value: timedelta | YearMonth) -> str:
    """The shortest ISO 8601 text of a duration."""
    if isinstance(value, YearMonth):
        years, months = divmod(abs(value.months), 12)
        body = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return ("-" if value.months < 0 else "") + "P" + body
    size = abs(value)
    hours, rest = divmod(size.seconds, _HOUR)
    minutes, whole = divmod(rest, 60)
    second = number_text(Decimal(whole * _MICRO + size.microseconds).scaleb(-6))
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{second}S" if second != "0" else ""
    body = (f"{size.days}D" if size.days else "") + (f"T{clock}" if clock else "")
    return ("-" if value < timedelta() else "") + "P" + (body or "T0S")


def clock_text(value: time | datetime) -> str:
    """ISO text; UTC is ``Z``, a named zone ``@Zone``."""
    zone = value.tzinfo
    naive = value.replace(tzinfo=None).isoformat()
    if value.microsecond:
        naive = naive.rstrip("0")
    if zone is None:
        return naive
    if isinstance(zone, ZoneInfo):
        return f"{naive}@{zone.key}"
    offset = value.utcoffset() or timedelta()
    return naive + ("Z" if not offset else value.isoformat()[-6:])


def text_of(value: Any, spend: Spend = free_of_charge) -> str | None:
    """What ``string(value)`` gives; None for null and for a function."""
    if value is None or isinstance(value, Function):
        return None
    if isinstance(value, str):
        return value
    weigh(value, spend)
    return _inner_text(value)


def _inner_text(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, (time, datetime)):
        return clock_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (timedelta, YearMonth)):
        return duration_text(value)
    return _compound_text(value)


def _compound_text(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_inner_text(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inner_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Range):
        low = "" if value.low is None else _inner_text(value.low)
        high = "" if value.high is None else _inner_text(value.high)
        return f"{'[' if value.low_in else '('}{low}..{high}{']' if value.high_in else ')'}"
    return {True: "true", False: "false"}.get(value, "null") if value is not None else "null"
