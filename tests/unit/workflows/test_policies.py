from collections.abc import Mapping

import pytest
import sqlalchemy as sa

from engine.errors import NotAllowed, NotFound
from engine.model import definition, instance, new_id, participant
from engine.unit_of_work import SYSTEM, Actor, Engine
from workflows import policies, registry
from workflows.policies import RIGHTS, Subject
from workflows.roles import CASE_ROLES, ROLES

OFFICE = frozenset({"ORG_DEPT", "ORG_HEAD"})
ALL = frozenset(ROLES)

# Who has a right for a subject of the unit the role is held for, without taking part in it.
EXPECTED: Mapping[str, frozenset[str]] = {
    "desk.use": CASE_ROLES | {"SUPERVISOR", "AUDITOR"},
    "case.view": OFFICE | {"CADRE_SUP", "SUPERVISOR", "AUDITOR"},
    "case.list": OFFICE | {"SUPERVISOR", "AUDITOR"},
    "case.start": CASE_ROLES,
    "case.message": CASE_ROLES,
    "case.withdraw": OFFICE,
    "case.hold": frozenset({"SUPERVISOR", "CADRE_SUP"}),
    "task.act": frozenset(),
    "act.lead": frozenset(),
    "act.take_part": frozenset(),
    "ballot.manage": CASE_ROLES,
    "ballot.sign_in": CASE_ROLES,
    "ballot.scrutinise": CASE_ROLES,
    "ballot.tell": CASE_ROLES,
    "ballot.vote": CASE_ROLES,
    "objection.handle": frozenset({"HANDLER", "DISCIPLINE", "CADRE_SUP"}),
    "registry.view": CASE_ROLES | {"SUPERVISOR", "AUDITOR"},
    "registry.edit": OFFICE,
    "audit.read": frozenset({"SUPERVISOR", "AUDITOR"}),
    "definition.view": OFFICE | {"DESIGNER", "CADRE_SUP", "SUPERVISOR", "AUDITOR"},
    "definition.deploy": frozenset({"DESIGNER"}),
    "calendar.view": ALL,
    "calendar.edit": frozenset({"ADMIN"}),
    "account.manage": frozenset({"ADMIN"}),
    "unit.edit": frozenset({"ADMIN"}),
    "operations.manage": frozenset({"ADMIN"}),
    "log.read": frozenset({"ADMIN", "AUDITOR"}),
    "setting.edit": frozenset({"ADMIN"}),
}

# Who keeps a right by taking part, whatever the role.
BY_TAKING_PART = {
    "case.view": CASE_ROLES | {"SUPERVISOR", "AUDITOR"},
    "task.act": CASE_ROLES,
    "act.lead": CASE_ROLES,
    "act.take_part": CASE_ROLES,
}

CASE = Subject(units=("office", "city", "province"), involved=frozenset({"user:other"}))


def holder(*held: str) -> Actor:
    return Actor("me", "我", frozenset({"user:me", *held}))


def test_the_expectation_names_every_right():
    assert EXPECTED.keys() == RIGHTS.keys()


@pytest.mark.parametrize("right", sorted(RIGHTS))
@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_role_against_every_right(role, right):
    assert policies.allowed(holder(f"{role}@office"), right, CASE) is (role in EXPECTED[right])


@pytest.mark.parametrize("right", sorted(RIGHTS))
@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_role_against_every_right_as_a_participant(role, right):
    subject = Subject(units=("elsewhere",), involved=frozenset({"user:me"}))
    reach_only = EXPECTED[right] if RIGHTS[right].grants else frozenset()
    anywhere = {
        name
        for grant in RIGHTS[right].grants
        if grant.reach == "anywhere"
        for name in grant.roles & reach_only
    }
    expected = role in anywhere | BY_TAKING_PART.get(right, frozenset())
    assert policies.allowed(holder(f"{role}@office"), right, subject) is expected


@pytest.mark.parametrize("right", sorted(RIGHTS))
def test_somebody_without_a_role_has_nothing(right):
    assert not policies.allowed(holder(), right)
    assert not policies.allowed(holder(), right, CASE)


def test_unknown_right_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        policies.allowed(holder("ADMIN@office"), "case.delete")


def test_watchdogs_reach_below_their_unit_only():
    assert policies.allowed(holder("SUPERVISOR@province"), "case.view", CASE)
    assert policies.allowed(holder("AUDITOR@city"), "audit.read", CASE)
    assert not policies.allowed(holder("SUPERVISOR@other city"), "case.view", CASE)
    assert not policies.allowed(holder("SUPERVISOR@other city"), "case.hold", CASE)


def test_office_sees_cases_of_its_own_unit_only():
    assert policies.allowed(holder("ORG_HEAD@office"), "case.view", CASE)
    assert not policies.allowed(holder("ORG_HEAD@city"), "case.view", CASE)


