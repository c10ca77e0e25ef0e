import hashlib
import io
import os
import zipfile

import pytest
import sqlalchemy as sa

from engine import documents
from engine.documents import location, read, safe_name, store
from engine.errors import Invalid, NotFound, Tampered
from engine.model import document
from engine.unit_of_work import Actor

LIN = Actor("lin", "林")
PDF = b"%PDF-1.7\nbody\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 32


def archive(*names: str, size: int = 10) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, b"0" * size)
    return held.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
GOOD = {
    "一.pdf": PDF,
    "一.PDF": PDF,
    "一.png": PNG,
    "一.jpg": JPEG,
    "一.jpeg": JPEG,
    "一.docx": DOCX,
    "一.xlsx": archive("xl/workbook.xml"),
    "一.ofd": archive("OFD.xml"),
    "一.txt": "纪要".encode(),
    "二.txt": "纪要".encode("gb18030"),
}


@pytest.fixture
def uow(engine):
    with engine.begin(LIN) as uow:
        yield uow


def keep(uow, content=PDF, name="一.pdf", **limits):
    return store(uow, io.BytesIO(content), name, **limits)


def files(uow):
    return [path for path in uow.engine.files.rglob("*") if path.is_file()]


def refused(uow, content, name, **limits):
    with pytest.raises(Invalid) as caught:
        keep(uow, content, name, **limits)
    assert files(uow) == [], "nothing is kept of a refused file"
    assert uow.conn.scalar(sa.select(sa.func.count()).select_from(document)) == 0
    return caught.value.code


def test_a_file_lies_under_its_digest_and_is_read_only(uow):
    kept = keep(uow)

    digest = hashlib.sha256(PDF).hexdigest()
    place = uow.engine.files / digest[:2] / digest[2:4] / digest
    assert kept == documents.Document(digest, "一.pdf", "application/pdf", len(PDF))
    assert (place.read_bytes(), files(uow)) == (PDF, [place])
    assert place.stat().st_mode & 0o222 == 0


def test_the_row_says_what_who_and_when(uow, clock):
    kept = keep(uow)

    row = uow.conn.execute(sa.select(document)).one()
    assert (row.digest, row.size_bytes, row.mime) == (kept.digest, len(PDF), "application/pdf")
    assert (row.stored_by, row.stored_at) == ("lin", clock.now)


@pytest.mark.both_databases
def test_equal_content_is_stored_once(engine):
    for actor in (LIN, Actor("chen", "陈")):
        with engine.begin(actor) as uow:
            keep(uow)
    with engine.read(LIN) as uow:
        assert uow.conn.scalars(sa.select(document.c.stored_by)).all() == ["lin"]


@pytest.mark.parametrize("name", GOOD)
def test_known_types_are_told_by_their_content(uow, name):
    assert keep(uow, GOOD[name], name).mime == documents.TYPES[name[2:].lower()].mime


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.pdf", "file_empty"),
        (b"MZ\x90\0", "a.pdf", "file_type"),
        (b"%PDF-1.7 cut off", "a.pdf", "file_type"),
        (b"<html>%PDF-", "a.pdf", "file_type"),
        (PDF, "a.docx", "file_type"),
        (DOCX, "a.xlsx", "file_type"),
        (archive("a.txt"), "a.docx", "file_type"),
        (b"PK\x03\x04broken", "a.docx", "file_type"),
        (PNG, "a.jpg", "file_type"),
        (b"\0\1\2", "a.txt", "file_type"),
        (b"\xff\xff\xff", "a.txt", "file_type"),
        (b"<script>alert(1)</script>", "a.txt", "file_type"),
        (PDF, "a.exe", "file_not_accepted"),
        (PDF, "a", "file_not_accepted"),
        (b"<svg/>", "a.svg", "file_not_accepted"),
        (archive("word/document.xml", "word/vbaProject.bin"), "a.docx", "file_unsafe"),
        (archive("word/document.xml", "../../etc/passwd"), "a.docx", "file_unsafe"),
        (archive("word/document.xml", "/x"), "a.docx", "file_unsafe"),
        (archive("word/document.xml", size=30_000_000), "a.docx", "file_unsafe"),
        (archive("word/document.xml", *map(str, range(5001)), size=0), "a.docx", "file_unsafe"),
    ],
)
def test_other_content_is_refused(uow, content, name, code):
    assert refused(uow, content, name) == code


def test_limits_of_the_caller_hold(uow):
    assert refused(uow, PDF, "a.pdf", accept=("docx",)) == "file_not_accepted"
    assert refused(uow, PDF, "a.pdf", accept=("exe",)) == "file_not_accepted"
    assert refused(uow, PDF + b"x" * 300_000, "a.pdf", max_bytes=1000) == "file_too_large"


def test_a_rolled_back_command_leaves_no_row(engine):
    with pytest.raises(Invalid), engine.begin(LIN) as uow:
        keep(uow)
        raise Invalid
    with engine.read(LIN) as uow:
        assert documents.find(uow, hashlib.sha256(PDF).hexdigest()) is None


def test_a_failure_while_writing_leaves_no_temporary_file(uow):
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - that it surfaces is the point
        store(uow, Broken(), "a.pdf")
    assert files(uow) == []


def test_reading_checks_the_digest(uow):
    kept = keep(uow)
    place = location(uow.engine.files, kept.digest)
    os.chmod(place, 0o600)  # noqa: PTH101 - what an intruder would do
    place.write_bytes(PDF + b"!")

    with pytest.raises(Tampered):
        read(uow, kept.digest)
    place.unlink()
    with pytest.raises(Tampered):
        read(uow, kept.digest)


@pytest.mark.parametrize("digest", ["", "x", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64])
def test_what_is_no_known_digest_is_not_found(uow, digest):
    with pytest.raises(NotFound):
        read(uow, digest)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("考察材料.pdf", "考察材料.pdf"),
        ("C:\\Users\\林\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("  a \n b .pdf ", "a b .pdf"),
        ("", "file"),
        ("...", "file"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_names_are_made_safe(given, kept):
    assert safe_name(given) == kept
