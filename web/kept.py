"""What somebody typed survives an expired page or sign-in.

When a posted form cannot be accepted because the session or its token is gone, the fields travel
back to the same browser as one signed text and are offered again ("继续提交") after signing in.
Nothing is stored and nothing happens without another click. Uploaded files are not kept; pages
of accounts and passwords never are.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from web import auth
from web.commands import actor, engine
from workflows import sessions

SIZE_MAX = 512 * 1024
NEVER = frozenset({"auth"})
OWN_FIELDS = frozenset({"csrf_token"})


@dataclass(frozen=True)
class Kept:
    """A form that was not accepted yet."""

    path: str
    fields: tuple[tuple[str, str], ...]
    account_id: str


def from_request() -> Kept | None:
    """Return the form of this request, or nothing when there is none to keep."""
    if request.method != "POST" or request.blueprint in NEVER or not request.form:
        return None
    with engine().read(actor()) as uow:
        owner = sessions.owner(uow, auth.token())
    pairs = request.form.items(multi=True)
    fields = tuple((name, value) for name, value in pairs if name not in OWN_FIELDS)
    size = sum(len(name) + len(value) for name, value in fields)
    if owner is None or size > SIZE_MAX:
        return None
    return Kept(request.full_path.rstrip("?"), fields, owner)


def pack(kept: Kept) -> str:
    """Return *kept* as one signed text."""
    return str(_serializer().dumps([kept.path, kept.fields, kept.account_id]))


def unpack(text: str, account_id: str) -> Kept | None:
    """Read a signed text back; nothing when it is broken or belongs to somebody else."""
    try:
        path, fields, owner = _serializer().loads(text)
    except BadSignature:
        return None
    if owner != account_id:
        return None
    return Kept(path, tuple((name, value) for name, value in fields), owner)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="kept form")
