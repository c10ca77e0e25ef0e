"""The deploy-time linter: every finding of a package at once, each with place and remedy.

``lint`` never raises for bad input. The rules live in one module per subject; their sentences
in ``texts.toml``. An error stops a deployment, a warning does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from engine.lint import acts as act_rules
from engine.lint import calls, elements, expressions, files, flows, tasks
from engine.lint import forms as form_rules
from engine.lint.finding import Finding, Report
from engine.lint.subject import ActKinds, Attribute, FormCheck, FormProblem, Known, Subject
from engine.packages import Package
from engine.unit_of_work import Delegate

__all__ = ["ActKinds", "Attribute", "Finding", "FormCheck", "FormProblem", "lint"]


def lint(  # noqa: PLR0913  (what the layer above lets a package name)
    package: Package,
    *,
    delegates: Mapping[str, Delegate],
    roles: Collection[str] | None = None,
    functions: Mapping[str, Callable[..., Any]],
    forms: FormCheck | None = None,
    acts: ActKinds | None = None,
) -> list[Finding]:
    """Return all findings, errors first, at most as many as ``finding.LIMITS``.

    *roles* are the actor codes tasks may be given to (None: unchecked), *functions* the FEEL
    functions beyond the built-in ones, *forms* the check of the layer that renders forms, *acts*
    the kinds of ``lx:act`` it knows with their attributes (None: unchecked).
    """
    report = Report()
    subject = Subject(package, Known(delegates, roles, functions, forms, acts), report)
    for rules in (files, elements, flows, tasks, act_rules, calls, form_rules, expressions):
        rules.check(subject)
    return report.sorted()
