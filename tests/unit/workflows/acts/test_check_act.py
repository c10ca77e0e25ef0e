"""Checking entries: two people each, vetoes, disagreement, rulings, appeals, the work divided."""

import pytest

from engine.errors import Conflict, Invalid, NotAllowed
from engine.unit_of_work import SYSTEM
from tests.line_case import set_up
from web.i18n import sentences
from workflows.acts import check, preparing, rows, ruling, taking
from workflows.acts.check import FAILED, PASSED, TO_FIX
from workflows.acts.kind import Material, Ruling, Sheet
from workflows.acts.preparing import Pin

LIST = [{"id": "seal", "name": "公章"}, {"id": "fraud", "name": "弄虚作假", "veto": True}]
FIT = {"verdict": PASSED, "all": "ok"}
UNFIT = {"verdict": FAILED, "items": {"fraud": "bad"}, "reason": "材料虚假"}
FIX = {"verdict": TO_FIX, "items": {"seal": "bad"}, "reason": "缺公章"}


def settled(**more):
    entries = [{"id": key, "name": f"项目{key}", "unit": "局"} for key in "xyz"]
    return check.settle({"entries": entries, "checklist": LIST, "fix": "true", **more})


def sheets(**verdicts):
    """Return sheets of 01, 02 … on each entry, as ``x="合格 补正"``."""
    return [
        Sheet(f"{no:02d}", entry, check.check(settled(), {"all": "ok", "verdict": word})[0], "理由")
        for entry, words in verdicts.items()
        for no, word in enumerate(words.split(), start=1)
    ]


def states(found):
    return {row["id"]: (row["state"], row["outcome"]) for row in found.value["entries"]}


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (FIT, {}),
        (UNFIT, {}),
        (FIX, {}),
        ({"verdict": PASSED, "item-seal": "ok", "item-fraud": "ok"}, {}),
        ({"verdict": PASSED, "item-seal": "ok"}, {"item-fraud": ["required"]}),
        ({"all": "ok"}, {"verdict": ["required"]}),
        ({"all": "ok", "verdict": "也许"}, {"verdict": ["act_verdict"]}),
        ({**FIT, "item-seal": "bad"}, {"verdict": ["act_check_bad"]}),
        ({**FIT, "item-fraud": "bad"}, {"verdict": ["act_check_veto"]}),
        ({**FIX, "items": {"fraud": "bad"}}, {"verdict": ["act_check_veto"]}),
        ({"verdict": FAILED}, {"reason": ["required"]}),
        ({"verdict": FAILED, "reason": "无", "item-seal": "?"}, {"item-seal": ["required"]}),
    ],
)
def test_a_veto_leaves_only_unfit_and_fit_takes_every_point(raw, faults):
    assert check.check(settled(), raw)[1] == faults


def test_to_correct_is_a_word_only_where_applicants_may_correct():
    assert check.check(settled(fix="false"), FIX)[1] == {"verdict": ["act_verdict"]}


def test_what_two_agree_on_is_the_outcome_and_the_fit_are_handed_on():
    said = sheets(x="合格 合格", y="不合格 不合格", z="补正 补正")
    found = check.result(Material(settled(), sheets=said))
    assert states(found) == {
        "x": ("agreed", PASSED),
        "y": ("agreed", FAILED),
        "z": ("agreed", TO_FIX),
    }
    assert found.summary == {"count": 3, "passed": 1, "failed": 1, "to_fix": 1, "differ": 0}
    assert [each["id"] for each in found.entries] == ["x"]
    assert found.value["fixable"] == ["z"]
    assert found.value["entries"][2]["remarks"] == ["理由"]
    assert found.attention == ()


def test_where_two_differ_or_one_is_missing_it_stays_open_until_it_is_ruled():
    said = sheets(x="合格 不合格", y="合格")
    found = check.result(Material(settled(), sheets=said))
    assert states(found) == {"x": ("differ", ""), "y": ("short", ""), "z": ("short", "")}
    assert found.attention == ("check_differ", "check_short")
    assert check.undecided(found.value) == ["项目x", "项目y", "项目z"]
    ruled = [Ruling(key, {"verdict": PASSED, "appeal": False}, "核实", "甲") for key in "xyz"]
    settled_ = check.result(Material(settled(), sheets=said, rulings=ruled))
    assert (settled_.summary["passed"], settled_.attention) == (3, ("check_ruled",))
    assert settled_.value["entries"][0]["computed"] == ""


