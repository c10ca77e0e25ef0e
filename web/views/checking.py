"""The pages of somebody who checks entries: the list of his, and one entry after the other.

Each entry stands beside its application. Handing in leads to the next one that lacks an opinion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Invalid, NotFound
from engine.unit_of_work import UnitOfWork
from web import posts
from web.auth import needs
from web.commands import begin, read
from web.i18n import explain
from workflows import forms, worklists
from workflows.acts import reading, taking
from workflows.acts.check import verdicts
from workflows.acts.entries import reading as entries
from workflows.acts.kinds import KINDS
from workflows.acts.reading import Line, PartPage
from workflows.desk import Handed

pages = Blueprint("checking", __name__)
SHOWN = ("todo", "done", "all")


@pages.get("/checks/<part_id>")
@needs("act.take_part")
def mine(part_id: str) -> ResponseReturnValue:
    """Show the entries somebody may check, first those that lack his opinion."""
    show = request.args.get("show", "todo")
    show = show if show in SHOWN else "todo"
    wanted = request.args.get("q", "").strip()[:100]
    with read() as uow:
        page = _page(uow, part_id)
        lines = [line for line in page.lines if _listed(line, show) and _matches(line, wanted)]
        return render_template(
            "checks/list.html", page=page, about=page.about, kind=KINDS[page.act.kind],
            due=worklists.due(uow, page.due_at), lines=lines, show=show, q=wanted,
            counts={name: sum(_listed(line, name) for line in page.lines) for name in SHOWN},
        )  # fmt: skip


@pages.get("/checks/<part_id>/next")
@needs("act.take_part")
def following(part_id: str) -> ResponseReturnValue:
    """Go to the next entry that lacks his opinion."""
    with read() as uow:
        return redirect(_next(_page(uow, part_id), request.args.get("after", "")), 303)


@pages.get("/checks/<part_id>/entries/<path:entry_id>")
@needs("act.take_part")
def one(part_id: str, entry_id: str) -> ResponseReturnValue:
    """Show one entry beside its checklist."""
    with read() as uow:
        return _one(uow, part_id, entry_id)


@pages.post("/checks/<part_id>/entries/<path:entry_id>")
@needs("act.take_part")
def hand_in(part_id: str, entry_id: str) -> ResponseReturnValue:
    """Hand in an opinion and go on to the next entry."""
    raw = {name: value for name, value in request.form.items() if not name.startswith("_")}
    try:
        with begin() as uow:
            taking.contribute(uow, part_id, {entry_id: raw}, Handed(key=posts.key()))
    except Invalid as error:
        refused = "" if error.fields else explain(error)
        wrong = {name.removeprefix(f"{entry_id}."): codes for name, codes in error.fields.items()}
        with read() as uow:
            return _one(uow, part_id, entry_id, errors=wrong, refused=refused), error.status
    with read() as uow:
        page = _page(uow, part_id)
        if not page.left:
            flash(_("都审完了。截止之前仍可修改自己的意见。"), "ok")
        return redirect(_next(page, entry_id), 303)


def _page(uow: UnitOfWork, part_id: str) -> PartPage:
    page = reading.part_page(uow, part_id)
    if page.act.kind != "check":
        raise NotFound("act_unknown")
    return page


def _one(uow: UnitOfWork, part_id: str, entry_id: str, **refusal: Any) -> str:
    page = _page(uow, part_id)
    lines = list(page.lines)
    at = next((no for no, line in enumerate(lines) if line.entry["id"] == entry_id), None)
    if at is None or lines[at].barred:
        raise NotFound("act_unknown")
    around = {"before": _barless(lines[:at][::-1]), "after": _barless(lines[at + 1 :])}
    application, shown = _application(uow, entry_id)
    return render_template(
        "checks/one.html", **{"errors": {}, "refused": "", **refusal}, page=page,
        about=page.about, kind=KINDS[page.act.kind], line=lines[at], no=at + 1, around=around,
        application=application, form=shown, typed=request.form, key=posts.fresh_key(),
        due=worklists.due(uow, page.due_at), verdicts=verdicts(page.act.settings),
    )  # fmt: skip


def _application(uow: UnitOfWork, entry_id: str) -> tuple[Any, Any]:
    """Return the application as handed in, or nothing for an entry that came otherwise."""
    try:
        found = entries.entry_data(uow, entry_id)
    except NotFound:
        return None, None
    return found, forms.view(found.form, found.data, posts.in_language(forms.Context()))


def _barless(lines: Sequence[Line]) -> str:
    return next((str(line.entry["id"]) for line in lines if not line.barred), "")


def _listed(line: Line, show: str) -> bool:
    if show == "all":
        return True
    return not line.barred and (line.own is None) == (show == "todo")


def _matches(line: Line, wanted: str) -> bool:
    words = (str(line.entry.get(name) or "") for name in ("name", "unit", "category"))
    return not wanted or any(wanted.casefold() in word.casefold() for word in words)


def _next(page: PartPage, after: str) -> str:
    """Return the address of the next entry without his opinion, from *after* on and round."""
    ids = [line.entry["id"] for line in page.lines]
    start = ids.index(after) + 1 if after in ids else 0
    order = [*page.lines[start:], *page.lines[:start]]
    for line in order:
        if not line.barred and line.own is None:
            return url_for(".one", part_id=page.about.task.id, entry_id=line.entry["id"])
    return url_for(".mine", part_id=page.about.task.id)
