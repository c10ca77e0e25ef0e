"""What scrutineers and tellers do on their own pages: shares, signatures, opening, paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Blocked, Conflict, Invalid
from web.auth import needs
from web.ballot_pages import attempt, hall, look, meeting
from web.ballot_words import PAPER_FAULTS
from web.commands import actor, begin, read
from web.i18n import explain
from workflows.acts.secret import meeting as doing
from workflows.acts.secret import reading
from workflows.ballots import handing, preparing
from workflows.ballots.rules import BallotRules

pages = Blueprint("ballots_watch", __name__, url_prefix="/ballots")
NAMES = 12
"""Lines for written-in names on the tellers' form."""


@pages.post("/<act_task>/passphrase")
@needs("ballot.scrutinise")
def passphrase(act_task: str) -> ResponseReturnValue:
    """Choose the passphrase to which the own share will be locked."""
    typed = request.form.get("passphrase", "")

    def do() -> None:
        if typed != request.form.get("again", ""):
            raise Invalid("ballot_passphrase_differs")
        with begin() as uow:
            handing.choose_passphrase(uow, act_task, typed)

    return attempt(act_task, do, _("口令已设定。请记牢，遗失不能找回。"))


@pages.post("/<act_task>/keep-share")
@needs("ballot.scrutinise")
def keep_share(act_task: str) -> ResponseReturnValue:
    """Lock the own share from paper by a passphrase."""
    form = request.form

    def do() -> None:
        with begin() as uow:
            preparing.keep_share(uow, act_task, form.get("code", ""), form.get("passphrase", ""))

    return attempt(act_task, do, _("份额已用口令锁存。"))


@pages.post("/<act_task>/take-share")
@needs("ballot.scrutinise")
def take_share(act_task: str) -> ResponseReturnValue:
    """Show a scrutineer his own share once more, for a recount with the separate program."""
    try:
        with read() as uow:
            code = preparing.unlock_share(uow, act_task, request.form.get("passphrase", ""))
    except (Invalid, Conflict) as refused:
        return meeting(act_task, refused=explain(refused)), refused.status
    return meeting(act_task, my_share=code)


@pages.post("/<act_task>/sign")
@needs("ballot.scrutinise")
def sign(act_task: str) -> ResponseReturnValue:
    """Sign the statement or the result by the digest that was on the page."""
    form = request.form

    def do() -> None:
        with begin() as uow:
            doing.sign(uow, act_task, form.get("subject", ""), form.get("seen", ""))

    return attempt(act_task, do, _("已签字。"))


@pages.post("/<act_task>/open-box")
@needs("ballot.scrutinise")
def open_box(act_task: str) -> ResponseReturnValue:
    """Open the box with what two scrutineers have typed."""

    def do() -> None:
        view = look(act_task)
        people = [each.person for each in view.scrutineers]
        typed = {who: request.form.get(f"share-{no}", "") for no, who in enumerate(people)}
        with read() as uow:
            codes = handing.codes(uow, act_task, typed)
        doing.open_box(hall(), actor(), act_task, codes)

    return attempt(act_task, do, _("票箱已打开，计票完成。请监票人核对并签字。"))


@pages.post("/<act_task>/exchange")
@needs("ballot.tell")
def exchange(act_task: str) -> ResponseReturnValue:
    """Take a slip in and hand a paper out."""
    code = request.form.get("code", "").rpartition("#")[2].strip()

    def do() -> None:
        doing.exchange(hall(), actor(), act_task, code)

    return attempt(act_task, do, _("票条已收回作废，请发给一张纸质票。"))


@pages.get("/<act_task>/paper")
@needs("ballot.tell")
def paper(act_task: str) -> ResponseReturnValue:
    """Show the form on which a teller writes what he has counted."""
    return _paper(act_task)


@pages.post("/<act_task>/paper")
@needs("ballot.tell")
def enter(act_task: str) -> ResponseReturnValue:
    """Write down what the teller has counted; the figures of the other are never shown."""
    form = request.form
    try:
        figures = counted(_rules(act_task), form)
        with begin() as uow:
            agreed = doing.enter_paper(uow, act_task, form.get("station", "").strip(), figures)
    except (Invalid, Conflict, Blocked) as refused:
        return _paper(act_task, refused=explain(refused), typed=form), refused.status
    told = (
        _("两人一致，纸质票清点完成。")
        if agreed
        else _("已录入，等待另一名计票人；不一致的会提示。")
    )
    flash(told, "ok" if agreed else "info")
    return redirect(url_for("ballots.show", act_task=act_task), 303)


def counted(rules: BallotRules, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the figures of a form; raises Invalid("ballot_paper_unreadable")."""
    codes = [option.code for option in rules.options]
    codes += [rules.blank] if rules.blank is not None else []
    names = [form.get(f"name-{no}", "").strip() for no in range(NAMES)]
    faults = {code: _number(form.get(f"fault-{code}", "")) for code in PAPER_FAULTS}
    return {
        "handed_out": _number(form.get("handed_out", "")),
        "ballots": _number(form.get("ballots", "")),
        "valid": _number(form.get("valid", "")),
        "invalid": {code: number for code, number in faults.items() if number},
        "totals": {
            each.id: {code: _number(form.get(f"t{row}-{no}", "")) for no, code in enumerate(codes)}
            for row, each in enumerate(rules.candidates)
        },
        "write_ins": {
            name: _number(form.get(f"votes-{no}", "")) for no, name in enumerate(names) if name
        },
    }


def _number(text: str) -> int:
    tidy = text.strip() or "0"
    if not tidy.isascii() or not tidy.isdigit():
        raise Invalid("ballot_paper_unreadable")
    return int(tidy)


def _rules(act_task: str) -> BallotRules:
    event = look(act_task).event
    if event is None:
        raise Conflict("ballot_not_now", state="")
    rules: BallotRules = event.rules
    return rules


def _paper(act_task: str, refused: str = "", typed: Mapping[str, str] | None = None) -> str:
    with read() as uow:
        view = reading.view(hall(), uow, act_task)
    if view.event is None:
        return meeting(act_task)
    rules = view.event.rules
    codes = [option.code for option in rules.options]
    codes += [rules.blank] if rules.blank is not None else []
    return render_template(
        "ballots/paper.html", view=view, task_id=act_task, rules=rules, codes=codes,
        faults=PAPER_FAULTS, names=NAMES, refused=refused, typed=typed or {},
    )  # fmt: skip
