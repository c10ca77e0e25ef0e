"""Decision models and expected results of the public DMN test kit, compliance level 2."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine import decisions
from engine.untrusted_xml import local

KIT = Path(__file__).parents[4] / "shared" / "vectors" / "dmn-tck-level2"
FOLDERS = sorted(path for path in KIT.glob("*") if any(path.glob("*.dmn")))
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
PLACES = 8  # the kit writes results of divisions to 15 digits

if not FOLDERS:
    pytest.skip(
        f"the DMN test kit was NOT run: no folder {KIT.relative_to(Path(__file__).parents[4])} "
        "beside the repository",
        allow_module_level=True,
    )


def value(element: Any) -> Any:
    """Read a value, a list or a structure of a test file."""
    found: dict[str, Any] = {}
    for part in element:
        kind = local(part)
        if kind == "component":
            found[part.get("name")] = value(part)
        elif kind == "list":
            return [value(item) for item in part]
        elif kind == "value":
            return None if part.get(NIL) == "true" else scalar(part)
        elif kind == "expected":
            return value(part)
    return found or None


def scalar(part: Any) -> Any:
    text = part.text or ""
    kind = (part.get(TYPE) or "string").rpartition(":")[2]
    if kind in ("decimal", "double", "integer"):
        return Decimal(text)
    return text == "true" if kind == "boolean" else text


def rounded(found: Any) -> Any:
    """Round numbers as the kit does: decimals of any length count as equal."""
    if isinstance(found, Decimal):
        return round(found, PLACES)
    if isinstance(found, list):
        return [rounded(item) for item in found]
    return {key: rounded(item) for key, item in found.items()} if isinstance(found, dict) else found


def cases() -> list[Any]:
    found = []
    for folder in FOLDERS:
        model = next(folder.glob("*.dmn"))
        for file in sorted(folder.glob("*-test-*.xml")):
            for case in etree.parse(str(file)).getroot().iter("{*}testCase"):
                found.extend(
                    pytest.param(model, case, node, id=f"{file.stem}-{case.get('id')}-{at}")
                    for at, node in enumerate(case.iter("{*}resultNode"))
                )
    return found


@pytest.mark.parametrize(("model", "case", "wanted"), cases())
def test_model_decides_as_the_kit_expects(model: Path, case: Any, wanted: Any):
    decision = decisions.load(model.read_bytes())
    given = {node.get("name"): value(node) for node in case.iter("{*}inputNode")}

    found = decisions.decide(decision, given, name=wanted.get("name"))

    assert rounded(found) == rounded(value(wanted))


def test_every_model_of_the_kit_is_read():
    read = [decisions.load(next(folder.glob("*.dmn")).read_bytes()) for folder in FOLDERS]

    assert all(one.steps() for one in read)
