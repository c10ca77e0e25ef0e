"""From a posted page to the raw answers, and the buttons that change the shape of a form.

Names of controls are paths: ``talks-0-who``. The posted names are read into a tree once, then
the form walks the tree; so the depth is bounded by the form, and a name the form does not know
is refused instead of stored. A row exists when anything of it was posted; the page posts an
empty ``talks-0`` for each row, so that rows without ticked boxes exist too.

Names that begin with ``_`` belong to the page, not to the form. ``_act`` is the button.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from engine.errors import Invalid
from workflows.forms.model import CONTAINERS, Context, Field, Form, Message, leaves
from workflows.forms.scope import Evaluation, names_of
from workflows.forms.values import MAX_ITEMS, MAX_TEXT, digest_of

MAX_NAMES: Final = 5_000
MAX_NAME_LENGTH: Final = 400
MAX_TOTAL: Final = 2_000_000
"""Characters in one post, files not counted."""
PAGE_NAMES: Final = frozenset({"csrf_token"})
_NUMBER: Final = re.compile(r"\d{1,4}")
_DEPTH: Final = 16


class Post(Protocol):
    """What werkzeug's MultiDict offers."""

    def keys(self) -> Iterable[str]:
        """Return the posted names."""
        ...

    def getlist(self, key: str) -> list[str]:
        """Return every value posted under *key*."""
        ...


@dataclass
class _Node:
    """One step of the posted names: values that end here, and what follows."""

    values: list[str] = field(default_factory=list)
    children: dict[str, _Node] = field(default_factory=dict)


def parse_post(form: Form, post: Post, ignore: frozenset[str] = PAGE_NAMES) -> dict[str, Any]:
    """Return the raw answers a page has posted, nested like the record they may become.

    Raises Invalid for names the form does not have and for posts beyond the bounds.
    """
    root = _tree(post, ignore)
    raw, unknown = _scope(form.fields, root, "")
    if unknown:
        raise Invalid("invalid", fields={name[:80]: [Message("unknown")] for name in unknown[:20]})
    return raw


def initial(form: Form, context: Context) -> dict[str, Any]:
    """Return the raw answers a form opens with: stored, prefilled or default values."""
    return _opening(Evaluation(context), form.fields, context.stored, names_of(context))


def apply_action(form: Form, raw: Mapping[str, Any], action: str) -> dict[str, Any] | None:
    """Carry out a button of the form and return the changed answers.

    ``add:PATH`` adds a row, ``del:PATH-N`` removes one, ``drop:PATH:DIGEST`` removes a file.
    Returns None if *action* is no button of the form; the page then knows what it means.
    Raises Invalid if the place does not exist or may not change.
    """
    verb, _, rest = action.partition(":")
    if verb not in ("add", "del", "drop") or not rest:
        return None
    changed = copy.deepcopy(dict(raw))
    path, _, digest = rest.partition(":")
    number = -1
    if verb == "del":
        path, _, last = path.rpartition("-")
        if not _NUMBER.fullmatch(last):
            raise Invalid("invalid", fields={path[:80]: [Message("unknown")]})
        number = int(last)
    found, holder = locate(form.fields, changed, path.split("-")[:_DEPTH])
    if found is None or holder is None:
        raise Invalid("invalid", fields={path[:80]: [Message("unknown")]})
    if verb == "drop" and found.type == "filepicker":
        files = holder.get(found.key)
        files = files if isinstance(files, list) else []
        holder[found.key] = [item for item in files if digest_of(item) != digest]
    elif verb != "drop" and found.type == "dynamiclist" and not found.rows.fixed:
        _change_rows(found, holder, path, number)
    else:
        raise Invalid("invalid", fields={path[:80]: [Message("unknown")]})
    return changed


def _change_rows(found: Field, holder: dict[str, Any], path: str, number: int) -> None:
    """Add a row at the end (*number* < 0) or remove row *number*."""
    rows = holder.get(found.key)
    rows = list(rows) if isinstance(rows, list) else []
    if number < 0:
        if len(rows) >= found.rows.most:
            raise Invalid("invalid", fields={path: [Message("rows_max", {"max": found.rows.most})]})
        rows.append({})
    elif number < len(rows):
        del rows[number]
    holder[found.key] = rows


def _tree(post: Post, ignore: frozenset[str]) -> _Node:
    root, names, total = _Node(), 0, 0
    for name in post.keys():  # noqa: SIM118 - a MultiDict yields each name once this way
        if name in ignore or name.startswith("_"):
            continue
        values = post.getlist(name)
        names += 1
        total += len(name) + sum(map(len, values))
        steps = name.split("-")
        too_long = len(name) > MAX_NAME_LENGTH or max(map(len, values), default=0) > MAX_TEXT
        if names > MAX_NAMES or total > MAX_TOTAL or too_long:
            raise Invalid("form_too_large", fields={name[:80]: [Message("too_many")]})
        if len(steps) > _DEPTH or len(values) > MAX_ITEMS:
            raise Invalid("invalid", fields={name[:80]: [Message("unknown")]})
        node = root
        for step in steps:
            node = node.children.setdefault(step, _Node())
        node.values = values
    return root


