"""Pages of a scoring act: one entry after the other, declarations, the panel, every version.

The sheet itself is the participant's page of the act; here is what goes beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Invalid, NotAllowed, NotFound
from engine.unit_of_work import UnitOfWork
from web import act_sheets, posts
from web.auth import needs
from web.commands import begin, note_look, read
from web.i18n import explain
from workflows import worklists
from workflows.acts import reading, taking
from workflows.acts.kinds import KINDS
from workflows.acts.panel import declaring, drafting, replacing
from workflows.acts.panel import reading as panels
from workflows.acts.reading import Cockpit, PartPage
from workflows.desk import Handed

pages = Blueprint("scoring", __name__)
Errors = Mapping[str, list[Any]]
SCORING = "scoring"


@pages.get("/acts/<act_task>/mark/<int:no>")
@needs("act.take_part")
def one(act_task: str, no: int) -> ResponseReturnValue:
    """Show one entry of the sheet with large controls."""
    with read() as uow:
        page = _sheet(uow, act_task)
        line = act_sheets.at(page, no)
        if line is None:
            raise NotFound("act_unknown")
        if line.barred:
            return redirect(url_for("acts.show", act_task=act_task), 303)
        return _one(uow, page, no, {})


@pages.post("/acts/<act_task>/mark/<int:no>")
@needs("act.take_part")
def mark(act_task: str, no: int) -> ResponseReturnValue:
    """Keep what was typed for one entry, or hand it in and go to the next one without marks."""
    with read() as uow:
        page = _sheet(uow, act_task)
    typed = act_sheets.typed(page)
    with begin() as uow:
        drafting.keep(uow, act_task, typed)
    if request.form.get("_act") == "save":
        flash(_("草稿已保存，还没有提交。"), "ok")
        return redirect(url_for(".one", act_task=act_task, no=no), 303)
    try:
        with begin() as uow:
            taking.contribute(uow, act_task, typed, Handed(key=posts.key(), seen=posts.seen()))
    except Invalid as error:
        with read() as uow:
            refused = "" if error.fields else explain(error)
            body = _one(uow, _sheet(uow, act_task), no, error.fields, refused)
        return body, error.status
    with read() as uow:
        page = _sheet(uow, act_task)
    following = _following(page, no)
    if following:
        return redirect(url_for(".one", act_task=act_task, no=following), 303)
    flash(_("已全部提交。截止之前可以修改。"), "ok")
    return redirect(url_for("acts.show", act_task=act_task), 303)


@pages.post("/acts/<act_task>/draft")
@needs("act.take_part")
def draft(act_task: str) -> ResponseReturnValue:
    """Keep what is typed while it is typed; from the page's script or its own button."""
    with read() as uow:
        page = _sheet(uow, act_task)
    with begin() as uow:
        saved = drafting.keep(uow, act_task, act_sheets.typed(page))
    if request.accept_mimetypes.best == "application/json":
        return jsonify(saved=saved.isoformat())
    flash(_("草稿已保存，还没有提交。"), "ok")
    return redirect(url_for("acts.show", act_task=act_task), 303)


@pages.get("/acts/<act_task>/declare")
@needs("act.take_part")
def declaration(act_task: str) -> ResponseReturnValue:
    """Show the declaration of conflicts."""
    with read() as uow:
        return _declaration(uow, act_task, {})


@pages.post("/acts/<act_task>/declare")
@needs("act.take_part")
def declare(act_task: str) -> ResponseReturnValue:
    """Take the declaration of conflicts."""
    form = request.form
    places = {name[2:]: entry for name, entry in form.items() if name.startswith("of")}
    named = {entry: form.get(f"r{no}", "") for no, entry in places.items() if form.get(f"c{no}")}
    if not form.get("signed"):
        with read() as uow:
            return _declaration(uow, act_task, {"signed": ["required"]}), Invalid.status
    try:
        with begin() as uow:
            declaring.declare(uow, act_task, named, key=posts.key())
    except Invalid as error:
        with read() as uow:
            return _declaration(uow, act_task, error.fields), error.status
    flash(_("回避声明已记录。"), "ok")
    return redirect(url_for("acts.show", act_task=act_task), 303)


