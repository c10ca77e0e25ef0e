"""What a crowd does in an act: everybody on the roll hands in, by the commands pages use.

What each of them says is drawn from a seed, the same in every run, and by the name of the entry,
so that a scenario can be repeated although ids are new each time. Everybody acts in a
transaction of his own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import sqlalchemy as sa

from engine.errors import NotFound
from engine.unit_of_work import SYSTEM, Actor, Engine, UnitOfWork
from workflows import identity
from workflows.acts import loads, rows, taking
from workflows.acts.check import OK, PASSED
from workflows.acts.entries import applying, naming
from workflows.acts.entries import rows as entry_rows
from workflows.acts.panel import declaring
from workflows.counting.exact import exact
from workflows.publicity import voting
from workflows.publicity.model import public_box
from workflows.publicity.voting import Ballot
from workflows.scenario_forms import typed

BROWSER: Final = "Mozilla/5.0 (crowd)"
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What the crowd is to do.

    ``data`` is said by all of every entry, ``entries`` (name of the entry → fields) of one.
    Applicants hand in ``each`` entries filled in with ``data``; ``voters`` vote in public.
    """

    data: Json = field(default_factory=dict)
    entries: Mapping[str, Json] = field(default_factory=dict)
    each: int = 1
    voters: int = 40
    seed: int = 7


def contribute_all(engine: Engine, act_id: str, wish: Wish | None = None) -> int:
    """Let everybody who still has something to do in an open act do it; returns how many did.

    Raises NotFound when there is no such act, or its kind takes nothing from a crowd.
    """
    wish = wish or Wish()
    with engine.read(SYSTEM) as uow:
        row = rows.of_task(uow, act_id)
        if row is None:
            raise NotFound("act_unknown")
        people = [
            (who, _actor(uow, who.principal))
            for who in rows.participants(uow, act_id)
            if who.state == "due" and who.task_id is not None
        ]
    if row.kind == "online_vote":
        return _public(engine, row, wish)
    do = _apply if row.kind == "intake" else _hand_in
    for who, actor in people:
        do(engine, (row, who, actor), wish)
    return len(people)


Doing = tuple[Any, Any, Actor]
"""The row of the act, that of the participant, and who acts for him."""


def _hand_in(engine: Engine, doing: Doing, wish: Wish) -> None:
    row, who, actor = doing
    draw = SHEETS.get(row.kind)
    if draw is None:
        raise NotFound("act_unknown")
    if row.settings.get("declare"):
        with engine.begin(actor) as uow:
            declaring.declare(uow, str(who.task_id), {}, key=None)
    with engine.begin(actor) as uow:
        done = {each.entry for each in rows.current_of(uow, who.id)}
        done |= set(rows.conflicts_of(uow, who.id))
        own = [each for each in loads.own(uow, row, who) if each not in done]
        names = {each["id"]: str(each["name"]) for each in row.settings["entries"]}
        sheets = {}
        for entry in own:
            dice = random.Random(f"{wish.seed}|{row.node}|{who.no}|{names[entry]}")  # noqa: S311  (repeatable, no secret)
            said = {**wish.data, **wish.entries.get(names[entry], {})}
            sheets[entry] = {**draw(dice, row.settings, names[entry]), **said}
        if sheets:
            taking.contribute(uow, str(who.task_id), sheets)


def _marks(dice: random.Random, settings: Json, name: str) -> Json:
    """Marks between 76 and 97 of a hundred: by the entry, and a little by who marks it."""
    good = random.Random(name).randint(780, 950)  # noqa: S311  (a repeatable draw)
    return {each["id"]: _mark(each, good + dice.randint(-20, 20)) for each in settings["criteria"]}


def _mark(criterion: Json, thousandths: int) -> str:
    """That share of the most, or the grade next to it where there are grades."""
    wanted = exact(criterion["most"]) * thousandths / 1000
    grades = [str(grade["mark"]) for grade in criterion.get("grades", ())]
    return min(grades, key=lambda mark: abs(exact(mark) - wanted)) if grades else _tenths(wanted)


def _tenths(mark: Fraction) -> str:
    tenths = int(mark * 10)
    return f"{tenths // 10}.{tenths % 10}"


def _in_order(_dice: random.Random, _settings: Json, _name: str) -> Json:
    """A check that finds everything in order."""
    return {"verdict": PASSED, "all": OK}


def _word(dice: random.Random, _settings: Json, _name: str) -> Json:
    return {"word": f"{dice.randint(0, 999):03d}"}


def _agree(_dice: random.Random, _settings: Json, _name: str) -> Json:
    return {"opinion": "同意"}


SHEETS: Final[Mapping[str, Callable[[random.Random, Json, str], Json]]] = {
    "scoring": _marks,
    "draw_lots": _word,
    "check": _in_order,
    "countersign": _agree,
    "committee_vote": _agree,
}
"""What somebody says of an entry, by kind of act."""


def _apply(engine: Engine, doing: Doing, wish: Wish) -> None:
    """Hand in new entries, or in a correcting intake those that were sent back."""
    row, who, actor = doing
    if row.settings["correct"]:
        with engine.read(actor) as uow:
            mine = [
                each.id for each in entry_rows.of_participant(uow, who.id) if each.state == "draft"
            ]
        for entry in mine:
            with engine.begin(actor) as uow:
                _submit(uow, entry, wish.data)
        return
    with engine.read(actor) as uow:
        there = [each for each in entry_rows.of_participant(uow, who.id) if each.version]
    for no in range(len(there) + 1, wish.each + 1):
        with engine.begin(actor) as uow:
            entry = applying.begin(uow, who.task_id)
            _submit(uow, entry, wish.data, f"{who.no:02d}{no:02d}")


def _submit(uow: UnitOfWork, entry: str, data: Json, number: str = "") -> None:
    mine, row = applying.of_entry(uow, entry)
    context = mine.context(row)
    given = dict(data)
    called = naming.field_of(mine.form, mine.act.settings, "name")
    if number and called is not None:
        given[called.key] = f"{given.get(called.key, '')}{number}"
    before = applying.raw_of(mine, row)
    applying.submit(uow, entry, {**before, **typed(mine.form, context, given)})


def _public(engine: Engine, row: Any, wish: Wish) -> int:
    """Vote as so many devices at different places, each for as many entries as allowed."""
    chosen = row.settings
    with engine.read(SYSTEM) as uow:
        mine = sa.select(public_box.c.key).where(public_box.c.act_id == row.id)
        key = str(uow.conn.scalar(mine))
    ids = {str(each["name"]): each["id"] for each in chosen["entries"]}
    for no in range(1, wish.voters + 1):
        dice = random.Random(f"{wish.seed}|{row.node}|{no}")  # noqa: S311  (repeatable, no secret)
        names = sorted(ids, key=lambda name, dice=dice: (dice.random(), name))  # type: ignore[misc]
        liked = [ids[name] for name in names[: min(chosen["choose"], len(ids))]]
        where = f"10.{no // 250}.{no % 250}.7"
        with engine.begin(SYSTEM) as uow:
            voting.cast(uow, key, Ballot(liked, f"crowd-{no}", where, BROWSER))
    return wish.voters


def _actor(uow: UnitOfWork, principal: str) -> Actor:
    """Return somebody who acts as *principal*; raises NotFound when there is nobody."""
    found = identity.holders(uow, principal)
    if not found:
        raise NotFound("act_unknown")
    one = found[0]
    return Actor(one.id, one.name, identity.principals(uow, one.id))
