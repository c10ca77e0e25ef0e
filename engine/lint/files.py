"""Rules on the folder: which files may lie where, and what a package should carry."""

from __future__ import annotations

from pathlib import PurePosixPath

from engine.errors import Invalid
from engine.lint.finding import Place
from engine.lint.subject import Subject
from engine.manifest import KEY
from engine.packages import MANIFEST, read_toml

SUFFIXES = {
    "": {".bpmn", ".md"},
    "forms": {".json"},
    "decisions": {".dmn"},
    "documents": {".html", ".docx", ".odt", ".md", ".txt", ".toml"},
    "scenarios": {".toml"},
}


def check(subject: Subject) -> None:
    """Check names and places of files, the key, and that there is a scenario."""
    package, report = subject.package, subject.report
    if not KEY.fullmatch(package.key):
        report.add("package_key", Place(MANIFEST, element="key"), key=package.key)
    if subject.manifest and subject.manifest.key != package.key:
        report.add("package_key_differs", Place(MANIFEST, element="key"), key=package.key)
    for unknown in subject.manifest.unknown if subject.manifest else ():
        report.add("manifest_unknown", Place(MANIFEST, element=unknown))
    for name in package.files:
        _check_file(subject, PurePosixPath(name))
    if not package.names("scenarios/", ".toml"):
        report.add("no_scenario", Place(MANIFEST))


def _check_file(subject: Subject, path: PurePosixPath) -> None:
    name, folder = str(path), "" if path.parent == PurePosixPath() else str(path.parent)
    if name == MANIFEST:
        return
    if path.suffix not in SUFFIXES.get(folder, set()):
        subject.report.add("file_unknown", Place(name))
    elif folder != "documents" and not path.stem.replace("-", "_").isidentifier():
        subject.report.add("file_stem", Place(name))
    elif not subject.package.files[name]:
        subject.report.add("file_empty", Place(name))
    elif folder == "scenarios":
        _check_scenario(subject, name)


def _check_scenario(subject: Subject, name: str) -> None:
    try:
        read_toml(subject.package.files[name], name)
    except Invalid as error:
        subject.report.add("toml_malformed", Place(name, line=error.params["line"]))
