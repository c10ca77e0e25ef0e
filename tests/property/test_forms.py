"""Whatever a page posts, a form answers with a record or with a refusal, never with a crash."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from tests.unit.workflows.forms.build import (
    OPTIONS,
    Post,
    choice,
    context,
    field,
    form,
    group,
    required,
    rows,
)
from workflows import forms
from workflows.forms import Form

MADE = form(
    required("name"),
    field("n", "number", validate={"min": "=m", "max": 100}, decimalDigits=1),
    field("m", "number"),
    field("day", "datetime", subtype="date", properties={"rule": "=day < end", "ruleMessage": "x"}),
    field("end", "datetime", subtype="datetime"),
    field("at", "datetime", subtype="time"),
    choice("vote", properties={"variable": "vote"}),
    required("why", "textarea", conditional={"hide": '=vote != "no"'}),
    field("tags", "checklist", values=OPTIONS),
    field("ok", "checkbox"),
    field("card", properties={"kind": "idcard"}),
    field("month", properties={"kind": "yyyymm"}),
    field("cost", "number", properties={"kind": "money"}),
    field("who", properties={"kind": "person"}),
    field("team", "taglist", properties={"kind": "people"}),
    field("file", "filepicker", multiple=True),
    field("sum", "expression", expression="=n + count(r)"),
    field("sign", "checkbox", properties={"kind": "signature"}),
    group("g", field("a", properties={"editableBy": "X"}), rows("r", field("b", "number"))),
    rows("r", field("c"), choice("v"), rows("q", field("d", "number"))),
)
SEEN = [
    "",
    "1",
    "12.5",
    "-3",
    "yes",
    "no",
    "2026-03-02",
    "2026-03-02T09:30",
    "09:30",
    "p1",
    "周文斌",
]
TEXTS = st.one_of(st.sampled_from(SEEN), st.text(max_size=30))
STEPS = st.sampled_from(
    ["name", "n", "m", "day", "end", "at", "vote", "why", "tags", "ok", "card", "month", "cost",
     "who", "team", "file", "sum", "sign", "g", "a", "r", "b", "c", "v", "q", "d", "0", "1", "7"]
)  # fmt: skip
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(STEPS, TEXTS), inner, max_size=5)
    ),
    max_leaves=25,
)
ANSWERS = st.dictionaries(STEPS, JSON, max_size=20)
KNOWN = context(files=lambda digest: {"size": 1}, actor={"id": "u", "name": "林"})


def passed(made: Form, raw: Any) -> forms.Cleaned | None:
    try:
        return forms.validate(made, raw, KNOWN)
    except Invalid:
        return None


@given(ANSWERS)
def test_any_answers_end_in_a_record_or_a_refusal(raw: dict[str, Any]) -> None:
    done = passed(MADE, raw)

    if done is not None:
        assert json.loads(json.dumps(done.data)) == done.data


@given(ANSWERS)
def test_any_answers_can_be_shown_again(raw: dict[str, Any]) -> None:
    page = forms.view(MADE, raw, KNOWN)

    assert page.fields[0].path == "name"


@given(st.dictionaries(st.lists(STEPS, max_size=6).map("-".join), st.lists(TEXTS, max_size=3)))
def test_any_post_is_read_or_refused_and_what_is_read_can_be_checked(
    post: dict[str, list[str]],
) -> None:
    try:
        raw = forms.parse_post(MADE, Post(post))
    except Invalid:
        return
    passed(MADE, raw)
    forms.view(MADE, raw, KNOWN)


PATHS = st.lists(STEPS, max_size=5).map("-".join)
BUTTONS = st.builds("{}:{}{}".format, st.sampled_from(["add", "del", "drop", "x"]), PATHS, TEXTS)


@given(ANSWERS, BUTTONS)
def test_any_button_changes_the_answers_or_is_refused(raw: dict[str, Any], act: str) -> None:
    try:
        changed = forms.apply_action(MADE, raw, act)
    except Invalid:
        return
    if changed is not None:
        forms.view(MADE, changed, KNOWN)


WELL_FILLED = st.fixed_dictionaries(
    {"name": st.sampled_from(["周", "孙敏"])},
    optional={
        "m": st.integers(-5, 5),
        "n": st.decimals(5, 100, places=1).map(str),
        "vote": st.sampled_from(["yes", "no"]),
        "why": st.just("理由"),
        "tags": st.lists(st.sampled_from(["yes", "no"]), unique=True),
        "ok": st.booleans(),
        "month": st.sampled_from(["2026.3", "202612"]),
        "cost": st.decimals(0, 10**9, places=2).map(str),
        "who": st.just("p1"),
        "team": st.just(["p1", "p2"]),
        "end": st.datetimes().map(lambda moment: moment.isoformat(timespec="minutes")),
        "sign": st.booleans(),
        "r": st.lists(
            st.fixed_dictionaries({}, optional={"c": TEXTS, "q": st.just([{"d": 3}])}), max_size=3
        ),
    },
)


@given(WELL_FILLED)
@settings(max_examples=200)
def test_a_record_handed_in_again_is_the_same_record(raw: dict[str, Any]) -> None:
    done = passed(MADE, raw)

    if done is not None:
        again = forms.validate(MADE, done.data, KNOWN)
        assert again == done
        assert forms.changes(MADE, done.data, again.data) == []


@given(WELL_FILLED)
def test_what_is_shown_and_what_is_checked_agree_on_what_is_hidden(raw: dict[str, Any]) -> None:
    done = passed(MADE, raw)

    if done is not None:
        shown = {one.path for one in forms.view(MADE, raw, KNOWN).fields}
        assert shown == set(done.data)


@given(JSON)
def test_any_json_is_a_form_or_a_list_of_problems(found: Any) -> None:
    definition = {"schemaVersion": 19, "components": found}
    problems = forms.problems(json.dumps(definition, default=str))

    assert problems or forms.load(definition) is not None


COMPONENT = st.dictionaries(
    st.sampled_from(
        ["type", "key", "path", "label", "values", "validate", "properties", "conditional",
         "components", "accept", "increment", "decimalDigits", "layout", "appearance", "subtype",
         "defaultValue", "expression", "readonly", "valuesKey", "text", "description", "multiple",
         "defaultRepetitions", "allowAddRemove", "dateLabel", "content", "disabled"]
    ),
    st.one_of(
        JSON,
        st.sampled_from(["textfield", "group", "dynamiclist", "number", "radio", "text", "=a"]),
        st.fixed_dictionaries({}, optional={
            "layout": st.just("matrix"), "kind": TEXTS, "columns": JSON, "min": JSON,
            "pattern": TEXTS, "rule": TEXTS, "maxRows": JSON, "en": JSON, "required": JSON,
            "prefixAdorner": JSON, "validationType": JSON, "placeholder": JSON,
        }),
    ),
)  # fmt: skip


@given(st.lists(COMPONENT, max_size=4))
def test_a_definition_without_problems_loads_and_can_be_used(components: list[Any]) -> None:
    text = json.dumps({"schemaVersion": 19, "components": components})
    if forms.problems(text):
        return
    made = forms.load(text)
    try:
        raw = forms.initial(made, KNOWN)
        forms.view(made, raw, KNOWN)
        forms.validate(made, raw, KNOWN)
    except Invalid:
        pass
