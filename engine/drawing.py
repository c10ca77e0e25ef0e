"""Where everything of a diagram lies: the BPMN drawing information as frozen values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from engine.diagrams import BPMN, LX, Diagram, read_tree
from engine.untrusted_xml import local, parse_xml

_DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
_POINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
FAR = 100_000  # a drawing that large is a mistake

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle; x and y are its upper left corner."""

    x: float
    y: float
    w: float
    h: float

    @property
    def centre(self) -> Point:
        """The point in the middle."""
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(frozen=True)
class Shape:
    """A drawn element; ``label`` is where its name stands when not inside."""

    id: str
    element: str  # BPMN local name
    box: Box
    label: Box | None
    horizontal: bool
    expanded: bool


@dataclass(frozen=True)
class Edge:
    """A drawn connection."""

    id: str
    element: str
    points: tuple[Point, ...]
    label: Box | None


@dataclass(frozen=True)
class Drawing:
    """The first plane of a diagram file, in drawing order, with all names in both languages."""

    diagram: Diagram
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    names: Mapping[str, tuple[str, str]]
    defaults: frozenset[str]  # flows a gateway takes when no condition holds


@lru_cache(maxsize=128)
def read_drawing(content: bytes, file: str) -> Drawing:
    """Read the drawing of a diagram file.

    Raises Invalid as ``engine.diagrams.read``; what is not drawn, or lies at impossible
    places, is left out.
    """
    root = parse_xml(content, file)
    diagram = read_tree(root, file)
    known = {e.get("id", ""): e for e in root.iter(f"{{{BPMN}}}*") if e.get("id")}
    plane = root.find(f"{_DI}BPMNDiagram/{_DI}BPMNPlane")
    parts = list(plane) if plane is not None else []
    shapes = [_shape(part, known) for part in parts if part.tag == f"{_DI}BPMNShape"]
    edges = [_edge(part, known) for part in parts if part.tag == f"{_DI}BPMNEdge"]
    nodes = [n for process in diagram.processes.values() for n in process.nodes.values()]
    return Drawing(
        diagram, tuple(s for s in shapes if s), tuple(e for e in edges if e),
        {key: _names(element) for key, element in known.items()},
        frozenset(node.default for node in nodes if node.default),
    )  # fmt: skip


def _names(element: etree._Element) -> tuple[str, str]:
    zh = element.get("name") or element.findtext(f"{{{BPMN}}}text") or ""
    step = element.find(f"{{{BPMN}}}extensionElements/{{{LX}}}step")
    en = element.get(f"{{{LX}}}en") or (step.get("en") if step is not None else "") or ""
    return " ".join(zh.split()), " ".join(en.split()) or " ".join(zh.split())


def _shape(part: etree._Element, known: Mapping[str, etree._Element]) -> Shape | None:
    key = part.get("bpmnElement", "")
    box = _box(part.find(_BOUNDS))
    if key not in known or box is None:
        return None
    return Shape(
        key, local(known[key]), box, _box(part.find(f"{_DI}BPMNLabel/{_BOUNDS}")),
        part.get("isHorizontal", "true") == "true", part.get("isExpanded", "true") == "true",
    )  # fmt: skip


def _edge(part: etree._Element, known: Mapping[str, etree._Element]) -> Edge | None:
    key = part.get("bpmnElement", "")
    points = [(_number(p, "x"), _number(p, "y")) for p in part.iterfind(_POINT)]
    if key not in known or len(points) < 2 or not _near(*sum(points, ())):  # noqa: PLR2004  (ends)
        return None
    label = _box(part.find(f"{_DI}BPMNLabel/{_BOUNDS}"))
    return Edge(key, local(known[key]), tuple(points), label)


def _box(bounds: etree._Element | None) -> Box | None:
    if bounds is None:
        return None
    x, y, w, h = (_number(bounds, name) for name in ("x", "y", "width", "height"))
    return Box(x, y, w, h) if _near(x, y, w, h) and w > 0 and h > 0 else None


def _number(element: etree._Element, name: str) -> float:
    try:
        return float(element.get(name, "nan"))
    except ValueError:
        return math.nan


def _near(*numbers: float) -> bool:
    return all(abs(number) <= FAR for number in numbers)  # false for NaN
