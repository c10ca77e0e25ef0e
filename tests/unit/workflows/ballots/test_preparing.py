"""What a vote may not begin with, and what is fixed when it does."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from engine.errors import Blocked, Conflict, EngineError, Invalid, NotAllowed
from tests.unit.workflows.ballots.hall import (
    OFFICER,
    RULES,
    WATCHERS,
    boxed,
    drafted,
    people,
    plan,
    signing,
)
from workflows.ballots import events, preparing
from workflows.ballots.model import ballot_event, ballot_roll, ballot_scrutineer
from workflows.ballots.preparing import Voter
from workflows.ballots.rules import digest
from workflows.ballots.store import slip


def refused(hall, planned, code, **params):
    with pytest.raises(Invalid) as error:
        drafted(hall, planned)
    assert (error.value.code, error.value.params) == (code, params)
    with hall.engine.read(OFFICER) as uow:
        for table in (ballot_event, ballot_roll, ballot_scrutineer):
            assert uow.conn.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_a_scrutineer_cannot_be_a_candidate(hall):
    watchers = [*plan().scrutineers[:2], Voter("person-c1", "候选人1")]
    refused(hall, plan(scrutineers=watchers), "ballot_scrutineer_is_candidate", name="候选人1")


def test_three_different_scrutineers_are_needed(hall):
    watchers = plan().scrutineers
    refused(hall, plan(scrutineers=watchers[:2]), "ballot_scrutineers_wrong", count=3)
    same = [*watchers[:2], watchers[0]]
    refused(hall, plan(scrutineers=same), "ballot_scrutineers_wrong", count=3)


def test_a_class_too_small_to_be_counted_apart_is_refused(hall):
    rules = replace(RULES, classes=("A", "B"))
    roll = people(4, "A") + people(20, "B", 4)
    refused(
        hall, plan(roll, rules=rules), "ballot_class_too_small", voter_class="A", size=4, least=5
    )


def test_an_empty_roll_an_unknown_class_and_an_unknown_mode_are_refused(hall):
    refused(hall, plan([]), "ballot_roll_wrong")
    refused(hall, plan(people(10, "X")), "ballot_roll_wrong")
    refused(hall, plan(mode="telepathy"), "ballot_roll_wrong")


def test_rules_and_roll_are_fixed_by_their_fingerprints(hall):
    vote = drafted(hall, plan(3))
    with hall.engine.begin(OFFICER) as uow:
        rules_digest, roll_digest = preparing.freeze(uow, vote.id)
    assert rules_digest == digest(RULES.plain) == vote.event.rules_digest
    lines = [
        {"person": each.person, "name": each.name, "voter_class": "", "excuse": ""}
        for each in people(3)
    ]
    assert roll_digest == digest(lines)


def test_the_key_is_nowhere_and_each_scrutineer_has_a_share(hall):
    vote = boxed(hall)
    assert set(vote.shares) == {each.id for each in WATCHERS}
    with hall.engine.read(OFFICER) as uow:
        rows = events.scrutineers(uow, vote.id)
    assert sorted(row.share_no for row in rows.values()) == [1, 2, 3]
    assert {row.locked_share for row in rows.values()} == {""}


def test_slips_are_printed_once(hall):
    vote = signing(hall, plan(10))
    assert len(set(vote.codes)) == 15
    with pytest.raises(Conflict) as error:
        preparing.print_slips(hall, OFFICER, vote.id)
    assert error.value.code == "ballot_not_now"
    with hall.store.read() as look:
        assert look.conn.scalar(sa.select(sa.func.count()).select_from(slip)) == 15


def test_without_a_box_there_are_no_slips(hall):
    vote = drafted(hall)
    with hall.engine.begin(OFFICER) as uow:
        preparing.freeze(uow, vote.id)
    with pytest.raises(Blocked) as error:
        preparing.print_slips(hall, OFFICER, vote.id)
    assert error.value.code == "ballot_no_box"
    assert vote.event.state == "frozen"


def test_a_box_made_again_replaces_key_and_shares(hall):
    vote = boxed(hall)
    first, old = vote.event.public_key, vote.shares
    vote.shares = dict(preparing.make_box(hall, OFFICER, vote.id))
    assert vote.event.public_key != first
    with hall.engine.begin(WATCHERS[0]) as uow, pytest.raises(Invalid) as error:
        preparing.keep_share(uow, vote.id, old["watch1"], "correct horse battery")
    assert error.value.code == "ballot_share_wrong"


def test_a_share_is_kept_under_a_passphrase_and_given_back_for_it_alone(hall):
    vote = boxed(hall)
    mine = vote.shares["watch1"]
    with hall.engine.begin(WATCHERS[0]) as uow:
        preparing.keep_share(uow, vote.id, mine, "correct horse battery")
    with hall.engine.read(WATCHERS[0]) as uow:
        assert preparing.unlock_share(uow, vote.id, "correct horse battery") == mine
        with pytest.raises(Invalid) as error:
            preparing.unlock_share(uow, vote.id, "wrong horse battery")
        assert error.value.code == "ballot_passphrase_wrong"
        kept = events.scrutineers(uow, vote.id)["watch1"].locked_share
    assert mine not in kept


@pytest.mark.parametrize(
    ("actor", "code", "passphrase", "kind", "expected"),
    [
        (OFFICER, "watch1", "correct horse", NotAllowed, "ballot_no_scrutineer"),
        (WATCHERS[0], "watch2", "correct horse", Invalid, "ballot_share_wrong"),
        (WATCHERS[0], "watch1", "short", Invalid, "ballot_passphrase_short"),
    ],
)
def test_a_share_is_kept_only_by_its_holder(hall, actor, code, passphrase, kind, expected):
    vote = boxed(hall)
    error: pytest.ExceptionInfo[EngineError]
    with pytest.raises(kind) as error, hall.engine.begin(actor) as uow:
        preparing.keep_share(uow, vote.id, vote.shares[code], passphrase)
    assert error.value.code == expected
    with hall.engine.read(OFFICER) as uow:
        assert {row.locked_share for row in events.scrutineers(uow, vote.id).values()} == {""}


def test_a_share_that_is_not_kept_here_must_come_from_paper(hall):
    vote = boxed(hall)
    with hall.engine.read(WATCHERS[0]) as uow, pytest.raises(Conflict) as error:
        preparing.unlock_share(uow, vote.id, "correct horse")
    assert error.value.code == "ballot_share_not_kept"
