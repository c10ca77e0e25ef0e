"""The pages of an intake: an applicant's entries, the form of one, and the entry to be read.

Every post of the form first becomes the draft in a transaction of its own; only then is it
handed in. So a mistake, a lost race, a reload and the deadline never lose what was typed.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import documents
from engine.errors import Blocked, Conflict, Invalid
from engine.unit_of_work import UnitOfWork
from web import posts
from web.auth import needs
from web.commands import begin, note_look, read
from web.i18n import explain
from workflows import forms, identity, worklists
from workflows.acts.entries import applying, reading
from workflows.desk import Handed

pages = Blueprint("intake", __name__)
Errors = dict[str, list[Any]]


@pages.get("/intake/<part_id>")
@needs("act.take_part")
def mine(part_id: str) -> ResponseReturnValue:
    """Show an applicant his entries in an intake."""
    with read() as uow:
        return _portal(uow, part_id)


@pages.post("/intake/<part_id>/new")
@needs("act.take_part")
def new(part_id: str) -> ResponseReturnValue:
    """Begin an entry."""
    try:
        with begin() as uow:
            entry_id = applying.begin(uow, part_id)
    except (Conflict, Blocked) as error:
        with read() as uow:
            return _portal(uow, part_id, refused=explain(error)), error.status
    return redirect(url_for(".edit", entry_id=entry_id), 303)


@pages.get("/entries/<entry_id>/edit")
@needs("act.take_part")
def edit(entry_id: str) -> ResponseReturnValue:
    """Show the form of an entry to its applicant."""
    with read() as uow:
        return _form(uow, entry_id, {})


@pages.post("/entries/<entry_id>/edit")
@needs("act.take_part")
def post(entry_id: str) -> ResponseReturnValue:
    """Keep what was typed; then save, submit, or change the shape of the form."""
    act = request.form.get("_act", "refresh")
    with begin() as uow:
        own, row, received = applying.keep(uow, entry_id, request.form, posts.uploads())
        raw, errors = received.raw, dict(received.errors)
        changed = forms.apply_action(own.form, raw, act)
        if changed is not None:
            raw = changed
            applying.save(own, row, raw)
        errors |= forms.recheck(own.form, raw, own.context(row), posts.watched_paths())
    if act == "submit" and not received.errors:
        return _submit(entry_id, own.part.id, raw)
    if act == "save" and not received.errors:
        flash(_("草稿已保存，截止前记得提交。"), "ok")
        return redirect(url_for(".mine", part_id=own.part.id), 303)
    with read() as uow:
        body = _form(uow, entry_id, errors)
    wrong = received.errors and not posts.is_htmx()
    return make_response(body, Invalid.status if wrong else 200)


@pages.post("/entries/<entry_id>/withdraw")
@needs("act.take_part")
def withdraw(entry_id: str) -> ResponseReturnValue:
    """Withdraw a submitted entry, with a reason."""
    with read() as uow:
        own, _row = applying.of_entry(uow, entry_id)
    try:
        with begin() as uow:
            applying.withdraw(uow, entry_id, request.form.get("reason", ""))
    except (Invalid, Conflict, Blocked) as error:
        with read() as uow:
            return _portal(uow, own.part.id, refused=explain(error)), error.status
    flash(_("已撤回，名额已退还。"), "ok")
    return redirect(url_for(".mine", part_id=own.part.id), 303)


@pages.post("/entries/<entry_id>/discard")
@needs("act.take_part")
def discard(entry_id: str) -> ResponseReturnValue:
    """Throw a draft away."""
    with read() as uow:
        own, _row = applying.of_entry(uow, entry_id)
    with begin() as uow:
        applying.discard(uow, entry_id)
    flash(_("草稿已删除。"), "ok")
    return redirect(url_for(".mine", part_id=own.part.id), 303)


@pages.get("/entries/<entry_id>")
@needs("case.view")
def show(entry_id: str) -> ResponseReturnValue:
    """Show an entry to everybody who may read it; ``?print=1`` for paper."""
    with read() as uow:
        page = reading.entry_data(uow, entry_id)
        context = posts.in_language(forms.Context())
        paper = "print" in request.args
        shown = forms.view(page.form, page.data, context, mode="print" if paper else "read")
        body = render_template(
            "entries/print.html" if paper else "entries/entry.html", page=page, form=shown,
            changes=page.changes(context.lang) if page.whole else (),
        )  # fmt: skip
    note_look(page.subject)
    return body


@pages.get("/entries/<entry_id>/files/<digest>")
@needs("case.view")
def download(entry_id: str, digest: str) -> Response:
    """Send a file of an entry as something to be saved, never to be shown or run."""
    with begin() as uow:
        found = reading.file_of(uow, entry_id, digest)
        content = documents.read(uow, digest)
        identity.log(uow, "file_downloaded", entry_id, digest=digest)
    response = Response(content, content_type="application/octet-stream")
    name = quote(str(found["name"]), safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@pages.get("/intake/board/<act_task>")
@needs("act.lead")
def board(act_task: str) -> ResponseReturnValue:
    """Show the organiser of an intake every entry and how far it is."""
    with read() as uow:
        return render_template(
            "entries/board.html", page=reading.board(uow, act_task), refused="", report=None,
            key=posts.fresh_key(),
        )  # fmt: skip


def _submit(entry_id: str, part_id: str, raw: dict[str, Any]) -> ResponseReturnValue:
    try:
        with begin() as uow:
            first = applying.submit(uow, entry_id, raw, Handed(key=posts.key(), seen=posts.seen()))
    except Invalid as error:
        with read() as uow:
            told = "" if error.fields else explain(error)
            return make_response(_form(uow, entry_id, error.fields, refused=told), error.status)
    except (Conflict, Blocked) as error:
        with read() as uow:
            return make_response(_form(uow, entry_id, {}, refused=explain(error)), error.status)
    done, again = _("已提交，截止之前可以修改或撤回。"), _("这一项已经提交过，没有重复。")
    flash(done if first else again, "ok")
    return redirect(url_for(".mine", part_id=part_id), 303)


def _form(
    uow: UnitOfWork, entry_id: str, errors: Errors, *, refused: str = ""
) -> ResponseReturnValue:
    """Return the page of the form, or the form alone to htmx."""
    own, row = applying.of_entry(uow, entry_id)
    if row.state == "withdrawn":
        return redirect(url_for(".show", entry_id=entry_id), 303)
    stands = reading.barrier(uow, own)
    raw = applying.raw_of(own, row)
    context = posts.in_language(own.context(row))
    shown = forms.view(own.form, raw, context, errors=errors, mode="read" if stands else "edit")
    return render_template(
        "entries/_form.html" if posts.is_htmx() else "entries/edit.html",
        mine=own, row=row, form=shown, barrier=stands, refused=refused, key=posts.fresh_key(),
        page=reading.portal(uow, own.part.id), due=worklists.due(uow, own.part.due_at),
    )  # fmt: skip


def _portal(uow: UnitOfWork, part_id: str, *, refused: str = "") -> str:
    page = reading.portal(uow, part_id)
    return render_template(
        "entries/portal.html", page=page, refused=refused, report=None,
        due=worklists.due(uow, page.due_at), key=posts.fresh_key(),
    )  # fmt: skip
