"""One value of one field: from what was typed to what FEEL computes with, to what is kept.

``read`` takes a raw value (a string from a page, or plain JSON from a scenario or a draft)
and returns the typed value: Decimal, date, time, datetime, bool, str, a snapshot, or a list.
It is lenient about how people type (full-width digits, thousands separators, spaces) and
strict about the result; what cannot be read raises ``Refused``. ``dump`` turns a typed value
into JSON: whole numbers stay numbers, other decimals become strings, moments ISO 8601 texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, Protocol

from engine.unit_of_work import CHINA
from workflows.checks import is_docno, is_idcard
from workflows.forms.model import REFERENCES, Field, Message, Option, Snapshot

MAX_TEXT: Final = 100_000
MAX_ITEMS: Final = 500
FIRST_YEAR: Final = 1900
_NUMBER: Final = re.compile(r"[+-]?\d{1,30}(\.\d{1,20})?")
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)
"""Control characters, lone surrogates and direction overrides: they break XML or deceive."""
_YEAR_MONTH: Final = re.compile(r"(\d{4})[.\-/年]?(\d{1,2})月?")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Refused(Exception):
    """The value cannot be read; ``message`` says why."""

    def __init__(self, code: str, **params: Any) -> None:
        self.message = Message(code, params)
        super().__init__(code, params)


class Find(Protocol):
    """Looks up a person, post or unit by id or by the text of its label."""

    def __call__(self, kind: str, text: str) -> Snapshot:
        """Return the snapshot or raise ``Refused``."""
        ...


@dataclass(frozen=True)
class Sources:
    """Where values that only name something are looked up."""

    find: Find
    file: Callable[[str], Mapping[str, Any] | None]


Reader = Callable[[Field, Any, Sequence[Option], Sources], Any]


def is_blank(raw: Any) -> bool:
    """Whether nothing was answered."""
    if isinstance(raw, str):
        return not raw.strip()
    return raw is None or raw is False or (isinstance(raw, (list, tuple, dict)) and not raw)


def read(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> Any:
    """Return the typed value of *raw*, None if nothing was answered.

    Raises Refused when it cannot be read as what the field asks for.
    """
    reader: Reader = _READERS.get(field.kind or field.type, _text)
    if field.type == "checkbox" and not field.kind:
        return _flag(field, raw, options, sources)
    if is_blank(raw):
        return [] if field.several else None
    return reader(field, raw, options, sources)


def dump(field: Field, value: Any) -> Any:
    """Return the typed *value* as JSON, the way a record keeps it."""
    if isinstance(value, Decimal):
        return _dump_number(field, value)
    if isinstance(value, datetime):
        return value.astimezone(CHINA).isoformat(timespec="seconds")
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _dump_number(field: Field, value: Decimal) -> int | str:
    if field.kind == "money":
        return f"{value:.2f}"
    whole = not field.limits.digits and value == value.to_integral_value()
    return int(value) if whole else f"{value:f}"


def clean_text(raw: Any) -> str:
    """Return *raw* as trimmed text with plain line ends.

    Raises Refused for another type, for characters that no record may hold, and beyond
    MAX_TEXT characters.
    """
    if isinstance(raw, bool) or not isinstance(raw, (str, int, Decimal)):
        raise Refused("type")
    text = str(raw).replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_TEXT:
        raise Refused("max_length", max=MAX_TEXT)
    if _FORBIDDEN.search(text):
        raise Refused("characters")
    return text


def choice_key(raw: Any) -> str:
    """Return the value that names a choice: itself, or the id of a snapshot."""
    if isinstance(raw, Mapping):
        raw = raw.get("id", raw.get("value", raw.get("digest", "")))
    return clean_text(raw)


def key_or_nothing(raw: Any) -> str:
    """Return what ``choice_key`` returns, or nothing for what cannot be a choice: to show it."""
    try:
        return choice_key(raw)
    except Refused:
        return ""


def label_of(snapshot: Mapping[str, Any]) -> str:
    """Return how a snapshot is written in one line, e.g. 周文斌（市农业农村局 副局长）."""
    name = str(snapshot.get("name") or snapshot.get("label") or snapshot.get("id") or "")
    about = [str(snapshot[key]) for key in ("unit", "post") if snapshot.get(key)]
    return f"{name}（{' '.join(about)}）" if about else name


def as_decimal(raw: Any) -> Decimal:
    """Return a number that was typed or computed; raises Refused("number")."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal)):
        raise Refused("number")
    text = unicodedata.normalize("NFKC", str(raw)).replace(",", "").replace(" ", "").strip()
    if not _NUMBER.fullmatch(text):
        raise Refused("number")
    return Decimal(text)


