"""The tree of units for administrators: add, rename, move."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import EngineError
from web.auth import needs
from web.commands import begin, read
from web.refused import NOTHING, Refused, refused
from workflows import registry, unit_tree

pages = Blueprint("units", __name__, url_prefix="/admin/units")


@pages.get("")
@needs("unit.edit")
def index() -> str:
    """Show the tree and the form for a new unit."""
    return _tree_page(NOTHING)


@pages.post("")
@needs("unit.edit")
def add() -> ResponseReturnValue:
    """Add a unit."""
    form = request.form
    names = (form.get("code", ""), form.get("name", ""), form.get("name_en", ""))
    try:
        with begin() as uow:
            unit_id = unit_tree.add(uow, *names, form.get("parent") or None)
    except EngineError as error:
        told = refused(error)
        return _tree_page(told), told.status
    flash(_("单位“%(name)s”已添加。", name=form["name"].strip()), "ok")
    return redirect(url_for(".index", _anchor=unit_id), 303)


@pages.get("/<unit_id>")
@needs("unit.edit")
def show(unit_id: str) -> str:
    """Show one unit with the forms that change it."""
    return _unit_page(unit_id, NOTHING)


@pages.post("/<unit_id>/name")
@needs("unit.edit")
def rename(unit_id: str) -> ResponseReturnValue:
    """Give a unit other names."""
    names = (request.form.get("name", ""), request.form.get("name_en", ""))
    try:
        with begin() as uow:
            unit_tree.rename(uow, unit_id, *names)
    except EngineError as error:
        told = refused(error)
        return _unit_page(unit_id, told, "name"), told.status
    flash(_("单位名称已修改。"), "ok")
    return redirect(url_for(".show", unit_id=unit_id), 303)


@pages.post("/<unit_id>/parent")
@needs("unit.edit")
def move(unit_id: str) -> ResponseReturnValue:
    """Hang a unit under another one."""
    try:
        with begin() as uow:
            unit_tree.move(uow, unit_id, request.form.get("parent") or None)
    except EngineError as error:
        told = refused(error)
        return _unit_page(unit_id, told, "parent"), told.status
    flash(_("单位已调整到新的上级之下。"), "ok")
    return redirect(url_for(".index", _anchor=unit_id), 303)


def _tree_page(told: Refused) -> str:
    with read() as uow:
        units = registry.tree(uow)
    return render_template("admin/units.html", units=units, told=told, form=request.form)


def _unit_page(unit_id: str, told: Refused, place: str = "") -> str:
    with read() as uow:
        card = unit_tree.card(uow, unit_id)
        units = registry.tree(uow)
    page = {"card": card, "units": units, "told": told, "place": place, "form": request.form}
    return render_template("admin/unit.html", **page)
