"""Paper: the 全程纪实表 of a case and the sheet of one record."""

from __future__ import annotations

from flask import Blueprint, render_template

from web import posts
from web.auth import needs
from web.commands import note_look, read
from web.diagram import picture
from workflows import answers, casefile, desk, forms, sheets

pages = Blueprint("sheets", __name__)


@pages.get("/cases/<instance_id>/sheet")
@needs("case.view")
def sheet(instance_id: str) -> str:
    """Show the 全程纪实表 of a case, its child cases included."""
    with read() as uow:
        case = casefile.page(uow, instance_id)
        made = sheets.of(uow, case)
        now = uow.now
    note_look(case.subject)
    return render_template(
        "sheets/sheet.html", case=case, sheet=made, drawing=picture(case, links=False), now=now
    )


@pages.get("/cases/<instance_id>/records/<record_id>")
@needs("case.view")
def record(instance_id: str, record_id: str) -> str:
    """Show the form of one record as it was handed in."""
    with read() as uow:
        found = casefile.record(uow, instance_id, record_id)
        case = casefile.page(uow, instance_id)
        form = answers.form_of(case.plan, found.node) or forms.load(desk.NO_FORM)
        context = posts.in_language(answers.for_node(uow, case.row, found.node, found.role))
        view = forms.view(form, found.data, context, mode="print")
    note_look(case.subject)
    return render_template("sheets/record.html", case=case, record=found, form=view)
