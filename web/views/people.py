"""The registry of cadres and posts, kept by the organisation department."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.errors import EngineError, Invalid
from web.auth import needs
from web.commands import begin, read
from web.refused import NOTHING, Refused, refused
from workflows import registry, roster
from workflows.registry import NewPerson, NewPost
from workflows.roster import FACTS, PersonCard, PostCard, Want

pages = Blueprint("people", __name__, url_prefix="/registry")
MAX_QUERY = 100
MAX_DIGITS = 4


@pages.get("/people")
@needs("registry.view")
def index() -> str:
    """Show the people of the registry."""
    want, after = _wanted()
    with read() as uow:
        lines, following = roster.people(uow, want, after)
        units = registry.tree(uow)
    page = {"lines": lines, "following": following, "want": want, "after": after, "units": units}
    return render_template("admin/people.html", **page)


@pages.get("/people/new")
@needs("registry.edit")
def new_person() -> str:
    """Show an empty form."""
    return _person_page(None, NOTHING)


@pages.post("/people/new")
@needs("registry.edit")
def add_person() -> ResponseReturnValue:
    """Add a person."""
    try:
        new = _new_person()
        with begin() as uow:
            roster.add_person(uow, new)
    except EngineError as error:
        told = refused(error)
        return _person_page(None, told), told.status
    flash(_("“%(name)s”已加入人员库。", name=new.name.strip()), "ok")
    return redirect(url_for(".index"), 303)


@pages.get("/people/<person_id>")
@needs("registry.edit")
def person(person_id: str) -> str:
    """Show the form that corrects a person."""
    return _person_page(_person(person_id), NOTHING)


@pages.post("/people/<person_id>")
@needs("registry.edit")
def change_person(person_id: str) -> ResponseReturnValue:
    """Correct a person."""
    active, seen = request.form.get("active") == "yes", request.form.get("_seen", "")
    try:
        new = _new_person()
        with begin() as uow:
            roster.change_person(uow, person_id, new, active=active, seen=seen)
    except EngineError as error:
        told = refused(error)
        return _person_page(_person(person_id), told), told.status
    flash(_("“%(name)s”的信息已保存。", name=new.name.strip()), "ok")
    return redirect(url_for(".index"), 303)


@pages.get("/posts")
@needs("registry.view")
def posts() -> str:
    """Show the posts with their approved and filled numbers."""
    want, after = _wanted()
    with read() as uow:
        lines, following = roster.posts(uow, want, after)
        units = registry.tree(uow)
    page = {"lines": lines, "following": following, "want": want, "after": after, "units": units}
    return render_template("admin/posts.html", **page)


@pages.get("/posts/new")
@needs("registry.edit")
def new_post() -> str:
    """Show an empty form."""
    return _post_page(None, NOTHING)


@pages.post("/posts/new")
@needs("registry.edit")
def add_post() -> ResponseReturnValue:
    """Add a post."""
    try:
        new = _new_post()
        with begin() as uow:
            roster.add_post(uow, new)
    except EngineError as error:
        told = refused(error)
        return _post_page(None, told), told.status
    flash(_("职位“%(name)s”已添加。", name=new.name.strip()), "ok")
    return redirect(url_for(".posts"), 303)


@pages.get("/posts/<post_id>")
@needs("registry.edit")
def post(post_id: str) -> str:
    """Show the form that corrects a post."""
    return _post_page(_post(post_id), NOTHING)


@pages.post("/posts/<post_id>")
@needs("registry.edit")
def change_post(post_id: str) -> ResponseReturnValue:
    """Correct a post."""
    seen = request.form.get("_seen", "")
    try:
        new = _new_post()
        with begin() as uow:
            roster.change_post(uow, post_id, new, seen=seen)
    except EngineError as error:
        told = refused(error)
        return _post_page(_post(post_id), told), told.status
    flash(_("职位“%(name)s”已保存。", name=new.name.strip()), "ok")
    return redirect(url_for(".posts"), 303)


def _wanted() -> tuple[Want, str]:
    args = request.args
    want = Want(args.get("q", "")[:MAX_QUERY], args.get("unit", "")[:MAX_QUERY])
    return want, args.get("after", "")[:MAX_QUERY]


def _person(person_id: str) -> PersonCard:
    with read() as uow:
        return roster.get_person(uow, person_id)


def _post(post_id: str) -> PostCard:
    with read() as uow:
        return roster.get_post(uow, post_id)


def _new_person() -> NewPerson:
    texts = {name: request.form.get(name, "") for name in ("name", "birth", "post_name", "rank")}
    facts: dict[str, Any] = {name: request.form.get(name, "") for name in FACTS}
    return NewPerson(
        **texts,
        unit_id=_chosen_unit(),
        sex=request.form.get("sex", ""),
        idcard=request.form.get("idcard", "").strip() or None,
        attributes=facts,
    )


def _new_post() -> NewPost:
    texts = {name: request.form.get(name, "") for name in ("name", "rank", "kind")}
    unit_id = _chosen_unit()
    return NewPost(**texts, unit_id=unit_id, seats=_number("seats"), filled=_number("filled"))


def _chosen_unit() -> str:
    unit_id = request.form.get("unit", "")
    if not unit_id:
        raise Invalid(fields={"unit": ["required"]})
    return unit_id


def _number(field: str) -> int:
    text = request.form.get(field, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise Invalid(fields={field: ["field.integer"]})
    return int(text)


def _person_page(card: PersonCard | None, told: Refused) -> str:
    return _form_page("admin/person.html", card, told)


def _post_page(card: PostCard | None, told: Refused) -> str:
    return _form_page("admin/post.html", card, told)


def _form_page(template: str, card: Any, told: Refused) -> str:
    with read() as uow:
        units = registry.tree(uow)
    return render_template(template, card=card, units=units, told=told, form=request.form)
