"""The statement of a closed box, for everybody who holds a receipt: numbers, receipts, root."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import NotFound
from web.auth import PUBLIC, needs
from web.ballot_pages import hall
from workflows.ballots import announcing

pages = Blueprint("ballots_public", __name__, url_prefix="/ballots")


@pages.before_request
def _language() -> None:
    """Choose the language without a session."""
    g.language = request.args.get("lang", "")


@pages.get("/<act_task>/statement")
@needs(PUBLIC)
def statement(act_task: str) -> ResponseReturnValue:
    """Show what was published when the box was closed.

    A receipt is looked up in the browser and never sent: who holds two shares could find the
    ballot it belongs to, so nobody must learn who asked for which.
    """
    found: Any = announcing.published(hall(), act_task)
    if found is None:
        raise NotFound("ballot_event_unknown")
    return render_template(
        "ballots/statement.html", found=found, text=found.statement, task_id=act_task
    )
