import pytest

from tests.unit.workflows.forms.build import (
    OPTIONS,
    SUN,
    ZHOU,
    People,
    choice,
    context,
    field,
    form,
    group,
    required,
    rows,
)
from workflows import forms
from workflows.forms import Message


def shown(component, raw=None, **more):
    [found] = forms.view(form(component), {} if raw is None else {"a": raw}, context(**more)).fields
    return found


@pytest.mark.parametrize(
    ("component", "control"),
    [
        (field("a"), "input"),
        (field("a", "number"), "input"),
        (field("a", "textarea"), "textarea"),
        (field("a", "datetime"), "moment"),
        (field("a", "select", values=OPTIONS), "select"),
        (choice("a"), "radios"),
        (field("a", "checklist", values=OPTIONS), "chips"),
        (field("a", "checkbox"), "checkbox"),
        (field("a", "filepicker"), "files"),
        (field("a", "expression", expression="=1"), "shown"),
        (field("a", properties={"kind": "person"}), "select"),
        (field("a", "taglist", properties={"kind": "people"}), "chips"),
        (field("a", "checkbox", properties={"kind": "signature"}), "signature"),
        (rows("a", field("b")), "rows"),
        (group("a", field("b")), "group"),
        (group("a", choice("b"), properties={"layout": "matrix"}), "matrix_radio"),
        ({"type": "separator"}, "separator"),
        ({"type": "spacer"}, "gap"),
        ({"type": "text", "text": "x"}, "text"),
    ],
)
def test_every_component_has_its_control(component, control):
    assert shown(component).control == control


def test_half_typed_text_is_shown_again_as_it_was_typed():
    assert shown(field("a", "number"), "12x").value == "12x"


def test_chosen_options_are_marked():
    assert [o.chosen for o in shown(choice("a"), "no").options] == [False, True]
    many = shown(field("a", "checklist", values=OPTIONS), ["yes"])
    assert [o.chosen for o in many.options] == [True, False]


def test_english_words_are_used_where_there_are_some():
    found = shown(choice("a", properties={"en": "Vote"}), lang="en")

    assert (found.label, [o.label for o in found.options]) == ("Vote", ["Agree", "不同意"])


def test_errors_lie_beside_their_field_and_lead_there_from_the_summary():
    made = form(group("g", field("a")), rows("r", field("b")))
    errors = {"g-a": [Message("required")], "r-0-b": [Message("number")], "gone": [Message("type")]}

    page = forms.view(made, {"r": [{}]}, context(), errors=errors)

    assert [(way, one.path) for way, one in page.wrong] == [
        ("g · a", "g-a"),
        ("r · 1 · b", "r-0-b"),
    ]
    assert page.wrong_paths == "g-a r-0-b"
    assert page.unplaced == (Message("type"),)
    assert page.fields[0].items[0].described_by == "f-g-a-e"


def test_hidden_fields_are_not_drawn():
    made = form(choice("vote"), required("why", conditional={"hide": '=vote != "no"'}))

    assert [one.path for one in forms.view(made, {"vote": "yes"}, context()).fields] == ["vote"]


def test_read_only_fields_show_what_is_stored_not_what_was_typed():
    found = shown(field("a", readonly=True), "forged", stored={"a": "true"})

    assert (found.control, found.text, found.locked) == ("shown", "true", True)


def test_a_long_list_of_people_becomes_a_search_field():
    crowd = People(ZHOU, SUN, filler=60)
    person = field("a", properties={"kind": "person"})

    found = shown(person, "p1", directory=crowd)
    typed = shown(person, "孙", directory=crowd)

    assert (found.control, found.value) == ("lookup", "周文斌（市农业农村局 副局长）")
    assert typed.suggestions == ("孙敏（市农业农村局 科长）",)


def test_chosen_people_stay_beside_the_search_field():
    several = field("a", "taglist", properties={"kind": "people"})

    found = shown(several, ["p1", "孙"], directory=People(ZHOU, SUN, filler=60))

    assert (found.control, found.value) == ("people", "孙")
    assert [(o.value, o.chosen) for o in found.options] == [("p1", True)]


def test_texts_may_be_computed():
    text = {"type": "text", "text": '="应到 " + string(due) + " 人"'}

    assert shown(text, variables={"due": 11}).text == "应到 11 人"


def test_a_record_shows_what_it_holds_and_asks_no_condition_again():
    made = form(
        choice("vote"),
        required("why", conditional={"hide": "=true"}),
        field("gone"),
        {"type": "separator", "conditional": {"hide": "=true"}},
    )

    page = forms.view(made, {"vote": "no", "why": "理由"}, context(), mode="read")

    assert [(one.path, one.text) for one in page.fields] == [("vote", "不同意"), ("why", "理由")]
    assert all(one.locked for one in page.fields)


def test_a_record_shows_rows_groups_files_and_people():
    made = form(
        group("g", field("p", properties={"kind": "person"})),
        rows("r", field("d", "datetime")),
        field("f", "filepicker"),
        field("m", "number", properties={"kind": "money"}),
    )
    data = {
        "g": {"p": ZHOU},
        "r": [{"d": "2026-03-02"}],
        "f": [{"digest": "a" * 64, "name": "一.pdf"}],
        "m": "12500.50",
    }

    g, r, f, m = forms.view(made, data, context(lang="en"), mode="print").fields

    assert g.items[0].text == "周文斌（市农业农村局 副局长）"
    assert r.rows[0].cells[0].text == "2 Mar 2026"
    assert f.files[0]["name"] == "一.pdf"
    assert m.text == "12,500.50"


def test_lines_of_a_sheet_hold_at_most_three_fields_and_sixteen_columns():
    def narrow(key, columns):
        return field(key, layout={"columns": columns})

    made = form(
        narrow("a", 5), narrow("b", 6), narrow("c", 5), narrow("d", 8), narrow("e", 9),
        field("f", "textarea"), *[narrow(f"g{i}", 4) for i in range(4)],
    )  # fmt: skip
    lines = forms.view(made, {}, context()).lines

    assert ["".join(one.path for one in line) for line in lines] == [
        "abc", "d", "e", "f", "g0g1g2", "g3",
    ]  # fmt: skip


def test_page_needs_files_only_with_a_file_field():
    assert forms.view(form(group("g", field("a", "filepicker"))), {}, context()).needs_files
    assert not forms.view(form(field("a")), {}, context()).needs_files
