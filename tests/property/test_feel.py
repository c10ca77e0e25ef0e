"""What must hold for every expression: exact sums, bounded work, no error but FeelError."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel import limits
from engine.feel.pattern_search import search
from engine.feel.patterns import BadPattern, program

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CENTS = st.integers(-(10**12), 10**12).map(lambda whole: Decimal(whole).scaleb(-2))
WORDS = st.sampled_from(
    ["if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or",
     "not", "between", "instance", "of", "function", "null", "true", "(", ")", "[", "]", "{", "}",
     ",", ":", ".", "..", "+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "?", "@",
     '"a"', "1", "2.5", "甲", "x", "item", "sum", "count", "sort", "date", "matches", "`b c`",
     "date and time", "partial", "duration", "string length", "\\", '"', "`", "//", "/*", "＝"],
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def outcome(source: str, context: dict[str, Any]) -> Any:
    """Evaluate; a FeelError is a result like any other, everything else is a fault."""
    try:
        return feel.evaluate(source, context, now=NOW)
    except feel.FeelError as error:
        found = error
    assert found.zh
    assert found.en
    assert 0 <= found.position <= len(source)
    return found


@given(st.lists(CENTS, min_size=1, max_size=40))
def test_sums_are_exact_in_any_order(amounts: list[Decimal]):
    forward = feel.evaluate("sum(xs)", {"xs": amounts})
    backward = feel.evaluate("sum(reverse(xs))", {"xs": amounts})

    assert forward == backward
    assert Fraction(forward) == sum(Fraction(amount) for amount in amounts)


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 9), st.integers(1, 9))
def test_thresholds_agree_with_whole_number_arithmetic(votes: int, all_: int, up: int, down: int):
    context = {"票数": votes, "应到": all_, "分子": up, "分母": down}

    assert feel.evaluate("票数 * 分母 >= 应到 * 分子", context) is (votes * down >= all_ * up)


@given(st.text(max_size=60), JSON)
def test_random_text_is_read_or_refused(source: str, value: Any):
    outcome(source, {"x": value, "甲": value})


@settings(max_examples=400)
@given(st.lists(WORDS, max_size=25), JSON)
def test_random_words_are_read_or_refused(words: list[str], value: Any):
    outcome(" ".join(words), {"x": value, "甲": value})


@given(st.lists(WORDS, max_size=12), JSON)
def test_random_cells_are_read_or_refused(words: list[str], value: Any):
    try:
        found = feel.unary(" ".join(words), value, {"x": 1})
    except feel.FeelError:
        return
    assert found in (True, False, None)


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(["(", "[", "{a:", "-", "not(", "if ", "x[", "1+(", "function(x)"]),
       st.integers(50, 3000))  # fmt: skip
def test_depth_is_bounded(opener: str, times: int):
    found = outcome(opener * times + "1", {"x": [1]})

    assert times <= limits.DEPTH or isinstance(found, feel.FeelError)


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(["+ 1", "and true", ".a", "[1]", "in (1)", "= 1", "** 1"]),
       st.integers(50, 900))  # fmt: skip
def test_long_chains_are_bounded(link: str, times: int):
    outcome("x " + link * times, {"x": 1})


@given(st.integers(limits.SOURCE + 1, limits.SOURCE + 50))
def test_long_sources_are_refused(length: int):
    found = outcome("1" * length, {})

    assert isinstance(found, feel.FeelError)
    assert found.code == "too_long"


@settings(deadline=None, max_examples=8)
@given(st.integers(1, 5), st.integers(1, 200))
def test_nested_loops_are_bounded(loops: int, size: int):
    source = "count(" + "".join(f"for a{at} in xs return " for at in range(loops)) + "1)"

    found = outcome(source, {"xs": list(range(size))})

    if size**loops > limits.STEPS:
        assert isinstance(found, feel.FeelError)
        assert found.code == "steps"


@given(JSON)
def test_values_survive_the_way_to_json(value: Any):
    found = feel.evaluate("x", {"x": value})

    again = feel.evaluate("x", {"x": feel.to_json(found)})
    assert again == found or isinstance(found, (Decimal, list, dict))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_numbers_as_text_are_the_same_numbers(number: Decimal):
    found = feel.normalise(number)

    same = feel.evaluate("number(string(x)) = x", {"x": number})
    assert same is (None if found is None else True)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-1000, 1000))
def test_days_between_undo_days_added(start: date, days: int):
    found = feel.evaluate("(d + duration(p)) - d", {"d": start, "p": _days(days)})

    assert found == timedelta(days=days)


def _days(days: int) -> str:
    return f"{'-' if days < 0 else ''}P{abs(days)}D"


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_months_between_never_go_past_the_end(start: date, end: date):
    landed = feel.evaluate("a + years and months duration(a, b)", {"a": start, "b": end})

    assert min(start, end) <= landed <= max(start, end)


PIECES = st.sampled_from(
    ["a", "b", "(", "(?:", ")", "|", "*", "+", "?", "{1,2}", ".", "^", "$", "[ab]", "[^a]", "*?"],
)


@settings(max_examples=80)
@given(st.lists(PIECES, max_size=9).map("".join), st.text("abc", max_size=7))
def test_patterns_find_what_python_finds(pattern: str, text: str):
    try:
        ready = program(pattern)
        known = re.compile(pattern)
    except (BadPattern, re.error):
        return
    wanted = known.search(text)

    found = search(ready, text, lambda steps: None)

    assert (found and found[:2]) == (wanted and wanted.span())


@settings(deadline=None, max_examples=50)
@given(st.text(string.printable, max_size=30), st.text(max_size=30))
def test_any_pattern_ends(pattern: str, text: str):
    found = outcome("matches(t, p)", {"t": text, "p": pattern})

    assert found in (True, False, None) or found.code == "steps"
