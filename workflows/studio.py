"""What a designer does: have a process package checked, and deploy it.

The engine knows neither our actor codes nor our forms; here its linter gets both.
"""

from __future__ import annotations

from pathlib import Path

from engine import definitions
from engine.definitions import Definition
from engine.lint import Finding
from engine.packages import MANIFEST, Package, from_folder
from engine.unit_of_work import SYSTEM, UnitOfWork
from workflows import forms, policies
from workflows.roles import ROLES

SHIPPED = Path(__file__).parent.parent / "bpmn"


def check(uow: UnitOfWork, package: Package) -> list[Finding]:
    """Return every finding about *package*, errors first; stores nothing."""
    _require(uow)
    return definitions.check(uow, package, roles=ROLES.keys(), forms=forms.problems)


def deploy(uow: UnitOfWork, package: Package, note: str = "") -> Definition:
    """Store *package* as the next version of its key, or return the version that it already is.

    Raises ``NotAllowed`` for anybody but a designer (the command line acts as the system), and
    ``Invalid("package_faulty", findings=[…])`` with every finding; nothing is stored then.
    """
    _require(uow)
    return definitions.deploy(uow, package, note, roles=ROLES.keys(), forms=forms.problems)


def shipped() -> list[Package]:
    """Return the packages that come with the product, in the order of their keys."""
    folders = sorted(path.parent for path in SHIPPED.glob(f"*/{MANIFEST}"))
    return [from_folder(folder) for folder in folders]


def _require(uow: UnitOfWork) -> None:
    if uow.actor is not SYSTEM:
        policies.require(uow.actor, "definition.deploy")
