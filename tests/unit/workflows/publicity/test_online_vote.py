"""Votes of the public: what is taken, what the cleaning takes out, what is left afterwards."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from engine import audit, holds
from engine.errors import EngineError, Invalid
from engine.model import new_id
from engine.unit_of_work import SYSTEM
from tests.notice_board import POST, VOTE, set_up
from workflows.acts import chain, online_vote
from workflows.acts.kind import Material
from workflows.acts.model import act
from workflows.counting.online import moved_over_line, weight_allowed
from workflows.counting.ranks import rank
from workflows.publicity import cleaning, intake, voting
from workflows.publicity.cleaning import Limits
from workflows.publicity.model import public_box, public_vote
from workflows.publicity.voting import Ballot

HUMAN = "Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 3, 2)


@pytest.fixture
def board(engine):
    made = set_up(engine, vote=VOTE, post=POST.replace('entries="=entries"', 'from="vote"'))
    made.open("vote")
    return made


def key_of(board):
    with board.engine.read(SYSTEM) as uow:
        return uow.conn.scalar(sa.select(public_box.c.key))


def vote(board, *entries, device="d", address="192.0.2.1", agent=HUMAN):
    with board.engine.begin(intake.PUBLIC) as uow:
        return voting.cast(uow, key_of(board), Ballot(entries, device, address, agent))


def refused(call, *args, **more):
    with pytest.raises(EngineError) as error:
        call(*args, **more)
    return error.value.code


def ended(board, clock):
    clock.set(2026, 3, 5, 16)
    board.close("vote")
    with board.engine.read(SYSTEM) as uow:
        return uow.conn.scalar(sa.select(act.c.result).where(act.c.node == "vote"))


# Cleaning ---------------------------------------------------------------------------------


def cast(entry, device="d", address="a", minutes=0, *, robot=False, day=DAY):
    return entry, day, NOON + timedelta(minutes=minutes), device, address, robot


def test_each_rule_takes_out_its_votes_and_says_how_many():
    votes = [
        cast("x"), cast("x", minutes=1),  # the same device again
        cast("x", "bot", robot=True),
        cast("y"), cast("z"),  # a third entry of the same device that day
        cast("x", "e"), cast("x", "f"), cast("x", "g"), cast("x", "h", minutes=61),
    ]  # fmt: skip
    found = cleaning.clean(votes, Limits(per_day=1, choose=2, burst=3))
    assert found.raw == {"x": 7, "y": 1, "z": 1}
    assert found.removed == {"robot": 1, "day": 1, "choice": 1, "burst": 1}
    assert found.cleaned == {"x": 4, "y": 1}


def test_another_day_is_another_vote():
    votes = [cast("x"), cast("x", day=DAY + timedelta(days=1), minutes=1440)]
    assert cleaning.clean(votes, Limits(1, 5, 9)).cleaned == {"x": 2}


@pytest.mark.parametrize(
    ("agent", "robot"),
    [(HUMAN, False), ("", True), ("curl/8.5", True), ("Googlebot/2.1", True),
     ("python-requests/2", True), ("Mozilla/5.0 HeadlessChrome/120", True),
     ("Mozilla/5.0 MicroMessenger/8.0", False)],
)  # fmt: skip
def test_what_calls_itself_a_program_is_one(agent, robot):
    assert cleaning.is_robot(agent) is robot


# The kind ---------------------------------------------------------------------------------


def test_scores_are_hundredths_of_the_most_votes():
    entries = [{"id": "x", "name": "甲"}, {"id": "y", "name": "乙"}, {"id": "z", "name": "丙"}]
    settings = online_vote.settle({"entries": entries, "days": "10"})
    more = {"raw": {"x": 9, "y": 1}, "cleaned": {"x": 6, "y": 1}, "removed": {"burst": 3}}
    found = online_vote.result(Material(settings, more=more))
    assert found.scores == {"total": {"x": "100", "y": "50/3", "z": "0"}}
    assert found.summary == {"valid": True, "raw": 10, "cleaned": 7}
    assert [each["id"] for each in found.entries] == ["x", "y", "z"]
    assert online_vote.result(Material(settings, more=None)).attention == ("no_votes",)


@pytest.mark.parametrize("days", ["0", "61", ""])
def test_a_vote_lasts_one_to_sixty_days(days):
    with pytest.raises(Invalid):
        online_vote.settle({"entries": [{"id": "x"}], "days": days})


def test_it_weighs_a_fifth_at_most_and_carries_nobody_over_the_line_unseen():
    assert weight_allowed("0.20").value
    assert not weight_allowed("0.21").value
    before = rank({f"e{n:02d}": 100 - n for n in range(12)})
    after = rank({f"e{n:02d}": 100 - n for n in range(11)} | {"e11": 200})
    assert moved_over_line(before, after, 3).value == ("e11",)


# Casting ----------------------------------------------------------------------------------


def test_a_device_has_its_votes_a_day_and_an_early_end_is_refused(board, clock):
    assert vote(board, "x", "y") == 2
    assert refused(vote, board, "x") == "vote_given"
    assert refused(vote, board) == "vote_nothing"
    assert refused(vote, board, "q") == "vote_nothing"
    clock.move(days=1)
    assert vote(board, "x") == 1
    assert refused(board.close, "vote") == "vote_running"
    clock.set(2026, 3, 5, 16)
    assert refused(vote, board, "x", device="late") == "vote_over"


def test_closing_destroys_the_salt_keeps_both_totals_and_hands_the_entries_on(board, clock):
    for n in range(6):
        vote(board, "x", device=f"d{n}")
    vote(board, "y", device="bot", agent="curl/8")
    vote(board, "y", device="other", address="198.51.100.4")
    found = ended(board, clock)
    assert found["value"]["totals"] == {"valid": True, "raw": 8, "cleaned": 5}
    assert {one["rule"]: one["removed"] for one in found["value"]["rules"]} == {
        "robot": 1, "day": 0, "choice": 0, "burst": 2,
    }  # fmt: skip
    with board.engine.read(SYSTEM) as uow:
        assert uow.conn.scalar(sa.select(public_box.c.salt)) == voting.WIPED
        kept = repr(uow.conn.execute(sa.select(public_vote)).all())
        audit.verify_all(uow)
    for word in ("192.0.2.1", "198.51", "Mozilla", "curl", "'d1'"):
        assert word not in kept
    board.confirm("vote")
    board.open("post")
    assert [line["id"] for line in chain_of(board)] == ["x", "y"]


def test_ten_thousand_rows_are_counted_when_the_vote_closes(board, clock):
    lead = board.lead("vote")
    moment = datetime(2026, 3, 2, 4, tzinfo=UTC)
    lines = [
        {"id": new_id(), "act_id": lead, "entry": "xy"[n % 2], "day": DAY, "robot": False,
         "at": moment + timedelta(seconds=n // 10), "device": f"{n:032d}", "address": f"{n % 9000}"}
        for n in range(10_000)
    ]  # fmt: skip
    with board.engine.begin(SYSTEM) as uow:
        uow.conn.execute(public_vote.insert(), lines)
    totals = ended(board, clock)["value"]["totals"]
    assert totals["raw"] == 10_000
    assert totals["cleaned"] > 9_000


def test_a_hold_stops_the_vote_and_moves_its_end(board, clock):
    with board.engine.begin(board.actors["guard"]) as uow:
        holds.place(uow, board.case_id, reason="核查")
    assert refused(vote, board, "x") == "vote_paused"
    clock.move(days=2)
    with board.engine.begin(board.actors["guard"]) as uow:
        holds.release(uow, board.case_id, reason="查清")
    assert vote(board, "x") == 1
    clock.set(2026, 3, 5, 16)
    assert vote(board, "y") == 1
    assert refused(board.close, "vote") == "vote_running"
    clock.set(2026, 3, 9, 16)
    assert board.close("vote")


def test_live_totals_stay_hidden_unless_the_diagram_shows_them(board):
    vote(board, "x")
    with board.engine.read(intake.PUBLIC) as uow:
        assert voting.booth(uow, key_of(board)).totals is None


def chain_of(board):
    with board.engine.read(SYSTEM) as uow:
        case = SimpleNamespace(uow=uow, id=board.case_id, root_id=board.case_id)
        return chain.entries(case, "vote")
