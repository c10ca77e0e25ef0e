from fractions import Fraction

import pytest

from workflows.counting.ranks import Key, rank, rank_by_chain
from workflows.counting.working import Line, NotCountable

SEVEN = dict(zip("abcdefg", (95, 90, 90, 88, 88, 88, 80), strict=True))


@pytest.mark.parametrize(
    ("style", "ranks"),
    [
        ("competition", "1 2 2 4 4 4 7"),
        ("dense", "1 2 2 3 3 3 4"),
        ("average", "1 5/2 5/2 5 5 5 7"),
    ],
)
def test_ranks_of_95_90_90_88_88_88_80(style, ranks):
    result = rank(SEVEN, style=style)
    assert " ".join(str(place.rank) for place in result.places) == ranks
    assert result.ties == (("b", "c"), ("d", "e", "f"))
    assert result.rank("g") == result.places[-1].rank


def test_tie_is_told_apart_by_the_next_key_of_the_chain():
    entries = {"x": {"总分": 90, "实效性": 35}, "y": {"总分": "90.0", "实效性": 36}}
    result = rank_by_chain(entries, (Key("总分"), Key("实效性")))
    assert result.order == ("y", "x")
    assert result.ties == ()
    assert result.working == (Line("tie_decided", "实效性: 36 > 35", "y > x"),)


def test_key_may_prefer_the_lowest():
    entries = {"x": {"分": 90, "处分": 1}, "y": {"分": 90, "处分": 0}}
    result = rank_by_chain(entries, (Key("分"), Key("处分", lowest_first=True)))
    assert result.order == ("y", "x")
    assert result.working == (Line("tie_decided", "处分: 0 < 1", "y > x"),)


def test_what_the_chain_leaves_equal_is_reported():
    result = rank({"x": "1/3", "y": Fraction(1, 3), "z": 0})
    assert result.ties == (("x", "y"),)
    assert result.working == (Line("tie", "1/3", "x, y"),)


def test_entry_without_a_key_is_refused_rather_than_ranked_last():
    with pytest.raises(NotCountable) as refused:
        rank_by_chain({"x": {"a": 1}}, (Key("a"), Key("b")))
    assert refused.value.facts == {"item": "x", "key": "b"}


def test_nothing_ranked_is_an_empty_ranking():
    assert rank({}).places == ()
