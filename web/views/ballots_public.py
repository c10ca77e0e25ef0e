"""The statement of a closed box, for everybody who holds a receipt: numbers, receipts, root."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import NotFound
from web.auth import PUBLIC, needs
from web.ballot_pages import hall
from workflows.ballots import announcing
from workflows.ballots.slips import grouped

pages = Blueprint("ballots_public", __name__, url_prefix="/ballots")
RECEIPT = 12


@pages.before_request
def _language() -> None:
    """Choose the language without a session."""
    g.language = request.args.get("lang", "")


@pages.get("/<act_task>/statement")
@needs(PUBLIC)
def statement(act_task: str) -> ResponseReturnValue:
    """Show what was published when the box was closed; a receipt is looked up on the page."""
    found: Any = announcing.published(hall(), act_task)
    if found is None:
        raise NotFound("ballot_event_unknown")
    typed = re.sub(r"[^A-Z2-7]", "", request.args.get("receipt", "").upper())
    mine = grouped(typed[:RECEIPT]) if typed else ""
    there = mine in found.statement["receipts"]
    return render_template(
        "ballots/statement.html", found=found, text=found.statement, task_id=act_task,
        mine=mine, there=there,
    )  # fmt: skip
