"""Spreadsheets as files of a request and of an answer."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, request

from workflows.spreadsheets.reading import MAX_BYTES
from workflows.spreadsheets.writing import MIME


def sent() -> tuple[str, bytes]:
    """Return name and content of the file of this request; no more than is looked at is read."""
    file = request.files.get("file")
    if file is None:
        return "", b""
    return file.filename or "", file.stream.read(MAX_BYTES + 1)


def spreadsheet(content: bytes, name: str) -> Response:
    """Answer with an XLSX file to be saved under *name*."""
    response = Response(content, content_type=MIME)
    known = quote(f"{name}.xlsx", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{known}"
    return response
