from itertools import product
from typing import get_args

import pytest

from engine.errors import Conflict, Invalid
from web.i18n import sentences
from workflows.acts import countersign, scoring
from workflows.acts.life import MOVES, State, Verb, after
from workflows.acts.scoring import KIND

ENTRIES = [{"id": "x", "name": "甲"}]


def test_every_move_that_is_not_listed_is_refused_with_a_sentence():
    for state, verb in product(("", *get_args(State)), get_args(Verb)):
        if (state, verb) in MOVES:
            assert after(state, verb) == MOVES[state, verb]
            continue
        with pytest.raises(Conflict) as error:
            after(state, verb)
        assert error.value.code in sentences()


@pytest.mark.parametrize("missing", ["ratio", "reading", "base"])
def test_a_ratio_without_its_share_reading_or_base_is_refused(missing):
    whole = {"rule": "ratio", "ratio": "2/3", "reading": "at_least", "base": "roll"}
    assert countersign.settle(whole)["ratio"] == "2/3"
    with pytest.raises(Invalid) as error:
        countersign.settle({name: value for name, value in whole.items() if name != missing})
    assert (error.value.code, error.value.params["name"]) == ("act_setting", missing)


def test_a_share_above_one_is_refused():
    with pytest.raises(Invalid):
        countersign.settle({"rule": "ratio", "ratio": "3/2", "reading": "at_least", "base": "roll"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"entries": []},
        {"entries": [{"name": "x"}]},
        {"entries": ENTRIES * 2},
        {"criteria": [{"id": "a", "most": 0}]},
        {"criteria": [{"id": "a", "most": "many"}]},
        {"trim": "2", "trim_from": "4"},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(Invalid) as error:
        scoring.settle({"entries": ENTRIES, **wrong})
    assert error.value.code == "act_setting"


def test_without_criteria_there_is_one_mark_up_to_a_hundred():
    settings = scoring.settle({"entries": ENTRIES})
    assert KIND.check(settings, {"score": "100"}) == ({"marks": {"score": "100"}}, {})
    assert KIND.check(settings, {"score": "100.5"})[1] == {"score": ["act_mark_range"]}


def test_every_attention_of_a_result_has_a_sentence():
    for code in ("unscored", "short", "tie"):
        assert f"act_attention_{code}" in sentences()
