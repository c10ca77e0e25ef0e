from fractions import Fraction

import pytest

from workflows.counting.exact import exact, shown
from workflows.counting.normalise import normalise
from workflows.counting.raters import rater_effects, severity
from workflows.counting.working import NotCountable

MARKS = {
    reviewer: dict(zip(("P1", "P2", "P3", "P4"), marks, strict=True))
    for reviewer, marks in {
        "R1": (90, 80, 85, 75),
        "R2": (70, 72, 60, 58),
        "R3": (88, 90, 86, 92),
    }.items()
}


def written(values, digits):
    return [shown(value, digits) for value in values.values()]


def test_raw_means_stand_beside():
    raw = normalise(MARKS, least=2).raw
    assert written(raw, 4) == ["82.6667", "80.6667", "77.0000", "75.0000"]


def test_z_with_population_deviation_t_score_and_mapped():
    result = normalise(MARKS, least=2)
    assert written(result.z, 6) == ["0.572141", "0.383598", "-0.572141", "-0.383598"]
    assert written(result.t, 2) == ["55.72", "53.84", "44.28", "46.16"]
    assert written(result.mapped, 4) == ["85.2846", "83.1586", "72.3821", "74.5080"]
    assert result.working[0].sum == "μ=473/6, σ=11.275588"


def test_z_with_sample_deviation():
    result = normalise(MARKS, least=2, sample=True)
    assert written(result.z, 6) == ["0.495488", "0.332205", "-0.495488", "-0.332205"]


def test_centring_equals_raw_means_in_a_full_design_although_z_swaps_two():
    centred = normalise(MARKS, "centred", least=2)
    assert centred.mapped == centred.raw
    z = normalise(MARKS, least=2).z
    assert z["P3"] < z["P4"]
    assert centred.mapped["P3"] > centred.mapped["P4"]


def test_robust_is_wholly_rational():
    marks = {"R": {"a": 80, "b": 82, "c": 84, "d": 86, "e": 200}}
    result = normalise(marks, "robust")
    assert shown(result.z["e"], 20) == shown(Fraction(116) / (exact("1.4826") * 2), 20)
    assert result.z["c"] == 0


def test_reviewer_without_spread_gives_zero():
    result = normalise({"R1": {"a": 80, "b": 80}, "R2": {"a": 70, "b": 90}}, least=2)
    assert result.z == {"a": Fraction(-1, 2), "b": Fraction(1, 2)}


def test_reviewer_with_few_marks_is_flagged_and_his_marks_stay_as_they_are():
    marks = {"R1": dict.fromkeys("abcde", 80) | {"f": 86}, "R2": {"g": 90}}
    result = normalise(marks)
    assert result.flagged == ("R2",)
    assert shown(result.mapped["g"], 20) == shown(exact(90), 20)


def test_nothing_cannot_be_normalised():
    with pytest.raises(NotCountable):
        normalise({"R1": {}})


L1 = {"R1": {"P1": 90, "P2": 80}, "R2": {"P2": 70, "P3": 75}, "R3": {"P3": 88, "P1": 92}}


def test_l1_additive_rater_effects_of_an_incomplete_design():
    result = rater_effects(L1)
    assert written(result.quality, 6) == ["87.166667", "77.500000", "82.833333"]
    assert written(result.bias, 6) == ["2.666667", "-7.666667", "5.000000"]
    assert sum(result.bias.values()) == 0
    assert {abs(each) for each in result.residuals.values()} == {Fraction(1, 6)}
    assert written(normalise(L1).raw, 1) == ["91.0", "75.0", "81.5"]


def test_design_in_two_parts_is_refused():
    with pytest.raises(NotCountable) as refused:
        rater_effects({"R1": {"a": 1}, "R2": {"a": 2, "b": 3}, "R3": {"c": 4}})
    assert refused.value.why == "design_not_connected"
    assert refused.value.facts == {"reviewers": "R3"}


def test_no_marks_have_no_effects():
    with pytest.raises(NotCountable):
        rater_effects({})


def test_severity_is_the_distance_from_the_panels_means_of_the_same_entries():
    assert severity(L1) == {"R1": 2, "R2": Fraction(-23, 4), "R3": Fraction(15, 4)}
    assert severity({"R1": {"a": 1}, "R2": {"b": 2}}) == {}
