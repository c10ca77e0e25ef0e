"""Ballots made for a rehearsal add up to the totals that were asked for, and all are valid."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from workflows import scenario_votes
from workflows.ballots.rules import Ballot, BallotRules, Candidate, Option

LINES = tuple("甲乙丙丁戊")


def rules(seats: int) -> BallotRules:
    return BallotRules(
        tuple(Candidate(each, each) for each in LINES),
        (Option("赞成", most=seats), Option("不赞成")),
        blank="弃权", write_ins=seats, write_in_as="赞成", write_in_against="不赞成",
    )  # fmt: skip


@st.composite
def votes(draw: st.DrawFn) -> tuple[int, int, dict[str, int]]:
    """Some number of ballots, seats, and approvals that so many ballots can carry."""
    count, seats = draw(st.integers(1, 40)), draw(st.integers(1, 5))
    left, found = count * seats, {}
    for each in LINES:
        found[each] = draw(st.integers(0, min(count, left)))
        left -= found[each]
    return count, seats, found


@given(votes(), st.integers(0, 9))
def test_they_add_up_and_are_valid(asked: tuple[int, int, dict[str, int]], seed: int) -> None:
    count, seats, approvals = asked
    paper = rules(seats)
    made = scenario_votes.papers(paper, count, scenario_votes.wanted(paper, approvals, {}), seed)
    assert len(made) == count
    found = Counter(line for each in made for line, mark in each["marks"].items()
                    if mark == "赞成")  # fmt: skip
    assert dict(found) == {name: number for name, number in approvals.items() if number}
    assert {paper.reason(Ballot.of(each)) for each in made} == {None}


@given(st.integers(2, 40), st.integers(0, 9))
def test_names_are_written_beside_a_vote_against_somebody(count: int, seed: int) -> None:
    paper = rules(2)
    total = scenario_votes.wanted(paper, {"甲": count // 2}, {"王五": count // 2, "赵六": 1})
    made = scenario_votes.papers(paper, count, total, seed)
    assert Counter(name for each in made for name in each["write_ins"]) == {
        "王五": count // 2, "赵六": 1,
    }  # fmt: skip
    assert {paper.reason(Ballot.of(each)) for each in made} == {None}


@given(st.integers(1, 40), st.integers(0, 9))
def test_ballots_drawn_from_a_seed_are_valid_and_the_same_again(count: int, seed: int) -> None:
    paper = rules(3)
    made = scenario_votes.drawn(paper, count, seed)
    assert made == scenario_votes.drawn(paper, count, seed)
    assert {paper.reason(Ballot.of(each)) for each in made} == {None}
