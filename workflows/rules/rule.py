"""What a rule is, and what it says when a record does not satisfy it.

A rule is data: a code, the process nodes it belongs to, a condition in FEEL, a message and a
remedy in two languages, a legal basis and the evidence for that basis, and examples on both
sides. It reads four things and nothing else: the ``record`` of the step, the ``variables`` of
the case, the ``facts`` gathered for it and the ``numbers`` of its book. So it can be applied
again years later to an archived record, with the book of that time and with the book of today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.feel import Expression

Severity = Literal["BLOCK", "HOLD", "WARN", "INFO", "OFF"]
Basis = Literal["law", "form"]
"""``form``: arithmetic and consistency of the record itself, true whatever the law says."""

SEEN = frozenset("SM")
"""Evidence marks of a rule that somebody has read (S…) or measured (M)."""


@dataclass(frozen=True)
class Text:
    """One sentence in two languages, with FEEL expressions in braces."""

    zh: str
    en: str


@dataclass(frozen=True)
class Number:
    """A dated number of the law or a default of ours that rules refer to by name."""

    value: str | int | bool
    zh: str
    en: str
    basis: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Situation:
    """Everything a rule may look at besides the numbers of its book. All of it is JSON."""

    record: Mapping[str, Any]
    variables: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """A situation and whether the rule is satisfied in it."""

    passes: bool
    situation: Situation


@dataclass(frozen=True)
class Rule:
    """One entry of a rule book.

    ``each`` names the list whose items are judged one by one; ``item`` is then the item at
    hand. ``declared`` is what the specification wants; ``severity`` is what the book applies.
    """

    id: str
    processes: frozenset[str]
    nodes: frozenset[str]
    gate: str
    declared: Severity
    severity: Severity
    kind: Basis
    each: Expression | None
    when: Expression | None
    require: Expression
    field: str
    message: Text
    remedy: Text
    basis: str
    evidence: tuple[str, ...]
    examples: tuple[Example, ...]

    @property
    def verified(self) -> bool:
        """Whether somebody has read or measured what the rule rests on."""
        return any(mark[0] in SEEN for mark in self.evidence)

    def applies(self, process: str, node: str) -> bool:
        """Whether a record of *node* in *process* has to satisfy this rule."""
        return self.severity != "OFF" and process in self.processes and node in self.nodes


@dataclass(frozen=True)
class Change:
    """What a book changes in the book it extends, and why."""

    zh: str
    en: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class RuleBook:
    """The dated rules and numbers of one generation of the law. A case pins one."""

    id: str
    zh: str
    en: str
    extends: str | None
    numbers: Mapping[str, Number]
    rules: Mapping[str, Rule]
    changes: Mapping[str, Change]
    digest: str
    """SHA-256 over the files of the book and of every book it extends."""

    def at(self, process: str, node: str) -> list[Rule]:
        """Return the rules that a record of *node* in *process* has to satisfy."""
        return [rule for rule in self.rules.values() if rule.applies(process, node)]


@dataclass(frozen=True)
class Finding:
    """A rule that a record does not satisfy, with everything needed to explain and mend it.

    ``field`` is the path of the form field to show it at (``items-0-agree``), empty when it
    concerns the whole step. ``working`` are the sums that were compared. ``verified`` is
    False when the legal basis has not been checked against an official text.
    """

    rule: str
    severity: Severity
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str
    basis: str
    evidence: tuple[str, ...]
    field: str
    working: tuple[str, ...]
    verified: bool
    book: str

    def to_json(self) -> dict[str, Any]:
        """Return the finding as it is kept in a step record."""
        listed = {"evidence": list(self.evidence), "working": list(self.working)}
        return {**{name: getattr(self, name) for name in self.__dataclass_fields__}, **listed}


def blocking(findings: list[Finding]) -> list[Finding]:
    """Return the findings that no reason given by the actor can set aside."""
    return [finding for finding in findings if finding.severity in {"BLOCK", "HOLD"}]


def warnings(findings: list[Finding]) -> list[Finding]:
    """Return the findings with which the actor may go on if he writes down why."""
    return [finding for finding in findings if finding.severity == "WARN"]
