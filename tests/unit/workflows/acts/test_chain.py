"""What a later act learns of earlier ones."""

import pytest

from engine import instances
from engine.errors import Invalid
from engine.unit_of_work import SYSTEM
from tests.council_case import set_up
from workflows.acts import chain


def test_an_act_the_case_went_past_hands_nothing_on_and_one_must_have_been_held(engine):
    council = set_up(engine)
    council.start()
    council.score_all()
    with engine.begin(SYSTEM) as uow:
        case = instances.lock(uow, council.case_id)
        assert [each["id"] for each in chain.entries(case, "score sign")] == ["x", "y"]
        for asked in (chain.entries, chain.result, chain.scores):
            with pytest.raises(Invalid) as refused:
                asked(case, "sign")
            assert refused.value.code == "act_setting"
