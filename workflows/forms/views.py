"""What a page shows of a form: plain values, ready to be drawn by the templates.

``view`` decides nothing about validity. It settles the form (``scope.evaluate``) and describes
every visible field: its control, value, options, limits for the browser and messages. For
reading and printing it also packs the fields into the lines of an official sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workflows.forms.display import typed_text, written
from workflows.forms.model import (
    CHOICES,
    MANY_CHOICES,
    REFERENCES,
    Context,
    Field,
    Form,
    Lang,
    Message,
    Mode,
    Snapshot,
)
from workflows.forms.scope import Evaluation, Scope, evaluate, plain, recorded
from workflows.forms.values import Refused, key_or_nothing, label_of, split_file
from workflows.forms.view_model import FieldView, FormView, OptionView, RowView, flat

SHORT_LIST: Final = 40
"""Up to so many people, posts or units are offered as a plain list."""
_FULL_WIDTH: Final = frozenset({"group", "dynamiclist", "textarea", "filepicker", "text", "html"})


def view(
    form: Form,
    raw: Mapping[str, Any],
    context: Context,
    *,
    errors: Mapping[str, Sequence[Message]] | None = None,
    mode: Mode = "edit",
) -> FormView:
    """Return what a page shows for the answers *raw* (typed, drafted or recorded).

    In the modes ``read`` and ``print`` *raw* is the data of a record and is shown as it was kept.
    """
    scope = evaluate(form, raw, context) if mode == "edit" else recorded(form.fields, raw)
    drawer = _Drawer(Evaluation(context), dict(errors or {}), mode, context.lang)
    fields = tuple(drawer.fields(form.fields, scope))
    placed = {each.path for _, each in flat(fields)}
    unplaced = tuple(
        message for path, found in drawer.errors.items() if path not in placed for message in found
    )
    return FormView(form, mode, context.lang, fields, unplaced)


@dataclass
class _Drawer:
    """Describes the fields of a settled form."""

    evaluation: Evaluation
    errors: dict[str, Sequence[Message]]
    mode: Mode
    lang: Lang

    def fields(self, fields: Sequence[Field], scope: Scope) -> Iterator[FieldView]:
        for each in fields:
            if each.no not in scope.hidden:
                yield self.field(each, scope)

    def field(self, each: Field, scope: Scope) -> FieldView:
        if each.type == "group":
            return self.group(each, scope)
        if each.type == "dynamiclist":
            return self.rows(each, scope)
        if not each.carries:
            return self.static(each, scope)
        return self.answer(each, scope)

    def base(self, each: Field, scope: Scope) -> dict[str, Any]:
        """Return what every field view has."""
        path = scope.path(each.key) if each.key else f"{scope.prefix}_{each.no}"
        columns = 16 if each.type in _FULL_WIDTH else each.layout.columns
        return {
            "path": path,
            "id": f"f-{path}",
            "label": each.label.say(self.lang),
            "hint": each.hint.say(self.lang) if self.mode == "edit" else "",
            "required": each.required,
            "locked": each.no in scope.locked or self.mode != "edit",
            "columns": columns if each.type != "textarea" else each.layout.columns,
            "errors": tuple(self.errors.get(path, ())),
        }

    def static(self, each: Field, scope: Scope) -> FieldView:
        text = each.text.say(self.lang)
        expression = each.logic.computed
        if expression is not None:
            text = str(self.evaluation.ask(expression, scope.env) or "")
        control = {"separator": "separator", "spacer": "gap"}.get(each.type, "text")
        return FieldView(control, **self.base(each, scope), text=text)

    def group(self, each: Field, scope: Scope) -> FieldView:
        inner = scope.groups[each.key] if each.key else scope
        items = tuple(self.fields(each.children, inner))
        control = "group"
        if each.layout.matrix and items:
            control = f"matrix_{each.children[0].type}"
        return FieldView(
            control, **self.base(each, scope), items=items, heads=_heads(items, control)
        )

    def rows(self, each: Field, scope: Scope) -> FieldView:
        rows = tuple(
            RowView(number, row.prefix, tuple(self.fields(each.children, row)))
            for number, row in enumerate(scope.rows[each.key])
        )
        heads = tuple(
            FieldView(
                "head",
                child.key,
                "",
                child.label.say(self.lang),
                required=child.required,
                attrs={"class": child.kind or child.type},
            )
            for child in each.children
            if child.carries
        )
        base = self.base(each, scope)
        open_list = not base["locked"] and not each.rows.fixed
        return FieldView(
            "rows",
            **base,
            rows=rows,
            heads=heads,
            can_add=open_list and len(rows) < each.rows.most,
            can_remove=open_list,
        )

    def answer(self, each: Field, scope: Scope) -> FieldView:
        base = self.base(each, scope)
        value = scope.values.get(each.key)
        raw = scope.raw.get(each.key)
        if each.no in scope.locked or self.mode != "edit":
            return self.shown(each, value, scope, base)
        return FieldView(
            **{
                "control": _control(each),
                "value": typed_text(each, raw),
                "text": written(each, value, self.lang, scope.options.get(each.key, ())),
                "files": tuple(_files(raw)) if each.type == "filepicker" else (),
                "signature": self.signer() if each.kind == "signature" else None,
                "attrs": _attributes(each, self.lang),
                "prefix": each.layout.prefix,
                "suffix": each.layout.suffix,
                "checked": value is True,
                **base,
                **self.offer(each, raw, value, scope),
            }
        )

    def signer(self) -> Mapping[str, Any]:
        """Return who would sign, for the line beside the box."""
        context = self.evaluation.context
        return {"signer": context.actor, "capacity": context.capacity}

    def shown(self, each: Field, value: Any, scope: Scope, base: dict[str, Any]) -> FieldView:
        """Describe a field that is only shown."""
        control, signature = "shown", None
        files: tuple[Mapping[str, Any], ...] = ()
        if each.type == "filepicker":
            control, files = "shown_files", tuple(_files(value))
        elif each.kind == "signature":
            control, signature = "shown_signature", value if isinstance(value, Mapping) else None
        elif each.type == "textarea":
            control = "shown_text"
        return FieldView(
            control,
            **base,
            value=str(plain(each, value) or "") if not isinstance(value, (dict, list)) else "",
            text=written(each, value, self.lang, scope.options.get(each.key, ())),
            options=self.options(each, value, scope) if each.type in ("radio", "checklist") else (),
            files=files,
            signature=signature,
            prefix=each.layout.prefix,
            suffix=each.layout.suffix,
        )

    def offer(self, each: Field, raw: Any, value: Any, scope: Scope) -> dict[str, Any]:
        """Return the options of a choice, or what a search field needs instead of its control."""
        if each.kind in REFERENCES:
            return self.reference(each, raw)
        if each.kind == "people":
            return self.people(raw, value)
        if each.kind or each.type not in CHOICES | MANY_CHOICES:
            return {}
        return {"options": self.options(each, raw if each.several else value, scope)}

    def options(self, each: Field, taken: Any, scope: Scope) -> tuple[OptionView, ...]:
        items = taken if isinstance(taken, (list, tuple)) else [taken]
        chosen = {key_or_nothing(item) for item in items} - {""}
        return tuple(
            OptionView(option.value, option.words.say(self.lang), option.value in chosen)
            for option in scope.options.get(each.key, each.options)
        )

    def reference(self, each: Field, raw: Any) -> dict[str, Any]:
        """Offer a short list whole, a long one through a search field."""
        chosen = key_or_nothing(raw)
        known = self.known(each.kind)
        if known is None:
            text = label_of(raw) if isinstance(raw, Mapping) else self.label(each.kind, chosen)
            found = self.search(each.kind, text)
            return {"control": "lookup", "value": text, "suggestions": found}
        options = tuple(
            OptionView(str(one["id"]), label_of(one), chosen in (one["id"], label_of(one)))
            for one in known
        )
        return {"control": "select", "options": options}

    def people(self, raw: Any, value: Any) -> dict[str, Any]:
        """Tick boxes for a short list; else the chosen ones and a search field."""
        items = raw if isinstance(raw, (list, tuple)) else []
        chosen = {key_or_nothing(item) for item in items} - {""}
        known = self.known("person")
        if known is not None:
            options = tuple(
                OptionView(str(one["id"]), label_of(one), bool(chosen & {one["id"], label_of(one)}))
                for one in known
            )
            return {"control": "chips", "options": options}
        typed, found = "", {}
        for key in sorted(chosen):
            try:
                one = self.evaluation.find("person", key)
                found[one["id"]] = one
            except Refused:
                typed = key
        return {
            "control": "people",
            "value": typed,
            "options": tuple(OptionView(k, label_of(one), True) for k, one in found.items()),
            "suggestions": self.search("person", typed),
        }

    def known(self, kind: str) -> Sequence[Snapshot] | None:
        """Return everybody of *kind* if the list is short, else None."""
        directory = self.evaluation.context.directory
        found = directory.search(kind, "", SHORT_LIST + 1) if directory else []
        return found if len(found) <= SHORT_LIST else None

    def search(self, kind: str, text: str) -> tuple[str, ...]:
        directory = self.evaluation.context.directory
        found = directory.search(kind, text.partition("（")[0], 20) if directory else []
        return tuple(label_of(one) for one in found)

    def label(self, kind: str, key: str) -> str:
        """Return the label of the one with the id *key*, or the text that was typed."""
        try:
            return label_of(self.evaluation.find(kind, key)) if key else ""
        except Refused:
            return key


def _heads(items: tuple[FieldView, ...], control: str) -> tuple[FieldView, ...]:
    """Return the column heads of a matrix of groups."""
    return items[0].items if control == "matrix_group" else ()


def _control(each: Field) -> str:
    if each.kind == "signature":
        return "signature"
    if each.type in ("radio", "checklist", "taglist"):
        return "chips" if each.several else "radios"
    names = {"filepicker": "files", "datetime": "moment", "textfield": "input", "number": "input"}
    return names.get(each.type, each.type)


def _files(raw: Any) -> Iterator[Mapping[str, Any]]:
    for item in raw if isinstance(raw, (list, tuple)) else ():
        try:
            digest, name = split_file(item)
        except Refused:
            continue
        known = item if isinstance(item, Mapping) else {}
        yield {**known, "digest": digest, "name": name}


def _attributes(each: Field, lang: Lang) -> dict[str, str]:
    """Return the HTML attributes that help the browser; the server never relies on them."""
    found: dict[str, str] = {}
    if each.type == "datetime":
        found = _moment_attributes(each)
    elif each.type == "number" or each.kind == "money":
        found["inputmode"] = "numeric" if each.limits.digits == 0 else "decimal"
    elif each.type == "filepicker":
        found["accept"] = ",".join(f".{name}" for name in each.files.extensions)
        found["data-max-bytes"] = str(each.files.max_bytes)
        if each.files.most > 1:
            found["multiple"] = "multiple"
    elif each.kind == "signature":
        found["confirm"] = each.layout.confirm.say(lang)
    else:
        found = _text_attributes(each)
    placeholder = each.layout.placeholder.say(lang)
    return {**found, "placeholder": placeholder} if placeholder else found


def _moment_attributes(each: Field) -> dict[str, str]:
    found = {"type": {"time": "time", "datetime": "datetime-local"}.get(each.subtype, "date")}
    bounds = {"min": each.limits.low, "max": each.limits.high}
    return found | {name: bound for name, bound in bounds.items() if isinstance(bound, str)}


def _text_attributes(each: Field) -> dict[str, str]:
    found = {}
    if each.limits.max_length:
        found["maxlength"] = str(each.limits.max_length)
    if each.limits.text_type:
        found["type"] = "tel" if each.limits.text_type == "phone" else "email"
    if each.kind == "yyyymm":
        found["placeholder"] = "2026.01"
    return found
