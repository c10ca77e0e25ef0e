"""The calls the rest of the system makes: names, functions, values in and out, the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from engine import feel
from engine.errors import Blocked


class Outcome(StrEnum):
    AGREED = "同意"


def test_names_are_the_variables_read_from_outside():
    assert feel.names("a and xs[b > c and item.z] and `d e` = 1") == {"a", "xs", "b", "c", "d e"}
    assert feel.names("for i in q return i + r") == {"q", "r"}
    assert feel.names("for i in 1..3, j in i..k return i * j") == {"k"}
    assert feel.names("{k: a, j: k + b}") == {"a", "b"}
    assert feel.names("sort(xs, function(u, v) u < v + w)") == {"xs", "w"}
    assert feel.names("case.unit.name") == {"case"}
    assert feel.names("? > 1") == frozenset()


def test_names_a_filter_may_find_in_its_items_are_not_certain():
    assert feel.names("xs[b > c] and d", certain=True) == {"xs", "d"}


def test_functions_used_are_those_that_are_no_builtins():
    assert feel.functions_used("sum(xs) > f(1) and is defined(g(2))") == {"f", "g"}


def test_the_same_source_is_read_once():
    assert feel.parse("a + 1") is feel.parse("a + 1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal(5), 5),
        (Decimal("5.0"), 5),
        (Decimal("5.50"), "5.5"),
        (Decimal(2**53), str(2**53)),
        (Decimal("1E+30"), "1" + "0" * 30),
        (date(2026, 5, 1), "2026-05-01"),
        (datetime(2026, 5, 1, 10, tzinfo=UTC), "2026-05-01T10:00:00+00:00"),
        (time(10, 30), "10:30:00"),
        (timedelta(days=1), "P1D"),
        (feel.YearMonth(14), "P1Y2M"),
        ([Decimal(1), {"a": None}], [1, {"a": None}]),
        (True, True),
        ("文", "文"),
    ],
)
def test_values_as_json(value: Any, expected: Any):
    found = feel.to_json(value)

    assert found == expected
    assert type(found) is type(expected)


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(feel.FeelError):
        feel.to_json(feel.evaluate("[1..5]", {}))
    with pytest.raises(feel.FeelError):
        feel.to_json({"f": feel.evaluate("function(x) x", {})})


@pytest.mark.parametrize(
    ("value", "type_name", "expected"),
    [
        ("85.50", "number", Decimal("85.5")),
        (3, "number", Decimal(3)),
        ("很多", "number", "很多"),
        ("9" * 1500, "number", "9" * 1500),
        ("2026-05-01", "date", date(2026, 5, 1)),
        ("2026-05-01T10:00", "date and time", datetime(2026, 5, 1, 10)),  # noqa: DTZ001
        ("P1D", "duration", timedelta(days=1)),
        ("2026-05-01", "string", "2026-05-01"),
        (None, "date", None),
    ],
)
def test_json_as_declared_values(value: Any, type_name: str, expected: Any):
    assert feel.from_json(value, type_name) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, Decimal("0.1")),
        (float("nan"), None),
        (float("inf"), None),
        (10**1200, None),
        ((1, 2), [Decimal(1), Decimal(2)]),
        (frozenset([1]), [Decimal(1)]),
        ({1: 2}, {"1": Decimal(2)}),
        (Outcome.AGREED, "同意"),
    ],
)
def test_values_from_outside_become_values_of_the_language(value: Any, expected: Any):
    found = feel.evaluate("x", {"x": value})

    assert found == expected
    assert type(found) is type(expected)


def test_other_python_objects_are_refused():
    with pytest.raises(feel.FeelError) as refusal:
        feel.evaluate("x", {"x": object()})

    assert refusal.value.code == "foreign_value"


def test_python_attributes_are_out_of_reach():
    assert feel.evaluate("x.__class__", {"x": "a"}) is None
    assert feel.evaluate("x.real", {"x": 1}) is None
    assert feel.evaluate("f.__globals__", {}, functions={"f": len}) is None


def test_today_needs_a_clock_and_counts_days_in_china():
    with pytest.raises(feel.FeelError) as refusal:
        feel.evaluate("today()", {})

    late = datetime(2026, 1, 1, 16, 30, tzinfo=UTC)
    assert refusal.value.code == "no_clock"
    assert feel.evaluate("today()", {}, now=late) == date(2026, 1, 2)


def test_what_a_function_of_the_caller_raises_goes_through():
    def missing(year: Decimal) -> Decimal:
        raise Blocked("calendar_missing", year=int(year))

    with pytest.raises(Blocked):
        feel.evaluate("workdays(2031)", {}, functions={"workdays": missing})


def test_a_function_of_the_caller_cannot_replace_a_builtin():
    assert feel.evaluate("count([1])", {}, functions={"count": lambda xs: 9}) == Decimal(1)


def test_variables_are_not_changed():
    variables = {"xs": [1, 2], "c": {"a": [1]}}

    feel.evaluate("append(xs, 3)", variables)
    feel.evaluate('context put(c, "b", 1)', variables)

    assert variables == {"xs": [1, 2], "c": {"a": [1]}}


def test_declared_names_may_hold_spaces_and_signs():
    known = frozenset(("Monthly Salary", "Approved/Declined", "任现职 时间"))

    for name in known:
        assert feel.evaluate(feel.parse(f"{name} = 1", known), {name: 1}) is True
    assert feel.evaluate(feel.parse("12 * Monthly   Salary", known), {"Monthly Salary": 2}) == 24


def test_an_evaluation_shares_names_and_bound():
    shared = feel.Evaluation({"a": 1})
    shared.define("b", Decimal(2))

    assert shared.value(feel.parse("a + b + c"), {"c": Decimal(3)}) == 6
    assert shared.value(feel.parse("c")) is None
    assert shared.test(feel.parse_cell("> a"), Decimal(2)) is True


def test_recursion_of_functions_is_bounded():
    source = "{y: function(f, n) if n = 0 then 0 else f(f, n - 1), r: y(y, 1000)}"

    with pytest.raises(feel.FeelError) as refusal:
        feel.evaluate(source, {})

    assert refusal.value.code == "too_deep"


def test_positions_count_from_the_source_as_it_was_written():
    with pytest.raises(feel.FeelError) as refusal:
        feel.parse("  = a ; b")

    assert refusal.value.position == 6
    assert refusal.value.zh.startswith("第 7 个字符")
