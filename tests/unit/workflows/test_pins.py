"""One case, one set of numbers: form, service task and rule count with the same."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine import calendar_seed, expressions, feel
from engine.errors import NotFound, RuleBlocked
from engine.packages import Package, from_folder
from engine.unit_of_work import SYSTEM, Engine, ServiceCall
from workflows import gates, pins
from workflows.delegates import numbers, terms
from workflows.rules import book

FOLDER = Path(__file__).parents[3] / "bpmn" / "cadre_ten_step"
BOOKS = ("current", "huizhou-2011")


@pytest.fixture(scope="module")
def package() -> Package:
    return from_folder(FOLDER)


def call(attributes: dict[str, Any], **inputs: Any) -> ServiceCall:
    return ServiceCall({"attributes": attributes}, "node", {}, inputs, lambda _node: None)


@pytest.mark.parametrize("pack", BOOKS)
def test_every_setting_with_a_number_has_the_value_of_the_book(package: Package, pack: str) -> None:
    kept = pins.attributes(package.manifest, pack)
    loaded = book.load(pack)
    assert kept["rule_book"] == {"id": pack, "digest": loaded.digest}
    named = [each for each in package.manifest.settings.values() if each.number]
    assert len(named) == 9
    for each in named:
        assert kept["settings"][each.name] == loaded.numbers[each.number].value
        assert kept["settings"][each.name] == numbers.number(call(kept), each.number)
    assert kept["settings"]["return.max"] == package.manifest.settings["return.max"].default


def test_the_defaults_of_the_package_are_those_of_the_book_of_today(package: Package) -> None:
    loaded = book.load("current")
    for each in package.manifest.settings.values():
        if each.number:
            ours, theirs = each.default, loaded.numbers[each.number].value
            assert str(ours).replace(":", "/") == str(theirs), each.name


def test_a_case_of_a_book_there_is_not_cannot_begin(package: Package) -> None:
    with pytest.raises(NotFound):
        pins.attributes(package.manifest, "of-tomorrow")


@pytest.mark.parametrize(
    ("pack", "end"), [("current", "2011-10-10"), ("huizhou-2011", "2011-10-05")]
)
def test_the_form_announces_the_end_the_timer_waits_for(
    package: Package, engine: Engine, pack: str, end: str
) -> None:
    """Five working days over the National Day holiday; seven calendar days in 2011."""
    form = json.loads(package.files["forms/S9_publish.json"])
    groups = [form, *form["components"]]
    fields = [each for group in groups for each in group.get("components", ())]
    field = next(each for each in fields if each.get("key") == "end_date")
    kept = pins.attributes(package.manifest, pack)
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2011, 2011)
    with engine.read(SYSTEM) as uow:
        known = {"start_date": date(2011, 9, 28), "case": kept}
        source = field["properties"]["computed"]
        announced = feel.evaluate(source, known, functions=expressions.functions(uow), now=uow.now)
        asked = call(kept, start="2011-09-28", end=announced.isoformat())
        computed = terms.posting_period(uow, asked)["posting_end"]
    assert announced.isoformat() == computed == end


def test_a_number_changed_by_a_later_book_changes_no_case_under_way(engine: Engine) -> None:
    record = {"start_date": "2026-03-02", "end_date": "2026-03-09"}
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
    with engine.read(SYSTEM) as uow:
        for pinned, stopped in (({}, False), ({"posting_length": 6}, True)):
            asked = gates.Entry("cadre_ten_step", "current", "S9_publish", record, numbers=pinned)
            found = gates.judge(uow, asked)
            assert ("PUB-001" in [each.rule for each in found]) == stopped
    with pytest.raises(RuleBlocked):
        gates.pass_or_refuse(found, reason="", instance_id=None)
    kept = {"rule_pack": "current", "numbers": {"posting_length": 6}}
    assert numbers.number(call(kept), "posting_length") == 6
    assert numbers.number(call(kept), "posting_unit") == "wd"
