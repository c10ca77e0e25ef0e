"""Close, sign, open: the order of the acts, and what stops them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import sqlalchemy as sa

from engine.errors import (
    AlreadyDone,
    Blocked,
    Conflict,
    EngineError,
    Invalid,
    NotAllowed,
    Tampered,
)
from tests.unit.workflows.ballots.hall import (
    OFFICER,
    RULES,
    WATCHERS,
    choice,
    opened,
    people,
    plan,
    signing,
)
from workflows.ballots import casting, closing, events, opening, signing_in
from workflows.ballots.model import ballot_event
from workflows.ballots.store import box, slip

pytestmark = pytest.mark.both_databases


def refused(vote, call, kind: type[EngineError], code: str):
    before = vote.event
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code
    assert vote.event == before


def open_it(vote, codes=None):
    return opening.open_box(vote.hall, OFFICER, vote.id, codes or vote.two_shares())


def test_the_statement_is_published_before_anything_is_opened(hall):
    vote = opened(hall)
    receipts = [vote.cast(code, c1="赞成") for code in vote.codes[:6]]
    statement = vote.close()
    assert statement["receipts"] == sorted(receipts)
    assert statement["numbers"] == {
        "due": 10, "present": 10, "issued": 10, "used": 6, "boxed": 6,
        "paper_handed_out": 0, "paper_returned": 0,
    }  # fmt: skip
    assert statement["findings"] == []
    event = vote.event
    assert (event.state, event.result) == ("closed", None)
    assert (statement["rules"], statement["roll"]) == (event.rules_digest, event.roll_digest)


def test_the_result_of_fixed_ballots_is_the_same_everywhere(hall):
    vote = opened(hall)
    chance = random.Random(8)
    sheets = [choice(chance) for _ in range(10)]
    for code, marks in zip(vote.codes, sheets, strict=False):
        vote.cast(code, **marks)
    result = vote.count()
    assert result["box"] == {
        "ballots": 10,
        "valid": 10,
        "invalid": {},
        "totals": {
            f"c{n}": {
                option: sum(sheet.get(f"c{n}", "弃权") == option for sheet in sheets)
                for option in ("赞成", "不赞成", "弃权")
            }
            for n in range(1, 5)
        },
        "write_ins": {},
        "hidden_classes": [],
        "classes": {},
    }
    assert result["box"]["totals"]["c1"] == {"赞成": 6, "不赞成": 3, "弃权": 1}
    assert vote.event.state == "opened"


def test_names_written_in_are_counted(hall):
    vote = opened(hall)
    for code in vote.codes[:3]:
        data = {"marks": {"c1": "不赞成"}, "write_ins": [" 王 某 "]}
        casting.cast(hall.store, vote.id, code, data)
    assert vote.count()["sum"]["write_ins"] == {"王 某": 3}


def test_the_box_stays_shut_until_two_scrutineers_have_signed(hall):
    vote = opened(hall)
    refused(vote, lambda: open_it(vote), Conflict, "ballot_not_now")
    vote.close()
    vote.sign(who=WATCHERS[:1])
    refused(vote, lambda: open_it(vote), Blocked, "ballot_not_signed")


def test_only_scrutineers_sign_once_and_what_they_have_seen(hall):
    vote = opened(hall)
    vote.close()

    def sign(actor, seen):
        with hall.engine.begin(actor) as uow:
            closing.sign(uow, vote.id, "statement", seen)

    digest = vote.event.statement_digest
    refused(vote, lambda: sign(OFFICER, digest), NotAllowed, "ballot_no_scrutineer")
    refused(vote, lambda: sign(WATCHERS[0], "0" * 64), Conflict, "ballot_text_differs")
    sign(WATCHERS[0], digest)
    refused(vote, lambda: sign(WATCHERS[0], digest), AlreadyDone, "ballot_signed_before")
    with hall.engine.read(OFFICER) as uow:
        assert closing.signers(uow, vote.id, "statement") == ["watch1"]


def test_the_box_opens_with_any_two_shares_and_with_no_fewer(hall):
    vote = opened(hall)
    vote.cast(vote.codes[0], c1="赞成")
    vote.close()
    vote.sign()
    one, two, three = vote.shares.values()
    refused(vote, lambda: open_it(vote, [one]), Invalid, "ballot_shares_too_few")
    refused(vote, lambda: open_it(vote, [one, one]), Invalid, "ballot_shares_too_few")
    stranger = list(opened(hall).shares.values())
    refused(vote, lambda: open_it(vote, [one, stranger[1]]), Invalid, "ballot_share_wrong")
    refused(vote, lambda: open_it(vote, [one, two[:-1]]), Invalid, "ballot_share_wrong")
    assert open_it(vote, [three, two])["box"]["valid"] == 1


@pytest.mark.parametrize("change", ["drop", "alter", "double"])
def test_a_ballot_changed_after_the_statement_breaks_the_root(hall, change):
    vote = opened(hall)
    for code in vote.codes[:4]:
        vote.cast(code, c1="赞成")
    vote.close()
    vote.sign()
    with hall.store.begin() as uow:
        row = dict(uow.conn.execute(sa.select(box)).mappings().first())
        mine = box.c.id == row["id"]
        if change == "drop":
            uow.conn.execute(box.delete().where(mine))
        elif change == "alter":
            uow.conn.execute(box.update().where(mine).values(commitment=bytes(32)))
        else:
            uow.conn.execute(box.insert(), {**row, "id": bytes(16)})
    refused(vote, lambda: open_it(vote), Tampered, "ballot_root_differs")


def test_a_ciphertext_changed_under_its_commitment_is_void_with_its_reason(hall):
    vote = opened(hall)
    for code in vote.codes[:3]:
        vote.cast(code, c1="赞成")
    with hall.store.begin() as uow:
        first = uow.conn.scalar(sa.select(box.c.id))
        broken = box.update().where(box.c.id == first).values(sealed=bytes(400))
        uow.conn.execute(broken)
    counted = vote.count()["box"]
    assert (counted["valid"], counted["invalid"]) == (2, {"sealed_wrong": 1})


def test_a_statement_changed_in_the_table_is_noticed(hall):
    vote = opened(hall)
    statement = dict(vote.close())
    vote.sign()
    with hall.engine.begin(OFFICER) as uow:
        uow.conn.execute(ballot_event.update().values(statement=statement | {"root": "00"}))
    refused(vote, lambda: open_it(vote), Tampered, "ballot_text_changed")


def test_more_ballots_than_slips_drawn_void_the_vote(hall):
    vote = signing(hall)
    for voter in people(3):
        with hall.engine.begin(OFFICER) as uow:
            signing_in.sign_in(uow, vote.id, voter.person)
    signing_in.open_box(hall, OFFICER, vote.id)
    for code in vote.codes[:4]:  # a slip that was never drawn
        vote.cast(code, c1="赞成")
    statement = vote.close()
    assert statement["findings"] == ["used_over_issued", "returned_over_issued"]
    assert vote.event.state == "void"
    vote.sign()
    refused(vote, lambda: open_it(vote), Conflict, "ballot_not_now")


def test_ballots_without_a_slip_void_the_vote(hall):
    vote = opened(hall)
    vote.cast(vote.codes[0], c1="赞成")
    with hall.store.begin() as uow:
        row = dict(uow.conn.execute(sa.select(box)).mappings().one())
        uow.conn.execute(box.insert(), {**row, "id": bytes(16), "commitment": bytes(32)})
    assert vote.close()["findings"] == ["used_not_accounted_for"]
    assert vote.event.state == "void"


def test_a_crash_while_closing_is_mended_by_closing_again(hall):
    vote = opened(hall)
    receipt = vote.cast(vote.codes[0], c1="赞成")

    def crash(_conn, _cursor, statement, *_rest):
        if statement.startswith(("insert into ballot_box", "SELECT ballot_box.commitment")):
            raise RuntimeError("power cut")

    database = hall.store.engine.database
    sa.event.listen(database, "before_cursor_execute", crash)
    with pytest.raises(RuntimeError):
        vote.close()
    sa.event.remove(database, "before_cursor_execute", crash)
    assert vote.event.state == "voting"
    with pytest.raises(Conflict) as error:
        vote.cast(vote.codes[1])
    assert error.value.code == "ballot_box_closed"
    assert vote.close()["receipts"] == [receipt]


def test_a_reader_in_the_way_delays_the_close_and_loses_nothing(hall):
    vote = opened(hall)
    receipt = vote.cast(vote.codes[0], c1="赞成")
    if hall.store.engine.sqlite:
        with hall.store.read() as look:
            look.conn.execute(sa.select(box)).all()
            refused(vote, vote.close, Conflict, "ballot_store_busy")
    assert vote.close()["receipts"] == [receipt]


def test_another_box_stays_open_while_one_is_closed(hall):
    first, second = opened(hall), opened(hall)
    second.cast(second.codes[0], c1="赞成")
    first.close()
    second.cast(second.codes[1], c1="赞成")
    assert second.count()["box"]["totals"]["c1"]["赞成"] == 2


def test_totals_of_classes_are_shown_only_where_they_hide_nobody(hall):
    rules = replace(RULES, classes=("A", "B", "C"))
    roll = people(5, "A") + people(14, "B", 5) + people(12, "C", 19)
    vote = signing(hall, plan(roll, rules=rules))
    for voter in roll:
        with hall.engine.begin(OFFICER) as uow:
            signing_in.sign_in(uow, vote.id, voter.person)
    signing_in.open_box(hall, OFFICER, vote.id)
    with hall.store.read() as look:
        classes = look.conn.execute(
            sa.select(slip.c.voter_class, sa.func.count()).group_by(slip.c.voter_class)
        ).all()
    assert dict(map(tuple, classes)) == {"A": 10, "B": 19, "C": 17}
    piles = {"A": vote.codes[:5], "B": vote.codes[10:24], "C": vote.codes[29:41]}
    for codes in piles.values():
        for code in codes:
            vote.cast(code, c1="赞成")
    counted = vote.count()["box"]
    assert counted["hidden_classes"] == ["A", "C"]  # C, or the whole minus the others gives A
    assert list(counted["classes"]) == ["B"]
    assert counted["classes"]["B"]["totals"]["c1"]["赞成"] == 14


def test_what_was_done_is_chained_and_names_no_voter(hall):
    vote = opened(hall)
    vote.cast(vote.codes[0], c1="赞成")
    vote.count()
    with hall.engine.read(OFFICER) as uow:
        acts = events.acts(uow, vote.id)
    assert [act["action"] for act in acts] == [
        "drafted", "frozen", "box_made", "slips_printed", "box_opened", "box_closed",
        "signed", "signed", "box_opened_for_count",
    ]  # fmt: skip
    assert "v00" not in repr(acts)


def test_a_changed_act_breaks_the_chain(hall):
    from workflows.ballots.model import ballot_act  # noqa: PLC0415

    vote = opened(hall)
    with hall.engine.begin(OFFICER) as uow:
        uow.conn.execute(ballot_act.update().where(ballot_act.c.no == 3).values(actor="x"))
    with hall.engine.read(OFFICER) as uow, pytest.raises(Tampered) as error:
        events.acts(uow, vote.id)
    assert (error.value.code, error.value.params) == ("ballot_chain_broken", {"no": 3})
