"""Turns the answers of a scenario into what a person would have typed into the form.

A scenario names people, posts and choices as they are read on the page; the form wants the
values behind them. What the scenario leaves out stays as the form proposes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from workflows import desk, forms
from workflows.forms.model import Field
from workflows.forms.scope import Evaluation, names_of
from workflows.forms.uploads import Upload, receive

PAPER: Final = b"%PDF-1.4\n%%EOF\n% rehearsal: "
"""What a file of a rehearsal holds: its name is all that a scenario gives."""


def typed(form: forms.Form, context: forms.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the raw answers to *form* that *given* means."""
    raw = forms.initial(form, context)
    asking = Evaluation(context)
    env = {**names_of(context), **raw, **given}
    return _scope(asking, form.fields, raw, given, env)


def with_files(
    uow: UnitOfWork, form: forms.Form, raw: dict[str, Any], task_id: str
) -> dict[str, Any]:
    """Hand in a paper for every file that *raw* gives by name, as an upload would.

    Raises Invalid for a name the field does not take.
    """
    named = {
        each.key: str(raw.pop(each.key)) for each in forms.leaves(form.fields)
        if each.type == "filepicker" and isinstance(raw.get(each.key), str)
    }  # fmt: skip
    if not named:
        return raw
    uploads = [Upload(key, name, BytesIO(PAPER + key.encode())) for key, name in named.items()]
    received = receive(uow, form, raw, uploads)
    if received.errors:
        raise Invalid(fields={key: [each.code for each in found]
                              for key, found in received.errors.items()})  # fmt: skip
    desk.remember_uploads(uow, received.raw, task_id)
    return received.raw


def _scope(
    asking: Evaluation,
    fields: Sequence[Field],
    raw: dict[str, Any],
    given: Mapping[str, Any],
    env: Mapping[str, Any],
) -> dict[str, Any]:
    known = {each.key: each for each in forms.leaves(fields)}
    merged = dict(raw)
    for name, value in given.items():
        field = known.get(name)
        merged[name] = value if field is None else _value(asking, field, raw.get(name), value, env)
    return merged


def _value(
    asking: Evaluation, field: Field, before: Any, value: Any, env: Mapping[str, Any]
) -> Any:
    if field.type == "group" and isinstance(value, Mapping):
        start = before if isinstance(before, dict) else {}
        return _scope(asking, field.children, start, value, env)
    if field.type == "dynamiclist" and isinstance(value, Mapping):
        before = before if isinstance(before, list) else []
        value = [_numbered(value, no) for no in range(1, len(before) + 1)]
    if field.type == "dynamiclist" and isinstance(value, list):
        rows = before if isinstance(before, list) and field.rows.fixed else []
        starts = [*rows, *({} for _ in range(len(value) - len(rows)))]
        return [
            _scope(asking, field.children, start, row, {**env, **row})
            for start, row in zip(starts, value, strict=True)
        ]
    if isinstance(value, list):
        return [_choice(asking, field, item, env) for item in value]
    return _choice(asking, field, value, env)


def _numbered(row: Mapping[str, Any], no: int) -> dict[str, Any]:
    """Return what is said in every row, with its number where ``{{no}}`` stands."""
    return {
        name: said.replace("{{no}}", str(no)) if isinstance(said, str) else said
        for name, said in row.items()
    }


def _choice(asking: Evaluation, field: Field, value: Any, env: Mapping[str, Any]) -> Any:
    """Return the value of the option whose words are, or begin with, what is written."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or field.type not in ("select", "radio", "checklist", "taglist"):
        return value
    options = asking.options_of(field, env)
    if any(option.value == value for option in options):
        return value
    for option in options:
        if option.words.zh == value or option.words.zh.startswith(f"{value}（"):
            return option.value
    return value
