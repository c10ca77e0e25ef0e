"""Rules on forms: known components, keys, options, and expressions that can be read.

The layer that renders forms may add its own check (``Known.forms``); these rules hold for any
renderer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.lint.expressions import Checker, components, setting, variables
from engine.lint.finding import Place
from engine.lint.subject import Subject

SCHEMA_VERSION = 19
STATIC = frozenset({"text", "html", "separator", "spacer"})
CHOICES = frozenset({"select", "radio", "checklist", "taglist"})
KEYED = frozenset({
    "textfield", "textarea", "number", "datetime", "checkbox", "filepicker", "expression",
    "dynamiclist",
}) | CHOICES  # fmt: skip
TYPES = STATIC | KEYED | {"group"}
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
WITH_FORM = ("user", "start", "message")
# names a form's expressions may use beside its own fields and the variables
CONTEXT = frozenset(
    {
        "case",
        "item",
        "item_no",
        "actor",
        "applicant",
        "records",
        "variables",
        "row",
        "this",
        "parent",
    }
)
LABELS = ("label", "dateLabel", "timeLabel")
RULES = ("rule", "prefill", "readonlyWhen")
MAX_COMPONENTS = 400


def check(subject: Subject) -> None:
    """Check every form that could be read."""
    for node, form in subject.forms.items():
        place = Place(f"forms/{node}.json", element=node)
        owner = subject.act_forms.get(node) or subject.nodes.get(node)
        if owner is None or owner.kind not in WITH_FORM:
            subject.report.add("form_unused", place)
        if not isinstance(form, dict) or not isinstance(form.get("components"), list):
            subject.report.add("form_shape", place)
            continue
        if form.get("schemaVersion") != SCHEMA_VERSION:
            subject.report.add("form_version", place, version=form.get("schemaVersion", "–"))
        process = owner.process if owner else ""
        _Form(subject, place.file, form, process).check()
        for problem in subject.known.forms(form) if subject.known.forms else ():
            at = Place(place.file, element=problem.place)
            subject.report.add("form_faulty", at, zh=problem.zh, en=problem.en)


class _Form:
    """One form under the linter."""

    def __init__(self, subject: Subject, file: str, form: Any, process: str) -> None:
        self.subject, self.file = subject, file
        self.parts = list(components(form))
        own = {str(p.get("key") or p.get("path")) for p in self.parts}
        types = variables(subject, process) if process else {}
        self.types = dict.fromkeys((*types, *own, *CONTEXT), "any")

    def check(self) -> None:
        if len(self.parts) > MAX_COMPONENTS:
            self._add("form_size", "", limit=MAX_COMPONENTS)
            return
        for number, part in enumerate(self.parts, 1):
            at = str(part.get("key") or part.get("path") or part.get("id") or f"#{number}")
            self._check_part(part, at)

    def _check_part(self, part: Mapping[str, Any], at: str) -> None:
        kind = str(part.get("type"))
        if kind not in TYPES:
            self._add("component_unknown", at, kind=kind)
            return
        if kind in KEYED and not KEY.fullmatch(str(part.get("key") or part.get("path") or "")):
            self._add("component_key", at)
        if kind in KEYED and kind != "expression" and not any(part.get(name) for name in LABELS):
            self._add("component_label", at)
        if kind in CHOICES:
            self._check_options(part, at)
        variable = setting(part, "variable")
        if variable is not None and not KEY.fullmatch(str(variable)):
            self._add("variable_form", at, variable=variable)
        record, manifest = setting(part, "record"), self.subject.manifest
        if record and manifest and str(record) not in manifest.records:
            self._add("record_undeclared", at, record=record)
        for role in str(setting(part, "editableBy") or "").split():
            if not self.subject.role_known(role):
                self._add("role_unknown", at, role=role)
        for source in _expressions(part):
            Checker(self.subject, Place(self.file, element=at), self.types).check(source, "")

    def _check_options(self, part: Mapping[str, Any], at: str) -> None:
        if part.get("valuesExpression") or part.get("valuesKey"):
            return
        options = part.get("values")
        if not isinstance(options, list) or not options:
            self._add("options_missing", at)
            return
        values = [o.get("value") if isinstance(o, dict) else None for o in options]
        if not all(isinstance(value, str) and value for value in values):
            self._add("option_value", at)
        elif len(set(values)) < len(values):
            self._add("option_twice", at)

    def _add(self, code: str, at: str, **params: Any) -> None:
        self.subject.report.add(code, Place(self.file, element=at), **params)


def _expressions(part: Mapping[str, Any]) -> Iterator[str]:
    """Texts that must be expressions: hide condition, our rules, computed values, options."""
    hide = part.get("conditional")
    found = [hide.get("hide") if isinstance(hide, dict) else None]
    found += [setting(part, name) for name in RULES]
    found += [part.get("expression"), part.get("valuesExpression")]
    yield from (str(source) for source in found if source not in (None, "", True, False))
