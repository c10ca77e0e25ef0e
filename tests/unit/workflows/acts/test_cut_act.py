"""The cut: weights, chain, caps, floor, ties, what is settled by hand, from earlier acts."""

import pytest

from engine.errors import Conflict, Invalid
from engine.lint import lint
from engine.unit_of_work import SYSTEM
from tests.line_case import line, set_up
from web.i18n import sentences
from workflows.acts import closing, cut, kinds, preparing, rows, ruling
from workflows.acts.kind import Material, Ruling
from workflows.counting.working import NotCountable

CAPPED = {
    "a": "机关 92.4 93 91", "b": "机关 92.4 92 93", "c": "机关 92.1 90 95", "d": "企业 91 91 91",
    "e": "农村 90.5 90 91", "f": "企业 90.5 91 90", "g": "社区 90.5 90 91", "h": "企业 89.9 90 89",
}  # fmt: skip


def settled(marks, places=2, **more):
    """Return settings of one stage; *marks* by entry."""
    entries = [{"id": key, "name": f"项目{key}", **more.pop(key, {})} for key in marks]
    stage = {key: score for key, score in marks.items() if score is not None}
    known = {"total": stage, **more.pop("scores", {})}
    return cut.settle({
        "entries": entries, "stages": "total", "places": places, "scores": known, **more
    })  # fmt: skip


def computed(settings, *rulings):
    said = [Ruling(entry, {"chosen": chosen}, "理由", "甲") for entry, chosen in rulings]
    return cut.result(Material(settings, rulings=said))


def chosen(result):
    return [each["id"] for each in result.entries]


def state(result, key):
    return next(row["state"] for row in result.value["rows"] if row["id"] == key)


def test_chain_and_cap_leave_two_tied_for_the_last_place():
    words = {key: text.split() for key, text in CAPPED.items()}
    chain = {
        "final": {k: w[2] for k, w in words.items()},
        "first": {k: w[3] for k, w in words.items()},
    }
    found = computed(settled(
        {key: word[1] for key, word in words.items()}, 5, chain="final first", scores=chain,
        caps={"机关": 2, "企业": 2, "农村": 2, "社区": 2},
        **{key: {"category": word[0]} for key, word in words.items()},
    ))  # fmt: skip
    assert chosen(found) == ["a", "b", "d", "f"]
    assert found.summary == {
        "count": 4,
        "chosen": ["a", "b", "d", "f"],
        "ties": ["e", "g"],
        "vacant": 0,
    }
    assert state(found, "c") == "capped"
    assert [each["place"] for each in found.entries] == [1, 2, 4, 5]
    assert "tie" in found.attention


def test_weights_make_one_exact_score_that_is_handed_on():
    scores = {"P2": {"x": "80", "y": "90"}, "P3": {"x": "1/3", "y": "0"}}
    found = computed(cut.settle({
        "entries": [{"id": "x"}, {"id": "y"}], "stages": "P2:0.25 P3:0.75", "places": 1,
        "scores": scores,
    }))  # fmt: skip
    assert found.scores["total"] == {"x": "20.25", "y": "22.5"}
    assert chosen(found) == ["y"]
    assert [line.sum for line in found.working[:1]] == ["80×0.25+1/3×0.75=20.25"]


@pytest.mark.parametrize(
    "stages", ["P2:0.3 P3:0.6", "P2 P3", "P2:1.5 P3:-0.5", "P2:x", "P2:0.5 P2:0.5", ""]
)
def test_weights_that_are_not_one_are_refused(stages):
    with pytest.raises(Invalid):
        cut.settle({"entries": [{"id": "x"}], "stages": stages, "places": 1, "scores": {}})


@pytest.mark.parametrize("wrong", [{"places": -1}, {"places": "2"}, {"caps": {"a": None}},
                                   {"ratio": "1/5"}])  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(Invalid) as error:
        settled({"x": "1"}, **wrong)
    assert error.value.code == "act_setting"


def test_an_entry_without_a_score_is_stated_and_left_out():
    found = computed(settled({"x": "90", "y": None, "z": "80"}))
    assert chosen(found) == ["x", "z"]
    assert state(found, "y") == "unscored"
    assert found.attention == ("cut_unscored",)
    assert ("stage_missing", "total", "项目y") in [(x.rule, x.sum, x.about) for x in found.working]


def test_below_the_floor_a_place_stays_vacant():
    found = computed(settled({"x": "90", "y": "74.99", "z": "75"}, 3, floor="75"))
    assert chosen(found) == ["x", "z"]
    assert (found.summary["vacant"], state(found, "y")) == (1, "below")
    with pytest.raises(NotCountable, match="counting_refused"):
        computed(settled({"x": "90", "y": "74.99"}, 2, floor="75"), ("y", True))


