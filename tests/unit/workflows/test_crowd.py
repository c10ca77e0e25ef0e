"""Made-up people for rehearsals, and what they do all at once."""

import pytest
import sqlalchemy as sa

from engine.errors import Invalid, NotFound
from engine.unit_of_work import SYSTEM
from tests.council_case import set_up
from workflows import crowd, crowd_acts, identity, registry, scenario_scale
from workflows.acts import rows
from workflows.crowd_acts import Wish
from workflows.model import account, person, unit

EXPERTS = {"login": "judge", "name": "评委", "role": "EXPERT", "unit": "C", "count": 3}
UNITS = {
    "login": "bu", "name": "联络员", "role": "APPLICANT", "units": 2, "under": "C",
    "unit_code": "BU", "unit_name": "申报单位",
}  # fmt: skip


def counts(engine):
    with engine.read(SYSTEM) as uow:
        return [
            uow.conn.scalar(sa.select(sa.func.count()).select_from(each))
            for each in (account, unit, person)
        ]


def test_a_crowd_is_there_once_however_often_it_is_asked_for(engine):
    with engine.begin(SYSTEM) as uow:
        top = registry.add_unit(uow, "C", "市委")
        first = crowd.gather(uow, [{**EXPERTS, "person": True}, UNITS])
    assert first == ["judge1", "judge2", "judge3", "bu1", "bu2"]
    assert counts(engine) == [5, 3, 3]
    with engine.begin(SYSTEM) as uow:
        assert crowd.gather(uow, [{**EXPERTS, "person": True}, UNITS]) == first
        groups = identity.groups(uow, "APPLICANT", top)
    assert counts(engine) == [5, 3, 3]
    assert [name for _key, name in groups] == ["申报单位1", "申报单位2"]


def test_a_crowd_of_a_unit_there_is_none_of_is_refused(engine):
    with pytest.raises(NotFound) as refused, engine.begin(SYSTEM) as uow:
        crowd.gather(uow, [EXPERTS])
    assert refused.value.code == "unit_unknown"
    assert counts(engine) == [0, 0, 0]


def test_everybody_hands_in_the_same_in_every_run_and_spares_his_conflicts(engine):
    council = set_up(engine)
    council.start([
        {"id": "x", "name": "甲项目"}, {"id": "y", "name": "乙项目", "unit_id": council.units["D"]},
    ])  # fmt: skip
    council.open("score")
    act_id = council.lead("score")
    assert crowd_acts.contribute_all(engine, act_id, Wish(entries={"甲项目": {"a": "30"}})) == 4
    assert crowd_acts.contribute_all(engine, act_id) == 0
    with engine.read(SYSTEM) as uow:
        given = rows.material(uow, rows.of_task(uow, act_id)).sheets
    assert len(given) == 7  # eve is of the unit that entered y
    assert {sheet.value["marks"]["a"] for sheet in given if sheet.entry == "x"} == {"30"}
    marks = [sheet.value["marks"]["b"] for sheet in given if sheet.entry == "x"]
    assert len(set(marks)) > 1
    assert council.close("score")


def test_a_scenario_gets_its_numbers_and_a_quotient_rounded_up():
    script = {"scale": {"entries": 7, "units": 2}, "act": [{"each": "{{entries/units}}"}]}
    assert scenario_scale.filled(script, {}) == {"act": [{"each": 4}]}
    assert scenario_scale.filled(script, {"entries": 500}) == {"act": [{"each": 250}]}


def test_a_number_that_the_scenario_does_not_have_is_refused():
    for wanted in ({"voters": 3}, {"entries": 0}):
        with pytest.raises(Invalid) as refused:
            scenario_scale.filled({"scale": {"entries": 7}}, wanted)
        assert refused.value.code == "scale_unknown"


def test_the_day_and_the_variables_of_a_case_are_left_to_the_player():
    script = {"scale": {"entries": 7}, "act": [{"data": {"on": "{{today}}", "by": "{{end}}"}}]}
    assert scenario_scale.filled(script, {})["act"] == script["act"]