@pytest.mark.parametrize("wrong", [{"checklist": []}, {"checklist": [{"id": "a", "veto": "x"}]},
                                   {"entries": []}])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(Invalid) as error:
        settled(**wrong)
    assert error.value.code == "act_setting"


def test_every_attention_has_a_sentence():
    codes = {"differ", "short", "ruled"}
    assert {f"act_attention_check_{code}" for code in codes} <= sentences().keys()


CHECK = (
    'kind="check" roll="=signers" entries="=entries" fix="true" appeal="3" '
    'checklist="=[{id: &quot;seal&quot;}, {id: &quot;fraud&quot;, veto: true}]"'
)


@pytest.fixture
def checking(engine):
    case = set_up(engine, {"check": CHECK})
    case.start(signers="ann ben dan")
    case.open("check")
    return case


def test_an_entry_with_its_opinions_is_nobody_elses_work_any_more(checking):
    checking.give("ann", "check", {"x": FIT, "y": FIT})
    assert checking.todo("ann") == []
    checking.give("ben", "check", {"x": FIT})
    with pytest.raises(NotAllowed) as error:
        checking.give("dan", "check", {"x": FIT})
    assert error.value.code == "act_not_assigned"
    assert [checking.todo(who) for who in ("ben", "dan")] == [["check"], ["check"]]
    checking.give("dan", "check", {"y": FIT})
    assert [checking.todo(who) for who in ("ben", "dan")] == [[], []]
    checking.close("check")  # everybody is done, so no reason is needed


def test_an_opinion_can_be_changed_but_counts_once(checking):
    checking.give("ann", "check", {"x": FIT})
    checking.give("ann", "check", {"x": FIX})
    checking.give("ben", "check", {"x": FIX})
    checking.give("ann", "check", {"x": FIT})
    with checking.engine.read(SYSTEM) as uow:
        assert len(rows.current(uow, checking.lead("check"))) == 2


def test_after_a_conflict_is_pinned_the_entry_needs_somebody_else(checking):
    checking.give("ann", "check", {"x": FIT, "y": FIT})
    checking.give("ben", "check", {"x": FIT, "y": FIT})
    assert checking.todo("dan") == []
    lead = checking.lead("check")
    with checking.engine.begin(checking.actors["officer"]) as uow:
        ann = rows.participants(uow, lead)[0]
        preparing.pin(uow, lead, Pin(ann.id, "x", "近亲属"))
    assert checking.todo("dan") == ["check"]
    checking.give("dan", "check", {"x": FIT})
    checking.close("check")


def test_one_person_in_two_roles_gives_one_opinion(engine):
    case = set_up(engine, {"check": CHECK.replace(
        '"=signers"', '"=concatenate(signers, [{role: &quot;EXPERT&quot;}])"')})  # fmt: skip
    case.start(signers="ann")
    case.open("check")
    case.give("ann", "check", {"x": FIT})
    group = f"EXPERT@{case.units['C']}"
    with engine.read(SYSTEM) as uow:
        part = next(
            r.task_id for r in rows.participants(uow, case.lead("check")) if r.principal == group
        )

    with pytest.raises(Invalid) as error, engine.begin(case.actors["ann"]) as uow:
        taking.contribute(uow, part, {"x": FIT})
    assert error.value.fields == {"x.verdict": ["act_check_twice"]}


def test_confirming_waits_for_rulings_and_for_appeals(checking, clock):
    checking.give("ann", "check", {"x": FIT, "y": UNFIT})
    checking.give("ben", "check", {"x": FIX, "y": UNFIT})
    checking.close("check")
    lead, officer = checking.lead("check"), checking.actors["officer"]
    with pytest.raises(Conflict) as error:
        checking.confirm("check", reason="先确认")
    assert error.value.code == "act_check_open"
    with checking.engine.begin(officer) as uow:
        ruling.rule(uow, lead, "x", {"verdict": PASSED, "reason": "公章已核实"})
    with pytest.raises(Conflict) as error:
        checking.confirm("check", reason="依据核实情况")
    assert error.value.code == "act_check_appeal"
    clock.move(days=3)
    with checking.engine.begin(officer) as uow:
        ruling.rule(uow, lead, "y", {"verdict": PASSED, "reason": "申诉成立", "appeal": "true"})
    checking.confirm("check", reason="依据核实情况")
    with checking.engine.read(SYSTEM) as uow:
        value = rows.of_task(uow, lead).result["value"]
    assert [row["appeal"] for row in value["entries"]] == [False, True]
