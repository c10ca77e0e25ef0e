"""An intake written as a scenario: entries, a change, a withdrawal, a sheet, a late one."""

from engine.packages import Package
from tests.intake_case import award
from workflows import scenarios, simulation

ROLL = "=[{role: &quot;DISCIPLINE&quot;}]"
ANSWERS = """
[actors]
office = "chenzhiyuan"
applicant = "zhengyan"
[start]
actor = "office"
[start.form]
title = "一次评选"
[apply]
actor = "applicant"
[apply.data]
category = "绿色发展"
years = "3"
"""
PLAY = """
[scenario]
title = "申报"
clock = "2026-03-02T09:00"
[[act]]
do = "open"
node = "apply"
actor = "office"
[[act]]
do = "apply"
node = "apply"
entries = [{ brand_name = "甲" }, { brand_name = "乙", years = "31" }]
expect = { error = "invalid" }
[[act]]
do = "apply"
node = "apply"
entries = [{ brand_name = "甲" }, { brand_name = "乙" }]
[[act]]
do = "apply"
node = "apply"
entries = [{ brand_name = "丙" }]
expect = { error = "entry_places" }
[[act]]
do = "change_entry"
node = "apply"
entry = "甲"
data = { years = "9" }
[[act]]
do = "withdraw_entry"
node = "apply"
entry = "乙"
reason = "择优申报"
[[act]]
do = "import"
node = "apply"
entries = [{ "品牌名称" = "丁", "类别" = "无此类", "创建年数" = "2" }]
expect = { error = "sheet_faulty" }
[[act]]
do = "import"
node = "apply"
entries = [{ "品牌名称" = "丁", "类别" = "富民惠民", "创建年数" = "2" }]
[[act]]
do = "clock"
forward = "6wd"
[[act]]
do = "change_entry"
node = "apply"
entry = "丁"
data = { years = "5" }
expect = { error = "act_closed" }
[[act]]
do = "confirm"
node = "apply"
actor = "office"
expect = { variables = { apply_result = { count = 2, units = 1, withdrawn = 1, late = 0 } } }
"""


def test_an_intake_is_played_from_a_file():
    files = {"scenarios/_answers.toml": ANSWERS, "scenarios/apply.toml": PLAY}
    texts = {name: text.encode() for name, text in files.items()}
    package = Package("council", {**award('autoclose="true"', ROLL).files, **texts})
    with simulation.stage(package) as on:
        run = scenarios.play(on.engine, on.clock, package, "apply")
    assert run.refusals == 4
