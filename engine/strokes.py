"""Pen strokes of our diagrams: states, icons, lettering and SVG elements made by lxml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.drawing import Box, Point
from engine.lettering import fit, width

SVG = "http://www.w3.org/2000/svg"
INK, SOFT, LINE, PAPER = "#2b2b33", "#6b6b76", "#8b8b96", "#ffffff"


@dataclass(frozen=True)
class Look:
    """How a node in some state is drawn, and by which mark and words it is told."""

    stroke: str
    fill: str
    width: float
    dashes: str | None = None
    mark: str = ""
    zh: str = ""
    en: str = ""


PLAIN = Look("#5a5a66", PAPER, 1.4)
LOOKS: Mapping[str, Look] = {
    "done": Look("#2f7d4f", "#eef7f1", 1.6, None, "✓", "已完成", "done"),
    "active": Look("#b3261e", "#fff3f0", 2.6, None, "▶", "办理中", "in progress"),
    "waiting": Look("#1f5fa8", "#eef4fb", 2.0, None, "…", "等待中", "waiting"),
    "returned": Look("#b26a00", "#fff7e8", 2.2, "6 3", "↩", "已退回", "returned"),
    "overdue": Look("#b3261e", "#ffe9e6", 3.0, "3 3", "!", "超期", "overdue"),
    "held": Look("#5b4b8a", "#f3f0fa", 2.2, "8 3 2 3", "Ⅱ", "已中止", "on hold"),
    "skipped": Look("#b5b5bd", "#fafafa", 1.2, "2 3", "–", "未经过", "not taken"),
}
# small pictures on a 16 × 16 field, drawn by us
ICONS: Mapping[str, str] = {
    "user": "M8 2a3 3 0 1 1 0 6a3 3 0 0 1 0-6zM2.5 14.5c0-3.5 2.5-5 5.5-5s5.5 1.5 5.5 5z",
    "service": "M8 5.2a2.8 2.8 0 1 1 0 5.600a2.8 2.8 0 0 1 0-5.600zM8 1.5v2M8 12.5v2"
    "M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4"
    "M4.8 11.2l-1.4 1.4",
    "decision": "M2 3h12v10H2zM2 6.3h12M6 6.3V13M2 9.6h12",
    "await": "M4 2h8M4 14h8M5 2c0 3 1.5 4 3 6c-1.5 2-3 3-3 6M11 2c0 3-1.5 4-3 6c1.5 2 3 3 3 6",
    "message": "M2 4h12v8.5H2zM2 4l6 5l6-5",
    "timer": "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM8 4.5V8l2.5 1.800",
    "children": "M4 3v10M8 3v10M12 3v10",
    "exclusive": "M4 4l8 8M12 4l-8 8",
    "parallel": "M8 2.5v11M2.5 8h11",
    "inclusive": "M8 3a5 5 0 1 1 0 10a5 5 0 0 1 0-10z",
    "event_based": "M8 2.5l5.5 4l-2.100 6.5H4.6L2.5 6.5z",
    "terminate": "M8 4a4 4 0 1 1 0 8a4 4 0 0 1 0-8z",
}


@dataclass(frozen=True)
class Lettering:
    """How a text stands in its room.

    ``sizes`` to try, centred unless ``start``; ``top`` hangs it from the upper edge, ``halo``
    keeps it readable over lines.
    """

    sizes: tuple[float, ...]
    halo: bool = False
    top: bool = False
    start: bool = False


def write(group: etree._Element, text: str, room: Box, style: Lettering) -> None:
    """Write *text* wrapped into *room*."""
    size, lines = fit(text, (room.w, room.h), style.sizes)
    if not lines:
        return
    x = room.x if style.start else room.centre[0]
    step = size * 1.25
    middle = room.centre[1] - (len(lines) - 1) * step / 2 + size * 0.36
    first = room.y + size if style.top else middle
    anchor = "start" if style.start else "middle"
    element = add(group, "text", font_size=num(size), fill=INK, text_anchor=anchor)
    if style.halo:
        put(element, stroke=PAPER, stroke_width="3", paint_order="stroke", stroke_linejoin="round")
    for number, line in enumerate(lines):
        add(element, "tspan", x=num(x), y=num(first + number * step)).text = line


def badge(group: etree._Element, mark: str, at: Point, colour: str) -> None:
    """Draw a small filled pill with a mark, its middle at *at*."""
    w = max(18.0, width(mark) * 12 + 8)
    pill = add(group, "g", class_="lx-mark", aria_hidden="true")
    shape = rect(Box(at[0] - w / 2, at[1] - 9, w, 18))
    add(pill, "rect", **shape, rx="9", fill=colour, stroke=PAPER, stroke_width="1.5")
    text = add(
        pill, "text", x=num(at[0]), y=num(at[1] + 4.2), font_size="12", fill=PAPER,
        text_anchor="middle", font_weight="bold",
    )  # fmt: skip
    text.text = mark


def icon(group: etree._Element, kind: str, box: Box, *, weight: str = "1.2") -> None:
    """Draw the picture of a kind into a square box; kinds without one draw nothing."""
    if kind not in ICONS:
        return
    move = f"translate({num(box.x)} {num(box.y)}) scale({box.w / 16:.3f})"
    add(
        group, "path", d=ICONS[kind], fill=INK if kind == "terminate" else "none", stroke=INK,
        stroke_width=weight, stroke_linejoin="round", aria_hidden="true", transform=move,
    )  # fmt: skip


def points(of: tuple[Point, ...]) -> str:
    """Return the points attribute of a line."""
    return " ".join(f"{num(x)},{num(y)}" for x, y in of)


def rect(box: Box) -> dict[str, str]:
    """Return the attributes that place a rectangle."""
    return {"x": num(box.x), "y": num(box.y), "width": num(box.w), "height": num(box.h)}


def num(number: float) -> str:
    """Return a coordinate with at most one decimal."""
    return f"{number:.1f}".removesuffix(".0")


def add(parent: etree._Element, tag: str, **attributes: str | None) -> etree._Element:
    """Add an SVG element; see ``put`` for the attributes."""
    element = etree.SubElement(parent, f"{{{SVG}}}{tag}")
    put(element, **attributes)
    return element


_CAMEL = frozenset(
    {"viewBox", "preserveAspectRatio", "refX", "refY", "markerWidth", "markerHeight"}
)


def put(element: etree._Element, **attributes: str | None) -> None:
    """Set attributes; ``_`` stands for ``-``, a trailing one is dropped, None is left out."""
    for key, value in attributes.items():
        if value is not None:
            element.set(key if key in _CAMEL else key.rstrip("_").replace("_", "-"), value)
