"""Paper beside the box: one channel for each, two tellers, sums that hold."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import AlreadyDone, Blocked, Conflict, EngineError, Invalid, NotAllowed
from engine.unit_of_work import Actor
from tests.unit.workflows.ballots.hall import OFFICER, WATCHERS, opened
from workflows.ballots import paper

ROW = {"赞成": 2, "不赞成": 1, "弃权": 0}


def figures(**changed: Any) -> dict[str, Any]:
    return {
        "handed_out": 4, "ballots": 4, "valid": 3, "invalid": {"多选": 1},
        "totals": {f"c{n}": dict(ROW) for n in range(1, 5)}, "write_ins": {"王五": 1},
    } | changed  # fmt: skip


def enter(vote, actor, count):
    with vote.hall.engine.begin(actor) as uow:
        return paper.enter(uow, vote.id, "一号台", count)


def refused(vote, call, kind: type[EngineError], code: str):
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code
    with vote.hall.engine.read(OFFICER) as uow:
        assert paper._entries(uow, vote.id) == {}


def test_a_slip_exchanged_for_paper_casts_no_electronic_ballot(hall):
    vote = opened(hall)
    paper.exchange(hall.store, vote.id, vote.codes[0])
    with pytest.raises(AlreadyDone) as error:
        vote.cast(vote.codes[0], c1="赞成")
    assert error.value.code == "ballot_slip_used"
    with pytest.raises(AlreadyDone):
        paper.exchange(hall.store, vote.id, vote.codes[0])


def test_two_tellers_must_read_the_same(hall):
    vote = opened(hall)
    other = figures(ballots=3, invalid={})
    assert not enter(vote, WATCHERS[0], figures())
    assert not enter(vote, WATCHERS[0], figures())  # twice by one person is still one person
    assert not enter(vote, WATCHERS[1], other)
    with hall.engine.read(OFFICER) as uow:
        assert paper.differences(uow, vote.id, "一号台") == ["ballots", "invalid"]
    with pytest.raises(Blocked) as error:
        vote.close()
    assert (error.value.code, error.value.params) == ("ballot_paper_open", {"station": "一号台"})
    assert vote.event.state == "voting"
    with pytest.raises(Conflict) as third:
        enter(vote, WATCHERS[2], figures())
    assert third.value.code == "ballot_paper_two_tellers"
    assert enter(vote, WATCHERS[1], figures())
    with pytest.raises(AlreadyDone) as late:
        enter(vote, WATCHERS[1], other)
    assert late.value.code == "ballot_paper_agreed"


def test_paper_and_box_are_added_up(hall):
    vote = opened(hall)
    for code in vote.codes[:4]:
        paper.exchange(hall.store, vote.id, code)
    for code in vote.codes[4:10]:
        vote.cast(code, c1="赞成")
    for teller in WATCHERS[:2]:
        enter(vote, teller, figures())
    result = vote.count()
    assert vote.event.statement["findings"] == []
    assert (result["sum"]["ballots"], result["sum"]["valid"]) == (10, 9)
    assert result["sum"]["totals"]["c1"] == {"赞成": 8, "不赞成": 1, "弃权": 0}
    assert result["sum"]["totals"]["c2"] == {"赞成": 2, "不赞成": 1, "弃权": 6}
    assert result["sum"]["write_ins"] == {"王五": 1}
    assert result["paper"][0]["station"] == "一号台"


def test_more_paper_than_was_handed_out_voids_the_vote(hall):
    vote = opened(hall)
    paper.exchange(hall.store, vote.id, vote.codes[0])
    for teller in WATCHERS[:2]:
        enter(vote, teller, figures(handed_out=1))
    assert vote.close()["findings"] == ["paper_over_handed_out"]
    assert vote.event.state == "void"


@pytest.mark.parametrize(
    ("count", "code"),
    [
        (figures(ballots=5), "ballot_paper_whole"),
        (
            figures(totals={f"c{n}": {**ROW, "弃权": n // 4} for n in range(1, 5)}),
            "ballot_paper_sum",
        ),
        (figures(valid="3"), "ballot_paper_unreadable"),
        (figures(valid=True), "ballot_paper_unreadable"),
        (figures(write_ins={"王五": -1}), "ballot_paper_unreadable"),
        (figures(totals={"c1": ROW}), "ballot_paper_unreadable"),
        (figures(totals={f"c{n}": {"赞成": 3} for n in range(1, 5)}), "ballot_paper_unreadable"),
        ({}, "ballot_paper_unreadable"),
    ],
)
def test_figures_that_do_not_add_up_are_refused(hall, count, code):
    vote = opened(hall)
    refused(vote, lambda: enter(vote, WATCHERS[0], count), Invalid, code)


def test_a_candidate_is_no_teller(hall):
    vote = opened(hall)
    candidate = Actor("person-c1", "候选人1")
    call = lambda: enter(vote, candidate, figures())  # noqa: E731
    refused(vote, call, NotAllowed, "ballot_teller_is_candidate")
