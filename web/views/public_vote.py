"""The page on which everybody may vote, without an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import documents
from engine.errors import Conflict, Invalid, NotFound
from web import outside
from web.auth import PUBLIC, needs
from web.i18n import explain
from web.views.public import A_DAY, picture
from workflows.publicity import voting
from workflows.publicity.voting import Ballot

pages = Blueprint("public_vote", __name__)
outside.open_to_all(pages)
DEVICE: Final = "linxuan_vote"
DEVICE_DAYS: Final = 90


@pages.get("/vote/<key>")
@needs(PUBLIC)
def show(key: str) -> ResponseReturnValue:
    """Show what may be voted for."""
    return outside.cached(_page(key))


@pages.post("/vote/<key>")
@needs(PUBLIC)
def cast(key: str) -> ResponseReturnValue:
    """Take the votes of this device."""
    outside.require_within("vote")
    device = request.cookies.get(DEVICE, "")[:64] or voting.device()
    agent = request.user_agent.string
    ballot = Ballot(request.form.getlist("entries"), device, request.remote_addr or "", agent)
    try:
        with outside.begin() as uow:
            taken = voting.cast(uow, key, ballot)
    except (Invalid, Conflict) as error:
        return _page(key, refused=explain(error)), error.status
    response = make_response(_page(key, taken=taken))
    response.set_cookie(
        DEVICE, device, max_age=DEVICE_DAYS * A_DAY, path="/vote/", httponly=True,
        secure=request.is_secure, samesite="Strict",
    )  # fmt: skip
    return response


@pages.get("/vote/<key>/qr.svg")
@needs(PUBLIC)
def qr(key: str) -> ResponseReturnValue:
    """Return the address of a vote as a picture for posters."""
    with outside.read() as uow:
        voting.booth(uow, key)
    return picture(url_for(".show", key=key, _external=True))


@pages.get("/vote/<key>/photo/<int:number>")
@needs(PUBLIC)
def photo(key: str, number: int) -> ResponseReturnValue:
    """Send the picture of an entry."""
    with outside.read() as uow:
        entries = voting.booth(uow, key).settings["entries"]
        about = photo_of(entries[number]) if number < len(entries) else None
        if about is None:
            raise NotFound("document_unknown")
        content = documents.read(uow, about["digest"])
    response = make_response(content)
    response.content_type = about["mime"]
    response.headers["Cache-Control"] = f"public, max-age={A_DAY}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@pages.app_template_global("photo_of")
def photo_of(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the picture an entry brings, a stored JPEG or PNG, or None."""
    for name in ("photo", "media"):
        found = entry.get(name)
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, Mapping) and one.get("mime") in ("image/jpeg", "image/png"):
                return one
    return None


def _page(key: str, *, refused: str = "", taken: int = 0) -> str:
    with outside.read() as uow:
        booth, now = voting.booth(uow, key), uow.now
    return render_template(
        "public/vote.html", booth=booth, now=now, refused=refused, taken=taken,
        chosen=request.form.getlist("entries") if refused else [],
    )  # fmt: skip
