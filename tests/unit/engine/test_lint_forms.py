"""Forms and expressions: what can be wrong in a component or a formula."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from engine.lint import lint
from engine.packages import Package
from tests.linting import DELEGATES, DEMO, FUNCTIONS, ROLES, findings, found, put, spoil

REVIEW = "forms/review.json"


def with_component(**component: Any) -> Package:
    form = json.loads(DEMO.files[REVIEW])
    form["components"].append({"label": "栏", "key": "bad", **component})
    return put(REVIEW, json.dumps(form, ensure_ascii=False))


@pytest.mark.parametrize(
    ("code", "component"),
    [
        ("component_unknown", {"type": "iframe"}),
        ("component_unknown", {"type": "button"}),
        ("component_unknown", {}),
        ("component_key", {"type": "textfield", "key": "bad key"}),
        ("component_label", {"type": "textfield", "label": ""}),
        ("options_missing", {"type": "select"}),
        ("options_missing", {"type": "radio", "values": []}),
        ("option_value", {"type": "select", "values": [{"label": "甲"}]}),
        ("option_twice", {"type": "select", "values": [{"value": "甲"}, {"value": "甲"}]}),
        ("variable_form", {"type": "textfield", "properties": {"variable": "a b"}}),
        ("record_undeclared", {"type": "filepicker", "properties": {"record": "Z-1"}}),
        ("role_unknown", {"type": "textfield", "properties": {"editableBy": "CLERK NOBODY"}}),
        ("feel_syntax", {"type": "textfield", "properties": {"rule": "=bad >"}}),
        ("feel_sign", {"type": "textfield", "properties": {"rule": "bad > 1"}}),
        ("feel_name", {"type": "textfield", "conditional": {"hide": "=unheard_of = 1"}}),
        ("feel_function", {"type": "textfield", "properties": {"prefill": "=eval(opinion)"}}),
    ],
)
def test_component_fault_is_named(code: str, component: dict[str, Any]):
    finding = found(with_component(**component), code)

    assert finding.file == REVIEW
    assert finding.element.startswith("bad")


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("json_malformed", "{"),
        ("json_malformed", "[" * 100_000),
        ("json_malformed", '{"schemaVersion": 19, "components": [NaN]}'),
        ("form_shape", "[]"),
        ("form_shape", '{"schemaVersion": 19}'),
        ("form_version", '{"schemaVersion": 4, "components": []}'),
        ("form_size", json.dumps({"components": [{"type": "spacer"}] * 401})),
    ],
)
def test_form_that_is_none_is_named(code: str, content: str):
    assert found(put(REVIEW, content), code).file == REVIEW


@pytest.mark.parametrize("part", [1, "text", None, [], {"components": 3}])
def test_nonsense_inside_a_form_never_raises(part: Any):
    form = {"schemaVersion": 19, "components": [part, {"type": "group", "components": part}]}

    assert isinstance(findings(put(REVIEW, json.dumps(form))), list)


@dataclass(frozen=True)
class Problem:
    place: str = "opinion"
    zh: str = "不好"
    en: str = "bad"


def test_check_of_the_form_layer_is_asked_too():
    every = lint(
        DEMO, delegates=DELEGATES, roles=ROLES, functions=FUNCTIONS, forms=lambda form: [Problem()]
    )

    assert {finding.code for finding in every} == {"form_faulty"}
    assert every[0].zh.endswith("不好")
    assert "form_faulty" in every[0].as_json().values()


@pytest.mark.parametrize(
    ("code", "element", "old", "new"),
    [
        ("feel_name", "f4", "opinion = ", "opinions = "),
        ("feel_syntax", "f4", "return_to = &quot;draft&quot; or", "return_to = = or"),
        (
            "feel_result",
            "f4",
            "return_to = &quot;draft&quot; or opinion = &quot;补充&quot;",
            "1 + 1",
        ),
        ("feel_type", "wait", "=date(wait_until)", "=wait_until + 1"),
        ("feel_sign", "wait", "=date(wait_until)", "2026-01-01"),
        ("feel_result", "wait", "=date(wait_until)", "=5"),
        ("feel_result", "wait", "=date(wait_until)", "=&quot;P5D&quot;"),
        ("feel_function", "draft", "=deadline(", "=deadlines("),
        ("feel_type", "draft", "=deadline(today(), 5,", "=deadline(today(), 5 + &quot;a&quot;,"),
        ("feel_sign", "review", "=case.unit", "city"),
        ("feel_result", "each", "=objects", "=1"),
        ("feel_name", "each", "=objects", "=persons"),
        ("feel_name", "tally", "=votes", "=ballots"),
    ],
)
def test_expression_of_a_diagram_is_checked(code: str, element: str, old: str, new: str):
    assert found(spoil("process.bpmn", (old, new)), code).element == element


def test_child_case_sees_its_item_and_its_parent_but_the_parent_sees_no_item():
    due = '<lx:step no="2" due="=date(item.due)" unit="=parent.office"'
    inside = spoil("item.bpmn", ('<lx:step no="2"', due))
    outside = spoil("process.bpmn", ("=case.unit", "=item.unit"))

    assert findings(inside) == []
    assert found(outside, "feel_name").element == "review"


def test_fraction_in_a_form_is_no_binary_float():
    package = with_component(type="number", increment=0.1)

    assert package.forms["review"]["components"][-1]["increment"] == "0.1"
