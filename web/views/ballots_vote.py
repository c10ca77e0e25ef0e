"""My ballot, in a vote by account: the server is trusted, and the voter is told so first.

The page draws the code of the voter's slip and keeps it in the form. Casting first marks the
roll, then makes the slip, then lays the ballot in; asking again with the same code changes
nothing. What is marked is in the body of posts alone.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import AlreadyDone, Conflict, Invalid, NotFound
from web import ballot_paper
from web.auth import needs
from web.ballot_pages import hall
from web.commands import actor, read
from web.i18n import explain
from workflows.acts.secret import reading
from workflows.acts.secret.reading import Mine
from workflows.ballots import casting, events, signing_in, slips
from workflows.ballots.events import Event, Hall

pages = Blueprint("ballots_vote", __name__, url_prefix="/ballots")


@pages.app_template_global("my_votes")
def my_votes() -> list[Mine]:
    """Return the votes in which the acting person has something to do now."""
    with read() as uow:
        found = reading.mine(uow)
    return [each for each in found if not each.done and each.state != events.OPENED]


@pages.after_request
def _kept_nowhere(response: Response) -> Response:
    """Keep the paper out of every cache, and give its pages one length."""
    size = g.get("page_size")
    if size and response.mimetype == "text/html":
        body = response.get_data()
        room = -(-(len(body) + len(b"<!---->")) // size) * size
        response.set_data(body + b"<!--" + b"0" * (room - len(body) - len(b"<!---->")) + b"-->")
    response.headers["Cache-Control"] = "no-store, no-transform"
    return response


@pages.get("/mine")
@needs("ballot.vote")
def mine() -> ResponseReturnValue:
    """List every vote the person is named in, and what for."""
    with read() as uow:
        return render_template("ballots/mine.html", found=reading.mine(uow))


@pages.get("/<act_task>/vote")
@needs("ballot.vote")
def start(act_task: str) -> ResponseReturnValue:
    """Show the statement about trust and the paper."""
    event = _event(act_task)
    return _paper(event, slips.new_code(), ballot_paper.read(event.rules, {}))


@pages.post("/<act_task>/vote")
@needs("ballot.vote")
def go_on(act_task: str) -> ResponseReturnValue:
    """Look the paper over, go back, or cast it."""
    event, where, form = _event(act_task), hall(), request.form
    g.page_size = ballot_paper.page_size(event.rules)
    code, filled = form.get("code", ""), ballot_paper.read(event.rules, form)
    data = ballot_paper.ballot(event.rules, filled)
    try:
        slips.plain(code)
        if form.get("step") == "cast":
            return _cast(where, event, code, data)
        if form.get("step") == "mark":
            casting.preview(where.store, event.id, data)
            kept = {"code": code, **ballot_paper.fields(event.rules, filled)}
            return _page("vote_look", event, filled, kept=kept)
    except Invalid as refused:
        return _paper(event, code, filled, explain(refused)), refused.status
    except (AlreadyDone, Conflict) as refused:
        return _page("vote_refused", event, filled, refused=explain(refused)), refused.status
    return _paper(event, code, filled)


def _cast(where: Hall, event: Event, code: str, data: Any) -> str:
    casting.preview(where.store, event.id, data)  # nothing is claimed for a ballot that is void
    signing_in.claim(where, actor(), event.id, code)
    receipt = casting.cast(where.store, event.id, code, data)
    return render_template("ballots/vote_receipt.html", event=event, receipt=receipt)


def _event(act_task: str) -> Event:
    """Return a vote by account that is open to the acting person; raises NotFound, Conflict."""
    with read() as uow:
        known = {each.event_id for each in reading.mine(uow) if each.as_ == "voter"}
        if act_task not in known:
            raise NotFound
        event = events.load(uow, act_task, events.VOTING)
    if not event.trusts_server:
        raise Conflict("ballot_wrong_mode")
    return event


def _paper(event: Event, code: str, filled: ballot_paper.Filled, refused: str = "") -> str:
    return _page("vote", event, filled, code=code, refused=refused)


def _page(name: str, event: Event, filled: ballot_paper.Filled, **more: Any) -> str:
    return render_template(
        f"ballots/{name}.html", event=event, rules=event.rules, filled=filled,
        marks=ballot_paper.marks(event.rules), **more,
    )  # fmt: skip
