"""The side menu as data. An entry shows when its page exists and the person may open it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from web.auth import may, right_of


@dataclass(frozen=True)
class Entry:
    """One line: where it leads, which icon it wears, and the name of its counter."""

    group: LazyString | str
    endpoint: str
    label: LazyString
    icon: str
    values: Mapping[str, str] = field(default_factory=dict)
    count: str = ""


@dataclass(frozen=True)
class Shown:
    """An entry on this page for this person."""

    url: str
    label: LazyString
    icon: str
    count: str
    here: bool


def _box(name: str, label: LazyString, icon: str) -> Entry:
    return Entry("", "desk.inbox", label, icon, {"box": name}, name)


BUSINESS, DESIGN, WATCH, MANAGE = _("业务"), _("流程设计"), _("监督"), _("管理")
ENTRIES = (
    _box("todo", _("待办"), "inbox"),
    _box("toread", _("待阅"), "eye"),
    _box("done", _("已办"), "checks"),
    _box("started", _("我发起的"), "send"),
    _box("watched", _("关注"), "star"),
    Entry(BUSINESS, "start.choose", _("发起事项"), "file-plus"),
    Entry(BUSINESS, "cases.index", _("事项查询"), "folder-search"),
    Entry(BUSINESS, "ballots_vote.mine", _("我的投票"), "archive"),
    Entry(BUSINESS, "objections.index", _("异议办理"), "message-circle"),
    Entry(BUSINESS, "people.index", _("人员库"), "user"),
    Entry(BUSINESS, "people.posts", _("职位库"), "clipboard-list"),
    Entry(BUSINESS, "calendar.index", _("工作日历"), "calendar"),
    Entry(DESIGN, "definitions.index", _("流程定义"), "sitemap"),
    Entry(DESIGN, "definitions.upload", _("部署流程"), "cloud-upload"),
    Entry(WATCH, "supervision.index", _("纪实监督"), "shield-check"),
    Entry(WATCH, "supervision.holds", _("暂停与恢复"), "player-pause"),
    Entry(MANAGE, "accounts.index", _("账号与角色"), "users"),
    Entry(MANAGE, "units.index", _("单位"), "building"),
    Entry(MANAGE, "settings.index", _("系统设置"), "settings"),
    Entry(MANAGE, "operations.index", _("运行状况"), "temperature"),
    Entry(MANAGE, "operations.log", _("访问日志"), "history"),
)


def visible() -> Iterator[tuple[LazyString | str, list[Shown]]]:
    """Yield the groups of the menu with the entries this person may open."""
    for group, entries in groupby(filter(_offered, ENTRIES), key=lambda entry: entry.group):
        yield group, [_shown(entry) for entry in entries]


def _offered(entry: Entry) -> bool:
    view = current_app.view_functions.get(entry.endpoint)
    right = None if view is None else right_of(view)
    return right is not None and may(right)


def _shown(entry: Entry) -> Shown:
    url = url_for(entry.endpoint, **dict[str, Any](entry.values))
    box = {**request.args, **(request.view_args or {})}.get("box", "todo")
    here = request.endpoint == entry.endpoint and entry.values.get("box", box) == box
    return Shown(url, entry.label, entry.icon, entry.count, here)
