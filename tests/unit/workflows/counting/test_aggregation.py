import pytest

from workflows.counting.aggregation import (
    Orders,
    approval,
    borda,
    kemeny,
    pairwise,
    plurality,
    run_off,
)
from workflows.counting.working import Line, NotCountable

B1 = (Orders.of("A>B>C>D", 5), Orders.of("C>B>D>A", 4), Orders.of("D>A>B>C", 3))


def test_b1_borda_ties_where_plurality_does_not():
    points = borda(B1, "ABCD")
    assert points.value == {"A": 21, "B": 21, "C": 17, "D": 13}
    assert points.ranking.ties == (("A", "B"),)
    assert plurality(B1, "ABCD").value == {"A": 5, "B": 0, "C": 4, "D": 3}


def test_b1_majorities_run_in_a_circle():
    result = pairwise(B1, "ABCD")
    majorities = {f"{a}>{b}": result.prefer[a, b] for a, b in result.beats}
    assert majorities == {"A>B": 8, "A>C": 8, "B>C": 8, "B>D": 9, "C>D": 9, "D>A": 7}
    assert result.winner is None
    assert result.working[-1] == Line("no_pairwise_winner")


def test_b1_kemeny_optimum_has_25_disagreements():
    result = kemeny(B1, "ABCD")
    assert result.disagreements == 25
    assert ("A", "B", "C", "D") in result.value


def test_kemeny_returns_every_optimum():
    result = kemeny((Orders.of("A>B"), Orders.of("B>A")), "AB")
    assert result.value == (("A", "B"), ("B", "A"))


def test_kemeny_refuses_what_it_cannot_try_in_full():
    with pytest.raises(NotCountable) as refused:
        kemeny((), "ABCDEFGH")
    assert refused.value.why == "too_many_items"


@pytest.mark.parametrize(
    ("ballot", "unranked", "points"),
    [
        ("A>B=C>D", "share", ("3", "3/2", "3/2", "0")),
        ("A>B", "share", ("3", "2", "1/2", "1/2")),
        ("A>B", "zero", ("3", "2", "0", "0")),
    ],
)
def test_b2_tied_and_unranked_items_share_points_as_declared(ballot, unranked, points):
    value = borda((Orders.of(ballot),), "ABCD", unranked=unranked).value
    assert tuple(map(str, value.values())) == points


def test_pairwise_winner_beats_everybody():
    result = pairwise((Orders.of("A>B=C", 2), Orders.of("B>A")), "ABC")
    assert result.winner == "A"
    assert result.prefer["B", "C"] == 1, "the unranked stands below, the tied level"


def test_run_off_reverses_the_first_count():
    ballots = (Orders.of("A>B>C", 8), Orders.of("B>C>A", 7), Orders.of("C>B>A", 6))
    result = run_off(ballots, "ABC")
    assert plurality(ballots, "ABC").value == {"A": 8, "B": 7, "C": 6}
    assert (result.winner, result.finalists) == ("B", ("A", "B"))
    assert result.working[-2:] == (
        Line("run_off_majority", "8×2=16 ≤ 21", "A"),
        Line("run_off_final", "8 < 13", "A : B"),
    )


def test_more_than_half_of_the_first_places_needs_no_final():
    result = run_off((Orders.of("A>B", 3), Orders.of("B>A", 2)), "AB")
    assert (result.winner, result.finalists) == ("A", ())


@pytest.mark.parametrize(
    ("ballots", "tied"),
    [
        pytest.param((("A", 4), ("B", 3), ("C", 3)), ("B", "C"), id="second place"),
        pytest.param((("A", 3), ("B", 3), ("C", 3)), ("A", "B", "C"), id="first place of three"),
        pytest.param((("A", 3), ("B", 3)), ("A", "B"), id="the final itself"),
    ],
)
def test_run_off_reports_a_tie_and_names_no_winner(ballots, tied):
    result = run_off([Orders.of(text, count) for text, count in ballots], "ABC")
    assert result.winner is None
    assert result.tied == tied


def test_approval_counts_sheets():
    assert approval({"b": 3, "a": 3, "c": 1}).ranking.ties == (("a", "b"),)


@pytest.mark.parametrize("ballot", ["A>A", "A>X", "A=B>B"])
def test_ballot_that_repeats_or_invents_an_item_is_refused(ballot):
    for method in (borda, plurality, pairwise):
        with pytest.raises(NotCountable) as refused:
            method((Orders.of(ballot),), "ABC")
        assert refused.value.facts == {"ballot": ballot}


def test_run_off_without_ballots_is_refused():
    with pytest.raises(NotCountable):
        run_off((), "AB")
