"""Judge a record by the rules of a book: pure, so it can be repeated years later.

Only ``true`` satisfies a rule. A condition that comes out as null, because a field is empty or
a fact is unknown, does not: a gap in the record must not open a gate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.errors import Invalid
from engine.feel import Expression, FeelError, evaluate, nodes, to_json
from workflows.rules.book import PLACEHOLDER, facts_read, values
from workflows.rules.facts import CaseView, gather
from workflows.rules.functions import FUNCTIONS, recorded
from workflows.rules.rule import Finding, Rule, RuleBook, Situation

JSON = Mapping[str, Any]
NOTHING = "—"


def findings(  # noqa: PLR0913, PLR0917  # what a gate knows about a submission, in its order
    book: RuleBook, process: str, node: str, record: JSON, variables: JSON, case: CaseView
) -> list[Finding]:
    """Return what is not in order with *record*, which *node* of *process* would leave.

    Only the facts that the rules of the node ask for are computed from *case*.
    Raises Invalid("rule_failed") when a condition exceeds its bounds on this record.
    """
    facts = gather(facts_read(book.at(process, node)), case, record)
    return judge(book, process, node, Situation(record, variables, facts))


def judge(book: RuleBook, process: str, node: str, situation: Situation) -> list[Finding]:
    """Judge a situation: pure, for archived records as for new ones."""
    known = _known(situation, book)
    return [finding for rule in book.at(process, node) for finding in _judge(rule, book.id, known)]


def broken_examples(book: RuleBook) -> list[str]:
    """Return every example of the book that does not come out as it says, in words.

    A rule whose condition is never reached by a passing example proves nothing, and is named.
    """
    broken = []
    for rule in book.rules.values():
        applied = False
        for number, example in enumerate(rule.examples, start=1):
            known = _known(example.situation, book)
            found = list(_judge(rule, book.id, known))
            if bool(found) == example.passes:
                verb = "passes" if example.passes else "fails"
                broken.append(f"{rule.id} example {number} should be one that {verb}")
            applied = applied or (example.passes and _reached(rule, known))
        if not applied:
            broken.append(f"{rule.id} has no passing example to which it applies")
    return broken


def _known(situation: Situation, book: RuleBook) -> JSON:
    """Return the names a condition may use."""
    return {
        "record": situation.record,
        "variables": situation.variables,
        "facts": situation.facts,
        "numbers": values(book.numbers),
    }


def _reached(rule: Rule, known: JSON) -> bool:
    return any(_holds(rule, rule.when, scope, []) for _, scope in _scopes(rule, known))


def _judge(rule: Rule, book: str, known: JSON) -> Iterator[Finding]:
    for path, scope in _scopes(rule, known):
        working: list[str] = []
        if _holds(rule, rule.when, scope, []) and not _holds(rule, rule.require, scope, working):
            yield _finding(rule, book, path, scope, tuple(working))


def _scopes(rule: Rule, known: JSON) -> Iterator[tuple[str, JSON]]:
    """Yield the prefix of field paths and the names in scope, once or once per item."""
    if rule.each is None:
        yield "", known
        return
    items = _value(rule, rule.each, known, FUNCTIONS)
    if not isinstance(items, list):
        yield "", {**known, "item": None, "item_no": None}
        return
    name = _list_field(rule.each)
    for place, item in enumerate(items):
        prefix = f"{name}-{place}-" if name else ""
        yield prefix, {**known, "item": item, "item_no": place + 1}


def _list_field(each: Expression) -> str:
    """Return ``x`` when the items are those of ``record.x``, else nothing."""
    node = each.node
    if not isinstance(node, nodes.Path) or not isinstance(node.subject, nodes.Name):
        return ""
    return node.name if node.subject.name == "record" else ""


def _holds(rule: Rule, condition: Expression | None, scope: JSON, working: list[str]) -> bool:
    return condition is None or _value(rule, condition, scope, recorded(working)) is True


def _value(rule: Rule, expression: Expression, scope: JSON, functions: Mapping[str, Any]) -> Any:
    try:
        return evaluate(expression, scope, functions=functions)
    except FeelError as wrong:
        raise Invalid("rule_failed", rule=rule.id, zh=wrong.zh, en=wrong.en) from wrong


def _finding(rule: Rule, book: str, prefix: str, scope: JSON, working: tuple[str, ...]) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        zh=_filled(rule, rule.message.zh, scope),
        en=_filled(rule, rule.message.en, scope),
        remedy_zh=_filled(rule, rule.remedy.zh, scope),
        remedy_en=_filled(rule, rule.remedy.en, scope),
        basis=rule.basis,
        evidence=rule.evidence,
        field=f"{prefix}{rule.field}" if rule.field else "",
        working=working,
        verified=rule.verified,
        book=book,
    )


def _filled(rule: Rule, text: str, scope: JSON) -> str:
    """Fill the expressions in braces with their values."""
    return PLACEHOLDER.sub(lambda match: _shown(rule, match[1], scope), text)


def _shown(rule: Rule, source: str, scope: JSON) -> str:
    try:
        value = to_json(evaluate(source, scope, functions=FUNCTIONS))
    except FeelError as wrong:
        raise Invalid("rule_failed", rule=rule.id, zh=wrong.zh, en=wrong.en) from wrong
    if isinstance(value, list):
        return "、".join(str(part) for part in value) or NOTHING
    return NOTHING if value is None else str(value)
