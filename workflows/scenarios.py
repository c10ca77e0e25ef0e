"""Plays the scenarios of a package through the same commands as the pages.

The format is docs/reference/scenario-format.md. A scenario runs on any engine whose clock can
be moved; it fails with ``Failed`` at the first thing that is not as it expects, naming the act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from engine import children, spiff, worker
from engine.errors import EngineError, NotFound, ReasonNeeded, RuleBlocked
from engine.model import task
from engine.packages import Package
from engine.tasks import Return
from engine.unit_of_work import CHINA, SYSTEM, Actor, Engine, UnitOfWork
from workflows import (
    answers,
    cases,
    crowd,
    desk,
    rehearsal_people,
    scenario_acts,
    scenario_ballots,
    scenario_crowd,
    scenario_entries,
    scenario_panels,
    scenario_public,
    scenario_scale,
)  # fmt: skip
from workflows.scenario_dates import amount_of, dated, shift
from workflows.scenario_forms import typed, with_files

ANSWERS = "_answers"
WAITING = ("open", "claimed")


class Failed(Exception):
    """The case did not go the way the scenario says; ``where`` names scenario and act."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where, self.what = where, what


class MovableClock:
    """A clock that a scenario sets; nothing sleeps."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the moment it stands at."""
        return self.now


@dataclass
class Run:
    """One scenario being played; ``largest``: the most bytes the state of the case has had."""

    engine: Engine
    clock: MovableClock
    package: Package
    name: str
    people: Mapping[str, Actor]
    case_id: str = ""
    number: str = ""
    steps: int = 0
    refusals: int = 0
    largest: int = 0
    status: str = ""
    outcome: str | None = None
    script: Mapping[str, Any] = field(default_factory=dict)
    common: Mapping[str, Any] = field(default_factory=dict)
    hands: dict[str, Any] = field(default_factory=dict)

    def fail(self, act: str, what: str) -> Failed:
        """Return the error that says where the scenario and the case part."""
        return Failed(f"{self.name} · {act}", what)


def names(package: Package) -> list[str]:
    """Return the scenarios of a package."""
    return sorted(name for name in package.scenarios if not name.startswith("_"))


def play(  # noqa: PLR0913  (the store, what is played, and how)
    engine: Engine,
    clock: MovableClock,
    package: Package,
    name: str,
    *,
    told: Callable[[str], None] = lambda _act: None,
    scale: Mapping[str, int] | None = None,
) -> Run:
    """Play one scenario from its start to its end; *told* hears of every act.

    The package must be deployed and the demonstration people present; the scenario's own crowd
    is added to them. *scale* replaces numbers of its ``[scale]``. Raises Failed.
    """
    script = scenario_scale.filled(_whole(package, name), scale or {})
    common = package.scenarios.get(ANSWERS, {})
    with engine.begin(SYSTEM) as uow:
        crowd.gather(uow, [*common.get("crowd", []), *script.get("crowd", [])])
    people = rehearsal_people.by_login(engine)
    run = Run(engine, clock, package, name, people, script=script, common=common)
    clock.now = _moment(script["scenario"]["clock"])
    _start(run)
    for number, act in enumerate(script.get("act", []), start=1):
        label = f"{number} {act.get('do', 'complete')} {act.get('node') or act.get('nodes') or ''}"
        told(label)
        _act(run, label, act)
    _expect(run, "expect", script.get("expect", {}), run.case_id)
    with engine.read(SYSTEM) as uow:
        row = answers.instance_row(uow, run.case_id)
        assert row is not None
        run.status, run.outcome = row["status"], row["outcome"]
    return run


def _whole(package: Package, name: str) -> Mapping[str, Any]:
    """Return a scenario; the acts of the one it goes on ``after`` come before its own."""
    script: Mapping[str, Any] = package.scenarios[name]
    after = script["scenario"].get("after")
    if after is None:
        return script
    first: Mapping[str, Any] = package.scenarios[after]
    return {**first, **script, "act": [*first.get("act", []), *script.get("act", [])]}


