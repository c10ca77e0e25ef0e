"""What the desk refuses, and what people outside a case learn: nothing."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import (
    audit,
    calendar_seed,
    children,
    documents,
    holds,
    instances,
    notices,
    queries,
    tasks,
    worker,
)
from engine.errors import AlreadyDone, Conflict, Invalid, NotAllowed, NotFound
from engine.model import instance
from engine.tasks import Return
from engine.unit_of_work import SYSTEM, Actor, Engine
from tests.conftest import Clock
from tests.office import OFFICE
from tests.small_case import open_tasks, snapshot
from workflows import casefile, cases, desk, identity, registry, studio
from workflows.desk import Handed
from workflows.identity import NewAccount
from workflows.program import open_engine
from workflows.registry import NewPerson

pytestmark = pytest.mark.both_databases
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
DRAFT = {"opinion": "同意", "people": [{"id": "a", "name": "甲"}]}


@dataclass
class Office:
    engine: Engine
    unit: str

    def actor(self, name: str, role: str, unit: str = "") -> Actor:
        return Actor(name, f"{name}某", frozenset({f"{role}@{unit or self.unit}", f"user:{name}"}))

    @property
    def officer(self) -> Actor:
        return self.actor("officer", "ORG_DEPT")

    @property
    def second(self) -> Actor:
        return self.actor("second", "ORG_DEPT")

    @property
    def stranger(self) -> Actor:
        return self.actor("stranger", "TEAM", "elsewhere")

    def start(self) -> str:
        with self.engine.begin(self.officer) as uow:
            made = cases.start(uow, "office", {"title": "一件公文"})
        assert made is not None
        return made

    def first(self, actor: Actor) -> Any:
        return open_tasks(self.engine, actor)[0]

    def submit(self, actor: Actor, task_id: str, key: str | None = None) -> bool:
        with self.engine.begin(actor) as uow:
            return desk.submit(uow, task_id, DRAFT, Handed(key=key))

    def trail(self, case_id: str) -> list[audit.Entry]:
        with self.engine.read(SYSTEM) as uow:
            return list(audit.trail(uow, case_id))


@pytest.fixture
def office(database_url: str, clock: Clock, tmp_path: Path) -> Any:
    engine = open_engine(database_url, clock=clock, files=tmp_path / "files")
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        unit = registry.add_unit(uow, "C", "市委")
        studio.deploy(uow, OFFICE)
    yield Office(engine, unit)
    engine.database.dispose()


def test_somebody_outside_is_told_there_is_nothing_and_is_recorded(office: Office) -> None:
    case_id = office.start()
    task_id = office.first(office.officer).id
    back = Return("draft", "其他", "退")
    calls = [
        lambda uow: desk.submit(uow, task_id, DRAFT),
        lambda uow: desk.send_back(uow, task_id, back),
        lambda uow: desk.claim(uow, task_id),
        lambda uow: desk.release(uow, task_id),
        lambda uow: desk.open_task(uow, task_id),
        lambda uow: desk.save_draft(uow, task_id, DRAFT),
        lambda uow: cases.withdraw(uow, case_id, reason="无"),
        lambda uow: cases.hold(uow, case_id, reason="无"),
        lambda uow: cases.set_watch(uow, case_id, on=True),
        lambda uow: cases.send_message(uow, case_id, "complaint", {"matter": "无"}),
        lambda uow: casefile.page(uow, case_id),
        lambda uow: casefile.file_of(uow, case_id, "x"),
        lambda uow: casefile.trail(uow, case_id),
    ]
    answers = []
    for call in calls:
        with pytest.raises(NotFound) as refused, office.engine.begin(office.stranger) as uow:
            call(uow)
        answers.append((refused.value.code, refused.value.params))
    with pytest.raises(NotFound) as unknown, office.engine.begin(office.stranger) as uow:
        casefile.page(uow, "no-such-case")
    assert set(map(str, answers)) == {str((unknown.value.code, unknown.value.params))}
    refused_by = [e.actor for e in office.trail(case_id) if e.action == "attempt_refused"]
    assert set(refused_by) == {"stranger"}
    assert len(refused_by) >= 2, "handing in and sending back are attempts to act"


def test_a_key_used_for_another_task_is_no_proof_of_this_one(office: Office) -> None:
    office.start()
    first = office.first(office.officer).id
    assert office.submit(office.officer, first, key="k")
    office.start()
    second = office.first(office.officer).id
    before = snapshot(office.engine)
    with pytest.raises(Conflict, match="key_reused"):
        office.submit(office.officer, second, key="k")
    assert snapshot(office.engine) == before
    assert office.submit(office.second, second)
    with pytest.raises(AlreadyDone):
        office.submit(office.officer, second, key="k")
    assert not office.submit(office.officer, first, key="k")


def test_a_key_of_somebody_else_stands_for_nothing(office: Office) -> None:
    office.start()
    assert office.submit(office.officer, office.first(office.officer).id, key="k")
    case_id = office.start()
    task_id = office.first(office.second).id
    with pytest.raises(Conflict, match="key_reused"):
        office.submit(office.second, task_id, key="k")
    with (
        pytest.raises(Conflict, match="key_reused"),
        office.engine.begin(office.officer) as uow,
    ):
        cases.start(uow, "office", {"title": "再一件"}, once="k")
    assert office.first(office.second).id == task_id
    with office.engine.read(SYSTEM) as uow:
        assert uow.conn.scalar(sa.select(instance.c.status).where(instance.c.id == case_id))


def test_who_has_become_a_supervisor_does_not_finish_what_he_had_claimed(office: Office) -> None:
    office.start()
    task_id = office.first(office.officer).id
    with office.engine.begin(office.officer) as uow:
        tasks.claim(uow, task_id)
    before = snapshot(office.engine)
    now = office.actor("officer", "SUPERVISOR")
    with pytest.raises(NotAllowed, match="duties_changed"):
        office.submit(now, task_id)
    assert [row[:8] for row in snapshot(office.engine)[1]] == [row[:8] for row in before[1]]
    assert office.submit(office.officer, task_id)


def test_only_files_of_the_case_or_of_ones_own_may_be_handed_in(office: Office) -> None:
    office.start()
    task_id = office.first(office.officer).id
    with office.engine.begin(office.second) as uow:
        kept = documents.store(uow, BytesIO(PNG), "别人的.png")
        desk.remember_uploads(uow, {"a": {"digest": kept.digest, "name": "a", "mime": kept.mime}})
    raw = {**DRAFT, "paper": [f"{kept.digest} 偷来的.png"]}
    before = snapshot(office.engine)
    with pytest.raises(Invalid) as refused, office.engine.begin(office.officer) as uow:
        desk.submit(uow, task_id, raw)
    assert any(path.startswith("paper") for path in refused.value.fields)
    assert snapshot(office.engine) == before
    with office.engine.begin(office.second) as uow:
        assert desk.submit(uow, task_id, raw)


def candidate(office: Office) -> Actor:
    """Give an account of a person, who holds the office's role like any other."""
    with office.engine.begin(SYSTEM) as uow:
        person = registry.add_person(uow, NewPerson("甲", office.unit))
        new = NewAccount("jia", "甲", office.unit, person)
        key = identity.create_account(uow, new, "x")
    role = f"ORG_DEPT@{office.unit}"
    return Actor(key, "甲", frozenset({role, f"user:{key}"}))


