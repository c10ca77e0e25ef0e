"""One's own marks by spreadsheet: the sheet to fill in, and the way back into the act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.errors import NotFound
from engine.unit_of_work import UnitOfWork
from workflows.acts import reading, taking
from workflows.acts.kinds import KINDS
from workflows.acts.reading import PartPage
from workflows.desk import Handed
from workflows.spreadsheets.reading import Fault, read
from workflows.spreadsheets.tables import Faulty, Report, table
from workflows.spreadsheets.writing import Column, Page, write

ENTRY, NAME, REASON = "_entry", "_name", "reason"
TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    ENTRY: {"zh": "项目编号", "en": "Entry id"},
    NAME: {"zh": "项目", "en": "Entry"},
    REASON: {"zh": "评语", "en": "Comment"},
}
MAX_LINES: Final = 1000


def template(uow: UnitOfWork, part_id: str, lang: str = "zh") -> bytes:
    """Return a participant's own sheet, with the marks he has given so far."""
    page = _page(uow, part_id)
    criteria = page.act.settings["criteria"]
    heads = [Column(TITLES[ENTRY][lang], 38), Column(TITLES[NAME][lang], 30)]
    heads += [Column(_title(one, lang), 16, number=True) for one in criteria]
    heads.append(Column(TITLES[REASON][lang], 40))
    lines = []
    for line in page.lines:
        if line.barred:
            continue
        marks = line.own.value["marks"] if line.own is not None else {}
        given = [marks.get(one["id"], "") for one in criteria]
        said = line.own.reason if line.own is not None else ""
        lines.append([line.entry["id"], line.entry["name"], *given, said])
    return write([Page("打分" if lang == "zh" else "Marks", heads, lines)])


def take(
    uow: UnitOfWork, part_id: str, file: tuple[str, bytes], handed: Handed | None = None
) -> Report:
    """Hand in the marks of a sheet; lines without any mark are passed over.

    Raises Faulty with every line that is wrong, and what ``taking.contribute`` raises.
    """
    page = _page(uow, part_id)
    criteria = page.act.settings["criteria"]
    known = {key: tuple(words.values()) for key, words in TITLES.items()}
    known |= {one["id"]: (_title(one, "zh"), _title(one, "en"), one["name"]) for one in criteria}
    found = table(read(*file, most=MAX_LINES), known, [ENTRY, *(one["id"] for one in criteria)])
    faults = list(found.faults)
    mine = {line.entry["id"]: line for line in page.lines}
    given: dict[str, Mapping[str, Any]] = {}
    for line in found.lines:
        cells = found.cells(line)
        key = cells.pop(ENTRY, "")
        cells.pop(NAME, None)
        bad = [*found.bad(line)]
        if not any(cells.get(one["id"]) for one in criteria) and not bad:
            continue
        if key not in mine:
            bad.append(Fault(line.no, found.titles[ENTRY], "sheet_entry_unknown"))
        elif mine[key].barred:
            bad.append(Fault(line.no, found.titles[ENTRY], "sheet_not_yours"))
        elif key in given:
            bad.append(Fault(line.no, found.titles[ENTRY], "sheet_column_twice"))
        else:
            _value, wrong = KINDS[page.act.kind].check(page.act.settings, cells)
            bad += [
                Fault(line.no, found.titles.get(name, ""), code)
                for name, codes in wrong.items()
                for code in codes
            ]
            given[key] = cells
        faults += bad
    if not given and not faults:
        faults.append(Fault(0, "", "act_nothing_given"))
    if faults:
        raise Faulty(faults)
    taking.contribute(uow, part_id, given, handed)
    return Report(taken=len(given))


def _page(uow: UnitOfWork, part_id: str) -> PartPage:
    page = reading.part_page(uow, part_id)
    if "criteria" not in page.act.settings:
        raise NotFound("act_unknown")
    return page


def _title(criterion: Mapping[str, Any], lang: str) -> str:
    if lang == "en":
        return f"{criterion.get('en') or criterion['name']} (≤ {criterion['most']})"
    return f"{criterion['name']}（≤ {criterion['most']}）"
