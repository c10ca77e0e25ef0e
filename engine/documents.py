"""The store of uploaded files, addressed by the SHA-256 of their content.

A file with digest ``abcd…`` lies at ``<files>/ab/cd/abcd…``. It gets there in four steps, so
that a power cut at any moment leaves either nothing or the whole file:

1. the bytes are written to a temporary name in ``<files>/tmp`` while they are counted, hashed
   and looked at;  2. ``fsync`` of that file;  3. ``rename`` to its final name;  4. ``fsync`` of
   the folder that now holds the name.

Only then is the row in ``document`` written. A rolled-back command may leave a file without a
row, which costs space and nothing else. Equal content is stored once.

What a file is, its own bytes decide: never the type the browser sent, and the extension must
agree. Archives inside (DOCX, XLSX, OFD) are opened only as far as their table of contents.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import sqlalchemy as sa

from engine.errors import Invalid, NotFound, Tampered
from engine.file_types import TYPES, sniff
from engine.instances import insert_new
from engine.model import document
from engine.unit_of_work import UnitOfWork

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_NAME: Final = 120
_BLOCK: Final = 256 * 1024


@dataclass(frozen=True)
class Document:
    """A stored file. ``name`` is what it was called when it was handed over."""

    digest: str
    name: str
    mime: str
    size_bytes: int


def store(
    uow: UnitOfWork,
    stream: BinaryIO,
    name: str,
    *,
    accept: Collection[str] = (),
    max_bytes: int = MAX_BYTES,
) -> Document:
    """Store what *stream* yields and return it; *accept* lists extensions, empty means all known.

    Raises Invalid with one of the codes file_empty, file_too_large, file_type (the content is
    none of the known types, or not what the extension says), file_not_accepted, file_unsafe
    (an archive that unpacks to too much or holds macros). Nothing is kept then.
    """
    shown = safe_name(name)
    folder = _root(uow) / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder)
    path = Path(temporary)
    try:
        with os.fdopen(handle, "w+b") as file:
            digest, size = _copy(stream, file, shown, max_bytes)
            mime = _checked_type(file, shown, frozenset(accept))
            file.flush()
            os.fsync(file.fileno())
        _settle(path, location(_root(uow), digest))
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
    _remember(uow, digest, size, mime)
    return Document(digest, shown, mime, size)


def location(root: Path, digest: str) -> Path:
    """Return where the file with *digest* lies below *root*; NotFound for anything else."""
    if len(digest) != hashlib.sha256().digest_size * 2 or set(digest) - set("0123456789abcdef"):
        raise NotFound("document_unknown")
    return root / digest[:2] / digest[2:4] / digest


def read(uow: UnitOfWork, digest: str) -> bytes:
    """Return the content of a stored file.

    Raises NotFound without such a document, Tampered if the bytes no longer match the digest.
    """
    if find(uow, digest) is None:
        raise NotFound("document_unknown")
    try:
        content = location(_root(uow), digest).read_bytes()
    except FileNotFoundError:
        raise Tampered("document_missing", digest=digest) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise Tampered("document_tampered", digest=digest)
    return content


def find(uow: UnitOfWork, digest: str) -> Document | None:
    """Return what is known of a stored file, or None; the name is that of its attachments."""
    row = uow.conn.execute(sa.select(document).where(document.c.digest == digest)).one_or_none()
    return None if row is None else Document(row.digest, "", row.mime, row.size_bytes)


def safe_name(name: str) -> str:
    """Return *name* without path, control and direction characters, at most MAX_NAME long."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/")).rpartition("/")[2]
    kept = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    kept = " ".join(kept.split()).strip(". ")
    stem, dot, extension = kept.rpartition(".")
    if not dot:
        return kept[:MAX_NAME] or "file"
    extension = extension[:8]
    return f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"


def extension_of(name: str) -> str:
    """Return the extension of *name* in small letters, without dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def _root(uow: UnitOfWork) -> Path:
    root = uow.engine.files
    assert root is not None, "an engine that stores files needs a folder for them"
    return root


def _copy(stream: BinaryIO, file: BinaryIO, name: str, most: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > most:
            raise Invalid("file_too_large", name=name, max_megabytes=most // (1024 * 1024))
        digest.update(block)
        file.write(block)
    if size == 0:
        raise Invalid("file_empty", name=name)
    return digest.hexdigest(), size


def _checked_type(file: BinaryIO, name: str, accept: frozenset[str]) -> str:
    """Return the MIME type of the content, which must agree with the extension."""
    extension = extension_of(name)
    allowed = accept & TYPES.keys() if accept else frozenset(TYPES)
    if extension not in allowed:
        raise Invalid("file_not_accepted", name=name, accepted="、".join(sorted(allowed)).upper())
    found = sniff(file)
    if found.unsafe:
        raise Invalid("file_unsafe", name=name)
    if found.kind != TYPES[extension].kind:
        raise Invalid("file_type", name=name, extension=extension.upper())
    return TYPES[extension].mime


def _settle(path: Path, final: Path) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    if not final.exists():
        path.replace(final)
        final.chmod(0o440)
    for folder in (final.parent, final.parent.parent, final.parent.parent.parent):
        _sync(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remember(uow: UnitOfWork, digest: str, size: int, mime: str) -> None:
    """Write the row unless the same content is known already."""
    values = {
        "digest": digest,
        "size_bytes": size,
        "mime": mime,
        "stored_by": uow.actor.id,
        "stored_at": uow.now,
    }
    insert_new(uow, document, values)
