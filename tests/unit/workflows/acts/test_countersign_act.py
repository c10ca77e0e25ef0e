"""Countersignatures by every rule, from the roll to the gateway, on both databases."""

import pytest
import sqlalchemy as sa

from engine import queries
from engine.errors import Conflict, Invalid, NotFound
from engine.model import task
from engine.tasks import Return
from engine.unit_of_work import SYSTEM
from tests.council_case import Council, set_up
from tests.line_case import set_up as set_up_line
from workflows import desk
from workflows.acts import countersign, preparing, roll, rows, taking
from workflows.acts.kind import Material, Member, Sheet
from workflows.acts.preparing import Pin

pytestmark = pytest.mark.both_databases


def at_sign(engine, rule='rule="all" veto="true"', signers="ann ben dan") -> Council:
    council = set_up(engine, rule)
    council.start(signers=signers)
    council.score_all()
    return council


def result(council):
    with council.engine.read(SYSTEM) as uow:
        return rows.of_task(uow, council.lead("sign")).result


def open_nodes(council):
    with council.engine.read(SYSTEM) as uow:
        live = task.c.status.in_(("open", "claimed")) & task.c.part_of.is_(None)
        return list(uow.conn.scalars(sa.select(task.c.node).where(live)))


def test_all_agree_and_the_case_goes_on(engine):
    council = at_sign(engine)
    council.open("sign")
    for login in ("ann", "ben", "dan"):
        council.say(login, "同意")
    council.close("sign")
    council.confirm("sign")
    assert open_nodes(council) == []
    with council.engine.read(SYSTEM) as uow:
        record = queries.records(uow, council.case_id)[-1]
    assert record.data["act"]["summary"]["adopted"] is True
    assert record.data["act"]["working"] == [{"rule": "all_agree", "sum": "3 = 3", "about": ""}]


def test_one_veto_makes_it_certain_and_sends_the_case_back(engine):
    council = at_sign(engine)
    council.open("sign")
    council.say("ann", "不同意", "材料不实")
    council.close("sign")
    assert result(council)["working"][0]["rule"] == "veto"
    council.confirm("sign")
    assert open_nodes(council) == ["score"]
    council.open("score")  # a second attempt is another act


def test_against_without_a_reason_and_a_strange_word_are_refused(engine):
    council = at_sign(engine)
    council.open("sign")
    with pytest.raises(Invalid) as error:
        council.say("ann", "不同意")
    assert error.value.fields == {".reason": ["required"]}
    with pytest.raises(Invalid) as error:
        council.say("ann", "也许")
    assert error.value.fields == {".opinion": ["act_opinion"]}
    assert council.todo("ann") == ["sign"]


def test_any_is_certain_with_the_first_agreement(engine):
    council = at_sign(engine, 'rule="any"')
    council.open("sign")
    council.say("ben", "弃权")
    with pytest.raises(Invalid) as error:
        council.close("sign")
    assert error.value.code == "act_early_close"
    council.say("dan", "同意")
    council.close("sign")
    assert result(council)["summary"]["adopted"] is True


@pytest.mark.parametrize(
    ("rule", "opinions", "adopted"),
    [
        ('rule="ratio" ratio="2/3" reading="at_least" base="roll"', "同意 同意 不同意", True),
        ('rule="ratio" ratio="2/3" reading="more_than" base="roll"', "同意 同意 不同意", False),
        ('rule="ratio" ratio="1/2" reading="more_than" base="roll"', "同意 弃权 弃权", False),
        ('rule="ratio" ratio="2/3" reading="at_least" base="given" veto="true"',
         "同意 同意 不同意", False),
    ],
)  # fmt: skip
def test_a_share_of_the_stated_base_in_the_stated_reading(engine, rule, opinions, adopted):
    council = at_sign(engine, rule)
    council.open("sign")
    for login, opinion in zip(("ann", "ben", "dan"), opinions.split(), strict=True):
        council.say(login, opinion, "理由")
    council.close("sign")
    assert result(council)["summary"]["adopted"] is adopted


