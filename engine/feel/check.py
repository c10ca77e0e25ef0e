"""What can be said about an expression before it runs: unknown names, types that never fit.

A finding is only made where the expression would give null for certain, so an author can trust
every one of them; where a type is not known (``any``) nothing is said.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from engine.feel import nodes
from engine.feel.api import Expression, parse
from engine.feel.builtins import BUILTINS, Builtin
from engine.feel.nodes import Node
from engine.feel.properties import PARTS
from engine.feel.values import YearMonth, calculate, compare, kind

ANY: Final = "any"
SENTENCES: Final = {
    "unknown_name": (
        "没有变量“{name}”",
        "there is no variable “{name}”",
    ),
    "unknown_function": ("没有函数“{name}”", "there is no function “{name}”"),
    "arguments": (
        "函数“{name}”的参数个数不对",
        "“{name}” is called with the wrong number of arguments",
    ),
    "argument_type": (
        "函数“{name}”的第 {at} 个参数不能是{found_zh}",
        "argument {at} of “{name}” cannot be a {found}",
    ),
    "operator_type": (
        "{left_zh}与{right_zh}不能作“{op}”运算",
        "“{op}” does not go with a {left} and a {right}",
    ),
    "compare_type": (
        "{left_zh}与{right_zh}不能用“{op}”比较",
        "a {left} and a {right} cannot be compared with “{op}”",
    ),
    "condition_type": (
        "此处应为真假值，却是{found_zh}",
        "this should be true or false, it is a {found}",
    ),
    "list_type": ("{found_zh}不能逐项处理", "a {found} has no items to go through"),
    "no_entry": ("{found_zh}没有“{name}”", "a {found} has no “{name}”"),
}
KINDS_ZH: Final = {
    "null": "空值", "boolean": "真假值", "number": "数", "string": "文字", "date": "日期",
    "time": "时间", "date and time": "日期时间", "duration": "时长",
    "days and time duration": "时长（日时）", "years and months duration": "时长（年月）",
    "list": "列表", "context": "结构", "range": "区间", "function": "函数",
}  # fmt: skip
_SAMPLES: Final[dict[str, Any]] = {
    "number": Decimal(1),
    "string": "a",
    "date": date(2026, 1, 1),
    "time": time(1),
    "date and time": datetime(2026, 1, 1),  # noqa: DTZ001  (local times are values here)
    "days and time duration": timedelta(days=1),
    "years and months duration": YearMonth(1),
    "boolean": True,
    "list": [],
    "context": {},
}
"""One value of each kind: trying an operator on them tells whether and what it gives."""
_ANNOTATED: Final = {
    "bool": "boolean", "Decimal": "number", "int": "number", "str": "string", "date": "date",
    "datetime": "date and time", "timedelta": "days and time duration", "dict": "context",
}  # fmt: skip
_SCALAR: Final = frozenset(("number", "string", "boolean"))


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: where (0-based) and what, in Chinese and English."""

    code: str
    position: int
    zh: str
    en: str


Known = Mapping[str, str]
ExtraFunctions = Mapping[str, Callable[..., Any]] | Collection[str]


def check(
    expression: str | Expression,
    types: Mapping[str, str],
    functions: ExtraFunctions = (),
) -> list[Problem]:
    """Findings about an expression in the order of the source; empty when there are none.

    ``types`` holds every variable with its type name: number string boolean date time
    "date and time" duration list context any. ``functions`` are those ``evaluate`` will get.
    Raises FeelError when the text cannot be read.
    """
    ready = parse(expression) if isinstance(expression, str) else expression
    checker = _Checker(functions)
    checker.type_of(ready.node, _Names(types))
    return sorted(checker.found, key=lambda problem: problem.position)


@dataclass(frozen=True, slots=True)
class _Names:
    """Names in view; within a filter, names nobody declared may be entries of an item."""

    types: Known
    lenient: bool = False

    def also(self, more: Known, *, lenient: bool = False) -> _Names:
        return _Names({**self.types, **more}, self.lenient or lenient)


