"""The crosswise tests against exact fractions, and what every threshold must have in common."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from workflows.thresholds import (
    Meeting,
    at_least,
    committee_vote,
    differential_ballot,
    majority,
    more_than,
)

counts = st.integers(0, 10_000)
bases = st.integers(1, 10_000)
shares = st.fractions(0, 1, max_denominator=12)


@given(counts, shares, bases)
def test_crosswise_equals_exact_division(part, share, base):
    assert at_least(part, share, of=base).value is (Fraction(part, base) >= share)
    assert more_than(part, share, of=base).value is (Fraction(part, base) > share)


@given(counts, shares, bases)
def test_one_more_never_turns_yes_into_no(part, share, base):
    assert at_least(part + 1, share, of=base).value >= at_least(part, share, of=base).value
    assert more_than(part + 1, share, of=base).value >= more_than(part, share, of=base).value


@given(counts, shares, bases)
def test_working_is_true_arithmetic(part, share, base):
    for verdict in (at_least(part, share, of=base), more_than(part, share, of=base)):
        left, sign, right = verdict.working[0].split(" ")
        one, other = (int(side.split("=")[-1]) for side in (left, right))
        assert {"≥": one >= other, "<": one < other, ">": one > other, "≤": one <= other}[sign]


@given(st.integers(1, 60), st.data())
def test_no_committee_of_any_size_adopts_with_half_or_less_of_those_due(members, data):
    present = data.draw(st.integers(0, members))
    agree = data.draw(st.integers(0, present))
    if committee_vote(Meeting(members, members, present), agree):
        assert agree > members - agree
        assert 3 * present >= 2 * members


@given(st.integers(1, 60), st.data())
def test_leaving_recused_members_out_of_the_base_never_makes_it_harder(due, data):
    recused = data.draw(st.integers(0, due))
    agree = data.draw(st.integers(0, due - recused))
    lenient = majority(agree, due, recused=recused, recused_in_base=False)
    assert lenient.value >= majority(agree, due, recused=recused).value


@given(st.lists(st.integers(0, 20), min_size=2, max_size=6), st.booleans())
def test_ballot_has_a_winner_or_finalists_or_is_deferred(numbers, second):
    votes = {f"p{n}": votes for n, votes in enumerate(numbers)}
    ballot = differential_ballot(votes, sum(numbers), second=second)
    assert [ballot.winner is not None, bool(ballot.finalists), ballot.deferred].count(True) == 1
