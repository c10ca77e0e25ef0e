"""Every scenario of every package we ship, played through the commands the pages use."""

from collections.abc import Iterator

import pytest

from engine import audit
from engine.unit_of_work import SYSTEM
from workflows import scenarios, simulation, studio

PACKAGES = {package.key: package for package in studio.shipped()}
EVERY = [(key, name) for key, package in PACKAGES.items() for name in scenarios.names(package)]


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest) -> Iterator[simulation.Stage]:
    with simulation.stage(PACKAGES[request.param]) as made:
        yield made
        with made.engine.read(SYSTEM) as uow:
            assert audit.verify_all(uow) > 0


@pytest.mark.parametrize(("stage", "name"), EVERY, indirect=["stage"], scope="module")
def test_a_scenario_goes_as_it_says(stage: simulation.Stage, name: str) -> None:
    run = scenarios.play(stage.engine, stage.clock, stage.package, name)
    assert run.steps > 0
    assert run.largest < simulation.MOST_STATE


def test_the_ten_step_package_has_the_scenarios_it_must_have() -> None:
    assert {
        "adopted",
        "not_adopted_by_quorum",
        "adopted_six_of_eleven",
        "return_and_second_attempt",
        "recommendation_expired",
        "discipline_reply_negative",
        "complaint_during_posting",
        "probation_to_archive_year_later",
    } <= set(scenarios.names(PACKAGES["cadre_ten_step"]))


def test_the_brand_package_has_the_scenarios_it_must_have() -> None:
    assert {
        "ten_brands",
        "expert_recused_and_replaced",
        "objection_upheld_and_replaced",
        "fewer_than_ten_awarded",
        "tie_at_the_cut",
        "corrected_once_then_out",
        "late_entry_and_veto",
        "revoked_a_year_later",
    } <= set(scenarios.names(PACKAGES["brand_five_stage"]))


def test_the_election_package_has_the_scenarios_it_must_have() -> None:
    assert {
        "m1_whole",
        "m2_whole",
        "m2_without_consent",
        "quorum_missed_new_meeting",
        "void_then_again",
        "tie_and_revote",
        "one_short_elected_anew",
        "one_short_seats_reduced",
        "write_in_elected",
        "objection_upheld",
        "higher_org_adjusts",
    } <= set(scenarios.names(PACKAGES["gongtui_zhixuan"]))


@pytest.mark.parametrize("stage", PACKAGES, indirect=True, scope="module")
def test_a_simulation_repeats_itself(stage: simulation.Stage) -> None:
    first = [type(run).__name__ for run in simulation.simulate(stage, 2, seed=7)]
    assert first == ["Run", "Run"]


@pytest.mark.both_databases
def test_a_whole_case_on_this_database(database_url: str) -> None:
    package = PACKAGES["cadre_ten_step"]
    url = database_url if "postgresql" in database_url else None
    if url is not None:
        _empty(url)
    with simulation.stage(package, url) as on:
        run = scenarios.play(on.engine, on.clock, package, "adopted")
        assert (run.status, run.outcome) == ("completed", "任职归档")


def _empty(url: str) -> None:
    from engine.model import metadata  # noqa: PLC0415
    from engine.unit_of_work import Engine  # noqa: PLC0415

    made = Engine(url)
    metadata.drop_all(made.database)
    made.database.dispose()
