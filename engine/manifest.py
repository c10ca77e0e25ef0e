"""``process.toml``: what a package says about itself, checked and frozen.

Titles, the order of the steps, record codes and settings are data, so that a unit can rename
or renumber them without touching a program.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from engine.errors import Invalid

KEY = re.compile(r"[a-z][a-z0-9_]{1,62}")
PREFIX = re.compile(r"[A-Z][A-Z0-9-]{0,15}")
RECORD = re.compile(r"[A-Z]{1,4}-?[0-9]{1,3}[a-z]?")
MAX_TEXT = 2000
MAX_ROWS = 300
MAX_STEP = 99

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True)
class Text:
    """One text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Step:
    """One numbered step of the process as people know it (第三步 资格审查)."""

    no: int
    title: Text
    stage: str


@dataclass(frozen=True)
class RecordKind:
    """A record (材料) the process leaves; ``retention`` is the filing period (永久, 30年 …)."""

    code: str
    title: Text
    retention: str
    public: bool


@dataclass(frozen=True)
class Setting:
    """A number or text a unit may set; ``evidence`` says where the default comes from."""

    name: str
    default: bool | int | str
    title: Text
    evidence: str
    number: str = ""
    """Name of the number of the rule book that decides instead of the default."""


@dataclass(frozen=True)
class Manifest:
    """A package's own description; ``unknown`` lists keys nobody reads."""

    key: str
    note: str
    title: Text
    description: Text
    owner: str
    category: str
    business_key_prefix: str
    rule_pack: str
    steps: Mapping[int, Step]
    records: Mapping[str, RecordKind]
    settings: Mapping[str, Setting]
    unknown: tuple[str, ...]


def read_manifest(content: bytes) -> Manifest:
    """Read ``process.toml``.

    Raises Invalid("manifest_malformed", line) when it is not TOML, else
    Invalid("manifest_faulty") whose ``fields`` map each faulty key to codes: missing_key,
    not_text, too_long, not_number, not_boolean, bad_form, duplicate, not_table, not_list,
    too_many, float.
    """
    try:
        raw = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise Invalid(
            "manifest_malformed", file="process.toml", line=int(line[1]) if line else 0
        ) from error
    reader = _Reader()
    manifest = reader.manifest(raw)
    if reader.faults:
        raise Invalid("manifest_faulty", fields=reader.faults, file="process.toml")
    return manifest


class _Reader:
    """Reads leniently and notes every fault, so that all are shown at once."""

    def __init__(self) -> None:
        self.faults: dict[str, list[str]] = {}
        self.unknown: list[str] = []

    def manifest(self, raw: dict[str, Any]) -> Manifest:
        self._known(raw, "", "key note title description owner category business_key_prefix "
                    "rule_pack steps records settings")  # fmt: skip
        return Manifest(
            key=self._shaped(raw, "key", KEY),
            note=self._text(raw, "note", needed=False),
            title=self._both(raw, "title"),
            description=self._both(raw, "description", needed=False),
            owner=self._text(raw, "owner", needed=False),
            category=self._text(raw, "category"),
            business_key_prefix=self._shaped(raw, "business_key_prefix", PREFIX),
            rule_pack=self._text(raw, "rule_pack", needed=False),
            steps=self._rows(raw, "steps", self._step),
            records=self._records(raw),
            settings=self._rows(raw, "settings", self._setting),
            unknown=tuple(self.unknown),
        )

    def _step(self, raw: dict[str, Any], at: str) -> tuple[int, Step]:
        self._known(raw, at, "no zh en stage")
        number = raw.get("no")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= MAX_STEP:
            self._fault(f"{at}no", "missing_key" if number is None else "not_number")
            number = 0
        stage = raw.get("stage", "")
        return number, Step(number, self._pair(raw, at), str(stage)[:MAX_TEXT])

    def _setting(self, raw: dict[str, Any], at: str) -> tuple[str, Setting]:
        self._known(raw, at, "name default zh en evidence number")
        name, default = self._text(raw, "name", at), raw.get("default")
        if isinstance(default, float):
            self._fault(f"{at}default", "float")
        elif not isinstance(default, bool | int | str):
            self._fault(f"{at}default", "missing_key" if default is None else "bad_form")
        value = default if isinstance(default, bool | int | str) else ""
        evidence = self._text(raw, "evidence", at, needed=False)
        number = self._text(raw, "number", at, needed=False)
        return name, Setting(name, value, self._pair(raw, at), evidence, number)

    def _records(self, raw: dict[str, Any]) -> dict[str, RecordKind]:
        found = {}
        for code, row in self._table(raw, "records").items():
            at = f'records."{code}".'
            if not RECORD.fullmatch(code):
                self._fault(at.rstrip("."), "bad_form")
            if not isinstance(row, dict):
                self._fault(at.rstrip("."), "not_table")
                continue
            self._known(row, at, "zh en retention public")
            if not isinstance(public := row.get("public", False), bool):
                self._fault(f"{at}public", "not_boolean")
            retention = self._text(row, "retention", at, needed=False)
            found[code] = RecordKind(code, self._pair(row, at), retention, public is True)
        return found

    def _rows(
        self, raw: dict[str, Any], name: str, read: Callable[[dict[str, Any], str], tuple[_K, _V]]
    ) -> dict[_K, _V]:
        rows: Any = raw.get(name, [])
        found: dict[_K, _V] = {}
        if not isinstance(rows, list):
            self._fault(name, "not_list")
            return {}
        if len(rows) > MAX_ROWS:
            self._fault(name, "too_many")
        for at, row in enumerate(rows[:MAX_ROWS], 1):
            if not isinstance(row, dict):
                self._fault(f"{name}[{at}]", "not_table")
                continue
            key, value = read(row, f"{name}[{at}].")
            if key in found:
                self._fault(f"{name}[{at}]", "duplicate")
            found[key] = value
        return found

    def _both(self, raw: dict[str, Any], name: str, *, needed: bool = True) -> Text:
        return self._pair(self._table(raw, name), f"{name}.", needed=needed)

    def _pair(self, raw: dict[str, Any], at: str, *, needed: bool = True) -> Text:
        return Text(
            self._text(raw, "zh", at, needed=needed), self._text(raw, "en", at, needed=needed)
        )

    def _table(self, raw: dict[str, Any], name: str) -> dict[str, Any]:
        value = raw.get(name, {})
        if not isinstance(value, dict):
            self._fault(name, "not_table")
            return {}
        if len(value) > MAX_ROWS:
            self._fault(name, "too_many")
        return value

    def _shaped(self, raw: dict[str, Any], name: str, shape: re.Pattern[str]) -> str:
        value = self._text(raw, name)
        if value and not shape.fullmatch(value):
            self._fault(name, "bad_form")
        return value

    def _text(self, raw: dict[str, Any], name: str, at: str = "", *, needed: bool = True) -> str:
        value = raw.get(name, "")
        if not isinstance(value, str):
            self._fault(at + name, "not_text")
            return ""
        if needed and not value.strip():
            self._fault(at + name, "missing_key")
        if len(value) > MAX_TEXT:
            self._fault(at + name, "too_long")
        return value.strip()

    def _known(self, raw: dict[str, Any], at: str, names: str) -> None:
        self.unknown += [f"{at}{key}" for key in raw if key not in names.split()]

    def _fault(self, path: str, code: str) -> None:
        self.faults.setdefault(path, []).append(code)
