"""Words for what the desk and the case pages show: deadlines, states, records, sizes.

Templates call them as filters; nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask
from flask_babel import format_datetime
from flask_babel import gettext as _

from engine.diagrams import Node
from engine.instances import Blueprint
from engine.strokes import LOOKS
from web import commands
from web.i18n import language, pick, sentence
from workflows.desk import node_of
from workflows.rules import book
from workflows.worklists import Due

KILO = 1024


def due_words(due: Due | None) -> str:
    """Return a deadline in working days."""
    if due is None:
        return str(_("无时限"))
    days = abs(due.days or 0)
    if due.late:
        return str(_("逾期 %(n)s 个工作日", n=days) if days else _("已逾期"))
    if due.today:
        return str(_("今日到期"))
    if due.days is None:
        return str(_("工作日历未录入"))
    return str(_("剩 %(n)s 个工作日", n=days) if days else _("不足 1 个工作日"))


def case_status(row: Any) -> tuple[str, str, str]:
    """Return word, colour and icon of the state of a case."""
    status = row["status"] if isinstance(row, Mapping) else row.status
    outcome = row["outcome"] if isinstance(row, Mapping) else row.outcome
    words = {
        "running": (_("办理中"), "brand", "clock"),
        "held": (_("已暂停"), "bad", "player-pause"),
        "completed": (outcome or _("已办结"), "ok", "circle-check"),
        "withdrawn": (_("已撤回"), "", "arrow-back-up"),
        "cancelled": (_("已取消"), "", "circle-x"),
    }
    word, colour, sign = words.get(status, (status, "", "info-circle"))
    return str(word), colour, sign


def action_word(kind: str) -> str:
    """Return what a step record tells of, in one word."""
    words = {
        "start": _("发起"),
        "complete": _("办结"),
        "return": _("退回"),
        "message": _("登记"),
        "withdraw": _("撤回"),
        "hold": _("暂停"),
        "release_hold": _("恢复"),
        "service": _("系统计算"),
        "timer": _("期限届满"),
    }
    return str(words.get(kind, kind))


def mark(kind: str) -> str:
    """Return the class of a record in the timeline."""
    marks = {
        "return": "back", "withdraw": "bad", "hold": "hold", "service": "sys", "timer": "sys",
    }  # fmt: skip
    return marks.get(kind, "ok")


def node_title(plan: Blueprint, process: str, node: str, fallback: str = "") -> str:
    """Return the title of a node in the current language."""
    if not node:
        return fallback
    found = node_of(plan, process, node)
    return node_label(found) if found.name else fallback or node


def state_word(state: str) -> str:
    """Return the word for the state of a node on the diagram."""
    return pick(LOOKS[state]) if state in LOOKS else ""


def notice_text(notice: Any) -> str:
    """Return the sentence of a notice."""
    return sentence(f"notice.{notice.code}", notice.params)


def kilobytes(size: int) -> str:
    """Return a file size for people."""
    mega = KILO * KILO
    return f"{size / mega:.1f} MB" if size >= mega else f"{max(1, round(size / KILO))} KB"


def short_moment(value: datetime | None) -> str:
    """Return a moment for a narrow column: the hour this year, else the year."""
    if value is None:
        return ""
    now = commands.engine().clock()
    this_year = format_datetime(value, "yyyy") == format_datetime(now, "yyyy")
    return str(format_datetime(value, "MM-dd HH:mm" if this_year else "yyyy-MM-dd"))


def node_label(node: Node) -> str:
    """Return the name of a node in the current language."""
    return (node.en if language() == "en" and node.en else node.name) or node.id


def book_name(book_id: str | None) -> str:
    """Return the title of a rule book in the current language; the id of one we do not have."""
    return pick(book.load(book_id)) if book_id in book.available() else book_id or ""


def instant(text: str) -> datetime:
    """Return the moment an audit entry writes as text."""
    return datetime.fromisoformat(text)


def clock(value: datetime) -> str:
    """Return the time of day of a moment."""
    return str(format_datetime(value, "HH:mm"))


def register(app: Flask) -> None:
    """Give the templates these words."""
    filters = (
        due_words, case_status, action_word, mark, state_word, notice_text, kilobytes,
        short_moment, clock, node_label, instant, book_name,
    )  # fmt: skip
    app.jinja_env.filters.update({each.__name__: each for each in filters})
    app.jinja_env.globals.update(node_title=node_title)
