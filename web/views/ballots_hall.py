"""What is shown and printed at the meeting: the hall's screen, fingerprints, result."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from engine.errors import Conflict
from web import ballot_paper, ballot_words, plots
from web.auth import needs
from web.ballot_pages import look
from web.commands import read
from web.i18n import explain
from workflows.acts.secret import outcome

pages = Blueprint("ballots_hall", __name__, url_prefix="/ballots")


@pages.record_once
def _words(state: BlueprintSetupState) -> None:
    """Give the templates of ballots their words."""
    state.app.jinja_env.filters.update(ballot_words.FILTERS, explain=explain)


@pages.get("/<act_task>/numbers")
@needs("case.view")
def numbers(act_task: str) -> ResponseReturnValue:
    """Return the running totals alone, for pages that ask again and again."""
    return render_template("ballots/_numbers.html", view=look(act_task))


@pages.get("/<act_task>/screen")
@needs("case.view")
def screen(act_task: str) -> ResponseReturnValue:
    """Show the hall how far the vote is, and its result; no choice before the opening."""
    return render_template("ballots/screen.html", task_id=act_task, **_shown(act_task))


@pages.get("/<act_task>/fingerprints")
@needs("case.view")
def fingerprints(act_task: str) -> ResponseReturnValue:
    """Print the fingerprints of rules and roll."""
    view = look(act_task)
    if view.event is None or not view.event.rules_digest:
        raise Conflict("ballot_not_now", state="")
    return render_template("ballots/fingerprints.html", view=view, task_id=act_task)


@pages.get("/<act_task>/sheet")
@needs("case.view")
def sheet(act_task: str) -> ResponseReturnValue:
    """Print 选举结果报告单 (record B-18)."""
    shown = _shown(act_task)
    event = shown["view"].event
    if event is None or event.result is None:
        raise Conflict("ballot_not_now", state="")
    codes = [each.code for each in ballot_paper.marks(event.rules)]
    return render_template("ballots/sheet.html", task_id=act_task, codes=codes, **shown)


def _shown(act_task: str) -> dict[str, Any]:
    """Return the event and, once the box is open, what follows from it."""
    view = look(act_task)
    with read() as uow:
        found = None if view.event is None else outcome.of(uow, act_task)
    if found is None:
        return {"view": view, "kind": "", "value": None, "plot": None}
    value = found.result["value"]
    return {"view": view, "kind": found.kind, "value": value, "plot": plots.of(found)}
