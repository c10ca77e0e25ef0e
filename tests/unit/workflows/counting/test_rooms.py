import pytest

from workflows.counting.exact import exact, shown
from workflows.counting.rooms import adjusted, coefficients_of_means, room_coefficients
from workflows.counting.working import NotCountable


@pytest.mark.parametrize(
    ("first", "second", "everything", "expected"),
    [
        (("1620.66", 22), ("1452.89", 20), ("3365.34", 46), ("0.9931", "1.0071")),
        (("2015.67", 26), ("1931.77", 26), ("4251.83", 56), ("0.9794", "1.0219")),
    ],
)
def test_published_coefficients_come_out_again(first, second, everything, expected):
    one, other, whole = (exact(total) / count for total, count in (first, second, everything))
    result = coefficients_of_means({"一": one, "二": other}, whole)
    assert (shown(result.value["一"], 4), shown(result.value["二"], 4)) == expected


def test_published_means_are_those_of_the_notice():
    assert shown(exact("1620.66") / 22, 4) == "73.6664"
    assert shown(exact("1452.89") / 20, 4) == "72.6445"
    assert shown(exact("3365.34") / 46, 4) == "73.1596"


def test_mean_of_the_rooms_means_as_the_whole():
    result = coefficients_of_means({"甲": "80.40", "乙": "76.20"})
    assert shown(result.whole) == "78.30"
    assert (shown(result.value["甲"], 4), shown(result.value["乙"], 4)) == ("0.9739", "1.0276")
    assert shown(adjusted("82.5", result.value["甲"]).value) == "80.35"
    assert shown(adjusted("79.0", result.value["乙"]).value) == "81.18"


def test_coefficient_may_be_rounded_before_use_when_the_notice_says_so():
    result = coefficients_of_means({"甲": "80.40", "乙": "76.20"}, digits=4)
    assert result.value == {"乙": exact("1.0276"), "甲": exact("0.9739")}
    assert result.working[1].sum == "(78.3)/(76.2)≈1.0276"


def test_scores_are_trimmed_in_each_room_and_over_all():
    rooms = {"甲": (60, 80, 82, 100), "乙": (10, 70, 72, 99)}
    result = room_coefficients(rooms, drop=1)
    assert result.means == {"乙": 71, "甲": 81}
    assert result.whole == exact("463/6")
    assert result.value["甲"] == result.whole / 81


def test_two_rooms_alike_leave_every_score_as_it_is():
    result = room_coefficients({"甲": (80, 90), "乙": (90, 80)}, whole="mean of rooms")
    assert set(result.value.values()) == {1}


@pytest.mark.parametrize(
    ("rooms", "why"),
    [
        ({}, "too_few_marks"),
        ({"甲": (1, 2)}, "too_few_marks"),
        ({"甲": (0, 0, 0)}, "room_mean_zero"),
    ],
)
def test_room_without_a_mean_is_refused(rooms, why):
    with pytest.raises(NotCountable) as refused:
        room_coefficients(rooms, drop=1)
    assert refused.value.why == why
