from fractions import Fraction

import pytest

from workflows.counting.exact import exact
from workflows.counting.sheets import Criterion, Limit, SheetRule, sheet_total, sheet_valid
from workflows.counting.working import Line, NotCountable

BRAND = tuple(
    Criterion(name, Fraction(most))
    for name, most in (("开创性", 30), ("实效性", 40), ("推广性", 30))
)
FORM = SheetRule(
    limits=(
        Limit("90分以上", low=Fraction(90), most=3),
        Limit("70分以下", high=Fraction(70), least=2),
    ),
    all_equal_void=True,
)


def marks(*values):
    return {f"p{n}": exact(value) for n, value in enumerate(values)}


def test_sheet_adds_up_its_criteria():
    total = sheet_total({"开创性": 25, "实效性": "36.5", "推广性": 27}, BRAND)
    assert total.value == exact("88.5")
    assert total.used["开创性"] == Fraction(5, 6)
    assert total.working == (Line("sheet_total", "25+36.5+27=88.5", "开创性, 实效性, 推广性"),)


def test_criterion_may_be_shown_and_kept_out_of_the_total():
    criteria = (*BRAND, Criterion("信心", Fraction(5), in_total=False))
    sheet = {"开创性": 20, "实效性": 20, "推广性": 20, "信心": 5}
    assert sheet_total(sheet, criteria).value == 60


@pytest.mark.parametrize(
    ("sheet", "why"),
    [
        ({"开创性": 31, "实效性": 40, "推广性": 30}, "mark_out_of_range"),
        ({"开创性": -1, "实效性": 40, "推广性": 30}, "mark_out_of_range"),
        ({"开创性": 30, "实效性": 40}, "keys_differ"),
        ({"开创性": 30, "实效性": 40, "推广性": 30, "其他": 1}, "keys_differ"),
    ],
)
def test_mark_out_of_range_or_missing_is_refused(sheet, why):
    with pytest.raises(NotCountable) as refused:
        sheet_total(sheet, BRAND)
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("sheet", "broken"),
    [
        (marks(95, 90, 80, 60, 50), ()),
        (marks(95, 90, 90, 92, 60, 50), ("sheet_too_many",)),
        (marks(95, 80, 80, 80, 69), ("sheet_too_few",)),
        (marks(70, 70, 70), ("sheet_all_equal", "sheet_too_few")),
    ],
)
def test_sheet_of_marks_is_void_for_each_rule_it_breaks(sheet, broken):
    answer = sheet_valid(sheet, FORM)
    assert answer.value is (not broken)
    assert tuple(line.rule for line in answer.working) == broken


def test_grades_have_limits_too_and_blanks_may_be_forbidden():
    rule = SheetRule((Limit("优秀", frozenset({"优秀"}), most=1),), blank_allowed=False)
    assert sheet_valid({"a": "优秀", "b": "称职"}, rule)
    broken = sheet_valid({"a": "优秀", "b": "优秀", "c": None}, rule)
    assert broken.working == (
        Line("sheet_blank", about="c"),
        Line("sheet_too_many", "2 > 1", "优秀"),
    )


def test_all_equal_void_says_what_was_equal():
    answer = sheet_valid({"a": "称职", "b": "称职"}, SheetRule(all_equal_void=True))
    assert answer.working == (Line("sheet_all_equal", "称职"),)


def test_a_criterion_counts_by_its_weight_and_one_only_shown_does_not():
    criteria = [
        Criterion("a", Fraction(100), weight=Fraction("0.3")),
        Criterion("b", Fraction(100), weight=Fraction(2, 3)),
        Criterion("c", Fraction(10), in_total=False),
    ]
    found = sheet_total({"a": 80, "b": 90, "c": 5}, criteria)
    assert found.value == 84
    assert found.working == (Line("sheet_total", "80×0.3+90×(2/3)=84", "a, b"),)
