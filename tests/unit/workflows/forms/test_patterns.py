import pytest

from workflows.forms.patterns import objection


@pytest.mark.parametrize(
    "pattern", ["^1[0-9]{10}$", r"^\S+〔\d{4}〕[1-9]\d*号$", "[*+]{2}", "(ab|cd)", r"a\+b*c+"]
)
def test_ordinary_patterns_are_fine(pattern):
    assert objection(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a+)+$", "repeats"),
        ("(a|a)*$", "repeats"),
        ("(a?){50}", "repeats"),
        ("((ab)*c)*", "repeats"),
        ("a*a*a*a*b", "repeats"),
        (r"(a)\1", "reference"),
        ("(?P<x>a)(?P=x)", "reference"),
        ("[", "bad"),
        ("a" * 201, "too_long"),
    ],
)
def test_patterns_that_may_run_forever_are_refused(pattern, why):
    assert objection(pattern) == why
