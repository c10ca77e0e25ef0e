"""People at work on the small office process, through the pages and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine import calendar_seed
from engine.unit_of_work import SYSTEM, Engine
from tests.office import OFFICE
from workflows import identity, studio
from workflows.identity import NewAccount

PEOPLE = {
    "officer": "ORG_DEPT",
    "second": "ORG_DEPT",
    "head": "ORG_HEAD",
    "team": "TEAM",
    "guard": "CADRE_SUP",
}
DRAFT = {"opinion": "同意上报", "people-0": "", "people-0-id": "a", "people-0-name": "甲"}


@dataclass
class Office:
    """The institution with the process deployed; ``as_`` gives the browser of a person."""

    engine: Engine
    browser_of: Callable[..., Any]
    browsers: dict[str, Any] = field(default_factory=dict)

    def as_(self, login: str) -> Any:
        if login not in self.browsers:
            self.browsers[login] = self.browser_of(login)
        return self.browsers[login]

    def start(self, title: str = "一件公文") -> str:
        """Open a case as the officer; returns the address of its first task."""
        answer = self.as_("officer").post("/start/office", {"title": title, "_act": "submit"})
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def submit(self, login: str, task: str, answers: dict[str, Any], **more: Any) -> Any:
        return self.as_(login).post(task, {**answers, "_act": "submit", **more})

    def to_review(self) -> str:
        """Bring a case to the review; returns the address of the head's task."""
        answer = self.submit("officer", self.start(), DRAFT)
        assert answer.status_code == 303, answer.text
        return self.first_task("head")

    def first_task(self, login: str) -> str:
        found = re.search(r'href="(/tasks/[^"]+)"', self.as_(login).get("/desk/todo").text)
        assert found is not None, f"{login} has nothing to do"
        return found[1]

    def case_of(self, task: str, login: str = "officer") -> str:
        found = re.search(r'href="(/cases/[0-9a-f-]{36})"', self.as_(login).get(task).text)
        assert found is not None
        return found[1]

    def hidden(self, login: str, task: str, name: str) -> str:
        found = re.search(f'name="{name}" value="([^"]*)"', self.as_(login).get(task).text)
        assert found is not None
        return found[1]


def set_up(
    engine: Engine, accounts: dict[str, str], hashed: str, browser_of: Callable[..., Any]
) -> Office:
    """Deploy the process and add its people."""
    with engine.begin(SYSTEM) as uow:
        calendar_seed.seed(uow, 2026, 2026)
        for login, role in PEOPLE.items():
            new = NewAccount(login, f"{login}某", accounts["unit"])
            accounts[login] = identity.create_account(uow, new, hashed)
            identity.grant(uow, accounts[login], role, accounts["unit"])
        studio.deploy(uow, OFFICE)
    return Office(engine, browser_of)