def _scope(fields: tuple[Field, ...], node: _Node, prefix: str) -> tuple[dict[str, Any], list[str]]:
    """Return the answers of one scope and the names in it that no field has."""
    raw: dict[str, Any] = {}
    unknown: list[str] = []
    known = {}
    for each in leaves(fields):
        known[each.key] = each
        path = f"{prefix}-{each.key}" if prefix else each.key
        found = node.children.get(each.key)
        if each.type == "dynamiclist":
            raw[each.key], stray = _row_list(each, found or _Node(), path)
        elif each.type == "group":
            raw[each.key], stray = _scope(each.children, found or _Node(), path)
        else:
            stray = _below(found, path) if found else []
            value = _value(each, found.values if found else [])
            if value is not None:
                raw[each.key] = value
        unknown += stray
    for name, stranger in node.children.items():
        if name not in known:
            unknown += _names(stranger, f"{prefix}-{name}" if prefix else name)
    return raw, unknown


def _names(node: _Node, path: str) -> list[str]:
    """Return every name that was posted at *path* or below it."""
    return [path] * bool(node.values) + _below(node, path)


def _below(node: _Node, path: str) -> list[str]:
    return [name for key, one in node.children.items() for name in _names(one, f"{path}-{key}")]


def _row_list(each: Field, node: _Node, path: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Read the rows in order; gaps left by removed rows close."""
    numbers = [name for name in node.children if _NUMBER.fullmatch(name)]
    unknown = [
        stray
        for name, one in node.children.items()
        if name not in numbers
        for stray in _names(one, f"{path}-{name}")
    ]
    if len(numbers) > each.rows.most:
        limit = {"max": each.rows.most}
        raise Invalid("invalid", fields={path: [Message("rows_max", limit)]})
    rows = []
    for name in sorted(numbers, key=int):
        row, stray = _scope(each.children, node.children[name], f"{path}-{name}")
        rows.append(row)
        unknown += stray
    return rows, unknown


def _value(each: Field, values: list[str]) -> Any:
    if each.several:
        return [value for value in values if value.strip()]
    if each.type == "checkbox":
        return any(value.strip() for value in values)
    return values[-1] if values else None


def locate(
    fields: tuple[Field, ...], raw: dict[str, Any], steps: list[str]
) -> tuple[Field | None, dict[str, Any] | None]:
    """Follow a path to its field and the object that holds its value; None if it leads nowhere."""
    found = next((each for each in leaves(fields) if each.key == steps[0]), None)
    if found is None or len(steps) == 1:
        return found, raw
    inner: Any = raw.setdefault(found.key, {} if found.type == "group" else [])
    rest = steps[1:]
    if found.type == "dynamiclist":
        inside = isinstance(inner, list) and _NUMBER.fullmatch(rest[0])
        inner = inner[int(rest[0])] if inside and int(rest[0]) < len(inner) else None
        rest = rest[1:]
    if found.type not in CONTAINERS or not rest or not isinstance(inner, dict):
        return None, None
    return locate(found.children, inner, rest)


def _opening(
    evaluation: Evaluation,
    fields: tuple[Field, ...],
    stored: Mapping[str, Any],
    outer: Mapping[str, Any],
) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    env = dict(outer)
    for each in leaves(fields):
        before = stored.get(each.key)
        if each.type == "group":
            inside = before if isinstance(before, Mapping) else {}
            raw[each.key] = _opening(evaluation, each.children, inside, env)
        elif each.type == "dynamiclist":
            raw[each.key] = _opening_rows(evaluation, each, stored, env)
        elif each.kind != "signature" and each.logic.computed is None:
            value = evaluation.kept(each, stored, env)
            if value is not None:
                raw[each.key] = value
        env[each.key] = raw.get(each.key)
    return raw


def _opening_rows(
    evaluation: Evaluation, each: Field, stored: Mapping[str, Any], env: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the first rows: as stored, as prefilled, or some empty ones.

    A fixed list takes its rows from its source and what was entered in them from the store,
    as long as both have the same rows.
    """
    rows = evaluation.kept(each, stored, env)
    before = stored.get(each.key)
    if not isinstance(rows, list):
        rows = [{}] * each.rows.start
    rows = [row if isinstance(row, Mapping) else {} for row in rows[: each.rows.most]]
    if each.rows.fixed and isinstance(before, list) and len(before) == len(rows):
        rows = [{**old, **row} for old, row in zip(before, rows, strict=True)]
    return [_opening(evaluation, each.children, row, env) for row in rows]
