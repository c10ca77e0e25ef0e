import sqlalchemy as sa
from flask import g

from engine.unit_of_work import SYSTEM
from web import commands
from workflows.identity import HeldRole
from workflows.model import access_log
from workflows.policies import Subject
from workflows.sessions import Identity


def looked(engine):
    with engine.read(SYSTEM) as uow:
        return [
            (row.actor, row.action, row.subject) for row in uow.conn.execute(sa.select(access_log))
        ]


def look(app, role, subject):
    held = HeldRole(role, "city", "市委")
    with app.test_request_context():
        g.identity = Identity("me", "me", "我", "city", "市委", "s", (held,))
        commands.note_look(subject)


def test_look_by_supervision_leaves_a_line(app, engine):
    before = looked(engine)
    look(app, "SUPERVISOR", Subject(units=("city",), instance_id="case-1"))
    assert looked(engine)[len(before) :] == [("me", "case_viewed", "case-1")]


def test_look_by_a_participant_leaves_none(app, engine):
    before = looked(engine)
    look(app, "ORG_DEPT", Subject(units=("city",), instance_id="case-1"))
    took_part = Subject(involved=frozenset({"user:me"}), instance_id="case-1")
    look(app, "AUDITOR", took_part)
    assert looked(engine) == before


def test_visitor_holds_no_principal(app):
    with app.test_request_context():
        assert commands.actor().principals == frozenset()
