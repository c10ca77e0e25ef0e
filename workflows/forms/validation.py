"""Checks a filled-in form and returns the record it makes, or every mistake at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import marshmallow as ma

from engine.errors import Invalid
from engine.unit_of_work import CHINA
from workflows.forms.model import (
    Cleaned,
    Context,
    Field,
    FileUse,
    Form,
    Message,
    leaves,
)
from workflows.forms.schema import looking_at, schema_for
from workflows.forms.scope import Evaluation, Scope, evaluate, plain
from workflows.forms.values import is_blank

Errors = dict[str, list[Message]]


def validate(form: Form, raw: Mapping[str, Any], context: Context) -> Cleaned:
    """Return the answers in *raw* as a record, the variables they set and their files.

    Hidden fields are neither required nor kept; fields the actor may not write keep what was
    stored; computed fields are computed here; signatures are made for ``context.actor``.
    Raises Invalid whose ``fields`` map every wrong path to its messages.
    """
    if not isinstance(raw, Mapping):
        raise Invalid("invalid", fields={"": [Message("type")]})
    check = _Check(Evaluation(context))
    scope = evaluate(form, raw, context)
    data = check.scope(scope)
    if check.errors:
        raise Invalid("invalid", fields=check.errors)
    _sign(scope, data, context)
    return Cleaned(data, _variables(scope, data), tuple(_file_uses(scope, data)))


@dataclass
class _Check:
    """Collects the mistakes while the scopes are walked."""

    evaluation: Evaluation
    errors: Errors = field(default_factory=dict)

    def scope(self, scope: Scope) -> dict[str, Any]:
        """Return the checked data of *scope* and everything below it."""
        fields = scope.open_fields()
        simple = [each for each in fields if each.type not in ("group", "dynamiclist")]
        typed = tuple(each for each in simple if each.no not in scope.locked)
        loaded = self.load(scope, typed)
        data: dict[str, Any] = {}
        for each in fields:
            if each.type == "group":
                data[each.key] = self.scope(scope.groups[each.key])
            elif each.type == "dynamiclist":
                data[each.key] = self.rows(each, scope)
            elif each.no in scope.locked:
                data[each.key] = plain(each, scope.values[each.key])
            elif each.key in loaded:
                data[each.key] = plain(each, loaded[each.key])
            else:
                data[each.key] = plain(each, [] if each.several else None)
            self.rule(each, scope)
        return data

    def load(self, scope: Scope, fields: tuple[Field, ...]) -> Mapping[str, Any]:
        """Run the schema of the fields that may be written."""
        known = {each.key for each in leaves(scope.fields)}
        given = {key: value for key, value in scope.raw.items() if key not in known}
        for each in fields:
            value = scope.raw.get(each.key)
            if each.type == "checkbox" and not each.kind and not each.required:
                given[each.key] = value or False
            elif not is_blank(value):
                given[each.key] = value
        try:
            with looking_at(self.evaluation, scope):
                return schema_for(fields).load(given)  # type: ignore[no-any-return]
        except ma.ValidationError as error:
            for key, messages in error.messages_dict.items():
                self.errors.setdefault(scope.path(str(key)[:80]), []).extend(messages)
            valid = error.valid_data
            return valid if isinstance(valid, dict) else {}

    def rows(self, each: Field, scope: Scope) -> list[dict[str, Any]]:
        """Check every row; rows in which nothing was answered are left out."""
        path, limits = scope.path(each.key), each.rows
        rows = scope.rows[each.key]
        fixed = limits.fixed or each.no in scope.locked
        if not fixed:
            rows = [row for row in rows if not row.is_empty()]
        kept = [self.scope(row) for row in rows]
        if fixed:
            return kept
        least = max(limits.least, 1) if each.required else limits.least
        if not isinstance(scope.raw.get(each.key, []), list):
            self.add(path, "type")
        elif len(kept) < least:
            self.add(path, "rows_min", min=least)
        elif len(kept) > limits.most:
            self.add(path, "rows_max", max=limits.most)
        return kept

    def rule(self, each: Field, scope: Scope) -> None:
        """Hold the field's own rule against the answers, if the field itself is in order."""
        path, logic = scope.path(each.key), each.logic
        if logic.rule is None or path in self.errors:
            return
        if self.evaluation.ask(logic.rule, scope.env) is False:
            words = logic.rule_words
            self.add(path, "rule", zh=words.zh, en=words.en or words.zh)

    def add(self, path: str, code: str, **params: Any) -> None:
        """Note a mistake at *path*."""
        self.errors.setdefault(path, []).append(Message(code, params))


