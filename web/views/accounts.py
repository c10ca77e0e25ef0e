"""Accounts for administrators: list, create, reset, close, roles, sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import EngineError, Invalid
from engine.unit_of_work import UnitOfWork
from web.auth import needs
from web.commands import begin, read
from web.refused import NOTHING, Refused, refused
from workflows import administration, identity, passwords, registry, sessions
from workflows.administration import Want
from workflows.identity import NewAccount, Period
from workflows.roles import ROLES

pages = Blueprint("accounts", __name__, url_prefix="/admin/accounts")
MAX_QUERY = 100
ONE_DAY = timedelta(days=1)


@pages.get("")
@needs("account.manage")
def index() -> str:
    """Show the accounts, filtered."""
    args = request.args
    role, status = args.get("role", ""), args.get("status", "")
    want = Want(
        text=args.get("q", "")[:MAX_QUERY],
        role=role if role in ROLES else "",
        status=status if status in ("active", "disabled") else "",
    )
    after = args.get("after", "")[:MAX_QUERY]
    with read() as uow:
        lines, following = administration.accounts(uow, want, after)
    page = {"lines": lines, "following": following, "want": want, "after": after}
    return render_template("admin/accounts.html", roles=ROLES.values(), **page)


@pages.get("/new")
@needs("account.manage")
def new() -> str:
    """Show the form for a new account."""
    return _new_page(NOTHING)


@pages.post("/new")
@needs("account.manage")
def create() -> ResponseReturnValue:
    """Create an account and show its one-time password, once."""
    form = request.form
    wanted = NewAccount(form.get("login", ""), form.get("name", ""), form.get("unit", ""))
    password = passwords.one_time()
    hashed = passwords.digest(password)
    try:
        _require_chosen(wanted.unit_id, "unit")
        with begin() as uow:
            account_id = administration.create(uow, wanted, hashed)
    except EngineError as error:
        told = refused(error)
        return _new_page(told), told.status
    return _password_page(account_id, password)


@pages.get("/<account_id>")
@needs("account.manage")
def show(account_id: str) -> str:
    """Show one account with its roles and sessions."""
    return _account_page(account_id, NOTHING)


@pages.post("/<account_id>/password")
@needs("account.manage")
def reset_password(account_id: str) -> ResponseReturnValue:
    """Replace a forgotten password and show the one-time password, once."""
    with read() as uow:
        before = identity.get(uow, account_id).password
    password = passwords.one_time()
    hashed = passwords.digest(password)

    def act(uow: UnitOfWork) -> None:
        administration.reset_password(uow, account_id, before, hashed)

    return _try(account_id, act) or _password_page(account_id, password)


@pages.post("/<account_id>/disable")
@needs("account.manage")
def disable(account_id: str) -> ResponseReturnValue:
    """Close an account."""
    answer = _try(account_id, lambda uow: administration.disable(uow, account_id))
    return answer or _done(account_id, _("账号已停用，所有设备已退出登录。"))


@pages.post("/<account_id>/enable")
@needs("account.manage")
def enable(account_id: str) -> ResponseReturnValue:
    """Open a closed account again."""
    answer = _try(account_id, lambda uow: administration.enable(uow, account_id))
    return answer or _done(account_id, _("账号已启用。"))


@pages.post("/<account_id>/sessions/<session_id>/end")
@needs("account.manage")
def end_session(account_id: str, session_id: str) -> ResponseReturnValue:
    """Sign one browser of the account out."""
    with begin() as uow:
        administration.end_session(uow, account_id, session_id)
    return _done(account_id, _("该设备已退出登录。"))


@pages.post("/<account_id>/roles")
@needs("account.manage")
def grant(account_id: str) -> ResponseReturnValue:
    """Give a role for a unit and a time."""
    form = request.form

    def act(uow: UnitOfWork) -> None:
        _require_chosen(form.get("role", ""), "role")
        _require_chosen(form.get("unit", ""), "unit")
        first = _date("valid_from") or uow.today
        period = Period(first, _date("valid_to"))
        administration.grant(uow, account_id, form["role"], form["unit"], period)

    return _try(account_id, act, "grant") or _done(account_id, _("角色已授予。"))


@pages.post("/<account_id>/roles/<assignment_id>/end")
@needs("account.manage")
def end_role(account_id: str, assignment_id: str) -> ResponseReturnValue:
    """Let a role end at once, or with a day."""

    def act(uow: UnitOfWork) -> None:
        _require_chosen(request.form.get("valid_to", ""), "valid_to")
        last = uow.today - ONE_DAY if request.form.get("now") else _date("valid_to")
        assert last is not None, "an empty date was refused before"
        administration.end_role(uow, assignment_id, last)

    return _try(account_id, act, "end") or _done(account_id, _("角色的截止日期已记录。"))


def _try(
    account_id: str, act: Callable[[UnitOfWork], None], place: str = "account"
) -> ResponseReturnValue | None:
    """Run one command; a refusal is shown on the page of the account, at *place*."""
    try:
        with begin() as uow:
            act(uow)
    except EngineError as error:
        told = refused(error)
        return _account_page(account_id, told, place), told.status
    return None


def _done(account_id: str, text: str) -> ResponseReturnValue:
    flash(text, "ok")
    return redirect(url_for(".show", account_id=account_id), 303)


def _new_page(told: Refused) -> str:
    with read() as uow:
        units = registry.tree(uow)
    return render_template("admin/account_new.html", units=units, told=told, form=request.form)


def _account_page(account_id: str, told: Refused, place: str = "") -> str:
    with read() as uow:
        line = administration.account_line(uow, account_id)
        page: dict[str, Any] = {
            "line": line,
            "assignments": administration.assignments(uow, account_id),
            "sessions": sessions.listing(uow, account_id),
            "units": registry.tree(uow),
            "today": uow.today,
        }
    page |= {"told": told, "place": place, "form": request.form, "roles": ROLES.values()}
    return render_template("admin/account.html", **page)


def _password_page(account_id: str, password: str) -> str:
    with read() as uow:
        line = administration.account_line(uow, account_id)
    return render_template("admin/account_password.html", line=line, password=password)


def _require_chosen(value: str, field: str) -> None:
    if not value:
        raise Invalid(fields={field: ["required"]})


def _date(field: str) -> date | None:
    text = request.form.get(field, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise Invalid(fields={field: ["field.date"]}) from wrong
