"""Read a rule book from TOML, refusing everything that is not in order.

A book may extend another one: it replaces numbers, changes or switches off rules under
``[changes.<rule>]`` and says why. All mistakes of a book are reported together, each with the
entry it is in. A rule book is data from outside: nothing in it is executed but FEEL.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeGuard, get_args

from engine.errors import Invalid, NotFound
from engine.feel import Expression, FeelError, functions_used, names, nodes, parse
from workflows.rules.facts import FACTS
from workflows.rules.functions import FUNCTIONS
from workflows.rules.rule import (
    Basis,
    Change,
    Example,
    Number,
    Rule,
    RuleBook,
    Severity,
    Situation,
    Text,
)

FOLDER: Final = Path(__file__).parents[2] / "bpmn" / "rulebooks"
PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_BOOK_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_RULE_ID: Final = re.compile(r"[A-Z]{3,4}-\d{3}(\.\d)?")
_EVIDENCE: Final = re.compile(r"S\d\d|[MRD]")
_SEVERITIES: Final = frozenset(get_args(Severity))
_KINDS: Final = frozenset(get_args(Basis))
_GATES: Final = frozenset({"G1", "G2", "G3", "G4", "G5"})
_ROOTS: Final = frozenset({"record", "variables", "facts", "numbers"})
_TEXTS: Final = ("zh", "en", "remedy_zh", "remedy_en", "basis")
_KEYS: Final = frozenset(
    {*_TEXTS, "id", "processes", "nodes", "gate", "severity", "kind", "each", "when"}
    | {"require", "field", "evidence", "examples"}
)
_WHY: Final = frozenset({"why_zh", "why_en"})
_LONGEST_CHAIN: Final = 4

Source = Callable[[str], str]
Raw = dict[str, Any]


@lru_cache(maxsize=16)
def load(book_id: str) -> RuleBook:
    """Return the shipped book *book_id*; NotFound or Invalid("rulebook_invalid") if it is not."""
    return read(book_id, shipped)


def shipped(book_id: str) -> str:
    """Return the text of a shipped book; raises NotFound."""
    path = FOLDER / f"{book_id}.toml"
    if _BOOK_ID.fullmatch(book_id) is None or not path.is_file():
        raise NotFound("rulebook_not_found", book=book_id)
    return path.read_text(encoding="utf-8")


def available() -> list[str]:
    """Return the ids of the shipped books."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read(book_id: str, source: Source) -> RuleBook:
    """Read *book_id*; *source* gives the text of a book by id.

    Raises Invalid("rulebook_invalid") whose ``fields`` name every mistake by its entry.
    """
    layers, digest = _layers(book_id, source)
    head = layers[-1].get("book", {})
    reader = _Reader(book_id)
    numbers = reader.numbers(layers)
    rules = reader.rules(layers, unverified_block=head.get("unverified_block") is True)
    changes = reader.changes(layers[-1])
    for name in ("zh", "en"):
        if not isinstance(head.get(name), str):
            reader.problem("book", f"missing {name}")
    if head.get("id") != book_id:
        reader.problem("book", f"id is not {book_id}")
    reader.finish()
    return RuleBook(
        book_id, head["zh"], head["en"], head.get("extends"), numbers, rules, changes, digest
    )


def facts_read(rules: list[Rule]) -> frozenset[str]:
    """Return the facts that *rules* ask for, in conditions and in messages."""
    return frozenset(
        name for rule in rules for part in _expressions(rule) for name in _members(part, "facts")
    )


def fields_read(rule: Rule) -> frozenset[tuple[str, str]]:
    """Return (node, field) for every form field the rule reads at its top level.

    The fields of its own record are given for each of its nodes.
    """
    found = set()
    for part in _expressions(rule):
        found |= {(node, name) for node in rule.nodes for name in _members(part, "record")}
        for path in nodes.walk(part.node):
            if isinstance(path, nodes.Path) and _is_step(path.subject):
                found.add((path.subject.name, path.name))
    return frozenset(found)


def _is_step(node: nodes.Node) -> TypeGuard[nodes.Path]:
    """Whether *node* is ``facts.steps.<some node>``."""
    steps = node.subject if isinstance(node, nodes.Path) else None
    return isinstance(steps, nodes.Path) and steps.name == "steps" and _is(steps.subject, "facts")


