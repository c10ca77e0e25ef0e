from fractions import Fraction

import pytest

from workflows.counting.exact import exact, rounded, shown
from workflows.counting.ranks import rank
from workflows.counting.stages import (
    Share,
    by_class,
    carried,
    grades,
    pooled,
    two_recommendations,
    weighted,
)
from workflows.counting.working import Line, NotCountable


def test_w1_weighted_stages():
    total = weighted(
        {"笔试": "86.40", "面试": "91.25", "测评": "78.6"},
        {"笔试": "0.3", "面试": "0.4", "测评": "0.3"},
    )
    assert total.value == 86
    assert shown(total.value) == "86.00"
    assert total.working == (
        Line("weighted", "78.6×0.3+86.4×0.3+91.25×0.4=86", "测评, 笔试, 面试"),
    )


def test_v_r2_rounding_stages_first_would_make_a_tie_that_is_none():
    weights = {"a": "0.3", "b": "0.7"}
    one, other = {"a": "86.454", "b": "91.206"}, {"a": "86.446", "b": "91.2094"}
    totals = {"one": weighted(one, weights).value, "other": weighted(other, weights).value}
    assert totals == {"one": exact("89.7804"), "other": exact("89.78038")}
    assert rank(totals).ties == ()

    def early(scores):
        two_digits = {key: rounded(exact(score), 2) for key, score in scores.items()}
        return weighted(two_digits, weights).value

    assert early(one) == early(other) == exact("89.782")
    assert rank(totals, digits=2).ties == (("one", "other"),), "declared: the rounded decide"


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        ({"a": "0.3", "b": "0.6"}, "weights_not_one"),
        ({"a": "1.5", "b": "-0.5"}, "weight_negative"),
        ({"a": "0.5", "c": "0.5"}, "keys_differ"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, why):
    with pytest.raises(NotCountable) as refused:
        weighted({"a": 1, "b": 2}, weights)
    assert refused.value.why == why


def test_thirds_add_up_to_exactly_one():
    assert weighted({"a": 3, "b": 6, "c": 9}, dict.fromkeys("abc", "1/3")).value == 6


G1 = {"A": Share(7, 9), "B": Share(12, 20), "C": Share(50, 61)}
G1_WEIGHTS = {"A": "0.4", "B": "0.3", "C": "0.3"}


def test_g1_class_weighted_approval_beside_the_pooled_one():
    result = by_class(G1, G1_WEIGHTS)
    assert result.value == Fraction(20231, 27450)
    assert shown(result.value, 4) == "0.7370"
    assert shown(pooled(G1).value, 4) == "0.7667"


def test_empty_class_spreads_its_weight_or_refuses():
    classes = {**G1, "A": Share(0, 0)}
    spread = by_class(classes, G1_WEIGHTS)
    assert spread.value == (Fraction(12, 20) + Fraction(50, 61)) / 2
    assert spread.working[0] == Line("class_spread", "0.4 → 0", "A")
    with pytest.raises(NotCountable) as refused:
        by_class(classes, G1_WEIGHTS, empty="refuse")
    assert refused.value.why == "class_empty"


def test_nobody_at_all_gives_no_rate():
    with pytest.raises(NotCountable):
        by_class({"A": Share(0, 0)}, {"A": 1})
    with pytest.raises(NotCountable):
        pooled({"A": Share(0, 0)})


def test_more_approvals_than_sheets_are_refused():
    with pytest.raises(NotCountable) as refused:
        Share(31, 30)
    assert refused.value.why == "part_above_whole"


@pytest.mark.parametrize(
    ("members", "x", "y"), [("0.5", "0.700", "0.675"), ("0.6", "0.680", "0.700")]
)
def test_two_recommendations_combine_rates_and_not_raw_counts(members, x, y):
    votes = {"X": {"党员": 18, "群众": 80}, "Y": {"党员": 24, "群众": 55}}
    weights = {"党员": members, "群众": 1 - exact(members)}
    rates = two_recommendations(votes, {"党员": 30, "群众": 100}, weights)
    assert {name: shown(rate.value, 3) for name, rate in rates.items()} == {"X": x, "Y": y}


def test_grades_give_points_and_the_usual_rates():
    result = grades({"优秀": 23, "称职": 12, "基本称职": 4, "不称职": 1})
    assert result.value == exact("87.5")
    assert result.shares["优秀"] == exact("0.575")
    assert result.up_to["称职"] == exact("0.875")
    assert result.up_to["不称职"] == 1


def test_abstentions_in_the_divisor_are_declared():
    counts = {"优秀": 8}
    assert grades(counts, abstained=2).value == 100
    assert grades(counts, abstained=2, abstained_in_divisor=True).value == 80


@pytest.mark.parametrize(("counts", "why"), [({"好": 1}, "keys_differ"), ({}, "too_few_marks")])
def test_grades_without_a_meaning_are_refused(counts, why):
    with pytest.raises(NotCountable) as refused:
        grades(counts)
    assert refused.value.why == why


def test_final_review_carries_half_of_the_score_before():
    assert carried("88.5", "91.5", "1/2").value == 90
