"""How an answer is written for a reader: in a sheet, on paper, in a list of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from engine.unit_of_work import CHINA
from workflows.forms.model import CHOICES, MANY_CHOICES, REFERENCES, Field, Lang, Option
from workflows.forms.values import Refused, as_decimal, as_moment, key_or_nothing, label_of

_YES: Final = {"zh": "是", "en": "Yes"}
_NO: Final = {"zh": "否", "en": "No"}
_JOIN: Final = {"zh": "、", "en": ", "}
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_YEAR_MONTH_LENGTH: Final = len("202601")


def written(field: Field, value: Any, lang: Lang, options: Sequence[Option] = ()) -> str:
    """Return the recorded (JSON) or typed *value* of *field* as one text; empty if none."""
    if value is None or value in ("", []):
        return ""
    if field.kind == "signature":
        return _signature(value, lang)
    if field.several:
        return _JOIN[lang].join(_item(field, item, lang, options) for item in _listed(value))
    if field.type in CHOICES or field.kind in REFERENCES:
        return _item(field, value, lang, options)
    return _simple(field, value, lang)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


def _item(field: Field, item: Any, lang: Lang, options: Sequence[Option]) -> str:
    """Write one chosen thing: a file by its name, a snapshot by its label, a code by its option."""
    if isinstance(item, Mapping):
        return label_of(item)
    if field.type in CHOICES | MANY_CHOICES:
        for option in options or field.options:
            if option.value == str(item):
                return option.words.say(lang)
    return str(item)


def _simple(field: Field, value: Any, lang: Lang) -> str:
    if field.type == "checkbox" or isinstance(value, bool):
        return (_YES if value is True else _NO)[lang]
    if field.kind == "yyyymm":
        return _dotted(str(value))
    try:
        if field.kind == "money":
            return f"{as_decimal(value):,.2f}"
        if field.type == "datetime" or isinstance(value, (date, time)):
            return moment(as_moment(field.subtype, value), lang)
    except Refused:
        return str(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _dotted(text: str) -> str:
    """Write a stored month (202601) the way forms print it (2026.01)."""
    stored = len(text) == _YEAR_MONTH_LENGTH and text.isdecimal()
    return f"{text[:4]}.{text[4:]}" if stored else text


def moment(value: date | time | datetime, lang: Lang) -> str:
    """Write a date, time or moment in China the way official texts do."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, datetime):
        local = value.astimezone(CHINA)
        return f"{moment(local.date(), lang)} {local:%H:%M}"
    if lang == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def _signature(value: Any, lang: Lang) -> str:
    if not isinstance(value, Mapping):
        return ""
    signer = value.get("signer") or {}
    parts = [str(signer.get("name", "")), str(value.get("capacity", ""))]
    if value.get("at"):
        parts.append(moment(as_moment("datetime", value["at"]), lang))
    return " ".join(part for part in parts if part)


def typed_text(field: Field, raw: Any) -> str:
    """Return what an input shows for a raw value: what was typed, or the stored value."""
    if raw is None or isinstance(raw, (list, tuple, bool)):
        return ""
    if isinstance(raw, Mapping):
        return label_of(raw) if field.kind in REFERENCES else key_or_nothing(raw)
    text = str(raw)
    if field.type == "datetime" and field.subtype == "datetime":
        try:
            value = as_moment("datetime", text)
        except Refused:
            return text
        return f"{value:%Y-%m-%dT%H:%M}"
    return _dotted(text) if field.kind == "yyyymm" else text