@pages.get("/acts/<act_task>/panel")
@needs("case.view")
def panel(act_task: str) -> ResponseReturnValue:
    """Show who judges what, how far everybody is, and how the panels were drawn."""
    with read() as uow:
        page = _inside(uow, act_task)
        body = _panel(page)
    note_look(page.subject)
    return body


@pages.get("/acts/<act_task>/panel/progress")
@needs("case.view")
def progress(act_task: str) -> ResponseReturnValue:
    """Give the numbers of the panel page anew; they tell who has handed in, never what."""
    with read() as uow:
        page = _inside(uow, act_task)
        return render_template("acts/scoring/_progress.html", page=page, tools=page.more)


@pages.post("/acts/<act_task>/assign")
@needs("act.lead")
def assign(act_task: str) -> ResponseReturnValue:
    """Draw the panels from the sealed seed."""
    try:
        with begin() as uow:
            replacing.assign(uow, act_task)
    except Invalid as error:
        return _panel_again(act_task, error)
    flash(_("已按封存的种子分配。"), "ok")
    return redirect(url_for(".panel", act_task=act_task), 303)


@pages.post("/acts/<act_task>/replace")
@needs("act.lead")
def replace(act_task: str) -> ResponseReturnValue:
    """Take from an expert what he has not handed in and give it to others."""
    form = request.form
    try:
        with begin() as uow:
            short = replacing.replace(uow, act_task, form.get("who", ""), form.get("reason", ""))
    except Invalid as error:
        return _panel_again(act_task, error)
    if short:
        flash(_("评委已更换，但有 %(n)s 个项目没有人可以递补。", n=len(short)), "warn")
    else:
        flash(_("评委已更换，未评的项目已交给其他评委。"), "ok")
    return redirect(url_for(".panel", act_task=act_task), 303)


@pages.get("/acts/<act_task>/history")
@needs("case.view")
def history(act_task: str) -> ResponseReturnValue:
    """Show every version of every sheet once the act is closed."""
    with read() as uow:
        page = _inside(uow, act_task)
        if page.result is None:
            raise NotAllowed("act_still_open")
        versions = panels.history(uow, page.act)
        body = render_template(
            "acts/scoring/history.html", page=page, about=page.about, versions=versions
        )
    note_look(page.subject)
    return body


def _sheet(uow: UnitOfWork, part_id: str) -> PartPage:
    page = reading.part_page(uow, part_id)
    if page.act.kind != SCORING:
        raise NotFound("act_unknown")
    return page


def _inside(uow: UnitOfWork, task_id: str) -> Cockpit:
    """Return the cockpit for those who may see the panel; raises NotFound, NotAllowed."""
    page = reading.cockpit(uow, task_id)
    if page.act is None or page.act.kind != SCORING:
        raise NotFound("act_unknown")
    if not page.inside:
        raise NotAllowed("not_allowed")
    return page


def _following(page: PartPage, no: int) -> int:
    """Return the next place without marks after *no*, round to the first; 0 when all are in."""
    count = len(page.lines)
    order = [(no + step) % count for step in range(count)]  # places from 0: the next comes first
    waiting = (at for at in order if not page.lines[at].barred and page.lines[at].own is None)
    return next(waiting, -1) + 1


def _one(uow: UnitOfWork, page: PartPage, no: int, errors: Errors, refused: str = "") -> str:
    return render_template(
        "acts/scoring/one.html", page=page, about=page.about, kind=KINDS[SCORING], no=no,
        line=page.lines[no - 1], errors=errors, typed=request.form, refused=refused,
        key=posts.fresh_key(), due=worklists.due(uow, page.due_at),
    )  # fmt: skip


def _declaration(uow: UnitOfWork, part_id: str, errors: Errors) -> str:
    page = _sheet(uow, part_id)
    return render_template(
        "acts/scoring/declare.html", page=page, about=page.about, kind=KINDS[SCORING],
        errors=errors, typed=request.form, key=posts.fresh_key(),
        due=worklists.due(uow, page.due_at),
    )  # fmt: skip


def _panel(page: Cockpit, refused: str = "") -> str:
    return render_template(
        "acts/scoring/panel.html", page=page, about=page.about, kind=KINDS[SCORING],
        tools=page.more, refused=refused, typed=request.form,
    )  # fmt: skip


def _panel_again(act_task: str, error: Invalid) -> ResponseReturnValue:
    with read() as uow:
        return _panel(_inside(uow, act_task), explain(error)), error.status
