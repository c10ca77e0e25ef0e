"""What holds for every shortlist: places, caps, fairness among equals, order of entry."""

from collections import Counter
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.acts import cut, draw_lots
from workflows.acts.kind import Material, Ruling
from workflows.counting.exact import exact, plain

MARKS = st.one_of(st.none(), st.integers(0, 12).map(lambda n: plain(Fraction(n, 4))))
FIELDS = st.lists(
    st.tuples(MARKS, MARKS, st.sampled_from(["甲", "乙", ""])), min_size=1, max_size=14
)
CAPS = st.dictionaries(st.sampled_from(["甲", "乙"]), st.integers(0, 5))


@st.composite
def shortlists(draw):
    """Give settings of a cut over two stages, with caps, a chain and a floor."""
    fields = draw(FIELDS)
    entries = [{"id": f"e{no}", "name": f"项目{no}", "category": each[2]}
               for no, each in enumerate(fields)]  # fmt: skip
    scores = {
        name: {f"e{no}": each[at] for no, each in enumerate(fields) if each[at] is not None}
        for at, name in enumerate(("a", "b"))
    }
    return cut.settle({
        "entries": entries, "scores": scores, "stages": "a:0.25 b:0.75",
        "chain": draw(st.sampled_from(["", "a", "a b"])), "places": draw(st.integers(0, 15)),
        "caps": draw(CAPS), "at_tie": draw(st.sampled_from(["report", "include"])),
        "floor": draw(st.sampled_from(["", "1", "2.5"])),
    })  # fmt: skip


def total(row):
    return exact(row["total"])


@given(shortlists())
@settings(max_examples=60)
def test_no_more_than_the_places_and_caps_and_nobody_below_the_floor(found):
    result = cut.result(Material(found))
    rows = result.value["rows"]
    chosen = [row for row in rows if row["state"] == "chosen"]
    if found["at_tie"] == "report":
        assert len(chosen) <= found["places"]
    taken = Counter(row["category"] for row in chosen)
    assert all(taken[name] <= most for name, most in found["caps"].items())
    assert all(not found["floor"] or total(row) >= exact(found["floor"]) for row in chosen)
    assert [each["id"] for each in result.entries] == [row["id"] for row in chosen]
    assert len(rows) == len(found["entries"])
    open_places = sum(tie["places"] for tie in result.value["ties"])
    if found["at_tie"] == "report":
        assert len(chosen) + open_places + result.value["vacant"] == found["places"]
    assert all(len(tie["items"]) > tie["places"] for tie in result.value["ties"])


@given(shortlists())
@settings(max_examples=60)
def test_nobody_left_out_is_better_than_one_taken_in_of_the_same_category(found):
    rows = cut.result(Material(found)).value["rows"]
    chosen = [row for row in rows if row["state"] == "chosen"]
    for out in rows:
        if out["state"] not in ("out", "tied", "capped"):
            continue
        worse = [row for row in chosen if row["category"] == out["category"]]
        assert all(total(row) >= total(out) for row in worse)


@given(shortlists(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_in_which_entries_stand_decides_nothing(found, chance: Random):
    before = cut.result(Material(found))
    shuffled = [*found["entries"]]
    chance.shuffle(shuffled)
    after = cut.result(Material({**found, "entries": shuffled}))
    state = {row["id"]: row["state"] for row in before.value["rows"]}
    assert {row["id"]: row["state"] for row in after.value["rows"]} == state
    assert sorted(after.summary["ties"]) == sorted(before.summary["ties"])


@given(shortlists())
@settings(max_examples=40)
def test_what_is_taken_out_and_in_again_is_as_computed(found):
    rows = cut.result(Material(found)).value["rows"]
    chosen = [row["id"] for row in rows if row["state"] == "chosen"]
    said = [Ruling(key, {"chosen": True}, "理由", "甲") for key in chosen]
    again = cut.result(Material(found, rulings=said))
    assert [each["id"] for each in again.entries] == chosen
    none = [Ruling(key, {"chosen": False}, "理由", "甲") for key in chosen]
    assert cut.result(Material(found, rulings=none)).entries == []


@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=12), st.data())
@settings(max_examples=60)
def test_every_draw_is_an_order_of_the_whole_list(names, data):
    entries = [{"id": f"{no}", "name": name} for no, name in enumerate(names)]
    seed = data.draw(st.text("0123456789abcdef", min_size=64, max_size=64))
    found = draw_lots.result(Material(draw_lots.settle({"entries": entries, "seed": seed})))
    assert sorted(each["id"] for each in found.entries) == sorted(each["id"] for each in entries)
