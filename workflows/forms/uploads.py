"""Files that come with a posted form: stored at once, then named in the raw answers.

A file field of the page posts twice under its path: the digests of files that are stored
already, and new files. Storing first means that a mistake elsewhere in the form never asks a
person to pick the same file again.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from engine import documents
from engine.errors import Invalid
from engine.unit_of_work import UnitOfWork
from workflows.forms.decoding import locate
from workflows.forms.model import Form, Message
from workflows.forms.values import digest_of


@dataclass(frozen=True)
class Upload:
    """One file as it arrived: the path of its field, its name, its bytes."""

    path: str
    name: str
    stream: BinaryIO


@dataclass(frozen=True)
class Received:
    """The answers with the stored files in them, and what is wrong with the other files."""

    raw: dict[str, Any]
    errors: dict[str, list[Message]]


def receive(
    uow: UnitOfWork, form: Form, raw: Mapping[str, Any], uploads: Iterable[Upload]
) -> Received:
    """Store *uploads* and name them in the answers; the bytes of refused files are dropped.

    A field that takes one file gets the last one. A field that takes several refuses what is
    beyond its number before it is stored.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(raw))
    errors: dict[str, list[Message]] = {}
    for upload in uploads:
        try:
            _receive(uow, form, changed, upload)
        except Invalid as error:
            message = Message(error.code, error.params)
            errors.setdefault(upload.path[:80], []).append(message)
    return Received(changed, errors)


def _receive(uow: UnitOfWork, form: Form, raw: dict[str, Any], upload: Upload) -> None:
    field, holder = locate(form.fields, raw, upload.path.split("-"))
    if field is None or holder is None or field.type != "filepicker":
        raise Invalid("unknown")
    limits = field.files
    kept = holder.get(field.key)
    files = list(kept) if isinstance(kept, list) and limits.most > 1 else []
    if len(files) >= limits.most:
        raise Invalid("files_max", max=limits.most)
    stored = documents.store(
        uow, upload.stream, upload.name, accept=limits.extensions, max_bytes=limits.max_bytes
    )
    about = {
        "digest": stored.digest,
        "name": stored.name,
        "mime": stored.mime,
        "size": stored.size_bytes,
    }
    others = [item for item in files if digest_of(item) != stored.digest]
    holder[field.key] = [*others, about]
