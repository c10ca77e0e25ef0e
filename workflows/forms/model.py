"""What a form is: frozen values made once from its JSON and shared by every request.

Vocabulary. A **field** is one component of the form. Fields with a ``key`` carry a value;
fields of one data level form a **scope**: the form itself, a group with a path, one row of a
repeating list. A **path** names a value across scopes: the keys and row numbers joined by
``-`` (``talks-0-who``); it is the HTML name of the control and the key of its errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, Protocol

from engine.feel import Expression

Snapshot = Mapping[str, Any]
"""A person, post, unit, option or file as it was when it was chosen."""

Lang = Literal["zh", "en"]
Mode = Literal["edit", "read", "print"]

STATIC: Final = frozenset({"text", "html", "separator", "spacer"})
CONTAINERS: Final = frozenset({"group", "dynamiclist"})
CHOICES: Final = frozenset({"select", "radio"})
MANY_CHOICES: Final = frozenset({"checklist", "taglist"})
VALUES: Final = frozenset(
    {"textfield", "textarea", "number", "datetime", "checkbox", "filepicker", "expression"}
)
TYPES: Final = STATIC | CONTAINERS | CHOICES | MANY_CHOICES | VALUES
REFERENCES: Final = frozenset({"person", "post", "unit"})
TEXT_KINDS: Final = frozenset({"docno", "idcard", "yyyymm"})
KINDS: Final = REFERENCES | TEXT_KINDS | {"people", "money", "signature"}

DEFAULT_LENGTH: Final = {"textfield": 200, "textarea": 5000}
MAX_ROWS: Final = 200
MAX_FILES: Final = 20
MAX_FILE_BYTES: Final = 50 * 1024 * 1024


@dataclass(frozen=True)
class Message:
    """Why a value is refused: a code and what its sentence is filled with."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """A mistake in the definition of a form, told to its author in both languages."""

    place: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Words:
    """A text the author of the form wrote, in Chinese and, if given, in English."""

    zh: str = ""
    en: str = ""

    def say(self, lang: Lang) -> str:
        """Return the text in *lang*; Chinese stands in for missing English."""
        return self.en if lang == "en" and self.en else self.zh


@dataclass(frozen=True)
class Option:
    """One choice. ``stored`` is what the answer keeps: the value, or a snapshot of it."""

    value: str
    words: Words
    stored: Any = None


Bound = Decimal | str | Expression | None
"""A limit that is fixed (a number, an ISO date) or computed from the answers."""


@dataclass(frozen=True)
class Limits:
    """What a single value has to satisfy."""

    low: Bound = None
    high: Bound = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: re.Pattern[str] | None = None
    pattern_words: Words = Words()
    text_type: str = ""
    digits: int | None = None
    step: Decimal | None = None


@dataclass(frozen=True)
class Logic:
    """What the form decides about a field while it is being filled in."""

    hide: Expression | None = None
    readonly: bool = False
    readonly_when: Expression | None = None
    editable_by: frozenset[str] = frozenset()
    rule: Expression | None = None
    rule_words: Words = Words()
    prefill: Expression | None = None
    default: Any = None
    computed: Expression | None = None
    options: Expression | None = None

    @property
    def expressions(self) -> Iterator[tuple[str, Expression]]:
        """Every expression with the name of its setting."""
        for name in ("hide", "readonly_when", "rule", "prefill", "computed", "options"):
            found = getattr(self, name)
            if found is not None:
                yield name, found


@dataclass(frozen=True)
class RowLimits:
    """How many rows a repeating list has."""

    start: int = 1
    least: int = 0
    most: int = 100
    fixed: bool = False


@dataclass(frozen=True)
class FileLimits:
    """Which files a field takes."""

    extensions: tuple[str, ...] = ()
    most: int = 1
    max_bytes: int = MAX_FILE_BYTES


@dataclass(frozen=True)
class Layout:
    """How a field is drawn; nothing here changes what is valid."""

    columns: int = 16
    matrix: bool = False
    prefix: str = ""
    suffix: str = ""
    placeholder: Words = Words()
    confirm: Words = Words()


@dataclass(frozen=True, eq=False)
class Field:
    """One component of a form. ``no`` is its position in the whole form."""

    no: int
    type: str
    kind: str = ""
    subtype: str = ""
    key: str = ""
    label: Words = Words()
    hint: Words = Words()
    text: Words = Words()
    required: bool = False
    options: tuple[Option, ...] = ()
    limits: Limits = Limits()
    logic: Logic = Logic()
    rows: RowLimits = RowLimits()
    files: FileLimits = FileLimits()
    layout: Layout = Layout()
    variable: str = ""
    record: str = ""
    identity: bool = False  # tells who an entry is from: hidden where reading is blind
    children: tuple[Field, ...] = ()

    @property
    def carries(self) -> bool:
        """Whether the field has a value of its own in its scope."""
        return bool(self.key)

    @property
    def several(self) -> bool:
        """Whether the value is a list."""
        return self.type in MANY_CHOICES or self.type == "filepicker" or self.kind == "people"


@dataclass(frozen=True, eq=False)
class Form:
    """A form definition. ``digest`` is the SHA-256 of its JSON."""

    id: str
    title: Words
    fields: tuple[Field, ...]
    digest: str
    has_logic: bool

    def walk(self) -> Iterator[tuple[str, Field]]:
        """Yield every field with its place, parents first."""
        yield from _walk(self.fields, "")

    def expressions(self) -> Iterator[tuple[str, Expression]]:
        """Yield every expression with its place, for the linter of packages."""
        for place, found in self.walk():
            for name, expression in found.logic.expressions:
                yield f"{place}.{name}", expression

    def variables(self) -> frozenset[str]:
        """Return the instance variables the form sets."""
        return frozenset(found.variable for _, found in self.walk() if found.variable)


def _walk(fields: tuple[Field, ...], prefix: str) -> Iterator[tuple[str, Field]]:
    for found in fields:
        place = f"{prefix}-{found.key}" if prefix and found.key else found.key or prefix
        yield place, found
        yield from _walk(found.children, place)


def leaves(fields: Sequence[Field]) -> Iterator[Field]:
    """Yield the fields of one scope that carry a value; groups without a path are open."""
    for found in fields:
        if found.type == "group" and not found.key:
            yield from leaves(found.children)
        elif found.carries:
            yield found


class Directory(Protocol):
    """Where people, posts and units are looked up. Snapshots hold at least id and name."""

    def find(self, kind: str, key: str) -> Snapshot | None:
        """Return the snapshot of the one with the id *key*, or None."""
        ...

    def search(self, kind: str, text: str, limit: int) -> Sequence[Snapshot]:
        """Return at most *limit* snapshots whose name, unit or post contains *text*."""
        ...


@dataclass(frozen=True)
class Context:
    """Everything a form may look at beyond what was typed into it.

    ``variables`` are those of the instance, ``records`` the data of earlier steps by node,
    ``stored`` what this form held before (kept where the actor may not write), ``roles`` the
    actor codes under which the task is done, ``actor`` a snapshot of who fills it in and
    ``capacity`` the words a signature shows. ``files`` tells whether a stored file may be used
    here and returns what is known about it.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    records: Mapping[str, Any] = field(default_factory=dict)
    stored: Mapping[str, Any] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    actor: Mapping[str, Any] = field(default_factory=dict)
    capacity: str = ""
    now: datetime | None = None
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    directory: Directory | None = None
    files: Callable[[str], Mapping[str, Any] | None] | None = None
    lang: Lang = "zh"


@dataclass(frozen=True)
class FileUse:
    """A file an answer contains: where, under which record code, and its snapshot."""

    path: str
    record: str
    file: Snapshot


@dataclass(frozen=True)
class Cleaned:
    """A form filled in correctly: the record, the variables it sets, the files it holds."""

    data: dict[str, Any]
    variables: dict[str, Any]
    files: tuple[FileUse, ...]
