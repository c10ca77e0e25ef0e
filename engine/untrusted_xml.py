"""XML from strangers: parsed without DTD, entities or network, and within bounds.

Every XML file of a package passes here first – diagrams and decision tables alike.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from engine.errors import Invalid

MAX_BYTES = 2 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_DEPTH = 64


def parse_xml(content: bytes, file: str) -> etree._Element:
    """Parse untrusted XML: UTF-8, no DTD, no entities, no network, bounded size and depth.

    Raises Invalid with code xml_too_large, xml_encoding, xml_doctype, xml_malformed (with
    ``line``), xml_too_deep or xml_too_many_elements; ``file`` names the place.
    """
    if len(content) > MAX_BYTES:
        raise Invalid("xml_too_large", file=file, limit=MAX_BYTES)
    text = _utf8(content, file)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Invalid("xml_doctype", file=file, line=text[: text.find("<!")].count("\n") + 1)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True, collect_ids=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 0
        raise Invalid("xml_malformed", file=file, line=line, detail=error.msg or "") from error
    _bound(root, file)
    return root


def _utf8(content: bytes, file: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("xml_encoding", file=file, position=error.start) from error
    declared = re.match(r"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)", text)
    if declared and declared[1].lower() not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        raise Invalid("xml_encoding", file=file, encoding=declared[1][:40])
    return re.sub(r"^<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL)


def _bound(root: etree._Element, file: str) -> None:
    level: list[etree._Element] = [root]
    count = 0
    for _depth in range(MAX_DEPTH):
        count += len(level)
        level = [child for element in level for child in element]
        if not level:
            break
    else:
        raise Invalid("xml_too_deep", file=file, line=line_of(level[0]), limit=MAX_DEPTH)
    if count > MAX_ELEMENTS:
        raise Invalid("xml_too_many_elements", file=file, count=count, limit=MAX_ELEMENTS)


def local(element: etree._Element) -> str:
    """Local name of an element of any namespace."""
    return etree.QName(element).localname


def line_of(element: etree._Element) -> int:
    """Line of an element in its file, 0 when unknown."""
    line: Any = element.sourceline  # the stubs leave the type open
    return int(line or 0)
