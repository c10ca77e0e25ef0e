"""Pages for everybody: no account, no session, no token of a session, few things in caches.

A post is taken only when the browser says that it comes from a page of this site; there is no
cookie of ours that another site could ride on. How often something may be done from one place
is counted in ``workflows.publicity.limits``.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, HTTPException, TooManyRequests

from engine.errors import EngineError
from engine.unit_of_work import UnitOfWork
from web.commands import engine
from web.i18n import explain, sentence
from workflows.publicity import limits
from workflows.publicity.intake import PUBLIC

MINUTE = 60


def open_to_all(pages: Blueprint) -> None:
    """Make the pages of a blueprint pages for everybody."""
    pages.record_once(_no_session)
    pages.before_request(_same_site)
    pages.register_error_handler(EngineError, _refused)
    pages.register_error_handler(HTTPException, _http_error)


def read() -> UnitOfWork:
    """Start a query of somebody without an account."""
    return engine().read(PUBLIC)


def begin() -> UnitOfWork:
    """Start a command of somebody without an account."""
    return engine().begin(PUBLIC)


def require_within(what: str) -> None:
    """Count this request and raise TooManyRequests beyond the limit of its place."""
    with begin() as uow:
        within = limits.hit(uow, what, request.remote_addr or "")
    if not within:
        raise TooManyRequests


def cached(body: str, seconds: int = MINUTE) -> Response:
    """Answer with a page that shared caches may keep for a little while."""
    response = make_response(body)
    response.cache_control.public = True
    response.cache_control.max_age = seconds
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


def _no_session(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(state.blueprint)


def _same_site() -> None:
    g.language = request.args.get("lang", "")
    if request.method != "POST":
        return
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    if origin != request.host and request.headers.get("Sec-Fetch-Site") != "same-origin":
        raise BadRequest


def _refused(error: EngineError) -> ResponseReturnValue:
    return _page(error.status, error.code, explain(error))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < BadRequest.code:
        return error
    code = f"http_{error.code}"
    text = sentence(code)
    return _page(error.code, code, sentence("http_other") if text == code else text)


def _page(status: int, code: str, text: str) -> ResponseReturnValue:
    return render_template("public/refused.html", status=status, code=code, text=text), status
