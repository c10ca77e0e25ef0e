"""Reading a spreadsheet somebody sends: bounded, all cells as text, nothing evaluated.

XLSX by openpyxl, after the archive was looked at: what unpacks to too much, holds macros or
declares a document type is refused before any of its XML is parsed. A formula is no value and is
named as a fault of its line. CSV in UTF-8 or GB 18030.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import openpyxl
from openpyxl.utils import get_column_letter

from engine import file_types
from engine.errors import Invalid

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_PART: Final = 60 * 1024 * 1024
"""Unpacked bytes of all parts of an archive together."""
MAX_COLUMNS: Final = 120
MAX_ROW: Final = 1_048_576
MAX_CELL: Final = 10_000
MAX_EXACT: Final = 10**15
"""Whole numbers from here on have lost digits in the program that wrote them."""
_BLOCK: Final = 1 << 16
_DOCTYPE: Final = re.compile(rb"<!\s*(doctype|entity)", re.IGNORECASE)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError,
    ValueError, TypeError, LookupError, AttributeError, OverflowError, SyntaxError,
)  # fmt: skip
"""What openpyxl and the parsers below it raise for files that are none; SyntaxError is XML's."""


@dataclass(frozen=True)
class Line:
    """One line that is not empty: its number in the sheet, its cells, what is wrong with some."""

    no: int
    cells: tuple[str, ...]
    bad: Mapping[int, str] = field(default_factory=dict)

    def cell(self, at: int) -> str:
        """Return a cell, empty beyond the last one."""
        return self.cells[at] if at < len(self.cells) else ""


@dataclass(frozen=True)
class Fault:
    """What is wrong at one place: line (0: the whole sheet), column title or letter, sentence."""

    line: int
    column: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def read(name: str, content: bytes, *, most: int = 2000) -> list[Line]:
    """Return the lines of the first sheet that are not empty, at most *most*.

    Raises Invalid: sheet_type, sheet_empty, sheet_too_large, sheet_unsafe, sheet_broken,
    sheet_lines.
    """
    if not content:
        raise Invalid("sheet_empty")
    if len(content) > MAX_BYTES:
        raise Invalid("sheet_too_large", most=MAX_BYTES // (1024 * 1024))
    extension = name.rpartition(".")[2].lower()
    if extension in ("xlsm", "xltm", "xlsb", "xlam"):
        raise Invalid("sheet_macros")
    if extension not in ("xlsx", "csv"):
        raise Invalid("sheet_type")
    found: list[Line] = []
    for line in _xlsx(content) if extension == "xlsx" else _csv(content):
        if any(line.cells) or line.bad:
            found.append(line)
        if len(found) > most:
            raise Invalid("sheet_lines", most=most)
    if not found:
        raise Invalid("sheet_empty")
    return found


def letter(at: int) -> str:
    """Return the letter of a column, counted from 0."""
    return str(get_column_letter(at + 1))


def _xlsx(content: bytes) -> Iterator[Line]:
    _look_into(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations it does not know
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not believed
        rows = sheet.iter_rows(max_row=MAX_ROW, max_col=MAX_COLUMNS)
        for no, row in enumerate(rows, start=1):
            cells = [_cell(each) for each in row]
            while cells and cells[-1] == ("", ""):
                cells.pop()
            bad = {at: code for at, (_text, code) in enumerate(cells) if code}
            yield Line(no, tuple(text for text, _code in cells), bad)
    except _BROKEN as error:
        raise Invalid("sheet_broken") from error


def _look_into(content: bytes) -> None:
    """Refuse an archive that is none, unpacks to too much, holds macros or a document type."""
    stream = io.BytesIO(content)
    found = file_types.sniff(stream)
    if found.unsafe:
        raise Invalid("sheet_unsafe")
    if found.kind != "xlsx":
        raise Invalid("sheet_type")
    total = 0
    try:
        with zipfile.ZipFile(stream) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as part:
                    tail = b""
                    while block := part.read(_BLOCK):
                        total += len(block)
                        if total > MAX_PART or _DOCTYPE.search(tail + block):
                            raise Invalid("sheet_unsafe")
                        tail = block[-16:]
    except _BROKEN as error:
        raise Invalid("sheet_broken") from error


def _cell(cell: Any) -> tuple[str, str]:
    """Return the text of a cell and the code of what is wrong with it."""
    value = cell.value
    if value is None:
        return "", ""
    if cell.data_type == "f":
        return "", "sheet_formula"
    if cell.data_type == "e":
        return "", "sheet_error_cell"
    return _text(value)


def _text(value: Any) -> tuple[str, str]:
    match value:
        case bool():
            return ("是" if value else "否"), ""
        case int() | float():
            return _number(value)
        case datetime() if value.time() != time():
            return value.isoformat(timespec="minutes"), ""
        case datetime():
            return value.date().isoformat(), ""
        case date() | time():
            return value.isoformat(), ""
    return ("", "sheet_duration") if isinstance(value, timedelta) else _plain(str(value))


def _plain(text: str) -> tuple[str, str]:
    if len(text) > MAX_CELL:
        return "", "sheet_cell_long"
    return _CONTROL.sub("", text).strip(), ""


def _number(value: Any) -> tuple[str, str]:
    exact = Decimal(repr(value))
    if not exact.is_finite():
        return "", "sheet_error_cell"
    if abs(exact) >= MAX_EXACT:
        return "", "sheet_long_number"
    whole = exact == exact.to_integral_value()
    return (str(int(exact)) if whole else f"{exact.normalize():f}"), ""


def _csv(content: bytes) -> Iterator[Line]:
    text = _decoded(content)
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        for no, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            cells = [_plain(each) for each in row[:MAX_COLUMNS]]
            bad = {at: code for at, (_text, code) in enumerate(cells) if code}
            yield Line(no, tuple(each for each, _code in cells), bad)
    except csv.Error as error:
        raise Invalid("sheet_broken") from error


def _decoded(content: bytes) -> str:
    if b"\x00" in content:
        raise Invalid("sheet_broken")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("sheet_broken")
