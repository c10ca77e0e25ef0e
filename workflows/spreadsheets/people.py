"""Reading a list of people from a file: name, number, class, weight, account or unit.

For rolls of acts and for rolls of ballots, where nobody needs an account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from workflows.checks import is_idcard
from workflows.spreadsheets.reading import Fault, read
from workflows.spreadsheets.tables import plain, table

MAX_PEOPLE: Final = 20_000
MAX_NAME: Final = 60
MAX_NUMBER: Final = 40
ID_LENGTH: Final = 18
TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("姓名", "名称", "Name"),
    "number": ("证件号或编号", "身份证号", "编号", "代表证号", "ID number", "No."),
    "class": ("类别", "组别", "Class"),
    "weight": ("权重", "Weight"),
    "who": ("账号或单位代码", "账号", "单位代码", "Account or unit code", "Login"),
    "role": ("角色", "Role"),
}
"""Columns of a list of people; only the name is always needed."""


@dataclass(frozen=True)
class Listed:
    """One line of a list of people."""

    line: int
    name: str
    number: str = ""
    klass: str = ""
    weight: str = ""
    who: str = ""
    role: str = ""


@dataclass(frozen=True)
class PeopleFile:
    """The lines of a file and what is wrong with them."""

    lines: tuple[Listed, ...]
    faults: tuple[Fault, ...]

    @property
    def people(self) -> tuple[Listed, ...]:
        """Everybody the file lists; nobody as long as anything is wrong with it."""
        return () if self.faults else self.lines


def read_people(
    name: str, content: bytes, *, most: int = MAX_PEOPLE, needed: tuple[str, ...] = ("name",)
) -> PeopleFile:
    """Return the people a spreadsheet lists, in its order, and every fault of it.

    *needed* are the columns without which a line is no use (keys of TITLES). Somebody listed
    twice is a fault: the same number, or without numbers the same name and class. Raises Invalid
    for a file that cannot be read (``spreadsheets.reading.read``).
    """
    found = table(read(name, content, most=most + 1), TITLES, needed)
    people: list[Listed] = []
    faults: list[Fault] = list(found.faults)
    seen: dict[tuple[str, ...], int] = {}
    for line in found.lines:
        bad = [*found.bad(line)]
        cells = found.cells(line)
        bad += [
            Fault(line.no, found.titles[key], "field.required")
            for key in needed
            if key in found.columns and not cells[key]
        ]
        one = Listed(
            line.no, " ".join(cells.get("name", "").split()), _number(cells.get("number", "")),
            cells.get("class", ""), cells.get("weight", ""), cells.get("who", ""),
            cells.get("role", ""),
        )  # fmt: skip
        bad += _faults(one, found.titles)
        before = seen.setdefault(_identity(one), line.no)
        if before != line.no:
            bad.append(Fault(line.no, found.titles["name"], "sheet_twice", {"line": before}))
        faults += bad
        people.append(one)
    return PeopleFile(tuple(people), tuple(faults))


def _number(text: str) -> str:
    return "".join(text.split()).upper()


def _identity(one: Listed) -> tuple[str, ...]:
    if one.number or one.who:
        return one.number, plain(one.who), plain(one.role)
    return plain(one.name), plain(one.klass)


def _faults(one: Listed, titles: Mapping[str, str]) -> list[Fault]:
    found = []
    if len(one.name) > MAX_NAME:
        found.append(Fault(one.line, titles["name"], "field.max_length", {"max": MAX_NAME}))
    if len(one.number) > MAX_NUMBER:
        found.append(Fault(one.line, titles["number"], "field.max_length", {"max": MAX_NUMBER}))
    looks = len(one.number) == ID_LENGTH and one.number[:-1].isdigit()
    if looks and not is_idcard(one.number):
        found.append(Fault(one.line, titles["number"], "field.idcard"))
    return found
