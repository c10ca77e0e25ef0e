"""Reading the holiday notice of the State Council's General Office as it is published.

Each line of the notice names a festival, the days of rest and the weekend days worked instead:

    二、春节：2月15日（周日）至23日（周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。

A list typed by hand is read the same way: ``春节 2026-02-15至2026-02-23 上班 2026-02-14``.
Nothing is guessed: a line with dates that make no sense is refused by its number, and lines
without dates are given back so that a person can see what was not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from engine.errors import Invalid

TEXT_MAX = 20_000
LONGEST = 31
_ASIDE = re.compile(r"（[^）]*）|\([^)]*\)")
_NUMBERING = re.compile(r"^[\s\-*·•]*(?:[一二三四五六七八九十]+、|\d{1,2}[、.．)](?!\d))?\s*")
_NAME = re.compile(r"^[^\d：:，,。；;]*?(?=[\s：:]*\d|[：:])")
_SOURCE = re.compile(r"国办发[^\s，。、]{0,6}〔\d{4}〕\d+号")
_TOKEN = re.compile(
    r"(?:(?P<year>\d{4})\s*[年./-]\s*)?(?P<month>\d{1,2})\s*[月./-]\s*(?P<day>\d{1,2})(?:日|号)?(?!\d)"
    r"|(?P<only>\d{1,2})(?:日|号)"
    r"|(?P<to>至|到|~|～|—+|–|－|-)"
    r"|(?P<work>上班|补班|班)"
    r"|(?P<rest>放假|休息|公休|休)"
)


@dataclass(frozen=True)
class Span:
    """Days of rest from *first* to *last*, and the weekend days worked for them."""

    name: str
    first: date
    last: date
    makeup: tuple[date, ...] = ()

    def days(self) -> Iterator[date]:
        """Yield the days of rest."""
        for n in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=n)


@dataclass(frozen=True)
class Reading:
    """What a text says: spans, the number of the notice, and the lines without dates."""

    spans: tuple[Span, ...]
    source: str
    unread: tuple[str, ...]


@dataclass
class _Line:
    """The dates of one line while they are being sorted into rest and work."""

    year: int
    rest: list[tuple[date, date]] = field(default_factory=list)
    work: list[date] = field(default_factory=list)
    pending: list[tuple[date, date]] = field(default_factory=list)
    working: bool = False
    rested: bool = False
    last: date | None = None
    ranging: bool = False

    def add(self, day: date) -> None:
        """Take a date, the end of a range after 至."""
        if self.ranging and self.pending:
            first = self.pending.pop()[0]
            self.pending.append((first, day if day >= first else day.replace(year=day.year + 1)))
        else:
            self.pending.append((day, day))
        self.last, self.ranging = day, False

    def settle(self, *, work: bool) -> None:
        """Decide what the dates read so far are."""
        if work:
            self.work += [day for first, last in self.pending for day in _days(first, last)]
        else:
            self.rest += self.pending
        self.pending = []


def read(text: str, year: int) -> Reading:
    """Return what *text* says about *year*; days of other years are left out.

    Raises ``Invalid`` for field ``text`` naming the line and what is wrong in it.
    """
    if len(text) > TEXT_MAX:
        raise Invalid(fields={"text": ["too_long"]})
    spans: list[Span] = []
    unread: list[str] = []
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        plain = _NUMBERING.sub("", _ASIDE.sub("", _without_source(line)))
        if not plain.strip():
            continue
        name = _name(plain) or name
        dates = _line(plain, year, number)
        found = list(dates.spans_of(name, year))
        if found:
            spans += found
        elif dates.work and spans:  # a line of its own for the days worked
            spans[-1] = replace(spans[-1], makeup=spans[-1].makeup + dates.worked(year))
        else:
            unread.append(line.strip())
    source = _SOURCE.search(text)
    return Reading(tuple(spans), source[0] if source else "", tuple(unread))


def _line(plain: str, year: int, number: int) -> _Sorted:
    state = _Line(year)
    for token in _TOKEN.finditer(plain):
        _take(state, token, plain, number)
    state.settle(work=state.working)
    return _Sorted(tuple(state.rest), tuple(state.work))


@dataclass(frozen=True)
class _Sorted:
    rest: tuple[tuple[date, date], ...]
    work: tuple[date, ...]

    def spans_of(self, name: str, year: int) -> Iterator[Span]:
        """Yield the spans of one line, cut to *year*; the worked days go with the first."""
        first_day, last_day = date(year, 1, 1), date(year, 12, 31)
        work = self.worked(year)
        for first, last in self.rest:
            if last >= first_day and first <= last_day:
                yield Span(name, max(first, first_day), min(last, last_day), work)
                work = ()

    def worked(self, year: int) -> tuple[date, ...]:
        """Return the weekend days worked in *year*."""
        return tuple(day for day in self.work if day.year == year)


def _take(state: _Line, token: re.Match[str], plain: str, number: int) -> None:
    if token["to"]:
        state.ranging = bool(state.pending)
    elif token["rest"]:
        state.settle(work=False)
        state.rested, state.working = True, False
    elif token["work"]:
        dates_follow = _dates_follow(plain[token.end() :])
        if state.pending:
            state.settle(work=state.rested or not dates_follow)
        state.working = dates_follow
    else:
        state.add(_date(state, token, number))


def _dates_follow(rest: str) -> bool:
    found = next((token for token in _TOKEN.finditer(rest) if not token["to"]), None)
    return found is not None and not found["work"] and not found["rest"]


def _date(state: _Line, token: re.Match[str], number: int) -> date:
    try:
        # A day without a month goes on from the date before; the first of a line cannot.
        before = state.last or date(state.year, 1, 1)
        month = token["month"] or (state.last and state.last.month) or 0
        return date(
            int(token["year"] or before.year), int(month), int(token["day"] or token["only"])
        )
    except ValueError as wrong:
        raise Invalid(fields={"text": [f"notice_date {number} {token[0]}"]}) from wrong


def _days(first: date, last: date) -> Iterator[date]:
    span = min((last - first).days, LONGEST)
    return (first + timedelta(days=n) for n in range(span + 1))


def _name(plain: str) -> str:
    found = _NAME.match(plain)
    return found[0].strip() if found else ""


def _without_source(line: str) -> str:
    return _SOURCE.sub("", line)
