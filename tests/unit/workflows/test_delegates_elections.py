"""The course of an election: one line a person, which ballot is next, who holds which office."""

from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Invalid
from engine.unit_of_work import SYSTEM, Engine, ServiceCall
from workflows import demo
from workflows.delegates import ALL
from workflows.model import unit as unit_table

A, B, C, D = ({"id": key, "name": name} for key, name in zip("abcd", "甲乙丙丁", strict=True))
PLAN = {"mode": "M1", "order": None, "seats": 3, "secretary_seats": 1, "deputy_seats": 1}


@pytest.fixture
def run(engine: Engine):
    def made(
        name: str, records: dict[str, Any] | None = None, known: dict[str, Any] | None = None,
        /, **inputs: Any,
    ) -> dict[str, Any]:  # fmt: skip
        call = ServiceCall({}, "node", known or {}, inputs, (records or {}).get)
        with engine.read(SYSTEM) as uow:
            result = dict(ALL[name].run(uow, call))
        assert set(result) <= set(ALL[name].outputs)
        return result

    return made


def counted(*elected: dict[str, Any], tied: int = 0, missing: int = 0, valid: bool = True) -> Any:
    rows = [{"id": each["id"], "name": each["name"], "agree": 30} for each in elected]
    summary = {"valid": valid, "tied": ["x"] * tied, "missing": missing}
    return {"act": {"summary": summary, "value": {"rows": rows}, "entries": list(elected)}}


def standing(**offices: str) -> list[dict[str, Any]]:
    people = {each["id"]: each for each in (A, B, C, D)}
    return [{**people[key], "offices": value.split()} for key, value in offices.items()]


def plan(
    run: Any, candidates: list[dict[str, Any]], stays: str | None = None, **changed: Any
) -> dict[str, Any]:
    asked = {**PLAN, **changed}
    known = {
        "candidates": candidates, "election_mode": asked["mode"], "ballot_order": asked["order"],
        "loser_stays": stays,
    }  # fmt: skip
    return {**known, **run("plan_ballots", None, known, **asked)}


def follow(run: Any, state: dict[str, Any], result: Any) -> dict[str, Any]:
    asked = {name: state[name] for name in ("ballots", "ballot", "elected")}
    return state | run("ballot_outcome", {state["ballot"]["node"]: result}, state, **asked)


def names(rows: list[dict[str, Any]]) -> str:
    return "".join(row["name"] for row in rows)


def test_several_nominations_of_one_person_are_one_line(run):
    entries = [
        {"id": "n1", "name": "甲", "person": A, "category": "党员推荐"},
        {"id": "n2", "name": "甲", "person": A, "category": "个人自荐"},
        {"id": "n3", "name": "乙", "person": B, "category": "组织推荐"},
    ]
    known = [{"id": "b", "name": "乙", "category": "群众推荐"}]
    found = run("merge_nominations", {"E2_nominate": {"act": {"entries": entries}}}, known=known)
    assert found["nominees"] == [
        {"id": "b", "name": "乙", "category": "群众推荐、组织推荐"},
        {"id": "a", "name": "甲", "category": "党员推荐、个人自荐"},
    ]


def test_without_the_act_there_is_nothing_to_read(run):
    with pytest.raises(Invalid) as refused:
        run("merge_nominations", known=None)
    assert refused.value.code == "record_missing"


def recommended(*chosen: dict[str, Any]) -> dict[str, Any]:
    rows = [{"id": each["id"], "name": each["name"], "votes": 20} for each in chosen]
    return {"act": {"entries": list(chosen), "value": {"rows": rows}}}


def test_a_second_recommendation_fills_what_the_first_left(run):
    eligible = {"act": {"entries": [A, B, C, D]}}
    first = {"E3_check": eligible, "E4_recommend": recommended(A, B)}
    found = run("recommended_people", first, {"seats": 2}, known=[], node="E4_recommend")
    assert (names([each["person"] for each in found["recommended"]]), found["recommend_missing"]) \
        == ("甲乙", 1)  # fmt: skip
    assert names(found["recommend_left"]) == "丙丁"
    second = {"E3_check": eligible, "E4_second": recommended(D)}
    known = found["recommended"]
    found = run("recommended_people", second, {"seats": 2}, known=known, node="E4_second")
    assert names([each["person"] for each in found["recommended"]]) == "甲乙丁"
    assert (found["recommend_missing"], found["recommend_short"]) == (0, 0)


