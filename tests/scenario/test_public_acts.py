"""A vote of the public and a posting with an objection, written as a scenario."""

from dataclasses import replace

from engine import audit
from engine.unit_of_work import SYSTEM
from tests.notice_board import POST, VOTE, board
from workflows import scenarios, simulation

ANSWERS = """
[actors]
office = "chenzhiyuan"
discipline = "zhengyan"
supervision = "malixin"
[start]
actor = "office"
[start.form]
title = "党建品牌"
entries = [{ id = "x", name = "甲品牌" }, { id = "y", name = "乙品牌" }]
"""
PLAY = """
[scenario]
title = "异议成立"
clock = "2026-03-02T09:00"
[[act]]
do = "open"
node = "vote"
actor = "office"
[[act]]
do = "vote_online"
node = "vote"
actor = "office"
about = ["甲品牌", "乙品牌"]
[[act]]
do = "vote_online"
node = "vote"
actor = "office"
about = ["乙品牌"]
data = { device = "another" }
[[act]]
do = "vote_online"
node = "vote"
actor = "office"
about = ["甲品牌"]
expect = { error = "vote_given" }
[[act]]
do = "clock"
to = "2026-03-06T09:00"
[[act]]
do = "close"
node = "vote"
actor = "office"
[[act]]
do = "confirm"
node = "vote"
actor = "office"
[[act]]
do = "open"
node = "post"
actor = "office"
[[act]]
do = "correct"
node = "post"
actor = "office"
data = { spot = "phone", value = "0752-2800000" }
reason = "电话有误"
[[act]]
do = "object"
node = "post"
actor = "office"
about = ["甲品牌"]
data = { text = "照片是借来的", signed = true, name = "张三", contact = "13900000000" }
[[act]]
do = "clock"
forward = "6wd"
[[act]]
do = "close"
node = "post"
actor = "office"
expect = { error = "posting_objections_open" }
[[act]]
do = "triage"
node = "post"
actor = "office"
expect = { error = "objection_unknown" }
data = { concrete = true }
[[act]]
do = "triage"
node = "post"
actor = "discipline"
about = ["甲品牌"]
data = { concrete = true, note = "线索具体" }
[[act]]
do = "propose"
node = "post"
actor = "discipline"
[act.data]
answer = "属实，谢谢"
note = "核对了照片"
[act.data.ruling."甲品牌"]
finding = "属实影响"
reason = "照片不实"
[[act]]
do = "decide"
node = "post"
actor = "discipline"
data = { agree = true }
expect = { error = "objection_second" }
[[act]]
do = "decide"
node = "post"
actor = "supervision"
data = { agree = true }
[[act]]
do = "close"
node = "post"
actor = "office"
[[act]]
do = "confirm"
node = "post"
actor = "office"
reason = "取消甲品牌"
[expect]
status = "completed"
"""


def test_a_vote_and_a_posting_with_an_objection_go_as_they_say() -> None:
    post = POST.replace('entries="=entries"', 'from="vote"')
    post = post.replace('handlers="DISCIPLINE"', 'handlers="DISCIPLINE CADRE_SUP"')
    made = board(vote=VOTE, post=post)
    plays = {"scenarios/_answers.toml": ANSWERS.encode(), "scenarios/whole.toml": PLAY.encode()}
    package = replace(made, files={**made.files, **plays})
    with simulation.stage(package) as on:
        run = scenarios.play(on.engine, on.clock, package, "whole")
        assert (run.status, run.refusals) == ("completed", 4)
        with on.engine.read(SYSTEM) as uow:
            assert audit.verify_all(uow) > 0
