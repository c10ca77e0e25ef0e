from tests.unit.workflows.forms.build import ZHOU, choice, field, form, group, rows
from workflows import forms
from workflows.forms import Change

MADE = form(
    field("name", properties={"en": "Name"}),
    choice("vote"),
    field("who", properties={"kind": "person"}),
    group("g", field("day", "datetime")),
    rows("r", field("x", "number")),
)


def test_equal_records_have_no_changes():
    assert forms.changes(MADE, {"name": "a", "r": [{"x": 1}]}, {"name": "a", "r": [{"x": 1}]}) == []
    assert forms.changes(MADE, {"name": None}, {"name": ""}) == []


def test_changes_are_told_in_the_order_of_the_form_and_in_words():
    old = {"name": "a", "vote": "yes", "g": {"day": "2026-03-01"}, "r": [{"x": 1}, {"x": 2}]}
    new = {"name": "b", "who": ZHOU, "g": {"day": "2026-03-02"}, "r": [{"x": 1}], "vote": None}

    assert forms.changes(MADE, old, new) == [
        Change("name", ("name",), "changed", "a", "b"),
        Change("vote", ("vote",), "removed", "同意", ""),
        Change("who", ("who",), "added", "", "周文斌（市农业农村局 副局长）"),
        Change("g-day", ("g", "day"), "changed", "2026年3月1日", "2026年3月2日"),
        Change("r-1-x", ("r", "2", "x"), "removed", "2", ""),
    ]


def test_labels_and_values_follow_the_language():
    [change] = forms.changes(
        form(choice("vote", properties={"en": "Vote"})), {}, {"vote": "yes"}, "en"
    )

    assert (change.labels, change.new) == (("Vote",), "Agree")