def test_nobody_left_to_recommend_is_a_shortage_and_no_second_round(run):
    records = {"E3_check": {"act": {"entries": [A, B]}}, "E4_recommend": recommended(A, B)}
    found = run("recommended_people", records, {"seats": 2}, known=[], node="E4_recommend")
    assert (found["recommend_missing"], found["recommend_short"]) == (0, 1)


def test_candidates_stand_in_the_order_approved(run):
    approved = [
        {"person": {**B, "unit": "甲局"}, "offices": ["委员"], "approved": "是"},
        {"person": A, "offices": ["书记", "委员"], "approved": "是"},
        {"person": C, "offices": ["委员"], "approved": "否"},
    ]
    found = run("candidate_list", approved=approved)
    assert names(found["candidates"]) == "乙甲"
    assert found["candidates"][0]["unit"] == "甲局"
    assert found["candidates_note"] is None


def test_committee_first_is_one_ballot_for_all_seats(run):
    state = plan(run, standing(a="书记 委员", b="委员", c="委员", d="委员"))
    assert (state["ballot"]["office"], state["ballot"]["seats"]) == ("委员", 3)
    state = follow(run, state, counted(A, B, C))
    assert (state["ballot_route"], names(state["elected"])) == ("done", "甲乙丙")
    assert state["elected"][0]["votes"] == 30


def test_a_void_ballot_is_repeated_and_changes_nothing(run):
    state = plan(run, standing(a="委员", b="委员"))
    after = follow(run, state, counted(valid=False))
    assert (after["ballot_route"], after["elected"], after["ballot"]) == (
        "vote", [], state["ballot"],
    )  # fmt: skip


def test_a_tie_leads_to_a_new_vote_among_the_tied(run):
    state = plan(run, standing(a="委员", b="委员", c="委员", d="委员"))
    state = follow(run, state, counted(A, B, tied=2))
    assert (state["ballot_route"], state["ballot"]["node"]) == ("revote", "M6_revote")
    state = follow(run, state, counted(A, B, C))
    assert (state["ballot_route"], names(state["elected"])) == ("done", "甲乙丙")


def test_missing_seats_wait_for_the_meeting(run):
    state = plan(run, standing(a="委员", b="委员", c="委员", d="委员"))
    state = follow(run, state, counted(A, B, missing=1))
    assert (state["ballot_route"], state["ballot_missing"]) == ("short", 1)
    asked = {name: state[name] for name in ("ballots", "ballot", "elected")}
    fewer = run("seats_missing", None, state, way="减少名额", **asked)
    assert (fewer["ballot_route"], fewer["reduced"], names(fewer["elected"])) == ("done", 1, "甲乙")
    anew = state | run("seats_missing", None, state, way="重新选举", **asked)
    assert (anew["ballot_route"], anew["ballot"]["node"]) == ("rerun", "M6_rerun")
    assert names(follow(run, anew, counted(A, B, C))["elected"]) == "甲乙丙"


DIRECT = {"a": "书记 委员", "b": "书记 副书记 委员", "c": "副书记 委员", "d": "委员"}


@pytest.mark.parametrize(("stays", "deputies"), [("是", "乙丙"), ("否", "丙")])
def test_all_direct_goes_down_the_offices(run, stays, deputies):
    changed = {"mode": "M2", "order": "先书记后委员", "stays": stays}
    state = plan(run, standing(**DIRECT), **changed)
    assert (state["ballot"]["office"], names(state["ballot"]["candidates"])) == ("书记", "甲乙")
    state = follow(run, state, counted(A))
    assert (state["ballot"]["office"], names(state["ballot"]["candidates"])) == ("副书记", deputies)
    state = follow(run, state, counted(C))
    assert (state["ballot"]["office"], state["ballot"]["seats"]) == ("委员", 1)
    assert "甲" not in names(state["ballot"]["candidates"])
    state = follow(run, state, counted(D))
    done = run("final_list", None, state, mode="M2", elected=state["elected"])["final_list"]
    assert [(row["office"], row["name"]) for row in done] == [
        ("书记", "甲"), ("副书记", "丙"), ("委员", "丁"),
    ]  # fmt: skip


