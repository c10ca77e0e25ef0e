from datetime import date
from decimal import Decimal

import pytest

from workflows.rules.functions import FUNCTIONS, recorded

D = Decimal


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (("at_least", D(8), D(11), "2/3"), True),
        (("at_least", D(7), D(11), "2/3"), False),
        (("more_than", D(5), D(10), "1/2"), False),
        (("majority", D(5), D(9), D(2), True), True),
        (("majority", D(4), D(9), D(2), False), True),
        (("votes_add_up", D(8), D(1), D(5), D(1), D(1)), True),
        (("vacancies", D(10), D(9), D(1)), True),
        (("enough_objects", D(2), D(1), "2/1"), True),
        (("enough_candidates", D(6), D(5), "1/5"), True),
        (("enough_candidates", D(5), D(5), "1/5"), False),
        (("enough_candidates", D(8), D(7), "1/5"), False),
        (("near_full", D(4), D(5)), True),
        (("near_full", D(3), D(5)), False),
        (("near_full", D(2), D(3)), False),
        (("candidate_minimum", D(3)), D(4)),
        (("candidate_minimum", D(6)), D(8)),
        (("is_idcard", "11010519491231002X"), True),
        (("is_docno", "惠市组[2011]01号"), False),
        (("is_party_date", "民盟"), True),
        (("birth_matches", "11010519491231002X", "194912"), True),
        (("birth_matches", "11010519491231002X", "1950.01"), False),
        (("recommendation_valid_until", "2023-05-10"), date(2024, 5, 10)),
        (("probation_end", date(2024, 2, 29)), date(2025, 2, 28)),
    ],
)
def test_functions_answer_exactly(call, answer):
    name, *arguments = call
    assert FUNCTIONS[name](*arguments) == answer


@pytest.mark.parametrize(
    "call",
    [
        ("at_least", None, D(11), "2/3"),
        ("at_least", D("7.5"), D(11), "2/3"),
        ("at_least", D(-1), D(11), "2/3"),
        ("at_least", D(8), D(11), "two thirds"),
        ("at_least", D(8), D(11), "2/0"),
        ("more_than", True, D(11), "1/2"),
        ("majority", D(5), D(2), D(3), True),
        ("majority", D(5), D(9), D(0), "yes"),
        ("votes_add_up", D(8), D(1)),
        ("vacancies", D(10), None, D(1)),
        ("enough_objects", D(2), D(0), "2/1"),
        ("enough_candidates", D(2), D(0), "1/5"),
        ("near_full", D(5), D(4)),
        ("candidate_minimum", None),
        ("is_idcard", None),
        ("birth_matches", "wrong", "194912"),
        ("recommendation_valid_until", "soon"),
        ("probation_end", D(5)),
    ],
)
def test_senseless_arguments_give_null_and_never_an_answer(call):
    name, *arguments = call
    assert FUNCTIONS[name](*arguments) is None


def test_working_of_the_sums_is_recorded_once():
    working = []
    functions = recorded(working)
    assert functions["at_least"](D(8), D(11), "2/3") is True
    assert functions["at_least"](D(8), D(11), "2/3") is True
    assert functions["more_than"](D(5), D(11), "1/2") is False
    assert functions["at_least"](None, D(11), "2/3") is None
    assert working == ["8×3=24 ≥ 11×2=22", "5×2=10 ≤ 11"]


def test_people_are_counted_once_however_they_are_named():
    count = FUNCTIONS["people"]
    snapshot = {"id": "p1", "name": "张三"}
    assert count([{"candidate": snapshot}, {"person": snapshot}, snapshot]) == 1
    assert count([{"name": "甲"}, {"member": "乙"}, {"name": " 甲 "}], None, [], "丙") == 3
    assert count(None) == 0


def test_same_person_goes_by_id_and_not_by_name():
    same = FUNCTIONS["same_person"]
    assert same({"id": "p1", "name": "张三"}, {"id": "p1", "name": "张三(改名)"})
    assert not same({"id": "p1", "name": "张三"}, {"id": "p2", "name": "张三"})
    assert not same(None, None)


@pytest.mark.parametrize(
    ("value", "signed", "blank"),
    [
        (True, True, False),
        ({"signer": "p1"}, True, False),
        (False, False, False),
        ({}, False, False),
        (None, False, True),
        ("  ", False, True),
        ([], False, True),
        ("无", False, False),
    ],
)
def test_signed_and_blank(value, signed, blank):
    assert FUNCTIONS["signed"](value) is signed
    assert FUNCTIONS["blank"](value) is blank
