"""The page of a case and what may be done on it; the list of the cases of one's units."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import definitions, instances, worker
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from web import posts
from web.auth import needs
from web.commands import actor, begin, engine, note_look, read
from web.diagram import in_language, live_state, picture
from web.i18n import explain
from web.views.desk import wanted
from workflows import casefile, cases, forms, names, policies, registry, worklists

pages = Blueprint("cases", __name__)
STATUSES = ("running", "held", "completed", "withdrawn")
XML = "application/xml; charset=utf-8"


@pages.get("/cases")
@needs("case.list")
def index() -> str:
    """List the cases of the units this person oversees."""
    want, after = wanted(), request.args.get("after", "")[:120]
    with read() as uow:
        listing = worklists.of_units(uow, _overseen(uow), want, after)
        page: dict[str, Any] = {"want": want, "lines": listing.lines, "statuses": STATUSES}
        page |= {"following": listing.following, "after": after}
        if not posts.is_htmx():
            page["processes"] = definitions.all_latest(uow)
        people = names.people(uow, (line.row.started_by for line in listing.lines))
    template = "cases/_rows.html" if posts.is_htmx() else "cases/index.html"
    return render_template(template, people=people, **page)


@pages.get("/cases/<instance_id>")
@needs("case.view")
def show(instance_id: str) -> str:
    """Show everything about a case."""
    return _case_page(instance_id)


@pages.get("/cases/<instance_id>/state.json")
@needs("case.view")
def state(instance_id: str) -> Response:
    """Return the state of every node, for the live diagram."""
    with read() as uow:
        case = casefile.page(uow, instance_id)
    return jsonify(live_state(case))


@pages.get("/cases/<instance_id>/diagram.bpmn")
@needs("case.view")
def diagram(instance_id: str) -> Response:
    """Return the diagram the case runs by."""
    with read() as uow:
        policies.require_case(uow, "case.view", instance_id)
        row = casefile.instance_row(uow, instance_id)
        plan = instances.blueprint(uow, row["definition_id"])
    file = plan.process(row["process"]).file
    return Response(in_language(plan.package.files[file], file), content_type=XML)


@pages.post("/cases/<instance_id>/watch")
@needs("case.view")
def watch(instance_id: str) -> ResponseReturnValue:
    """Follow a case, or stop following it."""
    on = request.form.get("on") == "1"
    with begin() as uow:
        cases.set_watch(uow, instance_id, on=on)
    flash(_("已关注，可在“关注”中查看。") if on else _("已取消关注。"), "ok")
    return _back(instance_id)


@pages.post("/cases/<instance_id>/withdraw")
@needs("case.view")
def withdraw(instance_id: str) -> ResponseReturnValue:
    """End a case, or one candidate of it, before its end (撤回)."""
    try:
        with begin() as uow:
            cases.withdraw(uow, instance_id, reason=request.form.get("reason", ""))
    except Invalid as error:
        return _case_page(instance_id, fault=explain(error)), error.status
    _drain(instance_id)
    flash(_("已撤回，理由已记入全程纪实。"), "ok")
    return _back(instance_id)


@pages.post("/cases/<instance_id>/hold")
@needs("case.hold")
def hold(instance_id: str) -> ResponseReturnValue:
    """Stop a case (暂停)."""
    form = request.form
    try:
        with begin() as uow:
            cases.hold(
                uow, instance_id, reason=form.get("reason", ""), order_no=form.get("order_no", "")
            )
    except Invalid as error:
        return _case_page(instance_id, fault=explain(error)), error.status
    flash(_("已暂停。恢复之前任何人不能办理，期限停止计算。"), "ok")
    return _back(instance_id)


@pages.post("/cases/<instance_id>/resume")
@needs("case.hold")
def resume(instance_id: str) -> ResponseReturnValue:
    """Let a held case go on (恢复)."""
    try:
        with begin() as uow:
            days = cases.release_hold(uow, instance_id, reason=request.form.get("reason", ""))
    except Invalid as error:
        return _case_page(instance_id, fault=explain(error)), error.status
    _drain(instance_id)
    flash(_("已恢复，各项期限顺延 %(n)s 个工作日。", n=days), "ok")
    return _back(instance_id)


@pages.get("/cases/<instance_id>/messages/<name>")
@needs("case.view")
def message(instance_id: str, name: str) -> str:
    """Show the form of a message that may be sent to a case."""
    with read() as uow:
        page = cases.message_page(uow, instance_id, name)
        return _message_form(uow, instance_id, name, forms.initial(page.form, page.context), {})


@pages.post("/cases/<instance_id>/messages/<name>")
@needs("case.view")
def send(instance_id: str, name: str) -> ResponseReturnValue:
    """Send a message (登记举报, say), or change the shape of its form."""
    act = request.form.get("_act", "refresh")
    with begin() as uow:
        page = cases.message_page(uow, instance_id, name)
        received = cases.keep_files(uow, page, request.form, posts.uploads())
    raw, errors, status = received.raw, dict(received.errors), 200
    changed = forms.apply_action(page.form, raw, act)
    if act == "submit" and not errors:
        try:
            with begin() as uow:
                taken = cases.send_message(uow, instance_id, name, raw, once=posts.key())
        except Invalid as error:
            errors, status = error.fields, error.status
        else:
            _drain(instance_id)
            flash(_("已登记，相关任务已送达。"), "ok")
            return redirect(url_for(".show", instance_id=taken or instance_id), 303)
    raw = raw if changed is None else changed
    errors = errors or forms.recheck(page.form, raw, page.context, posts.watched_paths())
    with read() as uow:
        return _message_form(uow, instance_id, name, raw, errors), status


@pages.get("/cases/<instance_id>/trail")
@needs("audit.read")
def trail(instance_id: str) -> str:
    """Show the audit entries of a case, link by link."""
    with read() as uow:
        subject = policies.case_subject(uow, instance_id)
        row, entries = casefile.trail(uow, instance_id)
        people = names.people(uow, (entry.actor for entry in entries))
        named = {each.detail["to"] for each in entries if "to" in each.detail}
        seats = {name: names.principal(uow, name) for name in named}
        chain = casefile.chain(uow, row)
    note_look(subject)
    return render_template(
        "cases/trail.html", row=row, entries=entries, people=people, seats=seats, chain=chain
    )


def _case_page(instance_id: str, fault: str = "") -> str:
    with read() as uow:
        case = casefile.page(uow, instance_id)
        dues = {task.id: worklists.due(uow, task.due_at) for task in case.open_tasks}
        mine = {task.id for task in case.open_tasks if worklists.is_mine(uow, task)}
        may_withdraw = case.is_open and cases.may_withdraw(uow, instance_id)
    note_look(case.subject)
    return render_template(
        "cases/case.html", case=case, drawing=picture(case), dues=dues, mine=mine, fault=fault,
        may_withdraw=may_withdraw,
    )  # fmt: skip


def _message_form(
    uow: UnitOfWork, instance_id: str, name: str, raw: dict[str, Any], errors: dict[str, Any]
) -> str:
    page = cases.message_page(uow, instance_id, name)
    view = forms.view(page.form, raw, posts.in_language(page.context), errors=errors)
    row = casefile.instance_row(uow, instance_id)
    template = "cases/_message_form.html" if posts.is_htmx() else "cases/message.html"
    context = {"row": row, "name": name, "node": page.node, "form": view}
    return render_template(template, key=posts.fresh_key(), **context)


def _overseen(uow: UnitOfWork) -> list[str]:
    """Return the units whose cases this person may list: his office's, or all below."""
    mine: dict[str, str] = {}
    for held in actor().principals:
        role, _at, unit_id = held.partition("@")
        if role in policies.WATCHDOGS:
            mine[unit_id] = "below"
        elif role in policies.OFFICE:
            mine.setdefault(unit_id, "here")
    found = set(mine)
    for unit in registry.tree(uow):
        if unit.parent_id in found and mine.get(unit.parent_id or "") == "below":
            mine[unit.id] = "below"
            found.add(unit.id)
    return sorted(found)


def _drain(instance_id: str) -> None:
    """Do what the act made due, so that the page shows it."""
    with read() as uow:
        root_id = casefile.instance_row(uow, instance_id)["root_id"]
    worker.drain(engine(), root_id=root_id)


def _back(instance_id: str) -> ResponseReturnValue:
    return redirect(url_for(".show", instance_id=instance_id), 303)
