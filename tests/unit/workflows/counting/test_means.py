from fractions import Fraction

import pytest

from workflows.counting.exact import root, shown
from workflows.counting.means import (
    PanelRule,
    disagreement,
    mean,
    median,
    panel_score,
    quartiles,
    trimmed,
    variance,
)
from workflows.counting.working import Line, NotCountable


def panel(*marks):
    return {f"e{n}": mark for n, mark in enumerate(marks, start=1)}


T1 = ("88.5", 92, 85, 90, 79, 95, 91)


def test_t1_trimmed_mean_beside_mean_and_median():
    assert trimmed(T1).value == Fraction(893, 10)
    assert shown(trimmed(T1).value) == "89.30"
    assert shown(mean(T1).value) == "88.64"
    assert median(T1).value == 90


@pytest.mark.parametrize(
    ("marks", "drop", "expected"),
    [
        pytest.param((88, 90, 90, 91, 92, 93, 94, 95, 70), 2, "91.200", id="T2"),
        pytest.param((90, 90, 80, 80, 85), 1, "85.000", id="T3 ties at the extremes"),
    ],
)
def test_one_of_several_equal_extremes_is_dropped(marks, drop, expected):
    assert shown(trimmed(marks, drop).value, 3) == expected


@pytest.mark.parametrize(
    ("marks", "expected"), [((90, 85, 80, 95, 60), "82.00"), ((90, 85, 80, 95, 60, 88), "85.75")]
)
def test_t4_trim_only_with_more_than_five_raters(marks, expected):
    assert shown(panel_score(panel(*marks), PanelRule(trim_from=6)).value) == expected


def test_t5_two_marks_without_extremes_are_an_error_not_zero():
    with pytest.raises(NotCountable) as refused:
        trimmed((80, 90), 1)
    assert (refused.value.why, refused.value.facts) == ("too_few_marks", {"there": 2, "needed": 3})


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        pytest.param((60, 80, 81, 82, 83, 84, 100), 82, id="T27"),
        pytest.param((80, 80, 90, 90, 90), 86, id="T28"),
        pytest.param((90, 90, 90, 90, 90, 90, 100), 90, id="T29"),
    ],
)
def test_panel_of_seven_is_trimmed_and_of_five_is_not(marks, expected):
    assert panel_score(panel(*marks)).value == expected


def test_working_names_who_was_left_out_and_redoes_the_sum():
    score = panel_score(panel(60, 80, 81, 82, 83, 84, 100))
    assert score.dropped == ("e1", "e7")
    assert score.working[:3] == (
        Line("dropped_low", "60", "e1"),
        Line("dropped_high", "100", "e7"),
        Line("trimmed_mean", "(80+81+82+83+84)/5=82"),
    )


def test_recused_expert_is_absent_and_not_zero():
    score = panel_score({**panel(80, 90, 80, 90), "e5": None})
    assert score.value == 85
    assert score.short == 1
    assert score.warnings == ("few_marks",)
    assert Line("recused", about="e5") in score.working


def test_panel_in_which_everybody_is_recused_has_no_score():
    with pytest.raises(NotCountable, match="counting_refused"):
        panel_score({"e1": None})


def test_mark_far_from_the_median_owes_a_reason():
    score = panel_score(panel(80, 81, 82, 83, 102, 103, "104.5"))
    assert score.outliers == ("e7",)
    assert Line("outlier", "|104.5-83|=21.5 > 20", "e7") in score.working


@pytest.mark.parametrize(
    ("marks", "deviation", "flagged"),
    [((90, 91, 92), "0.8165", False), ((95, 60, 90), "15.4560", True)],
)
def test_disagreement_is_the_population_deviation_compared_exactly(marks, deviation, flagged):
    assert shown(root(variance(marks).value), 4) == deviation
    assert disagreement(marks, 10).value is flagged
    assert panel_score(panel(*marks), PanelRule(disagreement=Fraction(10))).disagrees is flagged


def test_deviation_of_exactly_the_limit_is_no_disagreement():
    assert variance((88, 92)).value == 4
    assert disagreement((88, 92), 2).value is False
    assert disagreement((88, 92), "1.999999").value is True


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ((70,), (70, 70, 70)),
        ((80, 90), ("82.5", 85, "87.5")),
        ((90, 80, 70, 60), ("67.5", 75, "82.5")),
        ((1, 2, 3, 4, 5), (2, 3, 4)),
    ],
)
def test_quartiles_between_two_marks_lie_in_proportion(marks, expected):
    assert quartiles(marks) == tuple(Fraction(each) for each in expected)
