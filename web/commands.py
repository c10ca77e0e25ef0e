"""How a view starts a command: the engine of this app, the person of this request."""

from __future__ import annotations

from flask import current_app

from engine.unit_of_work import Actor, Engine, UnitOfWork
from web import auth
from workflows import identity, policies

VISITOR = Actor("visitor", "未登录")
"""Acts until somebody has signed in; holds no principal and therefore no right."""


def begin() -> UnitOfWork:
    """Start a command on behalf of the signed-in person."""
    return engine().begin(actor())


def read() -> UnitOfWork:
    """Start a query on behalf of the signed-in person."""
    return engine().read(actor())


def engine() -> Engine:
    """Return the engine this application was built around."""
    found: Engine = current_app.extensions["engine"]
    return found


def actor() -> Actor:
    """Return the person of this request as the engine sees them."""
    who = auth.identity()
    return VISITOR if who is None else who.actor


def note_look(subject: policies.Subject) -> None:
    """Write down that a case was opened only by right of supervision or audit.

    Call it after the read has ended; the look gets a transaction of its own.
    """
    if policies.only_as_watchdog(actor(), subject):
        with begin() as uow:
            identity.log(uow, "case_viewed", subject.instance_id or "")
