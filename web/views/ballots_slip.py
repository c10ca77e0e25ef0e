"""Voting with a slip: no account, no session, no cookie; the code on the slip is the credential.

All steps are posts to one address with everything in the body, so that neither code nor choice
is in an address, a history or a log. Requests and answers of one vote have one length each.
The step that casts is the only one that writes, and it writes into the store of boxes alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from engine.errors import AlreadyDone, EngineError, Invalid, NotFound
from web import ballot_paper, threats
from web.auth import PUBLIC, needs, token
from web.i18n import explain
from workflows.ballots import casting, entrance
from workflows.ballots.entrance import Ticket
from workflows.ballots.events import Hall

pages = Blueprint("ballots_slip", __name__)
CODE_REQUEST = 256
STEPS = ("mark", "back", "cast")


@pages.record_once
def _no_session(state: BlueprintSetupState) -> None:
    """Take these pages out of the check of session tokens: there is no session to ride on."""
    state.app.extensions["csrf"].exempt(pages)


@pages.before_request
def _same_site() -> None:
    """Choose the language without a session; refuse posts that come from another site."""
    g.language = request.values.get("lang", "")
    if request.method != "POST":
        return
    origin = urlsplit(request.headers.get("Origin", ""))
    if origin.netloc != request.host or request.mimetype != "application/x-www-form-urlencoded":
        raise BadRequest


@pages.after_request
def _one_length(response: Response) -> Response:
    """Fill the page up to the length that all pages of this vote have; keep it out of caches."""
    if response.mimetype == "text/html":
        size, body = g.get("page_size", ballot_paper.PAGE), response.get_data()
        room = -(-(len(body) + len(b"<!---->")) // size) * size
        filling = b"0" * (room - len(body) - len(b"<!---->"))
        response.set_data(body + b"<!--" + filling + b"-->")
    response.headers["Cache-Control"] = "no-store, no-transform"
    return response


@pages.get("/vote-slip")
@needs(PUBLIC)
def start() -> ResponseReturnValue:
    """Ask for the code of a slip."""
    return _ask()


@pages.post("/vote-slip")
@needs(PUBLIC)
def go_on() -> ResponseReturnValue:
    """Take the next step: open the paper, look it over, go back, cast."""
    code = request.form.get("code", "").rpartition("#")[2].strip()
    try:
        hall = _hall()
        ticket = entrance.find(hall, code)
        g.page_size = ballot_paper.page_size(ticket.rules)
        step = request.form.get("step", "")
        return _step(hall, ticket, code, step if step in STEPS else "")
    except EngineError as refused:
        typed = code if isinstance(refused, Invalid | NotFound) else ""
        again = isinstance(refused, AlreadyDone)
        return _ask(explain(refused), typed, used=again), refused.status


@pages.get("/vote-slip/done")
@needs(PUBLIC)
def done() -> ResponseReturnValue:
    """Leave nothing on the screen for the next voter."""
    response = current_app.make_response(render_template("ballots/slip_done.html"))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@pages.get("/ballots/threat-model")
@needs(PUBLIC)
def threat_model() -> ResponseReturnValue:
    """Say what a secret ballot here is protected from, and from what it is not."""
    return render_template("ballots/threats.html", parts=threats.parts())


def _step(hall: Hall, ticket: Ticket, code: str, step: str) -> ResponseReturnValue:
    filled = ballot_paper.read(ticket.rules, request.form)
    if step in ("", "back"):
        return _paper(ticket, code, filled)
    data = ballot_paper.ballot(ticket.rules, filled)
    try:
        if step == "mark":
            casting.preview(hall.store, ticket.event, data)
            return _look_over(ticket, code, filled)
        receipt = casting.cast(hall.store, ticket.event, code, data)
    except Invalid as refused:
        return _paper(ticket, code, filled, explain(refused)), refused.status
    return render_template("ballots/slip_receipt.html", ticket=ticket, receipt=receipt)


def _ask(refused: str = "", typed: str = "", *, used: bool = False) -> str:
    return render_template(
        "ballots/slip_code.html", refused=refused, typed=typed, used=used,
        size=CODE_REQUEST, signed_in=bool(token()),
    )  # fmt: skip


def _paper(ticket: Ticket, code: str, filled: ballot_paper.Filled, refused: str = "") -> str:
    size = ballot_paper.request_size(ticket.rules)
    return render_template(
        "ballots/slip_paper.html", ticket=ticket, rules=ticket.rules, code=code, filled=filled,
        refused=refused, marks=ballot_paper.marks(ticket.rules), size=size,
    )  # fmt: skip


def _look_over(ticket: Ticket, code: str, filled: ballot_paper.Filled) -> str:
    kept: Mapping[str, Any] = {"lang": g.language, "code": code}
    kept = {**kept, **ballot_paper.fields(ticket.rules, filled)}
    size = ballot_paper.request_size(ticket.rules)
    pad = ballot_paper.padding({**kept, "step": "cast"}, size)
    return render_template(
        "ballots/slip_look.html", ticket=ticket, rules=ticket.rules, filled=filled,
        kept={**kept, "pad": pad}, marks=ballot_paper.marks(ticket.rules),
    )  # fmt: skip


def _hall() -> Hall:
    hall: Hall | None = current_app.extensions.get("hall")
    if hall is None:
        raise NotFound("ballot_event_unknown")
    return hall
