"""The sign-in desk of a ballot, and the roll before it is frozen."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Conflict, Invalid
from web.auth import needs
from web.ballot_pages import hall
from web.commands import begin, read
from web.i18n import explain
from workflows.acts.secret import meeting as doing
from workflows.acts.secret import people, reading
from workflows.ballots.preparing import ENTITLED, EXCUSED, ISSUED, PRESENT
from workflows.counting.presets import exclusion_reasons

pages = Blueprint("ballots_desk", __name__, url_prefix="/ballots")
SHOWN = 30
STATES = ("", ENTITLED, PRESENT, ISSUED, EXCUSED)


@pages.get("/<act_task>/desk")
@needs("ballot.sign_in")
def desk(act_task: str) -> ResponseReturnValue:
    """Find somebody on the roll and tick him."""
    return _desk(act_task)


@pages.post("/<act_task>/desk")
@needs("ballot.sign_in")
def tick(act_task: str) -> ResponseReturnValue:
    """Tick a person as present, or present with a slip drawn."""
    person, name = request.form.get("person", ""), request.form.get("name", "")
    draws = request.form.get("what") == "issued"
    try:
        with begin() as uow:
            (doing.sign_in if draws else doing.arrive)(uow, act_task, person)
    except (Conflict, Invalid) as refused:
        return _desk(act_task, refused=explain(refused)), refused.status
    told = _("%(name)s：已到会并领票。", name=name) if draws else _("%(name)s：已到会。", name=name)
    flash(told, "ok")
    return redirect(url_for(".desk", act_task=act_task), 303)


@pages.get("/<act_task>/voters")
@needs("ballot.manage")
def voters(act_task: str) -> ResponseReturnValue:
    """Show the roll, page by page."""
    return _voters(act_task)


@pages.post("/<act_task>/voters")
@needs("ballot.manage")
def excuse(act_task: str) -> ResponseReturnValue:
    """Take somebody out of 应到会 for a listed reason, or put him back."""
    form = request.form
    person = form.get("person", "")
    try:
        with begin() as uow:
            if form.get("what") == "restore":
                people.restore(uow, act_task, person)
            else:
                superior, meeting = bool(form.get("superior")), bool(form.get("meeting"))
                reason = form.get("reason", "")
                people.excuse(uow, act_task, person, reason, superior=superior, meeting=meeting)
    except (Conflict, Invalid) as refused:
        return _voters(act_task, refused=explain(refused)), refused.status
    flash(_("名册已更新。"), "ok")
    return redirect(url_for(".voters", act_task=act_task, q=form.get("q", "")), 303)


def _desk(act_task: str, refused: str = "") -> str:
    text = request.values.get("q", "").strip()
    with read() as uow:
        view = reading.view(hall(), uow, act_task)
        rows = reading.roll(uow, act_task, text=text, limit=SHOWN) if text else []
    return render_template(
        "ballots/desk.html", view=view, task_id=act_task, rows=rows, q=text, refused=refused,
        shown=SHOWN,
    )  # fmt: skip


def _voters(act_task: str, refused: str = "") -> str:
    text, after = request.values.get("q", "").strip(), request.args.get("after", "")
    state = request.args.get("state", "")
    with read() as uow:
        view = reading.view(hall(), uow, act_task)
        wanted = state if state in STATES else ""
        search = {"text": text, "state": wanted, "after": after}
        rows = reading.roll(uow, act_task, **search, limit=SHOWN + 1)
    return render_template(
        "ballots/voters.html", view=view, task_id=act_task, rows=rows[:SHOWN], q=text,
        state=state, more=len(rows) > SHOWN, refused=refused, reasons=exclusion_reasons(),
    )  # fmt: skip
