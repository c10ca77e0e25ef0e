from fractions import Fraction

import pytest

from workflows.counting.certificates import VERSION, as_json, certify, digest
from workflows.counting.means import STANDARD, panel_score
from workflows.counting.presets import preset
from workflows.counting.ranks import rank
from workflows.counting.rules import Base


def test_certificate_names_method_version_parameters_and_input():
    marks = {"e1": "88.5", "e2": None}
    found = certify("panel_score", STANDARD, marks)
    assert (found.method, found.version) == ("panel_score", VERSION)
    assert found.parameters["trim_from"] == 7
    assert found.input_hash == digest({"e2": None, "e1": "88.5"})
    assert found.input_hash != digest({"e1": "88.6", "e2": None})


def test_results_become_json_without_loss():
    score = as_json(panel_score({"e1": 80, "e2": 85, "e3": 85}))
    assert score["value"] == "250/3"
    assert score["working"][-1] == {"rule": "mean", "sum": "(80+85+85)/3=250/3", "about": ""}
    assert as_json(rank({"a": 1}).places) == [{"item": "a", "rank": "1", "keys": ["1"]}]
    assert as_json({("a", "b"): frozenset({2, 1})}) == {'["a", "b"]': [1, 2]}
    assert as_json(preset("appointment"))["quorum"]["base"] == "members"
    assert type(as_json(Base.DUE)) is str


@pytest.mark.parametrize("value", [0.5, b"bytes", object()])
def test_what_is_not_data_has_no_hash(value):
    with pytest.raises(TypeError):
        digest({"x": value})


def test_hash_does_not_depend_on_how_a_number_was_written():
    assert digest(Fraction(1, 2)) == digest(Fraction(2, 4))
