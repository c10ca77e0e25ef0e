"""Somebody at a screen: signs in, takes a task from the inbox, fills its form, hands it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.site import Site
from workflows.demo import PASSWORD

FILL = Path(__file__).with_name("fill.js").read_text(encoding="utf-8")
SUBMIT = "提交办理"
READY = "async () => { while (!window.htmx) await new Promise(done => setTimeout(done, 20)); }"
STILL = """
document.addEventListener('readystatechange', () => {
  const drawings = document.querySelectorAll('[data-diagram]');
  for (const one of drawings) one.removeAttribute('data-diagram');
});
"""


def ready(page: Page) -> None:
    """Wait until the page's own script serves it, without eval, which the page forbids."""
    page.wait_for_load_state("load")
    page.evaluate(READY)


class Person:
    """One account in a browser of its own. *options* are those of a Playwright context.

    Without *drawing* the diagrams stay as the server draws them, which is quicker.
    """

    def __init__(
        self, site: Site, browser: Browser, login: str, *, drawing: bool = True, **options: Any
    ) -> None:
        self.site, self.login = site, login
        self.context = browser.new_context(base_url=site.url, locale="zh-CN", **options)
        self.context.set_default_timeout(15_000)
        if not drawing:
            self.context.add_init_script(STILL)
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._listen)
        if login:
            self.sign_in()

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(message.text)

    def sign_in(self) -> None:
        """Sign in on the sign-in page."""
        self.page.goto("/sign-in")
        if "/sign-in" not in self.page.url:
            return
        self.page.get_by_label("账号").fill(self.login)
        self.page.get_by_label("密码").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.locator("details.who")).to_be_visible()

    def go(self, path: str) -> Page:
        """Open a page; sign in again first when the sign-in has run out."""
        self.page.goto(path)
        if self.login and "/sign-in" in self.page.url:
            self.sign_in()
            self.page.goto(path)
        return self.page

    def open(self, task_id: str) -> Page:
        """Open a task from the inbox."""
        self.go("/desk/todo")
        self.page.locator(f'#rows a.t[href="/tasks/{task_id}"]').click()
        self.page.wait_for_url(re.compile(task_id))
        return self.page

    def fill(self, given: Mapping[str, Any]) -> list[str]:
        """Fill the form of the page; returns the answers that it does not ask for.

        The page that a link leads to has its form a moment before the script that serves it.
        """
        self.page.locator("form.pform").wait_for()
        ready(self.page)
        missing: list[str] = self.page.evaluate(FILL, dict(given))
        return missing

    def submit(self, button: str = SUBMIT) -> Page:
        """Hand the form in; fails with what the page says when it is refused."""
        self.press(button)
        refused = self.page.locator("#form-wrong, #stopped, .note.bad")
        assert refused.count() == 0, "\n".join(refused.all_inner_texts())
        return self.page

    def press(self, button: str) -> None:
        """Press a button that leads to another page, or to this page again."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()

    def do(self, node: str, child: str = "", more: Mapping[str, Any] | None = None) -> Page:
        """Do the task of *node* from the inbox to the confirmation, as its scenario says."""
        self.open(self.site.task(node, child))
        self.fill(self.site.answers(node, more))
        return self.submit()

    def leave(self) -> None:
        """Close the browser window; a page that had an error of its own fails the test."""
        self.context.close()
        assert not self.problems, self.problems