@pytest.mark.parametrize("name", ["nominee", "candidate", "object", "person"])
def test_a_candidate_hands_in_nothing_of_his_own_case(office: Office, name: str) -> None:
    who = candidate(office)
    case_id = office.start()
    task_id = office.first(who).id
    with office.engine.begin(SYSTEM) as uow:
        person_id = identity.get(uow, who.id).person_id
        case = instances.lock(uow, case_id)
        case.know({"parent": {"list": [{name: {"id": person_id, "name": "甲"}}]}})
        instances.save(case)
    before = snapshot(office.engine)
    with pytest.raises(NotAllowed, match="own_case"):
        office.submit(who, task_id)
    assert snapshot(office.engine)[1:4] == before[1:4]
    refused = office.trail(case_id)[-1]
    assert (refused.actor, refused.detail["code"]) == (who.id, "own_case")
    assert office.submit(office.officer, task_id)


def test_somebody_who_is_named_without_being_a_candidate_may_act(office: Office) -> None:
    who = candidate(office)
    case_id = office.start()
    with office.engine.begin(SYSTEM) as uow:
        person_id = identity.get(uow, who.id).person_id
        case = instances.lock(uow, case_id)
        case.know({"members": [{"id": person_id}], "candidate": {"id": "other"}})
        instances.save(case)
    assert office.submit(who, office.first(who).id)


def test_a_message_sent_twice_has_one_effect_and_its_key_no_other_use(office: Office) -> None:
    guard = office.actor("guard", "CADRE_SUP")
    first, second = office.start(), office.start()
    with office.engine.begin(SYSTEM) as uow:
        for case_id in (first, second):
            case = instances.lock(uow, case_id)
            case.joins(f"CADRE_SUP@{office.unit}")
            instances.save(case)

    def send(case_id: str) -> str | None:
        with office.engine.begin(guard) as uow:
            return cases.send_message(uow, case_id, "complaint", {"matter": "有问题"}, once="k")

    child = send(first)
    assert child is not None
    assert send(first) is None
    before = snapshot(office.engine)
    with pytest.raises(Conflict, match="key_reused"):
        send(second)
    assert snapshot(office.engine) == before
    with office.engine.read(SYSTEM) as uow:
        assert audit.verify_all(uow) == 3


def test_who_takes_part_in_one_child_case_sees_that_one_alone(office: Office) -> None:
    case_id = office.start()
    two = {"opinion": "同意", "people": [{"id": "a", "name": "甲"}, {"id": "b", "name": "乙"}]}
    with office.engine.begin(office.officer) as uow:
        desk.submit(uow, office_task(uow), two)
    with office.engine.begin(office.actor("head", "ORG_HEAD")) as uow:
        desk.submit(uow, office_task(uow), {})
    worker.drain(office.engine)
    guest = Actor("guest", "客", frozenset({f"UNIT_PARTY@{office.unit}", "user:guest"}))
    with office.engine.begin(SYSTEM) as uow:
        mine, other = (child["id"] for child in children.of(uow, case_id))
        child = instances.lock(uow, mine)
        child.joins(f"UNIT_PARTY@{office.unit}")
        instances.save(child)
    with office.engine.read(guest) as uow:
        assert casefile.page(uow, mine).row["id"] == mine
        for hidden in (case_id, other):
            with pytest.raises(NotFound):
                casefile.page(uow, hidden)
    with office.engine.read(office.officer) as uow:
        assert [casefile.page(uow, each).row["id"] for each in (case_id, mine, other)]
    with office.engine.begin(SYSTEM) as uow:
        holds.place(uow, case_id, reason="查")
    with office.engine.read(guest) as uow:
        assert [row.code for row in notices.unread(uow)] == ["hold_placed"]


def office_task(uow: Any) -> str:
    return str(queries.todo(uow).rows[0].id)
