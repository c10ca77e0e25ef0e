import pytest

from workflows.counting.classes import publishable
from workflows.counting.working import Line, NotCountable


def test_small_class_is_hidden_and_so_is_what_would_give_it_away():
    result = publishable({"领导班子": 7, "中层": 20, "代表": 61})
    assert result.value == ("代表",)
    assert result.hidden == ("中层", "领导班子")
    assert Line("class_by_difference", "7 < 10", "中层") in result.working


def test_two_small_classes_that_hide_each_other_need_no_third():
    result = publishable({"a": 6, "b": 7, "c": 30})
    assert (result.value, result.hidden) == (("c",), ("a", "b"))


def test_large_classes_are_all_shown():
    result = publishable({"a": 10, "b": 12, "empty": 0})
    assert (result.value, result.hidden, result.total) == (("a", "b"), (), True)


def test_unanimous_class_is_named_whatever_its_size():
    choices = {"a": {"同意": 50, "不同意": 0}, "b": {"同意": 49, "不同意": 1}}
    assert publishable({"a": 50, "b": 50}, choices).unanimous == ("a",)


def test_even_the_total_of_a_few_people_is_hidden():
    result = publishable({"a": 4}, least=5)
    assert (result.value, result.total) == ((), False)


def test_least_size_cannot_be_set_below_five():
    with pytest.raises(NotCountable) as refused:
        publishable({"a": 4}, least=4)
    assert refused.value.why == "least_too_low"
