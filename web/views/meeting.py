"""Commands of the organiser of a committee's decision: who came, how hands were counted."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Invalid
from web.auth import needs
from web.commands import begin, read
from web.views import acts
from workflows.acts import meeting, reading
from workflows.acts.committee_vote import COUNTS
from workflows.acts.meeting import Attendance

pages = Blueprint("meeting", __name__)


@pages.post("/acts/<act_task>/attendance")
@needs("act.lead")
def attendance(act_task: str) -> ResponseReturnValue:
    """Note who came, who presides and who records."""
    form = request.form
    people = {
        name.removeprefix("p-"): value for name, value in form.items() if name.startswith("p-")
    }
    seen = Attendance(people, form.get("chair", ""), form.get("recorder", ""))
    try:
        with begin() as uow:
            meeting.attend(uow, act_task, seen)
    except Invalid as error:
        return acts.again(act_task, error)
    flash(_("到会情况已登记。"), "ok")
    return redirect(url_for("acts.show", act_task=act_task), 303)


@pages.post("/acts/<act_task>/hands")
@needs("act.lead")
def hands(act_task: str) -> ResponseReturnValue:
    """Note what was counted in the room."""
    with read() as uow:
        entries = reading.cockpit(uow, act_task).act.settings["entries"]
    counts = {
        entry["id"]: {name: request.form.get(f"h{no}-{name}", "") for name in COUNTS}
        for no, entry in enumerate(entries)
    }
    try:
        with begin() as uow:
            meeting.count_hands(uow, act_task, counts)
    except Invalid as error:
        return acts.again(act_task, error)
    flash(_("票数已登记。"), "ok")
    return redirect(url_for("acts.show", act_task=act_task), 303)
