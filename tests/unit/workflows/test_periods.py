from datetime import date

import pytest

from engine.calendar import Calendar
from workflows.periods import probation_end, recommendation_valid_until, silence_is_consent_from


def test_t25_silence_of_the_co_managing_side_is_consent_after_a_month():
    leap_year = Calendar.of({}, [2024])
    assert silence_is_consent_from(leap_year, date(2024, 1, 31)) == date(2024, 3, 1)


def test_month_of_silence_that_ends_on_a_rest_day_is_longer():
    holiday = Calendar.of({date(2024, 2, 29): "rest"}, [2024])
    assert silence_is_consent_from(holiday, date(2024, 1, 31)) == date(2024, 3, 2)


@pytest.mark.parametrize(
    ("decided", "valid"), [(date(2024, 5, 10), True), (date(2024, 5, 11), False)]
)
def test_t26_recommendation_is_valid_on_its_anniversary_and_not_after(decided, valid):
    assert (decided <= recommendation_valid_until(date(2023, 5, 10))) is valid


def test_t40_probation_from_29_february_ends_on_28_february():
    assert probation_end(date(2024, 2, 29)) == date(2025, 2, 28)
