"""The diagram of a case: our own drawing, and the states the live viewer paints."""

from __future__ import annotations

from typing import Any

from flask import url_for
from lxml import etree
from markupsafe import Markup

from engine.diagrams import LX
from engine.instances import Blueprint
from engine.svg import Status, draw
from engine.untrusted_xml import parse_xml
from web.i18n import language
from web.words import state_word
from workflows.casefile import CasePage

ENGLISH = f"{{{LX}}}en"
"""The attribute that carries the English name of an element."""


def picture(case: CasePage, *, links: bool = True) -> Markup:
    """Return the static SVG of the case's process with its state; empty when there is none."""
    status = Status(
        state={key: node.state for key, node in case.trace.nodes.items()},
        returns={key: n.returned_to for key, n in case.trace.nodes.items() if n.returned_to},
        taken=case.trace.flows,
        links=_links(case) if links else {},
    )
    return drawing(case.plan, case.row["process"], status)


def drawing(plan: Blueprint, process: str, status: Status | None = None) -> Markup:
    """Return the static SVG of one process of a package; engine.svg escapes every text."""
    file = plan.process(process).file
    svg = draw(
        plan.package.files[file], file, status, lang="en" if language() == "en" else "zh",
        name=f"dia-{process}",
    )  # fmt: skip
    return Markup(svg)  # noqa: S704  (built by lxml from checked parts, see engine.svg)


def in_language(content: bytes, file: str) -> bytes:
    """Return a diagram file with the names of the reader's language, for the live viewer."""
    if language() != "en":
        return content
    tree = parse_xml(content, file)
    for element in tree.iter():
        english = element.get(ENGLISH)
        if english:
            element.set("name", english)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def live_state(case: CasePage) -> dict[str, Any]:
    """Return the states as ``web/assets/viewer/main.js`` reads them."""
    links = _links(case)
    nodes = {
        key: {
            "state": node.state,
            "label": state_word(node.state),
            "returned": node.returned_to,
            **({"href": links[key]} if key in links else {}),
        }
        for key, node in case.trace.nodes.items()
    }
    return {
        "nodes": nodes,
        "flows": sorted(case.trace.flows),
        "current": case.trace.current,
        "process": case.row["process"],
    }


def _links(case: CasePage) -> dict[str, str]:
    """Return where a click on a node leads: its open task, or its child cases."""
    links = {
        key: url_for("tasks.show", task_id=node.task)
        for key, node in case.trace.nodes.items()
        if node.task
    }
    below = url_for("cases.show", instance_id=case.row["id"], _anchor="children")
    return links | {child["parent_node"]: below for child in case.children}
