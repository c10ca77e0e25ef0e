import pytest

from workflows.counting.cuts import Caps, Tie, cut, cut_by_quota, shortlist_size
from workflows.counting.quotas import largest_remainder
from workflows.counting.ranks import Key, rank, rank_by_chain
from workflows.counting.working import Line, NotCountable


@pytest.mark.parametrize(
    ("scores", "places", "chosen", "ties"),
    [
        pytest.param((9, 8, 7), 2, "ab", (), id="no tie"),
        pytest.param((9, 8, 8, 7), 3, "abc", (), id="tie inside the places"),
        pytest.param((9, 8, 8, 8), 2, "a", (Tie(("b", "c", "d"), 1),), id="tie at the cut"),
        pytest.param((8, 8, 8), 2, "", (Tie(("a", "b", "c"), 2),), id="all tied"),
        pytest.param((9, 8), 5, "ab", (), id="fewer than places"),
        pytest.param((9, 8), 0, "", (), id="no place"),
    ],
)
def test_cut_chooses_those_above_and_reports_those_at_the_line(scores, places, chosen, ties):
    result = cut(rank(dict(zip("abcd", scores, strict=False))), places)
    assert result.chosen == tuple(chosen)
    assert result.ties == ties
    assert result.vacant == max(0, places - len(scores))


CHAIN = (Key("total"), Key("final"), Key("initial"))
EIGHT = {
    name: dict(zip(("total", "final", "initial"), numbers, strict=True)) | {"category": category}
    for name, category, numbers in (
        ("a", "机关", ("92.4", 93, 91)),
        ("b", "机关", ("92.4", 92, 93)),
        ("c", "机关", ("92.1", 90, 95)),
        ("d", "企业", (91, 91, 91)),
        ("e", "农村", ("90.5", 90, 91)),
        ("f", "企业", ("90.5", 91, 90)),
        ("g", "社区", ("90.5", 90, 91)),
        ("h", "企业", ("89.9", 90, 89)),
    )
}
CATEGORY = {name: entry["category"] for name, entry in EIGHT.items()}


def test_chain_and_cap_leave_e_and_g_tied_for_the_fifth_place():
    ranking = rank_by_chain(EIGHT, CHAIN)
    caps = Caps(CATEGORY, dict.fromkeys(set(CATEGORY.values()), 2))
    result = cut(ranking, 5, caps=caps)
    assert "".join(ranking.order[:5]) == "abcdf"
    assert result.chosen == ("a", "b", "d", "f")
    assert result.ties == (Tie(("e", "g"), 1),)
    assert result.capped == ("c",)
    assert result.out == ("h",)
    assert Line("capped", "2 = 2", "c") in result.working
    assert Line("tied_for", "2 : 1", "e, g") in result.working


def test_tie_for_the_last_place_of_a_category_does_not_stop_lower_places():
    ranking = rank({"a": 9, "b": 9, "c": 8})
    caps = Caps({"a": "机关", "b": "机关", "c": "农村"}, {"机关": 1})
    result = cut(ranking, 2, caps=caps)
    assert result.ties == (Tie(("a", "b"), 1, "机关"),)
    assert result.chosen == ("c",)
    assert result.vacant == 0


def test_all_tied_at_the_last_place_may_be_taken_in_when_so_declared():
    result = cut(rank({"a": 9, "b": 8, "c": 8}), 2, at_tie="enlarge")
    assert result.chosen == ("a", "b", "c")
    assert result.ties == ()
    assert Line("enlarged", "+1", "b, c") in result.working


def test_enlarging_never_lifts_a_cap():
    caps = Caps(dict.fromkeys("bc", "机关") | {"a": "农村"}, {"机关": 1})
    result = cut(rank({"a": 9, "b": 8, "c": 8}), 2, caps=caps, at_tie="enlarge")
    assert result.chosen == ("a",)
    assert result.ties == (Tie(("b", "c"), 1, "机关"),)


def test_tie_across_categories_says_which_cap_still_binds():
    caps = Caps({"a": "机关", "b": "机关", "c": "农村", "d": "企业"}, {"机关": 1})
    result = cut(rank(dict.fromkeys("abcd", 8)), 2, caps=caps)
    assert result.ties == (Tie(("a", "b", "c", "d"), 2),)
    assert Line("tied_within_cap", "2 : 1", "机关") in result.working


def test_places_stay_vacant_below_the_minimum():
    result = cut(rank({"a": 80, "b": 75, "c": "74.99"}), 3, minimum=75)
    assert result.chosen == ("a", "b")
    assert (result.vacant, result.out) == (1, ("c",))
    assert Line("below_minimum", "74.99 < 75", "c") in result.working


def test_entry_without_a_category_is_refused_when_there_are_caps():
    with pytest.raises(NotCountable) as refused:
        cut(rank({"a": 1}), 1, caps=Caps({}, {"机关": 1}))
    assert refused.value.why == "category_missing"


def test_each_category_may_have_its_own_quota():
    cuts = cut_by_quota({"甲县": rank({"a": 3, "b": 2}), "乙县": rank({"c": 1})}, {"甲县": 1})
    assert cuts["甲县"].chosen == ("a",)
    assert cuts["乙县"].chosen == ()


@pytest.mark.parametrize(("factor", "size"), [(3, 30), ("1.5", 15), ("1.25", 13)])
def test_short_list_is_a_multiple_of_the_quota(factor, size):
    assert shortlist_size(10, factor) == size


def test_negative_places_are_refused():
    with pytest.raises(NotCountable):
        cut(rank({"a": 1}), -1)
    with pytest.raises(NotCountable):
        largest_remainder({"a": 1}, -1)


def test_hare_quota_of_ten_places():
    result = largest_remainder({"甲": 480, "乙": 340, "丙": 260, "丁": 120}, 10)
    assert result.value == {"甲": 4, "乙": 3, "丙": 2, "丁": 1}
    assert result.tie is None
    assert Line("exact_share", "340×10/1200=17/6", "乙") in result.working
    assert Line("remainder_place", "5/6", "乙") in result.working


def test_equal_remainders_for_the_last_place_are_a_tie():
    result = largest_remainder({"a": 1, "b": 1}, 3)
    assert result.value == {"a": 1, "b": 1}
    assert result.tie == Tie(("a", "b"), 1)


def test_sizes_must_add_up_to_something():
    with pytest.raises(NotCountable) as refused:
        largest_remainder({"甲": 0}, 3)
    assert refused.value.why == "sizes_empty"
