"""Which fields are shown, which may be written, and what everything is worth right now.

``evaluate`` looks at a form, what was typed and the context, and settles for every scope: the
typed values, the hidden fields, the locked (read-only) fields, the options of choices and the
computed values. Showing and checking both start here, so they cannot disagree.

Rules: a hidden field is worth null, whatever was typed. A locked field keeps what was stored
before, or its prefilled value; what was typed is ignored. Rows in which nothing was answered do not
count. Conditions may depend on fields
that are themselves hidden or computed, so the scope is walked until nothing changes, at most
PASSES times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.errors import Invalid
from engine.feel import Expression, FeelError, to_json
from engine.feel import evaluate as feel_evaluate
from workflows.forms.model import Context, Field, Form, Option, Snapshot, Words, leaves
from workflows.forms.values import Refused, Sources, dump, is_blank, label_of, read

PASSES: Final = 6
MAX_OPTIONS: Final = 500
_UNREAD: Final = object()


@dataclass
class Scope:
    """The state of one data level. Keys of the sets are field numbers, of the others keys."""

    fields: tuple[Field, ...]
    raw: Mapping[str, Any]
    stored: Mapping[str, Any]
    prefix: str
    env: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    locked: set[int] = field(default_factory=set)
    options: dict[str, Sequence[Option]] = field(default_factory=dict)
    groups: dict[str, Scope] = field(default_factory=dict)
    rows: dict[str, list[Scope]] = field(default_factory=dict)

    def path(self, key: str) -> str:
        """Return the path of the field *key* of this scope."""
        return f"{self.prefix}-{key}" if self.prefix else key

    def is_empty(self) -> bool:
        """Whether nothing was answered in what may be written: such a row does not count."""
        return all(
            is_blank(self.raw.get(each.key))
            for each in self.open_fields()
            if each.no not in self.locked
        )

    def open_fields(self) -> list[Field]:
        """Return the fields that carry a value and are not hidden."""
        return [each for each in leaves(self.fields) if each.no not in self.hidden]


class Evaluation:
    """One look at a form: asks FEEL, finds people, remembers what it found."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.sources = Sources(self.find, context.files or (lambda digest: None))
        self._found: dict[tuple[str, str], Snapshot] = {}

    def ask(self, expression: Expression, env: Mapping[str, Any]) -> Any:
        """Return the value of *expression*; raises Invalid if it cannot be evaluated at all."""
        context = self.context
        try:
            return feel_evaluate(expression, env, functions=context.functions, now=context.now)
        except FeelError as error:
            raise Invalid("form_expression", zh=error.zh, en=error.en) from error

    def find(self, kind: str, text: str) -> Snapshot:
        """Return the person, post or unit that *text* names: its id or its whole label."""
        known = self._found.get((kind, text))
        if known is not None:
            return known
        directory = self.context.directory
        found = directory.find(kind, text) if directory is not None else None
        if found is None and directory is not None:
            found = _only(kind, text, directory.search(kind, text.partition("（")[0], 50))
        if found is None:
            raise Refused(f"{kind}_unknown", name=text[:60])
        self._found[kind, text] = found
        return found

    def is_locked(self, field: Field, env: Mapping[str, Any]) -> bool:
        """Whether the person who fills in the form may not write *field*."""
        logic = field.logic
        if logic.readonly or logic.computed is not None:
            return True
        if logic.editable_by and not logic.editable_by & self.context.roles:
            return True
        return logic.readonly_when is not None and self.ask(logic.readonly_when, env) is True

    def kept(self, field: Field, stored: Mapping[str, Any], env: Mapping[str, Any]) -> Any:
        """Return what a field holds before anybody types: stored, prefilled, or its default.

        A field nobody may ever write shows its source as it is now, not as it was.
        """
        logic = field.logic
        derived = logic.prefill is not None and (logic.readonly or field.rows.fixed)
        if field.key in stored and not derived:
            return stored[field.key]
        if logic.prefill is not None:
            return _json(self.ask(logic.prefill, env))
        return logic.default

    def options_of(self, field: Field, env: Mapping[str, Any]) -> Sequence[Option]:
        """Return the choices of *field* as they are now."""
        if field.logic.options is None:
            return field.options
        items = self.ask(field.logic.options, env)
        if not isinstance(items, list):
            return ()
        return [option for option in map(_option, items[:MAX_OPTIONS]) if option is not None]