@dataclass(slots=True)
class _Checker:
    """Infers the type of every node and notes what cannot fit."""

    functions: ExtraFunctions
    found: list[Problem] = field(default_factory=list)

    def type_of(self, node: Node, seen: _Names) -> str:
        """The type name of a node, ``any`` when it cannot be known."""
        return _INFER[type(node)](self, node, seen)

    def note(self, code: str, node: Node, **params: object) -> None:
        """Add a finding; parameters that are type names get a Chinese twin ``…_zh``."""
        chinese = {f"{key}_zh": KINDS_ZH.get(str(value), value) for key, value in params.items()}
        zh, en = SENTENCES[code]
        where = node.position + 1
        self.found.append(
            Problem(
                code,
                node.position,
                f"第 {where} 个字符：{zh.format(**params, **chinese)}",
                f"character {where}: {en.format(**params, **chinese)}",
            )
        )

    def truth(self, node: Node, seen: _Names) -> str:
        """A part that has to be true or false."""
        found = self.type_of(node, seen)
        if found not in (ANY, "boolean", "null"):
            self.note("condition_type", node, found=found)
        return "boolean"

    # ---- values

    def name(self, node: nodes.Name, seen: _Names) -> str:
        """A variable."""
        known = seen.types.get(node.name)
        if known is None and not seen.lenient and node.name != "?":
            self.note("unknown_name", node, name=node.name)
        return known or ANY

    def path(self, node: nodes.Path, seen: _Names) -> str:
        """``subject.name``."""
        owner = self.type_of(node.subject, seen)
        if (part := PARTS.get((owner, node.name))) is not None:
            return part[1]
        if owner in _SCALAR or (owner.startswith("date") and owner in _SAMPLES):
            self.note("no_entry", node, found=owner, name=node.name)
        return ANY

    def context(self, node: nodes.ContextNode, seen: _Names) -> str:
        """A context; an entry sees those before it."""
        for key, entry in node.entries:
            seen = seen.also({key: self.type_of(entry, seen)})
        return "context"

    def parts(self, node: Node, seen: _Names) -> None:
        """Look into every child where the node itself asks nothing of them."""
        for child in nodes.children(node):
            if type(child) in _INFER:
                self.type_of(child, seen)

    # ---- operators

    def logic(self, node: nodes.Logic, seen: _Names) -> str:
        """``and``, ``or``."""
        for part in node.parts:
            self.truth(part, seen)
        return "boolean"

    def compare(self, node: nodes.Compare, seen: _Names) -> str:
        """The six comparisons."""
        self._comparable(
            node, node.op, self.type_of(node.left, seen), self.type_of(node.right, seen)
        )
        return "boolean"

    def _comparable(self, node: Node, op: str, left: str, right: str) -> None:
        if "null" in (left, right) and op in ("=", "!="):
            return
        ends = [_SAMPLES.get(one) for one in (left, right)]
        if None not in ends and compare(op, ends[0], ends[1]) is None:
            self.note("compare_type", node, left=left, right=right, op=op)

    def arith(self, node: nodes.Arith, seen: _Names) -> str:
        """Calculation."""
        left, right = self.type_of(node.left, seen), self.type_of(node.right, seen)
        ends = [_SAMPLES.get(one) for one in (left, right)]
        if None in ends:
            return ANY
        result = calculate(node.op, *ends)
        if result is None:
            self.note("operator_type", node, left=left, right=right, op=node.op)
            return ANY
        return kind(result)

    def negative(self, node: nodes.Negative, seen: _Names) -> str:
        """``-operand``."""
        return self.type_of(node.operand, seen)

    def between(self, node: nodes.Between, seen: _Names) -> str:
        """``between``."""
        value = self.type_of(node.value, seen)
        self._comparable(node.low, ">=", value, self.type_of(node.low, seen))
        self._comparable(node.high, "<=", value, self.type_of(node.high, seen))
        return "boolean"

    def in_(self, node: nodes.In, seen: _Names) -> str:
        """``in``."""
        value = self.type_of(node.value, seen)
        for test in node.tests.tests:
            wanted = self.type_of(test.operand, seen)
            if test.op or wanted in _SCALAR:
                self._comparable(test, test.op or "=", value, wanted)
        return "boolean"

    def tests(self, node: nodes.Tests, seen: _Names) -> str:
        """The tests of a cell."""
        for test in node.tests:
            self.type_of(test.operand, seen)
        return "boolean"

    def range_(self, node: nodes.RangeNode, seen: _Names) -> str:
        """A range, whose ends must have an order."""
        ends = [self.type_of(end, seen) for end in (node.low, node.high) if end]
        if len(ends) > 1:
            self._comparable(node, "<=", *ends)
        return "range"

    def if_(self, node: nodes.If, seen: _Names) -> str:
        """``if``."""
        self.truth(node.condition, seen)
        yes, no = self.type_of(node.yes, seen), self.type_of(node.no, seen)
        return yes if yes == no else ANY

    # ---- lists and functions

    def filter(self, node: nodes.Filter, seen: _Names) -> str:
        """A filter: its condition is true or false, or a place."""
        self.type_of(node.subject, seen)
        inner = seen.also({"item": ANY}, lenient=True)
        condition = self.type_of(node.condition, inner)
        if condition not in (ANY, "boolean", "number", "null"):
            self.note("condition_type", node.condition, found=condition)
        return "list" if condition == "boolean" else ANY

    def loop(self, node: nodes.Loop, seen: _Names) -> str:
        """``for``, ``some``, ``every``."""
        for name, source in node.sources:
            over = self.type_of(source, seen)
            if over in _SCALAR or over == "context":
                self.note("list_type", source, found=over)
            seen = seen.also({name: ANY})
        if node.word == "for":
            self.type_of(node.body, seen.also({"partial": "list"}))
            return "list"
        return self.truth(node.body, seen)

    def function(self, node: nodes.FunctionNode, seen: _Names) -> str:
        """A function written in the expression."""
        self.type_of(node.body, seen.also(dict.fromkeys(node.parameters, ANY)))
        return "function"

    def call(self, node: nodes.Call, seen: _Names) -> str:
        """A call."""
        if node.name == "is defined":
            return "boolean"
        given = [self.type_of(part, seen) for part in node.arguments]
        named = {key: self.type_of(part, seen) for key, part in node.named}
        if node.name == "not" and given and given[0] not in (ANY, "boolean", "null"):
            self.note("condition_type", node, found=given[0])
        if node.name in BUILTINS:
            return self._builtin(node, given, named)
        if node.name in seen.types:
            return ANY
        if node.name not in self.functions:
            self.note("unknown_function", node, name=node.name)
            return ANY
        if isinstance(self.functions, Mapping):
            return self._extension(node, self.functions[node.name])
        return ANY

    def _builtin(self, node: nodes.Call, given: list[str], named: Known) -> str:
        fitting = [
            (form, arranged)
            for form in BUILTINS[node.name]
            if (arranged := form.arrange(given, named, "null")) is not None
        ]
        wrong = [_first_misfit(form, arranged) for form, arranged in fitting]
        if wrong and None not in wrong:
            at = wrong[-1] or 0
            self.note("argument_type", node, name=node.name, at=at + 1, found=fitting[-1][1][at])
        results = {form.result for form, _ in fitting}
        return results.pop() if len(results) == 1 else ANY

    def _extension(self, node: nodes.Call, function: Callable[..., Any]) -> str:
        try:
            signature = inspect.signature(function)
            signature.bind(*node.arguments, **dict(node.named))
        except TypeError:
            self.note("arguments", node, name=node.name)
            return ANY
        annotation = signature.return_annotation
        name = annotation.__name__ if isinstance(annotation, type) else str(annotation)
        return _ANNOTATED.get(name.partition("|")[0].partition("[")[0].strip(), ANY)


