"""Validation against the BPMN 2.0 schema files that SpiffWorkflow ships."""

from __future__ import annotations

from importlib.resources import as_file, files
from itertools import islice
from threading import Lock, local
from typing import Any

from lxml import etree

from engine.lint.finding import Place, Report

MAX_FAULTS = 20
_lock = Lock()
_mine = local()  # a schema object keeps the errors of its last run, so one per thread


def _schema() -> etree.XMLSchema:
    found: etree.XMLSchema | None = getattr(_mine, "schema", None)
    if found is None:
        with _lock, as_file(files("SpiffWorkflow") / "bpmn" / "parser" / "schema") as folder:
            found = etree.XMLSchema(etree.parse(str(folder / "BPMN20.xsd")))
        _mine.schema = found
    return found


def check(root: etree._Element, file: str, report: Report) -> None:
    """Add a finding for every violation of the schema, at most MAX_FAULTS."""
    schema = _schema()
    if schema.validate(root):
        return
    log: Any = schema.error_log  # the stubs do not know that it can be iterated
    for fault in islice(log, MAX_FAULTS):
        detail = fault.message.replace("{http://www.omg.org/spec/BPMN/20100524/MODEL}", "")
        report.add("schema", Place(file, line=fault.line), detail=detail)
