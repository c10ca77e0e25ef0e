"""Refusals as pages: the family decides the status, ``messages.toml`` the sentence.

A browser gets a page that says what happened and what can be done; htmx gets the same without
the frame; a program that asks for JSON gets code and parameters. An expired page or sign-in
never loses what somebody typed (``web.kept``). What nobody expected is logged under a number
that the page shows.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import (
    Flask,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from engine.errors import EngineError, Tampered
from web import auth, kept
from web.i18n import explain, sentence

logger = logging.getLogger(__name__)
FORM_EXPIRED = "form_expired"
UNAUTHORISED = 401


@dataclass(frozen=True)
class Refusal:
    """What the reader is told."""

    status: int
    code: str
    text: str
    params: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Any, ...] = ()


def register(app: Flask) -> None:
    """Answer every refusal of *app*."""
    app.register_error_handler(EngineError, _engine_error)
    app.register_error_handler(auth.SignInNeeded, lambda _error: ask_to_sign_in())
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)


def answer(refusal: Refusal) -> ResponseReturnValue:
    """Return *refusal* in the form the client can use."""
    if wants_json():
        body = {"code": refusal.code, "message": refusal.text, **_plain(refusal.params)}
        return jsonify(body), refusal.status
    frame = "_refusal.html" if request.headers.get("HX-Request") else "error.html"
    return _over("#refusal", render_template(frame, refusal=refusal), refusal.status)


def wants_json() -> bool:
    """Say whether the client prefers JSON to a page."""
    best = request.accept_mimetypes.best_match(("text/html", "application/json"), "text/html")
    return best == "application/json"


def ask_to_sign_in(notice: str = "") -> ResponseReturnValue:
    """Send the reader to the sign-in page, with the form that was posted, if any."""
    if wants_json():
        text = sentence("sign_in_needed")
        return jsonify(code="sign_in_needed", message=text), UNAUTHORISED
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    form = kept.from_request()
    if form is not None:
        page = {"next": "", "kept": kept.pack(form), "notice": sentence("kept_after_sign_in")}
        return _over("body", render_template("sign_in.html", **page), UNAUTHORISED)
    target = url_for("auth.sign_in", next=back or None)
    if request.headers.get("HX-Request"):
        response = make_response("", UNAUTHORISED)
        response.headers["HX-Redirect"] = target
        return response
    if notice:
        return render_template("sign_in.html", next="", kept="", notice=notice), UNAUTHORISED
    return redirect(target, 303)


def _engine_error(error: EngineError) -> ResponseReturnValue:
    if isinstance(error, Tampered):
        logger.critical("stored evidence does not verify: %s %s", error.code, error.params)
    findings = tuple(getattr(error, "findings", ()))
    return answer(Refusal(error.status, error.code, explain(error), error.params, findings))


def _form_expired(error: CSRFError) -> ResponseReturnValue:
    if auth.identity() is None:
        return ask_to_sign_in(sentence(FORM_EXPIRED))
    form = kept.from_request()
    if form is None:
        return answer(Refusal(error.code, FORM_EXPIRED, sentence(FORM_EXPIRED)))
    page = render_template("resume.html", kept=form, text=sentence(FORM_EXPIRED))
    return _over("body", page, error.code)


def _over(place: str, body: str, status: int) -> Response:
    """Answer with *body*; htmx shall put it at *place*, for the form it came from must stay."""
    response = make_response(body, status)
    if request.headers.get("HX-Request"):
        response.headers["HX-Retarget"] = place
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or InternalServerError.code
    if error.response is not None or status < 400:  # noqa: PLR2004 – redirects are no errors
        return error
    code = f"http_{status}" if sentence(f"http_{status}") != f"http_{status}" else "http_other"
    params: dict[str, Any] = {}
    if status >= InternalServerError.code:
        params["number"] = secrets.token_hex(4)
        logger.error("incident %s", params["number"], exc_info=error)
    return answer(Refusal(status, code, sentence(code, params), params))


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    allowed = (str, int, bool, list, dict, type(None))
    return {
        name: value if isinstance(value, allowed) else str(value) for name, value in params.items()
    }
