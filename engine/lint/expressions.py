"""Every expression of a package: it parses, names what exists, and gives the right type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from engine import feel
from engine.diagrams import Node
from engine.errors import EngineError
from engine.lint.finding import Place, place_of, place_of_flow
from engine.lint.subject import Subject

SOME_DAY = datetime(2026, 6, 1, 4, tzinfo=UTC)  # constant expressions are tried on this day
ALWAYS = {"case": "context", "return_to": "string"}
CODE_OF = {"unknown_name": "feel_name", "unknown_function": "feel_function"}
# what a variable holds after a form: JSON, so dates are text and fractions may be text
TYPE_OF = {
    "textfield": "string", "textarea": "string", "datetime": "string", "docno": "string",
    "idcard": "string", "yyyymm": "string", "checkbox": "boolean", "checklist": "list",
    "taglist": "list", "dynamiclist": "list", "filepicker": "list", "people": "list",
    "group": "context",
}  # fmt: skip


def components(form: Any) -> Iterator[Mapping[str, Any]]:
    """All components of a form-js document, nested ones included, in reading order."""
    stack = [form]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            if part is not form:
                yield part
            nested = part.get("components")
            stack += reversed(nested) if isinstance(nested, list) else []


def setting(component: Mapping[str, Any], name: str) -> Any:
    """One of our additions in the ``properties`` bag of a component."""
    bag = component.get("properties")
    return bag.get(name) if isinstance(bag, dict) else None


def variables(subject: Subject, process: str) -> dict[str, str]:
    """Names an expression of a process may use, with their types.

    A called process shares the variables of every instance it may run in.
    """
    found = dict(ALWAYS)
    for root in subject.roots:
        sharing = subject.sharing(root)
        if process in sharing:
            for key, kind in _instance_variables(subject, root, sharing):
                found[key] = kind if found.get(key, kind) == kind else "any"
    return found


def _instance_variables(
    subject: Subject, root: str, sharing: Iterable[str]
) -> Iterator[tuple[str, str]]:
    if root in subject.spawned:
        yield "item", "any"
    if root != subject.package.key:  # a child case: see engine/children.py
        yield "item_no", "number"
        yield "parent", "context"
    for key in sharing:
        for node in subject.processes[key].nodes.values():
            yield from _set_by(subject, node)


def _set_by(subject: Subject, node: Node) -> Iterator[tuple[str, str]]:
    for component in components(subject.forms.get(node.id)):
        name = setting(component, "variable")
        if isinstance(name, str) and name:
            kind = str(setting(component, "kind") or component.get("type"))
            yield name, TYPE_OF.get(kind, "any")
    if node.service and node.service.operation in subject.known.delegates:
        outputs = subject.known.delegates[node.service.operation].outputs
        yield from ((name, "any") for name in outputs)
    if node.decision:
        yield node.decision.result, "any"
    if node.children:
        yield f"{node.id}_results", "list"
    if node.act is not None:
        yield f"{node.id}_result", "context"
    if node.message:
        yield node.message.replace(".", "_"), "any"


def check(subject: Subject) -> None:
    """Check conditions, due dates, units, timers, items and service inputs."""
    for process in subject.processes.values():
        types = variables(subject, process.id)
        for flow in process.flows.values():
            if flow.condition:
                one = Checker(subject, place_of_flow(process, flow), types)
                one.check(flow.condition, "boolean", sign=False)
        for node in process.nodes.values():
            _check_node(Checker(subject, place_of(node), types), node)


def _check_node(one: Checker, node: Node) -> None:
    if node.step and node.step.due:
        one.check(node.step.due, "date")
    if node.step and node.step.unit != "case":
        one.check(node.step.unit, "string")
    if node.kind == "timer" and node.timer:
        one.check(node.timer, "date")
    if node.children and node.children.items:
        one.check(node.children.items, "list")
    for value in node.service.inputs.values() if node.service else ():
        if value.startswith("="):
            one.check(value, "")


class Checker:
    """Checks expressions that stand at one place and see the same names."""

    def __init__(self, subject: Subject, place: Place, types: Mapping[str, str]) -> None:
        self.subject, self.place, self.types = subject, place, types

    def check(self, source: str, wanted: str, *, sign: bool = True) -> None:
        """Note every problem of *source*; *wanted* is a type name or ``""`` for any.

        With *sign* the text must begin with ``=``, as everywhere outside conditions.
        """
        report, functions = self.subject.report, self.subject.known.functions
        if sign and not source.startswith("="):
            report.add("feel_sign", self.place, source=source)
            return
        try:
            expression = feel.parse(source)
            problems = feel.check(expression, self.types, functions)
        except feel.FeelError as error:
            report.add(
                "feel_syntax", self.place, source=source, at=error.position, zh=error.zh,
                en=error.en,
            )  # fmt: skip
            return
        for problem in problems:
            code = CODE_OF.get(problem.code, "feel_type")
            report.add(code, self.place, source=source, zh=problem.zh, en=problem.en)
        if wanted and not problems and not _fits(self._constant(expression), wanted):
            report.add("feel_result", self.place, source=source, wanted=wanted)

    def _constant(self, expression: feel.Expression) -> Any:
        """The value when it depends on no variable, else None."""
        if feel.names(expression):
            return None
        try:
            return feel.evaluate(
                expression, {}, functions=self.subject.known.functions, now=SOME_DAY
            )
        except (feel.FeelError, EngineError):
            return None  # a calendar without years, an exceeded bound: known at run time only


_TYPES: Final[Mapping[str, type]] = {
    "boolean": bool, "context": dict, "list": list, "number": Decimal, "string": str,
}  # fmt: skip


def _fits(value: Any, wanted: str) -> bool:
    if value is None:
        return True
    if wanted == "date":
        return isinstance(value, date) or _is_date_text(value)
    return isinstance(value, _TYPES[wanted])


def _is_date_text(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value) is not None
    except ValueError:
        return False


def holds(subject: Subject, condition: str, **known: str) -> bool:
    """Whether a condition is true when only the variables *known* have a value."""
    functions = subject.known.functions
    try:
        return feel.evaluate(condition, known, functions=functions, now=SOME_DAY) is True
    except (feel.FeelError, EngineError):
        return False
