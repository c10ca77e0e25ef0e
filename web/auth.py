"""Who is behind a request, and the right every route has to ask for.

The cookie holds an opaque token (``workflows.sessions``). Over https it is called
``__Host-linxuan``, which browsers accept only from this very host and only securely.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from engine.unit_of_work import SYSTEM, Engine
from workflows import policies, sessions
from workflows.sessions import Identity, Visitor

PUBLIC = "public"
SIGNED_IN = "signed_in"
PASSIVE = frozenset({"desk.counters", "scoring.progress", "ballots_hall.numbers"})
"""Pages a browser asks for by itself; they must not keep an abandoned session alive."""
NAMELESS = frozenset({"public", "public_vote", "ballots_slip", "ballots_public"})
"""Blueprints whose pages must not learn who is there: their cookie is not even looked at."""
WITH_ONE_TIME_PASSWORD = frozenset(
    {"auth.account", "auth.change_password", "auth.sign_out", "auth.preferences", "static"}
)
"""All that is open before a password that an administrator knows has been replaced."""
View = Callable[..., Any]


class SignInNeeded(Exception):
    """The page is for people who have signed in."""


def needs(right: str) -> Callable[[View], View]:
    """Declare the right a view asks for; put it directly above the view.

    ``public`` and ``signed_in`` are the two that need no role; all others stand in
    ``workflows.policies.RIGHTS``. Rights on one object are asked again by the command itself.
    """
    assert right in (PUBLIC, SIGNED_IN) or right in policies.RIGHTS, right

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            check(right)
            return view(*args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        return guarded

    return declare


def right_of(view: View) -> str | None:
    """Return the right a view declares, or nothing."""
    found: str | None = getattr(view, "right", None)
    return found


def check(right: str) -> None:
    """Raise ``SignInNeeded`` or ``NotAllowed`` unless this person may use such a page at all."""
    if right == PUBLIC:
        return
    who = identity()
    if who is None:
        raise SignInNeeded
    if right != SIGNED_IN:
        policies.require(who.actor, right)


def may(right: str, subject: policies.Subject | None = None) -> bool:
    """Say in a template whether to offer something; the command asks again."""
    who = identity()
    if right == PUBLIC or who is None:
        return right == PUBLIC
    return right == SIGNED_IN or policies.allowed(who.actor, right, subject)


def identity() -> Identity | None:
    """Return the person of this request, or nothing."""
    found: Identity | None = g.get("identity")
    return found


def visitor() -> Visitor:
    """Return where this request comes from."""
    return Visitor(request.remote_addr or "", request.user_agent.string)


def token() -> str:
    """Return the token of the sign-in cookie, or an empty text."""
    return request.cookies.get(_cookie_name(), "")


def remember(response: Response, fresh: str) -> None:
    """Put a fresh token into the cookie; it lasts until the browser closes or the session ends."""
    response.set_cookie(
        _cookie_name(), fresh, httponly=True, secure=request.is_secure, samesite="Lax", path="/"
    )


def forget(response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(
        _cookie_name(), path="/", httponly=True, secure=request.is_secure, samesite="Lax"
    )


def local_path(target: str | None, default: str = "/") -> str:
    """Return *target* when it is a path on this site, else *default*: no open redirects."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc or not target.isprintable() else target


def register(app: Flask) -> None:
    """Look up the person before every request but those for static files."""
    app.before_request(_look_up)
    app.before_request(_own_password_first)
    app.jinja_env.globals.update(identity=identity, may=may)


def _look_up() -> None:
    carried = token()
    if request.endpoint == "static" or request.blueprint in NAMELESS or not carried:
        return
    engine: Engine = current_app.extensions["engine"]
    with engine.read(SYSTEM) as uow:
        who = g.identity = sessions.find(uow, carried)
    if who is not None and who.stale and request.endpoint not in PASSIVE:
        with engine.begin(SYSTEM) as uow:
            sessions.touch(uow, who.session_id)


def _own_password_first() -> Response | None:
    """Lead somebody with a one-time password to the page that replaces it."""
    who = identity()
    if who is None or not who.once or request.endpoint in WITH_ONE_TIME_PASSWORD:
        return None
    return redirect(url_for("auth.account"), 303)


def _cookie_name() -> str:
    return "__Host-linxuan" if request.is_secure else "linxuan"