def names_of(context: Context) -> dict[str, Any]:
    """Return what expressions may name besides the answers themselves."""
    return {
        **context.variables,
        "variables": context.variables,
        "records": context.records,
        "actor": context.actor,
    }


def evaluate(form: Form, raw: Mapping[str, Any], context: Context) -> Scope:
    """Settle the whole form for what was typed (*raw*) in *context*."""
    env = names_of(context)
    evaluation = Evaluation(context)
    return settle(evaluation, form.fields, _Given(raw, context.stored), env, form.has_logic)


def recorded(fields: tuple[Field, ...], data: Mapping[str, Any], prefix: str = "") -> Scope:
    """Return a scope that shows a record as it was kept: what is not in it was hidden.

    No condition is asked again, because what it depended on may have changed since.
    """
    scope = Scope(fields, data, data, prefix, {}, values=dict(data))
    _hide_absent(fields, data, scope)
    for each in leaves(fields):
        value = data.get(each.key)
        if each.type == "group":
            inside = value if isinstance(value, Mapping) else {}
            scope.groups[each.key] = recorded(each.children, inside, scope.path(each.key))
        elif each.type == "dynamiclist":
            rows = value if isinstance(value, list) else []
            scope.rows[each.key] = [
                recorded(each.children, row, f"{scope.path(each.key)}-{number}")
                for number, row in enumerate(rows)
            ]
    return scope


def _hide_absent(fields: Sequence[Field], data: Mapping[str, Any], scope: Scope) -> bool:
    """Hide what the record lacks; return whether anything is left to see."""
    seen = False
    for each in fields:
        if each.carries:
            shown = each.key in data
        elif each.children:
            shown = _hide_absent(each.children, data, scope)
        else:
            shown = each.logic.hide is None and each.logic.computed is None
        if not shown:
            scope.hidden.add(each.no)
        seen = seen or shown
    return seen


@dataclass(frozen=True)
class _Given:
    """What a scope starts from: typed now, stored before, where it lies, whether locked."""

    raw: Any
    stored: Any
    prefix: str = ""
    locked: bool = False


def settle(
    evaluation: Evaluation,
    fields: tuple[Field, ...],
    given: _Given,
    outer: Mapping[str, Any],
    repeat: bool,
) -> Scope:
    """Walk one scope until hidden, locked and computed fields no longer change."""
    raw = given.raw if isinstance(given.raw, Mapping) else {}
    stored = given.stored if isinstance(given.stored, Mapping) else {}
    scope = Scope(fields, raw, stored, given.prefix, dict(outer))
    walk = _Walk(evaluation, scope, repeat)
    scope.env.update(walk.first_values())
    for _ in range(PASSES if repeat else 1):
        before = walk.state()
        scope.hidden, scope.locked = set(), set()
        walk.visit(fields, hidden=False, locked=given.locked)
        if walk.state() == before:
            break
    return scope


