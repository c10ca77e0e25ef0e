"""Whom the items of a roll mean."""

import pytest

from engine import instances
from engine.errors import Invalid
from engine.unit_of_work import SYSTEM
from tests.council_case import set_up
from workflows import identity
from workflows.acts import roll


def test_an_item_means_one_group_in_every_unit_below_that_has_somebody(engine):
    council = set_up(engine)
    council.start()
    with engine.begin(SYSTEM) as uow:
        for login, unit in (("eve", "D"), ("dan", "C")):
            identity.grant(uow, council.actors[login].id, "APPLICANT", council.units[unit])
        case = instances.lock(uow, council.case_id)
        found = roll.resolve(case, [{"role": "APPLICANT", "below": True}])
        wanted = [(f"APPLICANT@{council.units[code]}", code) for code in ("C", "D")]
        assert [(each.principal, each.name) for each in found] == [
            (principal, {"C": "云汀市委", "D": "农业局"}[code]) for principal, code in wanted
        ]
        with pytest.raises(Invalid):
            roll.resolve(case, [{"role": "NOBODY", "below": True}])
        with pytest.raises(Invalid):
            roll.resolve(case, [{"role": "TELLER", "below": True}])


def test_who_is_in_two_groups_takes_part_once_by_the_first(engine):
    council = set_up(engine)
    council.start()
    groups = [
        {"role": role, "each": True, "class": role} for role in ("EXPERT", "RECOMMENDER", "EXPERT")
    ]
    with engine.begin(SYSTEM) as uow:
        identity.grant(uow, council.actors["eve"].id, "RECOMMENDER", council.units["C"])
        case = instances.lock(uow, council.case_id)
        found = roll.resolve(case, groups)
        assert sorted(each.category for each in found) == ["EXPERT"] * 4
        with pytest.raises(Invalid) as error:
            roll.resolve(case, [*groups, {"principal": council.actors["eve"].personal}])
        assert error.value.code == "act_roll_twice"