def as_moment(subtype: str, raw: Any) -> date | time | datetime:
    """Return the date, time or date and time that *raw* writes in ISO 8601 form.

    A moment without offset is meant in China. Raises Refused with the subtype as code.
    """
    kind = subtype or "date"
    try:
        if kind == "time":
            return raw if isinstance(raw, time) else time.fromisoformat(clean_text(raw))
        if kind == "datetime":
            moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(clean_text(raw))
            return moment.replace(tzinfo=moment.tzinfo or CHINA).astimezone(CHINA)
        if isinstance(raw, date):
            return raw.date() if isinstance(raw, datetime) else raw
        return date.fromisoformat(clean_text(raw))
    except (ValueError, OverflowError):
        raise Refused(kind) from None


def _text(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> str:
    return clean_text(raw)


def _flag(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> bool:
    if isinstance(raw, bool) or raw is None:
        return bool(raw)
    return clean_text(raw).lower() in ("1", "on", "true", "yes", "是")


def _number(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> Decimal:
    return as_decimal(raw)


def _money(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> Decimal:
    try:
        amount = as_decimal(raw if not isinstance(raw, str) else raw.strip().rstrip("元"))
    except Refused:
        raise Refused("money") from None
    if amount < 0 or amount != round(amount, 2):
        raise Refused("money")
    return amount


def _moment(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> Any:
    return as_moment(field.subtype, raw)


def _choice(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> Any:
    key = choice_key(raw)
    for option in options:
        if option.value == key:
            return option.stored
    raise Refused("option")


def _choices(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> list[Any]:
    chosen = {choice_key(item) for item in _items(raw)}
    unknown = chosen - {option.value for option in options}
    if unknown:
        raise Refused("option")
    return [option.stored for option in options if option.value in chosen]


def _items(raw: Any) -> list[Any]:
    items = list(raw) if isinstance(raw, (list, tuple)) else [raw]
    if len(items) > MAX_ITEMS:
        raise Refused("too_many", max=MAX_ITEMS)
    return [item for item in items if not is_blank(item)]


def _reference(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> Snapshot:
    return sources.find(field.kind, choice_key(raw))


def _people(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> list[Snapshot]:
    found = [sources.find("person", choice_key(item)) for item in _items(raw)]
    return list({person["id"]: person for person in found}.values())


def _official(check: Callable[[str], bool], code: str) -> Reader:
    def reader(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> str:
        text = "".join(clean_text(raw).split())
        if code == "idcard":
            text = unicodedata.normalize("NFKC", text).upper()
        if not check(text):
            raise Refused(code)
        return text

    return reader


def _year_month(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> str:
    text = unicodedata.normalize("NFKC", clean_text(raw)).replace(" ", "")
    found = _YEAR_MONTH.fullmatch(text)
    try:
        month = date(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        month = None
    if month is None or month.year < FIRST_YEAR:
        raise Refused("yyyymm")
    return f"{month:%Y%m}"


def _files(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> list[Snapshot]:
    found: dict[str, Snapshot] = {}
    for item in _items(raw):
        digest, name = split_file(item)
        about = sources.file(digest) if _DIGEST.fullmatch(digest) else None
        if about is None:
            raise Refused("file_unknown", name=name or digest[:12])
        found.setdefault(digest, {**about, "digest": digest, "name": name or about.get("name", "")})
    return list(found.values())


def split_file(item: Any) -> tuple[str, str]:
    """Return digest and name of a file in a raw value: a snapshot, or ``"digest name"``."""
    if isinstance(item, Mapping):
        return clean_text(item.get("digest", "")), clean_text(item.get("name", ""))
    digest, _, name = clean_text(item).partition(" ")
    return digest, name


def digest_of(item: Any) -> str:
    """Return the digest a raw value names as a file, or nothing."""
    try:
        return split_file(item)[0]
    except Refused:
        return ""


def _signature(field: Field, raw: Any, options: Sequence[Option], sources: Sources) -> Any:
    """Return whether it is confirmed; the signature itself is made when the form is handed in."""
    if isinstance(raw, Mapping):
        return dict(raw)
    return _flag(field, raw, options, sources) or None


_READERS: Final[dict[str, Reader]] = {
    "number": _number,
    "money": _money,
    "datetime": _moment,
    "select": _choice,
    "radio": _choice,
    "checklist": _choices,
    "taglist": _choices,
    "filepicker": _files,
    "people": _people,
    "docno": _official(is_docno, "docno"),
    "idcard": _official(is_idcard, "idcard"),
    "yyyymm": _year_month,
    "signature": _signature,
    **dict.fromkeys(REFERENCES, _reference),
}
