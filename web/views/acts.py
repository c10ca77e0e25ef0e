"""The pages of an act: the participant's sheet and the organiser's cockpit.

Both stand under the same address, that of the task in somebody's inbox. What is typed stays on
the page when it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import tasks, worker
from engine.errors import Invalid, ReasonNeeded, RuleBlocked
from engine.unit_of_work import UnitOfWork
from web import act_sheets, cockpits, plots, posts
from web.auth import needs
from web.commands import begin, engine, note_look, read
from web.i18n import explain, pick
from workflows import returns, worklists
from workflows.acts import closing, preparing, reading, rows, ruling, taking
from workflows.acts.countersign import OPINIONS
from workflows.acts.kinds import KINDS
from workflows.acts.preparing import Pin
from workflows.acts.reading import Cockpit
from workflows.counting.working import words
from workflows.desk import Handed

pages = Blueprint("acts", __name__)
Errors = Mapping[str, list[Any]]
OWN_PAGE: Mapping[str, str] = {
    "check": "checking.mine", "intake": "intake.mine", "posting": "objections.of_part",
}  # fmt: skip
"""Kinds whose participants fill no sheet but have a page of their own."""


@pages.get("/acts/<act_task>")
@needs("case.view")
def show(act_task: str) -> ResponseReturnValue:
    """Show a participant his sheet, everybody else the cockpit."""
    with read() as uow:
        whole = tasks.get(uow, act_task).part_of
        if whole is not None:
            own = OWN_PAGE.get(rows.of_task(uow, whole).kind)
            if own is not None:
                return redirect(url_for(own, part_id=act_task), 303)
            return _part(uow, act_task, {})
        page = reading.cockpit(uow, act_task)
        body = _cockpit(uow, page)
    note_look(page.subject)
    return body


@pages.post("/acts/<act_task>/contribute")
@needs("act.take_part")
def contribute(act_task: str) -> ResponseReturnValue:
    """Hand in what a participant has filled."""
    with read() as uow:
        page = reading.part_page(uow, act_task)
    given = act_sheets.given(page)
    try:
        with begin() as uow:
            handed = Handed(key=posts.key(), seen=posts.seen())
            taking.contribute(uow, act_task, given, handed)
    except Invalid as error:
        with read() as uow:
            refused = "" if error.fields else explain(error)
            return _part(uow, act_task, error.fields, refused=refused), error.status
    with read() as uow:
        left = reading.part_page(uow, act_task).left
    if left:
        flash(_("已保存，还有 %(n)s 项没有评。", n=left), "ok")
        return redirect(url_for(".show", act_task=act_task), 303)
    flash(_("已提交。截止之前可以从“已办”进入修改。"), "ok")
    return redirect(url_for("desk.inbox", box="todo"), 303)


@pages.post("/acts/<act_task>/prepare")
@needs("act.lead")
def prepare(act_task: str) -> ResponseReturnValue:
    """Draw up the roll from the diagram."""
    with begin() as uow:
        preparing.prepare(uow, act_task)
    flash(_("名单已生成，请核对后开始。"), "ok")
    return redirect(url_for(".show", act_task=act_task), 303)


@pages.post("/acts/<act_task>/open")
@needs("act.lead")
def open_(act_task: str) -> ResponseReturnValue:
    """Give every participant his part."""
    with begin() as uow:
        preparing.open_(uow, act_task)
    flash(_("已经开始，参加人的待办中可以看到。"), "ok")
    return redirect(url_for(".show", act_task=act_task), 303)


@pages.post("/acts/<act_task>/pin")
@needs("act.lead")
def pin(act_task: str) -> ResponseReturnValue:
    """State a conflict of a participant by hand (回避)."""
    form = request.form
    pinned = Pin(form.get("who", ""), form.get("entry", ""), form.get("reason", ""))
    try:
        with begin() as uow:
            preparing.pin(uow, act_task, pinned)
    except Invalid as error:
        return again(act_task, error)
    flash(_("回避已登记。"), "ok")
    return redirect(url_for(".show", act_task=act_task), 303)


@pages.post("/acts/<act_task>/close")
@needs("act.lead")
def close(act_task: str) -> ResponseReturnValue:
    """End taking part and compute the result."""
    try:
        with begin() as uow:
            closing.close(uow, act_task, reason=request.form.get("reason", ""))
    except Invalid as error:
        return again(act_task, error)
    return redirect(url_for(".show", act_task=act_task), 303)


@pages.post("/acts/<act_task>/confirm")
@needs("act.lead")
def confirm(act_task: str) -> ResponseReturnValue:
    """Put the result on the record; the case goes on."""
    handed = Handed(reason=request.form.get("reason", ""), key=posts.key())
    try:
        with begin() as uow:
            closing.confirm(uow, act_task, handed)
    except (Invalid, RuleBlocked, ReasonNeeded) as error:
        return again(act_task, error)
    with read() as uow:
        root_id = tasks.get(uow, act_task).root_id
    worker.drain(engine(), root_id=root_id)
    flash(_("结果已确认，记入全程纪实。"), "ok")
    return redirect(url_for(".show", act_task=act_task), 303)


@pages.post("/acts/<act_task>/rule")
@needs("act.lead")
def rule(act_task: str) -> ResponseReturnValue:
    """Settle an entry by name and with a reason, where the kind of act leaves it to a person."""
    form = request.form
    try:
        with begin() as uow:
            ruling.rule(uow, act_task, form.get("entry", ""), form)
    except Invalid as error:
        return again(act_task, error)
    flash(_("认定已记录，结果已重新计算。"), "ok")
    return redirect(url_for(".show", act_task=act_task), 303)


def again(act_task: str, error: Invalid | RuleBlocked | ReasonNeeded) -> ResponseReturnValue:
    """Show the cockpit as it was left, with what was refused and why."""
    with read() as uow:
        page = reading.cockpit(uow, act_task)
        found = getattr(error, "findings", ())
        wrong = getattr(error, "fields", {})
        body = _cockpit(uow, page, refused=explain(error), findings=found, errors=wrong)
    return body, error.status


def _part(uow: UnitOfWork, part_id: str, errors: Errors, *, refused: str = "") -> str:
    page = reading.part_page(uow, part_id)
    return render_template(
        "acts/part.html", page=page, about=page.about, kind=KINDS[page.act.kind], errors=errors,
        typed=request.form, refused=refused, key=posts.fresh_key(), opinions=OPINIONS,
        due=worklists.due(uow, page.due_at),
    )  # fmt: skip


def _cockpit(uow: UnitOfWork, page: Cockpit, **refusal: Any) -> str:
    act = page.about.node.act or {}
    result = page.result
    context: dict[str, Any] = {"plot": (), "lines": (), "refused": "", "findings": (), "errors": {}}
    if result is not None:
        context["plot"] = plots.of(page.act, page.more)
        context["lines"] = _lines(result) if page.inside else ()
    context["more"] = cockpits.of(uow, page)
    if page.due_at is not None:
        context["due"] = worklists.due(uow, page.due_at)
    return render_template(
        "acts/cockpit.html", page=page, about=page.about, kind=KINDS.get(act.get("kind", "")),
        key=posts.fresh_key(), result=result, reason=request.form.get("reason", ""),
        reasons=returns.REASONS, typed=request.form, **{**context, **refusal},
    )  # fmt: skip


def _lines(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the working as sentence, sum, and whom it is about."""
    known = words()["line"]
    return [(pick(known[x["rule"]]), x["sum"], x["about"]) for x in result["working"]]
