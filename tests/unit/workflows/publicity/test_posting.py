"""A posting from its text to its closing: when it may be closed, and what stays open."""

from datetime import date
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from engine import audit, holds, queries
from engine.calendar import Calendar
from engine.errors import EngineError, Invalid, NotAllowed, NotFound
from engine.unit_of_work import SYSTEM
from tests.notice_board import UNFOUNDED, UPHELD, set_up
from workflows import identity, settings
from workflows.acts import chain
from workflows.acts.model import act
from workflows.publicity import correcting, handling, intake, limits, period, texts
from workflows.publicity.correcting import Correction
from workflows.publicity.model import objection_paper, public_rate

MONDAY = date(2026, 3, 2)
SECRET = "王五收了三万元"


@pytest.fixture
def board(engine):
    made = set_up(engine)
    made.prepare()
    made.open()
    return made


def refused(call, *args, **more):
    with pytest.raises(EngineError) as error:
        call(*args, **more)
    return error.value.code


# The period -------------------------------------------------------------------------------

DAYS = Calendar.of({}, [2026])
FRIDAY = date(2026, 3, 6)
NEXT = date(2026, 3, 9)


def test_the_day_of_publication_does_not_count_unless_the_office_counts_it():
    assert period.last_day(DAYS, MONDAY, 5, "wd") == NEXT
    assert period.last_day(DAYS, MONDAY, 5, "wd", count_first=True) == FRIDAY
    assert period.last_day(DAYS, MONDAY, 5, "day") == NEXT  # a Saturday moves on
    assert period.last_day(DAYS, MONDAY, 0, "wd") is None


@pytest.mark.parametrize(
    ("pauses", "last", "standing"),
    [
        ([], date(2026, 3, 9), False),
        ([(date(2026, 3, 4), date(2026, 3, 6))], date(2026, 3, 11), False),
        ([(date(2026, 3, 4), None)], date(2026, 3, 9), True),
        ([(date(2026, 3, 9), date(2026, 3, 12))], date(2026, 3, 12), False),  # T36, the last day
        ([(date(2026, 3, 10), date(2026, 3, 20))], date(2026, 3, 9), False),  # too late
        ([(date(2026, 3, 4), date(2026, 3, 6)), (date(2026, 3, 5), date(2026, 3, 6))],
         date(2026, 3, 11), False),  # two at once count once
        ([(date(2026, 3, 4), date(2026, 3, 6)), (date(2026, 3, 10), date(2026, 3, 11))],
         date(2026, 3, 12), False),
        ([(date(2026, 2, 20), date(2026, 3, 2))], date(2026, 3, 9), False),
        ([(date(2026, 3, 7), date(2026, 3, 8))], date(2026, 3, 9), False),  # a weekend
    ],
)  # fmt: skip
def test_the_last_day_moves_by_the_working_days_the_clock_stood_still(pauses, last, standing):
    found = period.run(DAYS, MONDAY, NEXT, pauses)
    assert (found.last_day, found.standing) == (last, standing)


# The text ---------------------------------------------------------------------------------


def test_a_birthday_loses_its_day_and_nothing_else_is_shown():
    person = {"sex": "女", "birth": "1975-03-09", "attributes": {"education": "大学"}}
    entry = {"id": "a", "name": "甲", "idcard": "11010519491231002X", "score": "99",
             "person": person}  # fmt: skip
    found = texts.rows([entry], ["name", "sex", "birth", "education"])
    assert found == [{"id": "a", "cells": {
        "name": "甲", "sex": "女", "birth": "1975.03", "education": "大学"}}]  # fmt: skip
    assert not {"idcard", "score", "family", "health", "votes"} & texts.columns().keys()


def test_an_identity_number_is_never_posted():
    with pytest.raises(Invalid) as error:
        texts.rows([{"id": "a", "summary": "身份证11010519491231002X。"}], ["summary"])
    assert error.value.code == "posting_private"


