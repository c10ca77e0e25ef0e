"""The documents point at files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from web.cli import main
from workflows.rules.facts import FACTS
from workflows.rules.functions import FUNCTIONS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page):
    targets = LINK.findall(page.read_text(encoding="utf-8"))

    assert not [target for target in targets if not (page.parent / target).exists()]


def test_every_decision_record_is_listed_in_order():
    folder = ROOT / "docs/explanation/adr"
    records = sorted(path.name for path in folder.glob("0*.md"))

    assert LINK.findall((folder / "README.md").read_text(encoding="utf-8")) == records


def test_the_folder_map_names_every_folder_of_the_program():
    page = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    folders = [
        path.relative_to(ROOT).as_posix()
        for layer in ("engine", "workflows", "web")
        for path in (ROOT / layer, *(ROOT / layer).glob("*/"))
        if any(path.glob("*.py"))
    ]

    assert not [folder for folder in folders if f"`{folder}/`" not in page]


def test_the_reference_names_every_command():
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")

    assert not [name for name in commands("linxuan", main) if f"`{name}" not in page]


def test_the_reference_names_every_fact_and_function_of_rules():
    page = (ROOT / "docs/reference/rule-books.md").read_text(encoding="utf-8")

    assert not [name for name in (*FACTS, *FUNCTIONS) if f"`{name}" not in page]


def commands(name, command):
    if not isinstance(command, click.Group):
        return [name]
    below = command.commands.items()
    return [path for word, child in below for path in commands(f"{name} {word}", child)]