def _start(run: Run) -> None:
    asked = {**run.common.get("start", {}), **run.script.get("start", {})}
    form = {**run.common.get("start", {}).get("form", {}), **asked.get("form", {})}
    actor = _person(run, "start", asked["actor"])
    with run.engine.begin(actor) as uow:
        _chosen, page = cases.start_page(uow, run.package.key)
        raw = typed(page.form, page.context, dated(uow, form))
        found = cases.start(uow, run.package.key, raw)
    assert found is not None
    run.case_id = found
    with run.engine.read(SYSTEM) as uow:
        row = answers.instance_row(uow, found)
        run.number = row["business_key"] if row else ""
    run.steps += 1
    worker.drain(run.engine, root_id=found)


def _act(run: Run, label: str, act: Mapping[str, Any]) -> None:
    kind = act.get("do", "complete")
    if kind == "clock":
        _move_clock(run, act)
        _expect(run, label, act.get("expect", {}), run.case_id)
        return
    for child in _list(act.get("child")) or [""]:
        target = _child(run, label, child) if child else run.case_id
        nodes = act.get("nodes") or [act.get("node")]
        for node in nodes:
            last = node == nodes[-1]
            expected = act.get("expect", {}) if last else {}
            _one(
                run, f"{label} {child or ''} {node or ''}", {**act, "node": node}, target, expected
            )
        _expect(run, label, act.get("expect", {}), target)


def _one(
    run: Run, label: str, act: Mapping[str, Any], target: str, expected: Mapping[str, Any]
) -> None:
    """Do one thing as one person, and meet the refusal the scenario expects, if any."""
    block = _block(run, act)
    name = act.get("actor") or block.get("actor", "")
    actor = SYSTEM if act.get("do") in scenario_crowd.ALONE else _person(run, label, name)
    error: EngineError | None = None
    doing, given = act.get("do", "complete"), {**act, "block": block}
    try:
        if doing in scenario_crowd.ALONE:
            scenario_crowd.ALONE[doing](run, given, target)
        elif doing in scenario_ballots.DOINGS:
            scenario_ballots.play(run, actor, given, target)
        else:
            with run.engine.begin(actor) as uow:
                DOINGS[doing](run, uow, given, target)
    except EngineError as refused:
        error = refused
    _meet(run, label, error, expected)
    worker.drain(run.engine, root_id=run.case_id)
    _measure(run)


def _measure(run: Run) -> None:
    """Note how large the state of the case is, unpacked."""
    with run.engine.read(SYSTEM) as uow:
        row = answers.instance_row(uow, run.case_id)
        assert row is not None
        run.largest = max(run.largest, len(orjson.dumps(spiff.read_body(row["body"]))))


def _meet(run: Run, label: str, error: EngineError | None, expected: Mapping[str, Any]) -> None:
    wanted = expected.get("error")
    if error is None:
        if wanted is not None:
            raise run.fail(label, f"expected refusal {wanted}, but it was taken")
        run.steps += 1
        return
    if wanted != error.code:
        detail = getattr(error, "fields", None) or _rules(error) or error.params
        raise run.fail(label, f"refused with {error.code}: {detail}")
    missing = set(expected.get("rules", [])) - set(_rules(error))
    if missing:
        raise run.fail(label, f"rules {sorted(missing)} were not named, only {_rules(error)}")
    run.refusals += 1


