"""What the templates draw: a form, its fields, options and rows as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from workflows.forms.model import Form, Lang, Message, Mode

COLUMNS: Final = 16
FIELDS_PER_LINE: Final = 3


@dataclass(frozen=True)
class OptionView:
    """One choice and whether it is taken."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class FieldView:
    """One visible field. ``control`` names the macro that draws it."""

    control: str
    path: str
    id: str
    label: str
    hint: str = ""
    value: str = ""
    text: str = ""
    required: bool = False
    locked: bool = False
    columns: int = 16
    errors: tuple[Message, ...] = ()
    options: tuple[OptionView, ...] = ()
    suggestions: tuple[str, ...] = ()
    items: tuple[FieldView, ...] = ()
    rows: tuple[RowView, ...] = ()
    heads: tuple[FieldView, ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()
    signature: Mapping[str, Any] | None = None
    attrs: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    suffix: str = ""
    can_add: bool = False
    can_remove: bool = False
    checked: bool = False

    @property
    def described_by(self) -> str:
        """The ids of the texts that explain the control."""
        parts = [f"{self.id}-e"] * bool(self.errors) + [f"{self.id}-h"] * bool(self.hint)
        return " ".join(parts)

    @property
    def lines(self) -> list[tuple[FieldView, ...]]:
        """The fields of a group packed into lines, for a sheet."""
        return pack(self.items)


@dataclass(frozen=True)
class RowView:
    """One row of a repeating list."""

    number: int
    path: str
    cells: tuple[FieldView, ...]


@dataclass(frozen=True)
class FormView:
    """A form as one page shows it."""

    form: Form
    mode: Mode
    lang: Lang
    fields: tuple[FieldView, ...]
    unplaced: tuple[Message, ...] = ()

    @property
    def wrong(self) -> list[tuple[str, FieldView]]:
        """The fields with messages and the way to them, in reading order, for the summary."""
        return [(" · ".join(way), each) for way, each in flat(self.fields) if each.errors]

    @property
    def wrong_paths(self) -> str:
        """The paths of those fields, for the hidden field ``_wrong``."""
        return " ".join(each.path for _, each in self.wrong)

    @property
    def needs_files(self) -> bool:
        """Whether the page has to post files."""
        return any(each.control == "files" for _, each in flat(self.fields))

    @property
    def lines(self) -> list[tuple[FieldView, ...]]:
        """The fields packed into lines of 16 columns, for a sheet."""
        return pack(self.fields)


def pack(fields: Sequence[FieldView]) -> list[tuple[FieldView, ...]]:
    """Fill lines of 16 columns in reading order; what fills a line alone gets its own."""
    lines: list[tuple[FieldView, ...]] = []
    line: list[FieldView] = []
    used = 0
    for each in fields:
        if each.control == "gap":
            continue
        if line and (used + each.columns > COLUMNS or len(line) == FIELDS_PER_LINE):
            lines.append(tuple(line))
            line, used = [], 0
        line.append(each)
        used += each.columns
    return [*lines, tuple(line)] if line else lines


def flat(
    fields: Sequence[FieldView], way: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], FieldView]]:
    """Yield the fields and everything inside them with the labels on the way to them."""
    for each in fields:
        here = (*way, each.label) if each.label else way
        yield here, each
        yield from flat(each.items, here)
        for row in each.rows:
            yield from flat(row.cells, (*here, str(row.number + 1)))
