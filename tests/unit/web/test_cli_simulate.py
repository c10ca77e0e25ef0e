"""``linxuan simulate``: one scenario, at a size, with what it reports."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli import main


def simulate(folder: Path, *args: str):
    return CliRunner().invoke(main, ["--data", str(folder), "simulate", *args])


def test_one_scenario_is_played_and_the_size_of_its_state_reported(tmp_path):
    found = simulate(tmp_path, "brand_five_stage", "--scenario", "not_held")
    assert found.exit_code == 0, found.output
    assert "not_held" in found.output
    assert "Largest state of a case:" in found.output


@pytest.mark.parametrize(
    "args",
    [
        ("unknown_process",),
        ("brand_five_stage", "--scale", "entries=500"),
        ("brand_five_stage", "--scenario", "not_held", "--scale", "entries=many"),
    ],
)
def test_what_cannot_be_played_is_refused_before_anything_is_set_up(tmp_path, args):
    found = simulate(tmp_path, *args)
    assert found.exit_code == 1
    assert "Error" in found.output
    assert "Playing" not in found.output


def test_a_scenario_there_is_none_of_is_named_with_those_there_are(tmp_path):
    found = simulate(tmp_path, "brand_five_stage", "--scenario", "nobody_came")
    assert found.exit_code == 1
    assert "ten_brands" in found.output
