"""An act that closes by itself at its deadline: a worker killed anywhere closes nothing by half."""

import pytest
import sqlalchemy as sa

from engine import audit, worker
from engine.model import audit_entry, job, notice, task
from engine.unit_of_work import SYSTEM
from tests.crash.test_power_cut import victim
from tests.intake_case import award, set_up
from workflows.acts import rows
from workflows.acts.entries.model import act_entry
from workflows.acts.model import act

pytestmark = pytest.mark.crash
TABLES = (act, act_entry, task, job, notice, audit_entry)


def kept(engine):
    with engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(each).order_by(*each.primary_key)).all() for each in TABLES
        ]


def test_closing_by_itself_survives_a_worker_killed_at_any_statement(engine, clock):
    case = set_up(engine, award('autoclose="true" remind="0"'))
    case.enter("ann", "甲")
    clock.move(days=8)
    before = kept(engine)
    with victim(engine, clock, "act_job", "") as process:
        deaths = 0
        while not process.run(deaths + 1):
            deaths += 1
            assert kept(engine) == before, f"statement {deaths} left something behind"
            assert deaths < 80
    assert deaths > 8
    worker.drain(engine)
    with engine.read(SYSTEM) as uow:
        closed = rows.of_task(uow, case.lead("apply"))
        told = uow.conn.scalars(sa.select(notice.c.code)).all()
        audit.verify_all(uow)
    assert (closed.state, closed.result["value"]["count"]) == ("closed", 1)
    assert told.count("act_closed_over") == 1
