"""Deployed versions of process packages: checked once, then never changed.

A definition is a package under a key and a number. Cases stay on the version they began with;
``latest`` is what a new case gets. The same content is never stored twice under one key.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import model, spiff
from engine.calendar import Calendar
from engine.errors import Invalid, NotFound, Stale, Tampered
from engine.lint import ActKinds, Finding, FormCheck, lint
from engine.lint.finding import Place, Report
from engine.model import new_id
from engine.packages import MANIFEST, Package, unpack
from engine.unit_of_work import UnitOfWork

CACHED_PACKAGES = 64
MAX_NOTE = 500

table = model.definition
_COLUMNS = [column for column in table.c if column.name != "body"]


@dataclass(frozen=True)
class Definition:
    """One deployed version; ``lint`` holds the warnings it was deployed with."""

    id: str
    key: str
    version: int
    digest: str
    title_zh: str
    title_en: str
    category: str
    lint: Sequence[Mapping[str, Any]]
    note: str
    deployed_by: str
    deployed_at: datetime


@dataclass(frozen=True)
class Difference:
    """How the files of two versions differ, by file name."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def check(
    uow: UnitOfWork,
    package: Package,
    *,
    roles: Collection[str] | None = None,
    forms: FormCheck | None = None,
    acts: ActKinds | None = None,
) -> list[Finding]:
    """Return every finding of the linter, errors first; stores nothing.

    *roles* are the actor codes of the layer above, *forms* its check of form documents, *acts*
    the kinds of act it knows; without them these things stay unchecked.
    """
    found = lint(
        package,
        delegates=uow.hooks.delegates,
        roles=roles,
        functions=functions(uow),
        forms=forms,
        acts=acts,
    )
    return found if any(f.severity == "error" for f in found) else executable(package) + found


def executable(package: Package) -> list[Finding]:
    """Return a finding when the token engine cannot take what the linter let through."""
    try:
        spiff.parse({name: package.files[name] for name in package.diagrams})
    except Invalid as error:
        report = Report()
        report.add("not_executable", Place(MANIFEST), detail=error.params.get("detail", error.code))
        return report.sorted()
    return []


def functions(uow: UnitOfWork) -> dict[str, Callable[..., Any]]:
    """Return the FEEL functions a package may call beyond the built-in ones."""
    return {**Calendar.of({}, ()).functions(), **uow.hooks.functions}


def deploy(  # noqa: PLR0913  (what the layer above lets a package name)
    uow: UnitOfWork,
    package: Package,
    note: str = "",
    *,
    roles: Collection[str] | None = None,
    forms: FormCheck | None = None,
    acts: ActKinds | None = None,
) -> Definition:
    """Store *package* as the next version of its key, or return the version that it already is.

    Raises Invalid("package_faulty", findings=[…]) with every finding when there is an error;
    nothing is stored then. Raises Stale when somebody deployed the key at the same moment.
    """
    known = _same(uow, package)
    if known is not None:
        return known
    findings = check(uow, package, roles=roles, forms=forms, acts=acts)
    if any(finding.severity == "error" for finding in findings):
        raise Invalid("package_faulty", package=package.key, findings=findings)
    manifest = package.manifest
    last = uow.conn.scalar(sa.select(sa.func.max(table.c.version)).where(_of(package.key)))
    row: dict[str, Any] = {
        "id": new_id(),
        "key": package.key,
        "version": (last or 0) + 1,
        "digest": package.digest,
        "title_zh": manifest.title.zh,
        "title_en": manifest.title.en,
        "category": manifest.category,
        "lint": [finding.as_json() for finding in findings],
        "note": note.strip()[:MAX_NOTE],
        "deployed_by": uow.actor.id,
        "deployed_at": uow.now,
    }
    try:
        uow.conn.execute(table.insert(), {**row, "body": package.pack()})
    except sa.exc.IntegrityError as error:  # somebody deployed this key at the same moment
        raise Stale from error
    return Definition(**row)


def definition(uow: UnitOfWork, definition_id: str) -> Definition:
    """Return one version; raises NotFound("definition_unknown")."""
    return _one(uow, table.c.id == definition_id, definition=definition_id)


def latest(uow: UnitOfWork, key: str) -> Definition:
    """Return the newest version of *key*; raises NotFound("definition_unknown")."""
    return _one(uow, _of(key), definition=key)


def version(uow: UnitOfWork, key: str, number: int) -> Definition:
    """Return version *number* of *key*; raises NotFound("definition_unknown")."""
    return _one(uow, _of(key) & (table.c.version == number), definition=f"{key} {number}")


def versions(uow: UnitOfWork, key: str) -> list[Definition]:
    """Return all versions of *key*, newest first."""
    query = sa.select(*_COLUMNS).where(_of(key)).order_by(table.c.version.desc())
    return [_definition(row) for row in uow.conn.execute(query)]


def keys(uow: UnitOfWork) -> list[str]:
    """Return the keys of all deployed packages in alphabetical order."""
    return list(uow.conn.scalars(sa.select(table.c.key).distinct().order_by(table.c.key)))


def all_latest(uow: UnitOfWork) -> list[Definition]:
    """Return the newest version of every key, by key, in one query."""
    newest = sa.select(table.c.key, sa.func.max(table.c.version)).group_by(table.c.key)
    query = sa.select(*_COLUMNS).where(sa.tuple_(table.c.key, table.c.version).in_(newest))
    return [_definition(row) for row in uow.conn.execute(query.order_by(table.c.key))]


def package(uow: UnitOfWork, found: Definition) -> Package:
    """Return the package of a version, parsed once per program and digest.

    Raises Tampered("definition_tampered") when the stored files do not match the digest.
    """
    cache: OrderedDict[tuple[str, str], Package]
    cache = uow.engine.caches.setdefault("packages", OrderedDict())
    name = (found.key, found.digest)
    known = cache.get(name)
    if known is None:
        body = uow.conn.scalar(sa.select(table.c.body).where(table.c.id == found.id))
        known = _unpacked(found, body)
        cache[name] = known
        while len(cache) > CACHED_PACKAGES:
            cache.popitem(last=False)
    return known


def compare(old: Package, new: Package) -> Difference:
    """Return which files were added, removed or changed between two versions."""
    both = old.files.keys() & new.files.keys()
    return Difference(
        added=tuple(sorted(new.files.keys() - both)),
        removed=tuple(sorted(old.files.keys() - both)),
        changed=tuple(sorted(name for name in both if old.files[name] != new.files[name])),
    )


def _unpacked(found: Definition, body: bytes | None) -> Package:
    try:
        stored = unpack(found.key, body or b"")
    except Invalid as error:
        raise Tampered("definition_tampered", definition=found.id) from error
    if stored.digest != found.digest:
        raise Tampered("definition_tampered", definition=found.id)
    return stored


def _of(key: str) -> sa.ColumnElement[bool]:
    return table.c.key == key


def _same(uow: UnitOfWork, package: Package) -> Definition | None:
    same = _of(package.key) & (table.c.digest == package.digest)
    row = uow.conn.execute(sa.select(*_COLUMNS).where(same)).first()
    return None if row is None else _definition(row)


def _one(uow: UnitOfWork, where: sa.ColumnElement[bool], **place: str) -> Definition:
    query = sa.select(*_COLUMNS).where(where).order_by(table.c.version.desc()).limit(1)
    row = uow.conn.execute(query).first()
    if row is None:
        raise NotFound("definition_unknown", **place)
    return _definition(row)


def _definition(row: sa.Row[Any]) -> Definition:
    return Definition(**row._mapping)
