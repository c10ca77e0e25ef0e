"""The engine room for administrators: background work, and the access log."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from web.auth import needs
from web.commands import begin, read
from workflows import operations
from workflows.operations import LogWant

pages = Blueprint("operations", __name__, url_prefix="/admin")
MAX_QUERY = 100


@pages.get("/operations")
@needs("operations.manage")
def index() -> str:
    """Show how background work is doing."""
    with read() as uow:
        page = {"queue": operations.queue(uow), "jobs": operations.troubled(uow), "now": uow.now}
    return render_template("admin/operations.html", **page)


@pages.post("/operations/jobs/<job_id>/retry")
@needs("operations.manage")
def retry(job_id: str) -> ResponseReturnValue:
    """Let a job that was given up be tried again."""
    with begin() as uow:
        operations.retry(uow, job_id)
    flash(_("作业已重新排队，稍后刷新查看结果。"), "ok")
    return redirect(url_for(".index"), 303)


@pages.get("/log")
@needs("log.read")
def log() -> str:
    """Show who managed what, and who looked."""
    args = request.args
    want = LogWant(args.get("q", "")[:MAX_QUERY], args.get("action", "")[:MAX_QUERY])
    after = args.get("after", "")[:MAX_QUERY]
    with read() as uow:
        lines, following = operations.access(uow, want, after)
        actions = operations.actions(uow)
    page = {"lines": lines, "following": following, "actions": actions}
    return render_template("admin/log.html", want=want, after=after, **page)