def content_digest(data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of *data* as canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def unsigned(fields: tuple[Field, ...], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a record that its signatures are over: everything but signatures."""
    signed: dict[str, Any] = {}
    for each in leaves(fields):
        if each.kind == "signature" or each.key not in data:
            continue
        value = data[each.key]
        signed[each.key] = unsigned(each.children, value) if each.type == "group" else value
    return signed


def _sign(scope: Scope, data: dict[str, Any], context: Context) -> None:
    """Turn confirmed signatures into signature objects (method 系统确认).

    Such a confirmation is an electronic signature, but not a reliable one in the sense of the
    Electronic Signature Law, art. 13.
    """
    places = [place for place in _signatures(scope, data) if place[1].get(place[0].key)]
    if not places:
        return
    digest = content_digest(unsigned(scope.fields, data))
    for each, inner in places:
        inner[each.key] = {
            "signer": dict(context.actor),
            "capacity": context.capacity,
            "method": "系统确认",
            "at": _in_china(context.now),
            "digest": digest,
        }


def _in_china(now: datetime | None) -> str | None:
    return now.astimezone(CHINA).isoformat(timespec="seconds") if now else None


def _signatures(scope: Scope, data: dict[str, Any]) -> Iterator[tuple[Field, dict[str, Any]]]:
    """Yield the signature fields the actor may fill, with the data they lie in."""
    for each in scope.open_fields():
        if each.kind == "signature" and each.no not in scope.locked:
            yield each, data
        elif each.type == "group":
            yield from _signatures(scope.groups[each.key], data[each.key])


def _variables(scope: Scope, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what goes into the instance variables; a hidden field clears its variable."""
    found: dict[str, Any] = {}
    for each in leaves(scope.fields):
        value = data.get(each.key)
        if each.variable and found.get(each.variable) is None:
            found[each.variable] = value
        if each.type == "group" and each.key in data:
            for name, inner in _variables(scope.groups[each.key], data[each.key]).items():
                found[name] = inner if found.get(name) is None else found[name]
    return found


def _file_uses(scope: Scope, data: Mapping[str, Any]) -> Iterator[FileUse]:
    yield from _uses(scope.fields, data, scope.prefix)


def _uses(fields: tuple[Field, ...], data: Mapping[str, Any], prefix: str) -> Iterator[FileUse]:
    for each in leaves(fields):
        path = f"{prefix}-{each.key}" if prefix else each.key
        value = data.get(each.key)
        if each.type == "filepicker":
            for file in value or ():
                yield FileUse(path, each.record, file)
        elif each.type == "group" and value:
            yield from _uses(each.children, value, path)
        elif each.type == "dynamiclist":
            for number, row in enumerate(value or ()):
                yield from _uses(each.children, row, f"{path}-{number}")


def recheck(form: Form, raw: Mapping[str, Any], context: Context, paths: Collection[str]) -> Errors:
    """Return the mistakes at *paths* that are still there, so that messages go as they are mended.

    A page calls it between submissions with the paths it showed messages for.
    """
    if not paths:
        return {}
    try:
        validate(form, raw, context)
    except Invalid as error:
        return {path: found for path, found in error.fields.items() if path in paths}
    return {}
