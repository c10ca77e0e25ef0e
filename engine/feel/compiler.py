"""A tree to nested Python closures: what is known from the text is decided once.

Each closure takes the scope and gives a value. Loops pay for the nodes of their body before
they run it, so one evaluation is bounded however the lists in it are nested.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel import limits, loops, nodes
from engine.feel.builtins import BUILTINS
from engine.feel.builtins.patterns import PATTERN_FUNCTIONS
from engine.feel.calls import bind, call_extension, call_function
from engine.feel.errors import FeelError
from engine.feel.nodes import Node
from engine.feel.patterns import BadPattern, program
from engine.feel.properties import property_of
from engine.feel.run import Scope
from engine.feel.types import conforms
from engine.feel.values import (
    Function,
    Range,
    calculate,
    compare,
    equal,
    matches_test,
    negative,
    order,
    within,
)

Code = Callable[[Scope], Any]
TestCode = Callable[[Scope, Any], bool | None]


def weight(node: Node) -> int:
    """Steps one run of a node costs, apart from the loops in it that pay for themselves."""
    return sum(1 for _ in nodes.walk(node))


class Compiler:
    """Compiles the nodes of one source, which errors then quote."""

    def __init__(self, source: str) -> None:
        self._source = source

    def code(self, node: Node) -> Code:
        """The closure of a node."""
        compiled: Code = _COMPILERS[type(node)](self, node)
        return compiled

    def tests(self, node: nodes.Tests) -> TestCode:
        """The closure of a cell: True, False, or None when it cannot be decided."""
        tests = [self._test(test) for test in node.tests]
        if not tests:
            return lambda scope, value: True
        if len(tests) == 1 and not node.negated:
            return tests[0]

        def any_of(scope: Scope, value: Any) -> bool | None:
            unknown = False
            for test in tests:
                found = test(scope, value)
                if found:
                    return not node.negated
                unknown = unknown or found is None
            return None if unknown else node.negated

        return any_of

    def _test(self, node: nodes.Test) -> TestCode:
        operand, op = self.code(node.operand), node.op
        if op is not None:
            return lambda scope, value: compare(op, value, operand(scope), scope.run.spend)
        mentions_value = any(
            isinstance(part, nodes.Name) and part.name == "?" for part in nodes.walk(node.operand)
        )
        if not (mentions_value or _is_condition(node.operand)):
            return lambda scope, value: matches_test(value, operand(scope), scope.run.spend)

        def holds(scope: Scope, value: Any) -> bool | None:
            found = operand(scope)
            if found is None or (isinstance(found, bool) and mentions_value):
                return found
            if isinstance(found, bool) and not isinstance(value, bool):
                return found
            return matches_test(value, found, scope.run.spend)

        return holds

    # ---- values and names

    def value(self, node: nodes.Value) -> Code:
        """A constant."""
        value = node.value
        return lambda scope: value

    def name(self, node: nodes.Name) -> Code:
        """A variable."""
        name = node.name
        return lambda scope: scope.get(name)

    def path(self, node: nodes.Path) -> Code:
        """``subject.name``; of a list, the entry of every item."""
        subject, name = self.code(node.subject), node.name

        def get(scope: Scope) -> Any:
            value = subject(scope)
            if isinstance(value, list):
                scope.run.spend(len(value))
                return [property_of(item, name) for item in value]
            return property_of(value, name)

        return get

    def list_(self, node: nodes.ListNode) -> Code:
        """``[a, b]``."""
        items = [self.code(item) for item in node.items]
        return lambda scope: [item(scope) for item in items]

    def context(self, node: nodes.ContextNode) -> Code:
        """``{a: 1}``; an entry sees those before it."""
        entries = [(key, self.code(entry)) for key, entry in node.entries]

        def build(scope: Scope) -> dict[str, Any]:
            built: dict[str, Any] = {}
            within_it = scope.inner(built)
            for key, entry in entries:
                built[key] = entry(within_it)
            return built

        return build

    def range_(self, node: nodes.RangeNode) -> Code:
        """``[low..high]``; null when an end is null or both cannot be compared."""
        low = self.code(node.low) if node.low else None
        high = self.code(node.high) if node.high else None
        low_in, high_in = node.low_in, node.high_in

        def build(scope: Scope) -> Range | None:
            lowest, highest = low and low(scope), high and high(scope)
            if (low and lowest is None) or (high and highest is None):
                return None
            if any(end is not None and order(end, end) is None for end in (lowest, highest)):
                return None
            if low and high and order(lowest, highest) is None:
                return None
            return Range(lowest, highest, low_in, high_in)

        return build

    # ---- operators

    def logic(self, node: nodes.Logic) -> Code:
        """``and`` and ``or`` with three truth values; stops as soon as it is decided."""
        parts, stop = [self.code(part) for part in node.parts], node.stop

        def decide(scope: Scope) -> bool | None:
            unknown = False
            for part in parts:
                value = part(scope)
                if value is stop:
                    return bool(stop)
                unknown = unknown or not isinstance(value, bool)
            return None if unknown else not stop

        return decide

    def compare(self, node: nodes.Compare) -> Code:
        """The six comparisons."""
        left, right, op = self.code(node.left), self.code(node.right), node.op
        if op == "=":
            return lambda scope: equal(left(scope), right(scope), scope.run.spend)
        return lambda scope: compare(op, left(scope), right(scope), scope.run.spend)

    def arith(self, node: nodes.Arith) -> Code:
        """Calculation; a string it makes is paid for."""
        left, right, op = self.code(node.left), self.code(node.right), node.op

        def work(scope: Scope) -> Any:
            result = calculate(op, left(scope), right(scope))
            if isinstance(result, str):
                scope.run.spend(len(result) // 16)
            return result

        return work

    def negative(self, node: nodes.Negative) -> Code:
        """``-operand``."""
        operand = self.code(node.operand)
        return lambda scope: negative(operand(scope))

    def between(self, node: nodes.Between) -> Code:
        """``value between low and high``."""
        value, low, high = self.code(node.value), self.code(node.low), self.code(node.high)

        def inside(scope: Scope) -> bool | None:
            lowest, highest = low(scope), high(scope)
            if lowest is None or highest is None:
                return None
            return within(value(scope), Range(lowest, highest, low_in=True, high_in=True))

        return inside

    def in_(self, node: nodes.In) -> Code:
        """``value in tests``."""
        value, tests = self.code(node.value), self.tests(node.tests)
        return lambda scope: tests(scope, value(scope))

    def instance_of(self, node: nodes.InstanceOf) -> Code:
        """``value instance of type``."""
        value, wanted = self.code(node.value), node.type
        return lambda scope: conforms(value(scope), wanted, scope.run.spend)

    def if_(self, node: nodes.If) -> Code:
        """``if``; anything but true takes the other way."""
        condition, yes, no = self.code(node.condition), self.code(node.yes), self.code(node.no)
        return lambda scope: yes(scope) if condition(scope) is True else no(scope)

    # ---- lists

    def filter(self, node: nodes.Filter) -> Code:
        """``subject[condition]``; a constant number is a place."""
        subject = self.code(node.subject)
        if isinstance(node.condition, nodes.Value) and isinstance(node.condition.value, Decimal):
            place = node.condition.value
            return lambda scope: loops.item_at(loops.as_list(subject(scope)), place)
        condition, cost = self.code(node.condition), weight(node.condition)
        return lambda scope: loops.keep(scope, loops.as_list(subject(scope)), condition, cost)

    def loop(self, node: nodes.Loop) -> Code:
        """``for``, ``some``, ``every``."""
        sources = [(name, self.code(source)) for name, source in node.sources]
        body, cost = self.code(node.body), weight(node.body)
        if node.word == "for":
            partial = any(
                isinstance(part, nodes.Name) and part.name == "partial"
                for part in nodes.walk(node.body)
            )
            return loops.collector(sources, body, cost, partial=partial)
        return loops.quantifier(sources, body, cost, stop=node.word == "some")

    # ---- functions

    def function(self, node: nodes.FunctionNode) -> Code:
        """``function(a) body``; calls pay and are bounded in depth."""
        body, cost, parameters = self.code(node.body), weight(node.body), node.parameters

        def make(scope: Scope) -> Function:
            def run(*values: Any) -> Any:
                state = scope.run
                inner = scope.inner(dict(zip(parameters, values, strict=True)))
                state.spend(cost)
                state.level += 1
                if state.level > limits.CALLS:
                    raise FeelError("too_deep", node.position, self._source, limit=limits.CALLS)
                result = body(inner)
                state.level -= 1
                return result

            return Function(parameters, run)

        return make

    def call(self, node: nodes.Call) -> Code:
        """A builtin, a function in scope, or one of the caller, in this order."""
        name, position, source = node.name, node.position, self._source
        if name == "is defined":
            return self._is_defined(node)
        arguments = [self.code(argument) for argument in node.arguments]
        named = {key: self.code(argument) for key, argument in node.named}
        if name in BUILTINS:
            self._constant_pattern(node)
            return bind(BUILTINS[name], arguments, named, (position, source))

        def call(scope: Scope) -> Any:
            if scope.has(name) and isinstance(own := scope.get(name), Function):
                return call_function(own, scope, arguments, named, (position, source))
            extension = scope.run.functions.get(name)
            if extension is None:
                raise FeelError("unknown_function", position, source, name=name)
            return call_extension(extension, scope, arguments, named, (position, source))

        return call

    def _constant_pattern(self, node: nodes.Call) -> None:
        """A pattern written out is read now, so that its author sees what is wrong with it."""
        if node.name not in PATTERN_FUNCTIONS or len(node.arguments) < 2:  # noqa: PLR2004  (text, pattern)
            return
        pattern = node.arguments[1]
        if isinstance(pattern, nodes.Value) and isinstance(pattern.value, str):
            try:
                program(pattern.value, "")
            except BadPattern as error:
                text = pattern.value[:40]
                raise FeelError(
                    "bad_pattern", pattern.position, self._source, text=text, part=error.part
                ) from None

    def _is_defined(self, node: nodes.Call) -> Code:
        if len(node.arguments) != 1:
            raise FeelError("arguments", node.position, self._source, name=node.name)
        subject = node.arguments[0]
        if isinstance(subject, nodes.Name):
            name = subject.name
            return lambda scope: scope.has(name)
        if isinstance(subject, nodes.Path):
            owner, key = self.code(subject.subject), subject.name
            return lambda scope: isinstance(found := owner(scope), dict) and key in found
        code = self.code(subject)
        return lambda scope: code(scope) is not None


def _is_condition(node: Node) -> bool:
    """Whether a node can only give true, false or null."""
    if isinstance(node, nodes.Loop):
        return node.word != "for"
    if isinstance(node, nodes.Call):
        found = BUILTINS.get(node.name)
        return node.name == "is defined" or bool(found and found[0].result == "boolean")
    return isinstance(node, (nodes.Compare, nodes.Logic, nodes.Between, nodes.In, nodes.InstanceOf))


_COMPILERS: Final[dict[type[Node], Callable[[Compiler, Any], Code]]] = {
    nodes.Value: Compiler.value,
    nodes.Name: Compiler.name,
    nodes.Path: Compiler.path,
    nodes.ListNode: Compiler.list_,
    nodes.ContextNode: Compiler.context,
    nodes.RangeNode: Compiler.range_,
    nodes.Logic: Compiler.logic,
    nodes.Compare: Compiler.compare,
    nodes.Arith: Compiler.arith,
    nodes.Negative: Compiler.negative,
    nodes.Between: Compiler.between,
    nodes.In: Compiler.in_,
    nodes.InstanceOf: Compiler.instance_of,
    nodes.If: Compiler.if_,
    nodes.Filter: Compiler.filter,
    nodes.Loop: Compiler.loop,
    nodes.FunctionNode: Compiler.function,
    nodes.Call: Compiler.call,
}