def test_all_tied_at_the_last_place_are_in_where_it_says_so():
    tied = {"x": "90", "y": "80", "z": "80", "w": "70"}
    assert computed(settled(tied)).summary["ties"] == ["y", "z"]
    assert chosen(computed(settled(tied, at_tie="include"))) == ["x", "y", "z"]


def test_a_tie_is_settled_by_name_and_only_for_the_places_there_are():
    settings = settled({"x": "90", "y": "80", "z": "80", "w": "70"})
    found = computed(settings, ("z", True))
    assert chosen(found) == ["x", "z"]
    assert found.summary["ties"] == []
    assert found.attention == ("cut_ruled",)
    row = next(row for row in found.value["rows"] if row["id"] == "z")
    assert (row["by"], row["reason"], row["computed"]) == ("甲", "理由", False)
    with pytest.raises(NotCountable) as error:
        computed(settings, ("z", True), ("y", True))
    assert error.value.why == "places_exceeded"


def test_one_taken_out_leaves_the_place_vacant_until_another_is_taken_in():
    settings = settled({"x": "90", "y": "80", "w": "70"})
    out = computed(settings, ("x", False))
    assert (chosen(out), out.summary["vacant"]) == (["y"], 1)
    changed = computed(settings, ("x", False), ("w", True))
    assert (chosen(changed), changed.summary["vacant"]) == (["y", "w"], 0)


def test_a_tie_whose_entries_lack_a_score_of_the_chain_stays_a_tie():
    chain = {"more": {"x": "1"}}
    found = computed(settled({"x": "80", "y": "80"}, 1, chain="more", scores=chain))
    assert found.summary["ties"] == ["x", "y"]
    assert "cut_chain" in found.attention
    alone = computed(settled({"x": "80", "y": "70"}, 1, chain="more", scores=chain))
    assert "cut_chain" not in alone.attention  # nobody had to be told apart


def test_too_few_above_the_seats_are_pointed_out():
    six = {str(no): str(90 - no) for no in range(6)}
    assert computed(settled(six, 6, ratio="1/5", seats=5)).attention == ()  # 6/5-1 is 0.2
    assert "cut_ratio" in computed(settled(six, 5, ratio="1/5", seats=5)).attention


def test_every_attention_has_a_sentence():
    codes = ["chain", "ratio", "vacant", "unscored", "ruled", "category", "caps"]
    assert {f"act_attention_cut_{code}" for code in codes} <= sentences().keys()


CUT = 'kind="cut" from="score" stages="score" chain="score.b" places="=2" caps="={甲: 1}"'
SCORE = (
    'kind="scoring" entries="=entries" roll="=[{role: &quot;EXPERT&quot;, each: true}]" '
    'criteria="=[{id: &quot;a&quot;}, {id: &quot;b&quot;}]"'
)


def linted(acts):
    found = lint(line(acts), delegates={}, functions={}, acts=kinds.ATTRIBUTES)
    return [each.code for each in found]


def test_the_linter_knows_the_acts_a_cut_names():
    wrong = {"score": SCORE, "cut": 'kind="cut" stages="score:0.5 gone.a:0.5" places="=2"'}
    findings = linted(wrong)
    assert findings.count("act_of_unknown") == 1
    right = {"score": SCORE, "cut": 'kind="cut" stages="score:0.5 score.a:0.5" places="=2"'}
    assert "act_of_unknown" not in linted(right)


def test_a_cut_from_scores_to_the_record_with_a_ruling(engine):
    case = set_up(engine, {"score": SCORE, "cut": CUT.replace("score.b", "score")})
    case.start([{"id": key, "name": key} for key in "xyz"])
    with pytest.raises(Conflict):
        case.close("score")
    case.open("score")
    for login in ("ann", "ben", "dan", "eve"):
        case.give(
            login, "score", {"x": {"a": 90, "b": 0}, "y": {"a": 50, "b": 0}, "z": {"a": 50, "b": 0}}
        )
    case.close("score")
    case.confirm("score", reason="并列由入围环节处理")
    lead, officer = case.lead("cut"), case.actors["officer"]
    with engine.begin(officer) as uow:
        preparing.prepare(uow, lead)
        assert rows.of_task(uow, lead).settings["scores"] == {
            "score": {"x": "90", "y": "50", "z": "50"}
        }
    case.close("cut")
    with pytest.raises(NotCountable), engine.begin(officer) as uow:
        for key in "yz":
            ruling.rule(uow, lead, key, {"chosen": "true", "reason": "实效更好"})
    with engine.begin(officer) as uow:
        ruling.rule(uow, lead, "z", {"chosen": "true", "reason": "实效更好"})
    with pytest.raises(Invalid):
        case.confirm("cut")
    case.confirm("cut", reason="领导小组会议决定")
    with engine.read(SYSTEM) as uow:
        row = rows.of_task(uow, lead)
        assert row.result["summary"]["chosen"] == ["x", "z"]
        assert [each.reason for each in ruling.of(uow, lead)] == ["实效更好"]
        assert closing.compute(uow, row) == row.result
