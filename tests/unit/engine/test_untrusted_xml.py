"""Hostile XML is refused quickly, with its place, and nothing outside is touched."""

import time
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.untrusted_xml import MAX_BYTES, parse_xml
from tests.linting import DEMO, found, put

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x0 "ha">'
    + "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 12))
    + "]><a>&x11;</a>"
)
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
EMPTY_DTD = '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'
HEAD, TAIL = DEMO.files["item.bpmn"].decode().split("</bpmn:process>")

HOSTILE = {
    "entity bomb": (BOMB.encode(), "xml_doctype"),
    "external entity": (OUTSIDE.encode(), "xml_doctype"),
    "external DTD": (EMPTY_DTD.encode(), "xml_doctype"),
    "entity in UTF-16": (OUTSIDE.encode("utf-16"), "xml_encoding"),
    "GBK": ('<?xml version="1.0" encoding="GBK"?><a>流程</a>'.encode("gbk"), "xml_encoding"),
    "declared as GBK": (b'<?xml version="1.0" encoding="GBK"?><a/>', "xml_encoding"),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "xml_encoding"),
    "not XML": (b"PK\x03\x04 this is a zip", "xml_malformed"),
    "nothing": (b"", "xml_malformed"),
    "null bytes": (b"<a>\0</a>", "xml_malformed"),
    "cut off": (DEMO.files["process.bpmn"][:3000], "xml_malformed"),
    "deep": (b"<a>" * 200 + b"</a>" * 200, "xml_too_deep"),
    "very deep": (b"<a>" * 100_000, "xml_malformed"),
    "100,000 elements": (b"<a>" + b"<b/>" * 100_000 + b"</a>", "xml_too_many_elements"),
    "many attributes": (
        b"<a " + b" ".join(b'a%d="1"' % n for n in range(50_000)) + b">", "xml_malformed"),
    "gigantic": (b"<a>" + b" " * MAX_BYTES + b"</a>", "xml_too_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused_within_two_seconds(name: str):
    content, code = HOSTILE[name]
    before = time.process_time()

    finding = found(put("item.bpmn", content), code)

    assert time.process_time() - before < 2
    assert (finding.severity, finding.file) == ("error", "item.bpmn")


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("not_bpmn", "<html/>"),
        ("too_many_nodes", HEAD + "".join(f'<bpmn:userTask id="t{n}"/>' for n in range(10_000))
         + "</bpmn:process>" + TAIL),
        ("too_many_nodes", HEAD + "".join(
            f'<bpmn:sequenceFlow id="x{n}" sourceRef="a" targetRef="b"/>' for n in range(5_000))
         + "</bpmn:process>" + TAIL),
    ],
)  # fmt: skip
def test_xml_that_is_no_diagram_we_run_is_refused(code: str, content: str):
    before = time.process_time()

    assert found(put("item.bpmn", content), code).file == "item.bpmn"
    assert time.process_time() - before < 2


def test_large_diagram_within_the_limits_is_checked_within_two_seconds():
    """250 nodes, each joined to each of its next four, are the worst case of the graph rules."""
    flows = [
        f'<bpmn:sequenceFlow id="x{n}_{k}" sourceRef="t{n}" targetRef="t{(n + k) % 240}"/>'
        for n in range(240)
        for k in range(1, 5)
    ]
    nodes = [f'<bpmn:exclusiveGateway id="t{n}"/>' for n in range(240)]
    content = HEAD + "".join(nodes + flows) + "</bpmn:process>" + TAIL
    before = time.process_time()

    found(put("item.bpmn", content), "no_default")

    assert time.process_time() - before < 2


def test_refusal_names_line_and_reason():
    with pytest.raises(Invalid) as refused:
        parse_xml(b"<a>\n<b>\n</a>", "x.bpmn")

    assert refused.value.params["line"] == 3
    assert "b" in refused.value.params["detail"]


def test_external_entity_reads_no_file(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("secret", "utf-8")
    text = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>'

    with pytest.raises(Invalid) as refused:
        parse_xml(text.encode(), "x.bpmn")

    assert "secret" not in str(refused.value.params.get("detail", ""))


def test_byte_order_mark_and_comments_are_harmless():
    root = parse_xml(
        b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a><!-- x --><b/></a>", "x"
    )

    assert [child.tag for child in root] == ["b"]
