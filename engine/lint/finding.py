"""What the linter says: findings, and the report that collects them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from engine.diagrams import Flow, Node, Process

LIMITS = {"error": 400, "warning": 100}  # apart, so that warnings never crowd out an error
MAX_PARAM = 160

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing to repair (error) or to think about (warning), with its place and remedy."""

    severity: Severity
    code: str
    file: str
    process: str
    element: str  # BPMN id, or the place inside a file
    element_name: str
    line: int  # 0 when unknown
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str

    def as_json(self) -> dict[str, Any]:
        """Return the finding as it is stored with a definition."""
        return asdict(self)


@dataclass(frozen=True)
class Place:
    """Where a finding belongs."""

    file: str
    process: str = ""
    element: str = ""
    name: str = ""
    line: int = 0


def place_of(subject: Node | Process | Place) -> Place:
    """Return the place of a node or a process."""
    if isinstance(subject, Node):
        return Place(subject.file, subject.process, subject.id, subject.name, subject.line)
    if isinstance(subject, Process):
        return Place(subject.file, subject.id, subject.id, subject.name)
    return subject


def place_of_flow(process: Process, flow: Flow) -> Place:
    """Return the place of a sequence flow."""
    return Place(process.file, process.id, flow.id, flow.name, flow.line)


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return the sentences by code: severity, zh, en, remedy_zh, remedy_en."""
    content = (files("engine.lint") / "texts.toml").read_text(encoding="utf-8")
    return tomllib.loads(content)


@dataclass
class Report:
    """Collects findings; the same finding is kept once."""

    found: dict[Finding, None] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, where: Node | Process | Place, **params: Any) -> None:
        """Add a finding; *params* fill the sentences of *code* in ``texts.toml``."""
        text, place = texts()[code], place_of(where)
        severity: Severity = "warning" if text["severity"] == "warning" else "error"
        if self.count[severity] >= LIMITS[severity]:
            return
        shown = {key: str(value)[:MAX_PARAM] for key, value in params.items()}
        shown |= {"element": place.element, "file": place.file}
        said = {key: text[key].format_map(shown) for key in ("zh", "en", "remedy_zh", "remedy_en")}
        finding = Finding(
            severity, code, place.file, place.process, place.element, place.name[:MAX_PARAM],
            place.line, **said,
        )  # fmt: skip
        self.count[severity] += finding not in self.found
        self.found[finding] = None

    def sorted(self) -> list[Finding]:
        """Return errors before warnings, then by file and line."""
        return sorted(self.found, key=lambda f: (f.severity, f.file, f.line, f.element, f.code))