def test_the_text_is_hashed_and_a_correction_is_another_version(board, clock):
    officer = board.actors["officer"]
    clock.move(days=1)
    with board.engine.begin(officer) as uow:
        wrong = Correction("x/name", "甲品牌", "")
        assert refused(correcting.correct, uow, board.lead(), wrong) == "reason_missing"
    with board.engine.begin(officer) as uow:
        correcting.correct(uow, board.lead(), Correction("x/name", "甲品牌", "名称有误"))
    assert board.last_day() == "2026-03-09"
    with board.engine.begin(officer) as uow:
        again = Correction("text", "改了正文", "正文有误", restart=True)
        correcting.correct(uow, board.lead(), again)
    assert board.last_day() == "2026-03-10"
    with board.engine.read(SYSTEM) as uow:
        first, second, third = correcting.versions(uow, board.lead_in(uow))
        audit.verify_all(uow)
    assert first.body["rows"][0]["cells"]["name"] == "甲项目"
    assert second.body["rows"][0]["cells"]["name"] == "甲品牌"
    assert (third.restarted, third.body["last_day"]) == (True, "2026-03-10")
    assert len({first.digest, second.digest, third.digest}) == 3
    assert texts.digest(second.body) == second.digest


def test_the_text_can_be_edited_before_it_is_published_and_not_after(engine):
    board = set_up(engine)
    board.prepare()
    with engine.begin(board.actors["officer"]) as uow:
        correcting.edit(uow, board.lead(), {"title": "公示稿", "mailbox": "a@b.cn"})
    board.open()
    assert board.posting().title == "公示稿"
    with engine.begin(board.actors["officer"]) as uow:
        assert refused(correcting.edit, uow, board.lead(), {"title": "x"}) == "posting_not_now"


def test_a_posting_without_contact_or_handler_is_not_published(engine):
    board = set_up(engine, post='kind="posting" entries="=entries" days="5" handlers="HANDLER"')
    board.prepare()
    assert refused(board.open) == "posting_no_handler"
    with engine.begin(SYSTEM) as uow:
        identity.grant(uow, board.actors["ann"].id, "HANDLER", board.units["C"])
    board.prepare()
    assert refused(board.open) == "posting_no_contact"
    with engine.begin(SYSTEM) as uow:
        settings.write(uow, "public.phone", "12380")
        settings.write(uow, "wd.count_first_day", value=True)
    board.prepare()
    board.open()
    assert board.last_day() == "2026-03-06"


# Closing ----------------------------------------------------------------------------------


def test_a_person_closes_it_and_never_before_the_last_day_is_over(board, clock):
    assert refused(board.close) == "posting_running"
    clock.set(2026, 3, 9, 15, 59)
    assert refused(board.close) == "posting_running"
    clock.set(2026, 3, 9, 16, 0)  # midnight in China
    assert board.posting().state == "open"
    board.close()
    assert board.posting().state == "closed"
    board.confirm()
    with board.engine.read(SYSTEM) as uow:
        found = dict(uow.conn.scalar(sa.select(act.c.result)))
        audit.verify_all(uow)
    assert found["summary"] == {
        "upheld": [], "objections": 0, "kept": 2, "closed_on": "2026-03-10",
    }  # fmt: skip


def test_an_announcement_has_no_period_and_no_objections(engine):
    board = set_up(engine, post='kind="posting" entries="=entries" days="0"')
    board.open()
    assert board.posting().kind == "announcement"
    assert refused(board.object) == "posting_unknown"
    board.close()


def test_it_cannot_be_closed_while_an_objection_waits(board, clock):
    board.object()
    clock.set(2026, 3, 20, 1)
    assert refused(board.close) == "posting_objections_open"
    board.triage(concrete=False)
    board.close()
    assert refused(board.object) == "posting_closed"


