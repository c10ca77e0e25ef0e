"""What the check at deployment finds, and what it leaves alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine import feel

TYPES = {
    "n": "number", "s": "string", "b": "boolean", "d": "date", "t": "date and time",
    "u": "duration", "xs": "list", "c": "context", "x": "any",
}  # fmt: skip


def more_than(votes: Decimal, all_: Decimal) -> bool | None:
    return votes * 2 > all_


def deadline(start: date, days: Decimal) -> date:
    return start


FUNCTIONS = {"more_than": more_than, "截止日": deadline, "anything": lambda *values: values}


def found(source: str) -> list[str]:
    return [f"{one.code} {one.position}" for one in feel.check(source, TYPES, FUNCTIONS)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("nope > 1", ["unknown_name 0"]),
        ("n = 1 and nope", ["unknown_name 10"]),
        ("nope(1)", ["unknown_function 0"]),
        ("more_than(1)", ["arguments 0"]),
        ("more_than(1, 2) + 1", ["operator_type 16"]),
        ("截止日(d, 3) > n", ["compare_type 10"]),
        ('n < "x"', ["compare_type 2"]),
        ("n = s", ["compare_type 2"]),
        ('d = "2026-01-01"', ["compare_type 2"]),
        ("d = t", ["compare_type 2"]),
        ("b < true", ["compare_type 2"]),
        ("s + 1", ["operator_type 2"]),
        ("d + 1", ["operator_type 2"]),
        ("n and b", ["condition_type 0"]),
        ("not(s)", ["condition_type 0"]),
        ("if n then 1 else 2", ["condition_type 3"]),
        ("some q in xs satisfies 1", ["condition_type 23"]),
        ("some q in n satisfies q", ["list_type 10"]),
        ('xs["a"]', ["condition_type 3"]),
        ("n.x", ["no_entry 1"]),
        ("d.hour", ["no_entry 1"]),
        ("substring(n, 1)", ["argument_type 0"]),
        ('substring(s, "1")', ["argument_type 0"]),
        ("upper case(string: n)", ["argument_type 0"]),
        ("s in (1, 2)", ["compare_type 6", "compare_type 9"]),
        ("n between 1 and s", ["compare_type 16"]),
        ("[1..s]", ["compare_type 0"]),
        ("{k: 1, j: k + s}", ["operator_type 12"]),
        ("sort(xs, function(p, q) p < r)", ["unknown_name 28"]),
        ("count(xs) + s", ["operator_type 10"]),
    ],
)
def test_check_finds(source: str, expected: list[str]):
    assert found(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "n = null",
        "null != s",
        'n > 1 and s = "a" or b',
        "xs[age > 1 and name = s].name",
        "xs[1] + n",
        "c.a.b + 1 > n",
        "x + 1 > n and x = s",
        "sum(xs) / count(xs) >= n",
        "sum(1, 2, n)",
        "max(d, d) > d",
        'd + duration("P1D") > d',
        "d + u > d",
        't - t > duration("PT1H")',
        "d.year = n",
        "for q in 1..n return q + partial[1]",
        "some q in xs satisfies q.a",
        'if b then 1 else "a"',
        "(if b then 1 else 2) + n",
        "more_than(n, 3) and anything(1, 2, 3)",
        "is defined(x) and n in [1..5] and n in (> 3)",
        "string(n) + s",
        "s in xs",
        "date(s) > d",
        "not(b) and not(x)",
        "x instance of number",
    ],
)
def test_check_says_nothing_where_it_may_work(source: str):
    assert found(source) == []


def test_a_problem_tells_the_place_in_both_languages():
    (problem,) = feel.check("= n + s", TYPES)

    assert problem.zh == "第 5 个字符：数与文字不能作“+”运算"
    assert problem.en == "character 5: “+” does not go with a number and a string"


def test_function_names_alone_are_enough():
    assert feel.check("f(1) and n = 1", TYPES, ["f"]) == []


def test_unreadable_text_raises():
    with pytest.raises(feel.FeelError):
        feel.check("1 +", TYPES)
