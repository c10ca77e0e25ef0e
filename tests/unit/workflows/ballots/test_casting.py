"""One slip, one ballot: on two nodes, after a crash, and never outside the rules."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from engine.errors import AlreadyDone, Conflict, EngineError, Invalid, NotFound
from tests.unit.workflows.ballots.hall import OFFICER, Vote, opened, signing
from workflows.ballots import casting, signing_in
from workflows.ballots.events import Hall
from workflows.ballots.slips import new_code
from workflows.ballots.store import Store, box, slip

pytestmark = pytest.mark.both_databases


def contents(hall: Hall) -> tuple[int, int]:
    """How many slips are used and how many ballots lie in the box."""
    with hall.store.read() as look:
        used = look.conn.scalar(sa.select(sa.func.count()).select_from(slip).where(slip.c.used))
        return used or 0, look.conn.scalar(sa.select(sa.func.count()).select_from(box)) or 0


def refused(hall: Hall, call, kind: type[EngineError], code: str) -> None:
    before = contents(hall)
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code
    assert contents(hall) == before


def test_a_ballot_goes_in_and_a_receipt_comes_out(hall):
    vote = opened(hall)
    receipt = vote.cast(vote.codes[0], c1="赞成", c2="不赞成")
    assert len(receipt) == 14
    assert contents(hall) == (1, 1)


def test_a_second_use_of_a_slip_is_refused(hall):
    vote = opened(hall)
    vote.cast(vote.codes[0], c1="赞成")
    again = lambda: vote.cast(vote.codes[0], c2="赞成")  # noqa: E731
    refused(hall, again, AlreadyDone, "ballot_slip_used")


def test_a_wrong_and_a_mistyped_slip_are_told_apart(hall):
    vote = opened(hall)
    refused(hall, lambda: vote.cast(new_code()), NotFound, "ballot_slip_unknown")
    refused(hall, lambda: vote.cast("ABCD-1"), Invalid, "ballot_slip_malformed")


def test_a_code_may_be_typed_with_spaces_small_letters_and_misread_digits(hall):
    vote = opened(hall)
    typed = vote.codes[0].replace("-", " ").lower().replace("o", "0").replace("b", "8")
    vote.cast(typed, c1="赞成")
    assert contents(hall) == (1, 1)


def test_nothing_is_cast_before_the_box_opens_or_after_it_closes(hall):
    waiting = signing(hall)
    refused(hall, lambda: waiting.cast(waiting.codes[0]), Conflict, "ballot_box_not_open")
    vote = opened(hall)
    vote.cast(vote.codes[0])
    vote.close()
    refused(hall, lambda: vote.cast(vote.codes[1]), Conflict, "ballot_box_closed")
    refused(hall, lambda: vote.cast(vote.codes[0]), Conflict, "ballot_box_closed")


def test_an_unknown_event_has_no_box(hall):
    nowhere = Vote(hall, "no-such-event")
    refused(hall, lambda: nowhere.cast(new_code()), NotFound, "ballot_event_unknown")


def test_too_many_marks_are_refused_before_the_slip_is_used(hall):
    vote = opened(hall)
    four = dict.fromkeys(("c1", "c2", "c3", "c4"), "赞成")
    refused(hall, lambda: vote.cast(vote.codes[0], **four), Invalid, "ballot_too_many_marks")
    vote.cast(vote.codes[0], c1="赞成")


def test_a_refusal_repeats_neither_the_code_nor_a_mark(hall):
    vote = opened(hall)
    data = {"marks": {"c1": "赞成"}, "write_ins": ["暗号甲"]}
    with pytest.raises(EngineError) as error:
        casting.cast(hall.store, vote.id, vote.codes[0], data)
    assert error.value.code == "ballot_write_in_needs_against"
    told = repr((error.value.params, str(error.value)))
    assert "暗号甲" not in told
    assert vote.codes[0] not in told
    assert error.value.instance_id is None  # so nothing of it reaches an audit chain


def test_a_preview_keeps_nothing(hall):
    vote = opened(hall)
    shown = casting.preview(hall.store, vote.id, {"marks": {"c2": "赞成", "c1": "不赞成"}})
    assert dict(shown.marks) == {"c1": "不赞成", "c2": "赞成"}
    assert contents(hall) == (0, 0)


def test_two_nodes_that_get_the_same_slip_at_once_count_it_once(hall, store_url):
    vote = opened(hall)
    other = Store(store_url)  # a second node: its own connections, its own memory
    nodes = [hall.store, other] * 2
    start, results = threading.Barrier(len(nodes)), []

    def send(node: Store) -> None:
        start.wait()
        try:
            results.append(casting.cast(node, vote.id, vote.codes[0], {"marks": {"c1": "赞成"}}))
        except EngineError as error:
            results.append(error.code)

    threads = [threading.Thread(target=send, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.engine.database.dispose()
    assert results.count("ballot_slip_used") == len(nodes) - 1
    assert contents(hall) == (1, 1)


def test_a_crash_between_slip_and_ballot_leaves_the_slip_good(hall):
    vote = opened(hall)

    def crash(_conn, _cursor, statement, *_rest):
        if "INSERT INTO ballot_box" in statement:
            raise RuntimeError("power cut")

    database = hall.store.engine.database
    sa.event.listen(database, "before_cursor_execute", crash)
    with pytest.raises(RuntimeError):
        vote.cast(vote.codes[0], c1="赞成")
    sa.event.remove(database, "before_cursor_execute", crash)
    assert contents(hall) == (0, 0)
    vote.cast(vote.codes[0], c1="赞成")
    assert contents(hall) == (1, 1)


def test_everybody_is_told_the_count_and_nobody_who_is_missing(hall):
    vote = opened(hall, voters=10)
    for code in vote.codes[:7]:
        vote.cast(code, c1="赞成")
    shown = signing_in.turnout(hall, OFFICER, vote.id)
    assert (shown.due, shown.present, shown.issued, shown.cast) == (10, 10, 10, 7)
