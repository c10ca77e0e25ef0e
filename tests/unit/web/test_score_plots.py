"""Where things lie in the plots of a scoring result, and what they say to who cannot see them."""

import pytest
from flask import Flask

from web import i18n, score_plots
from web.app import create_app
from workflows.acts.kind import Material, Sheet
from workflows.acts.scoring import settle
from workflows.acts.scoring_result import result


@pytest.fixture
def page(engine) -> Flask:
    app = create_app(engine)
    with app.test_request_context("/"):
        assert i18n.language() == "zh"
        yield app


def plotted(marks, chosen=(), **more):
    entries = [{"id": key, "name": f"项目{key}"} for key in marks]
    made = settle({"entries": entries, **more})
    sheets = [
        Sheet(who, entry, {"marks": {"score": str(mark)}})
        for entry, by in marks.items()
        for who, mark in zip("ABCDEFG", by, strict=False)
    ]
    value = result(Material(made, (), sheets)).value
    return score_plots.of(value, made, chosen)


def test_a_box_reaches_from_quartile_to_quartile_and_dropped_marks_are_hollow(page):
    plot = plotted({"x": (50, 60, 70, 80, 100)}, trim=1, trim_from=5)
    box = plot.boxes["x"]
    assert (plot.low, plot.high) == ("50", "100")
    assert (box.low, box.q1, box.median, box.high) == ("8.0", "68.8", "129.6", "312.0")
    assert box.box == "121.6"  # from 60 to 80 on an axis of 50 marks
    assert [hollow for _x, _y, hollow in box.dots] == [True, False, False, False, True]
    assert box.score == "129.6"
    assert "得分 70.00，中位数 70.00，最低 50.00，最高 100.00，共 5 个评分" in box.said


def test_few_marks_are_dots_without_a_box_and_nothing_lies_outside(page):
    plot = plotted({"x": (0, 100), "y": (100,), "z": ()})
    assert plot.boxes["x"].q1 == ""
    assert [x for x, _y, _hollow in plot.boxes["x"].dots] == ["8.0", "312.0"]
    assert "z" not in plot.boxes
    assert plot.legend


def test_the_line_of_a_later_cut_lies_at_the_last_one_taken_in(page):
    plot = plotted({"x": (90,), "y": (80,), "z": (70,)}, chosen=["y", "x"])
    assert (plot.cut, plot.last) == ("80.00", "y")
    assert {box.cut for box in plot.boxes.values()} == {plot.boxes["y"].score}
    assert plotted({"x": (90,)}).cut == ""


def test_strict_experts_lie_to_the_left_and_mild_ones_to_the_right(page):
    plot = plotted({"x": (90, 70, 80), "y": (88, 72, 80)})
    said = [(one.label, one.shown, one.x, one.width, one.mild) for one in plot.experts]
    assert said == [
        ("A", "9.00", "100.0", "96.0", True), ("B", "-9.00", "4.0", "96.0", False),
        ("C", "0.00", "100.0", "", False),
    ]  # fmt: skip
