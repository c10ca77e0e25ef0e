"""Objections at the handling body, and the organiser's hand on the text of a posting.

Opening an objection writes down who looked. Nobody but its handlers learns that it exists from
these addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import documents
from engine.errors import Invalid, NotFound
from web.auth import needs
from web.commands import begin, read
from web.i18n import explain, sentence
from web.views import public
from workflows.publicity import correcting, handling, intake, registering, texts
from workflows.publicity.correcting import Correction
from workflows.publicity.handling import Judgement, Proposal

pages = Blueprint("objections", __name__)


@pages.get("/objections")
@needs("objection.handle")
def index() -> str:
    """List the objections this person handles."""
    with read() as uow:
        found, now, open_ = handling.listing(uow), uow.now, registering.postings(uow)
    return render_template("objections/index.html", found=found, now=now, postings=open_)


@pages.get("/objections/new/<key>")
@needs("objection.handle")
def new(key: str) -> str:
    """Offer the form for an objection that came by telephone, by letter or in person."""
    return _new(key)


@pages.post("/objections/new/<key>")
@needs("objection.handle")
def register(key: str) -> ResponseReturnValue:
    """Write such an objection down and show its receipt code, this once."""
    given = replace(public.given(), channel=request.form.get("channel", ""))
    try:
        with begin() as uow:
            code = registering.register(uow, key, given)
    except Invalid as error:
        return _new(key, error), error.status
    return render_template("objections/registered.html", code=code)


@pages.get("/objections/part/<part_id>")
@needs("objection.handle")
def of_part(part_id: str) -> ResponseReturnValue:
    """Lead from the inbox to the objection."""
    with read() as uow:
        found = handling.of_part(uow, part_id)
    if not found:
        raise NotFound("objection_unknown")
    return redirect(url_for(".show", objection_id=found), 303)


@pages.get("/objections/<objection_id>")
@needs("objection.handle")
def show(objection_id: str) -> str:
    """Show an objection; the look is written down."""
    return _page(objection_id)


@pages.get("/objections/<objection_id>/files/<digest>")
@needs("objection.handle")
def download(objection_id: str, digest: str) -> Response:
    """Send a file of an objection to be saved, never to be shown or run."""
    with begin() as uow:
        file = handling.file_of(uow, objection_id, digest)
        content = documents.read(uow, digest)
    response = Response(content, content_type=file["mime"])
    name = quote(file["name"], safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@pages.post("/objections/<objection_id>/triage")
@needs("objection.handle")
def triage(objection_id: str) -> ResponseReturnValue:
    """Judge whether an objection is concrete."""
    form = request.form
    if form.get("concrete") not in ("yes", "no"):
        return _again(objection_id, Invalid(fields={"concrete": ["required"]}))
    judged = Judgement(
        form["concrete"] == "yes", form.getlist("concerns"), form.get("note", ""),
        form.get("answer", ""),
    )  # fmt: skip
    try:
        with begin() as uow:
            handling.triage(uow, objection_id, judged)
    except Invalid as error:
        return _again(objection_id, error)
    flash(_("已登记。线索具体的，公示计时暂停，请开始核查。"), "ok")
    return redirect(url_for(".show", objection_id=objection_id), 303)


@pages.post("/objections/<objection_id>/propose")
@needs("objection.handle")
def propose(objection_id: str) -> ResponseReturnValue:
    """Propose the conclusion."""
    form = request.form
    with read() as uow:
        concerns = handling.matter(uow, objection_id).row.concerns or [handling.WHOLE]
    ruling = {
        entry: {"finding": form.get(f"f{n}-finding", ""), "reason": form.get(f"f{n}-reason", "")}
        for n, entry in enumerate(concerns)
    }
    proposal = Proposal(ruling, form.get("answer", ""), form.get("note", ""))
    try:
        with begin() as uow:
            handling.propose(uow, objection_id, proposal)
    except Invalid as error:
        numbers = {entry: n for n, entry in enumerate(concerns)}
        return _again(objection_id, Invalid(fields=_numbered(error.fields, numbers)))
    flash(_("结论建议已提交，等待另一名办理人核定。"), "ok")
    return redirect(url_for(".show", objection_id=objection_id), 303)


@pages.post("/objections/<objection_id>/decide")
@needs("objection.handle")
def decide(objection_id: str) -> ResponseReturnValue:
    """Agree with the examiner or send it back to him."""
    agree = request.form.get("agree") == "yes"
    try:
        with begin() as uow:
            handling.decide(uow, objection_id, agree=agree, note=request.form.get("note", ""))
    except Invalid as error:
        return _again(objection_id, error)
    flash(_("异议已办结，公示恢复计时。") if agree else _("已退回重新核查。"), "ok")
    return redirect(url_for(".show", objection_id=objection_id), 303)


@pages.post("/postings/<act_task>/edit")
@needs("act.lead")
def edit(act_task: str) -> ResponseReturnValue:
    """Change the text before it is published."""
    spots = {name: request.form[name] for name in texts.SPOTS if name in request.form}
    try:
        with begin() as uow:
            correcting.edit(uow, act_task, spots)
        flash(_("公示文稿已修改。"), "ok")
    except Invalid as error:
        flash(_reasons(error), "bad")
    return redirect(url_for("acts.show", act_task=act_task), 303)


@pages.post("/postings/<act_task>/correct")
@needs("act.lead")
def correct(act_task: str) -> ResponseReturnValue:
    """Publish a corrected version with its reason."""
    form = request.form
    given = Correction(
        form.get("spot", ""), form.get("value", ""), form.get("reason", ""),
        restart=form.get("restart") == "yes",
    )  # fmt: skip
    try:
        with begin() as uow:
            correcting.correct(uow, act_task, given)
        flash(_("更正已发布，原文仍可查阅。"), "ok")
    except Invalid as error:
        flash(_reasons(error), "bad")
    return redirect(url_for("acts.show", act_task=act_task), 303)


def _reasons(error: Invalid) -> str:
    codes = [code for found in error.fields.values() for code in found]
    return "；".join(sentence(code) for code in codes) or explain(error)


def _numbered(fields: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    """Name the fields of a ruling as the page does, by number instead of by entry."""
    found = {}
    for path, codes in fields.items():
        entry, dot, name = path.rpartition(".")
        found[f"f{numbers[entry]}-{name}" if dot else path] = codes
    return found


def _new(key: str, error: Invalid | None = None) -> str:
    with read() as uow:
        posting, entries = registering.entries(uow, key)
    return render_template(
        "objections/new.html", posting=posting, entries=entries, channels=registering.CHANNELS,
        errors=error.fields if error else {}, typed=request.form if error else {},
        chosen=request.form.getlist("entries") if error else [],
    )  # fmt: skip


def _again(objection_id: str, error: Invalid) -> ResponseReturnValue:
    return _page(objection_id, error), error.status


def _page(objection_id: str, error: Invalid | None = None) -> str:
    with begin() as uow:
        found = handling.look(uow, objection_id)
    return render_template(
        "objections/show.html", found=found, errors=error.fields if error else {},
        typed=request.form if error else {}, findings=texts.words()["finding"],
        max_text=intake.MAX_TEXT,
    )  # fmt: skip
