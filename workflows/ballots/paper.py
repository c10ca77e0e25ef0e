"""Paper beside the electronic box: a slip is exchanged for a paper, two tellers count it.

One person has one channel, because the slip is the claim check of the paper. What two tellers
of a desk have read must be the same to the last figure, and add up, before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.errors import AlreadyDone, Blocked, Conflict, Invalid, NotAllowed
from engine.unit_of_work import UnitOfWork
from workflows.ballots import casting, events, slips
from workflows.ballots.model import ballot_officer, ballot_paper
from workflows.ballots.rules import BallotRules
from workflows.ballots.store import Store

TELLERS = 2
TELLER, DESK = "teller", "desk"
"""The duties of an officer of a ballot beside the scrutineers."""
KEYS = {"handed_out", "ballots", "valid", "invalid", "totals", "write_ins"}


def exchange(store: Store, event: str, code: str) -> None:
    """Use up a slip for a paper ballot.

    Raises as ``casting.cast`` about slips and boxes.
    """
    digest = slips.digest_of(store.header(event).slip_key, event, code)
    with store.begin() as uow:
        casting.use_up(store, uow, event, digest)


def enter(uow: UnitOfWork, event_id: str, station: str, count: Mapping[str, Any]) -> bool:
    """Write down what the actor has counted at a desk; returns whether two tellers now agree.

    *count* has ``handed_out``, ``ballots`` (returned), ``valid``, ``invalid`` (reason →
    number), ``totals`` (candidate → option → number), ``write_ins`` (name → number). Until the
    other teller is done, either may correct his own figures. Where classes are weighed the name
    of the desk begins with one: ``members`` or ``members/2``. Raises
    Conflict("ballot_not_now"), AlreadyDone("ballot_paper_agreed"), NotAllowed:
    ``ballot_teller_is_candidate``, ``ballot_no_teller`` where tellers are named; Invalid:
    ``ballot_paper_unreadable``, ``ballot_paper_whole``, ``ballot_paper_sum``,
    ``ballot_station_class``.
    """
    event = events.load(uow, event_id, events.VOTING)
    if uow.actor.id in {each.person for each in event.rules.candidates}:
        raise NotAllowed("ballot_teller_is_candidate")
    named = tellers(uow, event_id)
    if named and uow.actor.id not in named:
        raise NotAllowed("ballot_no_teller")
    if apart(event.rules) and class_of(station) not in event.rules.classes:
        raise Invalid("ballot_station_class")
    _check(event.rules, count)
    entries = _entries(uow, event_id).get(station, {})
    if _agreed(entries):
        raise AlreadyDone("ballot_paper_agreed")
    if uow.actor.id not in entries and len(entries) == TELLERS:
        raise Conflict("ballot_paper_two_tellers")
    row = {"event_id": event_id, "station": station, "teller": uow.actor.id, "figures": dict(count)}
    mine = (ballot_paper.c.event_id == event_id) & (ballot_paper.c.station == station)
    uow.conn.execute(ballot_paper.delete().where(mine, ballot_paper.c.teller == uow.actor.id))
    uow.conn.execute(ballot_paper.insert(), row)
    return _agreed({**entries, uow.actor.id: row["figures"]})


def tellers(uow: UnitOfWork, event_id: str) -> dict[str, str]:
    """Return the tellers named for an event: person → name."""
    table = ballot_officer.c
    mine = (table.event_id == event_id) & (table.duty == TELLER)
    rows = uow.conn.execute(sa.select(table.person, table.name).where(mine).order_by(table.name))
    return {row.person: row.name for row in rows}


def apart(rules: BallotRules) -> bool:
    """Tell whether papers must be counted class by class, because classes are weighed."""
    return bool((rules.counting or {}).get("weights"))


def class_of(station: str) -> str:
    """Return the class of voter whose papers a desk counts, where there are classes."""
    return station.partition("/")[0]


def counts(uow: UnitOfWork, event_id: str) -> list[dict[str, Any]]:
    """Return the agreed count of every desk, each with its ``station``.

    Raises Blocked("ballot_paper_open", station=…) while two tellers do not agree.
    """
    agreed = []
    for station, entries in sorted(_entries(uow, event_id).items()):
        if not _agreed(entries):
            raise Blocked("ballot_paper_open", station=station)
        agreed.append({"station": station, **next(iter(entries.values()))})
    return agreed


def progress(uow: UnitOfWork, event_id: str) -> list[tuple[str, list[str], bool, list[str]]]:
    """Return every desk with who has entered, whether two agree, and where they differ."""
    return [
        (name, sorted(entries), _agreed(entries), list(differences(uow, event_id, name)))
        for name, entries in sorted(_entries(uow, event_id).items())
    ]


def differences(uow: UnitOfWork, event_id: str, station: str) -> Sequence[str]:
    """Return the names of the figures in which two tellers differ, not the figures."""
    entries = list(_entries(uow, event_id).get(station, {}).values())
    if len(entries) < TELLERS:
        return []
    first, second = entries
    return sorted(name for name in KEYS if first[name] != second[name])


def _check(rules: BallotRules, count: Mapping[str, Any]) -> None:
    codes = {option.code for option in rules.options} | ({rules.blank} - {None})
    try:
        whole = [count["handed_out"], count["ballots"], count["valid"]]
        rows = [count["totals"][each.id] for each in rules.candidates]
        lists = [count["invalid"], count["write_ins"], *rows]
        numbers = [*whole, *(value for each in lists for value in each.values())]
        shaped = count.keys() == KEYS and len(count["totals"]) == len(rows)
        shaped = shaped and all(row.keys() == codes for row in rows)
    except (KeyError, TypeError, AttributeError) as error:
        raise Invalid("ballot_paper_unreadable") from error
    if not shaped or not all(type(value) is int and value >= 0 for value in numbers):
        raise Invalid("ballot_paper_unreadable")
    if count["ballots"] != count["valid"] + sum(count["invalid"].values()):
        raise Invalid("ballot_paper_whole")
    for each, row in zip(rules.candidates, rows, strict=True):
        if sum(row.values()) != count["valid"]:
            raise Invalid("ballot_paper_sum", line=each.name)


def _entries(uow: UnitOfWork, event_id: str) -> dict[str, dict[str, dict[str, Any]]]:
    query = sa.select(ballot_paper).where(ballot_paper.c.event_id == event_id)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in uow.conn.execute(query.order_by("station", "teller")):
        found.setdefault(row.station, {})[row.teller] = row.figures
    return found


def _agreed(entries: Mapping[str, Any]) -> bool:
    read = list(entries.values())
    return len(read) == TELLERS and read[0] == read[1]
