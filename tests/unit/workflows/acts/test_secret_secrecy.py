"""The tests of secrecy again, through the act: no table of the case, of the desk or of the
audit says more about a voter than the roll does.

The library's own tests (``tests/unit/workflows/ballots``) look at slips and boxes; here the vote
is part of a case with tasks, step records, audit entries, notices, an access log and a record.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
import sqlalchemy as sa

from engine.unit_of_work import SYSTEM
from tests.ballot_case import FOUR, Assembly, entries, set_up
from tests.unit.workflows.ballots.test_relinking import (
    VOTERS,
    assert_chance,
    commitments,
    orders,
    played,
    with_shares,
)
from tests.unit.workflows.ballots.test_secrecy import everything, files_of
from workflows.ballots import casting
from workflows.ballots.model import ballot_roll
from workflows.ballots.store import slip

VOTE = f'kind="election" {entries(*FOUR)} seats="=3"'
MARKER = "暗号标记甲乙丙"
PERSON = re.compile(r"'(\d{5})'")
"""The key of a voter who came from a file."""


def counts(vote: Assembly) -> dict[str, int]:
    """How many rows every table of the program's own database has."""
    with vote.engine.database.connect() as connection:
        names = sa.inspect(vote.engine.database).get_table_names()
        query = 'select count(*) from "{}"'
        return {name: connection.scalar(sa.text(query.format(name))) or 0 for name in names}


@pytest.mark.both_databases
@pytest.mark.own_database
def test_a_marker_choice_is_nowhere_until_the_count_publishes_names(engine, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    vote = set_up(engine, VOTE)
    vote.voting(12)
    lead = vote.lead()
    printed = [code for codes in vote.hands[lead].drawn.values() for code in codes]
    vote.do("cast", marks={"甲": "不赞成", "丁": "赞成"}, write_ins=[MARKER])
    vote.do("cast_all")
    vote.do("close_box")
    vote.do("sign")
    main, own = vote.engine.database, vote.hall.store.engine.database
    for text in (everything(main), everything(own), caplog.text):
        assert MARKER not in text
    for raw in (files_of(main), files_of(own)):
        assert MARKER.encode() not in raw
    vote.do("open_box")
    vote.do("sign", subject="result")
    vote.close()
    vote.confirm(reason="已核对")
    for text in (everything(main), everything(own), caplog.text):
        for secret in (*printed, *vote.hands[lead].shares.values()):
            assert secret not in text
    assert everything(main).count(MARKER) > 0  # published with its count, like any name
    assert '不赞成": 1, "丁' not in everything(main)
    assert len(caplog.records) > 100  # the log did listen


@pytest.mark.both_databases
@pytest.mark.own_database
def test_casting_leaves_no_row_anywhere_in_the_programs_own_database(engine):
    vote = set_up(engine, VOTE)
    vote.voting(12)
    before, text = counts(vote), everything(vote.engine.database)
    vote.do("cast_all")
    assert counts(vote) == before
    assert everything(vote.engine.database) == text


def test_the_table_ticks_a_name_and_leaves_no_other_row(engine):
    vote = set_up(engine, VOTE)
    vote.named()
    vote.do("import_voters", count=12)
    vote.do("ready")
    before = counts(vote)
    for _ in range(12):
        vote.do("sign_in")
    assert counts(vote) == before


@pytest.mark.both_databases
@pytest.mark.own_database
def test_no_text_that_names_a_voter_holds_anything_of_the_store(engine):
    vote = set_up(engine, VOTE)
    vote.voting(12)
    vote.do("cast_all")
    vote.counted()
    vote.close()
    vote.confirm(reason="已核对")
    main = everything(vote.engine.database)
    with vote.hall.store.read() as look:
        digests = list(look.conn.scalars(sa.select(slip.c.digest)))
    for value in (*digests, *commitments(vote.hall)):
        assert value.hex() not in main
        assert repr(value) not in main
    with vote.engine.read(SYSTEM) as uow:
        people = list(uow.conn.scalars(sa.select(ballot_roll.c.name)))
    own = everything(vote.hall.store.engine.database)
    assert not [name for name in people if name in own]


@pytest.mark.both_databases
@pytest.mark.own_database
def test_the_relinking_game_over_all_tables_is_lost(engine, caplog):
    """The worst case of the library's game, with everything the case has stored as well.

    All 200 cast in the order of the door. The script has the order of the roll, every table of
    both stores in every order, the log, and the shares of two scrutineers.
    """
    caplog.set_level(logging.INFO, "sqlalchemy")
    vote = set_up(engine, VOTE)
    vote.voting(VOTERS)
    hand = vote.hands[vote.lead()]
    game = played(_as_vote(vote))
    for number, code in enumerate(list(hand.drawn[""])):
        game.cast(number, code)
    told = with_shares(game.vote)
    assert game.score(game.appeared, told) == (VOTERS, VOTERS)  # the control
    vote.counted()
    vote.close()
    vote.confirm(reason="已核对")
    lists = {"the door": list(range(VOTERS)), **_lists_of_voters(vote)}
    assert len(lists) > 1  # the roll at least has a row for each of them
    for way, order in orders(vote.hall, caplog.text).items():
        for name, voters in lists.items():
            linked = dict(zip(voters, order, strict=True))
            guess = [linked[number] for number in range(VOTERS)]
            assert_chance(*game.score(guess, told), f"{name}, {way}")


def _as_vote(vote: Assembly) -> Any:
    """The vote as the library's game knows it."""

    class Played:
        hall, id = vote.hall, vote.lead()

        @property
        def event(self) -> Any:
            return vote.event()

        def cast(self, code: str, **marks: str) -> str:
            return casting.cast(self.hall.store, self.id, code, {"marks": marks})

        def two_shares(self) -> list[str]:
            return list(vote.hands[self.id].shares.values())[:2]

    return Played()


def _lists_of_voters(vote: Assembly) -> dict[str, list[int]]:
    """Every order of the voters that a table of the program's own database can give."""
    found: dict[str, list[int]] = {}
    database = vote.engine.database
    ways = ("rowid",) if vote.engine.sqlite else ("xmin::text::bigint", "ctid")
    with database.connect() as connection:
        for name in sa.inspect(database).get_table_names():
            for way in ways:
                query = f'select * from "{name}" order by {way}'
                rows = [repr(tuple(row)) for row in connection.execute(sa.text(query))]
                named = [PERSON.findall(row) for row in rows]
                voters = [int(each[0]) - 1 for each in named if len(set(each)) == 1]
                if sorted(voters) == list(range(VOTERS)):
                    found[f"{name} by {way}"] = voters
    return found
