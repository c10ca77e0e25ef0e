"""What the templates make of a form: labels, messages, hidden values, the sheet, English."""

import re
from html.parser import HTMLParser

import pytest
from flask import Flask, render_template_string

from tests.unit.workflows.forms.build import (
    OPTIONS,
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
from web import i18n
from workflows import forms
from workflows.forms import Message

EDIT = """{% from "forms/form.html" import form_edit with context %}
{% call form_edit(view, "/t/1") %}<button name="_act" value="submit">提交</button>{% endcall %}"""
READ = """{% from "forms/form.html" import form_read with context %}{{ form_read(view) }}"""
PRINT = """{% from "forms/form.html" import form_print with context %}{{ form_print(view) }}"""
CHANGES = (
    """{% from "forms/form.html" import form_changes with context %}{{ form_changes(view) }}"""
)

EVERYTHING = form(
    {"type": "text", "text": "# 标题\n说明 <b>不是标记</b>"},
    required("name", description="全名"),
    field("n", "number", appearance={"suffixAdorner": "%"}),
    field("day", "datetime", subtype="date"),
    field("area", "textarea"),
    field("pick", "select", values=OPTIONS),
    choice("vote"),
    field("tags", "checklist", values=OPTIONS),
    field("ok", "checkbox"),
    field("who", properties={"kind": "person"}),
    field("team", "taglist", properties={"kind": "people"}),
    field("file", "filepicker", accept=".pdf", multiple=True),
    field("sum", "expression", expression="=n + 1"),
    field("locked", readonly=True),
    group("m", choice("a"), choice("b"), properties={"layout": "matrix"}),
    group("k", field("a", "number"), properties={"layout": "matrix"}),
    group("t", group("x", field("a", "number")), properties={"layout": "matrix"}),
    group("g", field("inner")),
    rows("r", required("a"), choice("b")),
    {"type": "separator"},
    {"type": "spacer"},
    field("sign", "checkbox", properties={"kind": "signature"}),
)
RAW = {
    "name": "<script>alert(1)</script>",
    "n": "12x",
    "vote": "yes",
    "file": [f"{'a' * 64} 一.pdf"],
    "r": [{"a": "1"}, {}],
}


class Page(HTMLParser):
    """Collects the controls, labels and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.described: list[str] = []
        self.controls: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"]] if found.get("id") else []
        self.described += (found.get("aria-describedby") or "").split()
        if tag == "label" and found.get("for"):
            self.labels.add(str(found["for"]))
        if tag in ("input", "select", "textarea"):
            self.controls.append(found)

    def names(self) -> set[str]:
        return {str(one["name"]) for one in self.controls}


@pytest.fixture
def app():
    app = Flask("web", root_path=str(i18n.FOLDER))
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    i18n.register(app)
    app.jinja_env.globals.update(asset=lambda name: f"/static/{name}", csrf_token=lambda: "token")
    return app


def draw(app, template, view, *, lang="zh"):
    cookie = {"Cookie": f"lang={lang}"}
    with app.test_request_context(headers=cookie):
        return Page(render_template_string(template, view=view))


def edit(app, made=EVERYTHING, raw=RAW, *, errors=None, lang="zh", **known):
    shown = forms.view(made, raw, context(lang=lang, **known), errors=errors)
    return draw(app, EDIT, shown, lang=lang)


def test_every_control_has_a_name_of_the_form_and_a_label(app):
    page = edit(app)

    visible = [one for one in page.controls if one.get("type") != "hidden"]
    inside_label = ("radio", "checkbox")
    unlabelled = [
        one["name"]
        for one in visible
        if one.get("id") not in page.labels and one.get("type") not in inside_label
    ]
    assert unlabelled == []
    assert len(page.ids) == len(set(page.ids))


def test_what_a_page_posts_is_what_the_form_reads(app):
    post = {name: [""] for name in edit(app).names() if not name.startswith("_")}

    class Posted(dict):
        def getlist(self, key):
            return self[key]

    raw = forms.parse_post(EVERYTHING, Posted(post))

    assert [sorted(row) for row in raw["r"]] == [["a", "b"], ["a", "b"]]


def test_typed_text_is_escaped_and_shown_again(app):
    text = edit(app).text

    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "&lt;b&gt;不是标记&lt;/b&gt;" in text
    assert 'value="12x"' in text


def test_messages_are_in_chinese_beside_the_field_and_tied_to_it(app):
    errors = {"name": [Message("required")], "n": [Message("between", {"min": 0, "max": 9})]}

    page = edit(app, errors=errors)

    assert '<div class="err" id="f-name-e">' in page.text
    assert "应在 0 至 9 之间" in page.text
    assert set(page.described) <= set(page.ids), "every description exists"
    assert {"f-name-e", "f-name-h", "f-n-e"} <= set(page.described)
    assert re.search(r'name="_wrong" value="name n"', page.text)


def test_every_code_a_form_can_give_has_a_sentence(app):
    told = {code.removeprefix("field.") for code in i18n.sentences() if code.startswith("field.")}
    source = "".join(
        path.read_text("utf-8")
        for path in (i18n.FOLDER.parent / "workflows" / "forms").glob("*.py")
    )
    given = set(
        re.findall(r'(?:Refused|_fail|Message|self\.add)\(\s*(?:path, )?"([a-z_]+)"', source)
    )

    assert given - told == set()
    assert len(given) > 20


def test_a_read_only_field_posts_nothing(app):
    page = edit(app)

    assert "locked" not in page.names()
    assert "sum" not in page.names()


def test_without_script_the_form_posts_and_every_button_is_a_submit_button(app):
    text = edit(app).text

    assert '<form class="pform" id="task-form" method="post" action="/t/1"' in text
    assert 'name="csrf_token" value="token"' in text
    for value in ("add:r", "del:r-0", f"drop:file:{'a' * 64}", "submit"):
        assert re.search(rf'<button [^>]*name="_act" value="{value}"', text), value
    first = re.search(r'<button [^>]*name="_act" value="([^"]*)"', text)
    assert first is not None
    assert first[1] == "refresh", "Enter in a text field must not press a delete button"


def test_a_long_list_of_people_is_searched(app):
    text = edit(app, raw={"who": "p1"}, directory=People(ZHOU, filler=60)).text

    assert 'value="周文斌（市农业农村局 副局长）" list="f-who-l"' in text


def test_english_pages_have_no_chinese_of_ours(app):
    ours = form(required("a", properties={"en": "Name"}), rows("r", required("b"), minRows=1))

    page = edit(app, ours, {"r": [{}]}, errors={"a": [Message("required")]}, lang="en")

    text = page.text.replace("提交", "")
    assert re.findall("[一-鿿]+", text) == []


DATA = {
    "name": "周文斌", "n": 12, "day": "2026-03-02", "area": "一\n二", "pick": "yes", "vote": "no",
    "tags": ["yes"], "ok": True, "who": ZHOU, "team": [ZHOU], "locked": None,
    "file": [{"digest": "a" * 64, "name": "一.pdf", "size": 2048}],
    "m": {"a": "yes", "b": "no"}, "k": {"a": 3}, "t": {"x": {"a": 4}}, "g": {"inner": "内"},
    "r": [{"a": "1", "b": "yes"}],
    "sign": {"signer": {"id": "u", "name": "林"}, "capacity": "组长", "method": "系统确认",
             "at": "2026-03-02T09:00:00+08:00", "digest": "b" * 64},
}  # fmt: skip


@pytest.mark.parametrize("template", [READ, PRINT])
def test_a_record_is_a_ruled_sheet_without_controls(app, template):
    mode = "read" if template is READ else "print"

    page = draw(app, template, forms.view(EVERYTHING, DATA, context(), mode=mode))

    assert page.controls == []
    for text in ("周文斌", "2026年3月2日", "一\n二", "一.pdf", "内", "2026-03-02 09:00", "b" * 12):
        assert text in page.text
    assert page.text.count('class="tick on"') == 3


def test_changes_are_shown_side_by_side(app):
    found = forms.changes(EVERYTHING, DATA, {**DATA, "name": "孙敏", "area": None})

    page = draw(app, CHANGES, found)

    assert "<del>周文斌</del>" in page.text
    assert "<ins>孙敏</ins>" in page.text
    assert "已删除" in page.text
    assert "没有改动" in draw(app, CHANGES, []).text
