"""Reads the JSON of a form (form-js, schemaVersion up to 19) into a frozen ``Form``.

What is not understood is refused by name when the form is deployed, never ignored at run
time. Our additions lie in the ``properties`` bag of each component, which other form-js tools
keep untouched. See ``docs/reference/forms.md`` for the list.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from html.parser import HTMLParser
from itertools import count
from typing import Any

from engine.errors import Invalid
from engine.feel import Expression, parse
from workflows.forms import model
from workflows.forms.lint import find_problems
from workflows.forms.model import (
    DEFAULT_LENGTH,
    Bound,
    Field,
    FileLimits,
    Form,
    Layout,
    Limits,
    Logic,
    Option,
    RowLimits,
    Words,
)
from workflows.forms.patterns import MAX_INPUT

Json = Mapping[str, Any]


def load(source: str | bytes | Json) -> Form:
    """Return the form that *source* (JSON text or the decoded object) defines.

    Forms are cached by the digest of their text. Raises Invalid("form_definition") with
    every problem in ``params["problems"]``.
    """
    if isinstance(source, Mapping):
        source = json.dumps(source, ensure_ascii=False, sort_keys=True)
    text = source.encode() if isinstance(source, str) else bytes(source)
    return _load(text)


@lru_cache(maxsize=512)
def _load(text: bytes) -> Form:
    definition, problems = find_problems(text)
    if problems:
        places = {problem.place: [problem.code] for problem in problems}
        raise Invalid("form_definition", fields=places, problems=problems)
    fields = _Builder().fields(definition["components"])
    has_logic = any(
        each.logic.hide or each.logic.readonly_when or each.logic.computed
        for _, each in Form("", Words(), fields, "", has_logic=False).walk()
    )
    return Form(
        id=str(definition.get("id", "")),
        title=_words(definition, "title", "name"),
        fields=fields,
        digest=hashlib.sha256(text).hexdigest(),
        has_logic=has_logic,
    )


class _Builder:
    """Turns checked components into fields and numbers them."""

    def __init__(self) -> None:
        self.numbers = count()

    def fields(self, components: Sequence[Json]) -> tuple[Field, ...]:
        return tuple(self.field(component) for component in components)

    def field(self, component: Json) -> Field:
        kind_of_field = component["type"]
        properties = component.get("properties") or {}
        checks = component.get("validate") or {}
        return Field(
            no=next(self.numbers),
            type=kind_of_field,
            kind=str(properties.get("kind", "")),
            subtype=str(component.get("subtype", "")),
            key=key_of(component),
            label=_words(component, "label", "dateLabel", "timeLabel"),
            hint=Words(component.get("description") or "", properties.get("descriptionEn", "")),
            text=_static_text(component, properties),
            required=checks.get("required") is True,
            options=_options(component),
            limits=_limits(component, checks),
            logic=_logic(component, properties),
            rows=_rows(component, properties),
            files=_files(component, properties),
            layout=_layout(component, properties),
            variable=str(properties.get("variable", "")),
            record=str(properties.get("record", "")),
            identity=properties.get("identity") in (True, "true"),
            children=self.fields(component.get("components", ())),
        )


def key_of(component: Json) -> str:
    """Return the key under which a component keeps its value; empty if it has none."""
    if component.get("type") in model.STATIC:
        return ""
    if component.get("type") == "group":
        return str(component.get("path") or "")
    return str(component.get("key") or component.get("path") or "")


def _words(component: Json, *names: str) -> Words:
    properties = component.get("properties") or {}
    zh = next((str(component[name]) for name in names if component.get(name)), "")
    return Words(zh, str(properties.get("en") or component.get("title_en") or ""))


def _expression(source: Any) -> Expression | None:
    return parse(source) if isinstance(source, str) and source.strip() else None


def _static_text(component: Json, properties: Json) -> Words:
    if component["type"] not in ("text", "html"):
        return Words()
    zh = str(component.get("text") or component.get("content") or "")
    en = str(properties.get("en", ""))
    if component["type"] == "html":
        return Words(_plain(zh), _plain(en))
    return Words(zh, en)


class _TextOnly(HTMLParser):
    """Keeps the text of a fragment and drops every tag, script and style."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.skipping = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("script", "style", "template"):
            self.skipping += 1
        elif tag in ("p", "br", "div", "li", "h1", "h2", "h3", "tr"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "template") and self.skipping:
            self.skipping -= 1

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.parts.append(data)


