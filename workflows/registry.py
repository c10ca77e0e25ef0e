"""Units, persons and posts, and the snapshots of them that records keep.

People are renamed and posts change, so a form keeps what was true on the day: a *snapshot* is a
plain JSON object with the id and the names. It never holds an identity-card number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotFound
from engine.model import new_id
from engine.unit_of_work import UnitOfWork
from workflows.model import person, post, unit

FOUND_MAX = 50


@dataclass(frozen=True)
class Unit:
    """A unit with its depth in the tree, the top being 0."""

    id: str
    code: str
    name: str
    name_en: str
    parent_id: str | None
    depth: int


@dataclass(frozen=True)
class NewPerson:
    """What is known about a person. ``birth`` is ``yyyy.mm``."""

    name: str
    unit_id: str
    sex: str = ""
    birth: str = ""
    post_name: str = ""
    rank: str = ""
    idcard: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NewPost:
    """A post: ``seats`` it has, ``filled`` of them taken (both whole numbers)."""

    name: str
    unit_id: str
    rank: str = ""
    kind: str = ""
    seats: int = 1
    filled: int = 0


def add_unit(
    uow: UnitOfWork, code: str, name: str, *, parent_id: str | None = None, name_en: str = ""
) -> str:
    """Add a unit below *parent_id* and return its id; ``Conflict`` when the code is taken."""
    if not code.strip() or not name.strip():
        raise Invalid(fields={"name" if code.strip() else "code": ["required"]})
    if uow.conn.scalar(sa.select(unit.c.id).where(unit.c.code == code)):
        raise Conflict("unit_code_taken", unit=code)
    siblings = sa.select(sa.func.count()).where(unit.c.parent_id == parent_id)
    values = {"code": code, "name": name, "name_en": name_en, "parent_id": parent_id}
    unit_id = new_id()
    position = uow.conn.scalar(siblings) or 0
    uow.conn.execute(unit.insert().values(id=unit_id, position=position, **values))
    return unit_id


def tree(uow: UnitOfWork) -> Sequence[Unit]:
    """Return all units, each parent before its children, siblings in their order."""
    below: dict[str | None, list[Any]] = {}
    for row in uow.conn.execute(sa.select(unit).order_by(unit.c.position, unit.c.code)):
        below.setdefault(row.parent_id, []).append(row)
    found: list[Unit] = []
    waiting = [(row, 0) for row in reversed(below.get(None, []))]
    while waiting:
        row, depth = waiting.pop()
        found.append(Unit(row.id, row.code, row.name, row.name_en, row.parent_id, depth))
        waiting.extend((child, depth + 1) for child in reversed(below.get(row.id, [])))
    return found


def line(uow: UnitOfWork, unit_id: str) -> tuple[str, ...]:
    """Return the ids of a unit and of the units above it, the unit itself first."""
    return tuple(uow.conn.scalars(_LINE, {"unit_id": unit_id}))


def _above() -> sa.CTE:
    first = sa.select(unit.c.id, unit.c.parent_id, sa.literal(0).label("height"))
    up = first.where(unit.c.id == sa.bindparam("unit_id")).cte("up", recursive=True)
    above = sa.select(unit.c.id, unit.c.parent_id, up.c.height + 1)
    return up.union_all(above.join(up, unit.c.id == up.c.parent_id))


ABOVE = _above()
"""A unit (parameter ``unit_id``) and all above it, by ``height``. Built once: every task asks."""
_LINE = sa.select(ABOVE.c.id).order_by(ABOVE.c.height)


def unit_snapshot(uow: UnitOfWork, unit_id: str) -> dict[str, Any]:
    """Return ``{id, code, name}`` of a unit; ``NotFound`` when there is none."""
    query = sa.select(unit.c.id, unit.c.code, unit.c.name).where(unit.c.id == unit_id)
    return _one(uow, query, "unit_unknown")


def add_person(uow: UnitOfWork, new: NewPerson) -> str:
    """Add a person and return the id."""
    if not new.name.strip():
        raise Invalid(fields={"name": ["required"]})
    person_id = new_id()
    values = {**vars(new), "attributes": dict(new.attributes)}
    uow.conn.execute(person.insert().values(id=person_id, **values))
    return person_id


def find_people(uow: UnitOfWork, words: str = "", *, unit_id: str = "") -> Sequence[dict[str, Any]]:
    """Return snapshots of active people whose name or post holds *words*, at most fifty."""
    query = _people().where(person.c.active)
    if words.strip():
        name, post_name = person.c.name, person.c.post_name
        like = [column.contains(words.strip(), autoescape=True) for column in (name, post_name)]
        query = query.where(sa.or_(*like))
    if unit_id:
        query = query.where(person.c.unit_id == unit_id)
    rows = uow.conn.execute(query.order_by(person.c.name, person.c.id).limit(FOUND_MAX))
    return [_snapshot(row) for row in rows]


def person_snapshot(uow: UnitOfWork, person_id: str) -> dict[str, Any]:
    """Return what records keep of a person; ``NotFound`` when there is none.

    Keys: id, name, sex, birth (``yyyy.mm``), unit_id, unit, post, rank, attributes.
    """
    return _one(uow, _people().where(person.c.id == person_id), "person_unknown")


def add_post(uow: UnitOfWork, new: NewPost) -> str:
    """Add a post to a unit and return its id."""
    if not new.name.strip():
        raise Invalid(fields={"name": ["required"]})
    if not 0 <= new.filled <= new.seats:
        raise Invalid(fields={"filled": ["seats_exceeded"]})
    post_id = new_id()
    uow.conn.execute(post.insert().values(id=post_id, **vars(new)))
    return post_id


def find_posts(uow: UnitOfWork, words: str = "", *, unit_id: str = "") -> Sequence[dict[str, Any]]:
    """Return snapshots of posts whose name or unit holds *words*, at most fifty."""
    query = _posts()
    if words.strip():
        like = [c.contains(words.strip(), autoescape=True) for c in (post.c.name, unit.c.name)]
        query = query.where(sa.or_(*like))
    if unit_id:
        query = query.where(post.c.unit_id == unit_id)
    rows = uow.conn.execute(query.order_by(unit.c.code, post.c.name).limit(FOUND_MAX))
    return [_snapshot(row) for row in rows]


def post_snapshot(uow: UnitOfWork, post_id: str) -> dict[str, Any]:
    """Return what records keep of a post; ``NotFound`` when there is none.

    Keys: id, name, unit_id, unit, rank, kind, seats, filled.
    """
    return _one(uow, _posts().where(post.c.id == post_id), "post_unknown")


def _people() -> sa.Select[*tuple[Any, ...]]:
    own = [person.c[name] for name in ("id", "name", "sex", "birth", "unit_id", "rank")]
    query = sa.select(
        *own, unit.c.name.label("unit"), person.c.post_name.label("post"), person.c.attributes
    )
    return query.join(unit, unit.c.id == person.c.unit_id)


def _posts() -> sa.Select[*tuple[Any, ...]]:
    names = ("id", "name", "unit_id", "rank", "kind", "seats", "filled")
    own = [post.c[name] for name in names]
    return sa.select(*own, unit.c.name.label("unit")).join(unit, unit.c.id == post.c.unit_id)


def _one(uow: UnitOfWork, query: sa.Select[*tuple[Any, ...]], missing: str) -> dict[str, Any]:
    row = uow.conn.execute(query).one_or_none()
    if row is None:
        raise NotFound(missing)
    return _snapshot(row)


def _snapshot(row: Any) -> dict[str, Any]:
    """Return a row as JSON can hold it: its column names are a kind of text of their own."""
    return {str(name): value for name, value in row._mapping.items()}
