"""The logic inside a decision or a knowledge model: XML to tables, formulas and calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from lxml import etree

from engine.decisions.model import (
    Formula,
    HitPolicy,
    Input,
    Invocation,
    Logic,
    Output,
    Rule,
    Table,
    Type,
)
from engine.decisions.refusals import refuse_element, refuse_expression, within
from engine.decisions.types import is_of, shown
from engine.feel import Evaluation, Expression, FeelError, nodes, parse, parse_cell
from engine.untrusted_xml import line_of, local

Place = tuple[str, str]
TypeOf = Callable[[str, Any, Place], Type]
"""Finds a type by its name; the XML element and the place are for the refusal."""

MAX_RULES: Final = 2_000
_LOGIC: Final = ("decisionTable", "literalExpression", "invocation")
_OTHER_LOGIC: Final = (
    "context", "relation", "list", "functionDefinition", "conditional", "for", "every", "some",
    "filter",
)  # fmt: skip
_POLICIES: Final[dict[str, HitPolicy]] = {
    "UNIQUE": "U", "ANY": "A", "PRIORITY": "P", "FIRST": "F", "RULE ORDER": "R",
    "OUTPUT ORDER": "O", "COLLECT": "C",
}  # fmt: skip
_AGGREGATIONS: Final[dict[str, HitPolicy]] = {
    "": "C", "SUM": "C+", "MIN": "C<", "MAX": "C>", "COUNT": "C#",
}  # fmt: skip
_TABLE_PARTS: Final = frozenset(
    ("input", "output", "rule", "annotation", "description", "extensionElements"),
)
_NOTHING: Final = Evaluation({})


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """Child elements of that local name, whatever the DMN version."""
    return [child for child in element if local(child) == name]


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first such child."""
    found = children(element, name)
    return found[0] if found else None


def text_of(element: etree._Element | None) -> str:
    """The ``text`` of an expression element, stripped."""
    inner = None if element is None else child(element, "text")
    return "".join(map(str, inner.itertext())).strip() if inner is not None else ""


