import pytest

from engine.errors import Invalid, NotFound
from workflows.rules import book

HEAD = """
[book]
id = "trial"
zh = "试行"
en = "Trial"
processes = ["p"]

[numbers.least]
value = "2/3"
zh = "最低比例"
en = "least share"
basis = "某规定"
evidence = ["S03"]
"""
RULE = """
[[rule]]
id = "ABC-001"
nodes = ["N1"]
severity = "BLOCK"
field = "present"
require = "at_least(record.present, record.members, numbers.least)"
zh = "到会 {record.present} 人。"
en = "{record.present} present."
remedy_zh = "另行开会。"
remedy_en = "Meet again."
basis = "某规定"
evidence = ["S03"]
examples = [
  { expect = "pass", record = { members = 3, present = 2 } },
  { expect = "fail", record = { members = 3, present = 1 } },
]
"""


def read(text, **others):
    return book.read("trial", lambda name: {"trial": text, **others}[name])


def mistakes(text, **others):
    with pytest.raises(Invalid) as refused:
        read(text, **others)
    assert refused.value.code == "rulebook_invalid"
    return refused.value.fields


def test_a_right_book_is_read():
    trial = read(HEAD + RULE)
    rule = trial.rules["ABC-001"]
    assert rule.severity == rule.declared == "BLOCK"
    assert rule.applies("p", "N1")
    assert not rule.applies("q", "N1")
    assert not rule.applies("p", "N2")
    assert trial.at("p", "N1") == [rule]
    assert trial.numbers["least"].value == "2/3"
    assert len(trial.digest) == 64


EVIDENCE = 'evidence = ["S03"]\nexamples'
FAILING = '{ expect = "fail", record = { members = 3, present = 1 } },'


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (f'basis = "某规定"\n{EVIDENCE}', EVIDENCE, "missing basis"),
        (EVIDENCE, "examples", "missing evidence"),
        (EVIDENCE, EVIDENCE.replace("S03", "heard"), "unknown evidence mark heard"),
        ('remedy_en = "Meet again."', "", "missing remedy_en"),
        ('zh = "到会 {record.present} 人。"', 'zh = " "', "missing zh"),
        ('"BLOCK"', '"STOP"', "severity must be one of BLOCK HOLD INFO OFF WARN"),
        ('nodes = ["N1"]', "", "missing nodes"),
        ('field = "present"', 'fields = ["present"]', "unknown key fields"),
        (FAILING, "", "needs an example that passes and one that fails"),
        ('expect = "fail"', 'expect = "maybe"', "an example expects pass or fail"),
        ("numbers.least)", "numbers.most)", "require: unknown number most"),
        ("record.members,", "facts.weather,", "require: unknown fact weather"),
        ("record.members,", "members,", "require: unknown name members"),
        ("record.members,", "item.members,", "require: unknown name item"),
        ("at_least(", "open_file(", "require: unknown function open_file"),
        ("{record.present} present", "{present} present", "text: unknown name present"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_at_its_rule(before, after, problem):
    assert before in RULE
    assert problem in mistakes(HEAD + RULE.replace(before, after, 1))["ABC-001"]


def test_unreadable_condition_is_named_with_its_place():
    found = mistakes(HEAD + RULE.replace("numbers.least)", "numbers.least"))
    assert found["ABC-001"][0].startswith("require: ")
    assert "missing require" in found["ABC-001"]


def test_all_mistakes_are_reported_together():
    wrong = RULE.replace("ABC-001", "abc1").replace('basis = "某规定"', "")
    found = mistakes(HEAD.replace('zh = "试行"', "") + wrong)
    assert found == {
        "book": ["missing zh"],
        "abc1": ["the id is not like ABC-001", "missing basis"],
    }


def test_rule_declared_twice_is_refused():
    assert mistakes(HEAD + RULE + RULE) == {"ABC-001": ["declared twice"]}


def test_text_that_is_no_toml_is_refused():
    assert list(mistakes("[book")) == ["toml"]


def test_book_under_another_name_is_refused():
    assert mistakes(HEAD.replace('id = "trial"', 'id = "other"')) == {"book": ["id is not trial"]}


def test_floats_are_no_numbers_of_the_law():
    found = mistakes(HEAD.replace('value = "2/3"', "value = 0.667") + RULE)
    assert found == {"numbers.least": ["value must be text, a whole number or true/false"]}


CHANGED = """
[book]
id = "trial"
extends = "base"
zh = "旧"
en = "Old"
[changes.ABC-001]
severity = "OFF"
why_zh = "当时没有此规定。"
why_en = "There was no such rule."
evidence = ["S03"]
"""
BASE = HEAD.replace('id = "trial"', 'id = "base"') + RULE


def test_extending_book_changes_a_rule_and_says_why():
    old = read(CHANGED, base=BASE)
    assert old.rules["ABC-001"].severity == "OFF"
    assert old.at("p", "N1") == []
    assert old.changes["ABC-001"].en == "There was no such rule."
    assert old.extends == "base"


@pytest.mark.parametrize(
    ("before", "after", "place", "problem"),
    [
        ('why_zh = "当时没有此规定。"', "", "changes.ABC-001", "missing why_zh"),
        ('evidence = ["S03"]', "", "changes.ABC-001", "missing evidence"),
        ("changes.ABC-001", "changes.ABC-009", "changes.ABC-009", "no such rule"),
    ],
)
def test_change_without_reason_or_rule_is_refused(before, after, place, problem):
    assert problem in mistakes(CHANGED.replace(before, after), base=BASE)[place]


def test_book_that_extends_itself_is_refused():
    assert mistakes(CHANGED.replace('"base"', '"trial"')) == {"book": ["extends too deep"]}


def test_digest_changes_with_the_extended_book():
    other = BASE.replace("另行开会", "重新开会")
    assert read(CHANGED, base=BASE).digest != read(CHANGED, base=other).digest


@pytest.mark.parametrize("evidence", ['["R"]', '["D"]', '["R", "D"]'])
def test_unverified_law_warns_unless_the_book_says_otherwise(evidence):
    text = HEAD + RULE.replace('evidence = ["S03"]\nexamples', f"evidence = {evidence}\nexamples")
    rule = read(text).rules["ABC-001"]
    assert (rule.declared, rule.severity, rule.verified) == ("BLOCK", "WARN", False)
    strict = text.replace('id = "trial"', 'id = "trial"\nunverified_block = true')
    assert read(strict).rules["ABC-001"].severity == "BLOCK"


def test_consistency_of_the_record_may_block_whatever_its_evidence():
    text = HEAD + RULE.replace(
        'evidence = ["S03"]\nexamples', 'evidence = ["D"]\nkind = "form"\nexamples'
    )
    assert read(text).rules["ABC-001"].severity == "BLOCK"


@pytest.mark.parametrize("name", ["nowhere", "../current", "current.toml", ""])
def test_unknown_book_is_not_found(name):
    with pytest.raises(NotFound) as refused:
        book.load(name)
    assert refused.value.code == "rulebook_not_found"
