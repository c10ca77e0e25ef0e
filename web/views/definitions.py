"""Process definitions: upload a package, see every finding at once, deploy, compare, download."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine import definitions, instances
from engine.errors import Invalid, NotFound
from engine.lint import Finding
from engine.packages import MAX_TOTAL_BYTES, Package, from_zip
from web.auth import needs
from web.commands import begin, read
from web.diagram import drawing, in_language
from web.i18n import explain
from workflows import names, studio

pages = Blueprint("definitions", __name__)
XML = "application/xml; charset=utf-8"


@pages.get("/definitions")
@needs("definition.view")
def index() -> str:
    """List the deployed processes."""
    with read() as uow:
        found = definitions.all_latest(uow)
        people = names.people(uow, (each.deployed_by for each in found))
    return render_template("definitions/index.html", definitions=found, people=people)


@pages.get("/definitions/upload")
@needs("definition.deploy")
def upload() -> str:
    """Show the upload form."""
    return _upload_page()


@pages.post("/definitions/upload")
@needs("definition.deploy")
def check_or_deploy() -> ResponseReturnValue:
    """Check an uploaded package, or deploy it when nothing speaks against it."""
    try:
        package = _uploaded()
    except Invalid as error:
        return _upload_page(refused=_places(error)), error.status
    with read() as uow:
        found = studio.check(uow, package)
    if request.form.get("_act") != "deploy" or any(one.severity == "error" for one in found):
        return _upload_page(package=package, findings=found, checked=True)
    with begin() as uow:
        before = [each.id for each in definitions.versions(uow, package.key)]
        definition = studio.deploy(uow, package, request.form.get("note", ""))
    if definition.id in before:
        flash(_("内容与第 %(n)s 版完全相同，没有新建版本。", n=definition.version), "info")
    else:
        flash(_("已部署第 %(n)s 版，新发起的事项将使用它。", n=definition.version), "ok")
    return redirect(url_for(".show", key=definition.key), 303)


@pages.get("/definitions/<key>")
@needs("definition.view")
def show(key: str) -> str:
    """List the versions of a process and draw the chosen one."""
    with read() as uow:
        versions = definitions.versions(uow, key)
        if not versions:
            raise NotFound("definition_unknown", definition=key)
        wanted = request.args.get("version", "")
        chosen = next((v for v in versions if str(v.version) == wanted), versions[0])
        plan = instances.blueprint(uow, chosen.id)
        people = names.people(uow, (each.deployed_by for each in versions))
    process = request.args.get("process", key)
    if process not in plan.package.processes:
        raise NotFound("process_unknown", process=process)
    context: dict[str, Any] = {"versions": versions, "chosen": chosen, "plan": plan}
    picture = drawing(plan, process)
    return render_template(
        "definitions/show.html", key=key, process=process, picture=picture, people=people, **context
    )


@pages.get("/definitions/<key>/<int:version>/diagram/<process>")
@needs("definition.view")
def diagram(key: str, version: int, process: str) -> Response:
    """Return the diagram of one process of a version."""
    with read() as uow:
        plan = instances.blueprint(uow, definitions.version(uow, key, version).id)
    if process not in plan.package.processes:
        raise NotFound("process_unknown", process=process)
    file = plan.process(process).file
    return Response(in_language(plan.package.files[file], file), content_type=XML)


@pages.get("/definitions/<key>/<int:version>/package.zip")
@needs("definition.view")
def download(key: str, version: int) -> Response:
    """Return a version as the zip it can be uploaded as again."""
    with read() as uow:
        package = definitions.package(uow, definitions.version(uow, key, version))
    response = Response(package.to_zip(), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{key}-v{version}.zip"'
    return response


@pages.get("/definitions/<key>/compare")
@needs("definition.view")
def compare(key: str) -> str:
    """Show which files differ between two versions."""
    with read() as uow:
        versions = definitions.versions(uow, key)
        old, new = (_chosen(versions, name) for name in ("old", "new"))
        packages = [definitions.package(uow, each) for each in (old, new)]
    found = definitions.compare(*packages)
    return render_template(
        "definitions/compare.html", key=key, versions=versions, old=old, new=new, difference=found,
        texts=_texts(found, packages),
    )  # fmt: skip


def _chosen(versions: list[definitions.Definition], name: str) -> definitions.Definition:
    """Return the version a query parameter names; by default the two newest."""
    if not versions:
        raise NotFound("definition_unknown")
    wanted = request.args.get(name, "")
    fallback = versions[0] if name == "new" else versions[min(1, len(versions) - 1)]
    return next((each for each in versions if str(each.version) == wanted), fallback)


def _texts(found: definitions.Difference, packages: list[Package]) -> dict[str, list[str]]:
    """Return the changed lines of the changed files, as a reader of differences knows them."""
    old, new = packages
    return {name: studio.difference(old.files[name], new.files[name]) for name in found.changed}


def _uploaded() -> Package:
    """Return the package in this request: one zip, or the files of a folder.

    Raises Invalid when there is none or when it is not safe to look at.
    """
    archive = request.files.get("archive")
    if archive is not None and archive.filename:
        return from_zip(archive.stream.read(MAX_TOTAL_BYTES + 1))
    parts = {
        part.filename: part.stream.read(MAX_TOTAL_BYTES + 1)
        for part in request.files.getlist("folder")
        if part.filename
    }
    if not parts:
        raise Invalid("package_none")
    return studio.from_parts(parts)


def _upload_page(
    package: Package | None = None,
    findings: list[Finding] | None = None,
    *,
    refused: list[str] | None = None,
    checked: bool = False,
) -> str:
    ordered = sorted(findings or [], key=lambda one: (one.file, one.severity, one.line))
    grouped = [(file, list(found)) for file, found in groupby(ordered, lambda one: one.file)]
    errors = sum(one.severity == "error" for one in ordered)
    return render_template(
        "definitions/upload.html", package=package, grouped=grouped, errors=errors,
        warnings=len(ordered) - errors, refused=refused or [], checked=checked,
    )  # fmt: skip


def _places(error: Invalid) -> list[str]:
    """Return what is wrong with a package that may not even be checked, place by place."""
    lines = [explain(error)]
    for place, codes in error.fields.items():
        lines += [f"{place or _('整个文件包')}：{explain(Invalid(str(code)))}" for code in codes]
    return lines