class LogicReader:
    """Reads logic with the names and types of its file."""

    def __init__(self, known: frozenset[str], type_of: TypeOf) -> None:
        self._known = known
        self._type_of = type_of

    def logic(self, owner: etree._Element, place: Place, name: str) -> Logic:
        """The one piece of logic of an element; Invalid when there is none or another kind."""
        for part in owner:
            if local(part) in _OTHER_LOGIC:
                refuse_element("element", place, part, element=local(part))
        found = [part for part in owner if local(part) in _LOGIC]
        if len(found) != 1:
            refuse_element("no_logic", place, owner)
        kind = local(found[0])
        if kind == "decisionTable":
            return self._table(found[0], place, name)
        if kind == "invocation":
            return self._invocation(found[0], place)
        return Formula(self.expression(found[0], place))

    def expression(self, element: etree._Element, place: Place) -> Expression:
        """A literal expression in our language; Invalid naming the place otherwise."""
        _language(element, place)
        return self._read(parse, element, place)

    def cell(self, element: etree._Element, place: Place) -> Expression:
        """Unary tests; an empty cell is a dash."""
        _language(element, place)
        return self._read(parse_cell, element, place, empty="-")

    def _read(
        self,
        read: Callable[..., Expression],
        element: etree._Element,
        place: Place,
        empty: str = "",
    ) -> Expression:
        text = text_of(element) or empty
        if not text:
            refuse_element("no_text", place, element)
        try:
            return read(text, self._known)
        except FeelError as error:
            refuse_expression(error, place, line_of(element))

    def _invocation(self, element: etree._Element, place: Place) -> Invocation:
        function = text_of(child(element, "literalExpression"))
        bindings: list[tuple[str, Logic]] = []
        for binding in children(element, "binding"):
            parameter = child(binding, "parameter")
            key = "" if parameter is None else parameter.get("name", "")
            if not key:
                refuse_element("no_name", place, binding)
            inner = within(place, f"参数“{key}”", f"parameter “{key}”")
            bindings.append((key, self.logic(binding, inner, key)))
        return Invocation(function, tuple(bindings))

    # ---- tables

    def _table(self, element: etree._Element, place: Place, name: str) -> Table:
        for part in element:
            if local(part) not in _TABLE_PARTS:
                refuse_element("element", place, part, element=local(part))
        policy = _policy(element, place)
        inputs = tuple(
            self._input(one, within(place, f"第 {at} 个输入列", f"input column {at}"))
            for at, one in enumerate(children(element, "input"), 1)
        )
        declared = children(element, "output")
        outputs = tuple(
            self._output(
                one,
                within(place, f"第 {at} 个输出列", f"output column {at}"),
                many=len(declared) > 1,
            )
            for at, one in enumerate(declared, 1)
        )
        _check_policy(policy, outputs, element, place)
        return Table(policy, inputs, outputs, self._rules(element, inputs, outputs, place))

    def _input(self, element: etree._Element, place: Place) -> Input:
        asked = child(element, "inputExpression")
        if asked is None:
            refuse_element("no_text", place, element)
        listed = child(element, "inputValues")
        expression = self.expression(asked, place)
        return Input(
            label=element.get("label") or expression.source.strip(),
            expression=expression,
            type=self._type(asked, place),
            allowed=self.cell(listed, place) if listed is not None and text_of(listed) else None,
        )

    def _output(self, element: etree._Element, place: Place, *, many: bool) -> Output:
        name = element.get("name", "")
        if many and not name:
            refuse_element("output_name", place, element)
        listed, default = child(element, "outputValues"), child(element, "defaultOutputEntry")
        allowed = self.cell(listed, place) if listed is not None and text_of(listed) else None
        return Output(
            name=name,
            type=self._type(element, place),
            allowed=allowed,
            order=tuple(_constants(allowed)) if allowed else (),
            default=self.expression(default, place) if default is not None else None,
        )

    def _type(self, element: etree._Element, place: Place) -> Type:
        nested = child(element, "typeRef")
        name = element.get("typeRef") or ("" if nested is None else nested.text or "")
        return self._type_of(name, element, place)

    def _rules(
        self,
        element: etree._Element,
        inputs: tuple[Input, ...],
        outputs: tuple[Output, ...],
        place: Place,
    ) -> tuple[Rule, ...]:
        rows = children(element, "rule")
        if len(rows) > MAX_RULES:
            refuse_element("size", place, element, found=len(rows), limit=MAX_RULES)
        return tuple(
            self._rule(row, at, (inputs, outputs), within(place, f"第 {at} 条规则", f"rule {at}"))
            for at, row in enumerate(rows, 1)
        )

    def _rule(
        self,
        row: etree._Element,
        number: int,
        columns: tuple[tuple[Input, ...], tuple[Output, ...]],
        place: Place,
    ) -> Rule:
        inputs, outputs = columns
        tests, results = children(row, "inputEntry"), children(row, "outputEntry")
        for wanted, found in ((len(inputs), len(tests)), (len(outputs), len(results))):
            if wanted != found:
                refuse_element("width", place, row, wanted=wanted, found=found)
        return Rule(
            number,
            tuple(
                self._test(
                    cell, column, within(place, f"“{column.label}”格", f"cell “{column.label}”")
                )
                for cell, column in zip(tests, inputs, strict=True)
            ),
            tuple(
                self._result(cell, column, within(place, f"第 {at} 个输出格", f"output cell {at}"))
                for at, (cell, column) in enumerate(zip(results, outputs, strict=True), 1)
            ),
        )

    def _test(self, element: etree._Element, column: Input, place: Place) -> Expression:
        cell = self.cell(element, place)
        for value in _constants(cell):
            single = Type(column.type.base)
            if not is_of(value, single) and not isinstance(value, (list, dict)):
                refuse_element("cell_type", place, element, text=shown(value), type=single.base)
        return cell

    def _result(self, element: etree._Element, column: Output, place: Place) -> Expression:
        expression = self.expression(element, place)
        if isinstance(expression.node, nodes.Value):
            value = expression.node.value
            if not column.type.collection and not is_of(value, column.type):
                refuse_element(
                    "cell_type", place, element, text=shown(value), type=column.type.base
                )
            listed = column.allowed is None or _NOTHING.test(column.allowed, value)
            if value is not None and listed is False:
                refuse_element("output_value", place, element, text=shown(value))
        return expression


def _language(element: etree._Element, place: Place) -> None:
    language = element.get("expressionLanguage", "")
    if language and "feel" not in language.lower():
        refuse_element("language", place, element, language=language[:80])


def _policy(element: etree._Element, place: Place) -> HitPolicy:
    text = element.get("hitPolicy", "UNIQUE").strip().upper()
    policy = _POLICIES.get(text)
    aggregation = element.get("aggregation", "").strip().upper()
    if policy == "C":
        policy = _AGGREGATIONS.get(aggregation)
    elif aggregation:
        policy = None
    if policy is None:
        refuse_element("policy", place, element, policy=f"{text} {aggregation}".strip()[:60])
    return policy


def _check_policy(
    policy: HitPolicy, outputs: tuple[Output, ...], element: etree._Element, place: Place
) -> None:
    if not outputs:
        refuse_element("no_logic", place, element)
    if len(policy) > 1 and len(outputs) > 1:
        refuse_element("aggregate", place, element)
    if policy in ("P", "O") and not any(output.order for output in outputs):
        refuse_element("priority", place, element)


def _constants(cell: Expression) -> Iterator[Any]:
    """The values a cell names outright, each end of a range being one."""
    assert isinstance(cell.node, nodes.Tests)
    for test in cell.node.tests:
        operand = test.operand
        ends = (operand.low, operand.high) if isinstance(operand, nodes.RangeNode) else (operand,)
        yield from (end.value for end in ends if isinstance(end, nodes.Value))
