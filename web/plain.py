"""A form as plain text, to be copied by somebody whose submission came too late."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.forms import FormView
from workflows.forms.view_model import FieldView


def text_of(view: FormView) -> str:
    """Return every answer of a form as ``label：answer`` lines, lists indented."""
    return "\n".join(_lines(view.fields, ""))


def _lines(fields: tuple[FieldView, ...], indent: str) -> Iterator[str]:
    for each in fields:
        if each.rows:
            yield f"{indent}{each.label}："
            for row in each.rows:
                yield f"{indent}  {row.number + 1}."
                yield from _lines(row.cells, f"{indent}     ")
        elif each.items:
            yield f"{indent}{each.label}："
            yield from _lines(each.items, f"{indent}  ")
        elif answer := _answer(each):
            yield f"{indent}{each.label}：{answer}"


def _answer(each: FieldView) -> str:
    chosen = [option.label for option in each.options if option.chosen]
    if chosen:
        return "、".join(chosen)
    if each.files:
        return "、".join(str(file["name"]) for file in each.files)
    if each.control in ("text", "separator", "gap"):
        return ""
    return each.value or each.text
