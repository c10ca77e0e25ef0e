"""What the pages with a process form share: files that arrive, keys, findings beside fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, cast

from flask import request

from engine.model import new_id
from web.i18n import language
from workflows import forms
from workflows.forms.uploads import Upload

MAX_SEEN = 10**9
STOPPING = frozenset({"BLOCK", "HOLD"})


def uploads() -> Iterator[Upload]:
    """Yield the files of this request; a file field left empty posts a part without a name."""
    for path, found in request.files.items(multi=True):
        if found.filename:
            yield Upload(path, found.filename, cast("BinaryIO", found.stream))


def in_language(context: forms.Context) -> forms.Context:
    """Return the context in the reader's language."""
    return replace(context, lang="en" if language() == "en" else "zh")


def watched_paths() -> list[str]:
    """Return the fields that carried a message on the page that was posted."""
    return request.form.get("_wrong", "").split()


def key() -> str | None:
    """Return the idempotency key of this submission; a missing one is made, so nothing breaks."""
    return request.form.get("_key", "")[:64] or None


def seen() -> int | None:
    """Return the version of the task the page was made from."""
    text = request.form.get("_seen", "")
    return int(text) if text.isascii() and text.isdigit() and int(text) < MAX_SEEN else None


def fresh_key() -> str:
    """Return a key for the next submission of a page."""
    return new_id()


def beside_fields(
    errors: Mapping[str, Sequence[Any]], findings: Iterable[Any]
) -> dict[str, list[Any]]:
    """Return *errors* with what stops the form at a field added to it; warnings only link there."""
    found = {path: list(messages) for path, messages in errors.items()}
    for finding in findings:
        if finding.field and finding.severity in STOPPING:
            words = {"zh": finding.zh, "en": finding.en}
            found.setdefault(finding.field, []).append(forms.Message("rule", words))
    return found


def is_htmx() -> bool:
    """Tell whether the page asks for a piece of itself."""
    return request.headers.get("HX-Request") == "true"
