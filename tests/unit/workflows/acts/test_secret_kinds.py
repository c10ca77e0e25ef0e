"""The pure part of secret acts: what a count decides, what a sheet may be."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Invalid
from web.i18n import sentences
from workflows.acts.kind import Material
from workflows.acts.secret import election, evaluation, recommendation
from workflows.ballots.rules import Ballot, BallotRules
from workflows.counting.exact import exact

BLANK = {"election": "弃权", "recommendation": "弃权", "evaluation": "弃权"}


def people(*names: str) -> list[dict[str, str]]:
    return [{"id": each.lower(), "name": each} for each in names]


def counted(
    totals: dict[str, dict[str, int]], *, due: int, present: int, issued: int | None = None,
    returned: int | None = None, void: int = 0, write_ins: dict[str, int] | None = None,
    findings: tuple[str, ...] = (), **box: Any,
) -> dict[str, Any]:  # fmt: skip
    """What the hook gathers after a count on which two scrutineers have signed."""
    issued = present if issued is None else issued
    ballots = issued if returned is None else returned
    numbers = {
        "due": due, "present": present, "issued": issued, "used": issued, "boxed": ballots,
        "paper_handed_out": 0, "paper_returned": 0,
    }  # fmt: skip
    whole = {
        "ballots": ballots, "valid": ballots - void, "invalid": {"多选": void} if void else {},
        "totals": totals, "write_ins": write_ins or {},
    }  # fmt: skip
    counted_ = {"sum": whole, "box": {**whole, "hidden_classes": [], "classes": {}, **box}}
    return {
        "state": "void" if findings else "opened", "mode": "slip",
        "statement": {"numbers": numbers, "findings": list(findings), "root": "r"},
        "result": None if findings else {**counted_, "paper": []},
        "digests": {}, "signatures": [],
    }  # fmt: skip


def vote(
    yes: dict[str, int], seats: int, *, rule: str = "members_election", due: int = 50,
    present: int = 46, round_: str = "first", before: Any = None, settings: Any = None,
    **more: Any,
) -> Any:  # fmt: skip
    """Decide an election in which so many approve of each candidate."""
    written = {"entries": people(*yes), "seats": seats, "rule": rule, **(settings or {})}
    if before is not None:
        written |= {"round": round_, "before": before}
    found = election.settle(written)
    agree, against = (each["code"] for each in found["sheet"]["options"])
    valid = more.get("returned", more.get("issued", present)) - more.get("void", 0)
    totals = {
        name.lower(): {agree: number, against: valid - number, found["sheet"]["blank"]: 0}
        for name, number in yes.items()
    }
    gathered = counted(totals, due=due, present=present, **more)
    return election.result(Material(found, more=gathered))


E1 = {"A": 40, "B": 33, "C": 24, "D": 23}


@pytest.mark.parametrize(
    ("rule", "elected", "missing", "need"),
    [("members_election", "abc", 0, 24), ("members_election_due", "ab", 1, 26)],
)
def test_e1_the_base_of_the_majority_decides_about_the_third_seat(rule, elected, missing, need):
    found = vote(E1, 3, rule=rule, void=1, write_ins={"X": 2})
    assert found.summary["elected"] == list(elected)
    assert (found.summary["missing"], found.summary["need"]) == (missing, need)
    assert ("ballot_short" in found.attention) is bool(missing)
    assert (found.summary["valid_papers"], found.summary["void_papers"]) == (45, 1)


@pytest.mark.parametrize(
    ("name", "yes", "seats", "present", "elected", "tied", "places"),
    [
        ("E2", {"A": 40, "B": 30, "C": 30}, 2, 46, "a", "bc", 1),
        ("E3", {"A": 30, "B": 30, "C": 25}, 2, 46, "ab", "", 0),
        ("E4", {"A": 40, "B": 28, "C": 28, "D": 28, "E": 10}, 3, 46, "a", "bcd", 2),
        ("E6", {"A": 30, "B": 30, "C": 30, "D": 30}, 3, 46, "", "abcd", 3),
        ("E8 T13", {"A": 20}, 1, 40, "", "", 0),
        ("E8 T13", {"A": 21}, 1, 40, "a", "", 0),
        ("T12", {"A": 20}, 1, 41, "", "", 0),
        ("T12", {"A": 21}, 1, 41, "a", "", 0),
        ("T14", {"A": 30, "B": 28, "C": 25, "D": 25}, 3, 41, "ab", "cd", 1),
        ("T15", {"A": 30, "B": 25, "C": 25, "D": 20}, 3, 41, "abc", "", 0),
    ],
)
def test_a_tie_is_reported_where_it_decides_about_a_seat(
    name, yes, seats, present, elected, tied, places
):
    found = vote(yes, seats, present=present)
    assert set(found.summary["elected"]) == set(elected), name
    assert (set(found.summary["tied"]), found.summary["tied_places"]) == (set(tied), places)
    assert ("revote" in found.summary["ways"]) is bool(tied)
    assert ("tie" in found.attention) is bool(tied)


@pytest.mark.parametrize("findings", [("returned_over_issued",), ("paper_over_handed_out",)])
def test_e5_t17_more_papers_than_were_issued_void_the_vote(findings):
    found = vote(E1, 3, issued=46, returned=47, findings=findings)
    assert (found.summary["valid"], found.summary["void"]) == (False, "too_many_papers")
    assert (found.summary["elected"], found.summary["ways"]) == ([], ["again"])
    assert (found.attention, found.entries) == (("ballot_void", "ballot_short"), [])


def test_t18_fewer_papers_than_issued_are_valid_and_the_base_stays_those_present():
    found = vote({"A": 21, "B": 20}, 2, present=40, issued=40, returned=38, void=2)
    assert found.summary["valid"]
    assert (found.summary["elected"], found.summary["need"]) == (["a"], 21)


@pytest.mark.parametrize(
    ("rule", "due", "present", "valid", "warned"),
    [
        ("members_election", 50, 40, True, False),  # T08, E7
        ("members_election_over", 50, 40, False, False),
        ("members_election_1990", 50, 40, True, True),
        ("members_election", 51, 40, False, False),  # T09
    ],
)
def test_t08_t09_e7_quorum(rule, due, present, valid, warned):
    found = vote({"A": 40}, 1, rule=rule, due=due, present=present)
    assert found.summary["valid"] is valid
    assert found.summary["void"] == ("" if valid else "no_quorum")
    assert ("ballot_tolerated" in found.attention) is warned
    settings = election.settle({"entries": people("A"), "seats": 1, "rule": rule})
    assert election.enough(settings, present, due) is valid


def test_t16_one_seat_short_may_be_filled_or_reduced():
    found = vote({"A": 40, "B": 39, "C": 38, "D": 37, "E": 20, "F": 19}, 5)
    assert found.summary["missing"] == 1
    assert found.summary["ways"] == ["reelect", "reduce"]
    again = found.value["again"]["rerun"]
    assert [each["id"] for each in again["entries"]] == ["e", "f"]  # one seat: two candidates
    assert again["seats"] == 1


def test_e9_deputies_need_more_than_half_of_those_who_vote():
    yes = {"A": 420, "B": 311, "C": 310}
    found = vote(yes, 2, rule="deputies_direct", due=1000, present=620)
    assert (found.summary["elected"], found.summary["need"]) == (["a", "b"], 311)


@pytest.mark.parametrize(("yes", "adopted"), [(5, []), (6, ["a"])])
def test_e10_an_appointment_needs_more_than_half_of_all_members(yes, adopted):
    settings = election.settle_plenary(
        {"entries": people("A"), "rule": "appointment", "members": 11}
    )
    totals = {"a": {"同意": yes, "不同意": 8 - yes, "缓议": 0}}
    found = election.result_plenary(Material(settings, more=counted(totals, due=11, present=8)))
    assert found.summary["adopted"] == adopted
    assert found.attention == ()


def test_a_new_vote_among_the_tied_is_won_by_more_votes_and_added_to_the_first():
    first = vote({"A": 30, "B": 28, "C": 25, "D": 25, "E": 25}, 5, present=41)
    assert (first.summary["elected"], first.summary["tied"]) == (["a", "b", "c", "d", "e"], [])
    first = vote({"A": 30, "B": 28, "C": 25, "D": 25}, 3, present=41)
    way = first.value["again"]["revote"]
    again = vote(
        {"C": 15, "D": 26}, way["seats"], present=41, round_="revote", before=way["before"]
    )
    assert again.summary["elected"] == ["d"]
    assert again.summary["elected_all"] == ["a", "b", "d"]
    assert [each["id"] for each in again.entries] == ["a", "b", "d"]
    assert again.summary["missing"] == 0


def test_an_election_for_missing_seats_adds_to_those_elected_before():
    first = vote(E1, 3, rule="members_election_due", due=50, present=46)
    way = first.value["again"]["rerun"]
    assert ([each["id"] for each in way["entries"]], way["seats"]) == (["c", "d"], 1)
    again = vote(
        {"C": 27, "D": 18}, 1, rule="members_election_due", round_="rerun", before=way["before"]
    )
    assert again.summary["elected_all"] == ["a", "b", "c"]


def test_somebody_written_in_can_be_elected_and_others_not_eligible_cannot():
    named = {"settings": {"eligible": ["王五"]}}
    found = vote({"A": 20, "B": 12}, 1, write_ins={"王五": 30, "赵六": 25}, **named)
    assert found.summary["elected"] == ["+王五"]
    assert found.entries == [{"id": "+王五", "name": "王五", "written_in": True}]
    assert found.value["lost"] == {"赵六": 25}


def paper(settings: dict[str, Any]) -> BallotRules:
    return BallotRules.of(settings["sheet"])


@pytest.mark.parametrize(
    ("marks", "names", "code"),
    [
        ({"a": "赞成", "b": "赞成", "c": "赞成", "d": "不赞成"}, ["王五"], "ballot_too_many_marks"),
        ({"a": "赞成"}, ["王五"], "ballot_write_in_needs_against"),  # T20: beside an abstention
        ({"a": "赞成", "d": "不赞成"}, ["王五"], None),
        ({"a": "赞成"}, [], None),  # fewer marks than seats count
        ({}, [], None),
        ({"a": "赞成", "d": "不赞成"}, ["A"], "ballot_write_in_listed"),
    ],
)
def test_t19_t20_the_paper_refuses_what_would_be_void(marks, names, code):
    settings = election.settle({"entries": people("A", "B", "C", "D"), "seats": 3})
    ballot = Ballot.of({"marks": marks, "write_ins": names})
    assert paper(settings).reason(ballot) == code


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ({"entries": people("A")}, "seats"),
        ({"entries": people("A"), "seats": 0}, "seats"),
        ({"entries": people("A"), "seats": "1.5"}, "seats"),
        ({"entries": [], "seats": 1}, "entries"),
        ({"entries": people("A"), "seats": 1, "rule": "nobody"}, "rule"),
        ({"entries": people("A"), "seats": 1, "round": "revote"}, "earlier"),
        ({"entries": people("A"), "seats": 1, "mode": "login", "channel": "mixed"}, "channel"),
        ({"entries": people("A"), "seats": 1, "eligible": "A"}, "eligible"),
    ],
)
def test_an_election_that_cannot_be_is_refused(written, name):
    with pytest.raises(Invalid) as error:
        election.settle(written)
    assert (error.value.code, error.value.params["name"]) == ("act_setting", name)


def test_before_anything_is_counted_a_result_decides_nothing():
    settings = election.settle({"entries": people("A", "B"), "seats": 1})
    found = election.result(Material(settings))
    assert found.summary["elected"] == []


def test_a_summary_stays_small_however_many_candidates():
    yes = {f"P{no:03}": 40 - no % 20 for no in range(200)}
    found = vote(yes, 150)
    assert len(found.summary["elected"]) <= 30
    assert len(str(found.summary)) < 1024


# ---------------------------------------------------------------- recommendation


def recommended(
    yes: dict[str, int], *, returned: int = 40, written: Any = None, **more: Any
) -> Any:
    settings = recommendation.settle(
        {"entries": people(*yes), "seats": 2, "choose": 3, **(written or {})}
    )
    totals = {
        name.lower(): {"推荐": number, "不推荐": 0, "弃权": returned - number}
        for name, number in yes.items()
    }
    gathered = counted(totals, due=returned, present=returned, **more)
    return recommendation.result(Material(settings, more=gathered))


def test_only_those_above_half_stay_in_order_up_to_seats_and_a_fifth():
    found = recommended({"A": 38, "B": 30, "C": 25, "D": 21, "E": 20})
    assert found.summary["above_half"] == ["a", "b", "c", "d"]
    assert found.summary["chosen"] == ["a", "b", "c"]  # 2 + ⌈2/5⌉
    assert [each["id"] for each in found.entries] == ["a", "b", "c"]
    assert (found.summary["short"], found.attention) == (0, ())


def test_too_few_above_half_and_a_tie_at_the_end_are_reported():
    short = recommended({"A": 38, "B": 20, "C": 19})
    assert (short.summary["chosen"], short.summary["short"]) == (["a"], 2)
    assert short.attention == ("ballot_short_list",)
    tie = recommended({"A": 38, "B": 30, "C": 25, "D": 25})
    assert (tie.summary["chosen"], tie.summary["tied"]) == (["a", "b"], ["c", "d"])
    assert tie.attention == ("tie",)


def test_names_written_in_count_like_those_on_the_list():
    found = recommended({"A": 30}, write_ins={"王五": 25, "赵六": 3})
    assert found.summary["above_half"] == ["a", "+王五"]


TWO = {
    "classes": [
        {"id": "m", "name": "党员", "weight": "0.5"},
        {"id": "q", "name": "群众", "weight": "0.5"},
    ]
}


def classes(votes: dict[str, tuple[int, int]]) -> dict[str, Any]:
    sizes = {"m": 30, "q": 100}
    return {
        name: {
            "ballots": size, "valid": size,
            "totals": {key: {"推荐": each[no], "不推荐": 0, "弃权": size - each[no]}
                       for key, each in votes.items()},
        }
        for no, (name, size) in enumerate(sizes.items())
    }  # fmt: skip


@pytest.mark.parametrize(
    ("weights", "first"), [(("0.5", "0.5"), "x"), (("0.6", "0.4"), "y"), ((3, 2), "y")]
)
def test_classes_are_weighed_by_rates_not_by_raw_counts(weights, first):
    written = {"classes": [{**each, "weight": weight}
               for each, weight in zip(TWO["classes"], weights, strict=True)]}  # fmt: skip
    shown = classes({"x": (18, 80), "y": (24, 55)})
    found = recommended({"X": 98, "Y": 79}, returned=130, written=written, classes=shown)
    assert found.summary["order"][0] == first
    assert "classes_pooled" not in found.attention


def test_a_class_that_is_hidden_is_not_weighed_and_the_result_says_so():
    found = recommended({"X": 98, "Y": 79}, returned=130, written=TWO, hidden_classes=["m", "q"])
    assert "classes_pooled" in found.attention
    assert {each["id"]: each["hidden"] for each in found.value["classes"]} == {"m": True, "q": True}
    assert found.value["rows"][0]["by_class"] == {}


def test_a_sheet_without_a_list_has_lines_to_write_names_in():
    settings = recommendation.settle({"choose": 2})
    rules = paper(settings)
    assert (settings["entries"], rules.write_ins, rules.ids) == ([], 2, frozenset())
    assert rules.reason(Ballot.of({"write_ins": ["王五", "赵六"]})) is None
    assert rules.reason(Ballot.of({"write_ins": ["王五", "赵六", "钱七"]})) is not None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ({"class_minimum": "4"}, "class_minimum"),
        ({"classes": [{"id": "m", "weight": "1"}, {"id": "q", "name": "q"}]}, "classes"),
        ({"classes": [{"id": "a/b", "name": "m"}]}, "classes"),
        ({"classes": [{"id": "m", "name": "m", "weight": "0"}]}, "classes"),
        ({"classes": [{"id": "m", "weight": "-1"}, {"id": "q", "weight": "2"}]}, "classes"),
    ],
)
def test_classes_that_cannot_be_weighed_are_refused(written, name):
    with pytest.raises(Invalid) as error:
        recommendation.settle({"entries": people("A"), **written})
    assert error.value.params["name"] == name


# ---------------------------------------------------------------- evaluation


def evaluated(counts: dict[str, int], written: Any = None, **more: Any) -> Any:
    settings = evaluation.settle({"entries": people("A"), **(written or {})})
    returned = sum(counts.values())
    gathered = counted({"a": counts}, due=returned, present=returned, **more)
    return evaluation.result(Material(settings, more=gathered))


def test_g1_grades_become_points_and_rates():
    found = evaluated({"优秀": 23, "称职": 12, "基本称职": 4, "不称职": 1, "弃权": 0})
    [row] = found.value["rows"]
    assert (exact(row["points"]), row["shown"]) == (exact("87.5"), "87.50")
    assert (row["shares"]["优秀"], row["up_to"]["称职"]) == ("57.50", "87.50")
    assert found.summary == {
        "returned": 40, "valid": 40, "objects": 1, "voters": 40, "void": "",
    }  # fmt: skip


def test_abstentions_are_in_the_divisor_only_where_the_plan_says_so():
    counts = {"优秀": 1, "称职": 0, "基本称职": 0, "不称职": 0, "弃权": 1}
    assert evaluated(counts).value["rows"][0]["points"] == "100"
    assert evaluated(counts, {"abstained": "in"}).value["rows"][0]["points"] == "50"


def test_an_object_nobody_graded_has_no_points():
    found = evaluated({"优秀": 0, "称职": 0, "基本称职": 0, "不称职": 0, "弃权": 8})
    assert found.value["rows"][0]["points"] is None
    assert found.scores == {}


def test_each_aspect_is_a_line_and_a_score_of_its_own():
    aspects = [{"id": "de", "name": "德"}, {"id": "neng", "name": "能"}]
    settings = evaluation.settle({"entries": people("A", "B"), "aspects": aspects})
    assert [each["id"] for each in settings["sheet"]["candidates"]] == [
        "a.de", "a.neng", "b.de", "b.neng",
    ]  # fmt: skip


def test_sheets_that_are_all_alike_and_too_many_of_one_grade_are_refused():
    scale = [
        {"id": "优秀", "name": "优秀", "points": 100, "most": 1},
        {"id": "称职", "name": "称职", "points": 80},
    ]
    settings = evaluation.settle(
        {"entries": people("A", "B"), "grades": scale, "all_equal": "false"}
    )
    rules = paper(settings)
    for marks, code in (
        ({"a": "称职", "b": "称职"}, "ballot_all_equal"),
        ({"a": "优秀", "b": "优秀"}, "ballot_all_equal"),
        ({"a": "优秀", "b": "称职"}, None),
    ):
        assert rules.reason(Ballot.of({"marks": marks})) == code


@pytest.mark.parametrize(
    "written",
    [
        {"grades": [{"id": "好", "name": "好", "points": "many"}]},
        {"entries": people(*map(str, range(400)))},
    ],
)
def test_an_evaluation_that_cannot_be_is_refused(written):
    with pytest.raises(Invalid):
        evaluation.settle({"entries": people("A"), **written})


def test_every_point_to_explain_has_its_sentence():
    for code in ("ballot_void", "ballot_short", "ballot_tolerated", "ballot_short_list",
                 "classes_pooled", "tie"):  # fmt: skip
        assert f"act_attention_{code}" in sentences()
