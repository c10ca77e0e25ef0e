"""A DMN file as a Decision: its elements, types and arrows; everything else is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from engine.decisions.logic_loading import LogicReader, child, children
from engine.decisions.model import ANY, Decision, Element, InputData, Knowledge, Step, Type
from engine.decisions.refusals import refuse, refuse_element, refuse_expression, within
from engine.decisions.types import basic
from engine.feel import FeelError, parse_cell
from engine.untrusted_xml import line_of, local, parse_xml

Place = tuple[str, str]

_NAMESPACES: Final = frozenset(
    ("http://www.omg.org/spec/DMN/20151101/dmn.xsd",
     "http://www.omg.org/spec/DMN/20180521/MODEL/",
     "https://www.omg.org/spec/DMN/20191111/MODEL/",
     "https://www.omg.org/spec/DMN/20211108/MODEL/",
     "https://www.omg.org/spec/DMN/20230324/MODEL/"),
)  # fmt: skip
_READ: Final = frozenset(("itemDefinition", "inputData", "decision", "businessKnowledgeModel"))
_IGNORED: Final = frozenset(
    ("description", "extensionElements", "knowledgeSource", "textAnnotation", "association",
     "group", "elementCollection", "performanceIndicator", "organizationUnit", "DMNDI"),
)  # fmt: skip
_REQUIREMENTS: Final = ("requiredDecision", "requiredInput", "requiredKnowledge")
_TYPE_DEPTH: Final = 10


def load(xml: bytes, file: str = "decisions") -> Decision:
    """Read a DMN 1.1 to 1.5 file.

    Raises Invalid with ``zh`` and ``en`` (place and remedy) and ``line``, or as
    ``untrusted_xml.parse_xml`` does, for anything ``decide`` could not carry out.
    """
    return _File(parse_xml(xml, file)).decision()


class _File:
    """One file while it is read."""

    def __init__(self, root: etree._Element) -> None:
        namespace = etree.QName(root).namespace or ""
        if local(root) != "definitions" or namespace not in _NAMESPACES:
            refuse_element("namespace", ("", ""), root)
        self._root = root
        self._types = {one.get("name", ""): one for one in children(root, "itemDefinition")}
        self._known = frozenset(_names(root))

    def decision(self) -> Decision:
        """The whole file."""
        elements: dict[str, Element] = {}
        for part in self._root:
            if etree.QName(part).namespace != etree.QName(self._root).namespace:
                continue  # diagrams and what editors add of their own
            if local(part) not in _READ | _IGNORED:
                refuse_element("element", ("", ""), part, element=local(part))
            if local(part) in _READ - {"itemDefinition"}:
                key, element = self._element(part)
                if key in elements:
                    refuse_element("duplicate", ("", ""), part, name=key)
                elements[key] = element
        return _checked(Decision(self._root.get("name", ""), elements, _roots(elements)))

    def _element(self, part: etree._Element) -> tuple[str, Element]:
        variable = child(part, "variable")
        name = part.get("name", "")
        if variable is not None:
            name = variable.get("name", name)
        name = " ".join(name.split())
        if not name:
            refuse_element("no_name", (f"“{part.get('id', '')}”", f"“{part.get('id', '')}”"), part)
        place = (f"决策“{name}”", f"decision “{name}”")
        key = part.get("id") or name
        declared = ANY if variable is None else self._declared(variable, place)
        if local(part) == "inputData":
            return key, InputData(name, declared)
        if local(part) == "businessKnowledgeModel":
            return key, self._knowledge(part, name, place)
        logic = self._reader().logic(part, place, name)
        return key, Step(key, name, declared, logic, tuple(_needs(part)))

    def _knowledge(self, part: etree._Element, name: str, place: Place) -> Knowledge:
        body = child(part, "encapsulatedLogic")
        if body is None:
            refuse_element("no_logic", place, part)
        if body.get("kind", "FEEL") != "FEEL":
            refuse_element("language", place, body, language=body.get("kind", ""))
        parameters = tuple(
            (" ".join(one.get("name", "").split()), self._declared(one, place))
            for one in children(body, "formalParameter")
        )
        logic = self._reader().logic(body, place, name)
        return Knowledge(name, parameters, logic, tuple(_needs(part)))

    def _reader(self) -> LogicReader:
        return LogicReader(self._known, self._type)

    def _declared(self, element: etree._Element, place: Place) -> Type:
        nested = child(element, "typeRef")
        name = element.get("typeRef") or ("" if nested is None else nested.text or "")
        return self._type(name, element, place)

    def _type(self, name: str, element: etree._Element, place: Place, level: int = 0) -> Type:
        plain = name.strip()
        defined = self._types.get(plain, self._types.get(plain.rpartition(":")[2]))
        if defined is not None and level < _TYPE_DEPTH:
            return self._defined(defined, within(place, f"类型“{plain}”", f"type “{plain}”"), level)
        found = basic(plain)
        if found is None or defined is not None:
            refuse_element("type_unknown", place, element, type=plain[:80])
        return found

    def _defined(self, element: etree._Element, place: Place, level: int) -> Type:
        collection = element.get("isCollection") == "true"
        entries = tuple(
            (one.get("name", ""), self._defined(one, place, level + 1))
            for one in children(element, "itemComponent")
        )
        nested, listed = child(element, "typeRef"), child(element, "allowedValues")
        allowed = None
        if listed is not None:
            try:
                text = child(listed, "text")
                allowed = parse_cell((text.text if text is not None else "") or "-", self._known)
            except FeelError as error:
                refuse_expression(error, place, line_of(listed))
        if entries:
            return Type("context", collection, allowed, entries)
        name = "" if nested is None else nested.text or ""
        inner = self._type(name, element, place, level + 1)
        return Type(
            inner.base, collection or inner.collection, allowed or inner.allowed, inner.entries
        )


def _names(root: etree._Element) -> Iterator[str]:
    """Every name of the file that an expression may use, spaces within."""
    for tag in ("inputData", "decision", "businessKnowledgeModel", "variable", "formalParameter",
                "itemComponent", "output"):  # fmt: skip
        for element in root.iter(f"{{*}}{tag}"):
            yield " ".join(element.get("name", "").split())


def _needs(part: etree._Element) -> Iterator[str]:
    for requirement in part:
        for target in requirement:
            if local(target) in _REQUIREMENTS:
                yield target.get("href", "").rpartition("#")[2]


def _roots(elements: Mapping[str, Element]) -> tuple[str, ...]:
    needed = {
        need
        for element in elements.values()
        if not isinstance(element, InputData)
        for need in element.needs
    }
    return tuple(
        key for key, one in elements.items() if isinstance(one, Step) and key not in needed
    )


def _checked(decision: Decision) -> Decision:
    """Refuse arrows from nowhere, cycles, equal names, and a file that decides nothing."""
    names: set[str] = set()
    for element in decision.elements.values():
        if element.name in names:
            refuse("duplicate", ("", ""), name=element.name)
        names.add(element.name)
        needs = () if isinstance(element, InputData) else element.needs
        for need in needs:
            if need not in decision.elements:
                place = (f"决策“{element.name}”", f"decision “{element.name}”")
                refuse("dangling", place, target=need)
    if not decision.steps():
        refuse("no_decision", ("", ""))
    _refuse_cycles(decision.elements)
    return decision


def _refuse_cycles(elements: Mapping[str, Element]) -> None:
    """Take away, again and again, what needs nothing that is left; the rest is a cycle."""
    left = {
        key: set(() if isinstance(one, InputData) else one.needs) for key, one in elements.items()
    }
    while left:
        free = {key for key, needs in left.items() if not needs & left.keys()}
        if not free:
            path = ", ".join(elements[key].name for key in left)
            refuse("cycle", ("", ""), path=path)
        left = {key: needs for key, needs in left.items() if key not in free}
