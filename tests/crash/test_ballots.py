"""A program that dies anywhere in a secret vote: the same command, called again, finishes it.

The vote lives in two stores that share no transaction, so every statement and every commit of
both is a place to die at. A command is killed at its first place, called again, killed at its
second, and so on until it comes to its end; then the next command has its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from engine import audit
from engine.unit_of_work import SYSTEM, Engine
from tests.ballot_case import FOUR, Assembly, entries, set_up
from workflows.acts.secret import meeting
from workflows.ballots import casting, events, signing_in, slips, store
from workflows.scenario_ballots import Hands

pytestmark = pytest.mark.crash
VOTE = f'kind="election" {entries(*FOUR)} seats="=3" channel="mixed"'


class PowerCut(BaseException):
    """The program is gone; nothing of it gets to say anything more."""


@contextmanager
def dying_at(vote: Assembly, place: int) -> Iterator[None]:
    """Die at the given statement or commit, counted over both stores."""
    databases = (vote.engine.database, vote.hall.store.engine.database)
    left = place

    def step(connection: sa.Connection, *_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            connection.invalidate()  # what was not committed is gone with the program
            raise PowerCut

    names = ("before_cursor_execute", "commit")
    for database in databases:
        for name in names:
            sa.event.listen(database, name, step)
    try:
        yield
    finally:
        for database in databases:
            for name in names:
                sa.event.remove(database, name, step)


def killed_everywhere(vote: Assembly, command: Callable[[], Any]) -> int:
    """Kill a command at each of its places in turn; returns how often it died."""
    deaths = 0
    while True:
        try:
            with dying_at(vote, deaths + 1):
                command()
        except PowerCut:
            deaths += 1
            assert deaths < 300
            vote.hall.store.forget(vote.lead())  # a new program remembers nothing
        else:
            return deaths


def in_box(vote: Assembly) -> int:
    return signing_in.cast_count(vote.hall, vote.lead())


def test_a_vote_that_dies_everywhere_is_counted_as_if_nothing_had_happened(engine: Engine) -> None:
    vote = set_up(engine, VOTE)
    vote.named(tellers=True)
    vote.do("import_voters", count=10)
    lead = vote.lead()

    def step(verb: str, **more: Any) -> Callable[[], None]:
        return lambda: vote.do(verb, **more)

    deaths = {}
    for verb in ("freeze", "make_box", "print_slips"):
        deaths[verb] = killed_everywhere(vote, _preparing(vote, verb))
    vote.do("sign_in", all=True)
    deaths["begin"] = killed_everywhere(vote, step("begin"))
    vote.do("exchange", count=2)
    vote.do("cast_all", votes={"甲": 6, "乙": 5, "丙": 5})
    vote.do("enter_paper", ballots=2, votes={"甲": 2, "乙": 1, "丙": 2})
    deaths["close_box"] = killed_everywhere(vote, step("close_box"))
    vote.do("sign")
    deaths["open_box"] = killed_everywhere(vote, step("open_box"))
    vote.do("sign", subject="result")
    deaths["close"] = killed_everywhere(vote, vote.close)
    deaths["confirm"] = killed_everywhere(vote, vote.confirm)
    assert min(deaths.values()) > 3, deaths
    assert vote.variables()["v1_result"]["elected"] == ["c1", "c3", "c2"]
    assert [row["agree"] for row in vote.result()["value"]["rows"]] == [8, 7, 6, 0]
    with engine.read(SYSTEM) as uow:
        actions = [each["action"] for each in events.acts(uow, lead)]
        assert audit.verify_all(uow) > 0
    for once in ("frozen", "slips_printed", "box_opened", "box_closed", "box_opened_for_count"):
        assert actions.count(once) == 1, once
    assert in_box(vote) == 8


def _preparing(vote: Assembly, verb: str) -> Callable[[], None]:
    office, lead = vote.people["office"], vote.lead()

    def freeze() -> None:
        with vote.engine.begin(office) as uow:
            meeting.freeze(uow, lead)

    def make_box() -> None:
        made = meeting.make_box(vote.hall, office, lead)
        vote.hands.setdefault(lead, Hands()).shares = dict(made)

    def print_slips() -> None:
        piles = meeting.print_slips(vote.hall, office, lead)
        vote.hands[lead].slips = {pile.voter_class: list(pile.codes) for pile in piles}

    return {"freeze": freeze, "make_box": make_box, "print_slips": print_slips}[verb]


def test_a_cast_that_dies_anywhere_counts_once(engine: Engine) -> None:
    vote = set_up(engine, VOTE)
    vote.voting(6, tellers=True)
    lead = vote.lead()
    code = vote.hands[lead].drawn[""][0]
    paper = {"marks": {"c1": "赞成"}}
    assert killed_everywhere(vote, lambda: casting.cast(vote.hall.store, lead, code, paper)) > 2
    assert in_box(vote) == 1
    with vote.hall.store.read() as look:
        used = sa.select(sa.func.count()).select_from(store.slip).where(store.slip.c.used)
        assert look.conn.scalar(used) == 1


def test_a_claim_by_account_that_dies_anywhere_gives_one_slip(engine: Engine) -> None:
    roll = "=[{role: &quot;MEMBER&quot;, each: true}]"
    kind = f'kind="plenary" {entries("甲")} mode="login" roll="{roll}"'
    vote = set_up(engine, kind)
    vote.named()
    vote.do("ready")
    vote.do("begin")
    code, who, lead = slips.new_code(), vote.people["m1"], vote.lead()
    assert killed_everywhere(vote, lambda: signing_in.claim(vote.hall, who, lead, code)) > 3
    casting.cast(vote.hall.store, lead, code, {"marks": {"c1": "同意"}})
    with vote.engine.read(SYSTEM) as uow:
        assert signing_in.present(uow, lead).issued == 1
    assert in_box(vote) == 1


def test_a_vote_called_off_that_dies_anywhere_is_void_once(engine: Engine) -> None:
    vote = set_up(engine, VOTE)
    vote.named(tellers=True)
    vote.do("import_voters", count=10)
    vote.do("ready")
    assert killed_everywhere(vote, lambda: vote.do("call_off", reason="改期")) > 3
    assert vote.close()["summary"]["void"] == "no_quorum"
