"""What a file is, told from its own bytes. Only types a case file may hold are known."""

from __future__ import annotations

import os
import re
import zipfile
from dataclasses import dataclass
from typing import BinaryIO, Final

import filetype

_HEAD: Final = 8192
_TAIL: Final = 2048
MAX_ENTRIES: Final = 5_000
MAX_UNPACKED: Final = 300 * 1024 * 1024
MAX_RATIO: Final = 200
"""Bounds on archives: entries, unpacked bytes in all, unpacked to packed."""
RATIO_FREE: Final = 10 * 1024 * 1024
"""Small archives may compress better than MAX_RATIO: a form of one repeated line does."""

_MACROS: Final = re.compile(r"vbaproject\.bin$|/activex/|/embeddings/.*\.bin$", re.IGNORECASE)
_MARKERS: Final = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "OFD.xml": "ofd"}
_CONTROL: Final = bytes(set(range(32)) - set(b"\t\n\r\f"))
_GUESSED: Final = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}


@dataclass(frozen=True)
class FileType:
    """A type by its extension: the ``kind`` that ``sniff`` tells, and the MIME type we serve."""

    kind: str
    mime: str


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
TYPES: Final = {
    "pdf": FileType("pdf", "application/pdf"),
    "ofd": FileType("ofd", "application/ofd"),
    "docx": FileType("docx", f"{_OFFICE}.wordprocessingml.document"),
    "xlsx": FileType("xlsx", f"{_OFFICE}.spreadsheetml.sheet"),
    "png": FileType("png", "image/png"),
    "jpg": FileType("jpg", "image/jpeg"),
    "jpeg": FileType("jpg", "image/jpeg"),
    "txt": FileType("txt", "text/plain"),
}


@dataclass(frozen=True)
class Found:
    """What a file turned out to be; ``kind`` is empty for anything unknown."""

    kind: str
    unsafe: bool = False


def sniff(file: BinaryIO) -> Found:
    """Look at *file* from its beginning and tell what it is. The position is left at the end."""
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(b"PK\x03\x04"):
        found = _archive(file)
    elif head.startswith(b"%PDF-"):
        found = Found("pdf" if b"%%EOF" in _tail(file) else "")
    else:
        guess = filetype.guess_mime(head)
        kind = _GUESSED.get(guess or "", "")
        found = Found(kind) if guess else Found("txt" if _is_text(file) else "")
    file.seek(0, os.SEEK_END)
    return found


def _tail(file: BinaryIO) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    return file.read()


def _archive(file: BinaryIO) -> Found:
    """Read the table of contents only; nothing is unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return Found("")
    names = {entry.filename for entry in entries}
    kind = next((kind for marker, kind in _MARKERS.items() if marker in names), "")
    return Found(kind, unsafe=_is_unsafe(entries))


def _is_unsafe(entries: list[zipfile.ZipInfo]) -> bool:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    too_much = len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED
    bomb = unpacked > RATIO_FREE and unpacked > MAX_RATIO * max(packed, 1)
    return too_much or bomb or any(_is_bad_name(entry.filename) for entry in entries)


def _is_bad_name(name: str) -> bool:
    """Whether an entry leaves the archive when unpacked, or holds macros."""
    outside = name.startswith("/") or ".." in name.split("/") or "\\" in name
    return outside or _MACROS.search(name) is not None


def _is_text(file: BinaryIO) -> bool:
    """Whether the whole file is readable text in UTF-8 or GB 18030."""
    file.seek(0)
    content = file.read()
    if content.translate(None, _CONTROL) != content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return re.search(r"<\s*(script|html|svg|!doctype)", text, re.IGNORECASE) is None
    return False
