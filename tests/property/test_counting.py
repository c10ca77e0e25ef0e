"""What every count must have in common: sums, monotonicity, ties, rounding, order of the input."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from workflows.counting.aggregation import Orders, borda, kemeny, pairwise, plurality
from workflows.counting.ballots import Ballot, Contest, WriteIn
from workflows.counting.classes import publishable
from workflows.counting.cuts import Caps, cut
from workflows.counting.differential import candidate_minimum, differential
from workflows.counting.elections import elect
from workflows.counting.exact import exact, plain, root, rounded
from workflows.counting.lots import draw, seal
from workflows.counting.means import PanelRule, panel_score, trimmed
from workflows.counting.normalise import normalise
from workflows.counting.presets import preset, presets
from workflows.counting.quotas import largest_remainder
from workflows.counting.ranks import rank
from workflows.counting.raters import rater_effects
from workflows.counting.rules import Base, Threshold, Turnout
from workflows.counting.stages import Share, by_class, weighted
from workflows.counting.tallies import adds_up, tally, together

names = st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=3)
numbers = st.fractions(-1000, 1000, max_denominator=1000)
marks = st.decimals(0, 100, places=2)
scores = st.dictionaries(names, st.integers(0, 6), max_size=9)
shares = st.fractions(0, 1, max_denominator=12)
RULES = st.sampled_from(sorted(presets())).map(preset)


def shuffled(data, values):
    return dict(data.draw(st.permutations([*values.items()])))


# ---------------------------------------------------------------- rounding


@given(numbers, st.integers(0, 6))
def test_rounding_stays_within_half_a_unit_and_goes_up_from_the_middle(value, digits):
    unit = Fraction(1, 10**digits)
    off = Fraction(rounded(value, digits)) - value
    assert abs(off) <= unit / 2
    if abs(off) == unit / 2:
        assert abs(value + off) > abs(value)


@given(numbers, st.integers(0, 6))
def test_rounding_is_symmetric_and_done_once_changes_nothing_more(value, digits):
    once = Fraction(rounded(value, digits))
    assert Fraction(rounded(-value, digits)) == -once
    assert Fraction(rounded(once, digits)) == once


@given(numbers, numbers, st.integers(0, 6))
def test_rounding_never_swaps_two_numbers(one, other, digits):
    low, high = sorted((one, other))
    assert rounded(low, digits) <= rounded(high, digits)


@given(numbers)
def test_writing_a_number_and_reading_it_gives_it_back(value):
    assert exact(plain(value)) == value


@given(st.fractions(0, 1000))
def test_root_squared_is_the_number(value):
    assert 0 <= value - root(value) ** 2 < Fraction(1, 10**37)
    assert root(value**2) == value


# ---------------------------------------------------------------- means and stages


@given(st.lists(marks, min_size=3, max_size=12), st.data())
def test_trimmed_mean_lies_inside_ignores_order_and_grows_with_every_mark(values, data):
    result = trimmed(values).value
    assert min(values) <= result <= max(values)
    assert trimmed(data.draw(st.permutations(values))).value == result
    at = data.draw(st.integers(0, len(values) - 1))
    assert trimmed([*values[:at], values[at] + 1, *values[at + 1 :]]).value >= result


@given(st.dictionaries(names, marks, min_size=1, max_size=12), st.sets(names), st.data())
def test_recused_experts_change_nothing_but_the_list_of_recused(given_marks, absent, data):
    recused = dict.fromkeys(absent - given_marks.keys())
    rule = PanelRule(disagreement=Fraction(10))
    with_them = panel_score(shuffled(data, given_marks | recused), rule)
    without = panel_score(given_marks, rule)
    assert (with_them.value, with_them.dropped, with_them.short, with_them.outliers) == (
        without.value, without.dropped, without.short, without.outliers,
    )  # fmt: skip


@given(st.dictionaries(names, st.tuples(marks, st.integers(1, 9)), min_size=1), st.data())
def test_weighted_sum_lies_between_its_parts_and_ignores_their_order(parts, data):
    total = sum(weight for _, weight in parts.values())
    weights = {name: Fraction(weight, total) for name, (_, weight) in parts.items()}
    values = {name: mark for name, (mark, _) in parts.items()}
    result = weighted(values, weights)
    assert min(values.values()) <= result.value <= max(values.values())
    assert weighted(shuffled(data, values), shuffled(data, weights)) == result


sheets = st.integers(0, 40).flatmap(lambda of: st.builds(Share, st.integers(0, of), st.just(of)))


@given(st.dictionaries(names, sheets, min_size=1, max_size=5))
def test_class_rate_is_a_rate_and_one_class_alone_is_its_own_rate(classes):
    assume(any(each.of for each in classes.values()))
    weights = dict.fromkeys(classes, Fraction(1, len(classes)))
    rate = by_class(classes, weights).value
    assert 0 <= rate <= 1
    rates = [Fraction(each.part, each.of) for each in classes.values() if each.of]
    assert rate == sum(rates) / len(rates)


# ---------------------------------------------------------------- normalisation


panels = st.dictionaries(
    st.sampled_from(["R1", "R2", "R3"]),
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 100), min_size=1),
    min_size=1,
)


@given(panels, st.integers(-20, 20), st.sampled_from(["z", "centred", "robust"]), st.data())
def test_normalising_forgets_how_severe_a_reviewer_is(given_marks, shift, method, data):
    who = data.draw(st.sampled_from(sorted(given_marks)))
    harder = given_marks | {who: {item: mark + shift for item, mark in given_marks[who].items()}}
    one = normalise(given_marks, method, least=1)
    other = normalise(shuffled(data, harder), method, least=1)
    if method == "centred":
        assert len({other.mapped[item] - one.mapped[item] for item in one.mapped}) == 1
    else:
        assert one.z == other.z


@given(panels)
def test_rater_effects_sum_to_zero_and_leave_residuals_that_sum_to_zero(given_marks):
    common = {who: {**row, "a": row.get("a", 50)} for who, row in given_marks.items()}
    result = rater_effects(common)
    assert sum(result.bias.values()) == 0
    for who in common:
        assert sum(off for (rater, _), off in result.residuals.items() if rater == who) == 0
    for item in result.quality:
        assert sum(off for (_, about), off in result.residuals.items() if about == item) == 0


# ---------------------------------------------------------------- ranks and cuts


@given(scores, st.data())
def test_rank_counts_those_above_and_ties_are_exactly_the_equal(found, data):
    ranking = rank(found)
    assert rank(shuffled(data, found)) == ranking
    for place in ranking.places:
        assert place.rank == 1 + sum(score > found[place.item] for score in found.values())
    for level in ranking.levels:
        assert len({found[item] for item in level}) == 1
    assert len({found[level[0]] for level in ranking.levels}) == len(ranking.levels)


@given(scores)
def test_average_ranks_always_add_up_to_the_same(found):
    total = sum(place.rank for place in rank(found, style="average").places)
    assert total == Fraction(len(found) * (len(found) + 1), 2)


@given(scores, st.integers(0, 10))
def test_cut_gives_away_every_place_once_and_never_prefers_among_equals(found, places):
    result = cut(rank(found), places)
    settled = len(result.chosen) + sum(tie.places for tie in result.ties)
    assert settled + result.vacant == places
    everybody = [*result.chosen, *result.out, *(name for tie in result.ties for name in tie.items)]
    assert sorted(everybody) == sorted(found)
    for tie in result.ties:
        assert 0 < tie.places < len(tie.items)
        assert len({found[name] for name in tie.items}) == 1
    lowest = min((found[name] for name in result.chosen), default=7)
    assert all(found[name] < lowest for name in result.out)


@given(scores, st.integers(0, 10), st.integers(0, 3), st.data())
def test_caps_hold_and_nobody_is_lost(found, places, most, data):
    category = {name: data.draw(st.sampled_from("xyz")) for name in sorted(found)}
    result = cut(rank(found), places, caps=Caps(category, dict.fromkeys("xyz", most)))
    for each in "xyz":
        sure = sum(category[name] == each for name in result.chosen)
        assert sure + sum(tie.places for tie in result.ties if tie.category == each) <= most
    groups = (result.chosen, result.out, result.capped, *(tie.items for tie in result.ties))
    assert sorted(name for group in groups for name in group) == sorted(found)
    settled = len(result.chosen) + sum(tie.places for tie in result.ties)
    assert settled + result.vacant == places


@given(scores, st.integers(1, 10))
def test_taking_in_all_tied_leaves_no_tie_and_nobody_better_outside(found, places):
    result = cut(rank(found), places, at_tie="enlarge")
    assert result.ties == ()
    assert len(result.chosen) >= min(places, len(found))
    worst = min((found[name] for name in result.chosen), default=7)
    assert all(found[name] < worst for name in result.out)


@given(st.dictionaries(names, st.integers(0, 500), min_size=1), st.integers(0, 40))
def test_quotas_add_up_and_each_is_within_one_of_its_share(sizes, places):
    assume(sum(sizes.values()))
    result = largest_remainder(sizes, places)
    open_places = result.tie.places if result.tie else 0
    assert sum(result.value.values()) + open_places == places
    for name, given_places in result.value.items():
        assert abs(Fraction(sizes[name] * places, sum(sizes.values())) - given_places) < 1


@given(st.integers(1, 60), st.fractions(0, 1, max_denominator=9))
def test_candidate_minimum_is_the_least_that_is_differential(seats, share):
    least = int(candidate_minimum(seats, share).value)
    assert differential(least, seats, share)
    assert not differential(least - 1, seats, share)


# ---------------------------------------------------------------- thresholds and elections


@given(shares, st.booleans(), st.integers(0, 500))
def test_need_is_the_least_number_that_reaches_the_threshold(share, inclusive, base):
    threshold = Threshold(share, Base.DUE, inclusive)
    turnout, need = Turnout(due=base), threshold.need(base)
    assert threshold.reached(need, turnout, "need")
    assert need == 0 or not threshold.reached(need - 1, turnout, "need")


ballot_box = st.lists(
    st.builds(
        Ballot,
        st.dictionaries(st.sampled_from("ABCD"), st.sampled_from(["赞成", "不赞成", "弃权"])),
        st.lists(
            st.builds(WriteIn, st.sampled_from(["X", "Y", "A"]), st.sampled_from([None, *"ABCD"]),
                      st.booleans()),
            max_size=2,
        ).map(tuple),
        st.sampled_from([frozenset(), frozenset(), frozenset({"illegible"})]),
    ),
    max_size=12,
)  # fmt: skip
seats_of_four = st.integers(1, 4)


@given(ballot_box, seats_of_four, st.data())
def test_every_box_adds_up_and_the_order_of_papers_does_not_matter(box, seats, data):
    rule = preset("members_election")
    contest = Contest(rule, seats, tuple("ABCD"))
    counted = tally(box, contest)
    assert adds_up(counted, rule, seats)
    assert tally(data.draw(st.permutations(box)), contest) == counted
    at = data.draw(st.integers(0, len(box)))
    parts = {"纸质": tally(box[:at], contest), "电子": tally(box[at:], contest)}
    assert together(parts) == counted


votes_of_few = st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 30), min_size=1)


@given(RULES, st.integers(1, 5), votes_of_few, st.data())
def test_elected_reached_the_threshold_and_beat_everybody_left(rule, seats, votes, data):
    turnout = Turnout(30, 30, 30, 30, 30, 30)
    outcome = elect(rule, seats, turnout, votes)
    assert elect(rule, seats, turnout, shuffled(data, votes)) == outcome
    tied = outcome.tie.items if outcome.tie else ()
    left = [votes[name] for name in votes.keys() - {*outcome.elected, *tied}]
    open_places = outcome.tie.places if outcome.tie else 0
    assert len(outcome.elected) + open_places + outcome.missing == seats
    assert all(votes[name] >= outcome.need for name in (*outcome.elected, *tied))
    for name in (*outcome.elected, *tied):
        assert all(votes[name] > other or other < outcome.need for other in left)
    if outcome.missing:
        assert all(other < outcome.need for other in left)


@given(RULES, st.integers(1, 5), votes_of_few, st.data())
def test_one_more_vote_never_takes_a_seat_away(rule, seats, votes, data):
    turnout = Turnout(31, 31, 31, 31, 31, 31)
    before = elect(rule, seats, turnout, votes)
    name = data.draw(st.sampled_from(sorted(votes)))
    after = elect(rule, seats, turnout, votes | {name: votes[name] + 1})
    tied = before.tie.items if before.tie else ()
    if name in before.elected or name in tied:
        assert name in after.elected


@given(RULES, st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_no_ballot_with_too_few_people_or_too_many_papers_elects(rule, present, issued, returned):
    turnout = Turnout(60, 60, present, issued, returned)
    outcome = elect(rule, 1, turnout, {"A": returned})
    limits = {Base.ISSUED: issued, Base.PRESENT: present}
    if any(returned > limits[base] for base in rule.returned_within) or issued > present:
        assert not outcome.valid
    if not outcome.valid:
        assert (outcome.elected, outcome.tie, outcome.missing) == ((), None, 1)


# ---------------------------------------------------------------- orders, classes, lots


orders = st.lists(
    st.builds(
        Orders,
        st.permutations("ABCD").map(lambda items: tuple((item,) for item in items)),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=5,
)


@given(orders, st.data())
def test_borda_points_add_up_and_equal_the_pairs_won(ballots, data):
    voters = sum(ballot.count for ballot in ballots)
    points = borda(ballots, "ABCD").value
    assert sum(points.values()) == voters * 6
    prefer = pairwise(ballots, "ABCD").prefer
    for item, worth in points.items():
        assert worth == sum(prefer[item, other] for other in "ABCD" if other != item)
    mixed = data.draw(st.permutations(ballots))
    assert borda(mixed, "DCBA").value == points
    assert sum(plurality(mixed, "ABCD").value.values()) == voters


@given(orders)
def test_pairwise_winner_leads_every_kemeny_order(ballots):
    winner = pairwise(ballots, "ABCD").winner
    if winner is not None:
        assert {order[0] for order in kemeny(ballots, "ABCD").value} == {winner}


@given(st.dictionaries(names, st.integers(0, 30), max_size=6), st.integers(5, 12))
def test_nothing_small_is_shown_or_follows_by_subtraction(sizes, least):
    result = publishable(sizes, least=least)
    assert all(sizes[name] >= least for name in result.value)
    hidden = sum(sizes[name] for name in result.hidden)
    assert not result.hidden or hidden >= least or not result.value


seeds = st.text("0123456789abcdef", min_size=64, max_size=64)
lists = st.lists(names, unique=True, max_size=8)


@given(seeds, lists, st.lists(st.text("0123456789", max_size=4), max_size=3), st.data())
def test_draw_is_a_permutation_that_ignores_the_order_of_the_list(seed, items, words, data):
    sealed = seal(seed, items)
    lot = draw(seed, items, sealed, contributions=words)
    assert sorted(lot.order) == sorted(items)
    assert draw(seed, data.draw(st.permutations(items)), sealed, contributions=words) == lot
