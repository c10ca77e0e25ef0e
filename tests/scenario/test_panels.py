"""A panel of a scenario: declared, scored in part, its expert replaced."""

from engine.packages import Package
from tests.panel_case import CRITERIA, package
from workflows import scenarios, simulation

ANSWERS = """
[actors]
office = "chenzhiyuan"
expert = "dujuan"
[start]
actor = "office"
[start.form]
title = "一次评审"
entries = [
  { id = "x", name = "甲项目" }, { id = "y", name = "乙项目" }, { id = "z", name = "丙项目" },
]
spare = []
"""
PLAY = """
[scenario]
title = "回避与更换"
clock = "2026-03-02T09:00"
[[act]]
do = "prepare"
node = "score"
actor = "office"
[[act]]
do = "assign"
node = "score"
actor = "office"
expect = { error = "act_no_panel" }
[[act]]
do = "open"
node = "score"
actor = "office"
[[act]]
do = "contribute"
node = "score"
actor = "expert"
data = { "甲项目" = { a = "30", b = "50" } }
expect = { error = "act_declare_first" }
[[act]]
do = "declare"
node = "score"
actor = "expert"
data = { "丙项目" = "曾任顾问" }
[[act]]
do = "contribute"
node = "score"
actor = "expert"
data = { "甲项目" = { a = "30", b = "50" } }
[[act]]
do = "replace"
node = "score"
actor = "office"
who = "杜鹃"
reason = "因病"
[[act]]
do = "close"
node = "score"
actor = "office"
reason = "其他评委出差"
[[act]]
do = "confirm"
node = "score"
actor = "office"
reason = "只有一项有评分，报领导小组另行安排"
[expect]
status = "completed"
"""


def test_an_expert_declares_marks_in_part_and_is_replaced_in_a_scenario() -> None:
    made = package(f'{CRITERIA} declare="true"')
    texts = {"scenarios/_answers.toml": ANSWERS, "scenarios/whole.toml": PLAY}
    whole = Package("panel", {**made.files, **{n: text.encode() for n, text in texts.items()}})
    with simulation.stage(whole) as on:
        run = scenarios.play(on.engine, on.clock, whole, "whole")
        assert (run.status, run.refusals) == ("completed", 2)
