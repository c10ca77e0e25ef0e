"""Countersignatures counted: 会签, 或签, 票签, veto, and when the outcome is certain."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.counting.consents import ConsentRule, Opinions, consent
from workflows.counting.rules import Base, Threshold
from workflows.counting.working import Line, NotCountable

TWO_THIRDS = Fraction(2, 3)


def share(value, base=Base.DUE, *, inclusive=True, **more):
    return ConsentRule("ratio", Threshold(Fraction(value), base, inclusive), **more)


def test_all_means_everybody_who_was_asked_and_shows_the_sum():
    found = consent(Opinions(3, 0, 0, 3), ConsentRule("all"))
    assert (found.value, found.certain) == (True, True)
    assert found.working == (Line("all_agree", "3 = 3"),)
    assert not consent(Opinions(2, 0, 0, 3), ConsentRule("all")).certain
    assert consent(Opinions(1, 0, 1, 3), ConsentRule("all")) == consent(
        Opinions(1, 1, 0, 3), ConsentRule("all")
    )


def test_somebody_recused_is_not_waited_for():
    assert consent(Opinions(2, 0, 0, 2, recused=1), ConsentRule("all")).value


def test_any_is_adopted_and_certain_with_the_first_agreement():
    found = consent(Opinions(1, 1, 0, 9), ConsentRule("any"))
    assert (found.value, found.certain) == (True, True)
    assert not consent(Opinions(0, 8, 0, 9), ConsentRule("any")).certain


@pytest.mark.parametrize(
    ("agree", "rule", "adopted"),
    [
        (6, share("2/3"), True),
        (6, share("2/3", inclusive=False), False),
        (7, share("2/3", inclusive=False), True),
        (5, share("1/2", inclusive=False), True),
        (4, share("1/2"), False),
    ],
)
def test_a_share_of_nine_on_the_roll(agree, rule, adopted):
    assert consent(Opinions(agree, 9 - agree, 0, 9), rule).value is adopted


def test_the_base_decides():
    opinions = Opinions(4, 1, 0, 9)
    assert consent(opinions, share("2/3", Base.RETURNED)).value
    assert not consent(opinions, share("2/3", Base.DUE)).value


def test_somebody_recused_stays_in_the_base_unless_the_rule_says_otherwise():
    opinions = Opinions(2, 1, 0, 3, recused=1)
    assert not consent(opinions, share("2/3")).value
    assert consent(opinions, share("2/3", recused_in_base=False)).value


def test_one_veto_outweighs_everybody():
    found = consent(Opinions(8, 1, 0, 9), share("1/2", veto=True))
    assert (found.value, found.certain, found.working) == (False, True, (Line("veto", "1"),))


def test_with_a_veto_nothing_is_certain_while_somebody_is_left():
    assert not consent(Opinions(8, 0, 0, 9), share("1/2", veto=True)).certain
    assert consent(Opinions(9, 0, 0, 9), share("1/2", veto=True)).certain


@pytest.mark.parametrize("base", [Base.DUE, Base.RETURNED])
def test_nobody_at_all_adopts_nothing(base):
    for opinions in (Opinions(0, 0, 0, 5), Opinions(0, 0, 0, 0, recused=2)):
        for rule in (ConsentRule("all"), ConsentRule("any"), share("1/2", base)):
            assert consent(opinions, rule).value is False


def test_more_opinions_than_people_are_refused():
    with pytest.raises(NotCountable) as error:
        consent(Opinions(3, 1, 0, 3), ConsentRule("any"))
    assert error.value.why == "part_above_whole"


RULES = st.builds(
    lambda rule, top, base, inclusive, veto: (
        share(Fraction(top, 7), base, inclusive=inclusive, veto=veto)
        if rule == "ratio"
        else ConsentRule(rule, veto=veto)
    ),
    st.sampled_from(["all", "any", "ratio"]), st.integers(1, 7),
    st.sampled_from([Base.DUE, Base.RETURNED]), st.booleans(), st.booleans(),
)  # fmt: skip


@given(RULES, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_certain_means_that_no_completion_gives_another_answer(rule, agree, against, neither, left):
    asked = agree + against + neither + left
    now = consent(Opinions(agree, against, neither, asked), rule)
    ends = {
        consent(Opinions(agree + a, against + b, neither + left - a - b, asked), rule).value
        for a in range(left + 1)
        for b in range(left - a + 1)
    }
    assert now.certain is (len(ends) == 1)
    if left == 0:
        assert now.certain


@given(RULES, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_one_more_agreement_never_turns_yes_into_no(rule, agree, against, neither):
    asked = agree + against + neither + 1
    before = consent(Opinions(agree, against, neither + 1, asked), rule)
    after = consent(Opinions(agree + 1, against, neither, asked), rule)
    assert after.value or not before.value
