"""Files of a case, only for people who may see the case; every download is written down."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response

from engine import documents
from web.auth import needs
from web.commands import begin
from workflows import casefile, identity

pages = Blueprint("files", __name__)


@pages.get("/cases/<instance_id>/files/<attachment_id>")
@needs("case.view")
def download(instance_id: str, attachment_id: str) -> Response:
    """Send a file as something to be saved, never as something to be shown or run."""
    with begin() as uow:
        found = casefile.file_of(uow, instance_id, attachment_id)
        content = documents.read(uow, found.digest)
        identity.log(
            uow, "file_downloaded", found.root_id, digest=found.digest, attachment=found.id
        )
    response = Response(content, content_type=found.mime)
    name = quote(found.name, safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
