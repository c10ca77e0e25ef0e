import pytest
import sqlalchemy as sa

from engine.errors import Invalid, NotAllowed
from engine.model import definition
from engine.packages import Package
from engine.unit_of_work import SYSTEM, Actor
from workflows import program, studio

DESIGNER = Actor("d", "叶舟", frozenset({"user:d", "DESIGNER@u"}))
OFFICE = Actor("o", "陈志远", frozenset({"user:o", "ORG_DEPT@u"}))


@pytest.fixture
def engine(database_url, clock):
    made = program.open_engine(database_url, clock=clock)
    yield made
    made.database.dispose()


def stored(engine):
    with engine.read(SYSTEM) as uow:
        return [(row.key, row.version) for row in uow.conn.execute(sa.select(definition))]


@pytest.fixture(scope="module")
def ten_steps() -> Package:
    return next(one for one in studio.shipped() if one.key == "cadre_ten_step")


def test_shipped_packages_have_no_errors(engine):
    with engine.read(DESIGNER) as uow:
        found = {one.key: studio.check(uow, one) for one in studio.shipped()}
    assert {key: [f.zh for f in all_ if f.severity == "error"] for key, all_ in found.items()} == {
        key: [] for key in found
    }


def test_designer_deploys_and_the_same_package_stays_one_version(engine, ten_steps):
    for _ in range(2):
        with engine.begin(DESIGNER) as uow:
            assert studio.deploy(uow, ten_steps).version == 1
    assert stored(engine) == [("cadre_ten_step", 1)]


@pytest.mark.parametrize("act", [studio.check, studio.deploy])
def test_nobody_else_checks_or_deploys(engine, ten_steps, act):
    with pytest.raises(NotAllowed), engine.begin(OFFICE) as uow:
        act(uow, ten_steps)
    assert stored(engine) == []


def test_unknown_actor_code_and_broken_form_are_found_before_anything_is_stored(engine, ten_steps):
    files = dict(ten_steps.files)
    name = next(one for one in files if one.startswith("forms/"))
    diagram = files["process.bpmn"].replace(b'role="ORG_HEAD"', b'role="ORG_KING"')
    broken = Package(ten_steps.key, {**files, name: b"{}", "process.bpmn": diagram})
    with pytest.raises(Invalid) as refusal, engine.begin(DESIGNER) as uow:
        studio.deploy(uow, broken)
    places = {one.file for one in refusal.value.params["findings"] if one.severity == "error"}
    assert {name, "process.bpmn"} <= places
    assert stored(engine) == []
