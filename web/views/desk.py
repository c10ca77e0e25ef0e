"""The desk: 待办, 待阅, 已办, 我发起的, 关注."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import definitions, notices, queries
from engine.unit_of_work import UnitOfWork
from web.auth import may, needs
from web.commands import begin, read
from web.posts import is_htmx
from workflows import worklists
from workflows.worklists import Listing, Want

pages = Blueprint("desk", __name__)
LISTS: dict[str, Callable[[UnitOfWork, Want, str], Listing]] = {
    "todo": worklists.todo,
    "done": worklists.done,
    "started": worklists.started,
    "watched": worklists.watched,
}
MAX_QUERY = 100


class Counts:
    """The numbers of the menu, counted once per request and only if a page shows them."""

    def get(self, name: str) -> int:
        """Return the number of a box; 0 for a box that is not counted."""
        if "menu_counts" not in g:
            with read() as uow:
                todo = queries.count_todo(uow, cap=worklists.COUNT_CAP)
                unread = notices.count_unread(uow)
            g.menu_counts = {"todo": todo, "toread": unread}
        found: int = g.menu_counts.get(name, 0)
        return found

    def __getitem__(self, name: str) -> int:
        return self.get(name)


@pages.app_context_processor
def _counts() -> dict[str, Any]:
    return {"counts": Counts()} if may("desk.use") else {}


@pages.get(f"/desk/<any({','.join(worklists.BOXES)}):box>")
@needs("desk.use")
def inbox(box: str) -> ResponseReturnValue:
    """Show one of the lists; htmx gets the rows alone."""
    want, after = wanted(), request.args.get("after", "")[:120]
    with read() as uow:
        page: dict[str, Any] = {"box": box, "want": want, "today": uow.today, "after": after}
        if box == "toread":
            page["notices"], page["following"] = worklists.unread(uow, after)
        else:
            listing = LISTS[box](uow, want, after)
            page |= {"lines": listing.lines, "following": listing.following}
        if not is_htmx():
            page["numbers"] = worklists.counters(uow)
            page["processes"] = definitions.all_latest(uow)
    return render_template("desk/_rows.html" if is_htmx() else "desk/inbox.html", **page)


@pages.get("/desk/counters")
@needs("desk.use")
def counters() -> str:
    """Return the number cards; the page asks for them every minute."""
    with read() as uow:
        return render_template("desk/_counters.html", numbers=worklists.counters(uow))


@pages.post("/desk/notices/<notice_id>/read")
@needs("desk.use")
def mark_read(notice_id: str) -> ResponseReturnValue:
    """Note that a notice was read, and open what it is about."""
    with begin() as uow:
        notice = worklists.mark_read(uow, notice_id)
    if request.form.get("stay"):
        flash(_("已标为已阅。"), "ok")
        return redirect(url_for(".inbox", box="toread"), 303)
    if notice.task_id:
        return redirect(url_for("tasks.show", task_id=notice.task_id), 303)
    return redirect(url_for("cases.show", instance_id=notice.instance_id), 303)


def wanted() -> Want:
    """Return what the filters of the page ask for."""
    args = request.args
    due = args.get("due", "")
    return Want(
        text=args.get("q", "")[:MAX_QUERY],
        process=args.get("process", "")[:MAX_QUERY],
        due=due if due in ("today", "late") else "",
        status=args.get("status", "")[:MAX_QUERY],
    )
