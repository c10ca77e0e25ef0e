"""A small institution with one account for each way of looking at a page, and a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.unit_of_work import SYSTEM, Engine
from web.app import create_app
from workflows import identity, passwords, registry, sessions
from workflows.identity import NewAccount
from workflows.sessions import Visitor

PASSWORD = "correct horse battery"
ROLES = ("ORG_DEPT", "EXPERT", "SUPERVISOR", "AUDITOR", "DESIGNER", "ADMIN", "")
"""One account each, with the role code in small letters as login; ``nobody`` has no role."""
TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')


@dataclass
class Browser:
    """A test client that sends the form token as a page would, over http or https."""

    client: FlaskClient
    base: str = "http://localhost"
    accounts: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=self.base, buffered=True, **more)

    def token(self) -> str:
        found = TOKEN.search(self.get("/sign-in", follow_redirects=True).text)
        assert found is not None
        return found[1]

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> TestResponse:
        filled = {"csrf_token": self.token(), **(data or {})}
        return self.client.post(path, data=filled, base_url=self.base, **more)

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/sign-in", {"login": login, "password": password, **more})

    def cookie(self, name: str = "linxuan") -> str:
        found = self.client.get_cookie(name, domain="localhost")
        return "" if found is None else found.value


@pytest.fixture(scope="session")
def hashed() -> str:
    """Hash the password of all test accounts once; a hash is slow on purpose."""
    return passwords.digest(PASSWORD)


@pytest.fixture
def accounts(engine: Engine, hashed: str) -> dict[str, str]:
    """Create the unit and the accounts; gives login → account id and ``unit`` → unit id."""
    made: dict[str, str] = {}
    with engine.begin(SYSTEM) as uow:
        made["unit"] = unit = registry.add_unit(uow, "C", "云汀市委")
        for role in ROLES:
            login = role.casefold() or "nobody"
            made[login] = identity.create_account(
                uow, NewAccount(login, f"{login}某", unit), hashed
            )
            if role:
                identity.grant(uow, made[login], role, unit)
    return made


@pytest.fixture
def app(engine: Engine, accounts: dict[str, str]) -> Flask:
    made = create_app(engine)
    made.testing = True
    return made


@pytest.fixture
def browser_of(app: Flask, accounts: dict[str, str]) -> Callable[..., Browser]:
    """Give a new browser: ``browser_of()`` signed out, ``browser_of("admin")`` signed in."""
    engine: Engine = app.extensions["engine"]

    def make(login: str = "", *, https: bool = False) -> Browser:
        base = "https://localhost" if https else "http://localhost"
        made = Browser(app.test_client(), base, accounts)
        if login:
            with engine.begin(SYSTEM) as uow:
                visitor = Visitor("192.0.2.9", "test browser")
                token = sessions.open_session(uow, accounts[login], visitor)
            name = "__Host-linxuan" if https else "linxuan"
            made.client.set_cookie(name, token, domain="localhost", secure=https)
        return made

    return make