@pytest.mark.parametrize("role", ["SUPERVISOR", "AUDITOR", "DESIGNER", "ADMIN"])
def test_special_roles_never_complete_a_task_even_when_it_is_theirs(role):
    mine = Subject(involved=frozenset({"user:me"}))
    assert not policies.allowed(holder(f"{role}@office"), "task.act", mine)
    assert not policies.allowed(holder(f"{role}@office", "ORG_DEPT@office"), "task.act", mine)


def test_only_the_roles_the_process_names_may_start_it():
    subject = Subject(units=("office", "city"), starters=frozenset({"ORG_DEPT"}))
    assert policies.allowed(holder("ORG_DEPT@city"), "case.start", subject)
    assert not policies.allowed(holder("EXPERT@city"), "case.start", subject)
    assert not policies.allowed(holder("ORG_DEPT@elsewhere"), "case.start", subject)


def test_units_one_may_start_a_process_for():
    actor = holder("ORG_DEPT@b", "ORG_DEPT@a", "TEAM@c")
    assert policies.startable_units(actor, frozenset({"ORG_DEPT"})) == ("a", "b")


def test_look_by_supervision_is_told_apart_from_taking_part():
    assert policies.only_as_watchdog(holder("AUDITOR@city"), CASE)
    assert not policies.only_as_watchdog(holder("ORG_DEPT@office"), CASE)
    taking_part = Subject(involved=frozenset({"user:me"}))
    assert not policies.only_as_watchdog(holder("AUDITOR@city"), taking_part)


def test_refusal_is_absence_for_a_case_and_plain_for_a_deployment():
    with pytest.raises(NotFound):
        policies.require(holder("EXPERT@office"), "case.view", CASE)
    with pytest.raises(NotAllowed) as refusal:
        policies.require(holder("EXPERT@office"), "definition.deploy")
    assert refusal.value.params == {"right": "definition.deploy"}


def test_refused_hold_names_the_case_so_that_it_is_recorded():
    subject = Subject(units=("office",), instance_id="i-1")
    with pytest.raises(NotAllowed) as refusal:
        policies.require(holder("ORG_DEPT@office"), "case.hold", subject)
    assert refusal.value.instance_id == "i-1"


# Cases in the database --------------------------------------------------------------------


@pytest.fixture
def case(engine: Engine) -> dict[str, str]:
    """A case of the city office with one participant, and a child of it."""
    with engine.begin(SYSTEM) as uow:
        city = registry.add_unit(uow, "C", "市")
        office = registry.add_unit(uow, "O", "部", parent_id=city)
        version, root, child = new_id(), new_id(), new_id()
        uow.conn.execute(
            definition.insert().values(
                id=version, key="k", version=1, digest="d", title_zh="", title_en="", body=b"",
                lint=[], deployed_by="x", deployed_at=uow.now,
            )
        )  # fmt: skip
        for key, parent in ((root, None), (child, root)):
            uow.conn.execute(
                instance.insert().values(
                    id=key, definition_id=version, process="k", business_key=key, title="",
                    root_id=root, parent_id=parent, status="running", unit=office, attributes={},
                    body=b"", started_by="x", started_at=uow.now, updated_at=uow.now,
                )
            )  # fmt: skip
        row = {"root_id": root, "principal": f"TEAM@{city}", "since": uow.now}
        uow.conn.execute(participant.insert().values(row))
    return {"city": city, "office": office, "root": root, "child": child}


@pytest.mark.parametrize("which", ["root", "child"])
@pytest.mark.parametrize(
    ("role", "unit", "seen"),
    [
        ("TEAM", "city", True),
        ("TEAM", "office", False),
        ("ORG_DEPT", "office", True),
        ("ORG_DEPT", "city", False),
        ("SUPERVISOR", "city", True),
        ("COMMITTEE", "office", False),
        ("DESIGNER", "office", False),
        ("ADMIN", "office", False),
    ],
)
def test_who_sees_a_case_and_its_children(engine, case, which, role, unit, seen):
    with engine.read(holder(f"{role}@{case[unit]}")) as uow:
        if seen:
            subject = policies.require_case(uow, "case.view", case[which])
            assert subject.units == (case["office"], case["city"])
        else:
            with pytest.raises(NotFound):
                policies.require_case(uow, "case.view", case[which])


def test_case_that_does_not_exist_is_not_found(engine, case):
    with engine.read(SYSTEM) as uow, pytest.raises(NotFound):
        policies.case_subject(uow, "nothing")


@pytest.mark.both_databases
def test_rights_on_a_case_take_three_statements_at_most(engine, case):
    statements: list[str] = []
    sa.event.listen(
        engine.database, "before_cursor_execute", lambda *args: statements.append(args[2])
    )
    with engine.read(holder()) as uow:
        policies.case_subject(uow, case["child"])
    assert len([one for one in statements if one != "BEGIN"]) <= 3
