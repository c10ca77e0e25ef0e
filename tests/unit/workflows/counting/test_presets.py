from dataclasses import replace
from fractions import Fraction

import pytest

from workflows.counting.presets import FILE, exclusion_reasons, preset, presets, read
from workflows.counting.rules import Base, Threshold, Turnout
from workflows.counting.working import NotCountable

HALF_OVER = Threshold(Fraction(1, 2), Base.DUE, inclusive=False)
THRESHOLDS = (
    HALF_OVER,
    Threshold(Fraction(2, 3), Base.DUE, inclusive=True),
    Threshold(Fraction(2, 3), Base.DUE, inclusive=False),
    Threshold(Fraction(4, 5), Base.DUE, inclusive=True),
    Threshold(Fraction(4, 5), Base.DUE, inclusive=False),
)


@pytest.mark.parametrize(
    ("base", "needs"),
    [
        (39, (20, 26, 27, 32, 32)),
        (40, (21, 27, 27, 32, 33)),
        (45, (23, 30, 31, 36, 37)),
        (46, (24, 31, 31, 37, 37)),
        (50, (26, 34, 34, 40, 41)),
        (51, (26, 34, 35, 41, 41)),
    ],
)
def test_thresholds_of_the_table(base, needs):
    assert tuple(each.need(base) for each in THRESHOLDS) == needs


@pytest.mark.parametrize(
    ("body", "quorum", "majority"),
    [
        ("members_election", "≥ 4/5 due", "> 1/2 present"),
        ("members_election_due", "≥ 4/5 due", "> 1/2 due"),
        ("members_election_1990", "> 4/5 due", "> 1/2 present"),
        ("local_congress", "> 1/2 due", "> 1/2 due"),
        ("members_resolution", "≥ 1/2 due", "> 1/2 due"),
        ("committee_officers", "≥ 4/5 due", "> 1/2 present"),
        ("appointment", "≥ 2/3 members", "> 1/2 due"),
        ("plenum", "≥ 2/3 members", "> 1/2 due"),
        ("reopening", None, "> 1/2 members"),
        ("jury", "≥ 2/3 members", "> 1/2 present"),
        ("deputies_direct", "> 1/2 due", "> 1/2 present"),
        ("deputies_by_congress", "> 1/2 members", "> 1/2 members"),
        ("village_committee", "> 1/2 due", "> 1/2 present"),
        ("item_half_of_present", None, "> 1/2 present"),
        ("item_three_quarters_of_present", None, "≥ 3/4 present"),
        ("item_two_thirds_of_due", None, "≥ 2/3 due"),
    ],
)
def test_every_body_has_its_own_quorum_and_base(body, quorum, majority):
    found = preset(body).parameters()
    assert (found.get("quorum"), found["majority"]) == (quorum, majority)


def test_write_ins_exist_only_in_elections():
    allowed = {name for name, rule in presets().items() if rule.write_in != "no"}
    elections = ("members_election", "committee", "local", "deputies", "village")
    assert {name for name in presets() if name.startswith(elections)} == allowed


def test_third_word_is_defer_in_a_committee_and_abstain_elsewhere():
    third = {name: rule.choices[2] for name, rule in presets().items()}
    assert {name for name, word in third.items() if word == "缓议"} == {"appointment"}
    assert set(third.values()) == {"缓议", "弃权"}


def test_every_rule_is_bilingual_with_basis_and_evidence():
    for rule in presets().values():
        assert rule.zh
        assert rule.en.isascii()
        assert rule.basis
        assert rule.evidence


def test_single_values_may_be_set_without_touching_the_preset():
    changed = replace(preset("members_election"), revote=HALF_OVER)
    assert changed.revote == HALF_OVER
    assert preset("members_election").revote is None


def test_six_lawful_reasons_leave_a_member_out():
    assert len(exclusion_reasons()) == 6
    assert all({"zh", "en", "evidence"} == each.keys() for each in exclusion_reasons().values())


def test_unknown_rule_is_refused():
    with pytest.raises(NotCountable) as refused:
        preset("x")
    assert refused.value.why == "preset_unknown"


def test_number_that_is_missing_is_not_taken_for_zero():
    with pytest.raises(NotCountable) as refused:
        Turnout(due=50).of(Base.PRESENT)
    assert refused.value.facts == {"base": "present"}
    with pytest.raises(NotCountable):
        Turnout(present=-1).of(Base.PRESENT)


@pytest.mark.parametrize(
    ("old", "new", "entry"),
    [
        ('quorum = { at_least = "4/5", of = "due" }', 'quorum = { atleast = "4/5", of = "due" }',
         "quorum"),
        ('of = "present" }', 'of = "presents" }', "majority"),
        ('more_than = "1/2"', 'more_than = "3/2"', "majority"),
        ('more_than = "1/2"', "more_than = 0.5", "majority"),
        ('write_in = "only_with_against"', 'write_in = "yes"', "write_in"),
        ("marks_within_seats = true", "marks_within_seats = 1", "marks_within_seats"),
        ("near_full = 1", "near_full = -1", "near_full"),
        ('short = ["reelect", "reduce"]', 'short = ["fill"]', "short"),
        ('choices = ["赞成", "不赞成", "弃权"]', 'choices = ["赞成", "赞成", "弃权"]', "choices"),
        ('evidence = ["S23"', 'surprise = 1\nevidence = ["S23"', "surprise"),
        ('en = "Members\' meeting elects a committee (base: entitled present)"', "en = ''", "en"),
    ],
)  # fmt: skip
def test_wrong_entry_of_a_rule_is_named(old, new, entry):
    text = FILE.read_text("utf-8")
    assert old in text
    with pytest.raises(NotCountable) as refused:
        read(text.replace(old, new, 1))
    assert (refused.value.why, refused.value.facts["entry"]) == ("preset_wrong", entry)


@pytest.mark.parametrize("like", ["members_election", "nobody"])
def test_rule_cannot_be_like_itself_or_nobody(like):
    with pytest.raises(NotCountable) as refused:
        read(f'[rule.members_election]\nlike = "{like}"\n')
    assert refused.value.facts == {"id": "members_election", "entry": "like"}
