"""Settings of the installation that an administrator changes on a page."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import Invalid
from web.auth import needs
from web.commands import begin, read
from workflows import settings

pages = Blueprint("settings", __name__, url_prefix="/admin")


@pages.get("/settings")
@needs("setting.edit")
def index() -> str:
    """Show the settings."""
    with read() as uow:
        found = settings.changeable(uow)
    return render_template("admin/settings.html", found=found, errors={}, typed={})


@pages.post("/settings")
@needs("setting.edit")
def change() -> ResponseReturnValue:
    """Keep what was typed."""
    try:
        with begin() as uow:
            settings.change(uow, request.form)
    except Invalid as error:
        with read() as uow:
            found = settings.changeable(uow)
        page = {"found": found, "errors": error.fields, "typed": request.form}
        return render_template("admin/settings.html", **page), error.status
    flash(_("设置已保存。"), "ok")
    return redirect(url_for(".index"), 303)
