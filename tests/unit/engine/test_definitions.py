"""Deploying: immutable versions, nothing half-stored, tampering noticed."""

import pytest
import sqlalchemy as sa

from engine import definitions
from engine.errors import Invalid, NotFound, Tampered
from engine.model import definition as table
from engine.packages import Package
from engine.unit_of_work import Actor, Engine, Hooks, UnitOfWork
from tests.linting import DELEGATES, DEMO, ROLES, put, spoil, without

pytestmark = pytest.mark.both_databases

DESIGNER = Actor("dora", "朵拉")


@pytest.fixture
def ready(engine: Engine) -> Engine:
    engine.hooks = Hooks(delegates=DELEGATES)
    return engine


def deploy(engine: Engine, package: Package, note: str = "") -> definitions.Definition:
    with engine.begin(DESIGNER) as uow:
        return definitions.deploy(uow, package, note, roles=ROLES)


def rows(uow: UnitOfWork) -> int:
    return uow.conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_versions_count_up_and_old_ones_stay(ready: Engine):
    first = deploy(ready, DEMO, " 第一版 ")
    second = deploy(ready, spoil("process.bpmn", ("起草建议", "起草")))

    with ready.read(DESIGNER) as uow:
        assert [d.version for d in definitions.versions(uow, "demo")] == [2, 1]
        assert definitions.latest(uow, "demo") == second
        assert definitions.version(uow, "demo", 1) == first
        assert definitions.package(uow, first) == DEMO
        assert definitions.keys(uow) == ["demo"]
        assert definitions.all_latest(uow) == [second]
    assert (first.note, first.title_en, first.deployed_by) == ("第一版", "Demo process", "dora")
    assert first.deployed_at == ready.clock()


def test_same_content_is_the_same_version(ready: Engine):
    assert deploy(ready, DEMO) == deploy(ready, DEMO, "again")
    with ready.read(DESIGNER) as uow:
        assert rows(uow) == 1


def test_faulty_package_tells_all_findings_and_stores_nothing(ready: Engine):
    faulty = spoil("process.bpmn", ('no="1"', 'no="8"'), (' default="f5"', ""))

    with pytest.raises(Invalid) as error:
        deploy(ready, faulty)

    assert error.value.code == "package_faulty"
    assert {"step_undeclared", "no_default"} <= {f.code for f in error.value.params["findings"]}
    with ready.read(DESIGNER) as uow:
        assert rows(uow) == 0
        assert definitions.check(uow, faulty, roles=ROLES) == error.value.params["findings"]


def test_warnings_are_kept_with_the_version(ready: Engine):
    stored = deploy(ready, without("scenarios/adopted.toml"))

    with ready.read(DESIGNER) as uow:
        kept = definitions.latest(uow, "demo").lint
    assert [finding["code"] for finding in kept] == ["no_scenario"]
    assert kept == stored.lint


def test_unknown_version_is_not_found(ready: Engine):
    with ready.read(DESIGNER) as uow:
        for ask in (definitions.definition, definitions.latest):
            with pytest.raises(NotFound):
                ask(uow, "nothing")
        with pytest.raises(NotFound):
            definitions.version(uow, "demo", 3)


def test_package_is_unpacked_once(ready: Engine):
    stored = deploy(ready, DEMO)
    with ready.read(DESIGNER) as uow:
        assert definitions.package(uow, stored) is definitions.package(uow, stored)


@pytest.mark.parametrize("body", [b"", b"nonsense", put("item.bpmn", "<a/>").pack()])
def test_changed_body_is_noticed(ready: Engine, body: bytes):
    stored = deploy(ready, DEMO)
    with ready.begin(DESIGNER) as uow:
        uow.conn.execute(table.update().values(body=body))

    with ready.read(DESIGNER) as uow, pytest.raises(Tampered):
        definitions.package(uow, stored)


def test_two_versions_are_compared_file_by_file():
    new = Package("demo", {**without("documents/letter.html").files, "item.bpmn": b"x",
                           "scenarios/more.toml": b"y"})  # fmt: skip

    difference = definitions.compare(DEMO, new)

    assert difference.added == ("scenarios/more.toml",)
    assert difference.removed == ("documents/letter.html",)
    assert difference.changed == ("item.bpmn",)


def test_what_the_token_engine_cannot_take_is_a_finding():
    """The linter refuses a complex gateway itself; this is the second line behind it."""
    odd = spoil("process.bpmn", ("exclusiveGateway", "complexGateway"))

    assert definitions.executable(DEMO) == []
    assert [finding.code for finding in definitions.executable(odd)] == ["not_executable"]