def test_a_concrete_objection_stops_the_clock_and_its_conclusion_moves_the_end(board, clock):
    clock.set(2026, 3, 4, 2)
    board.object(entries=["x"])
    assert board.last_day() == "2026-03-09"
    board.triage(concrete=True, concerns=["x"])
    assert board.last_day() == "2026-03-09 standing"
    clock.set(2026, 3, 11, 2)
    board.propose({"x": UPHELD})
    assert refused(board.close) == "posting_objections_open"
    assert refused(board.decide, login="judge") == "objection_second"
    board.decide(agree=False)
    assert board.objections()[0].state == "examining"
    board.propose({"x": UPHELD})
    board.decide()
    assert board.last_day() == "2026-03-16"
    clock.set(2026, 3, 16, 15)
    assert refused(board.close) == "posting_running"
    clock.set(2026, 3, 16, 16)
    board.close()
    assert refused(board.confirm) == "act_explain"
    board.confirm(reason="取消甲项目")
    with board.engine.read(SYSTEM) as uow:
        audit.verify_all(uow)
        result = chain.result(_case(uow, board), "post")
    assert result["summary"]["upheld"] == ["x"]
    assert [each["id"] for each in result["entries"]] == ["y"]


def test_a_hold_by_supervision_moves_the_end_too_and_counts_once(board, clock):
    clock.set(2026, 3, 4, 2)
    board.object()
    board.triage(concrete=True)
    with board.engine.begin(board.actors["guard"]) as uow:
        holds.place(uow, board.case_id, reason="核查")
    assert refused(board.close) == "on_hold"
    clock.set(2026, 3, 6, 2)
    board.propose({"": UNFOUNDED})
    board.decide()
    assert board.last_day() == "2026-03-11 standing"
    with board.engine.begin(board.actors["guard"]) as uow:
        holds.release(uow, board.case_id, reason="查清")
    assert board.last_day() == "2026-03-11"


# Objections -------------------------------------------------------------------------------


def test_the_objector_comes_back_with_his_code_and_adds_what_was_missing(board):
    code = board.object("他不行")
    board.triage(concrete=False, answer="请说明时间地点")
    with board.engine.read(SYSTEM) as uow:
        seen = intake.status(uow, code.lower().replace("-", " "))
    assert (seen.row.state, seen.row.answer, seen.addable) == ("vague", "请说明时间地点", True)
    with board.engine.begin(SYSTEM) as uow:
        intake.add(uow, code, intake.Given("去年三月在甲村"))
    assert board.objections()[0].state == "received"
    assert todo(board, "judge") == ["post"]
    board.settle({"": UNFOUNDED})
    with board.engine.begin(SYSTEM) as uow:
        assert refused(intake.add, uow, code, intake.Given("还有")) == "objection_done"
    with board.engine.read(SYSTEM) as uow:
        assert refused(intake.status, uow, "AAAA-BBBB-CCCC-DDDD") == "objection_unknown"
        assert refused(intake.status, uow, "x") == "objection_unknown"


def test_a_faulty_objection_says_what_is_wrong_and_leaves_nothing(board):
    faulty = (
        ({"text": " "}, "text"),
        ({"text": "长" * 3001}, "text"),
        ({"signed": True, "contact": "1"}, "name"),
        ({"signed": True, "name": "甲"}, "contact"),
        ({"entries": ["z"]}, "entries"),
    )
    for given, field in faulty:
        with pytest.raises(Invalid) as error:
            board.object(**given)
        assert list(error.value.fields) == [field]
    assert board.objections() == []
    assert todo(board, "judge") == []


def test_a_name_given_without_signing_is_not_kept(board):
    board.object(name="李四", contact="139")
    with board.engine.read(SYSTEM) as uow:
        paper = uow.conn.execute(sa.select(objection_paper)).one()
    assert (paper.name, paper.contact) == ("", "")


def test_no_word_of_an_objection_stands_anywhere_but_in_its_own_table(board, clock):
    board.object(SECRET, signed=True, name="赵六六", contact="13900000000", entries=["x"])
    board.settle({"x": UNFOUNDED})
    clock.set(2026, 3, 20, 1)
    board.close()
    board.confirm()
    with board.engine.read(SYSTEM) as uow:
        names = [each for each in sa.inspect(uow.conn).get_table_names() if "objection" not in each]
        for name in names:
            text = repr(uow.conn.execute(sa.text(f'select * from "{name}"')).all())
            for word in (SECRET, "赵六六", "13900000000"):
                assert word not in text, (name, word)


