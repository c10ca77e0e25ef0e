"""Deadlines in working days, and page keys that cannot be forged."""

from datetime import UTC, date, datetime

import pytest

from engine import calendar_seed
from engine.errors import Invalid, NotFound
from engine.expressions import end_of_day
from engine.model import NO_DUE
from engine.unit_of_work import SYSTEM
from workflows import worklists
from workflows.worklists import Want


@pytest.fixture
def uow(engine):
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
    with engine.read(SYSTEM) as uow:
        yield uow


# The clock stands at Monday 2 March 2026, nine o'clock in China.
@pytest.mark.parametrize(
    ("day", "days", "today", "late", "urgency"),
    [
        (date(2026, 3, 2), 0, True, False, "warn"),
        (date(2026, 3, 3), 1, False, False, "warn"),
        (date(2026, 3, 5), 3, False, False, ""),
        (date(2026, 3, 9), 5, False, False, ""),
        # Saturday 28 February 2026 is a make-up day: Monday is one working day later.
        (date(2026, 2, 28), -1, False, True, "bad"),
        (date(2026, 3, 1), -1, False, True, "bad"),
        (date(2026, 2, 27), -2, False, True, "bad"),
    ],
)
def test_deadline_counts_working_days(uow, day, days, today, late, urgency):
    due = worklists.due(uow, end_of_day(day))
    assert (due.days, due.today, due.late, due.urgency) == (days, today, late, urgency)


def test_task_without_deadline_has_none(uow):
    assert worklists.due(uow, NO_DUE) is None


def test_year_nobody_entered_gives_no_number_instead_of_a_wrong_one(uow):
    due = worklists.due(uow, datetime(2027, 3, 1, tzinfo=UTC))
    assert due.days is None
    assert not due.late


@pytest.mark.parametrize("key", ["", "x~y", "2026-03-02T01:00:00~a", "~~"])
def test_forged_page_key_is_refused(uow, key):
    if not key:
        assert worklists.todo(uow, Want(), key).lines == []
        return
    with pytest.raises(Invalid, match="page_key"):
        worklists.todo(uow, Want(), key)


def test_notice_of_nobody_is_not_found(engine):
    with engine.begin(SYSTEM) as uow, pytest.raises(NotFound):
        worklists.mark_read(uow, "nothing")
