"""The marshmallow schema of what is visible now.

One ``Answer`` field per field of the form is made once; a schema is made for each set of open
fields that occurs and kept. What depends on the moment (options, computed limits) reaches the
fields through ``looking_at``, because a marshmallow 4 schema has no context of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

import marshmallow as ma
from marshmallow.validate import Email
from marshmallow.validate import Regexp as MaRegexp

from engine.feel import Expression
from workflows.forms.model import (
    CHOICES,
    MANY_CHOICES,
    REFERENCES,
    Bound,
    Field,
    FileLimits,
    Message,
)
from workflows.forms.scope import Evaluation, Scope
from workflows.forms.values import Refused, as_decimal, as_moment, read

_looked_at: ContextVar[tuple[Evaluation, Scope]] = ContextVar("looked_at")
_EMAIL = Email()
_PHONE = MaRegexp(r"\+?[0-9][0-9 -]{5,18}\Z")


@contextmanager
def looking_at(evaluation: Evaluation, scope: Scope) -> Iterator[None]:
    """Let the schema fields see the scope they check."""
    token = _looked_at.set((evaluation, scope))
    try:
        yield
    finally:
        _looked_at.reset(token)


class Answer(ma.fields.Field[Any]):
    """One field of a form: reads what was typed, then checks its limits."""

    def __init__(self, field: Field) -> None:
        missing = [Message(_missing_code(field))]
        super().__init__(
            required=field.required,
            allow_none=not field.required,
            error_messages={"required": missing, "null": missing},
            validate=_checks(field),
        )
        self.field = field

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        evaluation, scope = _looked_at.get()
        options = scope.options.get(self.field.key, ())
        try:
            return read(self.field, value, options, evaluation.sources)
        except Refused as refused:
            raise ma.ValidationError([refused.message]) from refused


class FormSchema(ma.Schema):
    """Refuses keys the form does not have."""

    class Meta:
        """Unknown keys are an error, never dropped."""

        unknown = ma.RAISE


@lru_cache(maxsize=1024)
def schema_for(fields: tuple[Field, ...]) -> ma.Schema:
    """Return the schema for the open *fields* of one scope."""
    made = FormSchema.from_dict({field.key: Answer(field) for field in fields})()
    made.error_messages["unknown"] = Message("unknown")  # type: ignore[assignment]
    return made


def _missing_code(field: Field) -> str:
    if field.kind == "signature":
        return "sign"
    if field.type == "checkbox":
        return "confirm"
    if field.type == "filepicker":
        return "file"
    chosen = field.type in CHOICES | MANY_CHOICES or field.kind in REFERENCES | {"people"}
    return "choose" if chosen or field.type == "datetime" else "required"


Check = Callable[[Any], None]


def _checks(field: Field) -> list[Check]:
    limits = field.limits
    if field.type == "number" or field.kind == "money":
        return [_digits(limits.digits), _range(field, _as_number), _steps(limits.step)]
    if field.type == "datetime":
        return [_range(field, lambda raw: as_moment(field.subtype, raw))]
    if field.type in ("textfield", "textarea") and not field.kind:
        return [_length(field), _written(field)]
    if field.type == "filepicker":
        return [_file_count(field.files)]
    return []


def _fail(code: str, **params: Any) -> ma.ValidationError:
    return ma.ValidationError([Message(code, params)])


def _digits(most: int | None) -> Check:
    def check(value: Decimal) -> None:
        if most is None:
            return
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > most:
            raise _fail("decimals", digits=most) if most else _fail("integer")

    return check


def _steps(step: Decimal | None) -> Check:
    def check(value: Decimal) -> None:
        if step and value % step:
            raise _fail("step", step=f"{step:f}")

    return check


def _as_number(raw: Any) -> Decimal:
    return as_decimal(raw)


def _range(field: Field, convert: Callable[[Any], Any]) -> Check:
    numeric = field.type == "number" or field.kind == "money"

    def check(value: Any) -> None:
        low, high = (_bound(each, convert) for each in (field.limits.low, field.limits.high))
        below, above = low is not None and value < low, high is not None and value > high
        if not below and not above:
            return
        if numeric and low is not None and high is not None:
            raise _fail("between", min=_shown(low), max=_shown(high))
        if below:
            raise _fail("min" if numeric else "earliest", min=_shown(low))
        raise _fail("max" if numeric else "latest", max=_shown(high))

    return check


def _bound(bound: Bound, convert: Callable[[Any], Any]) -> Any:
    if isinstance(bound, Expression):
        evaluation, scope = _looked_at.get()
        bound = evaluation.ask(bound, scope.env)
    if bound is None:
        return None
    try:
        return convert(bound)
    except Refused:
        return None  # a limit that cannot be told yet does not limit


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _length(field: Field) -> Check:
    least, most = field.limits.min_length, field.limits.max_length

    def check(value: str) -> None:
        if most is not None and len(value) > most:
            raise _fail("max_length", max=most, length=len(value))
        if least is not None and len(value) < least:
            raise _fail("min_length", min=least, length=len(value))

    return check


def _written(field: Field) -> Check:
    limits = field.limits
    words = limits.pattern_words

    def check(value: str) -> None:
        if limits.text_type == "email":
            _matches(_EMAIL, value, "email")
        if limits.text_type == "phone":
            _matches(_PHONE, value, "phone")
        if limits.pattern is not None and not limits.pattern.search(value):
            told = {"zh": words.zh, "en": words.en or words.zh}
            raise _fail("rule", **told) if words.zh else _fail("pattern")

    return check


def _matches(check: Callable[[str], str], value: str, code: str) -> None:
    try:
        check(value)
    except ma.ValidationError as error:
        raise _fail(code) from error


def _file_count(limits: FileLimits) -> Check:
    def check(value: list[Any]) -> None:
        if len(value) > limits.most:
            raise _fail("files_max", max=limits.most)

    return check
