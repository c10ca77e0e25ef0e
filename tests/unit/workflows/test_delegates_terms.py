"""Posting, silent consent and probation, through the delegates a diagram names."""

from typing import Any

import pytest

from engine import calendar_seed
from engine.errors import Blocked
from engine.unit_of_work import SYSTEM, Engine, ServiceCall
from workflows.delegates import ALL


@pytest.fixture
def counted(engine: Engine) -> Engine:
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2011, 2024)
    return engine


def run(engine: Engine, name: str, pack: str = "current", **inputs: Any) -> dict[str, Any]:
    instance = {"attributes": {"rule_pack": pack}}
    made = ServiceCall(instance, "node", {}, inputs, lambda node: None)
    with engine.read(SYSTEM) as uow:
        result = dict(ALL[name].run(uow, made))
    assert set(result) == set(ALL[name].outputs)
    assert set(inputs) == set(ALL[name].inputs)
    return result


@pytest.mark.parametrize(
    ("published", "end", "monday_to_friday"),
    [
        ("2011-09-28", "2011-10-10", "2011-10-05"),  # T22
        ("2024-09-27", "2024-10-10", "2024-10-04"),  # T23
        ("2024-02-08", "2024-02-21", "2024-02-15"),  # T24
    ],
)
def test_a_posting_counts_the_working_days_of_the_year(counted, published, end, monday_to_friday):
    result = run(counted, "posting_period", start=published, end=None)
    assert result["posting_end"] == end
    assert result["posting_working"][-1] == f"Mon–Fri: {monday_to_friday} ≠ {end}"


def test_a_posting_may_be_longer_than_needed_but_not_shorter(counted):
    longer = run(counted, "posting_period", start="2024-03-04", end="2024-03-15")
    shorter = run(counted, "posting_period", start="2024-03-04", end="2024-03-05")
    assert longer["posting_end"] == "2024-03-15"
    assert shorter["posting_end"] == "2024-03-11"


def test_the_rules_of_2011_ask_for_seven_calendar_days(counted):
    result = run(counted, "posting_period", "huizhou-2011", start="2011-09-28", end=None)
    assert result["posting_end"] == "2011-10-05"


def test_a_year_nobody_entered_stops_the_posting(counted):
    with pytest.raises(Blocked) as refused:
        run(counted, "posting_period", start="2030-01-02", end=None)
    assert refused.value.code == "calendar_missing"


def test_silence_of_the_co_managing_side_is_consent_after_one_month(counted):
    """T25."""
    result = run(counted, "silent_consent", received="2024-01-31")
    assert result["co_manager_reply"] == "视为同意"
    assert result["co_manager_silent_from"] == "2024-03-01"


def test_a_probation_begun_on_leap_day_ends_a_year_later(engine):
    """T40."""
    result = run(engine, "probation_period", start="2024-02-29")
    assert result["probation_end"] == "2025-02-28"
    assert result["probation_remind"] == "2025-01-29"
