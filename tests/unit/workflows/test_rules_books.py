"""What must hold for every book we ship."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from workflows.rules import book
from workflows.rules.evaluate import broken_examples
from workflows.rules.facts import FACTS

SHIPPED = Path(__file__).parents[3] / "bpmn"
ACT = [{"key": name} for name in ("act", "roll", "closed_early", "rulings")]
"""What the record of an act holds in place of the answers to a form."""
BOOKS = [book.load(name) for name in book.available()]
RULES = [
    pytest.param(rule, id=f"{each.id}-{rule.id}") for each in BOOKS for rule in each.rules.values()
]


def asked(components) -> Iterator[str]:
    """The names under which a form's answers are recorded at the top level."""
    for component in components:
        if component.get("path"):
            yield component["path"]
        elif component.get("components"):
            yield from asked(component["components"])
        elif component.get("key"):
            yield component["key"]


def nested(components) -> Iterator[str]:
    """Every key in a form, at any depth."""
    for component in components:
        yield from (component[name] for name in ("path", "key") if component.get(name))
        yield from nested(component.get("components", ()))


@pytest.fixture(scope="module")
def forms():
    acts = {
        node.get("id"): ACT
        for path in SHIPPED.glob("*/*.bpmn")
        for node in etree.parse(path).iter("{*}userTask")
        if node.find(".//{*}act") is not None
    }
    return acts | {
        path.stem: json.loads(path.read_text("utf-8"))["components"]
        for path in SHIPPED.glob("*/forms/*.json")
    }


def test_both_generations_of_the_law_are_shipped():
    assert book.available() == ["current", "huizhou-2011"]


@pytest.mark.parametrize("each", BOOKS, ids=lambda each: each.id)
def test_every_example_comes_out_as_it_says(each):
    assert broken_examples(each) == []


@pytest.mark.parametrize("rule", RULES)
def test_law_that_nobody_has_checked_never_blocks(rule):
    if rule.kind == "law" and not rule.verified:
        assert rule.severity in {"WARN", "INFO", "OFF"}


@pytest.mark.parametrize("rule", RULES)
def test_rule_reads_only_fields_that_a_form_of_its_nodes_asks_for(rule, forms):
    if not forms:
        pytest.skip("the package has no forms")
    own = {name for node in rule.nodes for name in asked(forms[node])}
    for node, name in book.fields_read(rule):
        assert name in (own if node in rule.nodes else set(asked(forms[node]))), (node, name)


@pytest.mark.parametrize("rule", RULES)
def test_finding_is_shown_beside_a_field_that_exists(rule, forms):
    if not forms or not rule.field:
        return
    keys = {key for node in rule.nodes for key in nested(forms[node])}
    assert set(rule.field.split("-")) <= keys


def test_every_fact_is_asked_for_by_some_rule():
    used = book.facts_read([rule for each in BOOKS for rule in each.rules.values()])
    assert used == FACTS.keys()


def test_every_number_is_used_by_some_rule_or_diagram():
    drawn = "".join(path.read_text("utf-8") for path in SHIPPED.glob("*/*.bpmn"))
    for each in BOOKS:
        text = drawn + "".join(book.shipped(name) for name in book.available())
        for name in each.numbers:
            assert f"numbers.{name}" in text.replace(f"[numbers.{name}]", "")


def test_book_of_2011_says_why_it_differs_and_keeps_the_rest():
    current, past = (book.load(name) for name in ("current", "huizhou-2011"))
    assert past.rules.keys() == current.rules.keys()
    assert past.rules["DEC-004"].severity == "OFF"
    assert past.changes["DEC-004"].evidence == ("S03",)
    assert (past.numbers["posting_length"].value, past.numbers["posting_unit"].value) == (7, "day")
    differing = {name for name in current.rules if past.rules[name] != current.rules[name]}
    assert differing == past.changes.keys()
    assert past.digest != current.digest
