"""Our own static drawing of a diagram, for pages without JavaScript and for paper.

Looks are presentation attributes, so that a copied or printed drawing keeps them, with classes
beside them for the style sheet of the pages. A state is never told by colour alone: each has a
mark and a word. No script, no style element, no foreign markup: every text is set by lxml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from lxml import etree

from engine.diagrams import Node
from engine.drawing import Box, Drawing, Edge, Point, Shape, read_drawing
from engine.lettering import wrap
from engine.strokes import (
    INK,
    LINE,
    LOOKS,
    PAPER,
    PLAIN,
    SOFT,
    SVG,
    Lettering,
    Look,
    add,
    badge,
    icon,
    num,
    points,
    put,
    rect,
    write,
)

Lang = Literal["zh", "en"]
MARGIN = 16
HEADER = 30  # width of the title strip of pools and lanes
TAKEN = LOOKS["done"].stroke
_PLAIN_SVG: Any = {None: SVG}  # the stubs know no default namespace
FONT = (
    "PingFang SC, HarmonyOS Sans SC, Microsoft YaHei, Noto Sans CJK SC, Source Han Sans SC, "
    "WenQuanYi Micro Hei, sans-serif"
)
UPRIGHT = {"（": "︵", "）": "︶", "(": "︵", ")": "︶", "—": "︱", "《": "︽", "》": "︾"}
FRAMES = frozenset({"participant", "lane"})
INSIDE = Lettering((13.0, 12.0, 11.0, 10.0))
TITLE = Lettering((13.0, 11.0))
BESIDE = Lettering((12.0, 11.0), halo=True, top=True)
ON_FLOW = Lettering((11.0,), halo=True, top=True)
NOTE = Lettering((12.0, 11.0, 10.0), start=True)


@dataclass(frozen=True)
class Status:
    """What a page knows about a case.

    ``state`` of nodes (see ``engine.strokes.LOOKS``), ``returns`` how often each was returned
    to, ``taken`` the flows that were followed, ``links`` where a click on a node leads,
    ``names`` what to write instead of the names in the file (lanes in another language, say).
    """

    state: Mapping[str, str] = field(default_factory=dict)
    returns: Mapping[str, int] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def draw(
    content: bytes,
    file: str,
    status: Status | None = None,
    *,
    lang: Lang = "zh",
    name: str = "diagram",
) -> str:
    """Return the SVG text of a diagram file, ``""`` when it holds no drawing.

    *name* prefixes the ids inside, so that several drawings can stand on one page. Raises
    Invalid as ``engine.diagrams.read``.
    """
    drawing = read_drawing(content, file)
    if not drawing.shapes:
        return ""
    pen = _Pen(drawing, status or Status(), lang, name)
    return etree.tostring(pen.picture(), encoding="unicode")


def state_word(state: str, lang: Lang = "zh") -> str:
    """Return the word a state is told by, for legends."""
    look = LOOKS.get(state, PLAIN)
    return look.zh if lang == "zh" else look.en


class _Pen:
    """Draws one picture."""

    def __init__(self, drawing: Drawing, status: Status, lang: Lang, name: str) -> None:
        self.drawing, self.status, self.lang, self.name = drawing, status, lang, name
        self.nodes: dict[str, Node] = {
            key: node
            for process in drawing.diagram.processes.values()
            for key, node in process.nodes.items()
        }

    def picture(self) -> etree._Element:
        left, top, right, bottom = _extent(self.drawing)
        w, h = num(right - left), num(bottom - top)
        root = etree.Element(f"{{{SVG}}}svg", nsmap=_PLAIN_SVG)
        put(root, class_="lx-diagram", viewBox=f"{num(left)} {num(top)} {w} {h}", width=w,
            height=h, role="group" if self.status.links else "img", font_family=FONT,
            aria_labelledby=f"{self.name}-title {self.name}-desc")  # fmt: skip
        title, described = self._words()
        add(root, "title", id=f"{self.name}-title").text = title
        add(root, "desc", id=f"{self.name}-desc").text = described
        self._arrows(root)
        self._layers(root)
        return root

    def _layers(self, root: etree._Element) -> None:
        """Frames, open sub-processes, flows, nodes, and boundary events on top."""
        ranks: dict[int, list[Shape]] = {0: [], 1: [], 2: [], 3: []}
        for shape in self.drawing.shapes:
            ranks[_rank(shape)].append(shape)
        for shape in ranks[0]:
            self._frame(root, shape)
        for shape in ranks[1]:
            self._node(root, shape)
        for edge in self.drawing.edges:
            self._edge(root, edge)
        for shape in ranks[2] + ranks[3]:
            self._node(root, shape)

    def _words(self) -> tuple[str, str]:
        """Title and description: what it is, and each state with the steps in it."""
        names = [self._name(key) for key in self.drawing.diagram.processes]
        groups: dict[str, list[str]] = {}
        for key, state in self.status.state.items():
            if key in self.nodes and state in LOOKS:
                groups.setdefault(state_word(state, self.lang), []).append(self._name(key) or key)
        comma, colon, stop = ("、", "：", "；") if self.lang == "zh" else (", ", ": ", "; ")
        told = stop.join(f"{word}{colon}{comma.join(keys)}" for word, keys in groups.items())
        return comma.join(n for n in names if n) or self.name, told

    def _arrows(self, root: etree._Element) -> None:
        defs = add(root, "defs")
        for kind, colour in (("flow", SOFT), ("taken", TAKEN)):
            marker = add(defs, "marker", id=f"{self.name}-{kind}", viewBox="0 0 10 10", refX="9",
                         refY="5", markerWidth="7", markerHeight="7", orient="auto")  # fmt: skip
            add(marker, "path", d="M0 1L10 5L0 9z", fill=colour)

    def _name(self, key: str) -> str:
        drawn = self.drawing.names.get(key, ("", ""))[self.lang == "en"]
        return self.status.names.get(key, drawn)

    def _frame(self, root: etree._Element, shape: Shape) -> None:
        """Pool or lane: a rectangle with its name on a strip at the left or top."""
        box, pool = shape.box, shape.element == "participant"
        group = add(root, "g", class_=f"lx-{shape.element}", data_node=shape.id)
        add(group, "rect", **rect(box), fill=PAPER if pool else "none", stroke=LINE)
        w, h = (HEADER, box.h) if shape.horizontal else (box.w, HEADER)
        strip = Box(box.x, box.y, w, h)
        add(group, "rect", **rect(strip), fill="#f3e9e6" if pool else "#f7f6f4", stroke=LINE)
        name = self._name(shape.id)
        if not shape.horizontal:
            write(group, name, strip, TITLE)
        elif self.lang == "zh":
            _column(group, name, strip)
        else:
            _turned(group, name, strip)

    def _node(self, root: etree._Element, shape: Shape) -> None:
        state, node = self.status.state.get(shape.id, ""), self.nodes.get(shape.id)
        look = LOOKS.get(state, PLAIN)
        link = self.status.links.get(shape.id)
        holder = add(root, "a", href=link) if link else root
        kind = node.kind if node else shape.element
        classes = f"lx-node lx-{kind} is-{state}" if state in LOOKS else f"lx-node lx-{kind}"
        group = add(holder, "g", class_=classes, data_node=shape.id)
        name, word = self._name(shape.id) or shape.id, state_word(state, self.lang)
        add(group, "title").text = f"{name} · {word}" if word else name
        if shape.element == "textAnnotation":
            self._note(group, shape)
        elif shape.element == "group":
            add(group, "rect", **rect(shape.box), rx="10", fill="none", stroke=LINE,
                stroke_dasharray="10 6")  # fmt: skip
        elif node is None or node.kind == "unsupported" or node.element.endswith("Task"):
            self._activity(group, shape, kind, look)
        elif shape.element.endswith("Event"):
            self._event(group, shape, node, look)
        elif shape.element.endswith("Gateway"):
            self._gateway(group, shape, kind, look)
        else:
            self._activity(group, shape, kind, look)
        self._marks(group, shape, look)

    def _activity(self, group: etree._Element, shape: Shape, kind: str, look: Look) -> None:
        box, opened = shape.box, _rank(shape) == 1
        heavy = look.width + (1.4 if shape.element == "callActivity" else 0)
        fill = "#fcfbf9" if opened and look is PLAIN else look.fill
        add(group, "rect", **rect(box), rx="8", fill=fill, stroke=look.stroke,
            stroke_width=num(heavy), stroke_dasharray=look.dashes,
            fill_opacity="0.7" if opened else None)  # fmt: skip
        name = self._name(shape.id)
        if opened:
            write(group, name, Box(box.x + 8, box.y + 4, box.w - 16, 22), TITLE)
            return
        below = kind in {"children", "subprocess"}
        at = (box.x + box.w / 2 - 7, box.y + box.h - 16) if below else (box.x + 5, box.y + 5)
        icon(group, kind, Box(*at, 13, 13))
        top = 6 if below or kind == "call" else 17
        room = Box(box.x + 6, box.y + top, box.w - 12, box.h - top - (17 if below else 5))
        write(group, name, room, INSIDE)

    def _event(self, group: etree._Element, shape: Shape, node: Node, look: Look) -> None:
        x, y = shape.box.centre
        radius = shape.box.w / 2
        wide = 3.4 if node.kind == "end" else look.width
        beside = bool(node.attached_to) and not node.interrupting
        dashes = look.dashes or ("4 3" if beside else None)
        add(group, "circle", cx=num(x), cy=num(y), r=num(radius), fill=look.fill,
            stroke=look.stroke, stroke_width=num(wide), stroke_dasharray=dashes)  # fmt: skip
        if node.kind not in {"start", "end"}:
            add(group, "circle", cx=num(x), cy=num(y), r=num(radius - 3.5), fill="none",
                stroke=look.stroke, stroke_dasharray=dashes)  # fmt: skip
        inside = "terminate" if node.terminate else "message" if node.message else node.kind
        icon(group, inside, Box(x - 8, y - 8, 16, 16))
        self._label(group, shape)

    def _gateway(self, group: etree._Element, shape: Shape, kind: str, look: Look) -> None:
        box, (x, y) = shape.box, shape.box.centre
        corners = ((x, box.y), (box.x + box.w, y), (x, box.y + box.h), (box.x, y))
        add(group, "polygon", points=points(corners), fill=look.fill, stroke=look.stroke,
            stroke_width=num(look.width), stroke_dasharray=look.dashes)  # fmt: skip
        thin = kind == "event_based"
        if thin:
            add(group, "circle", cx=num(x), cy=num(y), r="12", fill="none", stroke=look.stroke)
        icon(group, kind, Box(x - 9, y - 9, 18, 18), weight="1.2" if thin else "2.2")
        self._label(group, shape)

    def _note(self, group: etree._Element, shape: Shape) -> None:
        box = shape.box
        bracket = ((box.x + 10, box.y), (box.x, box.y), (box.x, box.y + box.h),
                   (box.x + 10, box.y + box.h))  # fmt: skip
        add(group, "polyline", points=points(bracket), fill="none", stroke=SOFT)
        room = Box(box.x + 6, box.y + 2, box.w - 8, box.h - 4)
        write(group, self._name(shape.id), room, NOTE)

    def _label(self, group: etree._Element, shape: Shape) -> None:
        """The name of an event or gateway: where the designer put it, else below."""
        box, under = shape.label, shape.box
        room = Box(under.centre[0] - 50, under.y + under.h + 3, 100, 30)
        if box:
            w = max(box.w + 16, 84 if self.lang == "en" else 0)
            room = Box(box.centre[0] - w / 2, box.y, w, max(box.h, 28))
        write(group, self._name(shape.id), room, BESIDE)

    def _marks(self, group: etree._Element, shape: Shape, look: Look) -> None:
        """State mark at a corner, number of returns at the lower right."""
        right, top = shape.box.x + shape.box.w, shape.box.y
        if look.mark:
            corner = (right - 2, top)
            if shape.element.endswith("Gateway"):  # their names stand above
                corner = (shape.box.x + 6, top + shape.box.h - 6)
            badge(group, look.mark, corner, look.stroke)
        count = self.status.returns.get(shape.id, 0)
        if count:
            at = (right - 4, top + shape.box.h)
            badge(group, f"↩{count}", at, LOOKS["returned"].stroke)

    def _edge(self, root: etree._Element, edge: Edge) -> None:
        flow, taken = edge.element == "sequenceFlow", edge.id in self.status.taken
        colour, classes = (TAKEN, "lx-flow is-taken") if taken else (SOFT, "lx-flow")
        group = add(root, "g", class_=classes, data_flow=edge.id)
        arrow = f"url(#{self.name}-{'taken' if taken else 'flow'})" if flow else None
        add(group, "polyline", points=points(edge.points), fill="none", stroke=colour,
            stroke_width="2.2" if taken else "1.4", stroke_linejoin="round", marker_end=arrow,
            stroke_dasharray=None if flow else "2 4")  # fmt: skip
        if edge.id in self.drawing.defaults:
            add(group, "polyline", points=points(_slash(edge.points)), stroke=colour,
                stroke_width="1.4")  # fmt: skip
        if flow:
            x, y = _middle(edge.points)
            box = edge.label or Box(x - 45, y - 18, 90, 16)
            room = Box(box.x - 10, box.y, box.w + 20, max(box.h, 15))
            write(group, self._name(edge.id), room, ON_FLOW)


def _rank(shape: Shape) -> int:
    """Which layer a shape belongs to."""
    if shape.element in FRAMES:
        return 0
    if shape.element == "subProcess" and shape.expanded:
        return 1
    return 3 if shape.element == "boundaryEvent" else 2


def _column(group: etree._Element, name: str, strip: Box) -> None:
    """Chinese from top to bottom, in two columns when it is long."""
    size = 13.0 if len(name) * 14.3 <= strip.h - 10 else 11.0
    room = max(1, int((strip.h - 8) / (size * 1.1)))
    columns = [name[i : i + room] for i in range(0, len(name), room)][:2]
    for number, letters in enumerate(columns):
        x = strip.centre[0] + (len(columns) - 1) * 6.5 - number * 13
        y = strip.centre[1] - (len(letters) - 1) * size * 0.55 + size * 0.36
        text = add(group, "text", font_size=num(size), fill=INK, text_anchor="middle")
        for row, letter in enumerate(letters):
            letter_y = num(y + row * size * 1.1)
            add(text, "tspan", x=num(x), y=letter_y).text = UPRIGHT.get(letter, letter)


def _turned(group: etree._Element, name: str, strip: Box) -> None:
    """Latin text from bottom to top."""
    x, y = (num(value) for value in strip.centre)
    text = add(group, "text", x=x, y=y, transform=f"rotate(-90 {x} {y})", font_size="13",
               fill=INK, text_anchor="middle", dominant_baseline="central")  # fmt: skip
    text.text = "".join(wrap(name, (strip.h - 12) / 13, 1))


def _slash(line: tuple[Point, ...]) -> tuple[Point, Point]:
    """The mark of a default flow: a short stroke across its beginning."""
    (ax, ay), (bx, by) = line[0], line[1]
    length = max(1.0, ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5)
    dx, dy = (bx - ax) / length, (by - ay) / length
    x, y = ax + dx * 9, ay + dy * 9
    return (x - dx * 3 - dy * 5, y - dy * 3 + dx * 5), (x + dx * 3 + dy * 5, y + dy * 3 - dx * 5)


def _extent(drawing: Drawing) -> tuple[float, float, float, float]:
    boxes = [b for s in drawing.shapes for b in (s.box, s.label) if b]
    points = [p for e in drawing.edges for p in e.points]
    xs = [b.x for b in boxes] + [b.x + b.w for b in boxes] + [p[0] for p in points]
    ys = [b.y for b in boxes] + [b.y + b.h for b in boxes] + [p[1] for p in points]
    return min(xs) - MARGIN, min(ys) - MARGIN, max(xs) + MARGIN, max(ys) + MARGIN


def _middle(line: tuple[Point, ...]) -> Point:
    """The middle of the longest segment."""
    pairs = list(pairwise(line))
    (ax, ay), (bx, by) = max(pairs, key=lambda p: abs(p[0][0] - p[1][0]) + abs(p[0][1] - p[1][1]))
    return (ax + bx) / 2, (ay + by) / 2
