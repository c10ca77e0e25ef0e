import json

import pytest

from engine.errors import Invalid
from tests.unit.workflows.forms.build import choice, field, form, group, required, rows
from workflows import forms


def test_the_same_text_gives_the_same_form():
    text = json.dumps({"components": [field("a")]})

    assert forms.load(text) is forms.load(text.encode())


def test_a_form_with_problems_is_refused_with_all_of_them():
    with pytest.raises(Invalid) as caught:
        form(field("a", "button"), field("b", "select"))

    assert caught.value.code == "form_definition"
    assert caught.value.fields == {"a": ["component"], "b": ["options"]}
    assert [problem.place for problem in caught.value.params["problems"]] == ["a", "b"]


def test_the_digest_is_that_of_the_text():
    assert form(field("a")).digest == form(field("a")).digest
    assert form(field("a")).digest != form(field("b")).digest


def test_fields_know_their_words_in_both_languages():
    [name] = form(field("name", properties={"en": "Name"}, description="全名")).fields

    assert (name.label.say("zh"), name.label.say("en"), name.hint.say("en")) == (
        "name", "Name", "全名",
    )  # fmt: skip


def test_places_lead_through_groups_and_rows():
    made = form(group("g", rows("r", field("a"))), {"type": "separator"}, required("b"))

    assert [place for place, _ in made.walk()] == ["g", "g-r", "g-r-a", "", "b"]


def test_expressions_and_variables_are_listed_for_the_linter():
    made = form(
        field("a", conditional={"hide": "=b"}, properties={"variable": "va", "rule": "=a > 1"}),
        choice("b"),
    )

    assert [place for place, _ in made.expressions()] == ["a.hide", "a.rule"]
    assert made.variables() == {"va"}


def test_html_is_kept_as_text_only():
    [shown] = form(
        {"type": "html", "content": "<h1>标题</h1><script>bad()</script><p>正文</p>"}
    ).fields

    assert shown.text.zh == "标题\n正文"


def test_a_pattern_limits_the_length_so_that_matching_stays_cheap():
    [found] = form(field("a", validate={"pattern": "^a+$", "maxLength": 5000})).fields

    assert found.limits.max_length == 200