def _first_misfit(form: Builtin, given: list[str]) -> int | None:
    for at, found in enumerate(given):
        parameter = form.parameters[min(at, len(form.parameters) - 1)]
        loose = not parameter.types or "list" in parameter.types or found in (ANY, "null", "list")
        spans = found == "duration" and any(one.endswith("duration") for one in parameter.types)
        if not (loose or spans or found in parameter.types):
            return at
    return None


def _fixed(result: str) -> Callable[[_Checker, Any, _Names], str]:
    """Nodes whose type is fixed and that only need a look into their parts."""

    def infer(checker: _Checker, node: Node, seen: _Names) -> str:
        checker.parts(node, seen)
        return result

    return infer


_INFER: Final[Mapping[type[Node], Callable[[_Checker, Any, _Names], str]]] = MappingProxyType(
    {
        nodes.Value: lambda checker, node, seen: kind(node.value),
        nodes.Name: _Checker.name,
        nodes.Path: _Checker.path,
        nodes.ListNode: _fixed("list"),
        nodes.ContextNode: _Checker.context,
        nodes.RangeNode: _Checker.range_,
        nodes.Logic: _Checker.logic,
        nodes.Compare: _Checker.compare,
        nodes.Arith: _Checker.arith,
        nodes.Negative: _Checker.negative,
        nodes.Between: _Checker.between,
        nodes.In: _Checker.in_,
        nodes.Tests: _Checker.tests,
        nodes.InstanceOf: _fixed("boolean"),
        nodes.If: _Checker.if_,
        nodes.Filter: _Checker.filter,
        nodes.Loop: _Checker.loop,
        nodes.FunctionNode: _Checker.function,
        nodes.Call: _Checker.call,
    }
)
