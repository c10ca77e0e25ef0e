"""A package the linter accepts without a word, and ways to spoil copies of it."""

from pathlib import Path

from engine.calendar import Calendar
from engine.lint import Attribute, Finding, lint
from engine.packages import Package, from_folder
from engine.unit_of_work import Delegate

DEMO = from_folder(Path(__file__).parent / "data" / "bpmn" / "demo")
DELEGATES = {
    "count": Delegate(lambda uow, call: {}, "计票", "Count", ("votes", "until?"), ("sum",))
}
ROLES = {"CLERK", "HEAD", "TEAM"}
FUNCTIONS = Calendar.of({}, ()).functions()
ACTS = {
    "sign": {
        "roll": Attribute(feel="list", needed=True),
        "until": Attribute(feel="date"),
        "rule": Attribute(pattern="all|any"),
        "after": Attribute(acts=True),
        "earlier": Attribute(acts=True, own=True),
        "way": Attribute(pattern="hand|paper", either=True),
        "most": Attribute(feel="number"),
        "sheet": Attribute(form=True),
        "line": Attribute(field="sheet"),
    }
}


def findings(package: Package) -> list[Finding]:
    return lint(package, delegates=DELEGATES, roles=ROLES, functions=FUNCTIONS, acts=ACTS)


def spoil(file: str, *edits: tuple[str, str]) -> Package:
    """Replace texts in one file of the demo package; each must be there."""
    text = DEMO.files[file].decode()
    for old, new in edits:
        assert old in text, f"{old!r} is not in {file}"
        text = text.replace(old, new)
    return put(file, text)


def put(file: str, content: str | bytes) -> Package:
    """Add or replace a file of the demo package."""
    body = content.encode() if isinstance(content, str) else content
    return Package("demo", {**DEMO.files, file: body})


def without(*names: str) -> Package:
    return Package("demo", {n: body for n, body in DEMO.files.items() if n not in names})


def found(package: Package, code: str) -> Finding:
    """Return the one finding with a code; more or none is a failure."""
    every = findings(package)
    hits = [finding for finding in every if finding.code == code]
    assert hits, f"{code} not among {[(f.code, f.element, f.zh) for f in every]}"
    first = hits[0]
    assert all((first.zh, first.en, first.remedy_zh, first.remedy_en))
    return first