def _is(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name


def _expressions(rule: Rule) -> Iterator[Expression]:
    yield from (part for part in (rule.each, rule.when, rule.require) if part is not None)
    for text in (rule.message, rule.remedy):
        for source in PLACEHOLDER.findall(text.zh + text.en):
            yield parse(source)


def _members(expression: Expression, root: str) -> frozenset[str]:
    """Return every ``x`` of ``root.x`` in the expression."""
    return frozenset(
        part.name
        for part in nodes.walk(expression.node)
        if isinstance(part, nodes.Path) and _is(part.subject, root)
    )


def _layers(book_id: str, source: Source) -> tuple[list[Raw], str]:
    """Return the book and all it extends, the oldest first, and the digest over their texts."""
    layers: list[Raw] = []
    digest = hashlib.sha256()
    current: str | None = book_id
    while current is not None:
        text = source(current)
        digest.update(f"{current}\n{len(text)}\n{text}".encode())
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as wrong:
            raise Invalid(
                "rulebook_invalid", book=current, fields={"toml": [str(wrong)]}
            ) from wrong
        layers.insert(0, raw)
        current = raw.get("book", {}).get("extends")
        if len(layers) > _LONGEST_CHAIN:
            raise Invalid("rulebook_invalid", book=book_id, fields={"book": ["extends too deep"]})
    return layers, digest.hexdigest()


@dataclass
class _Reader:
    """Reads the entries of one book and collects what is wrong with them."""

    book_id: str
    known_numbers: frozenset[str] = frozenset()
    problems: dict[str, list[str]] = field(default_factory=dict)

    def problem(self, place: str, what: str) -> None:
        self.problems.setdefault(place, []).append(what)

    def finish(self) -> None:
        if self.problems:
            raise Invalid("rulebook_invalid", book=self.book_id, fields=self.problems)

    def numbers(self, layers: list[Raw]) -> dict[str, Number]:
        merged: Raw = {}
        for layer in layers:
            merged |= layer.get("numbers", {})
        self.known_numbers = frozenset(merged)
        return {name: self.number(name, raw) for name, raw in merged.items()}

    def number(self, name: str, raw: Raw) -> Number:
        place = f"numbers.{name}"
        if not isinstance(raw.get("value"), str | int | bool):
            self.problem(place, "value must be text, a whole number or true/false")
        texts = {key: self.text(place, raw, key) for key in ("zh", "en", "basis")}
        return Number(raw.get("value", ""), evidence=self.evidence(place, raw), **texts)

    def rules(self, layers: list[Raw], *, unverified_block: bool) -> dict[str, Rule]:
        merged: dict[str, Raw] = {}
        for layer in layers:
            usual = {"processes": layer.get("book", {}).get("processes", [])}
            for entry in layer.get("rule", []):
                raw = usual | entry
                name = str(raw.get("id"))
                if name in merged:
                    self.problem(name, "declared twice")
                merged[name] = raw
            for name, change in layer.get("changes", {}).items():
                if name not in merged:
                    self.problem(f"changes.{name}", "no such rule")
                kept = {key: value for key, value in change.items() if key not in _WHY}
                merged[name] = merged.get(name, {}) | kept
        found = {name: self.rule(name, raw, unverified_block) for name, raw in merged.items()}
        return {name: rule for name, rule in found.items() if rule is not None}

    def rule(self, name: str, raw: Raw, unverified_block: bool) -> Rule | None:
        """Return the rule, or None after noting why it is none."""
        for key in sorted(raw.keys() - _KEYS):
            self.problem(name, f"unknown key {key}")
        if _RULE_ID.fullmatch(name) is None:
            self.problem(name, "the id is not like ABC-001")
        texts = {key: self.text(name, raw, key) for key in _TEXTS}
        each = self.expression(name, raw, "each")
        item = each is not None
        when = self.expression(name, raw, "when", item=item)
        require = self.expression(name, raw, "require", item=item)
        for key in ("zh", "en", "remedy_zh", "remedy_en"):
            self.placeholders(name, texts[key], item=item)
        evidence = self.evidence(name, raw)
        kind = self.choice(name, raw, "kind", _KINDS, "law")
        declared = self.choice(name, raw, "severity", _SEVERITIES, "")
        examples = self.examples(name, raw)
        if require is None:
            self.problem(name, "missing require")
            return None
        seen = kind == "form" or any(mark[0] in "SM" for mark in evidence)
        held_back = declared in {"BLOCK", "HOLD"} and not seen and not unverified_block
        return Rule(
            id=name,
            processes=self.listed(name, raw, "processes"),
            nodes=self.listed(name, raw, "nodes"),
            gate=self.choice(name, raw, "gate", _GATES, "G2"),
            declared=declared,
            severity="WARN" if held_back else declared,
            kind=kind,
            each=each,
            when=when,
            require=require,
            field=str(raw.get("field", "")),
            message=Text(texts["zh"], texts["en"]),
            remedy=Text(texts["remedy_zh"], texts["remedy_en"]),
            basis=texts["basis"],
            evidence=evidence,
            examples=examples,
        )

    def changes(self, layer: Raw) -> dict[str, Change]:
        found = {}
        for name, raw in layer.get("changes", {}).items():
            place = f"changes.{name}"
            why = [self.text(place, raw, key) for key in ("why_zh", "why_en")]
            found[name] = Change(why[0], why[1], self.evidence(place, raw))
        return found

    def text(self, place: str, raw: Raw, key: str) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not value.strip():
            self.problem(place, f"missing {key}")
            return ""
        return value

    def evidence(self, place: str, raw: Raw) -> tuple[str, ...]:
        marks = raw.get("evidence")
        if not isinstance(marks, list) or not marks:
            self.problem(place, "missing evidence")
            return ()
        wrong = [str(mark) for mark in marks if _EVIDENCE.fullmatch(str(mark)) is None]
        if wrong:
            self.problem(place, f"unknown evidence mark {' '.join(wrong)}")
        return tuple(str(mark) for mark in marks)

    def listed(self, place: str, raw: Raw, key: str) -> frozenset[str]:
        values = raw.get(key)
        if not isinstance(values, list) or not values:
            self.problem(place, f"missing {key}")
            return frozenset()
        return frozenset(str(value) for value in values)

    def choice(self, place: str, raw: Raw, key: str, allowed: frozenset[str], usual: str) -> Any:
        value = raw.get(key, usual)
        if value not in allowed:
            self.problem(place, f"{key} must be one of {' '.join(sorted(allowed))}")
        return value

    def examples(self, place: str, raw: Raw) -> tuple[Example, ...]:
        found = []
        for example in raw.get("examples", []):
            if example.get("expect") not in {"pass", "fail"}:
                self.problem(place, "an example expects pass or fail")
            parts = [example.get(key, {}) for key in ("record", "variables", "facts")]
            found.append(Example(example.get("expect") == "pass", Situation(*parts)))
        if {example.passes for example in found} != {True, False}:
            self.problem(place, "needs an example that passes and one that fails")
        return tuple(found)

    def expression(
        self, place: str, raw: Raw, key: str, *, item: bool = False
    ) -> Expression | None:
        source = raw.get(key)
        return None if source is None else self.parsed(place, str(source), key, item=item)

    def placeholders(self, place: str, text: str, *, item: bool) -> None:
        for source in PLACEHOLDER.findall(text):
            self.parsed(place, source, "text", item=item)

    def parsed(self, place: str, source: str, key: str, *, item: bool) -> Expression | None:
        """Read one expression and check every name in it."""
        try:
            expression = parse(source)
        except FeelError as wrong:
            self.problem(place, f"{key}: {wrong}")
            return None
        allowed = _ROOTS | ({"item", "item_no"} if item else frozenset())
        for name in sorted(names(expression, certain=True) - allowed):
            self.problem(place, f"{key}: unknown name {name}")
        for name in sorted(functions_used(expression) - FUNCTIONS.keys()):
            self.problem(place, f"{key}: unknown function {name}")
        for name in sorted(_members(expression, "facts") - FACTS.keys()):
            self.problem(place, f"{key}: unknown fact {name}")
        for name in sorted(_members(expression, "numbers") - self.known_numbers):
            self.problem(place, f"{key}: unknown number {name}")
        return expression


def values(numbers: Mapping[str, Number]) -> dict[str, str | int | bool]:
    """Return the plain values of *numbers*, as conditions see them."""
    return {name: number.value for name, number in numbers.items()}