def test_a_recused_signer_is_not_asked_but_stays_in_the_base(engine):
    council = at_sign(engine, 'rule="ratio" ratio="2/3" reading="at_least" base="roll"')
    lead = council.lead("sign")
    council.open("sign")
    with council.engine.begin(council.actors["officer"]) as uow:
        ann = rows.participants(uow, lead)[0]
        preparing.pin(uow, lead, Pin(ann.id, "", "本人为参评对象"))
    assert council.todo("ann") == []
    council.say("ben", "同意")
    council.say("dan", "弃权")
    council.close("sign")
    assert result(council)["summary"]["adopted"] is False  # one of three, not one of two
    assert result(council)["summary"]["recused"] == 1


def test_in_turn_each_sees_it_only_after_the_one_before(engine):
    council = at_sign(engine, 'rule="sequence"')
    council.open("sign")
    assert [council.todo(login) for login in ("ann", "ben", "dan")] == [["sign"], [], []]
    with pytest.raises(Conflict) as error:
        council.say("ben", "同意")
    assert error.value.code == "act_not_your_turn"
    council.say("ann", "同意")
    assert council.todo("ben") == ["sign"]
    council.say("ann", "弃权")  # a change while nobody has signed after him
    assert council.todo("ben") == ["sign"]
    council.say("ann", "同意")
    council.say("ben", "同意")
    with pytest.raises(Conflict) as error:
        council.say("ann", "不同意", "反悔")
    assert error.value.code == "act_passed_on"
    council.say("dan", "同意")
    council.close("sign")
    assert result(council)["summary"]["adopted"] is True


def test_in_turn_one_who_disagrees_ends_it(engine):
    council = at_sign(engine, 'rule="sequence"')
    council.open("sign")
    council.say("ann", "不同意", "理由")
    assert council.todo("ben") == []
    council.close("sign")
    assert result(council)["summary"]["adopted"] is False


def test_in_turn_a_recused_one_is_passed_over(engine):
    council = at_sign(engine, 'rule="sequence"')
    lead = council.lead("sign")
    council.open("sign")
    with council.engine.begin(council.actors["officer"]) as uow:
        ann = rows.participants(uow, lead)[0]
        preparing.pin(uow, lead, Pin(ann.id, "", "本人为参评对象"))
    assert council.todo("ben") == ["sign"]


def test_somebody_twice_on_the_roll_or_nobody_at_all_is_refused(engine):
    for signers, code in (("ann ann", "act_roll_twice"), ("", "act_setting")):
        council = set_up(engine) if code == "act_roll_twice" else council  # noqa: F821
        council.start(signers=signers)
        council.score_all()
        with pytest.raises(Invalid) as error:
            council.open("sign")
        assert error.value.code == code
        with council.engine.read(SYSTEM) as uow:
            assert rows.of_task(uow, council.lead("sign")) is None


def test_sending_back_ends_the_act_for_everybody_also_for_those_who_had_answered(engine):
    council = at_sign(engine)
    council.open("sign")
    council.say("ann", "同意")
    sign, ann = council.lead("sign"), council.part("ann", "sign")
    with council.engine.begin(council.actors["officer"]) as uow:
        desk.send_back(uow, sign, Return("score", "内容有误", "评分有误"))
    assert open_nodes(council) == ["score"]
    assert council.todo("ben") == []
    for login, part in (("ann", ann), ("ben", council.part("ben", "sign"))):
        with pytest.raises(Conflict) as error, council.engine.begin(council.actors[login]) as uow:
            taking.contribute(uow, part, {"": {"opinion": "弃权"}})
        assert error.value.code == "part_closed"


def test_a_strange_entry_is_not_there(engine):
    council = at_sign(engine)
    council.open("sign")
    with pytest.raises(NotFound):
        council.give("ann", "sign", {"zzz": {"opinion": "同意"}})