def _complete(run: Run, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    row = _open_task(uow, target, act["node"])
    page = desk.open_task(uow, row.id)
    given = {**act["block"].get("data", {}), **act.get("data", {})}
    given = dated(uow, given, page.context.variables)
    raw = with_files(uow, page.form, typed(page.form, page.context, given), row.id)
    reason = act.get("reason") or act["block"].get("reason", "")
    desk.submit(uow, row.id, raw, desk.Handed(reason=reason))


def _send_back(run: Run, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    row = _open_task(uow, target, act["node"])
    back = Return(act["target"], act["reason_code"], act["reason"], act.get("items", []))
    desk.send_back(uow, row.id, back)


def _claim(run: Run, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    desk.claim(uow, _open_task(uow, target, act["node"]).id)


def _release(run: Run, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    desk.release(uow, _open_task(uow, target, act["node"]).id)


def _withdraw(run: Run, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    cases.withdraw(uow, target, reason=act["reason"])


def _message(run: Run, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    page = cases.message_page(uow, target, act["name"])
    given = dated(uow, {**act["block"].get("data", {}), **act.get("data", {})})
    cases.send_message(uow, target, act["name"], typed(page.form, page.context, given))


def _hold(run: Run, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    cases.hold(uow, target, reason=act["reason"], order_no=act.get("order_no", ""))


def _release_hold(run: Run, uow: UnitOfWork, act: Mapping[str, Any], target: str) -> None:
    cases.release_hold(uow, target, reason=act["reason"])


DOINGS: Mapping[str, Callable[[Run, UnitOfWork, Mapping[str, Any], str], None]] = {
    "complete": _complete,
    "return": _send_back,
    "claim": _claim,
    "release": _release,
    "withdraw": _withdraw,
    "message": _message,
    "hold": _hold,
    "release_hold": _release_hold,
    **scenario_acts.DOINGS,
    **scenario_entries.DOINGS,
    **scenario_panels.DOINGS,
    **scenario_public.DOINGS,
}


def _expect(run: Run, label: str, expected: Mapping[str, Any], target: str) -> None:
    """Hold the state of an instance against what the scenario says about it."""
    if not expected:
        return
    with run.engine.read(SYSTEM) as uow:
        row = answers.instance_row(uow, target)
        assert row is not None
        waiting = sorted(t.node for t in _tasks(uow, target))
        variables = spiff.read_body(row["body"])["v"]
        wanted = dated(uow, dict(expected.get("variables", {})))
    found = {"status": row["status"], "outcome": row["outcome"], "open": waiting}
    for name in ("status", "outcome"):
        if name in expected and found[name] != expected[name]:
            raise run.fail(
                label, f"{name} is {found[name]!r}, expected {expected[name]!r}; {found}"
            )
    if "open" in expected and sorted(expected["open"]) != waiting:
        raise run.fail(label, f"open tasks are {waiting}, expected {expected['open']}")
    for name, value in wanted.items():
        if variables.get(name) != value:
            raise run.fail(label, f"{name} is {variables.get(name)!r}, expected {value!r}")


def _move_clock(run: Run, act: Mapping[str, Any]) -> None:
    if "to" in act:
        run.clock.now = _moment(act["to"])
    else:
        amount, unit = amount_of(act["forward"])
        with run.engine.read(SYSTEM) as uow:
            moved = shift(uow, uow.today, amount, unit)
            run.clock.now += moved - uow.today
    worker.drain(run.engine, root_id=run.case_id)


def _child(run: Run, label: str, wanted: str) -> str:
    """Return a child case by ``process`` or ``process:name``; the latest when several fit."""
    process, _colon, name = wanted.partition(":")
    with run.engine.read(SYSTEM) as uow:
        found = [
            child
            for child in children.of(uow, run.case_id)
            if child["process"] == process
            and (not name or name in (child["child_key"], child["title"].rpartition(" · ")[2]))
        ]
    if not found:
        raise run.fail(label, f"there is no child case {wanted}")
    return str(found[-1]["id"])


def _open_task(uow: UnitOfWork, target: str, node: str) -> Any:
    for row in _tasks(uow, target):
        if row.node == node:
            return row
    past = sa.select(task).where(task.c.instance_id == target, task.c.node == node)
    row = uow.conn.execute(past.order_by(task.c.created_at.desc()).limit(1)).first()
    if row is None:
        raise NotFound("task_unknown", node=node, open=[t.node for t in _tasks(uow, target)])
    return row


def _tasks(uow: UnitOfWork, target: str) -> Sequence[Any]:
    whole = (task.c.instance_id == target) & task.c.part_of.is_(None)
    mine = sa.select(task).where(whole, task.c.status.in_(WAITING))
    return uow.conn.execute(mine.order_by(task.c.created_at, task.c.id)).all()


def _block(run: Run, act: Mapping[str, Any]) -> Mapping[str, Any]:
    key = act.get("use") or act.get("node") or ""
    found: Mapping[str, Any] = run.common.get(key, {})
    return found


def _person(run: Run, label: str, name: str) -> Actor:
    login = run.common.get("actors", {}).get(name, name)
    if login not in run.people:
        raise run.fail(label, f"nobody is called {name!r}")
    return run.people[login]


def _rules(error: EngineError) -> list[str]:
    if isinstance(error, RuleBlocked | ReasonNeeded):
        return [finding.rule for finding in error.findings]
    return []


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
