"""Working-day arithmetic against a count that walks day by day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import Calendar, add_months, period_end

YEARS = range(2023, 2030)
days_in = st.dates(date(2023, 1, 1), date(2026, 12, 31))
calendars = st.dictionaries(days_in, st.sampled_from(["work", "rest"]), max_size=60).map(
    lambda special: Calendar.of(special, YEARS)
)


@given(calendars, days_in, st.integers(1, 60))
def test_deadline_is_a_working_day_with_exactly_n_working_days_before_it(days, start, n):
    end = days.deadline(start, n, "wd")
    assert days.is_working(end)
    assert days.between(start, end) == n


@given(calendars, days_in, days_in, days_in)
def test_periods_join(days, one, two, three):
    first, middle, last = sorted((one, two, three))
    assert days.between(first, last) == days.between(first, middle) + days.between(middle, last)


@given(calendars, days_in, st.integers(0, 300), st.sampled_from(["wd", "day", "month"]))
def test_a_longer_period_never_ends_earlier(days, start, n, unit):
    n = n if unit != "month" else n % 12
    assert days.deadline(start, n, unit) <= days.deadline(start, n + 1, unit)


@given(days_in, st.integers(1, 40))
def test_months_keep_the_day_or_take_the_last(start, n):
    end = add_months(start, n)
    following = end + timedelta(days=1)
    assert end.day == start.day or (end.day < start.day and following.day == 1)


@given(days_in)
def test_a_year_has_365_or_366_days(start):
    assert (period_end(start) - start).days + 1 in {365, 366}
