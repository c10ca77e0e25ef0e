"""Expressions and what they give, as data: one line each in ``tests/data/feel``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import feel
from engine.feel.temporal import text_of

DATA = Path(__file__).parents[3] / "data" / "feel"
NOW = datetime(2026, 1, 1, 20, tzinfo=UTC)
VARIABLES = json.loads((DATA / "variables.json").read_text(encoding="utf-8"))


def twice(value: Decimal) -> Decimal:
    return value * 2


FUNCTIONS = {"twice": twice, "加倍": twice, "half up": lambda text: text + "!"}
KNOWN = frozenset(("half up",))


def read(name: str) -> Iterator[tuple[str, str]]:
    """Give each source with what is expected; a source may go over several lines."""
    source: list[str] = []
    for line in (DATA / name).read_text(encoding="utf-8").split("\n"):
        before, arrow, expected = line.rpartition(" ⇒ ")
        if arrow:
            yield "\n".join([*source, before]), expected
            source = []
        elif line and not line.startswith("# "):
            source.append(line)


def shown(value: Any) -> str:
    """Write a value so that its kind can be told: strings are quoted, dates are not."""
    return (text_of([value]) or "")[1:-1]


def run(source: str) -> Any:
    return feel.evaluate(feel.parse(source, KNOWN), VARIABLES, functions=FUNCTIONS, now=NOW)


@pytest.mark.parametrize(("source", "expected"), list(read("cases.txt")))
def test_expression_gives(source: str, expected: str):
    assert shown(run(source)) == expected


@pytest.mark.parametrize(("source", "expected"), list(read("refused.txt")))
def test_expression_is_refused_at_its_place(source: str, expected: str):
    with pytest.raises(feel.FeelError) as refusal:
        run(source)

    assert f"{refusal.value.code} {refusal.value.position + 1}" == expected
    assert refusal.value.zh
    assert refusal.value.en


@pytest.mark.parametrize(("source", "expected"), list(read("cells.txt")))
def test_cell_tests(source: str, expected: str):
    cell, _, value = source.partition(" | ")

    assert shown(feel.unary(cell, run(value), VARIABLES)) == expected


def test_the_table_is_not_empty():
    assert sum(1 for _ in read("cases.txt")) >= 250
