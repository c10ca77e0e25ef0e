"""Writing XLSX files: every text stays a text, whatever it begins with.

A text that begins with ``=``, ``+``, ``-`` or ``@`` is stored as text and marked so
(``quotePrefix``), as the programs themselves do for a typed apostrophe; it is never a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

MIME: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
MAX_CELL: Final = 32_000
MAX_TITLE: Final = 31
MAX_LIST: Final = 250
"""Characters of the choices a cell may offer by itself; longer lists only stand in the notes."""
LINES_WITH_CHOICES: Final = 2000
_HEAD: Final = PatternFill("solid", fgColor="F3E3E1")
_NUMBER: Final = re.compile(r"-?\d{1,12}(\.\d{1,6})?")


@dataclass(frozen=True)
class Column:
    """A column: its title, its width in characters, and what may be chosen in it."""

    title: str
    width: int = 18
    choices: tuple[str, ...] = ()
    number: bool = False


@dataclass(frozen=True)
class Page:
    """One sheet of a file."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]] = ()


def write(pages: Sequence[Page]) -> bytes:
    """Return an XLSX file with these sheets."""
    book = Workbook()
    book.remove(book.active)
    for page in pages:
        _fill(book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", page.title)[:MAX_TITLE]), page)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _fill(sheet: Any, page: Page) -> None:
    sheet.freeze_panes = "A2"
    for at, column in enumerate(page.columns, start=1):
        head = sheet.cell(1, at)
        _put(head, column.title)
        head.font, head.fill = Font(bold=True), _HEAD
        head.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(at)].width = column.width
        _offer(sheet, column, get_column_letter(at))
    for no, row in enumerate(page.rows, start=2):
        for at, value in enumerate(row, start=1):
            if value not in (None, ""):
                number = at <= len(page.columns) and page.columns[at - 1].number
                _put(sheet.cell(no, at), value, number=number)


def _put(cell: Any, value: Any, *, number: bool = False) -> None:
    if isinstance(value, int) and not isinstance(value, bool):
        cell.value = value
        return
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:MAX_CELL]
    if number and _NUMBER.fullmatch(text):
        cell.value = Decimal(text)
        return
    cell.value = text
    cell.data_type = "s"
    if text.startswith(DANGEROUS):
        cell.quotePrefix = True


def _offer(sheet: Any, column: Column, name: str) -> None:
    offered = ",".join(column.choices)
    if not column.choices or len(offered) > MAX_LIST or any("," in c or '"' in c
                                                            for c in column.choices):  # fmt: skip
        return
    rule = DataValidation(type="list", formula1=f'"{offered}"', allow_blank=True)
    sheet.add_data_validation(rule)
    rule.add(f"{name}2:{name}{LINES_WITH_CHOICES}")
