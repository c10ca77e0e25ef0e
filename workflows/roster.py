"""The registry of cadres and posts as the organisation department keeps it.

``registry`` gives forms their snapshots; here people and posts are listed, added and corrected.
Nobody is deleted, because records point at people: somebody who left is set inactive. An
identity number is checked, stored, and given back only with its middle covered. A change is
logged by the names of the fields, not by their values.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotFound, Stale
from engine.unit_of_work import UnitOfWork
from workflows import checks, identity, policies, registry
from workflows.model import person, post, unit
from workflows.registry import NewPerson, NewPost

VIEW, EDIT = "registry.view", "registry.edit"
PAGE = 30
TEXT_MAX = 100
SEATS_MAX = 9999
SEXES = ("男", "女")
MONTHS = ("rank_since", "work_since")
FACTS = (*MONTHS, "party_since", "education")
"""What is kept beside the columns; the rules of qualification read these names."""


@dataclass(frozen=True)
class Want:
    """What a list is filtered by; an empty text filters nothing."""

    text: str = ""
    unit_id: str = ""


@dataclass(frozen=True)
class PersonCard:
    """A person as the register shows it; ``seen`` tells versions apart."""

    id: str
    name: str
    sex: str
    birth: str
    idcard: str
    """With the middle covered."""
    unit_id: str
    unit: str
    post_name: str
    rank: str
    attributes: Mapping[str, Any]
    active: bool
    seen: str = ""


@dataclass(frozen=True)
class PostCard:
    """A post with its approved (``seats``) and filled numbers, both whole."""

    id: str
    name: str
    unit_id: str
    unit: str
    rank: str
    kind: str
    seats: int
    filled: int
    seen: str = ""


def people(uow: UnitOfWork, want: Want, after: str = "") -> tuple[list[PersonCard], str]:
    """Return a page of people by name, and the id to go on after (empty at the end)."""
    policies.require(uow.actor, VIEW)
    query = _people().order_by(person.c.name, person.c.id)
    if want.text.strip():
        columns = (person.c.name, person.c.post_name)
        query = query.where(_holds(want.text, columns))
    if want.unit_id:
        query = query.where(person.c.unit_id == want.unit_id)
    if after:
        last = get_person(uow, after)
        query = query.where(sa.tuple_(person.c.name, person.c.id) > sa.tuple_(last.name, after))
    rows = uow.conn.execute(query.limit(PAGE + 1)).all()
    return [_person_card(row) for row in rows[:PAGE]], _following(rows)


def get_person(uow: UnitOfWork, person_id: str) -> PersonCard:
    """Return one person; ``NotFound`` when there is none."""
    policies.require(uow.actor, VIEW)
    row = uow.conn.execute(_people().where(person.c.id == person_id)).one_or_none()
    if row is None:
        raise NotFound("person_unknown")
    return _person_card(row)


def add_person(uow: UnitOfWork, new: NewPerson) -> str:
    """Check and add a person and return the id; ``Conflict`` when the identity number is known."""
    policies.require(uow.actor, EDIT)
    clean = _checked_person(uow, new)
    _require_unknown(uow, clean.idcard, "")
    person_id = registry.add_person(uow, clean)
    identity.log(uow, "person_added", person_id)
    return person_id


def change_person(
    uow: UnitOfWork, person_id: str, new: NewPerson, *, active: bool, seen: str
) -> None:
    """Correct a person. An empty identity number leaves the known one as it is.

    Raises ``Stale`` when somebody changed the person since *seen* was read.
    """
    policies.require(uow.actor, EDIT)
    lock = sa.select(person.c.id).where(person.c.id == person_id)
    uow.conn.execute(lock.with_for_update())
    before = get_person(uow, person_id)
    if before.seen != seen:
        raise Stale("registry_stale")
    clean = _checked_person(uow, new)
    values = {**vars(clean), "attributes": {**before.attributes, **clean.attributes}}
    values["active"] = active
    if clean.idcard is None:
        del values["idcard"]
    else:
        _require_unknown(uow, clean.idcard, person_id)
    uow.conn.execute(person.update().where(person.c.id == person_id).values(values))
    changed = [name for name, value in values.items() if getattr(before, name) != value]
    identity.log(uow, "person_changed", person_id, fields=sorted(changed))


def posts(uow: UnitOfWork, want: Want, after: str = "") -> tuple[list[PostCard], str]:
    """Return a page of posts by unit and name, and the id to go on after."""
    policies.require(uow.actor, VIEW)
    query = _posts().order_by(unit.c.code, post.c.name, post.c.id)
    if want.text.strip():
        query = query.where(_holds(want.text, (post.c.name, unit.c.name)))
    if want.unit_id:
        query = query.where(post.c.unit_id == want.unit_id)
    if after:
        last = get_post(uow, after)
        code = registry.unit_snapshot(uow, last.unit_id)["code"]
        key = sa.tuple_(unit.c.code, post.c.name, post.c.id)
        query = query.where(key > sa.tuple_(code, last.name, after))
    rows = uow.conn.execute(query.limit(PAGE + 1)).all()
    return [_post_card(row) for row in rows[:PAGE]], _following(rows)


def get_post(uow: UnitOfWork, post_id: str) -> PostCard:
    """Return one post; ``NotFound`` when there is none."""
    policies.require(uow.actor, VIEW)
    row = uow.conn.execute(_posts().where(post.c.id == post_id)).one_or_none()
    if row is None:
        raise NotFound("post_unknown")
    return _post_card(row)


def add_post(uow: UnitOfWork, new: NewPost) -> str:
    """Check and add a post and return the id; ``Conflict`` when the unit has one of that name."""
    policies.require(uow.actor, EDIT)
    clean = _checked_post(uow, new, "")
    post_id = registry.add_post(uow, clean)
    identity.log(uow, "post_added", post_id, seats=clean.seats, filled=clean.filled)
    return post_id


def change_post(uow: UnitOfWork, post_id: str, new: NewPost, *, seen: str) -> None:
    """Correct a post; ``Stale`` when somebody changed it since *seen* was read."""
    policies.require(uow.actor, EDIT)
    uow.conn.execute(sa.select(post.c.id).where(post.c.id == post_id).with_for_update())
    before = get_post(uow, post_id)
    if before.seen != seen:
        raise Stale("registry_stale")
    clean = _checked_post(uow, new, post_id)
    uow.conn.execute(post.update().where(post.c.id == post_id).values(vars(clean)))
    was, now = (f"{one.filled}/{one.seats}" for one in (before, clean))
    identity.log(uow, "post_changed", post_id, before=was, after=now)


def _people() -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(person, unit.c.name.label("unit"))
    return query.join(unit, unit.c.id == person.c.unit_id)


def _posts() -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(post, unit.c.name.label("unit"), unit.c.code)
    return query.join(unit, unit.c.id == post.c.unit_id)


def _following(rows: Sequence[Any]) -> str:
    return str(rows[PAGE - 1].id) if len(rows) > PAGE else ""


def _person_card(row: Any) -> PersonCard:
    names = ("id", "name", "sex", "birth", "unit_id", "unit", "post_name", "rank", "active")
    values = {name: getattr(row, name) for name in names}
    facts = row.attributes or {}
    return PersonCard(
        **values, idcard=_covered(row.idcard), attributes=facts, seen=_version(values, facts)
    )


def _post_card(row: Any) -> PostCard:
    names = ("id", "name", "unit_id", "unit", "rank", "kind", "seats", "filled")
    values = {name: getattr(row, name) for name in names}
    return PostCard(**values, seen=_version(values, {}))


def _version(values: dict[str, Any], facts: Mapping[str, Any]) -> str:
    text = json.dumps([values, dict(facts)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _covered(idcard: str | None) -> str:
    return "" if not idcard else f"{idcard[:6]}{'*' * 8}{idcard[14:]}"


def _holds(words: str, columns: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.contains(words.strip(), autoescape=True) for column in columns))


def _checked_person(uow: UnitOfWork, new: NewPerson) -> NewPerson:
    """Return *new* with tidy texts, or raise ``Invalid`` naming every wrong field at once."""
    registry.unit_snapshot(uow, new.unit_id)
    texts = {"name": new.name, "post_name": new.post_name, "rank": new.rank}
    texts |= {name: str(value) for name, value in new.attributes.items() if name in FACTS}
    fields = {name: ["too_long"] for name, text in texts.items() if len(text.strip()) > TEXT_MAX}
    tidy = {name: text.strip() for name, text in texts.items()} | {"birth": new.birth.strip()}
    if not tidy["name"]:
        fields["name"] = ["required"]
    if new.sex not in ("", *SEXES):
        fields["sex"] = ["unknown"]
    for name in ("birth", *MONTHS):
        month = checks.month_of(tidy.get(name, ""))
        if month is not None:
            tidy[name] = f"{month[:4]}.{month[4:]}"
        elif tidy.get(name):
            fields[name] = ["field.yyyymm"]
    if checks.party_date(tidy.get("party_since", "")) is None:
        fields["party_since"] = ["party_date"]
    number = (new.idcard or "").strip().upper()
    fields |= _wrong_number(number, "" if "birth" in fields else tidy["birth"])
    if fields:
        raise Invalid(fields=fields)
    facts = {name: tidy.pop(name) for name in FACTS if name in tidy}
    return replace(new, **tidy, idcard=number or None, attributes=facts)


def _wrong_number(number: str, birth: str) -> dict[str, list[str]]:
    if not number:
        return {}
    born = checks.birth_in(number)
    if born is None:
        return {"idcard": ["field.idcard"]}
    return {"idcard": ["idcard_birth"]} if birth and f"{born:%Y.%m}" != birth else {}


def _require_unknown(uow: UnitOfWork, number: str | None, person_id: str) -> None:
    if number is None:
        return
    other = sa.select(person.c.id).where(person.c.idcard == number, person.c.id != person_id)
    if uow.conn.scalar(other) is not None:
        raise Conflict("idcard_taken")


def _checked_post(uow: UnitOfWork, new: NewPost, post_id: str) -> NewPost:
    registry.unit_snapshot(uow, new.unit_id)
    tidy = {name: str(getattr(new, name)).strip() for name in ("name", "rank", "kind")}
    fields = {name: ["too_long"] for name, text in tidy.items() if len(text) > TEXT_MAX}
    if not tidy["name"]:
        fields["name"] = ["required"]
    if not 0 <= new.seats <= SEATS_MAX:
        fields["seats"] = ["seats_range"]
    elif not 0 <= new.filled <= new.seats:
        fields["filled"] = ["seats_exceeded"]
    if fields:
        raise Invalid(fields=fields)
    twin = sa.select(post.c.id).where(
        post.c.unit_id == new.unit_id, post.c.name == tidy["name"], post.c.id != post_id
    )
    if uow.conn.scalar(twin) is not None:
        raise Conflict("post_taken", post=tidy["name"])
    return replace(new, name=tidy["name"], rank=tidy["rank"], kind=tidy["kind"])
