"""What comes of marks: weights, grades, rooms, normalisation, flags – each number by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Invalid
from workflows.acts.kind import Material, Member, Sheet
from workflows.acts.scoring import KIND, check, settle
from workflows.acts.scoring_result import result, total_of
from workflows.counting.exact import exact
from workflows.counting.working import NotCountable

ENTRIES = [{"id": "x", "name": "甲"}, {"id": "y", "name": "乙"}]
WEIGHTED = [
    {"id": "a", "name": "开创性", "most": 100, "weight": "0.3"},
    {"id": "b", "name": "实效性", "most": 100, "weight": "0.7"},
    {"id": "c", "name": "印象", "most": 10, "counts": False},
]
GRADES = [
    {"label": "优秀", "mark": 100},
    {"label": "良好", "mark": "85"},
    {"label": "差", "mark": 0},
]


def material(settings, marks, people=(), reasons=()):
    """*marks*: entry → member → marks of the criteria in order (or one number)."""
    names = [each["id"] for each in settings["criteria"]]
    sheets = [
        Sheet(who, entry, {"marks": dict(zip(names, map(str, given), strict=True))},
              dict(reasons).get((who, entry), ""))
        for entry, by in marks.items()
        for who, given in ((w, g if isinstance(g, tuple) else (g,)) for w, g in by.items())
    ]  # fmt: skip
    return Material(settings, people, sheets)


def settings(**more):
    return settle({"entries": ENTRIES, **more})


def rows(found):
    return {row["id"]: row for row in found.value["entries"]}


def test_a_weighted_sheet_adds_up_and_one_criterion_is_only_shown():
    made = settings(criteria=WEIGHTED)
    found = result(material(made, {"x": {"A": (80, 90, 5)}, "y": {"A": (100, 80, 9)}}))
    assert found.scores["total"] == {"x": "87", "y": "86"}
    assert found.scores["a"] == {"x": "80", "y": "100"}
    assert found.scores["c"] == {"x": "5", "y": "9"}
    assert found.summary == {"order": ["x", "y"], "count": 2, "ties": [], "tied": 0, "unscored": []}


def test_the_criteria_of_kept_marks_add_up_to_the_trimmed_score():
    made = settings(criteria=WEIGHTED[:2], trim=1, trim_from=3)
    found = result(material(made, {"x": {"A": (0, 0), "B": (80, 90), "C": (100, 100)}}))
    row = rows(found)["x"]
    assert (row["score"], set(row["dropped"])) == ("87", {"A", "C"})
    assert (found.scores["a"]["x"], found.scores["b"]["x"]) == ("80", "90")


marks = st.tuples(st.integers(0, 100), st.integers(0, 100))


@given(st.dictionaries(st.sampled_from("ABCDEFG"), marks, min_size=1), st.integers(0, 2))
def test_weights_times_means_of_criteria_are_always_the_score(given_marks, trim):
    made = settings(criteria=WEIGHTED[:2], trim=trim, trim_from=2 * trim + 1)
    found = result(material(made, {"x": given_marks}))
    parts = exact(found.scores["a"]["x"]) * Fraction(3, 10)
    parts += exact(found.scores["b"]["x"]) * Fraction(7, 10)
    assert parts == exact(found.scores["total"]["x"])


def test_a_grade_is_one_of_its_marks_and_its_greatest_is_the_most():
    made = settings(criteria=[{"id": "g", "name": "等级", "grades": GRADES}])
    assert made["criteria"][0]["most"] == "100"
    assert check(made, {"g": "85"}) == ({"marks": {"g": "85"}}, {})
    assert check(made, {"g": "85.0"})[1] == {}
    assert check(made, {"g": "90"})[1] == {"g": ["act_mark_grade"]}
    assert check(made, {"g": " "})[1] == {"g": ["required"]}


def test_rooms_are_levelled_by_their_coefficient_and_the_raw_score_stays():
    """Vector 二次平均: rooms 80.40 and 76.20, M 78.30; 82.5 → 80.35, 79.0 → 81.18."""
    entries = [{"id": f"{room}{n}", "name": f"{room}{n}", "room": room}
               for room in "甲乙" for n in (1, 2)]  # fmt: skip
    made = settle({"entries": entries, "rooms": "means", "room_digits": 4})
    found = result(material(made, {
        "甲1": {"A": "82.5"}, "甲2": {"A": "78.3"}, "乙1": {"B": "79"}, "乙2": {"B": "73.4"},
    }))  # fmt: skip
    assert {key: (row["coefficient"], row["shown"]) for key, row in rows(found).items()} == {
        "甲1": ("0.9739", "80.35"), "甲2": ("0.9739", "76.26"),
        "乙1": ("1.0276", "81.18"), "乙2": ("1.0276", "75.43"),
    }  # fmt: skip
    assert found.summary["order"][0] == "乙1"
    assert found.scores["raw"]["甲1"] == "82.5"
    assert {"room_whole", "room_coefficient", "room_adjusted"} <= {x.rule for x in found.working}


def test_a_room_without_enough_scores_is_left_alone_and_explained():
    entries = [{"id": n, "name": n, "room": n} for n in "ab"]
    made = settle({"entries": entries, "rooms": "scores", "room_trim": 1})
    found = result(material(made, {"a": {"A": 80}, "b": {"B": 70}}))
    assert found.attention == ("rooms",)
    assert found.scores["total"] == {"a": "80", "b": "70"}


PANEL = {  # selection 4.3: R1 90 80 85 75; R2 70 72 60 58; R3 88 90 86 92
    "P1": {"R1": 90, "R2": 70, "R3": 88}, "P2": {"R1": 80, "R2": 72, "R3": 90},
    "P3": {"R1": 85, "R2": 60, "R3": 86}, "P4": {"R1": 75, "R2": 58, "R3": 92},
}  # fmt: skip
FOUR = [{"id": key, "name": key} for key in PANEL]


def test_normalised_scores_stand_beside_and_replace_only_where_declared():
    made = settle({"entries": FOUR, "normalise": "z", "normalise_least": 3})
    found = result(material(made, PANEL))
    assert {key: row["normalised"] for key, row in rows(found).items()} == {
        "P1": "85.28", "P2": "83.16", "P3": "72.38", "P4": "74.51",
    }  # fmt: skip
    assert found.summary["order"] == ["P1", "P2", "P3", "P4"]
    assert [row["normalised_rank"] for row in found.value["entries"]] == ["1", "2", "4", "3"]
    made = settle({"entries": FOUR, "normalise": "z", "normalise_least": 3,
                   "rank_by": "normalised"})  # fmt: skip
    assert result(material(made, PANEL)).summary["order"] == ["P1", "P2", "P4", "P3"]


def test_rater_effects_of_an_incomplete_design_and_reviewers_who_share_nothing():
    """Vector L1: q = 87.166667, 77.5, 82.833333."""
    marks = {"P1": {"R1": 90, "R3": 92}, "P2": {"R1": 80, "R2": 70}, "P3": {"R2": 75, "R3": 88}}
    three = FOUR[:3]
    made = settle({"entries": three, "normalise": "effects"})
    found = result(material(made, marks))
    assert {key: row["normalised"] for key, row in rows(found).items()} == {
        "P1": "87.17", "P2": "77.50", "P3": "82.83",
    }  # fmt: skip
    apart = {"P1": {"R1": 90}, "P2": {"R2": 70}}
    assert result(material(made, apart)).attention == ("unscored", "not_connected")
    made = settle({"entries": three, "normalise": "effects", "rank_by": "normalised"})
    with pytest.raises(NotCountable):
        result(material(made, apart))


def test_disagreement_outliers_and_severity_are_reported_not_applied():
    made = settings(disagreement=15, outlier=20)
    found = result(material(
        made, {"x": {"A": 95, "B": 60, "C": 90}, "y": {"A": 90, "B": 91, "C": 92}},
        reasons={("B", "x"): "材料不实"}.items(),
    ))  # fmt: skip
    row = rows(found)["x"]
    assert (row["disagrees"], row["sd"], row["outliers"]) == (True, "15.46", ["B"])
    assert (row["unexplained"], row["said"]) == ([], {"B": "材料不实"})
    assert found.attention == ()
    assert [(one["label"], one["shown"]) for one in found.value["experts"]] == [
        ("A", "6.17"), ("B", "-10.83"), ("C", "4.67"),
    ]  # fmt: skip


def test_who_is_recused_counts_as_absent_and_his_mark_is_not_zero():
    made = settings(minimum=2)
    found = result(material(made, {"x": {"A": 80}, "y": {"A": 70, "B": 90}},
                            people=(Member("A"), Member("B", frozenset("x")))))  # fmt: skip
    assert (rows(found)["x"]["score"], rows(found)["x"]["short"]) == ("80", 1)
    assert found.attention == ("short", "tie")
    assert any(line.rule == "recused" and line.about == "甲 · B" for line in found.working)


def test_the_summary_stays_small_however_many_entries_there_are():
    many = [{"id": f"entry-{n:04d}", "name": "x"} for n in range(1000)]
    made = settle({"entries": many})
    found = result(material(made, {each["id"]: {"A": 50} for each in many[:900]}))
    assert len(str(found.summary)) < 1024
    assert (found.summary["count"], found.summary["tied"]) == (900, 900)
    assert len(found.entries) == 900


def test_blind_results_name_no_units():
    entries = [{"id": "x", "name": "甲", "unit": "农业局"}]
    open_ = result(material(settle({"entries": entries}), {"x": {"A": 1}}))
    blind = result(material(settle({"entries": entries, "blind": "true"}), {"x": {"A": 1}}))
    assert rows(open_)["x"]["unit"] == "农业局"
    assert "unit" not in rows(blind)["x"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ({"trim": 2, "trim_from": 4}, "trim_from"),
        ({"panel": 3, "minimum": 4}, "minimum"),
        ({"panel": "1.5"}, "panel"),
        ({"outlier": 0}, "outlier"),
        ({"disagreement": "viel"}, "disagreement"),
        ({"rooms": "means"}, "rooms"),
        ({"rank_by": "normalised"}, "rank_by"),
        ({"criteria": [{"id": "total", "name": "x"}]}, "criteria"),
        ({"criteria": [{"id": "a", "name": "x", "weight": 0}]}, "criteria"),
        ({"criteria": [{"id": "a", "name": "x", "counts": False}]}, "criteria"),
        (
            {"criteria": [{"id": "a", "name": "x", "grades": [{"label": "", "mark": 1}]}]},
            "criteria",
        ),
        ({"criteria": [{"id": "a", "name": "x", "most": 5, "grades": GRADES}]}, "criteria"),
        ({"criteria": [{"id": "a", "name": "x", "grades": "优秀"}]}, "criteria"),
    ],
)
def test_settings_that_make_no_sense_together_are_refused(written, name):
    with pytest.raises(Invalid) as error:
        settings(**written)
    assert error.value.params["name"] == name


def test_the_mark_of_one_sheet_is_what_the_result_counts():
    made = settings(criteria=WEIGHTED)
    assert total_of(made, {"a": "80", "b": "90", "c": "5"}) == 87
    assert KIND.check is check
