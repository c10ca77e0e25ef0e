"""Sign-in, sign-out, the own account, language and type size."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import Invalid
from web import auth, i18n, kept, menu
from web.auth import PUBLIC, SIGNED_IN, needs
from web.commands import begin, read
from workflows import identity, passwords, sessions

pages = Blueprint("auth", __name__)
A_YEAR = 365 * 24 * 3600


@pages.get("/")
@needs(SIGNED_IN)
def home() -> ResponseReturnValue:
    """Lead to the first page this person has; to the own account when there is none."""
    for _group, entries in menu.visible():
        return redirect(entries[0].url, 303)
    return redirect(url_for(".account"), 303)


@pages.get("/sign-in")
@needs(PUBLIC)
def sign_in() -> ResponseReturnValue:
    """Show the sign-in page."""
    target = auth.local_path(request.args.get("next"))
    if auth.identity() is not None:
        return redirect(target, 303)
    return render_template("sign_in.html", next=target, kept="", notice="")


@pages.post("/sign-in")
@needs(PUBLIC)
def open_session() -> ResponseReturnValue:
    """Check name and password; the slow hash runs outside every transaction."""
    login, password = request.form.get("login", ""), request.form.get("password", "")
    visitor = auth.visitor()
    with read() as uow:
        found = sessions.look_up(uow, login, visitor)
    fits = found.wait_until is None and passwords.matches(found.hashed, password)
    with begin() as uow:
        admission = sessions.admit(uow, found, visitor, fits=fits)
        if admission.token:
            sessions.end_token(uow, auth.token())
    if admission.refusal:
        return _refuse(login, admission)
    if found.hashed and passwords.outdated(found.hashed):
        stronger = passwords.digest(password)
        with begin() as uow:
            sessions.rehash(uow, admission.account_id, stronger)
    return _welcome(admission)


@pages.post("/sign-out")
@needs(SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    who = _me()
    with begin() as uow:
        sessions.end(uow, who.account_id, who.session_id)
    form_session.clear()
    flash(_("您已退出登录。"), "ok")
    response = redirect(url_for(".sign_in"), 303)
    auth.forget(response)
    return response


@pages.get("/account")
@needs(SIGNED_IN)
def account() -> ResponseReturnValue:
    """Show who I am here, as whom I may act, and where I am signed in."""
    return _account_page({})


@pages.post("/account/password")
@needs(SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Replace the own password; every other browser is signed out."""
    who, form = _me(), request.form
    old, new = form.get("old", ""), form.get("new", "")
    if new != form.get("again"):
        return _account_page({"again": ["password_repeat"]}), Invalid.status
    with read() as uow:
        before = identity.get(uow, who.account_id).password
    try:
        after = passwords.change(before, old, new, login=who.login)
    except Invalid as error:
        return _account_page(error.fields), error.status
    with begin() as uow:
        identity.replace_password(uow, who.account_id, before, after)
        fresh = sessions.open_session(uow, who.account_id, auth.visitor())
    flash(_("密码已修改，其他设备上的登录已退出。"), "ok")
    response = redirect(url_for(".account"), 303)
    auth.remember(response, fresh)
    return response


@pages.post("/account/sessions/<session_id>/end")
@needs(SIGNED_IN)
def end_session(session_id: str) -> ResponseReturnValue:
    """Sign one of my browsers out."""
    with begin() as uow:
        sessions.end(uow, _me().account_id, session_id)
    flash(_("该设备已退出登录。"), "ok")
    return redirect(url_for(".account"), 303)


@pages.post("/preferences")
@needs(PUBLIC)
def preferences() -> ResponseReturnValue:
    """Remember language and type size in this browser."""
    response = redirect(auth.local_path(request.form.get("back")), 303)
    wanted = ((i18n.LANGUAGE_COOKIE, ("zh", "en")), (i18n.SIZE_COOKIE, ("normal", "large")))
    for name, values in wanted:
        value = request.form.get(name)
        if value in values:
            response.set_cookie(name, value, max_age=A_YEAR, samesite="Lax", httponly=True)
    return response


def _refuse(login: str, admission: sessions.Admission) -> ResponseReturnValue:
    until = i18n.moment(admission.wait_until)
    notice = i18n.sentence(admission.refusal, {"until": until})
    page = {
        "next": auth.local_path(request.form.get("next")),
        "kept": request.form.get("kept", ""),
        "login": identity.normal_login(login),
        "problem": notice,
        "notice": "",
    }
    throttled = admission.wait_until is not None
    response = make_response(render_template("sign_in.html", **page), 429 if throttled else 401)
    if throttled:
        response.headers["Retry-After"] = str(int(sessions.WINDOW.total_seconds()))
    return response


def _welcome(admission: sessions.Admission) -> ResponseReturnValue:
    form_session.clear()  # a new token for forms, too
    form = kept.unpack(request.form.get("kept", ""), admission.account_id)
    response: AnyResponse
    if form is None:
        response = redirect(auth.local_path(request.form.get("next")), 303)
    else:
        text = _("您已重新登录。请核对之前填写的内容，确认后继续提交。")
        response = make_response(render_template("resume.html", kept=form, text=text))
    auth.remember(response, admission.token)
    return response


def _account_page(problems: dict[str, list[str]]) -> str:
    who = _me()
    with read() as uow:
        open_sessions = sessions.listing(uow, who.account_id)
    return render_template("account.html", sessions=open_sessions, problems=problems)


def _me() -> sessions.Identity:
    who = auth.identity()
    assert who is not None, "the route asks for somebody who has signed in"
    return who