def test_the_record_keeps_the_hash_of_what_was_handed_in(board, clock):
    board.object(SECRET)
    board.triage(concrete=False)
    clock.set(2026, 3, 20, 1)
    board.close()
    with board.engine.read(SYSTEM) as uow:
        found = uow.conn.scalar(sa.select(act.c.result))["value"]["objections"]
        kept = uow.conn.scalar(sa.select(objection_paper.c.digest))
    assert found[0]["digests"] == [kept]


def test_to_everybody_but_the_handling_body_an_objection_does_not_exist(board):
    board.object(SECRET)
    key = board.objections()[0].id
    for login in ("officer", "clerk", "sup", "guard", "ann"):
        with board.engine.begin(board.actors[login]) as uow:
            assert handling.listing(uow) == []
            with pytest.raises(NotFound):
                handling.look(uow, key)
        with pytest.raises(NotFound):
            board.triage(login=login, concrete=True)


def test_a_handler_from_the_unit_concerned_sees_nothing_of_it(board):
    board.object(SECRET, entries=["x"])
    board.object("另一件", entries=["y"])
    first, second = board.objections()
    with board.engine.begin(board.actors["rural"]) as uow:
        assert [each.id for each in handling.listing(uow)] == [second.id]
        with pytest.raises(NotAllowed):
            handling.look(uow, first.id)
        handling.look(uow, second.id)
    board.object("全部都有问题")
    with board.engine.begin(board.actors["rural"]) as uow, pytest.raises(NotAllowed):
        handling.look(uow, board.objections()[2].id)


def test_each_look_is_written_down(board):
    board.object(SECRET)
    key = board.objections()[0].id
    for login in ("judge", "second", "judge"):
        with board.engine.begin(board.actors[login]) as uow:
            seen = handling.look(uow, key)
    assert [each.actor_name for each in seen.looks] == ["judge某", "second某", "judge某"]
    assert SECRET not in repr(seen.looks)


def test_a_proposal_rules_on_every_entry_concerned(board):
    board.object(entries=["x"])
    board.triage(concrete=True, concerns=["x", "y"])
    with pytest.raises(Invalid) as error:
        board.propose({"x": UPHELD, "y": {"finding": "也许", "reason": ""}})
    assert sorted(error.value.fields) == ["y.finding", "y.reason"]
    assert board.objections()[0].state == "examining"
    assert refused(board.triage, concrete=False) == "stale"


def test_the_handlers_find_it_in_their_inbox_and_it_goes_when_concluded(board):
    board.object()
    assert todo(board, "judge") == todo(board, "second") == ["post"]
    board.settle({"": UNFOUNDED})
    assert todo(board, "judge") == todo(board, "second") == []


# Limits -----------------------------------------------------------------------------------


def test_a_place_may_object_so_often_an_hour_and_leaves_no_address(engine, clock):
    with engine.begin(SYSTEM) as uow:
        answers = [limits.hit(uow, "object", "192.0.2.7") for _ in range(21)]
        assert answers == [True] * 20 + [False]
        assert limits.hit(uow, "object", "192.0.2.8")
        assert "192.0.2" not in repr(uow.conn.execute(sa.select(public_rate)).all())
    clock.move(hours=1)
    with engine.begin(SYSTEM) as uow:
        assert limits.hit(uow, "object", "192.0.2.7")
        assert uow.conn.scalar(sa.select(sa.func.count()).select_from(public_rate)) == 1


def test_a_network_of_version_six_is_one_place():
    assert limits.network("2001:db8::1") == limits.network("2001:db8:0:0:1::9")
    assert limits.network("unknown") == "unknown"


def todo(board, login):
    with board.engine.read(board.actors[login]) as uow:
        return [row.node for row in queries.todo(uow).rows]


def _case(uow, board):
    return SimpleNamespace(uow=uow, id=board.case_id, root_id=board.case_id)
