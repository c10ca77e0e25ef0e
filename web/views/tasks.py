"""The page of a task: its form beside the history of the case, and what may be done with it.

Every post of the form first becomes the person's draft in a transaction of its own; only then
is it handed in. So a mistake, a lost race and a reload never lose what was typed.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import worker
from engine.errors import (
    Blocked,
    Conflict,
    EngineError,
    Invalid,
    NotAllowed,
    ReasonNeeded,
    RuleBlocked,
)
from web import posts
from web.auth import needs
from web.commands import actor, begin, engine, note_look, read
from web.diagram import picture
from web.i18n import explain
from web.plain import text_of
from web.words import node_title
from workflows import casefile, desk, forms, names, returns, worklists
from workflows.desk import Handed, TaskPage
from workflows.forms import drafts

pages = Blueprint("tasks", __name__)
LOST = (Conflict, NotAllowed, Blocked)
Errors = dict[str, list[Any]]


@pages.get("/tasks/<task_id>")
@needs("case.view")
def show(task_id: str) -> ResponseReturnValue:
    """Show a task: to fill in for those who may, to read for the others."""
    with read() as uow:
        page = desk.open_task(uow, task_id)
        if page.node.act is not None:
            return redirect(url_for("acts.show", act_task=task_id), 303)
        context = _page(uow, page, {})
    note_look(page.subject)
    return render_template("tasks/task.html", **context)


@pages.post("/tasks/<task_id>")
@needs("case.view")
def post(task_id: str) -> ResponseReturnValue:
    """Keep what was typed; then save, hand in, or change the shape of the form."""
    act = request.form.get("_act", "refresh")
    with begin() as uow:
        page, received = desk.keep(uow, task_id, request.form, posts.uploads())
    if not page.may_act:
        return _too_late(page)
    raw, errors = received.raw, dict(received.errors)
    changed = forms.apply_action(page.form, raw, act)
    if changed is not None:
        raw = changed
        with begin() as uow:
            desk.save_draft(uow, task_id, raw)
    if act == "submit" and not errors:
        return _submit(page, raw)
    if act == "save" and not errors:
        flash(_("草稿已保存。"), "ok")
        return redirect(url_for(".show", task_id=task_id), 303)
    again = forms.recheck(page.form, raw, page.context, posts.watched_paths())
    found = _judged_again(page, raw) if not again | errors else []
    status = Invalid.status if errors else 200
    return _again(task_id, again | errors, status=status, findings=found)


@pages.post("/tasks/<task_id>/return")
@needs("case.view")
def send_back(task_id: str) -> ResponseReturnValue:
    """Send the case back to an earlier step (退回)."""
    with read() as uow:
        page = desk.open_task(uow, task_id)
    try:
        with begin() as uow:
            back = returns.read(uow, request.form)
            desk.send_back(uow, task_id, back, Handed(key=posts.key(), seen=posts.seen()))
    except Invalid as error:
        return _again(task_id, {}, status=error.status, back_errors=error.fields)
    except LOST as error:
        return _lost(task_id, error)
    target = node_title(page.plan, page.row["process"], back.target)
    flash(_("已退回至“%(step)s”，并记入全程纪实。", step=target), "ok")
    return _onward(page)


@pages.post("/tasks/<task_id>/claim")
@needs("case.view")
def claim(task_id: str) -> ResponseReturnValue:
    """Take a task of a group for oneself (签收)."""
    try:
        with begin() as uow:
            desk.claim(uow, task_id)
    except LOST as error:
        return _lost(task_id, error)
    flash(_("已签收，同组其他人不再看到这项任务。"), "ok")
    return redirect(url_for(".show", task_id=task_id), 303)


@pages.post("/tasks/<task_id>/release")
@needs("case.view")
def release(task_id: str) -> ResponseReturnValue:
    """Give a task back to its group (退签)."""
    try:
        with begin() as uow:
            desk.release(uow, task_id)
    except LOST as error:
        return _lost(task_id, error)
    flash(_("已退签，任务回到同组待办。"), "ok")
    return redirect(url_for(".show", task_id=task_id), 303)


@pages.get("/tasks/<task_id>/draft")
@needs("case.view")
def kept(task_id: str) -> ResponseReturnValue:
    """Show the draft of somebody who came too late, ready to be copied."""
    return _lost(task_id, None)


def _submit(page: TaskPage, raw: dict[str, Any]) -> ResponseReturnValue:
    task_id = page.task.id
    handed = Handed(request.form.get("_reason", ""), posts.key(), posts.seen())
    try:
        with begin() as uow:
            first = desk.submit(uow, task_id, raw, handed)
    except Invalid as error:
        return _again(task_id, error.fields, status=error.status, refused=explain(error))
    except (RuleBlocked, ReasonNeeded) as error:
        told = {"refused": explain(error), "findings": error.findings}
        return _again(task_id, {}, status=error.status, **told)
    except LOST as error:
        return _lost(task_id, error)
    if not first:
        flash(_("这项任务已经提交过，没有重复办理。"), "info")
    return _onward(page, done=first)


def _onward(page: TaskPage, *, done: bool = False) -> ResponseReturnValue:
    """Do what follows at once, say where the case went, and lead to the next task."""
    root_id = page.row["root_id"]
    worker.drain(engine(), root_id=root_id)
    with read() as uow:
        waiting = desk.ahead(uow, root_id)
        mine = [each for each in waiting if worklists.is_mine(uow, each)]
        row = casefile.instance_row(uow, page.row["id"])
    if done:
        step = node_title(page.plan, page.row["process"], page.node.id)
        text = _("“%(step)s”已提交，记入全程纪实。", step=step)
        flash(text + _where_to(page, waiting, row), "ok")
    if mine:
        return redirect(url_for(".show", task_id=mine[0].id), 303)
    return redirect(url_for("desk.inbox", box="todo"), 303)


def _where_to(page: TaskPage, waiting: list[Any], row: Any) -> str:
    if waiting:
        process = page.row["process"]
        found = dict.fromkeys(node_title(page.plan, process, each.node) for each in waiting)
        steps = "、".join(list(found)[:4])
        return str(_("接下来：%(steps)s。", steps=steps))
    if row["status"] == "completed":
        return str(_("这一事项已经全部办结。"))
    return str(_("这一事项正在等待期限届满或其他事项办结。"))


def _again(task_id: str, errors: Errors, *, status: int, **more: Any) -> ResponseReturnValue:
    """Show the form again: the whole page, or the form alone to htmx."""
    with read() as uow:
        page = desk.open_task(uow, task_id)
        context = _page(uow, page, errors, **more)
    if posts.is_htmx():
        return render_template("tasks/_form.html", **context)
    return render_template("tasks/task.html", **context), status


def _page(uow: Any, page: TaskPage, errors: Errors, **more: Any) -> dict[str, Any]:
    """Return what the templates need: the task, its case and the form as it is to be drawn."""
    findings = more.pop("findings", [])
    mode: Any = "edit" if page.may_act and page.hold is None else "read"
    shown = posts.beside_fields(errors, findings)
    found = {
        "page": page,
        "form": forms.view(
            page.form, page.raw, posts.in_language(page.context), errors=shown, mode=mode
        ),
        "findings": findings,
        "key": posts.fresh_key(),
        "reasons": returns.REASONS,
        "reason": request.form.get("_reason", ""),
        "typed": request.form,
        "back_errors": {},
        "refused": "",
        **more,
    }
    if not posts.is_htmx():
        case = casefile.page(uow, page.row["id"])
        found |= {"case": case, "due": worklists.due(uow, page.task.due_at)}
        found |= {"drawing": picture(case), "group": names.principal(uow, page.task.principal)}
    return found


def _judged_again(page: TaskPage, raw: dict[str, Any]) -> list[Any]:
    """Return the findings a page that showed some has now, so that they go as they are mended."""
    if "_judged" not in request.form:
        return []
    try:
        with read() as uow:
            return desk.preview(uow, page.task.id, raw)
    except Invalid:  # an unfinished form is told so when it is handed in
        return []


def _too_late(page: TaskPage) -> ResponseReturnValue:
    """Answer a post to a task that is not the person's to do any more.

    A second click finds its own submission done and goes where the first one went. The last
    autosave of a page may arrive after the page was handed in, and needs no answer.
    """
    with read() as uow:
        mine = desk.was_taken(uow, posts.key(), page.task.id)
    if mine and not posts.is_htmx():
        flash(_("这项任务已经提交过，没有重复办理。"), "info")
        return _onward(page)
    if page.task.done_by == actor().id and posts.is_htmx():
        return "", 204
    target = url_for(".kept", task_id=page.task.id)
    if posts.is_htmx():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target, 303)


def _lost(task_id: str, error: EngineError | None) -> ResponseReturnValue:
    """Say why nothing was done, and show what was typed."""
    with read() as uow:
        page = desk.open_task(uow, task_id)
        saved = drafts.load(uow, task_id)
    raw = saved.data if saved else {}
    typed = forms.view(page.form, raw, posts.in_language(page.context)) if saved else None
    text = text_of(typed) if typed else ""
    context = {"page": page, "error": error, "text": text, "saved": saved, "me": actor().id}
    reason = explain(error) if error is not None else ""
    body = render_template("tasks/lost.html", reason=reason, **context)
    return body, error.status if error is not None else 200
