"""What the pages of a ballot share: the hall, the view of one event, a command and its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Blocked, Conflict, Invalid
from web import ballot_paper, ballot_steps, posts
from web.commands import actor, engine, read
from web.i18n import explain
from workflows.acts.secret import reading
from workflows.ballots import handing
from workflows.ballots.events import Hall
from workflows.ballots.places import hall_of
from workflows.counting.presets import exclusion_reasons

ROLES = ("scrutineer", "teller", "desk")


def hall() -> Hall:
    """Return the program's database together with its store of boxes."""
    return hall_of(engine())


def look(act_task: str) -> Any:
    """Return what the acting person may see of an event; raises NotFound."""
    with read() as uow:
        return reading.view(hall(), uow, act_task)


def attempt(act_task: str, do: Callable[[], Any], done: str) -> ResponseReturnValue:
    """Carry out a command from the meeting page; a refusal comes back on the same page."""
    try:
        do()
    except (Invalid, Blocked, Conflict) as refused:
        return meeting(act_task, refused=explain(refused)), refused.status
    flash(done, "ok")
    return redirect(url_for("ballots.show", act_task=act_task), 303)


def meeting(act_task: str, *, refused: str = "", **more: Any) -> str:
    """Return the page of the meeting for the acting person."""
    me = actor().id
    with read() as uow:
        view = reading.view(hall(), uow, act_task)
        waiting = [] if view.event is None else handing.waiting_for(uow, act_task)
    names = {each.person: each.name for each in view.scrutineers}
    lists = ballot_steps.checklists(view, me, ready=names.get(me, "") not in waiting)
    now = {each.now.code for each in lists if each.now is not None}
    rules = None if view.event is None else view.event.rules
    return render_template(
        "ballots/meeting.html", view=view, task_id=act_task, me=me, lists=lists, now=now,
        refused=refused, rules=rules, marks=[] if rules is None else ballot_paper.marks(rules),
        key=posts.fresh_key(), reasons=exclusion_reasons(), waiting=waiting, **more,
    )  # fmt: skip
