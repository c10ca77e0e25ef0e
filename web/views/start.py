"""发起事项: choose a process, fill its start form, open the case."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import worker
from engine.errors import Invalid, ReasonNeeded, RuleBlocked
from engine.unit_of_work import UnitOfWork
from web import posts
from web.auth import needs
from web.commands import begin, engine, read
from web.i18n import explain
from workflows import cases, desk, forms, names, worklists

pages = Blueprint("start", __name__)


@pages.get("/start")
@needs("case.start")
def choose() -> str:
    """Show the processes this person may start."""
    with read() as uow:
        return render_template("start/choose.html", startable=cases.startable(uow))


@pages.get("/start/<key>")
@needs("case.start")
def form(key: str) -> str:
    """Show the form that opens a case."""
    with read() as uow:
        _startable, page = cases.start_page(uow, key)
        return _render(uow, key, forms.initial(page.form, page.context), {})


@pages.post("/start/<key>")
@needs("case.start")
def post(key: str) -> ResponseReturnValue:
    """Open the case, or change the shape of the form."""
    act = request.form.get("_act", "refresh")
    with begin() as uow:
        _startable, page = cases.start_page(uow, key)
        received = cases.keep_files(uow, page, request.form, posts.uploads())
    raw = received.raw
    changed = forms.apply_action(page.form, raw, act)
    if act == "submit" and not received.errors:
        return _open(key, raw)
    raw = raw if changed is None else changed
    again = forms.recheck(page.form, raw, page.context, posts.watched_paths())
    with read() as uow:
        return _render(uow, key, raw, again | dict(received.errors))


def _open(key: str, raw: dict[str, Any]) -> ResponseReturnValue:
    unit = request.form.get("_unit", "")
    typed = raw | {"reason": request.form.get("_reason", "")}
    try:
        with begin() as uow:
            case_id = cases.start(uow, key, typed, unit=unit, once=posts.key())
    except (Invalid, RuleBlocked, ReasonNeeded) as error:
        stopped = None if isinstance(error, Invalid) else error
        with read() as uow:
            fields = error.fields if isinstance(error, Invalid) else {}
            more = {"stopped": stopped, "refused": explain(error)}
            return _render(uow, key, raw, fields, **more), error.status
    if case_id is None:
        flash(_("这一事项已经发起过，没有重复发起。"), "info")
        return redirect(url_for("desk.inbox", box="started"), 303)
    worker.drain(engine(), root_id=case_id)
    flash(_("事项已发起，第一项任务已送达。"), "ok")
    with read() as uow:
        mine = [each for each in desk.ahead(uow, case_id) if worklists.is_mine(uow, each)]
    if mine:
        return redirect(url_for("tasks.show", task_id=mine[0].id), 303)
    return redirect(url_for("cases.show", instance_id=case_id), 303)


def _render(
    uow: UnitOfWork, key: str, raw: dict[str, Any], errors: dict[str, Any], **more: Any
) -> str:
    startable, page = cases.start_page(uow, key)
    stopped = more.get("stopped")
    findings = list(stopped.findings) if stopped is not None else []
    shown = posts.beside_fields(errors, findings)
    view = forms.view(page.form, raw, posts.in_language(page.context), errors=shown)
    context: dict[str, Any] = {
        "startable": startable, "form": view, "findings": findings, "key": posts.fresh_key(),
        "units": names.units(uow, startable.units), "unit": request.form.get("_unit", ""),
        "reason": request.form.get("_reason", ""), "refused": "", **more,
    }  # fmt: skip
    return render_template("start/_form.html" if posts.is_htmx() else "start/form.html", **context)
