"""Finds every mistake in the JSON of a form at once, for its author, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel import FeelError, parse
from workflows.forms.model import (
    CHOICES,
    CONTAINERS,
    KINDS,
    MANY_CHOICES,
    MAX_FILES,
    MAX_ROWS,
    STATIC,
    TYPES,
    Problem,
)
from workflows.forms.patterns import objection

MAX_BYTES: Final = 512 * 1024
MAX_COMPONENTS: Final = 400
MAX_DEPTH: Final = 5
MAX_OPTIONS: Final = 200
SCHEMA_VERSION: Final = 19
RESERVED: Final = frozenset({"records", "actor", "csrf_token"})
_KEY: Final = re.compile(r"[^\W\d]\w{0,63}")

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "json": ("不是有效的 JSON：{detail}", "this is not valid JSON: {detail}"),
    "size": ("表单过大，最多 {limit} 字节", "the form is too large, at most {limit} bytes"),
    "shape": ("此处应为{wanted}", "this should be {wanted_en}"),
    "version": (
        "表单格式版本为 {found}，最高支持 {limit}",
        "the schema version is {found}; at most {limit} is understood",
    ),
    "component": (
        "不支持的组件“{type}”，请换用受支持的组件或删除",
        "the component “{type}” is not supported; use another one or remove it",
    ),
    "kind": ("不认识的字段种类“{kind}”", "the field kind “{kind}” is not known"),
    "kind_type": (
        "字段种类“{kind}”不能用于组件“{type}”",
        "the field kind “{kind}” cannot be used with the component “{type}”",
    ),
    "count": ("组件过多，最多 {limit} 个", "there are too many components, at most {limit}"),
    "depth": ("嵌套过深，最多 {limit} 层", "the nesting is too deep, at most {limit} levels"),
    "key": (
        "键“{key}”无效：以字母或汉字开头，只含字母、汉字、数字和下划线",
        "the key “{key}” is invalid: begin with a letter, use letters, digits and underscores",
    ),
    "key_missing": ("缺少键（key）", "the key is missing"),
    "key_twice": ("键“{key}”在同一层重复", "the key “{key}” is used twice on one level"),
    "key_reserved": ("键“{key}”是保留字，请改名", "the key “{key}” is reserved; rename it"),
    "label": ("缺少标签（label）", "the label is missing"),
    "options": ("缺少选项", "there are no options"),
    "option_twice": ("选项值“{value}”重复", "the option value “{value}” is used twice"),
    "expression": ("表达式有误：{zh}", "the expression is wrong: {en}"),
    "number": ("“{value}”不是允许的数", "“{value}” is not an allowed number"),
    "pattern_bad": ("正则表达式有误", "the regular expression is wrong"),
    "pattern_too_long": ("正则表达式过长", "the regular expression is too long"),
    "pattern_reference": (
        "正则表达式不能使用反向引用",
        "the regular expression may not use back references",
    ),
    "pattern_repeats": (
        "正则表达式可能耗时过长：请勿嵌套重复，最多三处不定重复",
        "the regular expression may take too long: do not nest repeats, use at most three",
    ),
    "matrix": (
        "矩阵的各行须同为单选、同为数字，或同为列相同的分组，且分组须有路径",
        "a matrix needs a path, and its rows are all choices, all numbers, or groups alike",
    ),
    "signature_in_rows": (
        "签名不能放在重复行内",
        "a signature cannot be inside repeating rows",
    ),
    "variable": ("变量名“{value}”无效", "the variable name “{value}” is invalid"),
    "variable_in_rows": (
        "重复行内的字段不能写入流程变量",
        "a field inside repeating rows cannot set a variable",
    ),
}

_NUMBERS: Final = {
    ("validate", "minLength"): (0, 100_000),
    ("validate", "maxLength"): (1, 100_000),
    ("", "decimalDigits"): (0, 20),
    ("", "defaultRepetitions"): (0, MAX_ROWS),
    ("properties", "minRows"): (0, MAX_ROWS),
    ("properties", "maxRows"): (1, MAX_ROWS),
    ("properties", "maxFiles"): (1, MAX_FILES),
    ("properties", "maxMegabytes"): (1, 2000),
    ("layout", "columns"): (1, 16),
}
_EXPRESSIONS: Final = (
    ("conditional", "hide"),
    ("properties", "rule"),
    ("properties", "prefill"),
    ("properties", "computed"),
    ("properties", "readonlyWhen"),
    ("", "expression"),
    ("", "valuesExpression"),
    ("", "valuesKey"),
)
_PARTS: Final = ("validate", "properties", "layout", "conditional", "appearance")


def problems(source: str | bytes | Mapping[str, Any]) -> list[Problem]:
    """Return everything that is wrong with the definition of a form; empty if it is sound."""
    if isinstance(source, Mapping):
        source = json.dumps(source, ensure_ascii=False)
    text = source.encode("utf-8", "replace") if isinstance(source, str) else bytes(source)
    return find_problems(text)[1]


def find_problems(text: bytes) -> tuple[dict[str, Any], list[Problem]]:
    """Return the decoded definition and its problems."""
    if len(text) > MAX_BYTES:
        return {}, [problem("", "size", limit=MAX_BYTES)]
    try:
        definition = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return {}, [problem("", "json", detail=str(error)[:120])]
    if not isinstance(definition, dict):
        return {}, [_shape("", "对象", "an object")]
    return definition, list(_Lint().form(definition))


def problem(place: str, code: str, **params: Any) -> Problem:
    """Make a problem from its code; the sentences are SENTENCES."""
    zh, en = SENTENCES[code]
    return Problem(place, code, zh.format(**params), en.format(**params))


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _shape(place: str, zh: str, en: str) -> Problem:
    return problem(place, "shape", wanted=zh, wanted_en=en)


class _Lint:
    """Walks the components and counts them."""

    def __init__(self) -> None:
        self.seen = 0

    def form(self, definition: Mapping[str, Any]) -> Iterator[Problem]:
        version = definition.get("schemaVersion", SCHEMA_VERSION)
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            yield problem("schemaVersion", "version", found=version, limit=SCHEMA_VERSION)
        components = definition.get("components")
        if not isinstance(components, list):
            yield _shape("components", "列表", "a list")
            return
        yield from self.level(components, "", set(), 1, in_rows=False)

    def level(
        self, components: list[Any], parent: str, keys: set[str], depth: int, *, in_rows: bool
    ) -> Iterator[Problem]:
        if depth > MAX_DEPTH:
            yield problem(parent, "depth", limit=MAX_DEPTH)
            return
        for number, component in enumerate(components):
            self.seen += 1
            if self.seen > MAX_COMPONENTS:
                yield problem(parent, "count", limit=MAX_COMPONENTS)
                return
            place = _place(component, parent, number)
            shape = next(_shapes(component, place), None)
            if shape is not None:
                yield shape
                continue
            yield from self.component(component, place, keys, in_rows=in_rows)
            if component["type"] in CONTAINERS:
                yield from self.container(component, place, keys, depth, in_rows=in_rows)

    def component(
        self, component: Mapping[str, Any], place: str, keys: set[str], *, in_rows: bool
    ) -> Iterator[Problem]:
        if component["type"] not in TYPES:
            yield problem(place, "component", type=component["type"])
            return
        yield from _key_problems(component, place, keys)
        yield from _kind_problems(component, place, in_rows=in_rows)
        yield from _option_problems(component, place)
        yield from _number_problems(component, place)
        yield from _expression_problems(component, place)
        yield from _pattern_problems(component, place)

    def container(
        self,
        component: Mapping[str, Any],
        place: str,
        keys: set[str],
        depth: int,
        *,
        in_rows: bool,
    ) -> Iterator[Problem]:
        children = component.get("components")
        if not isinstance(children, list):
            yield _shape(f"{place}.components", "列表", "a list")
            return
        rows = component["type"] == "dynamiclist"
        inner = set() if component.get("path") else keys
        yield from self.level(children, place, inner, depth + 1, in_rows=in_rows or rows)
        if (component.get("properties") or {}).get("layout") == "matrix" and not _is_matrix(
            component, children
        ):
            yield problem(place, "matrix")


def _place(component: Any, parent: str, number: int) -> str:
    name = ""
    if isinstance(component, dict):
        name = str(component.get("key") or component.get("path") or component.get("id") or "")
    name = name or f"[{number}]"
    return f"{parent}.{name}" if parent else name


def _shapes(component: Any, place: str) -> Iterator[Problem]:
    if not isinstance(component, dict) or not isinstance(component.get("type"), str):
        yield _shape(place, "带 type 的对象", "an object with a type")
        return
    for part in _PARTS:
        if component.get(part) is not None and not isinstance(component[part], dict):
            yield _shape(f"{place}.{part}", "对象", "an object")
    for name, value in (component.get("properties") or {}).items():
        if not isinstance(value, (str, int, bool)):
            yield _shape(f"{place}.properties.{name}", "文字", "text")
    for name in ("label", "description", "accept", "text", "content"):
        if component.get(name) is not None and not isinstance(component[name], str):
            yield _shape(f"{place}.{name}", "文字", "text")


def _key_problems(component: Mapping[str, Any], place: str, keys: set[str]) -> Iterator[Problem]:
    kind = component["type"]
    if kind in STATIC or (kind == "group" and not component.get("path")):
        return
    key = (kind != "group" and component.get("key")) or component.get("path")
    if not key:
        yield problem(place, "key_missing")
    elif not isinstance(key, str) or not _KEY.fullmatch(key):
        yield problem(place, "key", key=str(key)[:80])
    elif key in RESERVED:
        yield problem(place, "key_reserved", key=key)
    elif key in keys:
        yield problem(place, "key_twice", key=key)
    else:
        keys.add(key)
    if not any(component.get(name) for name in ("label", "dateLabel", "timeLabel")):
        yield problem(place, "label")


def _kind_problems(component: Mapping[str, Any], place: str, *, in_rows: bool) -> Iterator[Problem]:
    properties = component.get("properties") or {}
    kind, variable = properties.get("kind"), properties.get("variable")
    if kind is not None and kind not in KINDS:
        yield problem(place, "kind", kind=kind)
    elif kind is not None and component["type"] not in _types_of(kind):
        yield problem(place, "kind_type", kind=kind, type=component["type"])
    if kind == "signature" and in_rows:
        yield problem(place, "signature_in_rows")
    if variable is not None and not _KEY.fullmatch(str(variable)):
        yield problem(place, "variable", value=str(variable)[:80])
    elif variable is not None and in_rows:
        yield problem(place, "variable_in_rows")


def _types_of(kind: str) -> frozenset[str]:
    """Return the components a kind may sit on; other tools show these as a fallback."""
    if kind == "signature":
        return frozenset({"checkbox"})
    if kind == "people":
        return frozenset({"taglist", "checklist", "textfield"})
    if kind == "money":
        return frozenset({"number", "textfield"})
    return frozenset({"textfield", "select"})


def _option_problems(component: Mapping[str, Any], place: str) -> Iterator[Problem]:
    kind = (component.get("properties") or {}).get("kind")
    if component["type"] not in CHOICES | MANY_CHOICES or kind:
        return
    if component.get("valuesExpression") or component.get("valuesKey"):
        return
    values = component.get("values")
    if not isinstance(values, list) or not 0 < len(values) <= MAX_OPTIONS:
        yield problem(place, "options")
        return
    seen: set[str] = set()
    for item in values:
        if not isinstance(item, dict) or not isinstance(item.get("value"), (str, int)):
            yield _shape(f"{place}.values", "含 value 与 label 的对象", "objects with value, label")
        elif str(item["value"]) in seen or not str(item["value"]):
            yield problem(place, "option_twice", value=item["value"])
        else:
            seen.add(str(item["value"]))


def _number_problems(component: Mapping[str, Any], place: str) -> Iterator[Problem]:
    for (part, name), (low, high) in _NUMBERS.items():
        value = _setting(component, part, name)
        if value is None or value == "":
            continue
        if not str(value).isdecimal() or not low <= int(value) <= high:
            yield problem(f"{place}.{name}", "number", value=value)
    for part in ("validate", "properties"):
        for name in ("min", "max"):
            yield from _bound_problems(component, place, part, name)
    step = component.get("increment")
    if step not in (None, "") and not _is_positive(step):
        yield problem(f"{place}.increment", "number", value=step)


def _setting(component: Mapping[str, Any], part: str, name: str) -> Any:
    holder = (component.get(part) or {}) if part else component
    return holder.get(name)


def _is_positive(value: Any) -> bool:
    return (
        re.fullmatch(r"\d{1,12}(\.\d{1,12})?", str(value)) is not None and Decimal(str(value)) > 0
    )


def _bound_problems(
    component: Mapping[str, Any], place: str, part: str, name: str
) -> Iterator[Problem]:
    value = _setting(component, part, name)
    if isinstance(value, str) and value.startswith("="):
        yield from _parse_problems(value, f"{place}.{name}")
    elif isinstance(value, str) and component["type"] == "datetime":
        if value and not re.fullmatch(r"[\dT:+\-]{4,25}", value):
            yield problem(f"{place}.{name}", "number", value=value)
    elif value not in (None, "") and not re.fullmatch(r"-?\d{1,18}(\.\d{1,12})?", str(value)):
        yield problem(f"{place}.{name}", "number", value=value)


def _expression_problems(component: Mapping[str, Any], place: str) -> Iterator[Problem]:
    for part, name in _EXPRESSIONS:
        value = _setting(component, part, name)
        if isinstance(value, str) and value.strip():
            yield from _parse_problems(value, f"{place}.{name}")
        elif value not in (None, ""):
            yield _shape(f"{place}.{name}", "表达式", "an expression")
    for name in ("readonly", "disabled"):
        if isinstance(component.get(name), str):
            yield from _parse_problems(component[name], f"{place}.{name}")
    text = component.get("text")
    if component["type"] == "text" and isinstance(text, str) and text.startswith("="):
        yield from _parse_problems(text, f"{place}.text")
    if component["type"] == "expression" and not component.get("expression"):
        yield _shape(f"{place}.expression", "表达式", "an expression")


def _parse_problems(source: str, place: str) -> Iterator[Problem]:
    try:
        parse(source)
    except FeelError as error:
        yield problem(place, "expression", zh=error.zh, en=error.en)


def _pattern_problems(component: Mapping[str, Any], place: str) -> Iterator[Problem]:
    pattern = _setting(component, "validate", "pattern")
    if pattern in (None, ""):
        return
    found = objection(pattern) if isinstance(pattern, str) else "bad"
    if found:
        yield problem(f"{place}.pattern", f"pattern_{found}")


def _is_matrix(group: Mapping[str, Any], children: list[Any]) -> bool:
    """Whether the children of a group make a table with equal columns."""
    rows = [child for child in children if isinstance(child, dict)]
    if not rows or not group.get("path"):
        return False
    types = {row.get("type") for row in rows}
    if types == {"radio"}:
        return len({json.dumps(row.get("values"), sort_keys=True) for row in rows}) == 1
    if types == {"group"}:
        columns = [
            [cell.get("key") for cell in row.get("components") or () if isinstance(cell, dict)]
            for row in rows
        ]
        return all(row.get("path") for row in rows) and all(c == columns[0] for c in columns)
    return types == {"number"}
