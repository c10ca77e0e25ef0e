"""The working-day calendar: a year to look at, and how an administrator enters one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from engine import timers
from engine.errors import EngineError, Invalid
from web.auth import may, needs
from web.commands import begin, engine, read
from web.i18n import language
from web.refused import NOTHING, Refused, refused
from workflows import holiday_notice, working_year
from workflows.holiday_notice import Reading, Span
from workflows.working_year import FIRST_YEAR, YEARS_AHEAD

pages = Blueprint("calendar", __name__, url_prefix="/calendar")
FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
MAX_ROWS = 20
MAX_DIGITS = 8
MAX_CELL = 200
SPLIT = re.compile(r"[\s、,，;；]+")
MONTH_AND_DAY = re.compile(r"(\d{1,2})[-./月](\d{1,2})日?")


@dataclass(frozen=True)
class Row:
    """A line of the form as it was typed."""

    name: str = ""
    first: str = ""
    last: str = ""
    makeup: str = ""

    @property
    def blank(self) -> bool:
        """A line nobody filled in."""
        return not (self.first.strip() or self.last.strip() or self.makeup.strip())


@pages.app_context_processor
def _words() -> dict[str, Any]:
    words: dict[str, Any] = {"month_name": _month_name, "festival_name": _festival_name}
    return words | ({"missing_years": _missing_years} if may("calendar.edit") else {})


def _month_name(day: date) -> str:
    return str(format_date(day, "M月" if language() == "zh" else "MMMM"))


def _festival_name(name: str) -> str:
    """Return the festivals of a span; names of our own seven are known in English."""
    return str(_("、").join(_(each) for each in name.split("、") if each))


def _missing_years() -> Sequence[int]:
    with read() as uow:
        return working_year.missing(uow)


@pages.get("")
@needs("calendar.view")
def index() -> str:
    """Show this year."""
    with read() as uow:
        year = uow.today.year
    return _year_page(year)


@pages.get("/choose")
@needs("calendar.view")
def choose() -> ResponseReturnValue:
    """Lead to the year that was chosen from the list."""
    year = _whole(request.args.get("year", ""))
    return redirect(url_for(".show", year=year) if year else url_for(".index"), 303)


@pages.get("/<int:year>")
@needs("calendar.view")
def show(year: int) -> str:
    """Show a year."""
    return _year_page(year)


@pages.get("/<int:year>/edit")
@needs("calendar.edit")
def edit(year: int) -> str:
    """Show the form that enters a year."""
    with read() as uow:
        _require_range(year, uow.today)
        entry = working_year.entry(uow, year)
        known = working_year.spans(uow, year)
    rows = [_row(span) for span in known] or [Row(name) for name in FESTIVALS]
    return _edit_page(year, rows, entry.source, entry.revision)


@pages.post("/<digits>/edit")
@needs("calendar.edit")
def enter(digits: str) -> ResponseReturnValue:
    """Read a pasted notice, add a line, show what the year would be, or save it."""
    year = _whole(digits)
    with read() as uow:
        _require_range(year, uow.today)
    act, rows, source = request.form.get("do", "preview"), _rows(), request.form.get("source", "")
    seen = _whole(request.form.get("_seen", ""))
    if act == "row":
        return _edit_page(year, [*rows, Row()][:MAX_ROWS], source, seen)
    if act == "read":
        return _read_notice(year, rows, source, seen)
    try:
        festivals = _festivals(rows, year)
        working_year.check(year, festivals, source)
        if act != "save":
            return _edit_page(year, rows, source, seen, preview=working_year.draw(year, festivals))
        with begin() as uow:
            working_year.enter(uow, year, festivals, source, seen=seen)
    except EngineError as error:
        told = _beside_rows(refused(error), rows)
        return _edit_page(year, rows, source, seen, told=told), told.status
    _recompute(year)
    return redirect(url_for(".show", year=year), 303)


def _recompute(year: int) -> None:
    """Move the dates that the new year concerns; the year itself is safe already."""
    moved = timers.recompute(engine())
    with begin() as uow:
        working_year.note_recomputed(uow, year, moved)
    flash(_("%(year)s 年日历已保存，%(n)s 个等待中的时限已重新计算。", year=year, n=moved), "ok")


def _read_notice(year: int, rows: list[Row], source: str, seen: int) -> ResponseReturnValue:
    text = request.form.get("text", "")
    try:
        reading = holiday_notice.read(text, year)
        if not reading.spans:
            raise Invalid(fields={"text": ["notice_empty"]})
    except EngineError as error:
        told = refused(error)
        return _edit_page(year, rows, source, seen, told=told), told.status
    fresh = [_row(span) for span in reading.spans][:MAX_ROWS]
    return _edit_page(year, fresh, reading.source or source, seen, reading=reading)


def _year_page(year: int) -> str:
    with read() as uow:
        _require_range(year, uow.today)
        there = working_year.years(uow)
        page: dict[str, Any] = {
            "drawn": working_year.draw(year, working_year.spans(uow, year)),
            "entry": working_year.entry(uow, year),
            "missing": working_year.missing(uow),
            "today": uow.today,
        }
    offered = range(uow.today.year + 1, min(there | {uow.today.year}) - 1, -1)
    page["offered"] = sorted({*offered, year}, reverse=True)
    page["neighbours"] = [y if _in_range(y, uow.today) else None for y in (year - 1, year + 1)]
    return render_template("admin/calendar.html", year=year, **page)


def _edit_page(
    year: int, rows: Sequence[Row], source: str, seen: int, *, told: Refused = NOTHING, **more: Any
) -> str:
    reading: Reading | None = more.get("reading")
    page = {"rows": rows, "source": source, "seen": seen, "text": request.form.get("text", "")}
    page |= {"unread": reading.unread if reading else (), "read": reading is not None}
    with read() as uow:
        today = uow.today
    _require_range(year, today)
    drawn = more.get("preview")
    return render_template(
        "admin/calendar_edit.html", year=year, told=told, drawn=drawn, today=today, **page
    )


def _require_range(year: int, today: date) -> None:
    if not _in_range(year, today):
        abort(404)


def _in_range(year: int, today: date) -> bool:
    return FIRST_YEAR <= year <= today.year + YEARS_AHEAD


def _row(span: Span) -> Row:
    days = "、".join(day.isoformat() for day in span.makeup)
    return Row(span.name, span.first.isoformat(), span.last.isoformat(), days)


def _rows() -> list[Row]:
    lists = [request.form.getlist(name)[:MAX_ROWS] for name in ("name", "first", "last", "makeup")]
    return [Row(*(cell[:MAX_CELL] for cell in cells)) for cells in zip(*lists, strict=False)]


def _festivals(rows: Sequence[Row], year: int) -> list[Span]:
    """Return the filled lines; ``Invalid`` names the line, counted without the blank ones."""
    fields: dict[str, list[str]] = {}
    found: list[Span] = []
    for number, row in enumerate(row for row in rows if not row.blank):
        try:
            first = _date(row.first, year)
            last = _date(row.last, year) if row.last.strip() else first
            makeup = tuple(_date(text, year) for text in SPLIT.split(row.makeup) if text)
            found.append(Span(row.name.strip(), first, last, makeup))
        except ValueError as wrong:
            fields[f"row.{number}"] = [f"calendar_date {wrong}".strip()]
    if fields:
        raise Invalid("calendar_invalid", fields=fields, year=year)
    return found


def _beside_rows(told: Refused, rows: Sequence[Row]) -> Refused:
    """Return the refusal with line numbers that count the blank lines of the form, too."""
    filled = [number for number, row in enumerate(rows) if not row.blank]
    places = {f"row.{n}": f"row.{number}" for n, number in enumerate(filled)}
    return replace(
        told, fields={places.get(name, name): said for name, said in told.fields.items()}
    )


def _date(text: str, year: int) -> date:
    """Return an ISO date, or a month and day of *year*; ``ValueError`` holds the text."""
    short = MONTH_AND_DAY.fullmatch(text.strip())
    try:
        if short:
            return date(year, int(short[1]), int(short[2]))
        return date.fromisoformat(text.strip())
    except ValueError as wrong:
        raise ValueError(text.strip()) from wrong


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else 0
