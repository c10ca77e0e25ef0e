"""Entries from a spreadsheet: every line is checked first, then all are taken or none.

What the form asks for and no cell can hold (files, signatures, lists) leaves the line a draft to
be finished on the page. A line that is there already with the same content is passed over, so a
sheet sent twice counts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine import tasks
from engine.errors import Conflict, Invalid
from engine.unit_of_work import UnitOfWork
from workflows import forms
from workflows.acts import life
from workflows.acts import rows as act_rows
from workflows.acts.entries import applying, columns, naming, rows
from workflows.acts.entries.applying import Applying
from workflows.acts.entries.columns import ON_PAGE_ONLY, Cell
from workflows.acts.entries.model import act_entry, act_entry_version
from workflows.acts.entries.naming import Called
from workflows.acts.model import act_participant
from workflows.desk import Handed
from workflows.forms.model import Field, Lang, leaves
from workflows.model import unit
from workflows.spreadsheets.reading import Fault, Line, read
from workflows.spreadsheets.tables import Faulty, Report, Table, table
from workflows.spreadsheets.writing import Column, Page, write

UNIT = "applicant_unit"
UNIT_TITLES = ("申报单位（人）", "申报单位", "Applicant")
MAX_LINES = 1000
WORDS: Mapping[Lang, tuple[tuple[str, ...], str]] = {
    "zh": (("申报", "填写说明", "列", "必填", "可填内容", "说明"), "是"),
    "en": (("Entries", "Notes", "Column", "Required", "Choices", "About"), "yes"),
}


@dataclass(frozen=True)
class _Wanted:
    """One line that may become an entry."""

    line: int
    mine: Applying
    named: Called
    raw: Mapping[str, Any]
    cleaned: forms.Cleaned | None


@dataclass
class _Work:
    """A sheet being looked at."""

    cells: Sequence[Cell]
    table: Table
    faults: list[Fault] = field(default_factory=list)
    wanted: list[_Wanted] = field(default_factory=list)
    same: int = 0
    seen: dict[tuple[str, str], int] = field(default_factory=dict)


def template(uow: UnitOfWork, part_id: str, lang: Lang = "zh") -> bytes:
    """Return the file an applicant fills in."""
    mine = applying.enter(uow, part_id)
    return _template(columns.of(mine.form, mine.base), (), lang)


def template_for_all(uow: UnitOfWork, task_id: str, lang: Lang = "zh") -> bytes:
    """Return the file an organiser fills in for several applicants."""
    held = _lead(uow, task_id)
    people = act_rows.participants(uow, task_id)
    mine = applying.for_organiser(uow, held.row, people[0])
    names = tuple(each.name for each in people)
    title = UNIT_TITLES[-1] if lang == "en" else UNIT_TITLES[0]
    return _template(columns.of(mine.form, mine.base), (Column(f"{title} *", 24, names),),
                     lang)  # fmt: skip


def take(
    uow: UnitOfWork, part_id: str, file: tuple[str, bytes], handed: Handed | None = None
) -> Report:
    """Import the entries of one applicant; *file* is its name and content.

    Raises Faulty, whose report names every line that is wrong; what ``applying`` raises for an
    intake that is over; Invalid for a file that cannot be read. Nothing is taken then.
    """
    key = (handed or Handed()).key
    if key is not None and not tasks.first_time(uow, key, "entries", part_id):
        return Report(same=1)
    mine = applying.locked(applying.enter(uow, part_id))
    work = _begin(mine, file, ())
    for line in work.table.lines:
        _look(work, mine, line)
    return _finish(uow, work, [mine])


def take_for_all(
    uow: UnitOfWork, task_id: str, file: tuple[str, bytes], handed: Handed | None = None
) -> Report:
    """Import entries for several applicants, as the organiser, under his own name."""
    held = _lead(uow, task_id)
    key = (handed or Handed()).key
    if key is not None and not tasks.first_time(uow, key, "entries", task_id):
        return Report(same=1)
    people = sa.select(act_participant).where(act_participant.c.act_id == task_id)
    roll = uow.conn.execute(people.order_by(act_participant.c.no).with_for_update()).all()
    some = [each for each in roll if each.task_id is not None]
    known = _by_name(uow, some)
    made: dict[str, Applying] = {}
    first = applying.for_organiser(uow, held.row, some[0])
    work = _begin(first, file, (UNIT,))
    for line in work.table.lines:
        who = known.get(naming.plain(work.table.cells(line).get(UNIT, "")))
        if who is None:
            work.faults.append(Fault(line.no, UNIT_TITLES[0], "sheet_unit_unknown"))
            continue
        if who.id not in made:
            made[who.id] = applying.for_organiser(uow, held.row, who)
        _look(work, made[who.id], line)
    return _finish(uow, work, list(made.values()))


def _lead(uow: UnitOfWork, task_id: str) -> act_rows.Held:
    held = act_rows.lead(uow, task_id)
    life.after(held.state, "contribute", **held.at)
    if held.row.kind != "intake" or held.row.settings["correct"]:
        raise Conflict("entry_only_corrections", **held.at)
    if held.row.due_at < uow.now:
        raise Conflict("entry_late", **held.at, when=held.row.due_at)
    return held


def _begin(mine: Applying, file: tuple[str, bytes], more: tuple[str, ...]) -> _Work:
    if mine.act.settings["correct"]:
        raise Conflict("entry_only_corrections", **mine.at)
    cells = columns.of(mine.form, mine.base)
    known: dict[str, tuple[str, ...]] = dict.fromkeys(more, UNIT_TITLES)
    known |= columns.titles(cells)
    needed = [*more, *(each.key for each in cells if each.field.required)]
    found = table(read(*file, most=MAX_LINES + 1), known, needed)
    work = _Work(cells, found, list(found.faults))
    if not found.lines:
        work.faults.append(Fault(0, "", "sheet_nothing"))
    return work


def _look(work: _Work, mine: Applying, line: Line) -> None:
    """Check one line; it becomes wanted, the same as one that is there, or faults."""
    bad = [*work.table.bad(line)]
    blank = mine.context(None)
    start = forms.initial(mine.form, blank)
    raw = columns.raw(work.cells, work.table.cells(line), start)
    cleaned, errors = _checked(mine, raw, blank)
    data = cleaned.data if cleaned is not None else raw
    named = naming.called(mine.form, mine.act.settings, data, mine.self_is)
    bad += [
        Fault(line.no, _title(work, path), f"field.{one.code}", one.params)
        for path, messages in errors.items()
        for one in messages
    ]
    if not named.name and not errors:
        name = naming.field_of(mine.form, mine.act.settings, "name")
        bad.append(Fault(line.no, name.label.zh if name else "", "field.required"))
    if bad:
        work.faults += bad
        return
    _add(work, _Wanted(line.no, mine, named, raw, cleaned))


def _add(work: _Work, one: _Wanted) -> None:
    """Keep a line unless it repeats another or is there already."""
    first = work.seen.setdefault((one.mine.who.unit, one.named.likeness), one.line)
    if first != one.line:
        work.faults.append(Fault(one.line, "", "sheet_twice", {"line": first}))
        return
    before = _there(one)
    if before is None:
        work.wanted.append(one)
    elif _says_the_same(one, before):
        work.same += 1
    else:
        work.faults.append(Fault(one.line, "", "sheet_entry_differs"))


def _there(one: _Wanted) -> Any:
    mine = one.mine
    query = sa.select(act_entry).where(
        applying.owned(mine.act, mine.who),
        act_entry.c.likeness == one.named.likeness, act_entry.c.state != "withdrawn",
    )  # fmt: skip
    return mine.uow.conn.execute(query.order_by(act_entry.c.version.desc()).limit(1)).first()


def _says_the_same(one: _Wanted, before: Any) -> bool:
    if one.cleaned is None or before.state == "draft":
        return one.cleaned is None and before.state == "draft"
    last = rows.latest(one.mine.uow, before)
    return bool(last.digest == forms.content_digest(one.cleaned.data))


def _checked(
    mine: Applying, raw: Mapping[str, Any], context: forms.Context
) -> tuple[forms.Cleaned | None, Mapping[str, Any]]:
    """Return the record of a line, or what is wrong that a cell could mend."""
    try:
        return forms.validate(mine.form, raw, context), {}
    except Invalid as error:
        later = set(_on_page(mine.form.fields, ""))
        wrong = {
            path: found for path, found in error.fields.items()
            if not any(path == each or path.startswith(f"{each}-") for each in later)
        }  # fmt: skip
        return None, wrong


def _on_page(fields: Sequence[Field], prefix: str) -> list[str]:
    """Return the paths of what only the page can take."""
    found = []
    for each in leaves(fields):
        path = f"{prefix}-{each.key}" if prefix else each.key
        if each.type == "group":
            found += _on_page(each.children, path)
        elif each.type in ON_PAGE_ONLY or each.kind == "signature":
            found.append(path)
    return found


def _title(work: _Work, path: str) -> str:
    return next((each.title for each in work.cells if each.key == path), path)


def _finish(uow: UnitOfWork, work: _Work, people: Sequence[Applying]) -> Report:
    for mine in people:
        alone = mine.act.settings["self"]
        theirs = [
            one for one in work.wanted
            if one.cleaned is not None
            and (one.mine is mine if alone else one.mine.who.unit == mine.who.unit)
        ]  # fmt: skip
        left = applying.places_left(mine.uow, mine.act, mine.who)
        if len(theirs) > left:
            params = {"who": mine.who.name, "left": left, "wanted": len(theirs)}
            work.faults.append(Fault(0, "", "sheet_places", params))
    if work.faults:
        raise Faulty(work.faults)
    _write(uow, work.wanted)
    for mine in people:
        applying.recount(mine)
    drafts = sum(one.cleaned is None for one in work.wanted)
    return Report(len(work.wanted) - drafts, work.same, drafts)


def _write(uow: UnitOfWork, wanted: Sequence[_Wanted]) -> None:
    """Write all entries in one statement, and their first versions in another."""
    entries, versions = [], []
    for one in wanted:
        row = applying.fresh(one.mine) | applying.submitted(uow, one.named, 1)
        if one.cleaned is None:
            row |= {"state": "draft", "draft": dict(one.raw), "draft_at": uow.now, "version": 0,
                    "submitted_at": None}  # fmt: skip
        else:
            versions.append(applying.version_of(uow, row["id"], one.cleaned, 1, "import"))
        entries.append(row)
    if entries:
        uow.conn.execute(act_entry.insert(), entries)
    if versions:
        uow.conn.execute(act_entry_version.insert(), versions)


def _by_name(uow: UnitOfWork, people: Sequence[Any]) -> dict[str, Any]:
    """Return those on the roll by name, and by their unit where they are alone in it."""
    query = sa.select(unit).where(unit.c.id.in_({each.unit for each in people}))
    units = {row.id: row for row in uow.conn.execute(query)}
    alone: dict[str, list[Any]] = {}
    for each in people:
        alone.setdefault(each.unit, []).append(each)
    found: dict[str, Any] = {}
    for key, of_unit in alone.items():
        if len(of_unit) == 1 and key in units:
            found[naming.plain(units[key].name)] = of_unit[0]
            found[naming.plain(units[key].code)] = of_unit[0]
    return found | {naming.plain(each.name): each for each in people}


def _template(cells: Sequence[Cell], before: tuple[Column, ...], lang: Lang) -> bytes:
    words, yes = WORDS[lang]
    heads = [*before, *columns.heads(cells, lang)]
    notes = [
        [each.called(lang), yes if each.field.required else "", "、".join(each.choices(lang)),
         each.field.hint.say(lang)]
        for each in cells
    ]  # fmt: skip
    about = [Column(each, width) for each, width in zip(words[2:], (24, 8, 50, 50), strict=True)]
    return write([Page(words[0], heads), Page(words[1], about, notes)])
