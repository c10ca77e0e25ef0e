"""After the vote: the evidence to take away, how long it is kept, and its destruction by a list."""

from __future__ import annotations

import io
from datetime import date

from flask import Blueprint, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Invalid
from web.auth import needs
from web.ballot_pages import attempt, hall, look
from web.commands import actor, begin
from workflows.acts.secret import archive

pages = Blueprint("ballots_archive", __name__, url_prefix="/ballots")


@pages.get("/<act_task>/evidence")
@needs("ballot.scrutinise")
def evidence(act_task: str) -> ResponseReturnValue:
    """Give scrutineers and organiser the evidence with the recount program and how to use it."""
    look(act_task)  # an outsider is told that there is nothing
    packed = archive.evidence_bundle(hall(), actor(), act_task)
    return send_file(
        io.BytesIO(packed), mimetype="application/zip", as_attachment=True,
        download_name=f"ballot-{act_task[:8]}.zip",
    )  # fmt: skip


@pages.post("/<act_task>/keep")
@needs("ballot.manage")
def keep(act_task: str) -> ResponseReturnValue:
    """Put off the last day of keeping, with the rule that says so."""
    form = request.form

    def do() -> None:
        last = _day(form.get("until", ""))
        with begin() as uow:
            archive.keep_until(uow, act_task, last, form.get("basis", ""))

    return attempt(act_task, do, _("保管期限已登记。"))


@pages.post("/<act_task>/list-destruction")
@needs("ballot.manage")
def list_destruction(act_task: str) -> ResponseReturnValue:
    """Make the list of what is to be destroyed."""

    def do() -> None:
        archive.list_destruction(hall(), actor(), act_task)

    return attempt(act_task, do, _("销毁清单已生成，须两人签字。"))


@pages.post("/<act_task>/destroy")
@needs("ballot.manage")
def destroy(act_task: str) -> ResponseReturnValue:
    """Destroy what was listed and signed."""

    def do() -> None:
        archive.destroy(hall(), actor(), act_task)

    return attempt(act_task, do, _("封存的选票、票条和份额已销毁；公布的材料仍在。"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("ballot_keep_day_wrong") from error
