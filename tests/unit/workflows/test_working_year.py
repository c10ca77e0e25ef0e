from datetime import date

import pytest
import sqlalchemy as sa

from engine import calendar, calendar_seed
from engine.errors import Invalid, NotAllowed, Stale
from engine.model import calendar_day, calendar_year
from engine.unit_of_work import SYSTEM, Actor, Engine
from workflows import working_year
from workflows.holiday_notice import Span
from workflows.model import access_log

ADMIN = Actor("root", "邓维", frozenset({"ADMIN@u"}))
NOTICE = "国办发明电〔2026〕9号"


def d(month, day, year=2027):
    return date(year, month, day)


FESTIVALS = (
    Span("元旦", d(1, 1), d(1, 3)),
    Span("春节", d(2, 5), d(2, 11), (d(1, 31), d(2, 20))),
)


def rows(engine: Engine) -> list:
    with engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(table).order_by(*table.primary_key)).all()
            for table in (calendar_day, calendar_year, access_log)
        ]


def refused(engine: Engine, kind: type, act, actor: Actor = ADMIN):
    before = rows(engine)
    with pytest.raises(kind) as refusal, engine.begin(actor) as uow:
        act(uow)
    assert rows(engine) == before
    return refusal.value


def enter(engine: Engine, festivals=FESTIVALS, seen=0):
    with engine.begin(ADMIN) as uow:
        working_year.enter(uow, 2027, festivals, NOTICE, seen=seen)


@pytest.mark.both_databases
def test_entered_year_comes_back_as_it_was_entered(engine):
    enter(engine)
    with engine.read(SYSTEM) as uow:
        assert working_year.spans(uow, 2027) == FESTIVALS
        entry = working_year.entry(uow, 2027)
        days = calendar.load(uow)
    assert (entry.source, entry.by, entry.revision) == (NOTICE, "root", 1)
    assert days.is_working(d(1, 31))
    assert not days.is_working(d(2, 8))


def test_log_tells_source_and_sum(engine):
    enter(engine)
    line = rows(engine)[2][-1]
    assert (line.action, line.subject) == ("calendar_entered", "2027")
    assert line.detail == {"source": NOTICE, "working": 257}


@pytest.mark.parametrize("year", [2015, 2020, 2023, 2024, 2025, 2026])
def test_months_agree_with_the_calendar_that_deadlines_use(engine, year):
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, year, year)
    with engine.read(SYSTEM) as uow:
        drawn = working_year.draw(year, working_year.spans(uow, year))
        days = calendar.load(uow)
    shown = [day for month in drawn.months for week in month.weeks for day in week if day]
    assert len(shown) in (365, 366)
    assert all(days.is_working(day.day) is (day.kind in ("work", "makeup")) for day in shown)
    assert drawn.working == sum(days.is_working(day.day) for day in shown)
    working_year.check(year, drawn.spans, "it can be saved again as it is")


def test_festivals_of_2026_have_their_weekends_and_their_makeup_days(engine):
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
    with engine.read(SYSTEM) as uow:
        spring = working_year.spans(uow, 2026)[1]
    makeup = (d(2, 14, 2026), d(2, 28, 2026))
    assert spring == Span("春节", d(2, 15, 2026), d(2, 23, 2026), makeup)


def test_week_begins_on_monday_and_days_outside_the_month_are_empty():
    january = working_year.draw(2027, FESTIVALS).months[0]
    first = january.weeks[0]
    assert [day and day.day.day for day in first] == [None, None, None, None, 1, 2, 3]
    assert [day.kind for day in first[4:]] == ["holiday"] * 3
    assert [day.first for day in first[4:]] == [True, False, False]
    assert january.weeks[-1][-1].kind == "makeup"
    assert january.working == 21


def test_missing_years_are_gaps_this_year_and_the_next(engine):
    def missing():
        with engine.read(SYSTEM) as uow:
            return working_year.missing(uow)

    assert missing() == [2026, 2027]
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2024, 2024)
    assert missing() == [2025, 2026, 2027]
    enter(engine)
    assert missing() == [2025, 2026]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (Span("", d(5, 1), d(5, 3)), "calendar_name"),
        (Span("长" * 41, d(5, 1), d(5, 3)), "too_long"),
        (Span("五一", d(5, 3), d(5, 1)), "before_start"),
        (Span("五一", d(5, 1), d(6, 30)), "calendar_too_long"),
        (Span("五一", d(5, 1, 2026), d(5, 3, 2026)), "calendar_other_year 2026-05-01、2026-05-03"),
        (Span("五一", d(5, 1), d(5, 3), (d(5, 10),)), "calendar_makeup_on_weekday 2027-05-10"),
        (Span("五一", d(1, 2), d(1, 3)), "calendar_day_twice 2027-01-02、2027-01-03"),
    ],
)
def test_wrong_line_is_named_with_its_number(engine, wrong, code):
    lines = (*FESTIVALS, wrong)
    error = refused(
        engine, Invalid, lambda uow: working_year.enter(uow, 2027, lines, NOTICE, seen=0)
    )
    assert error.fields == {"row.2": [code]}


def test_year_needs_a_source_and_a_festival(engine):
    error = refused(engine, Invalid, lambda uow: working_year.enter(uow, 2027, (), " ", seen=0))
    assert error.fields == {"source": ["required"], "rows": ["calendar_empty"]}


@pytest.mark.parametrize("year", [1999, 2030])
def test_year_out_of_reach_is_refused(engine, year):
    error = refused(
        engine, Invalid, lambda uow: working_year.enter(uow, year, FESTIVALS, NOTICE, seen=0)
    )
    assert error.code == "calendar_year_range"


@pytest.mark.both_databases
def test_page_that_is_behind_saves_nothing(engine):
    enter(engine)
    enter(engine, FESTIVALS[:1], seen=1)
    for seen in (0, 1):
        refused(
            engine, Stale, lambda uow, seen=seen: working_year.enter(
                uow, 2027, FESTIVALS, NOTICE, seen=seen
            ),
        )  # fmt: skip


@pytest.mark.parametrize("role", ["ORG_DEPT", "ORG_HEAD", "SUPERVISOR", "AUDITOR", "DESIGNER"])
def test_nobody_else_enters_a_year(engine, role):
    other = Actor("x", "某", frozenset({f"{role}@u"}))
    act = working_year.enter
    refused(engine, NotAllowed, lambda uow: act(uow, 2027, FESTIVALS, NOTICE, seen=0), other)
    refused(engine, NotAllowed, lambda uow: working_year.note_recomputed(uow, 2027, 1), other)
