"""A share reaches its holder and nobody else: passphrase first, box afterwards."""

import pytest

from engine.errors import Blocked, Conflict, Invalid, NotAllowed
from tests.unit.workflows.ballots.hall import OFFICER, WATCHERS, boxed, drafted
from workflows.ballots import events, handing, preparing, shares

PHRASES = [f"监票口令{each.id}，不外传" for each in WATCHERS]


def choose(vote, who, passphrase):
    with vote.hall.engine.begin(who) as uow:
        handing.choose_passphrase(uow, vote.id, passphrase)


def locked(vote):
    with vote.hall.engine.read(OFFICER) as uow:
        return {key: row.locked_share for key, row in events.scrutineers(uow, vote.id).items()}


@pytest.fixture
def vote(hall):
    made = drafted(hall)
    for who, passphrase in zip(WATCHERS, PHRASES, strict=True):
        choose(made, who, passphrase)
    with hall.engine.begin(OFFICER) as uow:
        preparing.freeze(uow, made.id)
    made.shares = dict(preparing.make_box(hall, OFFICER, made.id))
    with hall.engine.begin(OFFICER) as uow:
        handing.hand_over(uow, made.id, made.shares)
    return made


def test_each_scrutineer_gets_back_his_own_share_by_his_passphrase(vote):
    for who, passphrase in zip(WATCHERS, PHRASES, strict=True):
        with vote.hall.engine.read(who) as uow:
            code = preparing.unlock_share(uow, vote.id, passphrase)
        assert code == vote.shares[who.id]


def test_another_passphrase_or_another_vote_opens_nothing(vote):
    with vote.hall.engine.read(WATCHERS[0]) as uow, pytest.raises(Invalid) as refused:
        preparing.unlock_share(uow, vote.id, PHRASES[1])
    assert refused.value.code == "ballot_passphrase_wrong"
    mine = locked(vote)[WATCHERS[0].id]
    with pytest.raises(Invalid):
        shares.unlock("another vote", mine, PHRASES[0])


def test_what_is_kept_holds_no_share_in_the_clear(vote):
    for person, text in locked(vote).items():
        assert text.startswith("handed:")
        assert vote.shares[person] not in text


def test_nobody_is_handed_a_share_before_all_have_chosen(hall):
    vote = boxed(hall)
    choose(vote, WATCHERS[0], PHRASES[0])
    with hall.engine.begin(OFFICER) as uow, pytest.raises(Blocked) as refused:
        handing.hand_over(uow, vote.id, vote.shares)
    assert refused.value.params["names"] == ["监票2", "监票3"]
    assert set(locked(vote).values()) == {""}


def test_choosing_is_for_scrutineers_with_a_long_passphrase_and_before_slips(vote):
    with pytest.raises(NotAllowed):
        choose(vote, OFFICER, PHRASES[0])
    with pytest.raises(Invalid):
        choose(vote, WATCHERS[0], "short")
    preparing.print_slips(vote.hall, OFFICER, vote.id)
    with pytest.raises(Conflict):
        choose(vote, WATCHERS[0], PHRASES[0])
    with vote.hall.engine.read(WATCHERS[0]) as uow:
        assert preparing.unlock_share(uow, vote.id, PHRASES[0]) == vote.shares[WATCHERS[0].id]
