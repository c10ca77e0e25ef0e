"""The static drawing: complete, safe, readable without colour and without script."""

import pytest
from lxml import etree

from engine.errors import Invalid
from engine.lettering import fit, width, wrap
from engine.strokes import LOOKS
from engine.svg import Status, draw, state_word
from tests.diagrams import bpmn
from tests.linting import DEMO, spoil

MAIN = DEMO.files["process.bpmn"]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(content: bytes = MAIN, status: Status | None = None, **more: str) -> etree._Element:
    return etree.fromstring(draw(content, "process.bpmn", status, **more))  # type: ignore[arg-type]


def node(root: etree._Element, key: str) -> etree._Element:
    found = root.find(f".//{SVG}g[@data-node='{key}']")
    assert found is not None
    return found


def words(element: etree._Element) -> str:
    return "".join(element.itertext())


def test_every_node_lane_and_flow_is_drawn():
    root = drawn()

    assert {g.get("data-node") for g in root.iter(f"{SVG}g") if g.get("data-node")} == {
        *DEMO.main.nodes, "pool", "HEAD", "CLERK"}  # fmt: skip
    flows = {g.get("data-flow") for g in root.iter(f"{SVG}g") if g.get("data-flow")}
    assert flows == set(DEMO.main.flows)
    assert "起草建议" in words(node(root, "draft"))


@pytest.mark.parametrize("state", LOOKS)
def test_state_is_told_by_class_mark_and_word(state: str):
    group = node(drawn(status=Status(state={"draft": state})), "draft")

    assert f"is-{state}" in group.get("class", "").split()
    assert LOOKS[state].mark in words(group)
    assert group.findtext(f"{SVG}title") == f"起草建议 · {state_word(state)}"


def test_returns_are_counted_on_the_node():
    assert "↩3" in words(node(drawn(status=Status(returns={"draft": 3})), "draft"))


def test_unknown_state_or_node_changes_nothing():
    assert draw(MAIN, "p", Status(state={"draft": '"><script>', "ghost": "done"})) == draw(
        MAIN, "p"
    )


def test_title_and_description_say_what_is_seen():
    root = drawn(status=Status(state={"draft": "done", "review": "overdue"}), lang="en")

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "diagram-title diagram-desc"
    assert root.findtext(f"{SVG}title") == "Demo process"
    assert root.findtext(f"{SVG}desc") == "done: Draft; overdue: Review"


def test_english_names_are_used_and_can_be_given():
    root = drawn(status=Status(names={"HEAD": "Head"}), lang="en")

    assert "Draft" in words(node(root, "draft"))
    assert words(node(root, "HEAD")) == "Head"


def test_links_make_nodes_clickable():
    root = drawn(status=Status(links={"draft": "/cases/1#draft"}))
    link = root.find(f"{SVG}a")

    assert link is not None
    assert (link.get("href"), root.get("role")) == ("/cases/1#draft", "group")


def test_hostile_names_stay_text():
    nasty = "&lt;script&gt;alert(1)&lt;/script&gt;"
    content = spoil("process.bpmn", ("起草建议", nasty)).files["process.bpmn"]
    text = draw(content, "p")

    assert "<script" not in text
    assert not {"script", "style", "foreignObject"} & {
        etree.QName(e).localname for e in etree.fromstring(text).iter()}  # fmt: skip
    assert not [a for e in etree.fromstring(text).iter() for a in e.attrib if str(a)[:2] == "on"]


def test_several_drawings_on_one_page_have_ids_of_their_own():
    ids = [{e.get("id") for e in drawn(name=name).iter() if e.get("id")} for name in ("a", "b")]

    assert not ids[0] & ids[1]


def test_diagram_without_drawing_gives_nothing():
    assert draw(bpmn("p", '<bpmn:startEvent id="s"/>'), "p.bpmn") == ""


@pytest.mark.parametrize("bad", ["NaN", "1e9", "-inf", "wide", ""])
def test_impossible_place_is_left_out(bad: str):
    content = spoil("process.bpmn", ('x="230" y="260"', f'x="{bad}" y="260"'))
    root = drawn(content.files["process.bpmn"])

    assert root.find(f".//{SVG}g[@data-node='draft']") is None
    assert root.find(f".//{SVG}g[@data-node='review']") is not None


def test_broken_file_is_refused():
    with pytest.raises(Invalid):
        draw(b"<a", "p.bpmn")


def test_chinese_breaks_anywhere_but_not_before_closing_marks():
    assert wrap("讨论决定，报告上级", 4, 9) == ["讨论决", "定，报告", "上级"]
    assert wrap("征求了（纪检）意见", 4, 9) == ["征求了", "（纪检）", "意见"]


def test_latin_words_stay_whole_unless_they_are_longer_than_a_line():
    assert wrap("Inspection report", 6.5, 2) == ["Inspection", "report"]
    assert "".join(wrap("abcdefghijklmnop", 3, 9)) == "abcdefghijklmnop"


def test_what_does_not_fit_ends_in_an_ellipsis():
    lines = wrap("一二三四五六七八九十", 4, 2)

    assert lines == ["一二三四", "五六七…"]
    assert all(width(line) <= 4 for line in lines)
    assert fit("", (100, 20), (12.0,)) == (12.0, [])
    assert fit("很长的名称需要小字", (60, 30), (13.0, 11.0))[0] == 11.0
