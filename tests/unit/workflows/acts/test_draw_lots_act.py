"""Drawing lots: sealed before, a word from witnesses, opened at the close, repeated by anybody."""

import contextlib
import io
import json

import pytest

from engine import audit
from engine.errors import Conflict, Invalid
from engine.unit_of_work import SYSTEM
from tests.line_case import set_up
from web import plots
from web.lots import program
from workflows.acts import draw_lots, preparing, rows
from workflows.acts.kind import Material, Member, Sheet
from workflows.counting.lots import seal

SEED = "7" * 64
LOTS = 'kind="draw_lots" entries="=entries" roll="=signers" '


def settled(entries, **more):
    return draw_lots.settle({"entries": entries, "seed": SEED, **more})


def repeated(value):
    """Run the program of the page; returns what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(program(value, {}), {})
    return out.getvalue().splitlines()


def test_the_program_on_the_page_gives_the_commitment_and_the_order():
    settings = settled([{"id": str(no), "name": f'项目"{no}"\n\\'} for no in range(20)])
    people = [Member("01 甲"), Member("02 乙")]
    sheets = [Sheet("02 乙", "", {"word": "五谷丰登"}), Sheet("01 甲", "", {"word": "2026"})]
    found = draw_lots.result(Material(settings, people, sheets))
    printed = repeated(found.value)
    assert printed[0] == settings["commitment"] == found.value["commitment"]
    assert printed[1:] == [row["label"] for row in found.value["order"]]
    assert [each["word"] for each in found.value["words"]] == ["2026", "五谷丰登"]
    assert sorted(each["no"] for each in found.entries) == list(range(1, 21))
    assert found.summary["order"] == [each["id"] for each in found.entries]


def test_a_word_of_a_witness_changes_the_order():
    settings = settled([{"id": str(no)} for no in range(20)])
    orders = {
        tuple(draw_lots.result(Material(settings, [Member("01 甲")], sheets)).summary["order"])
        for sheets in ([], [Sheet("01 甲", "", {"word": "a"})], [Sheet("01 甲", "", {"word": "b"})])
    }
    assert len(orders) == 3


def test_only_the_places_there_are_are_handed_on():
    settings = settled([{"id": str(no), "unit_id": "u"} for no in range(5)], places=2)
    found = draw_lots.result(Material(settings))
    assert found.summary["count"] == len(found.entries) == 2
    assert [row["chosen"] for row in found.value["order"]] == [True, True, False, False, False]
    assert found.entries[0].keys() == {"id", "name", "unit_id", "no"}


def test_names_that_repeat_are_told_apart_by_their_id():
    assert draw_lots.labels([{"id": "1", "name": "甲  a"}, {"id": "2", "name": "甲 a"},
                             {"id": "3", "name": "乙"}]) == ["甲 a 1", "甲 a 2", "乙"]  # fmt: skip


@pytest.mark.parametrize("wrong", [{"places": 0}, {"places": 3}, {"places": "1"}])
def test_places_that_make_no_sense_are_refused(wrong):
    with pytest.raises(Invalid):
        settled([{"id": "1"}, {"id": "2"}], **wrong)


@pytest.mark.parametrize("word", ["", "a\nb", "x" * 101])
def test_a_word_that_is_no_line_is_refused(word):
    assert draw_lots.check({}, {"word": word})[1].keys() == {"word"}


def test_without_witnesses_it_is_sealed_opened_and_drawn(engine):
    case = set_up(engine, {"lots": 'kind="draw_lots" entries="=entries" places="=1"'})
    case.start()
    lead = case.lead("lots")
    with engine.begin(case.actors["officer"]) as uow:
        preparing.prepare(uow, lead)
    case.open("lots")
    with engine.read(SYSTEM) as uow:
        settings = rows.of_task(uow, lead).settings
        trail = audit.trail(uow, case.case_id)
    sealed = [row.detail for row in trail if row.action == "lots_sealed"]
    assert sealed == [{"task": lead, "commitment": settings["commitment"],
                       "list": settings["listed"]}]  # fmt: skip
    assert seal(settings["seed"], ["甲项目", "乙项目"]).commitment == settings["commitment"]
    with pytest.raises(Conflict), engine.begin(case.actors["officer"]) as uow:
        preparing.prepare(uow, lead)
    case.close("lots")
    with engine.read(SYSTEM) as uow:
        row = rows.of_task(uow, lead)
    assert plots.of(row).startswith("from hashlib import sha256")
    case.confirm("lots")


def test_witnesses_each_add_a_word_and_see_the_commitment(engine):
    case = set_up(engine, {"lots": LOTS})
    case.start(signers="ann ben")
    case.open("lots")
    with pytest.raises(Invalid):
        case.give("ann", "lots", {"": {"word": ""}})
    case.give("ann", "lots", {"": {"word": "风调雨顺"}})
    with pytest.raises(Invalid) as error:
        case.close("lots")
    assert error.value.code == "act_early_close"
    case.give("ben", "lots", {"": {"word": "国泰民安"}})
    case.close("lots")
    with engine.read(SYSTEM) as uow:
        value = rows.of_task(uow, case.lead("lots")).result["value"]
    assert [each["word"] for each in value["words"]] == ["风调雨顺", "国泰民安"]
    assert repeated(json.loads(json.dumps(value)))[1:] == [row["label"] for row in value["order"]]
