"""Entries in and out by spreadsheet: the template, the import with its report, the export."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Blocked, Conflict, Invalid
from web import posts
from web.auth import needs
from web.commands import begin, read
from web.i18n import explain, language
from web.sheet_files import sent, spreadsheet
from workflows import worklists
from workflows.acts.entries import exporting, importing, reading
from workflows.desk import Handed
from workflows.forms.model import Lang
from workflows.spreadsheets.tables import Report, of_refusal

pages = Blueprint("entry_sheets", __name__)


@pages.get("/intake/<part_id>/template.xlsx")
@needs("act.take_part")
def template(part_id: str) -> Response:
    """Send the file an applicant fills in."""
    with read() as uow:
        return spreadsheet(importing.template(uow, part_id, lang()), _("申报模板"))


@pages.post("/intake/<part_id>/import")
@needs("act.take_part")
def take(part_id: str) -> ResponseReturnValue:
    """Import an applicant's entries, all or none."""
    refused, report = "", None
    try:
        with begin() as uow:
            done = importing.take(uow, part_id, sent(), Handed(key=posts.key()))
        _told(done)
        return redirect(url_for("intake.mine", part_id=part_id), 303)
    except Invalid as error:
        report, status = of_refusal(error), error.status
    except (Conflict, Blocked) as error:
        refused, status = explain(error), error.status
    with read() as uow:
        page = reading.portal(uow, part_id)
        due = worklists.due(uow, page.due_at)
    body = render_template(
        "entries/portal.html", page=page, refused=refused, report=report, due=due,
        key=posts.fresh_key(),
    )  # fmt: skip
    return body, status


@pages.get("/intake/board/<act_task>/template.xlsx")
@needs("act.lead")
def template_for_all(act_task: str) -> Response:
    """Send the file an organiser fills in for several applicants."""
    with read() as uow:
        reading.board(uow, act_task)
        return spreadsheet(importing.template_for_all(uow, act_task, lang()), _("代录模板"))


@pages.post("/intake/board/<act_task>/import")
@needs("act.lead")
def take_for_all(act_task: str) -> ResponseReturnValue:
    """Import entries for several applicants, all or none."""
    refused, report = "", None
    try:
        with begin() as uow:
            done = importing.take_for_all(uow, act_task, sent(), Handed(key=posts.key()))
        _told(done)
        return redirect(url_for("intake.board", act_task=act_task), 303)
    except Invalid as error:
        report, status = of_refusal(error), error.status
    except (Conflict, Blocked) as error:
        refused, status = explain(error), error.status
    with read() as uow:
        page = reading.board(uow, act_task)
    body = render_template(
        "entries/board.html", page=page, refused=refused, report=report, key=posts.fresh_key()
    )
    return body, status


@pages.get("/intake/board/<act_task>/entries.xlsx")
@needs("case.view")
def export(act_task: str) -> Response:
    """Send every entry as a spreadsheet to those who may see the roll."""
    with read() as uow:
        content = exporting.export(uow, act_task, lang())
    return spreadsheet(content, _("申报汇总"))


def lang() -> Lang:
    """Return the language of the reader, for what is written into a file."""
    return "en" if language() == "en" else "zh"


def _told(done: Report) -> None:
    if not done.taken and not done.drafts:
        flash(_("表格中的内容都已经申报过，没有重复。"), "info")
        return
    flash(_("已导入 %(n)s 项。", n=done.taken + done.drafts), "ok")
    if done.drafts:
        flash(_("其中 %(n)s 项还要在页面上补充附件等内容后提交，现为草稿。", n=done.drafts), "warn")
    if done.same:
        flash(_("有 %(n)s 项已经申报过，没有重复导入。", n=done.same), "info")
