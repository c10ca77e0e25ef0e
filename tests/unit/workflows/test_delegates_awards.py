"""Who is voted on, who is named, whose award is revoked."""

from typing import Any

import pytest

from engine.errors import Invalid
from engine.unit_of_work import SYSTEM, Engine, ServiceCall
from workflows.delegates import ALL

RED = {"id": "e1", "name": "红色先锋", "unit": "甲局", "unit_id": "u1", "place": 1}
WARM = {"id": "e2", "name": "暖心驿站", "unit": "乙局", "unit_id": "u2", "place": 2}
TWIN = {**WARM, "id": "e3"}
LIST = {
    "form": "list",
    "rows": "proposed",
    "field": "proposal",
    "value": "提交表决",
    "act": "cut",
}


@pytest.fixture
def run(engine: Engine):
    def made(
        name: str, records: dict[str, Any], variables: dict[str, Any] | None = None, **inputs: Any
    ) -> dict[str, Any]:
        call = ServiceCall({}, "node", variables or {}, inputs, records.get)
        with engine.read(SYSTEM) as uow:
            result = dict(ALL[name].run(uow, call))
        assert set(result) == set(ALL[name].outputs)
        return result

    return made


def handed_on(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"act": {"entries": list(entries)}}


def row(entry: dict[str, Any], proposal: str) -> dict[str, Any]:
    return {"name": entry["name"], "unit": entry["unit"], "proposal": proposal}


def test_the_rows_put_to_the_vote_become_entries_with_their_unit(run):
    rows = [row(WARM, "提交表决"), row(RED, "不提交")]
    records = {"cut": handed_on(RED, WARM), "list": {"proposed": rows}}
    wanted = {"id": "e2", "name": "暖心驿站", "unit": "乙局", "unit_id": "u2"}
    assert run("entries_to_vote", records, **LIST) == {"to_vote": [wanted]}


def test_a_row_that_means_no_entry_or_two_is_refused(run):
    two = {"cut": handed_on(WARM, TWIN), "list": {"proposed": [row(WARM, "提交表决")]}}
    none = {"cut": handed_on(RED), "list": {"proposed": [row(WARM, "提交表决")]}}
    for records, count in ((two, 2), (none, 0)):
        with pytest.raises(Invalid) as refused:
            run("entries_to_vote", records, **LIST)
        assert (refused.value.code, refused.value.params["count"]) == ("entry_unclear", count)


def test_without_an_act_the_rows_are_about_those_named_so_far(run):
    records = {"list": {"proposed": [row(RED, "提交表决")]}}
    found = run("entries_to_vote", records, {"awarded": [RED, WARM]}, **{**LIST, "act": None})
    assert [each["id"] for each in found["to_vote"]] == ["e1"]


def test_those_named_add_up_over_several_postings_and_none_twice(run):
    first = run("entries_named", {"posting": handed_on(RED)}, act="posting")
    again = run("entries_named", {"posting": handed_on(RED, WARM)}, first, act="posting")
    assert [each["id"] for each in again["awarded"]] == ["e1", "e2"]
    assert again["awarded_count"] == 2


def test_a_revoked_award_leaves_the_list(run):
    known = {"awarded": [RED, WARM]}
    left = run("entries_revoked", {"posting": handed_on(RED)}, known, act="posting")
    assert ([each["id"] for each in left["awarded"]], left["awarded_count"]) == (["e2"], 1)


def test_an_act_that_was_not_held_names_nobody(run):
    assert run("entries_named", {}, act="posting") == {"awarded": [], "awarded_count": 0}
