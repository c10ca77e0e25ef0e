"""What is linted: the package read as far as it can be read, and what it may refer to.

Reading notes its own findings, so that one broken file does not hide the faults of others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from lxml import etree

from engine.diagrams import Node, Process, read_tree
from engine.errors import Invalid
from engine.lint.finding import Place, Report, texts
from engine.manifest import Manifest
from engine.packages import MANIFEST, Package, read_json
from engine.unit_of_work import Delegate
from engine.untrusted_xml import parse_xml


class FormProblem(Protocol):
    """A mistake in a form, as the layer that renders forms reports it."""

    @property
    def place(self) -> str:
        """Path of the component."""
        ...

    @property
    def zh(self) -> str:
        """What is wrong, in Chinese."""
        ...

    @property
    def en(self) -> str:
        """What is wrong, in English."""
        ...


FormCheck = Callable[[Any], Iterable[FormProblem]]


@dataclass(frozen=True)
class Attribute:
    """What may stand in one attribute of ``lx:act``.

    ``feel`` is the type an expression must give (``any``, ``list``, ``date`` …), ``""`` for plain
    text; ``pattern`` is what plain text must look like. With ``acts`` it names other acts of the
    package by their nodes, separated by spaces, each perhaps with ``.name`` of one of its scores
    and ``:weight``; ``own`` allows its own node too, of which an earlier act is meant. With
    ``either`` plain text may also be an expression, which begins with ``=`` and is checked when
    the act is prepared. With ``form`` it names a form of the package, ``forms/<name>.json``; with
    ``field`` a component of the form that the attribute of that name names. ``needed`` holds
    unless the attribute ``unless`` is there; ``with_`` must be there too.
    """

    feel: str = ""
    pattern: str = ".*"
    needed: bool = False
    acts: bool = False
    own: bool = False
    either: bool = False
    form: bool = False
    field: str = ""
    unless: str = ""
    with_: str = ""


ActKinds = Mapping[str, Mapping[str, Attribute]]


@dataclass(frozen=True)
class Known:
    """What a package may refer to; ``roles`` None leaves actor codes unchecked."""

    delegates: Mapping[str, Delegate] = field(default_factory=dict)
    roles: Collection[str] | None = None
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    forms: FormCheck | None = None
    acts: ActKinds | None = None


class Subject:
    """One package under the linter."""

    def __init__(self, package: Package, known: Known, report: Report) -> None:
        self.package, self.known, self.report = package, known, report
        self.trees: dict[str, etree._Element] = {}
        self.processes: dict[str, Process] = {}
        self.manifest: Manifest | None = None
        self.forms: dict[str, Any] = {}
        self._read_manifest()
        for name in package.names("", ".bpmn").values():
            self._read_diagram(name)
        for node, name in package.names("forms/", ".json").items():
            self._read_form(node, name)

    def role_known(self, role: str) -> bool:
        """Whether tasks can be given to this actor code."""
        return self.known.roles is None or role in self.known.roles

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """All nodes of all processes by id."""
        return {key: node for process in self.processes.values() for key, node in
                process.nodes.items()}  # fmt: skip

    @cached_property
    def act_forms(self) -> Mapping[str, Node]:
        """Forms that acts use, by name, with the node of the act."""
        kinds = self.known.acts or {}
        return {
            str(node.act.get(name)): node
            for node in self.nodes.values() if node.act is not None
            for name, known in kinds.get(node.act.get("kind", ""), {}).items() if known.form
        }  # fmt: skip

    @cached_property
    def roots(self) -> frozenset[str]:
        """Processes that run as an instance of their own: main, children, message-started."""
        spawned = {n.children.process for n in self.nodes.values() if n.children}
        started = {p.id for p in self.processes.values() if p.message_starts}
        return frozenset({self.package.key, *spawned, *started} & set(self.processes))

    @cached_property
    def spawned(self) -> frozenset[str]:
        """Processes that run once per item, with ``item`` and ``item_no``."""
        return frozenset(n.children.process for n in self.nodes.values() if n.children)

    def sharing(self, root: str) -> frozenset[str]:
        """Processes that share the variables of an instance: what it calls, transitively."""
        found: set[str] = set()
        todo = [root]
        while todo:
            process = self.processes.get(todo.pop())
            if process is not None and process.id not in found:
                found.add(process.id)
                todo += [n.called for n in process.nodes.values() if n.kind == "call"]
        return frozenset(found)

    def of_kind(self, *kinds: str) -> Iterator[Node]:
        """Nodes of some kinds in all processes."""
        return (node for node in self.nodes.values() if node.kind in kinds)

    def refused(self, error: Invalid, place: Place, code: str) -> None:
        """Note that a file could not be read.

        The finding has the code of the error when we know a sentence for it, else *code* with
        the words of the error.
        """
        params = error.params
        at = replace(place, line=int(params.get("line", 0)))
        words = {"detail": params.get("detail", error.code), "zh": params.get("zh", error.code),
                 "en": params.get("en", error.code), "limit": params.get("limit", ""),
                 "root": params.get("root", "")}  # fmt: skip
        self.report.add(error.code if error.code in texts() else code, at, **words)

    def _read_manifest(self) -> None:
        try:
            self.manifest = self.package.manifest
        except Invalid as error:
            line = int(error.params.get("line", 0))
            if not error.fields:
                self.report.add(error.code, Place(MANIFEST, line=line))
            for path, codes in error.fields.items():
                for code in codes:
                    self.report.add(f"manifest_{code}", Place(MANIFEST, element=path))

    def _read_diagram(self, name: str) -> None:
        try:
            root = parse_xml(self.package.files[name], name)
            self.trees[name] = root
            diagram = read_tree(root, name)
        except Invalid as error:
            self.trees.pop(name, None)
            self.refused(error, Place(name, error.params.get("process", "")), "schema")
            return
        if not diagram.processes:
            self.report.add("no_process", Place(name))
        for key, process in diagram.processes.items():
            if key in self.processes:
                self.report.add("duplicate_id", process, other=self.processes[key].file)
            self.processes.setdefault(key, process)

    def _read_form(self, node: str, name: str) -> None:
        try:
            self.forms[node] = read_json(self.package.files[name], name)
        except Invalid as error:
            line = error.params["line"]
            self.report.add("json_malformed", Place(name, element=node, line=line), line=line)