def test_members_first_takes_the_officers_from_those_elected(run):
    state = plan(run, standing(**DIRECT), mode="M2", order="先委员后书记")
    assert (state["ballot"]["office"], state["ballot"]["seats"]) == ("委员", 3)
    state = follow(run, state, counted(A, C, D))
    assert names(state["ballot"]["candidates"]) == "甲"
    state = follow(run, state, counted(A))
    assert (state["ballot"]["office"], names(state["ballot"]["candidates"])) == ("副书记", "丙")
    state = follow(run, state, counted(C))
    done = run("final_list", None, state, mode="M2", elected=state["elected"])["final_list"]
    assert [(row["office"], row["name"]) for row in done] == [
        ("书记", "甲"), ("副书记", "丙"), ("委员", "丁"),
    ]  # fmt: skip


def test_an_office_without_anybody_to_stand_stays_vacant(run):
    state = plan(run, standing(a="书记 委员", d="委员"), mode="M2", order="先委员后书记")
    state = follow(run, state, counted(D))
    assert (state["ballot_route"], names(state["elected"])) == ("done", "丁")


def test_officers_are_those_approved_and_elected(run):
    elected = [{**each, "office": "委员"} for each in (A, B, C)]
    asked = {"candidates": standing(a="书记 委员", d="副书记 委员"), "elected": elected}
    found = run("officer_candidates", None, {}, named=None, **asked)
    assert found["officers"] == [{**A, "office": "书记"}]
    named = [{"office": "副书记", "person": B}]
    done = {"officers_elected": found["officers"]}
    found = run("officer_candidates", None, done, named=named, **asked)
    assert found["officers"] == [{**B, "office": "副书记"}]
    assert found["officers_named"] is None


@pytest.mark.parametrize("asked_for", ["重开全会", "重开大会"])
def test_another_plenary_begins_anew(run, asked_for):
    elected = [{**each, "office": "委员"} for each in (A, B)]
    known = {"officers_elected": [{**A, "office": "书记"}], "result_decision": asked_for}
    asked = {"candidates": standing(a="书记 委员"), "elected": elected, "named": None}
    found = run("officer_candidates", None, known, **asked)
    assert (names(found["officers"]), found["officers_elected"]) == ("甲", [])
    assert found["result_decision"] is None


def test_whoever_is_not_elected_is_asked_about(run):
    officers = [{**A, "office": "书记"}, {**B, "office": "副书记"}]
    records = {"E11_vote": {"act": {"summary": {"elected": ["a"]}}}}
    found = run("officers_elected", records, {}, officers=officers)
    assert (names(found["officers_elected"]), names(found["officers_missing"])) == ("甲", "乙")
    elected = [{**each, "office": "委员"} for each in (A, B, C)]
    done = run("final_list", None, found, mode="M1", elected=elected)["final_list"]
    assert [(row["office"], row["name"]) for row in done] == [
        ("书记", "甲"), ("委员", "乙"), ("委员", "丙"),
    ]  # fmt: skip


def test_only_who_holds_the_role_watches_over_the_ballot(engine: Engine):
    with engine.begin(SYSTEM) as uow:
        demo.seed(uow)
        unit = uow.conn.scalar(sa.select(unit_table.c.id).where(unit_table.c.code == "YT"))
        asked = {"scrutineers": [{"name": "蒋平"}], "tellers": [{"name": "魏琳"}]}
        call = ServiceCall({"unit": unit}, "node", {}, asked, {}.get)
        found = ALL["meeting_officers"].run(uow, call)
        assert [row["name"] for row in found["scrutineers"] + found["tellers"]] == ["蒋平", "魏琳"]
        assert found["tellers"][0]["principal"].startswith("user:")
        wrong = ServiceCall(
            {"unit": unit}, "n", {}, {**asked, "tellers": [{"name": "蒋平"}]}, {}.get
        )
        with pytest.raises(Invalid) as refused:
            ALL["meeting_officers"].run(uow, wrong)
    assert (refused.value.code, refused.value.params["name"]) == ("officer_without_account", "蒋平")
