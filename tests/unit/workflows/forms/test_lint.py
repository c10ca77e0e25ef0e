import json

import pytest

from tests.unit.workflows.forms.build import OPTIONS, choice, field, group, required, rows
from workflows.forms import problems


def codes(*components: dict) -> list[tuple[str, str]]:
    found = problems({"schemaVersion": 19, "components": list(components)})
    return [(problem.place, problem.code) for problem in found]


def test_a_sound_form_has_no_problems():
    assert codes(required("name"), choice("vote"), rows("talks", field("who"))) == []


@pytest.mark.parametrize("kind", ["button", "table", "iframe", "documentPreview", "image", "魔法"])
def test_an_unsupported_component_is_refused_by_name(kind):
    [problem] = problems({"components": [{"type": kind, "key": "a", "label": "a"}]})

    assert (problem.place, problem.code) == ("a", "component")
    assert kind in problem.zh
    assert kind in problem.en


@pytest.mark.parametrize(
    ("component", "found"),
    [
        (field("1a"), ("1a", "key")),
        (field("a-b"), ("a-b", "key")),
        (field("records"), ("records", "key_reserved")),
        ({"type": "textfield", "label": "a"}, ("[0]", "key_missing")),
        ({"type": "textfield", "key": "a"}, ("a", "label")),
        (field("a", "select"), ("a", "options")),
        (field("a", "select", values=[*OPTIONS, OPTIONS[0]]), ("a", "option_twice")),
        (field("a", "select", values=["x"]), ("a.values", "shape")),
        (field("a", conditional={"hide": "=b ="}), ("a.hide", "expression")),
        (field("a", conditional={"hide": 5}), ("a.hide", "shape")),
        (field("a", properties={"rule": "=("}), ("a.rule", "expression")),
        (field("a", readonly="=)"), ("a.readonly", "expression")),
        (field("a", properties={"kind": "magic"}), ("a", "kind")),
        (field("a", "number", properties={"kind": "person"}), ("a", "kind_type")),
        (field("a", properties={"variable": "a b"}), ("a", "variable")),
        (field("a", validate={"pattern": "(a+)+b"}), ("a.pattern", "pattern_repeats")),
        (field("a", validate={"pattern": "("}), ("a.pattern", "pattern_bad")),
        (field("a", validate={"maxLength": -1}), ("a.maxLength", "number")),
        (field("a", "number", validate={"min": "much"}), ("a.min", "number")),
        (field("a", "number", increment="1e9"), ("a.increment", "number")),
        (field("a", "expression"), ("a.expression", "shape")),
        (field("a", validate=[]), ("a.validate", "shape")),
        (field("a", properties={"rule": ["x"]}), ("a.properties.rule", "shape")),
        (group("a", choice("b"), field("c"), properties={"layout": "matrix"}), ("a", "matrix")),
        (
            rows("a", field("b", "checkbox", properties={"kind": "signature"})),
            ("a.b", "signature_in_rows"),
        ),
        (rows("a", field("b", properties={"variable": "v"})), ("a.b", "variable_in_rows")),
        ({"type": "group", "path": "a", "label": "a"}, ("a.components", "shape")),
        ("text", ("[0]", "shape")),
    ],
)
def test_a_mistake_is_found_where_it_is(component, found):
    assert codes(component) == [found]


def test_a_key_may_come_back_on_another_level_but_not_on_the_same():
    open_group = {"type": "group", "label": "g", "components": [field("a")]}

    assert codes(field("a"), group("g", field("a")), rows("r", field("a"))) == []
    assert codes(field("a"), field("a")) == [("a", "key_twice")]
    assert codes(field("a"), open_group) == [("[1].a", "key_twice")]


def test_every_problem_is_reported_at_once():
    assert len(codes(field("1"), field("a", "select"), field("b", "button"))) == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "json"),
        ("[" * 100_000, "json"),
        ('{"a": NaN}', "json"),
        ("[]", "shape"),
        ("{}", "shape"),
        ('{"components": 3}', "shape"),
        ('{"schemaVersion": 99, "components": []}', "version"),
        (" " * 600_000, "size"),
        (b"\xff\xfe", "json"),
    ],
)
def test_hostile_text_is_one_problem(text, code):
    assert [problem.code for problem in problems(text)] == [code]


def test_depth_and_number_of_components_are_bounded():
    deep = field("a")
    for _ in range(8):
        deep = group("g", deep)

    assert ("g.g.g.g.g", "depth") in codes(deep)
    assert codes(*[field(f"a{i}") for i in range(401)]) == [("", "count")]


def test_sentences_are_complete_in_both_languages():
    found = problems(json.dumps({"components": [field("1"), field("b", "button"), {"type": "x"}]}))

    assert all(problem.zh and problem.en for problem in found)
    assert not any("{" in problem.zh + problem.en for problem in found)
