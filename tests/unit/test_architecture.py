"""The shape of the code: who may import whom, where commits and clocks are, how big things get."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
BELOW = {
    "engine": {"engine"},
    "workflows": {"engine", "workflows"},
    "web": {"engine", "workflows", "web"},
}
MIGRATIONS = "engine/migrations/"
"""Alembic runs these in its own transaction, and a migration is written once and not edited."""
FRAMEWORKS = {"flask", "flask_babel", "flask_wtf", "werkzeug", "waitress"}
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "func.now",
    "func.current_timestamp",
}
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60

MODULES = [
    path.relative_to(ROOT).as_posix()
    for layer in BELOW
    for path in sorted((ROOT / layer).rglob("*.py"))
    if not path.relative_to(ROOT).as_posix().startswith(MIGRATIONS)
]


def lines(name: str) -> int:
    return (ROOT / name).read_text(encoding="utf-8").count("\n")


def outside(home: str) -> Iterator[str]:
    """Give every module but the one where something is allowed."""
    return (name for name in MODULES if name != home)


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def imported(name: str) -> Iterator[str]:
    """Give the top-level package of everything the module imports."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield (node.module or "").split(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)


def dotted(name: str) -> Iterator[str]:
    """Give the last two words of every attribute the module reads: ``datetime.now``."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            left = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "?")
            yield f"{left}.{node.attr}"


def test_imports_point_down():
    upward = {
        name: wrong
        for name in MODULES
        if (wrong := set(imported(name)) & set(BELOW) - BELOW[name.split("/")[0]])
    }

    assert not upward, "web -> workflows -> engine, never back"


def test_spiffworkflow_is_imported_in_one_module():
    elsewhere = [n for n in outside("engine/spiff.py") if "SpiffWorkflow" in set(imported(n))]

    assert not elsewhere


def test_only_web_knows_the_web_framework():
    below = [n for n in MODULES if not n.startswith("web/") and set(imported(n)) & FRAMEWORKS]

    assert not below


def test_web_holds_no_queries():
    querying = [n for n in MODULES if n.startswith("web/") and "sqlalchemy" in set(imported(n))]

    assert not querying


def test_commits_happen_in_one_module():
    elsewhere = [
        name
        for name in outside("engine/unit_of_work.py")
        if any(words.endswith(".commit") for words in dotted(name))
    ]

    assert not elsewhere


def test_the_clock_is_read_in_one_module():
    elsewhere = {
        name: read
        for name in outside("engine/unit_of_work.py")
        if (read := set(dotted(name)) & CLOCKS)
    }

    assert not elsewhere


def test_every_module_says_what_it_is_for():
    silent = [name for name in MODULES if tree(name).body and not ast.get_docstring(tree(name))]

    assert not silent


def test_modules_are_short_enough_to_read():
    long = {name: size for name in MODULES if (size := lines(name)) > MAX_MODULE_LINES}

    assert not long


def test_functions_are_short_enough_to_read():
    long = {
        f"{name}:{node.name}"
        for name in MODULES
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES
    }

    assert not long


def test_process_packages_hold_no_program():
    assert not list((ROOT / "bpmn").rglob("*.py"))
