import pytest

from engine.errors import Invalid
from tests.unit.workflows.forms.build import (
    OPTIONS,
    SUN,
    ZHOU,
    Post,
    choice,
    context,
    field,
    form,
    group,
    rows,
)
from workflows import forms
from workflows.forms.decoding import MAX_NAMES, MAX_TOTAL

MADE = form(
    field("name"),
    field("ok", "checkbox"),
    field("many", "checklist", values=OPTIONS),
    group("g", choice("vote")),
    rows("r", field("who"), field("tick", "checkbox"), rows("inner", field("x"))),
    field("files", "filepicker", multiple=True),
)
EMPTY = {"ok": False, "many": [], "g": {}, "r": [], "files": []}


def refused(made, post) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        forms.parse_post(made, Post(post))
    return {path: [m.code for m in found] for path, found in caught.value.fields.items()}


def test_names_become_nested_answers():
    post = Post(
        {
            "csrf_token": ["t"],
            "_act": ["save"],
            "name": ["周"],
            "many": ["yes", "", "no"],
            "g-vote": ["yes"],
            "r-0": [""],
            "r-0-who": ["赵"],
            "r-0-inner-0-x": ["1"],
            "files": ["d 一.pdf"],
        }
    )

    assert forms.parse_post(MADE, post) == {
        "name": "周",
        "ok": False,
        "many": ["yes", "no"],
        "g": {"vote": "yes"},
        "r": [{"who": "赵", "tick": False, "inner": [{"x": "1"}]}],
        "files": ["d 一.pdf"],
    }


def test_an_empty_post_is_an_empty_form():
    assert forms.parse_post(MADE, Post()) == EMPTY


def test_gaps_between_rows_close_and_rows_keep_their_order():
    post = Post({"r-10-who": ["c"], "r-2-who": ["b"], "r-0": [""]})

    assert [row.get("who") for row in forms.parse_post(MADE, post)["r"]] == [None, "b", "c"]


@pytest.mark.parametrize(
    "name",
    ["x", "name-x", "g-x", "r-x", "r-0-x", "r-99999", "r-0-inner-0-x-y", "-", "", "a" * 300,
     "-".join("a" * 16), "-".join("a" * 30), "name-0-who"],
)  # fmt: skip
def test_names_the_form_does_not_have_are_refused(name):
    assert list(refused(MADE, {name: ["1"]}).values()) == [["unknown"]]


def test_too_much_is_refused():
    assert refused(MADE, {"name": ["字" * 100_001]}) == {"name": ["too_many"]}
    assert list(refused(MADE, {"n" * 500: [""]}).values()) == [["too_many"]]
    assert list(refused(MADE, {f"a{i}": [""] for i in range(MAX_NAMES + 1)}).values())
    half = ["字" * 100_000] * 20
    assert len("".join(half)) == MAX_TOTAL
    assert refused(MADE, {"many": half}) == {"many": ["too_many"]}
    assert refused(MADE, {"many": ["x"] * 501}) == {"many": ["unknown"]}
    assert refused(MADE, {f"r-{i}": [""] for i in range(101)}) == {"r": ["rows_max"]}


# Buttons -----------------------------------------------------------------------------------


def test_rows_come_and_go_and_the_answers_given_stay_untouched():
    raw = {"r": [{"who": "a"}, {"who": "b"}]}

    assert forms.apply_action(MADE, raw, "add:r") == {"r": [{"who": "a"}, {"who": "b"}, {}]}
    assert forms.apply_action(MADE, raw, "del:r-0") == {"r": [{"who": "b"}]}
    assert forms.apply_action(MADE, raw, "del:r-7") == raw
    assert raw == {"r": [{"who": "a"}, {"who": "b"}]}


def test_rows_inside_rows():
    raw = {"r": [{"inner": []}]}

    assert forms.apply_action(MADE, raw, "add:r-0-inner") == {"r": [{"inner": [{}]}]}


def test_a_file_is_dropped_by_its_digest():
    raw = {"files": ["d1 一.pdf", {"digest": "d2", "name": "二.pdf"}]}

    assert forms.apply_action(MADE, raw, "drop:files:d2") == {"files": ["d1 一.pdf"]}


@pytest.mark.parametrize("act", ["", "save", "submit", "add:", "addr", "return:S1"])
def test_other_buttons_belong_to_the_page(act):
    assert forms.apply_action(MADE, {}, act) is None


@pytest.mark.parametrize(
    "act",
    ["add:x", "add:name", "add:g", "del:r", "del:r-x", "del:name-0", "drop:r:x", "add:r-5-inner",
     "add:r-x-inner", "add:name-0-x", "add:" + "r-0-" * 50],
)  # fmt: skip
def test_buttons_for_places_that_do_not_exist_are_refused(act):
    with pytest.raises(Invalid):
        forms.apply_action(MADE, {}, act)


def test_a_list_does_not_grow_beyond_its_limit_and_a_fixed_one_not_at_all():
    small = form(rows("r", field("a"), properties={"maxRows": 1}))
    fixed = form(rows("r", field("a"), allowAddRemove=False))

    for made in (small, fixed):
        with pytest.raises(Invalid):
            forms.apply_action(made, {"r": [{}]}, "add:r")


# Opening -----------------------------------------------------------------------------------


def test_a_form_opens_with_what_was_stored_prefilled_or_default():
    made = form(
        field("a", properties={"prefill": "=item.name"}),
        field("b", properties={"prefill": "=item.name"}),
        field("c", defaultValue="x"),
        field("d", "number", properties={"prefill": "=records.S1.n + 1"}),
        field("s", "checkbox", properties={"kind": "signature"}),
        rows("r", field("e"), defaultRepetitions=2),
        group("g", field("f", properties={"prefill": "=a"})),
    )
    known = context(stored={"a": "stored"}, variables={"item": ZHOU}, records={"S1": {"n": 2}})

    assert forms.initial(made, known) == {
        "a": "stored", "b": "周文斌", "c": "x", "d": 3, "r": [{}, {}], "g": {"f": "stored"},
    }  # fmt: skip


def test_a_fixed_list_opens_with_the_rows_of_its_source_and_what_was_entered_before():
    made = form(
        rows("r", field("name", readonly=True), field("n", "number"), allowAddRemove=False,
             properties={"prefill": "=objects"})
    )  # fmt: skip
    before = {"r": [{"name": "旧", "n": 1}, {"name": "旧", "n": 2}]}
    known = context(stored=before, variables={"objects": [ZHOU, SUN]})

    assert forms.initial(made, known)["r"] == [
        {"name": "周文斌", "n": 1}, {"name": "孙敏", "n": 2},
    ]  # fmt: skip
