"""Who votes, watches, counts and sits at the table, named by the organiser in the cockpit.

The roll of a large election comes from a file: its lines go to the roll of the event and
nowhere else. Each list is replaced as a whole, and a file with one bad line changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from engine import instances
from engine.errors import Blocked, Invalid, NotAllowed
from engine.tasks import get
from engine.unit_of_work import UnitOfWork
from workflows import desk, duties, policies
from workflows.acts import rows
from workflows.acts.secret import separation
from workflows.acts.secret.bridge import MAX_VOTERS
from workflows.ballots import drafting, events, paper, preparing
from workflows.ballots.preparing import Voter
from workflows.model import account

SCRUTINEER: Final = "scrutineer"
ROLES: Final[Mapping[str, str]] = {
    SCRUTINEER: "scrutineers",
    paper.TELLER: "tellers",
    paper.DESK: "desk",
}
MAX_NAME: Final = 50
Fault = dict[str, list[Any]]


def organiser(uow: UnitOfWork, act_id: str) -> Any:
    """Return the organiser's task if the actor may lead its vote now, held or not.

    A vote that has begun is finished whatever happens to the case (domain specification 4.6),
    so neither a hold nor a task that was taken away stops who leads it. Raises NotFound for
    people outside the case and the vote, NotAllowed: ``not_candidate``, ``own_case``,
    ``duties_changed``.
    """
    row = get(uow, act_id)
    at = {"instance_id": row.instance_id, "task": row.name}
    mine = row.assignee == uow.actor.id or row.principal in uow.actor.principals
    if not mine or row.assignee not in (None, uow.actor.id):
        refused = NotAllowed("not_candidate", **at)
        if not named(uow, act_id):
            desk.hide(uow, refused)
        raise refused
    if not policies.allowed(uow.actor, "ballot.manage"):
        raise NotAllowed("duties_changed", **at)
    if duties.concerned(uow, row.instance_id):
        raise NotAllowed("own_case", **at)
    return row


def named(uow: UnitOfWork, act_id: str) -> bool:
    """Tell whether the actor watches over this vote, counts it or sits at its table."""
    duties_ = [drafting.officers(uow, act_id, duty) for duty in drafting.DUTIES]
    return any(uow.actor.id in each for each in (events.scrutineers(uow, act_id), *duties_))


def chair(uow: UnitOfWork, act_id: str) -> events.Event:
    """Return the event for its organiser: before the first slip only while the case may go on.

    Raises what ``rows.lead`` and ``organiser`` raise.
    """
    organiser(uow, act_id)
    event = events.load(uow, act_id)
    if event.state in (events.DRAFT, events.FROZEN):
        rows.lead(uow, act_id)
    return event


def name_people(uow: UnitOfWork, act_id: str, role: str, accounts: Sequence[str]) -> None:
    """Name scrutineers, tellers or those at the table by their accounts.

    Raises Conflict("ballot_not_now"), Invalid: ``ballot_person_unknown``, and what
    ``separation.require`` raises.
    """
    if role not in ROLES:
        raise Invalid("ballot_person_unknown")
    event = chair(uow, act_id)
    people = _people(uow, accounts)
    separation.require(uow, event, ROLES[role], people)
    if role == SCRUTINEER:
        drafting.set_scrutineers(uow, act_id, people)
    else:
        drafting.set_officers(uow, act_id, role, people)


def load_voters(uow: UnitOfWork, act_id: str, lines: Sequence[Mapping[str, str]]) -> int:
    """Replace the roll by the lines of a file; returns how many there are.

    A line has ``name``, perhaps ``class`` (as the rules name it), ``login`` of an account and
    ``id``, a number of the institution's own. Raises Invalid with ``<line>.<column>`` for every
    fault, in which case nothing changes; line 1 is the first voter.
    """
    event = chair(uow, act_id)
    if not 0 < len(lines) <= MAX_VOTERS:
        raise Invalid("ballot_roll_size", most=MAX_VOTERS)
    known = _logins(uow)
    faults: Fault = {}
    voters: list[Voter] = []
    seen: dict[str, int] = {}
    for no, line in enumerate(lines, start=1):
        voter = _read(event, known, (no, line), faults)
        if voter.person in seen:
            faults.setdefault(f"{no}.{'login' if line.get('login') else 'id'}", []).append(
                "ballot_line_twice"
            )
        seen[voter.person] = no
        voters.append(voter)
    if faults:
        raise Invalid("ballot_lines_wrong", fields=faults)
    drafting.set_voters(uow, act_id, voters)
    return len(voters)


def excuse(  # noqa: PLR0913  (the three conditions are said apart)
    uow: UnitOfWork, act_id: str, person: str, reason: str, *, superior: bool, meeting: bool
) -> None:
    """Leave somebody out of 应到会: a listed reason, the superior agrees, the meeting adopts it.

    Domain specification 4.2; vector T21: otherwise the absent count. Raises
    Blocked("ballot_excuse_not_agreed"), Invalid("ballot_excuse_unknown"),
    NotAllowed("ballot_not_on_roll"), Conflict("ballot_not_now").
    """
    chair(uow, act_id)
    if not (superior and meeting):
        raise Blocked("ballot_excuse_not_agreed")
    preparing.excuse(uow, act_id, person, reason)


def restore(uow: UnitOfWork, act_id: str, person: str) -> None:
    """Count somebody among those due again; raises as ``drafting.restore`` does."""
    chair(uow, act_id)
    drafting.restore(uow, act_id, person)


def freeze(uow: UnitOfWork, act_id: str) -> tuple[str, str]:
    """Fix rules and roll and put both fingerprints into the chain of the case.

    Raises Invalid for what is missing or does not go together (``preparing.check``,
    ``separation``), ``ballot_tellers_missing`` where paper is counted, Conflict.
    """
    chair(uow, act_id)
    event = events.load(uow, act_id, events.DRAFT)
    separation.require_all(uow, event)
    require_tellers(uow, event)
    rules, roll = preparing.freeze(uow, act_id)
    case = instances.lock(uow, str(event.instance_id))
    case.audit("ballot_frozen", ballot=act_id, rules=rules, roll=roll)
    instances.save(case)
    return rules, roll


def require_tellers(uow: UnitOfWork, event: events.Event) -> None:
    """Raise Invalid("ballot_tellers_missing") where paper is counted and nobody may count it."""
    if counts_paper(event) and len(paper.tellers(uow, event.id)) < paper.TELLERS:
        raise Invalid("ballot_tellers_missing", needed=paper.TELLERS)


def thaw(uow: UnitOfWork, act_id: str, reason: str) -> None:
    """Take a frozen vote back to a draft; needs a reason. Raises Invalid, Conflict."""
    chair(uow, act_id)
    drafting.thaw(uow, act_id, needed(reason))


def counts_paper(event: events.Event) -> bool:
    """Tell whether papers are counted in this vote."""
    channel = (event.rules.counting or {}).get("channel", "")
    return event.mode in events.WITHOUT_BOX or channel == "mixed"


def needed(reason: str) -> str:
    """Return a reason that must be given; raises Invalid."""
    why = desk.check_reason(reason)
    if not why:
        raise Invalid("reason_missing", fields={"reason": ["required"]})
    return why


def _people(uow: UnitOfWork, accounts: Sequence[str]) -> list[Voter]:
    query = sa.select(account.c.id, account.c.name).where(
        account.c.id.in_(accounts), account.c.status == "active"
    )
    known = {row.id: row.name for row in uow.conn.execute(query)}
    if set(accounts) != set(known) or len(accounts) != len(known):
        raise Invalid("ballot_person_unknown")
    return [Voter(each, known[each]) for each in accounts]


def _logins(uow: UnitOfWork) -> dict[str, str]:
    query = sa.select(account.c.login, account.c.id).where(account.c.status == "active")
    return {row.login: row.id for row in uow.conn.execute(query)}


def _read(
    event: events.Event,
    known: Mapping[str, str],
    numbered: tuple[int, Mapping[str, str]],
    faults: Fault,
) -> Voter:
    """Read one line and note what is wrong with it."""
    no, line = numbered
    value = {key: str(line.get(key) or "").strip() for key in ("name", "class", "login", "id")}
    groups = event.rules.classes
    person = known.get(value["login"], "")
    checks = (
        ("name", "required", not value["name"]),
        ("name", "too_long", len(value["name"]) > MAX_NAME),
        ("class", "ballot_line_class", value["class"] not in (groups or ("",))),
        ("login", "ballot_line_login", bool(value["login"]) and not person),
        ("login", "required", event.mode == events.LOGIN and not value["login"]),
    )
    for column, code, wrong in checks:
        if wrong:
            faults.setdefault(f"{no}.{column}", []).append(code)
    return Voter(person or value["id"] or f"{no:05d}", value["name"], value["class"])
