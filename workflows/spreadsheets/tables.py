"""A sheet with a head line: which column is which, and what of a line belongs to it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import Invalid
from workflows.spreadsheets.reading import Fault, Line, letter

MAX_FAULTS = 200
"""Faults a report lists; it tells how many there are in all."""


@dataclass(frozen=True)
class Report:
    """What became of a spreadsheet: how many lines were taken, were there already, are wrong."""

    taken: int = 0
    same: int = 0
    drafts: int = 0
    every: tuple[Fault, ...] = ()

    @property
    def total(self) -> int:
        """How many faults there are."""
        return len(self.every)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that are shown, in the order of the lines."""
        return tuple(sorted(self.every, key=lambda one: one.line)[:MAX_FAULTS])


@dataclass(frozen=True)
class Table:
    """The lines below the head, cell by name of the column; columns nobody asked for are faults."""

    lines: Sequence[Line]
    columns: Mapping[str, int]
    titles: Mapping[str, str]
    faults: tuple[Fault, ...]

    def cells(self, line: Line) -> dict[str, str]:
        """Return the cells of a line by the name of their column."""
        return {name: line.cell(at) for name, at in self.columns.items()}

    def bad(self, line: Line) -> Iterator[Fault]:
        """Yield what is wrong with the cells of a line in themselves."""
        named = {at: name for name, at in self.columns.items()}
        for at, code in line.bad.items():
            title = self.titles[named[at]] if at in named else letter(at)
            yield Fault(line.no, title, code)


def table(
    lines: Sequence[Line], known: Mapping[str, Sequence[str]], needed: Sequence[str] = ()
) -> Table:
    """Read the head, the first line; *known* is the name of each column with its titles.

    A column that is missing though *needed*, unknown, or there twice is a fault.
    """
    wanted = {plain(title): name for name, titles in known.items() for title in (*titles, name)}
    titles = {name: titles[0] for name, titles in known.items()}
    columns: dict[str, int] = {}
    faults: list[Fault] = []
    head = lines[0]
    for at, cell in enumerate(head.cells):
        if not cell:
            continue
        name = wanted.get(plain(cell))
        if name is None:
            faults.append(Fault(head.no, cell, "sheet_column_unknown"))
        elif name in columns:
            faults.append(Fault(head.no, cell, "sheet_column_twice"))
        else:
            columns[name] = at
    missing = [name for name in needed if name not in columns]
    faults += [Fault(head.no, titles[name], "sheet_column_missing") for name in missing]
    return Table(lines[1:], columns, titles, tuple(faults))


def plain(title: str) -> str:
    """Return a title without what people change: width, case, spaces, the star of a duty."""
    text = unicodedata.normalize("NFKC", title).casefold()
    return "".join(text.replace("*", "").split())


class Faulty(Invalid):
    """A spreadsheet of which nothing was taken; ``report`` says why, line by line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("sheet_faulty")
        self.report = Report(every=tuple(faults))


def of_refusal(error: Invalid) -> Report:
    """Return the report of a file that was refused, be it unreadable or faulty."""
    if isinstance(error, Faulty):
        return error.report
    return Report(every=(Fault(0, "", error.code, error.params),))
