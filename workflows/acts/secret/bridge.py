"""What a secret act does in the database beside its pure part: its event, and what came of it.

The event has the id of the act. Preparing drafts it, closing wants it counted and its result
signed, confirming sets how long the evidence is kept. Names of voters go straight to the roll
of the event; neither settings nor variables ever have them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from engine import calendar
from engine.errors import Conflict, Invalid
from engine.instances import Case
from engine.unit_of_work import UnitOfWork
from workflows.acts import roll
from workflows.acts.hooks import Hooks
from workflows.acts.kind import wrong
from workflows.acts.model import act
from workflows.acts.secret import separation
from workflows.ballots import closing, drafting, events, keeping, paper
from workflows.ballots.model import ballot_signature
from workflows.ballots.preparing import Plan, Voter
from workflows.ballots.rules import BallotRules

KEEP_MONTHS: Final = 36
KEEP_BASIS: Final = "默认三年（retain.ballots）"
"""Domain specification 10, ``retain.ballots``: how long ballots are kept is not ruled."""
MAX_VOTERS: Final = 20_000


def draw(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """Take candidates and seats of a later round from the ballot before it.

    ``earlier`` may name several nodes; their latest ballot that was valid is meant.
    """
    nodes = values.pop("earlier", None)
    if not nodes:
        return values
    before = _before(case, nodes)
    way = before.result["value"].get("again", {}).get(values.get("round", ""))
    if way is None:
        raise wrong("round", str(values.get("round", "")))
    values["roll_of"] = before.id
    return values | {"entries": way["entries"], "seats": way["seats"], "before": way["before"]}


def prepared(case: Case, act_id: str, values: dict[str, Any]) -> None:
    """Draft the event with what the diagram says; lists it does not name stay as they are."""
    uow = case.uow
    row = uow.conn.execute(sa.select(act).where(act.c.id == act_id)).one()
    settings = row.settings
    title = settings["title"] or f"{case.row['title']} · {case.node(row.node).name}"
    rules = BallotRules.of(settings["sheet"])
    drafting.put(uow, Plan(title, rules, (), (), settings["mode"], case.id, act_id))
    voters = _voters(case, values)
    if voters is not None:
        drafting.set_voters(uow, act_id, voters)
    elif values.get("roll_of"):
        drafting.take_roll(uow, act_id, values["roll_of"])
    event = events.load(uow, act_id)
    for duty, put in (
        ("scrutineers", drafting.set_scrutineers),
        ("tellers", _tellers),
        ("desk", _desk),
    ):
        if values.get(duty):
            people = _accounts(case, values[duty], duty)
            separation.require(uow, event, duty, people)
            put(uow, act_id, people)


def opening(uow: UnitOfWork, held: Any) -> None:
    """An act is open from the first ballot on; raises Conflict("ballot_not_begun")."""
    if _event(uow, held.row.id).state not in (events.VOTING, events.CLOSED, events.OPENED):
        raise Conflict("ballot_not_begun", **held.at)


def closing_(uow: UnitOfWork, held: Any) -> None:
    """Refuse while there is no signed count. Raises Conflict("ballot_unfinished")."""
    event = _event(uow, held.row.id)
    if event.state == events.VOID:
        return
    counted = event.state in (events.OPENED, events.DESTROYED)
    signed = event.mode == events.TALK or closing.signed_by_enough(uow, event.id, "result")
    if not (counted and signed):
        raise Conflict("ballot_unfinished", **held.at)


def gather(uow: UnitOfWork, row: Any) -> dict[str, Any]:
    """Return what the result is computed from: numbers, totals, digests, who signed."""
    event = _event(uow, row.id)
    statement = dict(event.statement or {})
    statement.pop("receipts", None)  # published with the statement; a record of 5,000 is no help
    digests = {
        "rules": event.rules_digest, "roll": event.roll_digest,
        "statement": event.statement_digest, "result": event.result_digest,
        "public_key": event.public_key, "chain": event.act_head,
    }  # fmt: skip
    return {
        "state": event.state, "mode": event.mode, "statement": statement or None,
        "result": event.result, "digests": digests, "signatures": signatures(uow, event),
    }  # fmt: skip


def confirming(uow: UnitOfWork, held: Any) -> None:
    """Set how long the sealed evidence is kept, where nobody has."""
    event = _event(uow, held.row.id)
    if event.keep_until is None and event.mode not in events.WITHOUT_BOX:
        last = calendar.add_months(uow.today, KEEP_MONTHS, "month")
        keeping.keep_until(uow, event.id, last, KEEP_BASIS)


def signatures(uow: UnitOfWork, event: events.Event) -> list[dict[str, str]]:
    """Return who has signed the current texts of an event, when."""
    names = {key: row.name for key, row in events.scrutineers(uow, event.id).items()}
    table = ballot_signature
    query = sa.select(table).where(table.c.event_id == event.id)
    when = (table.c.at, table.c.person)
    return [
        {
            "subject": row.subject, "person": row.person,
            "name": names.get(row.person, row.person), "at": row.at.isoformat(),
        }
        for row in uow.conn.execute(query.order_by(table.c.subject.desc(), *when))
        if row.digest == getattr(event, f"{row.subject}_digest", "")
    ]  # fmt: skip


def _before(case: Case, nodes: str) -> Any:
    around = act.c.instance_id.in_({case.id, case.root_id})
    mine = around & act.c.node.in_(nodes.split()) & (act.c.state == "confirmed")
    query = sa.select(act.c.id, act.c.result).where(mine).order_by(act.c.prepared_at.desc())
    for row in case.uow.conn.execute(query):
        if row.result["summary"]["valid"]:
            return row
    raise wrong("earlier", nodes)


def _event(uow: UnitOfWork, act_id: str) -> events.Event:
    return events.load(uow, act_id)


def _voters(case: Case, values: Mapping[str, Any]) -> list[Voter] | None:
    if values.get("roll"):
        return _accounts(case, values["roll"], "roll")
    listed = values.get("voters")
    if listed is None:
        return None
    if not isinstance(listed, list) or len(listed) > MAX_VOTERS:
        raise wrong("voters", f"≤ {MAX_VOTERS}")
    found = []
    for each in listed:
        if not isinstance(each, dict) or not each.get("id"):
            raise wrong("voters", "id")
        name, group = str(each.get("name") or each["id"]), str(each.get("class") or "")
        found.append(Voter(str(each["id"]), name, group))
    return found


def _accounts(case: Case, items: Any, name: str) -> list[Voter]:
    """Return people by their accounts; a group as such cannot vote, watch or count."""
    found = []
    for one in roll.resolve(case, items):
        if not one.principal.startswith("user:"):
            raise wrong(name, one.name)
        found.append(Voter(one.principal.removeprefix("user:"), one.name))
    if len({each.person for each in found}) != len(found):
        raise Invalid("ballot_roll_wrong")
    return found


def _tellers(uow: UnitOfWork, act_id: str, people: Sequence[Voter]) -> None:
    drafting.set_officers(uow, act_id, paper.TELLER, people)


def _desk(uow: UnitOfWork, act_id: str, people: Sequence[Voter]) -> None:
    drafting.set_officers(uow, act_id, paper.DESK, people)


HOOKS: Final = Hooks(
    draw=draw, prepared=prepared, opening=opening, closing=closing_, gather=gather,
    confirming=confirming,
)  # fmt: skip
