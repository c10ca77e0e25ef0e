"""The application factory: the one place where the parts are put together.

Pages register themselves: every module of ``web.views`` that has a blueprint called ``pages``
is picked up, so a new page touches no other file.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from engine.unit_of_work import SYSTEM, Engine
from web import auth, errors, i18n, menu, views, words
from workflows import settings
from workflows.ballots.places import hall_of

REQUEST_BYTES = 64 * 1024 * 1024
FIELD_BYTES = 4 * 1024 * 1024
FIELD_COUNT = 5000

POLICY = (
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",  # bpmn-js and charts set style attributes
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie holds the CSRF token and flashes; it is secure whenever https is."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Follow the request, so that the same program serves http on a test machine."""
        return request.is_secure


def create_app(engine: Engine, *, proxies: int = 0) -> Flask:
    """Build the web application around *engine*, whose tables must exist.

    *proxies* is the number of reverse proxies in front whose ``X-Forwarded-*`` lines are true.
    """
    app = Flask(__name__)
    with engine.begin(SYSTEM) as uow:
        secret = settings.secret_key(uow)
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="linxuan_form",
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the sign-in lasts; half-day forms are usual
        WTF_CSRF_SSL_STRICT=False,  # the referrer is cut by the policy of some institutions
        MAX_CONTENT_LENGTH=REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=FIELD_BYTES,
        MAX_FORM_PARTS=FIELD_COUNT,
    )
    app.session_interface = Sessions()
    app.extensions["engine"] = engine
    app.extensions["hall"] = hall_of(engine)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if proxies:
        proxied = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    _put_together(app)
    return app


def _put_together(app: Flask) -> None:
    i18n.register(app)
    words.register(app)
    auth.register(app)  # before the token check, which asks who is there
    CSRFProtect(app)
    errors.register(app)
    for pages in _blueprints():
        app.register_blueprint(pages)
    app.after_request(_add_headers)
    app.jinja_env.globals.update(asset=asset, menu=menu.visible)


def _blueprints() -> list[Blueprint]:
    names = sorted(found.name for found in pkgutil.iter_modules(views.__path__))
    modules = [importlib.import_module(f"{views.__name__}.{name}") for name in names]
    found = [getattr(module, "pages", None) for module in modules]
    return [pages for pages in found if isinstance(pages, Blueprint)]


def asset(name: str) -> str:
    """Return the address of a file under ``static`` that changes when the file does."""
    file = Path(__file__).parent / "static" / name
    stamp: dict[str, Any] = {"v": file.stat().st_mtime_ns} if file.is_file() else {}
    return url_for("static", filename=name, **stamp)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static" and response.status_code < 400:  # noqa: PLR2004 – HTTP
        forever = "v" in request.args
        response.cache_control.max_age = 31536000 if forever else 3600
    elif not response.cache_control.public:  # only pages for everybody say so
        response.headers["Cache-Control"] = "no-store"  # personal pages stay in no cache
    return response
