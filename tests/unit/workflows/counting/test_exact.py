from decimal import Decimal
from fractions import Fraction

import pytest

from workflows.counting.exact import exact, exactly, plain, root, rounded, shown
from workflows.counting.working import NotCountable


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (3, Fraction(3)),
        ("88.5", Fraction(177, 2)),
        (" -1.25 ", Fraction(-5, 4)),
        ("2/3", Fraction(2, 3)),
        (Decimal("2.675"), Fraction(107, 40)),
        (Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_number_is_read_without_loss(given, expected):
    assert exact(given) == expected


@pytest.mark.parametrize("given", [2.675, True, "1e5", "NaN", "", "1/0", "１", Decimal("Infinity")])
def test_whatever_is_not_exact_is_refused(given):
    with pytest.raises(NotCountable) as refused:
        exact(given)
    assert refused.value.why == "number_not_exact"


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        pytest.param("86.125", 2, "86.13", id="V-R1"),
        pytest.param("2.675", 2, "2.68", id="V-R1 binary"),
        ("-2.675", 2, "-2.68"),
        ("0.4", 0, "0"),
        ("-0.4", 0, "0"),
        ("0.5", 0, "1"),
        ("893/10", 2, "89.30"),
        ("1/3", 4, "0.3333"),
    ],
)
def test_rounding_is_half_up(value, digits, expected):
    assert shown(exact(value), digits) == expected
    assert rounded(exact(value), digits) == Decimal(expected)


def test_v_r1_binary_rounding_would_have_been_wrong():
    assert round(86.125, 2) == 86.12
    assert round(2.675, 2) == 2.67


@pytest.mark.parametrize(
    ("value", "text"),
    [("89.30", "89.3"), ("7/9", "7/9"), ("0", "0"), ("-5/4", "-1.25"), (12, "12")],
)
def test_plain_text_loses_nothing(value, text):
    assert plain(exact(value)) == text
    assert exact(plain(exact(value))) == exact(value)


def test_root_of_a_square_is_exact_and_of_anything_else_good_to_forty_decimals():
    assert root(Fraction(9, 4)) == Fraction(3, 2)
    assert shown(root(Fraction(2)), 30) == "1.414213562373095048801688724210"
    assert 0 < Fraction(2) - root(Fraction(2)) ** 2 < Fraction(1, 10**39)


def test_keys_come_sorted_whatever_their_order():
    assert [*exactly({"b": 1, "a": "2"})] == ["a", "b"]