def _plain(html: str) -> str:
    parser = _TextOnly()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)


def _options(component: Json) -> tuple[Option, ...]:
    made = []
    for item in component.get("values") or ():
        value = str(item["value"])
        words = Words(str(item.get("label", value)), str(item.get("en") or ""))
        made.append(Option(value, words, value))
    return tuple(made)


def _bound(value: Any) -> Bound:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return parse(value) if value.startswith("=") else value
    return Decimal(str(value))


def _limits(component: Json, checks: Json) -> Limits:
    properties = component.get("properties") or {}
    pattern = checks.get("pattern") or None
    most = checks.get("maxLength", DEFAULT_LENGTH.get(component["type"]))
    if pattern:
        most = min(int(most or MAX_INPUT), MAX_INPUT)
    digits, step = component.get("decimalDigits"), component.get("increment")
    return Limits(
        low=_bound(checks.get("min", properties.get("min"))),
        high=_bound(checks.get("max", properties.get("max"))),
        min_length=checks.get("minLength"),
        max_length=most,
        pattern=re.compile(pattern) if pattern else None,
        pattern_words=Words(
            checks.get("patternErrorMessage") or "", properties.get("patternErrorMessageEn", "")
        ),
        text_type=checks.get("validationType", ""),
        digits=digits,
        step=Decimal(str(step)) if step else None,
    )


def _logic(component: Json, properties: Json) -> Logic:
    locked = component.get("readonly") or component.get("disabled")
    source = component.get("valuesExpression") or component.get("valuesKey")
    computed = properties.get("computed")
    if component["type"] == "expression":
        computed = component.get("expression")
    if component["type"] == "text" and str(component.get("text", "")).startswith("="):
        computed = component["text"]
    when = properties.get("readonlyWhen") or (locked if isinstance(locked, str) else None)
    return Logic(
        hide=_expression((component.get("conditional") or {}).get("hide")),
        readonly=locked is True,
        readonly_when=_expression(when),
        editable_by=frozenset(str(properties.get("editableBy") or "").split()),
        rule=_expression(properties.get("rule")),
        rule_words=Words(properties.get("ruleMessage", ""), properties.get("ruleMessageEn", "")),
        prefill=_expression(properties.get("prefill")),
        default=component.get("defaultValue"),
        computed=_expression(computed),
        options=_expression(source),
    )


def _rows(component: Json, properties: Json) -> RowLimits:
    fixed = component.get("allowAddRemove") is False
    return RowLimits(
        start=int(component.get("defaultRepetitions", 1)),
        least=int(properties.get("minRows", 0)),
        most=int(properties.get("maxRows", 100)),
        fixed=fixed,
    )


def _files(component: Json, properties: Json) -> FileLimits:
    names = str(component.get("accept") or "").split(",")
    extensions = tuple(name.strip().lower().lstrip(".") for name in names if name.strip())
    several = component.get("multiple") is True
    return FileLimits(
        extensions=extensions,
        most=int(properties.get("maxFiles", model.MAX_FILES if several else 1)),
        max_bytes=int(properties.get("maxMegabytes", 50)) * 1024 * 1024,
    )


def _layout(component: Json, properties: Json) -> Layout:
    around = component.get("appearance") or {}
    return Layout(
        columns=int((component.get("layout") or {}).get("columns") or 16),
        matrix=properties.get("layout") == "matrix",
        prefix=str(around.get("prefixAdorner") or ""),
        suffix=str(around.get("suffixAdorner") or properties.get("unit") or ""),
        placeholder=Words(properties.get("placeholder", ""), properties.get("placeholderEn", "")),
        confirm=Words(properties.get("confirm", ""), properties.get("confirmEn", "")),
    )
