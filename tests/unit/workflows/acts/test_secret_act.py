"""A secret vote as an act of a case: who may do what, from the roll to the record."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from engine import audit, holds, queries
from engine.errors import (
    AlreadyDone,
    Blocked,
    Conflict,
    EngineError,
    Invalid,
    NotAllowed,
    NotFound,
    OnHold,
    Tampered,
)
from engine.tasks import Return
from engine.unit_of_work import SYSTEM
from tests.ballot_case import FOUR, Assembly, entries, set_up
from workflows import cases, desk
from workflows.acts import preparing as act_preparing
from workflows.acts.secret import archive, meeting, people, reading
from workflows.ballots import casting, events, running
from workflows.ballots.model import ballot_act, ballot_event, ballot_roll
from workflows.ballots.store import Store, header
from workflows.desk import Handed
from workflows.model import account as account_table

VOTE = f'kind="election" {entries(*FOUR)} seats="=3"'
MIXED = f'{VOTE} channel="mixed"'
TABLES = (ballot_event, ballot_roll, ballot_act)


@pytest.fixture
def vote(engine) -> Assembly:
    return set_up(engine, MIXED)


def kept(vote: Assembly) -> list[Any]:
    with vote.engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(each).order_by(*each.primary_key)).all() for each in TABLES
        ]


def refused(vote: Assembly, code: str, call: Any, kind: type[EngineError] = EngineError) -> Any:
    before = kept(vote)
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code
    assert kept(vote) == before
    return error.value


def view(vote: Assembly, login: str = "office") -> reading.View:
    with vote.engine.read(vote.people[login]) as uow:
        return reading.view(vote.hall, uow, vote.lead())


@pytest.mark.both_databases
def test_e1_with_paper_and_electronic_ballots_goes_onto_the_record(engine):
    vote = set_up(engine, MIXED)
    vote.voting(50, 46, tellers=True)
    vote.do("exchange", count=6)
    votes = {"甲": 36, "乙": 29, "丙": 20, "丁": 20}
    vote.do("cast_all", votes=votes, write_ins={"王五": 2})
    read = {"甲": 4, "乙": 4, "丙": 4, "丁": 3}
    vote.do("enter_paper", ballots=6, votes=read, invalid={"too_many_marks": 1})
    vote.counted()
    result = vote.close()
    assert result["summary"]["elected"] == ["c1", "c2", "c3"]
    assert (result["summary"]["need"], result["summary"]["returned"]) == (24, 46)
    assert [row["agree"] for row in result["value"]["rows"]] == [40, 33, 24, 23, 2]
    vote.confirm()
    assert vote.variables() == {"return_to": None, "v1_result": result["summary"]}
    with vote.engine.read(SYSTEM) as uow:
        record = queries.records(uow, vote.case_id)[-1]
        assert audit.verify_all(uow) > 0
        event = events.load(uow, vote.lead())
        events.acts(uow, event.id)
    sealed = record.data["act"]["value"]["sealed"]
    assert sealed["digests"]["result"] == event.result_digest
    assert sealed["root"] == event.statement["root"]
    assert [each["subject"] for each in sealed["signatures"]] == ["statement"] * 2 + ["result"] * 2
    assert event.keep_until.isoformat() == "2029-03-02"
    assert "选举人" not in str(record.data)  # the roll stays in the roll


def test_every_command_called_again_changes_nothing_or_says_why(vote):
    vote.named(tellers=True)
    vote.do("import_voters", count=10)
    vote.do("ready")
    refused(vote, "ballot_not_now", lambda: vote.do("ready"))
    vote.do("sign_in", all=True)
    vote.do("begin")
    before = kept(vote)
    vote.do("begin")
    assert kept(vote) == before
    vote.do("cast_all")
    vote.do("close_box")
    refused(vote, "ballot_not_now", lambda: vote.do("close_box"), Conflict)
    refused(vote, "ballot_not_signed", lambda: vote.do("open_box"), Blocked)
    vote.do("sign")
    refused(vote, "ballot_signed_before", lambda: vote.do("sign"), AlreadyDone)
    refused(vote, "ballot_shares_too_few", lambda: vote.do("open_box", shares=1), Invalid)
    vote.do("open_box")
    refused(vote, "ballot_not_now", lambda: vote.do("open_box"), Conflict)
    refused(vote, "ballot_unfinished", vote.close, Conflict)
    vote.do("sign", subject="result")
    vote.close()
    assert vote.result()["summary"]["returned"] == 10


def test_the_act_opens_with_the_box_and_not_before(vote):
    vote.named(tellers=True)
    vote.do("import_voters", count=10)

    def open_act() -> None:
        with vote.engine.begin(vote.people["office"]) as uow:
            act_preparing.open_(uow, vote.lead())

    refused(vote, "ballot_not_begun", open_act, Conflict)
    vote.do("ready")
    refused(vote, "act_not_open", vote.close, Conflict)
    vote.do("sign_in", all=True)
    vote.do("begin")
    open_act()
    refused(vote, "ballot_unfinished", vote.close, Conflict)


def test_the_view_says_what_comes_next_to_those_who_are_named(vote):
    assert view(vote).todo == "prepare"
    vote.do("name", role="scrutineer", who=["s1", "s2", "s3"])
    found = view(vote)
    assert found.todo == "complete"
    assert [each.code for each in found.missing] == ["ballot_roll_wrong", "ballot_tellers_missing"]
    vote.do("name", role="teller", who=["t1", "t2"])
    vote.do("name", role="desk", who=["desk"])
    vote.do("import_voters", count=12)
    assert view(vote).todo == "freeze"
    vote.do("ready")
    found = view(vote)
    assert (found.todo, found.can) == ("begin", {"manage", "sign_in"})
    assert (found.turnout.due, found.by_class[""].due) == (12, 12)
    assert [each.has_share for each in found.scrutineers] == [True] * 3
    assert view(vote, "s1").can == {"scrutinise"}
    assert view(vote, "t1").can == {"tell"}
    assert view(vote, "desk").can == {"sign_in"}
    with pytest.raises(NotFound):
        view(vote, "m1")
    with vote.engine.read(vote.people["desk"]) as uow:
        assert len(reading.roll(uow, vote.lead(), text="0003")) == 1
        first = reading.roll(uow, vote.lead(), limit=5)
        rest = reading.roll(uow, vote.lead(), after=first[-1].person)
        assert [len(first), len(rest)] == [5, 7]
        assert [each.as_ for each in reading.mine(uow)] == ["desk"]
    with vote.engine.read(vote.people["t1"]) as uow, pytest.raises(NotFound):
        reading.roll(uow, vote.lead())


@pytest.mark.parametrize(
    ("login", "verb", "more", "code"),
    [
        ("m1", "ready", {}, "not_found"),
        ("clerk", "ready", {}, "ballot_not_now"),  # the office holds the task in common
        ("s1", "sign_in", {"count": 1}, "ballot_no_desk"),
        ("m1", "begin", {}, "not_found"),
        ("t1", "close_box", {}, "not_candidate"),
        ("m1", "open_box", {}, "not_found"),
        ("office", "enter_paper", {"by": ["s1"], "ballots": 0}, "ballot_no_teller"),
        ("office", "sign", {"who": ["t1"]}, "ballot_no_scrutineer"),
    ],
)
def test_each_command_is_for_those_who_are_named(vote, login, verb, more, code):
    vote.voting(10, 9, tellers=True)
    if verb == "sign":
        vote.do("close_box")
    before = kept(vote)
    with pytest.raises((NotFound, NotAllowed, Conflict)) as error:
        vote.do(verb, actor=login, **more)
    assert error.value.code == code
    assert kept(vote) == before


@pytest.mark.parametrize(
    ("role", "code"),
    [("scrutineer", "ballot_scrutineer_is_candidate"), ("teller", "ballot_officer_is_candidate"),
     ("desk", "ballot_officer_is_candidate")],
)  # fmt: skip
@pytest.mark.parametrize("by", ["account", "person"])
def test_a_candidate_holds_no_duty_at_his_own_vote(engine, role, code, by):
    vote = set_up(engine, VOTE)
    account = vote.people["m1"].id
    vote.do("name", role="scrutineer", who=["s1", "s2", "s3"])
    with vote.engine.begin(SYSTEM) as uow:
        query = sa.select(account_table.c.person_id).where(account_table.c.id == account)
        person = account if by == "account" else uow.conn.scalar(query)
        event = events.load(uow, vote.lead())
        rules = event.rules.plain
        rules["candidates"][0] = {"id": "c1", "name": "甲", "person": person}
        change = ballot_event.update().where(ballot_event.c.id == event.id)
        uow.conn.execute(change.values(rules=rules))
    who = ["m1", "s2", "s3"] if role == "scrutineer" else ["m1", "m2"]
    error = refused(vote, code, lambda: vote.do("name", role=role, who=who), Invalid)
    assert error.params == {"name": "m1某"}


def test_a_teller_is_no_scrutineer_and_the_other_way_round(vote):
    vote.named(tellers=True)
    code = "ballot_teller_is_scrutineer"
    refused(vote, code, lambda: vote.do("name", role="teller", who=["s1", "t1"]))
    refused(vote, code, lambda: vote.do("name", role="scrutineer", who=["s1", "s2", "t1"]))


def test_a_file_with_a_bad_line_changes_nothing_and_names_each_fault(vote):
    vote.do("import_voters", count=10)
    lines = [
        {"name": "张三", "login": "m1"},
        {"name": "", "class": "甲类"},
        {"name": "张三", "login": "m1"},
        {"name": "李四", "login": "nobody"},
        {"name": "王五", "id": "00001"},
    ]
    error = refused(vote, "ballot_lines_wrong", lambda: vote.do("import_voters", lines=lines))
    assert error.fields == {
        "2.name": ["required"], "2.class": ["ballot_line_class"],
        "3.login": ["ballot_line_twice"], "4.login": ["ballot_line_login"],
    }  # fmt: skip


def test_t21_an_absent_member_counts_unless_reason_superior_and_meeting_agree(vote):
    vote.named(tellers=True)
    vote.do("import_voters", count=10)

    def excuse(reason: str, *, superior: bool = True, meeting: bool = True) -> None:
        with vote.engine.begin(vote.people["office"]) as uow:
            people.excuse(uow, vote.lead(), "00001", reason, superior=superior, meeting=meeting)

    refused(vote, "ballot_excuse_not_agreed", lambda: excuse("bedridden", superior=False))
    refused(vote, "ballot_excuse_not_agreed", lambda: excuse("bedridden", meeting=False))
    refused(vote, "ballot_excuse_unknown", lambda: excuse("in hospital"))
    assert view(vote).turnout.due == 10
    excuse("bedridden")
    assert view(vote).turnout.due == 9
    with vote.engine.begin(vote.people["office"]) as uow:
        people.restore(uow, vote.lead(), "00001")
    assert view(vote).turnout.due == 10


def test_t09_without_a_quorum_there_is_no_vote_and_calling_it_off_is_a_result(engine):
    vote = set_up(engine, VOTE)
    vote.named()
    vote.do("import_voters", count=51)
    vote.do("ready")
    vote.do("sign_in", count=40)
    error = refused(vote, "ballot_no_quorum", lambda: vote.do("begin"), Blocked)
    assert error.params == {"present": 40, "due": 51}
    refused(vote, "reason_missing", lambda: vote.do("call_off"), Invalid)
    vote.do("call_off", reason="到会不足五分之四，改期召开")
    vote.do("call_off", reason="再次")
    assert view(vote).todo == "close"
    result = vote.close()
    assert (result["summary"]["valid"], result["summary"]["void"]) == (False, "no_quorum")
    refused(vote, "act_explain", vote.confirm, Invalid)
    vote.confirm(reason="到会不足")
    assert vote.variables()["v1_result"]["ways"] == ["again"]


def test_slips_of_a_vote_that_was_called_off_are_worth_nothing(engine):
    vote = set_up(engine, VOTE)
    vote.named()
    vote.do("import_voters", count=10)
    vote.do("ready")
    code = vote.hands[vote.lead()].slips[""][0]
    vote.do("call_off", reason="改期")
    with pytest.raises(EngineError):
        casting.cast(vote.hall.store, vote.lead(), code, {"marks": {"c1": "赞成"}})
    with vote.hall.store.read() as look:
        assert vote.hall.store.state(look, vote.lead()) == "closed"


def test_e5_more_papers_than_slips_void_the_vote(vote):
    vote.voting(10, tellers=True)
    vote.do("exchange", count=2)
    vote.do("cast_all")
    vote.do("enter_paper", ballots=3, handed_out=2, votes={"甲": 3})
    vote.do("close_box")
    assert vote.event().state == "void"
    result = vote.close()
    assert result["summary"]["void"] == "too_many_papers"
    assert result["value"]["sealed"]["findings"] == [
        "paper_over_handed_out", "returned_over_issued",
    ]  # fmt: skip


def test_a_slip_counts_once_whatever_is_done_with_it(vote):
    vote.voting(10, tellers=True)
    marks = {"甲": "赞成"}
    vote.do("cast", marks=marks)
    with pytest.raises(AlreadyDone):
        vote.do("cast", marks=marks, again=True)
    too_many = dict.fromkeys(FOUR, "赞成")
    with pytest.raises(Invalid) as error:
        vote.do("cast", marks=too_many)
    assert error.value.code == "ballot_too_many_marks"
    assert view(vote).turnout.cast == 1


@pytest.mark.both_databases
def test_two_nodes_with_the_same_slip_count_it_once(engine):
    vote = set_up(engine, VOTE)
    vote.voting(6)
    code = vote.hands[vote.lead()].drawn[""][0]
    other = Store(vote.hall.store.engine.url)
    said: list[str] = []

    def use(store: Store) -> None:
        try:
            casting.cast(store, vote.lead(), code, {"marks": {"c1": "赞成"}})
            said.append("counted")
        except EngineError as refusal:
            said.append(refusal.code)

    nodes = [Thread(target=use, args=(each,)) for each in (vote.hall.store, other) * 3]
    for each in nodes:
        each.start()
    for each in nodes:
        each.join()
    other.engine.database.dispose()
    assert sorted(said) == ["ballot_slip_used"] * 5 + ["counted"]
    assert view(vote).turnout.cast == 1


def test_two_tellers_must_agree_before_the_box_closes(vote):
    vote.voting(10, tellers=True)
    vote.do("exchange", count=3)
    vote.do("enter_paper", by=["t1"], ballots=3, votes={"甲": 3})
    refused(vote, "ballot_paper_open", lambda: vote.do("close_box"), Blocked)
    vote.do("enter_paper", by=["t2"], ballots=3, votes={"甲": 2})
    [station] = view(vote).stations
    assert (station.agreed, station.differs) == (False, ["totals"])
    refused(vote, "ballot_paper_open", lambda: vote.do("close_box"), Blocked)
    with pytest.raises(Invalid):
        vote.do("enter_paper", by=["t2"], ballots=3, votes={"甲": 4})
    vote.do("enter_paper", by=["t2"], ballots=3, votes={"甲": 3})
    vote.do("close_box")


def test_a_hold_stops_what_is_prepared_and_never_what_runs(vote):
    vote.named(tellers=True)
    vote.do("import_voters", count=10)
    hold(vote)
    refused(vote, "on_hold", lambda: vote.do("ready"), OnHold)
    with vote.engine.begin(vote.people["guard"]) as uow:
        holds.release(uow, vote.case_id, reason="继续")
    vote.do("ready")
    hold(vote)
    vote.do("sign_in", all=True)
    vote.do("begin")
    vote.do("cast_all")
    vote.counted()
    assert view(vote).held
    refused(vote, "on_hold", vote.close, OnHold)


def hold(vote: Assembly) -> None:
    with vote.engine.begin(vote.people["guard"]) as uow:
        holds.place(uow, vote.case_id, reason="检查程序")


def test_a_running_vote_is_neither_sent_back_nor_withdrawn(vote):
    vote.voting(10, tellers=True)

    def withdraw() -> None:
        with vote.engine.begin(vote.people["office"]) as uow:
            cases.withdraw(uow, vote.case_id, reason="不办了")

    refused(vote, "ballot_running", withdraw, Conflict)
    lead = vote.lead()
    with vote.engine.read(SYSTEM) as uow, pytest.raises(Conflict):
        running.require_none_at(uow, lead, vote.case_id)
    with vote.engine.begin(vote.people["office"]) as uow, pytest.raises(EngineError):
        desk.send_back(uow, lead, Return("v1", "其他", "重来", []), Handed())
    vote.do("cast_all")
    vote.counted()
    with vote.engine.read(SYSTEM) as uow:
        running.require_none_at(uow, lead, vote.case_id)
    withdraw()


def test_a_frozen_vote_can_be_taken_back_with_a_reason_until_slips_are_printed(vote):
    vote.named(tellers=True)
    vote.do("import_voters", count=10)
    with vote.engine.begin(vote.people["office"]) as uow:
        first = meeting.freeze(uow, vote.lead())
    refused(vote, "ballot_not_now", lambda: vote.do("import_voters", count=11), Conflict)

    def prepare() -> None:
        with vote.engine.begin(vote.people["office"]) as uow:
            act_preparing.prepare(uow, vote.lead())

    refused(vote, "ballot_not_now", prepare, Conflict)

    def thaw(reason: str) -> None:
        with vote.engine.begin(vote.people["office"]) as uow:
            meeting.thaw(uow, vote.lead(), reason)

    refused(vote, "reason_missing", lambda: thaw(" "), Invalid)
    thaw("名册漏了一人")
    vote.do("import_voters", count=11)
    prepare()
    assert view(vote).turnout.due == 11  # drawing up anew keeps what the cockpit has named
    vote.do("ready")
    assert vote.event().roll_digest != first[1]
    refused(vote, "ballot_not_now", lambda: thaw("再改"), Conflict)


def test_a_vote_on_paper_alone_needs_no_box(engine):
    vote = set_up(engine, f'{VOTE} channel="paper"')
    vote.do("name", role="scrutineer", who=["s1", "s2"])
    vote.do("name", role="teller", who=["t1", "t2"])
    vote.do("import_voters", count=50)
    vote.do("ready")
    vote.do("sign_in", count=46)
    vote.do("begin")
    votes = {"甲": 40, "乙": 33, "丙": 24, "丁": 23}
    vote.do("enter_paper", handed_out=46, ballots=46, votes=votes, invalid={"illegible": 1})
    vote.counted()
    assert vote.close()["summary"]["elected"] == ["c1", "c2", "c3"]
    vote.confirm()
    with pytest.raises(Conflict):
        archive.evidence_bundle(vote.hall, vote.people["office"], vote.lead())


def test_voters_with_an_account_see_their_ballot_and_use_it_once(engine):
    roll = "=[{role: &quot;MEMBER&quot;, each: true}, {role: &quot;TELLER&quot;, each: true}]"
    vote = set_up(engine, f'kind="plenary" {entries("甲", "乙")} mode="login" roll="{roll}"')
    vote.named()
    vote.do("ready")
    vote.do("begin")
    with vote.engine.read(vote.people["m1"]) as uow:
        assert [(each.as_, each.done) for each in reading.mine(uow)] == [("voter", False)]
    vote.do("cast_all", votes={"甲": 5, "乙": [2, 3, 0]})
    with vote.engine.read(vote.people["m1"]) as uow:
        assert [(each.as_, each.done) for each in reading.mine(uow)] == [("voter", True)]
    vote.counted()
    summary = vote.close()["summary"]
    assert (summary["adopted"], summary["rejected"], summary["voters"]) == (["c1"], ["c2"], 5)


CLASSES = (
    'classes="=[{id: &quot;m&quot;, name: &quot;党员&quot;, weight: 0.5}, '
    '{id: &quot;q&quot;, name: &quot;群众&quot;, weight: 0.5}]"'
)


def test_a_recommendation_weighs_classes_over_paper_and_box(engine):
    kind = f'kind="recommendation" {entries("甲", "乙", "丙")} seats="=1" choose="=2" '
    vote = set_up(engine, f'{kind} {CLASSES} channel="mixed"')
    vote.named(tellers=True)
    vote.do("import_voters", classes={"m": 20, "q": 40})
    vote.do("ready")
    vote.do("sign_in", all=True)
    vote.do("begin")
    vote.do("exchange", count=10, **{"class": "q"})
    vote.do("cast_all", votes={"甲": 14, "乙": 8}, **{"class": "m"})
    vote.do("cast_all", votes={"甲": 12, "乙": 25}, **{"class": "q"})
    with pytest.raises(Invalid) as error:
        vote.do("enter_paper", station="一号台", ballots=10, votes={"甲": 2, "乙": 9})
    assert error.value.code == "ballot_station_class"
    vote.do("enter_paper", station="q/一号台", ballots=10, votes={"甲": 2, "乙": 9})
    vote.counted()
    result = vote.close()
    rates = {row["name"]: row["rate"] for row in result["value"]["rows"]}
    assert rates == {"甲": "0.525", "乙": "0.625", "丙": "0"}  # (14/20+14/40)/2, (8/20+34/40)/2
    assert result["summary"]["chosen"] == ["c2", "c1"]


def test_talks_are_reported_by_two_people_class_by_class(engine):
    kind = (
        f'kind="recommendation" way="talk" {entries("甲", "乙")} seats="=1" choose="=1" {CLASSES}'
    )
    vote = set_up(engine, kind)
    vote.do("name", role="teller", who=["t1", "t2"])
    assert view(vote).todo == "begin"
    vote.do("begin")
    vote.do("enter_paper", station="m", ballots=12, votes={"甲": 9, "乙": 2})
    vote.do("enter_paper", by=["t1"], station="q", ballots=20, votes={"甲": 8, "乙": 12})
    refused(vote, "ballot_paper_open", lambda: vote.do("close_box"), Blocked)
    vote.do("enter_paper", by=["t2"], station="q", ballots=20, votes={"甲": 8, "乙": 12})
    vote.do("close_box")
    vote.do("open_box")
    result = vote.close()
    assert result["summary"]["chosen"] == ["c1"]
    assert (result["summary"]["returned"], result["attention"]) == (32, ["ballot_short_list"])
    assert result["value"]["rows"][0]["by_class"] == {"m": 9, "q": 8}


def test_talks_with_few_of_a_class_do_not_show_that_class(engine):
    kind = f'kind="recommendation" way="talk" {entries("甲", "乙")} choose="=1" {CLASSES}'
    vote = set_up(engine, kind)
    vote.do("name", role="teller", who=["t1", "t2"])
    vote.do("begin")
    vote.do("enter_paper", station="m", ballots=4, votes={"甲": 4})
    vote.do("enter_paper", station="q", ballots=20, votes={"甲": 8, "乙": 12})
    vote.do("close_box")
    vote.do("open_box")
    result = vote.close()
    assert [each["hidden"] for each in result["value"]["classes"]] == [True, True]
    assert "classes_pooled" in result["attention"]


def test_a_class_too_small_to_show_is_hidden_and_not_weighed(engine):
    vote = set_up(engine, f'kind="evaluation" {entries("甲")} {CLASSES}')
    vote.named()
    vote.do("import_voters", classes={"m": 6, "q": 30})
    vote.do("ready")
    vote.do("sign_in", all=True)
    vote.do("begin")
    vote.do("cast_all", votes={"甲": {"优秀": 6}}, **{"class": "m"})
    vote.do("cast_all", votes={"甲": {"优秀": 10, "称职": 20}}, **{"class": "q"})
    vote.counted()
    result = vote.close()
    assert result["summary"] == {
        "returned": 36, "valid": 36, "objects": 1, "voters": 36, "void": "",
    }  # fmt: skip
    assert result["attention"] == ["classes_pooled"]
    assert result["value"]["rows"][0]["counts"]["优秀"] == 16
    assert result["value"]["rows"][0]["by_class"] == {}


def test_the_tied_stand_again_and_whoever_wins_joins_the_first(engine):
    again = 'kind="election" round="revote" earlier="v1"'
    vote = set_up(engine, VOTE, again)
    vote.voting(41)
    vote.do("cast_all", votes={"甲": 30, "乙": 28, "丙": 25, "丁": 25})
    vote.counted()
    assert vote.close()["summary"]["tied"] == ["c3", "c4"]
    vote.confirm(reason="丙丁并列，重新投票")
    vote.do("name", "v2", role="scrutineer", who=["s1", "s2", "s3"])
    assert [each.name for each in vote.event("v2").rules.candidates] == ["丙", "丁"]
    vote.do("import_voters", "v2", count=41)
    vote.do("ready", "v2")
    vote.do("sign_in", "v2", all=True)
    vote.do("begin", "v2")
    vote.do("cast_all", "v2", votes={"丙": 15, "丁": 26})
    vote.counted("v2")
    assert vote.close("v2")["summary"]["elected_all"] == ["c1", "c2", "c4"]
    vote.confirm("v2")
    assert len(str(vote.variables())) < 2048


def test_the_evidence_is_for_those_who_watch_and_destroyed_after_its_time(vote, clock):
    vote.voting(10, tellers=True)
    vote.do("cast_all")
    vote.counted()
    vote.close()
    vote.confirm()
    assert archive.evidence_bundle(vote.hall, vote.people["s1"], vote.lead()).startswith(b"PK")
    with pytest.raises(NotFound):
        archive.evidence_bundle(vote.hall, vote.people["m1"], vote.lead())
    lead = vote.lead()
    with pytest.raises(Blocked):
        archive.list_destruction(vote.hall, vote.people["office"], lead)
    clock.set(2029, 3, 3, 1)
    archive.list_destruction(vote.hall, vote.people["office"], lead)
    vote.do("sign", subject="destruction", who=["s1", "s2"])
    archive.destroy(vote.hall, vote.people["office"], lead)
    assert vote.event().state == "destroyed"
    assert vote.result()["summary"]["returned"] == 10  # what was counted stays


def test_a_vote_whose_box_is_lost_does_not_end_as_one_without_ballots(vote):
    vote.voting(10, tellers=True)
    vote.do("cast_all")
    refused(vote, "ballot_not_now", lambda: vote.do("call_off", reason="不想要了"), Conflict)
    with vote.hall.store.begin() as box:
        box.conn.execute(header.delete())
    refused(vote, "ballot_box_missing", lambda: vote.do("close_box"), Tampered)
    vote.do("call_off", reason="票箱库损坏")
    assert vote.close()["summary"]["void"] == "called_off"
