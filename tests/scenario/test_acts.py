"""A whole case of acts, written as a scenario."""

from engine import audit
from engine.unit_of_work import SYSTEM
from tests.council import council
from workflows import scenarios, simulation

ROLL = (
    "=[{role: &quot;DISCIPLINE&quot;}, {role: &quot;SECRETARY&quot;, name: &quot;主要负责人&quot;}]"
)
ANSWERS = """
[actors]
office = "chenzhiyuan"
expert = "dujuan"
discipline = "zhengyan"
secretary = "zhoumingde"
[start]
actor = "office"
[start.form]
title = "一次评选"
entries = [{ id = "x", name = "甲项目" }, { id = "y", name = "乙项目" }]
signers = []
"""
PLAY = """
[scenario]
title = "先否后过"
clock = "2026-03-02T09:00"
[[act]]
do = "confirm"
node = "score"
actor = "office"
expect = { error = "act_not_prepared" }
[[act]]
do = "open"
node = "score"
actor = "office"
expect = { open = ["score"] }
[[act]]
do = "contribute"
node = "score"
actor = "expert"
data = { x = { a = "30", b = "50" }, y = { a = "99", b = "1" } }
expect = { error = "invalid" }
[[act]]
do = "contribute"
node = "score"
actor = "expert"
data = { x = { a = "30", b = "50" }, y = { a = "20", b = "1" } }
[[act]]
do = "close"
node = "score"
actor = "office"
reason = "其余评委请假"
[[act]]
do = "confirm"
node = "score"
actor = "office"
reason = "本轮只有一名评委"
expect = { open = ["sign"] }
[[act]]
do = "open"
node = "sign"
actor = "office"
[[act]]
do = "contribute"
node = "sign"
actor = "discipline"
data = { opinion = "同意" }
[[act]]
do = "contribute"
node = "sign"
actor = "secretary"
data = { opinion = "不同意", reason = "材料不齐" }
[[act]]
do = "contribute"
node = "sign"
actor = "secretary"
data = { opinion = "同意", reason = "" }
[[act]]
do = "clock"
forward = "5wd"
[[act]]
do = "contribute"
node = "sign"
actor = "secretary"
data = { opinion = "弃权" }
expect = { error = "act_late" }
[[act]]
do = "close"
node = "sign"
actor = "office"
[[act]]
do = "confirm"
node = "sign"
actor = "office"
[expect]
status = "completed"
"""


def test_a_case_of_two_acts_goes_as_it_says() -> None:
    package = council(roll=ROLL, _answers=ANSWERS, whole=PLAY)
    with simulation.stage(package) as on:
        run = scenarios.play(on.engine, on.clock, package, "whole")
        assert (run.status, run.refusals) == ("completed", 3)
        with on.engine.read(SYSTEM) as uow:
            assert audit.verify_all(uow) > 0
