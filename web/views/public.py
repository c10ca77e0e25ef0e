"""Postings and announcements for everybody, and objections without an account.

The receipt code travels in the body of a post only, never in an address.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Invalid, NotFound
from engine.model import NO_DUE
from engine.unit_of_work import CHINA
from web import outside
from web.auth import PUBLIC, needs
from web.i18n import language
from workflows.publicity import intake, reading
from workflows.publicity.intake import File, Given

pages = Blueprint("public", __name__)
outside.open_to_all(pages)
TRAP: Final = "homepage"
"""A field that people do not see and machines fill in."""
A_DAY: Final = 86400


@pages.get("/public")
@needs(PUBLIC)
def index() -> ResponseReturnValue:
    """List what is posted now."""
    with outside.read() as uow:
        found, votes, now = reading.posted(uow), reading.votes(uow), uow.now
    return outside.cached(render_template("public/index.html", found=found, votes=votes, now=now))


@pages.get("/public/<key>")
@needs(PUBLIC)
def show(key: str) -> ResponseReturnValue:
    """Show a posting with the form for objections."""
    return outside.cached(_sheet(key, {}))


@pages.get("/public/<key>/<int:version>")
@needs(PUBLIC)
def older(key: str, version: int) -> ResponseReturnValue:
    """Show the text as it stood before it was corrected."""
    with outside.read() as uow:
        sheet, now = reading.sheet(uow, key, version), uow.now
    if not sheet.shown:
        return redirect(url_for(".show", key=key), 303)
    return outside.cached(
        render_template("public/posting.html", sheet=sheet, now=now, errors={}, typed={})
    )


@pages.get("/public/<key>/qr.svg")
@needs(PUBLIC)
def qr(key: str) -> ResponseReturnValue:
    """Return the address of a posting as a picture for notice boards."""
    with outside.read() as uow:
        reading.sheet(uow, key)
    return picture(url_for(".show", key=key, _external=True))


@pages.post("/public/<key>/objections")
@needs(PUBLIC)
def object_(key: str) -> ResponseReturnValue:
    """Take an objection and show its receipt code, this once."""
    outside.require_within("object")
    form = request.form
    if form.get(TRAP):
        return render_template("public/thanks.html"), 200
    try:
        with outside.begin() as uow:
            code = intake.object_(uow, key, given())
    except Invalid as error:
        return _sheet(key, error.fields), error.status
    return render_template("public/receipt.html", code=code, key=key)


@pages.get("/public/objection")
@needs(PUBLIC)
def ask() -> str:
    """Ask for the receipt code of an objection."""
    return render_template("public/ask.html", unknown=False)


@pages.post("/public/objection")
@needs(PUBLIC)
def follow() -> ResponseReturnValue:
    """Show how far an objection is, what was answered, and take more about it."""
    outside.require_within("receipt")
    code, errors, added = request.form.get("code", "")[:40], {}, False
    try:
        if "text" in request.form:
            with outside.begin() as uow:
                intake.add(uow, code, given())
            added = True
    except Invalid as error:
        errors = error.fields
    try:
        with outside.read() as uow:
            status = intake.status(uow, code)
    except NotFound as error:
        return render_template("public/ask.html", unknown=True), error.status
    page = render_template(
        "public/status.html", status=status, code=code, errors=errors, added=added,
        typed=request.form if errors else {},
    )  # fmt: skip
    return page, Invalid.status if errors else 200


@pages.get("/robots.txt")
@needs(PUBLIC)
def robots() -> Response:
    """Tell search engines to keep away: names are public for a period, not for ever."""
    response = outside.cached("User-agent: *\nDisallow: /\n", A_DAY)
    response.content_type = "text/plain; charset=utf-8"
    return response


def picture(address: str) -> Response:
    """Return a QR code as SVG."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=4, border=2, xmldecl=False)
    response = outside.cached(drawn.getvalue().decode(), A_DAY)
    response.content_type = "image/svg+xml"
    return response


def given() -> Given:
    """Return what the form of an objection holds."""
    form = request.form
    files = [
        File(str(one.filename), one.stream)  # type: ignore[arg-type]  # a spooled file
        for one in request.files.getlist("files")
        if one.filename
    ]
    return Given(
        form.get("text", ""), form.getlist("entries"), form.get("signed") == "yes",
        form.get("name", ""), form.get("contact", ""), files,
    )  # fmt: skip


def _sheet(key: str, errors: Mapping[str, Any]) -> str:
    with outside.read() as uow:
        sheet, now = reading.sheet(uow, key), uow.now
    typed = request.form if errors else {}
    return render_template(
        "public/posting.html", sheet=sheet, now=now, errors=errors, typed=typed,
        chosen=request.form.getlist("entries") if errors else [],
    )  # fmt: skip


@pages.app_template_global("public_other")
def other_language() -> tuple[str, str, str]:
    """Return code, address and name of the other language for the page at hand."""
    code = "en" if language() == "zh" else "zh"
    path = request.path if request.method == "GET" else url_for("public.index")
    return code, f"{path}?lang={code}", "English" if code == "en" else "中文"


@pages.app_template_filter("day_of")
def day_of(value: datetime) -> str:
    """Return the date of a moment in China."""
    return value.astimezone(CHINA).date().isoformat()


@pages.app_template_filter("last_day_of")
def last_day_of(value: datetime) -> str:
    """Return the last day of a period that ends at a moment, empty without an end."""
    return "" if value >= NO_DUE else day_of(value - timedelta(seconds=1))
