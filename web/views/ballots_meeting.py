"""The page of an election meeting and what its organiser does on it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Blocked, Conflict, Invalid
from web import qr
from web.auth import needs
from web.ballot_pages import ROLES, attempt, hall, look, meeting
from web.commands import actor, begin, note_look
from web.i18n import explain, sentence
from web.sheet_files import sent
from workflows import named_accounts
from workflows.acts.secret import meeting as doing
from workflows.acts.secret import people
from workflows.ballots import handing
from workflows.ballots.preparing import Pile
from workflows.spreadsheets.people import read_people
from workflows.spreadsheets.tables import Faulty

pages = Blueprint("ballots", __name__, url_prefix="/ballots")
MAX_SPARE = 99
MAX_FAULTS = 20


@pages.get("/<act_task>")
@needs("case.view")
def show(act_task: str) -> ResponseReturnValue:
    """Show everybody his own next steps."""
    body = meeting(act_task)
    subject = getattr(look(act_task), "subject", None)
    if subject is not None:
        note_look(subject)
    return body


@pages.post("/<act_task>/people")
@needs("ballot.manage")
def name_people(act_task: str) -> ResponseReturnValue:
    """Say who watches, who counts, who sits at the desk."""

    def do() -> None:
        with begin() as uow:
            for role in ROLES:
                words = named_accounts.split(request.form.get(role, ""))
                people.name_people(uow, act_task, role, named_accounts.find(uow, words))

    return attempt(act_task, do, _("名单已保存。"))


@pages.post("/<act_task>/load")
@needs("ballot.manage")
def load(act_task: str) -> ResponseReturnValue:
    """Replace the roll by typed lines or a file."""
    text = request.form.get("lines", "")
    try:
        name, content = sent()
        if name.lower().endswith(".xlsx"):
            lines = listed(name, content)
        else:
            text = _text(content) if name else text
            lines = voters(text)
        with begin() as uow:
            count = people.load_voters(uow, act_task, lines)
    except (Invalid, Blocked, Conflict) as refused:
        told = "\n".join([explain(refused), *_faults(refused)])
        return meeting(act_task, refused=told, typed_lines=text), refused.status
    flash(_("已导入 %(n)s 名选举人。", n=count), "ok")
    return redirect(url_for(".show", act_task=act_task), 303)


@pages.post("/<act_task>/freeze")
@needs("ballot.manage")
def freeze(act_task: str) -> ResponseReturnValue:
    """Fix rules and roll."""

    def do() -> None:
        with begin() as uow:
            doing.freeze(uow, act_task)

    return attempt(act_task, do, _("已冻结，请公布并打印两个指纹。"))


@pages.post("/<act_task>/thaw")
@needs("ballot.manage")
def thaw(act_task: str) -> ResponseReturnValue:
    """Go back to preparing, with a reason."""

    def do() -> None:
        with begin() as uow:
            doing.thaw(uow, act_task, request.form.get("reason", ""))

    return attempt(act_task, do, _("已退回筹备，原来的指纹作废。"))


@pages.post("/<act_task>/box")
@needs("ballot.manage")
def box(act_task: str) -> ResponseReturnValue:
    """Make the box; each share goes to its holder, or onto paper."""
    sealed = request.form.get("way") != "paper"
    try:
        if sealed:
            with begin() as uow:
                handing.require_ready(uow, act_task)
        codes = doing.make_box(hall(), actor(), act_task)
        if sealed:
            with begin() as uow:
                handing.hand_over(uow, act_task, codes)
    except (Invalid, Blocked, Conflict) as refused:
        return meeting(act_task, refused=explain(refused)), refused.status
    if not sealed:
        return _shares(act_task, codes)
    flash(_("票箱已生成，三份密钥已各自交到监票人本人。"), "ok")
    return redirect(url_for(".show", act_task=act_task), 303)


@pages.post("/<act_task>/slips")
@needs("ballot.manage")
def slips(act_task: str) -> ResponseReturnValue:
    """Make the slips and show them once, to be printed."""
    typed = request.form.get("spare", "")
    spare = int(typed) if typed.isascii() and typed.isdigit() else 0
    try:
        piles = doing.print_slips(hall(), actor(), act_task, spare=min(spare, MAX_SPARE))
    except (Invalid, Blocked, Conflict) as refused:
        return meeting(act_task, refused=explain(refused)), refused.status
    return _printed(act_task, piles)


@pages.post("/<act_task>/reprint")
@needs("ballot.manage")
def reprint(act_task: str) -> ResponseReturnValue:
    """Make all slips anew, with a reason, while nobody has drawn one."""
    reason = request.form.get("reason", "")
    try:
        piles = doing.reprint_slips(hall(), actor(), act_task, reason)
    except (Invalid, Blocked, Conflict) as refused:
        return meeting(act_task, refused=explain(refused)), refused.status
    return _printed(act_task, piles)


@pages.post("/<act_task>/open-desk")
@needs("ballot.manage")
def open_desk(act_task: str) -> ResponseReturnValue:
    """Begin signing in where no slips are printed."""

    def do() -> None:
        doing.open_desk(hall(), actor(), act_task)

    return attempt(act_task, do, _("可以开始签到。"))


@pages.post("/<act_task>/begin")
@needs("ballot.manage")
def begin_vote(act_task: str) -> ResponseReturnValue:
    """End signing in, open the box."""
    return attempt(act_task, lambda: doing.begin(hall(), actor(), act_task), _("投票已开始。"))


@pages.post("/<act_task>/close")
@needs("ballot.manage")
def close(act_task: str) -> ResponseReturnValue:
    """Close the box for ever."""

    def do() -> None:
        doing.close_box(hall(), actor(), act_task)

    return attempt(act_task, do, _("票箱已关闭，请监票人核对关箱说明并签字。"))


@pages.post("/<act_task>/call-off")
@needs("ballot.manage")
def call_off(act_task: str) -> ResponseReturnValue:
    """Declare the vote void, with a reason."""

    def do() -> None:
        doing.call_off(hall(), actor(), act_task, request.form.get("reason", ""))

    return attempt(act_task, do, _("本次投票已宣布作废。"))


def voters(text: str) -> list[dict[str, str]]:
    """Read lines of name, class and login, separated by tabs or commas; a heading is left out."""
    tidy = text.replace("，", ",").replace("\t", ",").replace("、", ",")
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(tidy))]
    names = ("name", "class", "login")
    found = [dict(zip(names, row, strict=False)) for row in rows if any(row)]
    if found and found[0].get("name") in ("姓名", "name", "Name"):
        found = found[1:]
    return [{name: value for name, value in line.items() if value} for line in found]


def listed(name: str, content: bytes) -> list[dict[str, str]]:
    """Read a spreadsheet with a head line; raises Invalid with what is wrong, line by line."""
    found = read_people(name, content)
    if found.faults:
        raise Faulty(found.faults)
    lines = [
        {"name": one.name, "class": one.klass, "login": one.who, "id": one.number}
        for one in found.people
    ]
    return [{key: value for key, value in line.items() if value} for line in lines]


def _printed(act_task: str, piles: Sequence[Pile]) -> str:
    """Return the sheet of slips; it exists in this one answer."""
    where = url_for("ballots_slip.start", _external=True)
    return render_template(
        "ballots/slips.html", view=look(act_task), task_id=act_task, piles=piles, where=where,
        draw=lambda code: qr.svg(f"{where}#{code}"),
    )  # fmt: skip


def _text(content: bytes) -> str:
    """Read a text file as spreadsheets write it: UTF-8 with or without a mark, or GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("ballot_roll_unreadable")


def _faults(refused: Any) -> list[str]:
    if isinstance(refused, Faulty):
        found = [
            _(
                "第 %(n)s 行：%(what)s",
                n=one.line,
                what=f"{one.column} {sentence(one.code, one.params)}",
            )
            for one in refused.report.faults
        ]
        return found[:MAX_FAULTS]
    fields: Mapping[str, list[str]] = getattr(refused, "fields", {}) or {}
    lines = [
        _("第 %(n)s 行：%(what)s", n=place.partition(".")[0], what=sentence(code))
        for place, codes in fields.items()
        for code in codes
    ]
    return lines[:MAX_FAULTS]


def _shares(act_task: str, codes: Mapping[str, str]) -> str:
    view = look(act_task)
    names = {each.person: each.name for each in view.scrutineers}
    sheets = [(names.get(person, ""), code) for person, code in codes.items()]
    return render_template("ballots/shares.html", view=view, task_id=act_task, sheets=sheets)
