from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from engine import calendar, calendar_seed
from engine.calendar import Calendar, add_months, period_end
from engine.errors import Blocked, Invalid
from engine.model import calendar_day, calendar_year, metadata
from engine.unit_of_work import Actor, Engine

CLERK = Actor("u1", "日历管理员")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def published(*years):
    special = {}
    for year in years:
        known = calendar_seed.published(year)
        special |= dict.fromkeys(known.holidays, "rest")
        special |= dict.fromkeys(known.makeup_days, "work")
    return Calendar.of(special, years)


@pytest.fixture
def engine():
    engine = Engine(clock=lambda: NOW)
    metadata.create_all(engine.database, tables=[calendar_year, calendar_day])
    yield engine
    engine.database.dispose()


def rows(engine):
    with engine.read(CLERK) as uow:
        days = uow.conn.execute(sa.select(calendar_day).order_by(calendar_day.c.day)).all()
        return days, uow.conn.execute(sa.select(calendar_year)).all()


@pytest.mark.parametrize(
    ("published_on", "last_day"),
    [
        pytest.param("2011-09-28", date(2011, 10, 10), id="T22"),
        pytest.param("2024-09-27", date(2024, 10, 10), id="T23"),
        pytest.param("2024-02-08", date(2024, 2, 21), id="T24"),
    ],
)
def test_five_working_days_skip_holidays_and_count_makeup_days(published_on, last_day):
    days = published(2011, 2024)
    assert days.deadline(published_on, 5, "wd") == last_day
    assert days.between(date.fromisoformat(published_on), last_day) == 5


def test_month_that_ends_on_a_shorter_month_ends_on_its_last_day():
    days = published(2024)
    assert days.deadline("2024-01-31", 1, "month") == date(2024, 2, 29)
    assert days.lapses("2024-01-31", 1, "month") == date(2024, 3, 1)  # T25


def test_period_ending_on_a_rest_day_rolls_to_the_next_working_day():
    days = published(2024)
    assert days.deadline("2024-08-14", 1, "month") == date(2024, 9, 14)  # a worked Saturday
    assert days.deadline("2024-08-15", 1, "month") == date(2024, 9, 18)  # Mid-Autumn 15-17
    assert days.deadline("2024-08-15", 1, "month", roll=False) == date(2024, 9, 15)
    assert days.deadline("2024-09-20", 15, "day") == date(2024, 10, 8)  # National Day 1-7


