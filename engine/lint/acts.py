"""Rules on ``lx:act``: its kind is one the layer above knows, its attributes are in order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from engine.diagrams import Node
from engine.lint.expressions import Checker, components, variables
from engine.lint.finding import place_of
from engine.lint.subject import Attribute, Subject

_NODE: Final = re.compile(r"[.:]")
"""What ends the node in front of the name of a score or of a weight."""

_LITERAL: Final = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
"""A number may be written as it is, without the sign of an expression."""


def check(subject: Subject) -> None:
    """Check every act; without a table of kinds nothing is known about them."""
    if subject.known.acts is None:
        return
    for process in subject.processes.values():
        types = variables(subject, process.id)
        for node in process.nodes.values():
            if node.act is not None:
                _check_act(subject, node, node.act, types)


def _check_act(
    subject: Subject, node: Node, written: Mapping[str, str], types: Mapping[str, str]
) -> None:
    report, kinds = subject.report, subject.known.acts or {}
    kind = written.get("kind", "")
    if kind not in kinds:
        report.add("act_unknown", node, kind=kind, known=", ".join(sorted(kinds)))
        return
    known = kinds[kind]
    for name, attribute in known.items():
        spared = bool(attribute.unless and written.get(attribute.unless))
        if attribute.needed and not spared and not written.get(name):
            report.add("act_missing", node, kind=kind, name=name)
        if attribute.with_ and written.get(name) and not written.get(attribute.with_):
            report.add("act_missing", node, kind=kind, name=attribute.with_)
    one = Checker(subject, place_of(node), types)
    for name, value in written.items():
        if name == "kind":
            continue
        if name not in known:
            report.add("act_attribute", node, kind=kind, name=name, known=", ".join(known))
        else:
            _check_value(one, node, (name, value), known[name])


def _check_value(one: Checker, node: Node, written: tuple[str, str], known: Attribute) -> None:
    name, value = written
    if known.acts:
        _check_acts(one.subject, node, written, own=known.own)
    elif known.either and value.startswith("="):
        one.check(value, "string")
    elif known.form:
        if value not in one.subject.forms:
            one.subject.report.add("act_form", node, name=name, form=value)
    elif known.field and re.fullmatch(known.pattern, value):
        form = one.subject.forms.get((node.act or {}).get(known.field, ""))
        if value not in {str(part.get("key") or part.get("path")) for part in components(form)}:
            one.subject.report.add("act_field", node, name=name, field=value)
    elif known.feel and not (known.feel == "number" and _LITERAL.fullmatch(value)):
        one.check(value, "" if known.feel == "any" else known.feel)
    elif not re.fullmatch(known.pattern, value):
        one.subject.report.add("act_value", node, name=name, value=value, form=known.pattern)


def _check_acts(subject: Subject, node: Node, written: tuple[str, str], *, own: bool) -> None:
    name, value = written
    acts = _acts(subject) - (set() if own else {node.id})
    for word in value.split():
        if _NODE.split(word)[0] not in acts:
            subject.report.add("act_of_unknown", node, name=name, act=word)


def _acts(subject: Subject) -> set[str]:
    nodes = (node for process in subject.processes.values() for node in process.nodes.values())
    return {node.id for node in nodes if node.act is not None}
