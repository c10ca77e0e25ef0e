"""A whole selection, from the motion to the archive, by clicking, with its many people."""

from __future__ import annotations

import re
import time
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.person import Person
from tests.browser.site import Site, _single


def test_a_case_goes_from_the_motion_to_the_archive(site: Site, visit: Visit) -> None:
    people: dict[str, Person] = {}

    def person(login):
        if login not in people:
            people[login] = visit(login)
        return people[login]

    site.start()
    for act in site.acts:
        for step in _single(act):
            if step.get("do") == "clock":
                site.move(step)
                continue
            node = step["node"]
            for child in step.get("child", [""]):
                t = time.time()
                p = person(site.login(node))
                p.open(site.task(node, child))
                t1 = time.time()
                miss = p.fill(site.answers(node, step.get("data")))
                t2 = time.time()
                p.submit()
                print(
                    node,
                    child,
                    round(t1 - t, 2),
                    round(t2 - t1, 2),
                    round(time.time() - t2, 2),
                    miss,
                )
