"""Entries as a spreadsheet for the organiser: one line each, every field that fits a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.unit_of_work import UnitOfWork
from workflows.acts.entries import applying, columns, reading, rows
from workflows.acts.entries.naming import plain
from workflows.forms.display import moment
from workflows.forms.model import Lang
from workflows.spreadsheets.writing import Column, Page, write

STATES: Mapping[str, Mapping[str, str]] = {
    "zh": {"draft": "草稿", "submitted": "已提交", "withdrawn": "已撤回"},
    "en": {"draft": "draft", "submitted": "submitted", "withdrawn": "withdrawn"},
}
HEADS: Mapping[str, tuple[str, ...]] = {
    "zh": ("编号", "申报单位（人）", "状态", "版本", "提交时间", "提交人"),
    "en": ("No.", "Applicant", "State", "Version", "Submitted at", "Submitted by"),
}


def export(uow: UnitOfWork, act_task: str, lang: Lang = "zh") -> bytes:
    """Return every submitted or withdrawn entry of an intake; raises NotFound like the board.

    What is only a draft is the applicant's own business: its line tells no more than that.
    """
    board = reading.board(uow, act_task)
    act = board.cockpit.act
    people = [each for each in board.people.values() if each.task_id is not None]
    if not people:
        return write([Page(HEADS[lang][1], [Column(each) for each in HEADS[lang]])])
    mine = applying.for_organiser(uow, act, people[0])
    cells = columns.of(mine.form, mine.base)
    own = {plain(each) for each in HEADS[lang]}
    heads = [Column(each) for each in HEADS[lang]]
    heads += [
        Column(
            f"{each.called(lang)}（2）" if plain(each.called(lang)) in own else each.called(lang),
            24,
        )
        for each in cells
    ]
    latest = {
        (each.entry_id, each.version): each
        for each in rows.versions(uow, [row.id for row in board.rows])
    }
    lines = []
    for row in board.rows:
        version: Any = latest.get((row.id, row.version))
        line: list[Any] = [row.no or "", board.people[row.participant_id].name,
                           STATES[lang][row.state], row.version]  # fmt: skip
        if version is not None:
            line += [moment(version.at, lang), version.by_name]
            line += columns.shown(cells, version.data, lang)
        lines.append(line)
    return write([Page("申报" if lang == "zh" else "Entries", heads, lines)])
