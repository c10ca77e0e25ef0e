"""What a designer does: have a process package checked, and deploy it.

The engine knows neither our actor codes nor our forms; here its linter gets both.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from engine import definitions
from engine.definitions import Definition
from engine.errors import Invalid
from engine.lint import Finding
from engine.packages import MANIFEST, Package, from_folder
from engine.unit_of_work import SYSTEM, UnitOfWork
from workflows import forms, policies
from workflows.acts import kinds
from workflows.roles import ROLES

MAX_LINES = 400
"""Changed lines shown of one file."""
_KNOWN: Mapping[str, Any] = {
    "roles": ROLES.keys(), "forms": forms.problems, "acts": kinds.ATTRIBUTES,
}  # fmt: skip
SHIPPED = Path(__file__).parent.parent / "bpmn"


def check(uow: UnitOfWork, package: Package) -> list[Finding]:
    """Return every finding about *package*, errors first; stores nothing."""
    _require(uow)
    return definitions.check(uow, package, **_KNOWN)


def deploy(uow: UnitOfWork, package: Package, note: str = "") -> Definition:
    """Store *package* as the next version of its key, or return the version that it already is.

    Raises ``NotAllowed`` for anybody but a designer (the command line acts as the system), and
    ``Invalid("package_faulty", findings=[…])`` with every finding; nothing is stored then.
    """
    _require(uow)
    return definitions.deploy(uow, package, note, **_KNOWN)


def shipped() -> list[Package]:
    """Return the packages that come with the product, in the order of their keys."""
    folders = sorted(path.parent for path in SHIPPED.glob(f"*/{MANIFEST}"))
    return [from_folder(folder) for folder in folders]


def from_parts(parts: Mapping[str, bytes]) -> Package:
    """Return the package of a folder a browser has sent, its files named from the folder on.

    Raises Invalid("package_folder") when the files do not lie in one folder, and what
    ``Package`` raises for names and sizes.
    """
    split = {name: name.replace("\\", "/").partition("/") for name in parts}
    folders = {top for top, _slash, _rest in split.values()}
    if len(folders) != 1 or "" in folders or any(not rest for _top, _slash, rest in split.values()):
        raise Invalid("package_folder", folder="")
    hidden = {name for name, parted in split.items() if _hidden(parted[2])}
    files = {split[name][2]: body for name, body in parts.items() if name not in hidden}
    return Package(folders.pop(), files)


def _hidden(name: str) -> bool:
    """Tell whether a file or a folder above it is hidden; ``..`` is none and gets refused."""
    return any(part.startswith(".") and part != ".." for part in name.split("/"))


def difference(old: bytes, new: bytes) -> list[str]:
    """Return the changed lines between two texts, three lines around each; empty for binaries."""
    try:
        before, after = (content.decode("utf-8").splitlines() for content in (old, new))
    except UnicodeDecodeError:
        return []
    lines = difflib.unified_diff(before, after, lineterm="", n=3)
    return list(islice(lines, 2, MAX_LINES + 2))


def _require(uow: UnitOfWork) -> None:
    if uow.actor is not SYSTEM:
        policies.require(uow.actor, "definition.deploy")