def test_years_end_on_the_same_day_or_the_last_of_february():
    days = published(2024, 2025, 2026)
    assert days.deadline("2024-02-29", 1, "year") == date(2025, 2, 28)
    assert add_months(date(2023, 11, 30), 3) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("start", "last"),
    [
        (date(2024, 2, 29), date(2025, 2, 28)),  # T40
        (date(2024, 3, 1), date(2025, 2, 28)),
        (date(2023, 3, 1), date(2024, 2, 29)),
        (date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_period_of_a_year_ends_on_the_eve_of_the_anniversary(start, last):
    assert period_end(start) == last


def test_first_day_counts_only_when_asked_and_only_if_worked():
    days = published(2024)
    friday, saturday = date(2024, 3, 1), date(2024, 3, 2)
    assert days.add(friday, 1) == date(2024, 3, 4)
    assert days.add(friday, 1, count_first=True) == friday
    assert days.add(saturday, 1, count_first=True) == date(2024, 3, 4)
    assert days.add(saturday, 0) == date(2024, 3, 4)


def test_year_not_entered_is_refused_and_never_guessed():
    days = published(2024)
    for ask in (
        lambda: days.is_working(date(2025, 1, 2)),
        lambda: days.deadline("2024-12-30", 5, "wd"),
        lambda: days.between(date(2024, 12, 30), date(2025, 1, 3)),
        lambda: days.deadline("2024-12-15", 1, "month"),
    ):
        with pytest.raises(Blocked) as refused:
            ask()
        assert refused.value.code == "calendar_missing"
        assert refused.value.params == {"year": 2025}
    assert days.missing(date(2024, 6, 1), date(2026, 6, 1)) == [2025, 2026]


@pytest.mark.parametrize(
    ("start", "n", "unit"),
    [
        ("2024-03-01", 5, "P5D"),
        ("2024-03-01", -1, "wd"),
        ("2024-03-01", 10**9, "day"),
        ("2024-03-01", 30_000, "year"),
        ("heute", 5, "wd"),
    ],
)
def test_senseless_period_is_invalid(start, n, unit):
    with pytest.raises(Invalid) as refused:
        published(2024).deadline(start, n, unit)
    assert refused.value.code == "deadline_invalid"


def test_functions_for_expressions_take_decimals_and_text_and_give_null_on_a_wrong_type():
    functions = published(2024).functions()
    assert functions["deadline"]("2024-09-27", Decimal(5), "wd") == date(2024, 10, 10)
    assert functions["working_days_between"](date(2024, 9, 27), date(2024, 10, 10)) == 5
    assert functions["is_working_day"](datetime(2024, 9, 29, 9, 0, tzinfo=UTC)) is True
    assert functions["add_working_days"]("2024-09-27", Decimal("1.5")) is None
    assert functions["deadline"](None, Decimal(5), "wd") is None
    assert functions["deadline"]("no date", Decimal(5), "wd") is None
    assert functions["deadline"]("2024-09-27") is None


def test_published_years_agree_between_two_sources_except_one_known_day():
    differing = [y for y in range(2004, 2027) if "≠" in calendar_seed.published(y).source]
    assert differing == [2005]
    assert calendar_seed.published(2005).source.endswith("≠ 2005-12-31")


def test_year_neither_source_knows_is_not_seeded(engine):
    with engine.begin(CLERK) as uow:
        assert calendar_seed.seed(uow, 2024, 2040)[:1] == [2024]
    with engine.read(CLERK) as uow:
        loaded = calendar.load(uow)
        assert 2024 in loaded.years
        assert 2040 not in loaded.years
        assert loaded.deadline("2024-02-08", 5, "wd") == date(2024, 2, 21)


def test_seeding_leaves_a_year_alone_that_somebody_entered(engine):
    with engine.begin(CLERK) as uow:
        calendar.enter_year(uow, 2024, {date(2024, 1, 1): "元旦"}, {}, "国办发明电〔2023〕7号")
    before = rows(engine)
    with engine.begin(CLERK) as uow:
        assert calendar_seed.seed(uow, 2024, 2024) == []
    assert rows(engine) == before


def test_entering_a_year_again_replaces_it_and_reaches_a_loaded_calendar(engine):
    monday = date(2027, 1, 4)
    with engine.begin(CLERK) as uow:
        calendar.enter_year(uow, 2027, {monday: "元旦"}, {}, "草稿")
    with engine.read(CLERK) as uow:
        assert not calendar.load(uow).is_working(monday)
    with engine.read(CLERK) as uow:
        first = calendar.load(uow)
    with engine.read(CLERK) as uow:
        assert calendar.load(uow) is first
    with engine.begin(CLERK) as uow:
        calendar.enter_year(
            uow, 2027, {date(2027, 1, 1): "元旦"}, {date(2027, 1, 3): "元旦"}, "正式通知"
        )
    with engine.read(CLERK) as uow:
        loaded = calendar.load(uow)
        assert loaded.is_working(monday)
        assert loaded.is_working(date(2027, 1, 3))
        assert not loaded.is_working(date(2027, 1, 1))


def test_year_that_was_rolled_back_is_not_remembered(engine):
    with pytest.raises(RuntimeError), engine.begin(CLERK) as uow:
        calendar.enter_year(uow, 2027, {}, {}, "草稿")
        assert calendar.load(uow).years == {2027}
        raise RuntimeError
    with engine.read(CLERK) as uow:
        assert calendar.load(uow).years == frozenset()
    assert rows(engine) == ([], [])


@pytest.mark.parametrize(
    ("holidays", "makeup", "source", "field"),
    [
        ({date(2026, 12, 31): "元旦"}, {}, "通知", "holidays"),
        ({}, {date(2028, 1, 1): "元旦"}, "通知", "makeup_days"),
        ({date(2027, 1, 2): "元旦"}, {date(2027, 1, 2): "元旦"}, "通知", "makeup_days"),
        ({}, {date(2027, 1, 4): "元旦"}, "通知", "makeup_days"),
        ({}, {}, " ", "source"),
    ],
)
def test_inconsistent_year_is_refused_and_nothing_changes(engine, holidays, makeup, source, field):
    with pytest.raises(Invalid) as refused, engine.begin(CLERK) as uow:
        calendar.enter_year(uow, 2027, holidays, makeup, source)
    assert list(refused.value.fields) == [field]
    assert rows(engine) == ([], [])


def test_enters_who_and_when(engine):
    with engine.begin(CLERK) as uow:
        calendar.enter_year(uow, 2027, {}, {}, "通知")
    _, years = rows(engine)
    assert [(y.year, y.entered_by, y.entered_at) for y in years] == [(2027, "u1", NOW)]
    assert NOW - years[0].entered_at == timedelta(0)
