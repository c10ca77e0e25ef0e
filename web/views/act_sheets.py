"""Acts by spreadsheet: the roll in, one's own marks in, result and roll out."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Blocked, Conflict, Invalid
from web import posts
from web.auth import needs
from web.commands import begin, note_look, read
from web.i18n import explain, language
from web.sheet_files import sent, spreadsheet
from workflows.acts import reading
from workflows.acts.tables import marks_in, result_out, roll_in
from workflows.desk import Handed
from workflows.spreadsheets.tables import Report, of_refusal

pages = Blueprint("act_sheets", __name__)


@pages.get("/acts/<act_task>/result.xlsx")
@needs("case.view")
def result(act_task: str) -> Response:
    """Send the result of an act to those who see it with names."""
    with read() as uow:
        content = result_out.result(uow, act_task, language())
        subject = reading.cockpit(uow, act_task).subject
    note_look(subject)
    return spreadsheet(content, _("结果"))


@pages.get("/acts/<act_task>/roll.xlsx")
@needs("case.view")
def roll(act_task: str) -> Response:
    """Send the roll of an act and how far everybody is."""
    with read() as uow:
        content = result_out.roll(uow, act_task, language())
        subject = reading.cockpit(uow, act_task).subject
    note_look(subject)
    return spreadsheet(content, _("名单"))


@pages.get("/acts/<act_task>/roll-template.xlsx")
@needs("act.lead")
def roll_template(act_task: str) -> Response:
    """Send the file a roll is entered in."""
    with read() as uow:
        reading.cockpit(uow, act_task)
    return spreadsheet(roll_in.template(language()), _("名单模板"))


@pages.post("/acts/<act_task>/roll-import")
@needs("act.lead")
def take_roll(act_task: str) -> ResponseReturnValue:
    """Draw up the roll from a spreadsheet, all lines or none."""
    try:
        with begin() as uow:
            done = roll_in.take(uow, act_task, sent())
    except (Invalid, Conflict, Blocked) as error:
        return _faulty(error, url_for("acts.show", act_task=act_task))
    flash(_("已从表格生成名单，共 %(n)s 人，请核对后开始。", n=done.taken), "ok")
    return redirect(url_for("acts.show", act_task=act_task), 303)


@pages.get("/acts/<act_task>/marks.xlsx")
@needs("act.take_part")
def marks(act_task: str) -> Response:
    """Send a participant his own sheet of marks."""
    with read() as uow:
        return spreadsheet(marks_in.template(uow, act_task, language()), _("打分表"))


@pages.post("/acts/<act_task>/marks-import")
@needs("act.take_part")
def take_marks(act_task: str) -> ResponseReturnValue:
    """Hand in one's own marks from a spreadsheet, all lines or none."""
    try:
        with begin() as uow:
            done = marks_in.take(uow, act_task, sent(), Handed(key=posts.key()))
    except (Invalid, Conflict, Blocked) as error:
        return _faulty(error, url_for("acts.show", act_task=act_task))
    flash(_("已从表格提交 %(n)s 项评分。", n=done.taken), "ok")
    return redirect(url_for("acts.show", act_task=act_task), 303)


def _faulty(error: Invalid | Conflict | Blocked, back: str) -> ResponseReturnValue:
    """Say what is wrong with a spreadsheet, line by line; nothing was taken."""
    report = of_refusal(error) if isinstance(error, Invalid) else Report()
    refused = "" if isinstance(error, Invalid) else explain(error)
    body = render_template("acts/sheet_refused.html", report=report, refused=refused, back=back)
    return body, error.status