WHOLE_LIST = 'kind="countersign" rule="all" entries="=entries" roll="=signers" '


def test_on_a_list_each_entry_is_answered_and_objections_are_reported(engine):
    case = set_up_line(engine, {"consult": WHOLE_LIST})
    case.start(signers="ann ben")
    case.open("consult")
    case.give("ann", "consult", {"x": {"opinion": "同意"}, "y": {"opinion": "同意"}})
    with pytest.raises(Invalid) as error:
        case.give("ben", "consult", {"y": {"opinion": "不同意"}})
    assert error.value.fields == {"y.reason": ["required"]}
    case.give("ben", "consult", {"y": {"opinion": "不同意", "reason": "正在调查"}})
    case.close("consult", reason="已到约定时间")
    case.confirm("consult")
    with case.engine.read(SYSTEM) as uow:
        found = rows.of_task(uow, case.lead("consult")).result
    assert found["summary"] == {
        "count": 2, "adopted": False, "adopted_count": 0, "refused": ["x", "y"],
        "objected": ["y"], "silent": 1,
    }  # fmt: skip
    assert found["value"]["rows"][1]["opinions"][1]["reason"] == "正在调查"
    assert found["value"]["rows"][0]["silent"] == 1  # silence is no consent


def weighed(*weights, **settings):
    """Return the result where the first agrees and the others are against."""
    rule = {"rule": "ratio", "ratio": "1/2", "reading": "more_than", "base": "roll", **settings}
    people = [Member(f"{no:02d}", weight=weight) for no, weight in enumerate(weights)]
    sheets = [
        Sheet(each.label, "", {"opinion": "不同意" if no else "同意"}, "理由")
        for no, each in enumerate(people)
    ]
    return countersign.result(Material(countersign.settle(rule), people, sheets))


def test_weights_decide_and_heads_stay_on_the_page():
    found = weighed(3, 1, 1)
    assert found.summary["adopted"] is True
    assert (found.summary["agree"], found.summary["against"]) == (1, 2)
    assert found.value["weights"] == {"agree": 3, "against": 2, "neither": 0, "asked": 5}
    assert "weights" not in weighed(1, 1, 1).value
    assert weighed(2, 1, 1).summary["adopted"] is False  # half is not more than half


@pytest.mark.parametrize("weight", [0, 1001, "2", True])
def test_a_weight_that_makes_no_sense_is_refused(weight):
    with pytest.raises(Invalid) as error:
        roll.resolve(None, [{"principal": "user:x", "weight": weight}])
    assert error.value.code == "act_setting"


@pytest.mark.parametrize(("on_return", "left"), [("rest", ["ben"]), ("all", ["ann", "ben"])])
def test_when_the_matter_comes_back_all_or_only_the_rest_answer_again(engine, on_return, left):
    council = at_sign(engine, f'rule="all" on_return="{on_return}"', signers="ann ben")
    council.open("sign")
    council.say("ann", "同意", "支持")
    council.say("ben", "不同意", "材料不实")
    council.close("sign")
    council.confirm("sign")
    council.score_all()
    council.open("sign")
    assert [who for who in ("ann", "ben") if council.todo(who) == ["sign"]] == left
    for who in left:
        council.say(who, "同意")
    council.close("sign")
    found = result(council)
    assert found["summary"]["adopted"] is True
    said = found["value"]["opinions"]["01 ann某"]
    kept = (True, "支持") if on_return == "rest" else (False, "")
    assert (said.get("carried", False), said["reason"]) == kept


def test_who_agreed_before_may_change_his_mind(engine):
    council = at_sign(engine, 'rule="all" on_return="rest"', signers="ann ben")
    council.open("sign")
    council.say("ann", "同意")
    council.say("ben", "不同意", "材料不实")
    council.close("sign")
    council.confirm("sign")
    council.score_all()
    council.open("sign")
    council.say("ann", "不同意", "情况有变")
    council.say("ben", "同意")
    council.close("sign")
    assert result(council)["summary"]["adopted"] is False