class _Walk:
    """The passes over one scope."""

    def __init__(self, evaluation: Evaluation, scope: Scope, repeat: bool) -> None:
        self.evaluation = evaluation
        self.scope = scope
        self.repeat = repeat
        self.typed: dict[str, Any] = {}

    def state(self) -> tuple[Any, ...]:
        scope = self.scope
        return frozenset(scope.hidden), frozenset(scope.locked), dict(scope.values)

    def first_values(self) -> dict[str, Any]:
        """Return what every field is worth before any condition was looked at."""
        known = {}
        for each in leaves(self.scope.fields):
            simple = each.type not in ("group", "dynamiclist") and each.logic.options is None
            known[each.key] = self.read(each) if simple else None
        return known

    def visit(self, fields: Sequence[Field], *, hidden: bool, locked: bool) -> None:
        scope, ask = self.scope, self.evaluation.ask
        for each in fields:
            hide = each.logic.hide
            out = hidden or (hide is not None and ask(hide, scope.env) is True)
            kept = locked or self.evaluation.is_locked(each, scope.env)
            if out:
                scope.hidden.add(each.no)
            if kept:
                scope.locked.add(each.no)
            if each.carries:
                value = None if out else self.value(each, locked=kept)
                scope.values[each.key] = scope.env[each.key] = value
            elif each.children:
                self.visit(each.children, hidden=out, locked=kept)

    def value(self, each: Field, *, locked: bool) -> Any:
        if each.type == "group":
            return self.group(each, locked=locked)
        if each.type == "dynamiclist":
            return self.rows(each, locked=locked)
        if each.logic.computed is not None:
            return self.evaluation.ask(each.logic.computed, self.scope.env)
        return self.read(each, locked=locked)

    def read(self, each: Field, *, locked: bool = False) -> Any:
        """Return the typed value, or nothing while it is half typed."""
        scope, evaluation = self.scope, self.evaluation
        if each.type in ("select", "radio", "checklist", "taglist"):
            scope.options[each.key] = evaluation.options_of(each, scope.env)
        elif not locked and self.typed.get(each.key, _UNREAD) is not _UNREAD:
            return self.typed[each.key]
        stored = evaluation.kept(each, scope.stored, scope.env) if locked else None
        raw = stored if locked else scope.raw.get(each.key)
        if locked and isinstance(raw, dict) and each.kind:
            return raw
        if locked and each.several and isinstance(raw, list):
            return raw
        try:
            value = read(each, raw, scope.options.get(each.key, ()), evaluation.sources)
        except Refused:
            value = raw if locked else None
        if not locked:
            self.typed[each.key] = value
        return value

    def group(self, each: Field, *, locked: bool) -> dict[str, Any]:
        scope = self.scope
        given = _Given(
            scope.raw.get(each.key), scope.stored.get(each.key), scope.path(each.key), locked
        )
        inner = settle(self.evaluation, each.children, given, scope.env, self.repeat)
        scope.groups[each.key] = inner
        return inner.values

    def rows(self, each: Field, *, locked: bool) -> list[dict[str, Any]]:
        """Settle every row. A fixed list has the rows it was prefilled with, no others."""
        scope = self.scope
        before = scope.stored.get(each.key)
        if each.rows.fixed or locked:
            before = self.evaluation.kept(each, scope.stored, scope.env)
        kept = before if isinstance(before, list) else []
        typed = scope.raw.get(each.key)
        typed = typed if isinstance(typed, list) else []
        count = len(kept) if each.rows.fixed or locked else min(len(typed), each.rows.most + 1)
        made = []
        for number in range(count):
            given = _Given(
                typed[number] if number < len(typed) else None,
                kept[number] if number < len(kept) else None,
                f"{scope.path(each.key)}-{number}",
                locked,
            )
            made.append(settle(self.evaluation, each.children, given, scope.env, self.repeat))
        scope.rows[each.key] = made
        whole = each.rows.fixed or locked
        return [row.values for row in made if whole or not row.is_empty()]


def plain(field: Field, value: Any) -> Any:
    """Return a settled value as JSON: groups and rows by their fields, others by ``dump``."""
    if field.type == "group" and isinstance(value, Mapping):
        return {each.key: plain(each, value.get(each.key)) for each in leaves(field.children)}
    if field.type == "dynamiclist" and isinstance(value, list):
        inner = tuple(leaves(field.children))
        return [{each.key: plain(each, row.get(each.key)) for each in inner} for row in value]
    dumped = dump(field, value)
    if field.logic.computed is None or dumped is None or isinstance(dumped, (str, int)):
        return dumped
    return _json(dumped)


def _json(value: Any) -> Any:
    """Return what an expression gave as JSON; raises Invalid for what has no such form."""
    try:
        return to_json(value)
    except FeelError as error:
        raise Invalid("form_expression", zh=error.zh, en=error.en) from error


def _option(item: Any) -> Option | None:
    """Make a choice of an item of a computed list: a text, a {value, label} or an {id, name}."""
    item = _json(item)
    if isinstance(item, Mapping):
        if "id" in item:
            words = Words(label_of(item), str(item.get("en") or ""))
            return Option(str(item["id"]), words, dict(item))
        if "value" in item:
            value = str(item["value"])
            return Option(
                value, Words(str(item.get("label", value)), str(item.get("en") or "")), value
            )
        return None
    return None if item is None else Option(str(item), Words(str(item)), str(item))


def _only(kind: str, text: str, found: Sequence[Snapshot]) -> Snapshot | None:
    matches = [each for each in found if text in (label_of(each), each.get("name"))]
    exact = [each for each in matches if label_of(each) == text]
    if len(matches) > 1 and len(exact) != 1:
        raise Refused(f"{kind}_ambiguous", name=text[:60])
    if exact:
        return exact[0]
    return matches[0] if matches else None
