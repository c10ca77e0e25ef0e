"""The roll: one slip each, listed excuses, and a login that survives a lost answer."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, EngineError, Invalid, NotAllowed
from tests.unit.workflows.ballots.hall import (
    OFFICER,
    WATCHERS,
    drafted,
    login,
    opened,
    plan,
    signing,
    voter,
)
from workflows.ballots import preparing, signing_in
from workflows.ballots.model import ballot_roll
from workflows.ballots.slips import new_code
from workflows.ballots.store import slip

pytestmark = pytest.mark.both_databases


def roll(vote):
    with vote.hall.engine.read(OFFICER) as uow:
        query = sa.select(ballot_roll.c.person, ballot_roll.c.state)
        return dict(uow.conn.execute(query.where(ballot_roll.c.event_id == vote.id)).all())


def tick(vote, person):
    with vote.hall.engine.begin(OFFICER) as uow:
        signing_in.sign_in(uow, vote.id, person)


def refused(vote, call, kind: type[EngineError], code: str):
    before = roll(vote)
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code
    assert roll(vote) == before


def slip_count(vote):
    with vote.hall.store.read() as look:
        mine = slip.c.event == vote.id
        return look.conn.scalar(sa.select(sa.func.count()).select_from(slip).where(mine))


def test_a_person_draws_one_slip(hall):
    vote = signing(hall)
    tick(vote, "v001")
    assert roll(vote)["v001"] == "issued"
    refused(vote, lambda: tick(vote, "v001"), Conflict, "ballot_slip_drawn")


def test_a_stranger_draws_none(hall):
    vote = signing(hall)
    refused(vote, lambda: tick(vote, "v999"), NotAllowed, "ballot_not_on_roll")


def test_an_excused_person_leaves_those_due_and_draws_none(hall):
    vote = drafted(hall)
    with hall.engine.begin(OFFICER) as uow:
        preparing.excuse(uow, vote.id, "v009", "abroad")
        preparing.freeze(uow, vote.id)
    preparing.make_box(hall, OFFICER, vote.id)
    piles = preparing.print_slips(hall, OFFICER, vote.id, spare=2)
    assert [len(pile.codes) for pile in piles] == [11]
    assert signing_in.turnout(hall, OFFICER, vote.id).due == 9
    refused(vote, lambda: tick(vote, "v009"), NotAllowed, "ballot_not_on_roll")


def test_an_excuse_is_a_listed_one_and_given_before_the_roll_is_frozen(hall):
    vote = drafted(hall)

    def excuse(reason):
        with hall.engine.begin(OFFICER) as uow:
            preparing.excuse(uow, vote.id, "v001", reason)

    refused(vote, lambda: excuse("busy"), Invalid, "ballot_excuse_unknown")
    with hall.engine.begin(OFFICER) as uow:
        preparing.freeze(uow, vote.id)
    refused(vote, lambda: excuse("abroad"), Conflict, "ballot_not_now")


def test_no_slip_is_drawn_once_the_box_is_open(hall):
    vote = opened(hall, voters=5)
    refused(vote, lambda: tick(vote, "v001"), Conflict, "ballot_not_now")


def test_who_is_present_without_a_slip_counts_as_present_only(hall):
    vote = signing(hall)
    with hall.engine.begin(OFFICER) as uow:
        signing_in.arrive(uow, vote.id, "v001")
    tick(vote, "v002")
    shown = signing_in.open_box(hall, OFFICER, vote.id)
    assert (shown.due, shown.present, shown.issued) == (10, 2, 1)


def test_opening_the_box_again_after_a_crash_changes_nothing(hall):
    vote = opened(hall)
    acts = vote.event.act_no
    signing_in.open_box(hall, OFFICER, vote.id)
    assert vote.event.act_no == acts


def test_a_login_may_ask_again_with_the_same_code_only(hall):
    vote, code = login(hall), new_code()
    signing_in.claim(hall, voter(1), vote.id, code)
    signing_in.claim(hall, voter(1), vote.id, code)  # the answer was lost
    assert slip_count(vote) == 1
    other = lambda: signing_in.claim(hall, voter(1), vote.id, new_code())  # noqa: E731
    refused(vote, other, Conflict, "ballot_slip_drawn")
    vote.cast(code, c1="赞成")
    signing_in.claim(hall, voter(1), vote.id, code)  # a late repetition revives nothing
    with pytest.raises(Conflict) as error:
        vote.cast(code, c1="赞成")
    assert error.value.code == "ballot_slip_used"


def test_a_crash_between_the_mark_and_the_slip_is_mended_by_asking_again(hall):
    vote, code = login(hall), new_code()

    def crash(_conn, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO ballot_slip"):
            raise RuntimeError("power cut")

    database = hall.store.engine.database
    sa.event.listen(database, "before_cursor_execute", crash)
    with pytest.raises(RuntimeError):
        signing_in.claim(hall, voter(1), vote.id, code)
    sa.event.remove(database, "before_cursor_execute", crash)
    assert (roll(vote)["v001"], slip_count(vote)) == ("issued", 0)
    signing_in.claim(hall, voter(1), vote.id, code)
    vote.cast(code, c1="赞成")


def test_a_stranger_gets_no_slip_by_logging_in(hall):
    vote = login(hall)
    call = lambda: signing_in.claim(hall, WATCHERS[0], vote.id, new_code())  # noqa: E731
    refused(vote, call, NotAllowed, "ballot_not_on_roll")
    assert slip_count(vote) == 0


def test_the_two_ways_of_taking_part_do_not_mix(hall):
    by_login, by_slip = login(hall), opened(hall)
    call = lambda: signing_in.claim(hall, voter(1), by_slip.id, new_code())  # noqa: E731
    refused(by_slip, call, Conflict, "ballot_wrong_mode")
    refused(by_login, lambda: tick(by_login, "v001"), Conflict, "ballot_not_now")
    assert by_login.event.trusts_server
    assert not by_slip.event.trusts_server


def test_the_claim_is_wiped_when_the_box_closes(hall):
    vote, code = login(hall), new_code()
    signing_in.claim(hall, voter(1), vote.id, code)
    vote.cast(code, c1="赞成")
    vote.close()
    with hall.engine.read(OFFICER) as uow:
        assert set(uow.conn.scalars(sa.select(ballot_roll.c.claim))) == {""}


def test_counts_come_in_steps_while_people_log_in_one_by_one(hall):
    vote = login(hall)
    for number in range(7):
        code = new_code()
        signing_in.claim(hall, voter(number), vote.id, code)
        vote.cast(code, c1="赞成")
    assert signing_in.turnout(hall, OFFICER, vote.id).cast == 5
    vote.close()
    assert signing_in.turnout(hall, OFFICER, vote.id).cast == 7


def test_a_roll_names_nobody_twice(hall):
    double = [*plan(5).voters, plan(5).voters[0]]
    with pytest.raises(Invalid) as error:
        drafted(hall, plan(double))
    assert error.value.code == "ballot_roll_wrong"
