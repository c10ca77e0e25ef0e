"""The re-linking game: a script gets everything that is stored and must not beat chance.

200 voters, half of them for a candidate. The script knows the order in which they signed in
(somebody may have watched the door) and links the first voter with the first ballot, in every
order in which ballots can be found: transaction numbers, row addresses, bytes of files and
logs, keys, lists. It wins if one of its ways names many right ballots, or many right choices.

One ballot in 200 is right by chance, ten or more once in 10⁷ games; 100 choices are right by
chance with a deviation of 7, and more than 36 away from that once in 10⁶ games.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.unit.workflows.ballots.hall import OFFICER, Vote, login, opened, voter
from workflows.ballots import opening, shares, signing_in
from workflows.ballots.events import Hall
from workflows.ballots.receipts import receipt_of
from workflows.ballots.rules import Ballot
from workflows.ballots.slips import new_code
from workflows.ballots.store import box

pytestmark = [pytest.mark.both_databases, pytest.mark.own_database]

VOTERS = 200
SEED = 20261125
YES, NO = "赞成", "不赞成"
LINKS, CHOICES = 9, 36


@dataclass
class Game:
    """A vote as it took place, which only the test knows, and what was seen of it."""

    vote: Vote
    choices: list[str]
    receipts: dict[int, str] = field(default_factory=dict)
    appeared: list[bytes] = field(default_factory=list)
    """Commitments in the order in which snapshots between two casts first show them."""

    def cast(self, number: int, code: str) -> None:
        """Let a voter cast, then take a snapshot of the box."""
        self.receipts[number] = self.vote.cast(code, c1=self.choices[number])
        self.appeared += sorted(set(commitments(self.vote.hall)) - set(self.appeared))

    def score(self, order: Sequence[bytes], told: Mapping[bytes, str]) -> tuple[int, int]:
        """How many ballots and choices are right if voter n is given the n-th of *order*."""
        links = sum(self.receipts[n] == receipt_of(order[n]) for n in range(VOTERS))
        return links, sum(self.choices[n] == told[order[n]] for n in range(VOTERS))


def played(vote: Vote) -> Game:
    choices = [YES, NO] * (VOTERS // 2)
    random.Random(SEED).shuffle(choices)
    return Game(vote, choices)


def commitments(hall: Hall) -> list[bytes]:
    with hall.store.read() as look:
        return list(look.conn.scalars(sa.select(box.c.commitment)))


def orders(hall: Hall, log: str) -> dict[str, list[bytes]]:
    """Every order of the ballots that tables, files and logs can give."""
    found: dict[str, list[bytes]] = {}
    ways = ["commitment", "id", "sealed"]
    ways += [] if hall.store.engine.sqlite else ["xmin::text::bigint", "ctid"]
    with hall.store.read() as look:
        for way in ["", *(f"order by {way}" for way in ways)]:
            rows = look.conn.execute(sa.text(f"select commitment from ballot_box {way}"))
            found[way or "as it comes"] = [row[0] for row in rows]
    if hall.store.engine.sqlite:
        for end in ("", "-wal"):
            raw = Path(f"{hall.store.engine.database.url.database}{end}").read_bytes()
            found[f"first in file{end}"] = sorted(commitments(hall), key=raw.find)
            found[f"last in file{end}"] = sorted(commitments(hall), key=raw.rfind)
    for spelling in (bytes.hex, repr, receipt_of):
        named = [each for each in commitments(hall) if spelling(each) in log]
        if len(named) == VOTERS:
            found["in the log"] = sorted(named, key=lambda each: log.find(spelling(each)))
    return found | {f"{way}, backwards": order[::-1] for way, order in found.items()}


def with_shares(vote: Vote) -> dict[bytes, str]:
    """What each ballot says, for a script that has two shares as well."""
    key = shares.combine([shares.read_code(vote.id, code) for code in vote.two_shares()])
    event, rows = vote.event, opening.boxed(vote.hall, vote.id)
    pair = (key, bytes.fromhex(event.public_key))
    read = opening.unseal(vote.id, event.rules, pair, rows)
    papers = [ballot for ballot, _ in read if isinstance(ballot, Ballot)]
    assert len(papers) == VOTERS
    return {
        row.commitment: ballot.marks["c1"] for (row, _), ballot in zip(rows, papers, strict=True)
    }


def without_shares(vote: Vote) -> dict[str, dict[bytes, str]]:
    """Guesses from what is in the row: a bit of the ciphertext, of the commitment."""
    rows = [row for row, _ in opening.boxed(vote.hall, vote.id)]
    return {
        "ciphertext": {row.commitment: (YES, NO)[row.sealed[-1] & 1] for row in rows},
        "sender's key": {row.commitment: (YES, NO)[row.sealed[0] & 1] for row in rows},
        "commitment": {row.commitment: (YES, NO)[row.commitment[0] & 1] for row in rows},
    }


def assert_chance(links: int, choices: int, way: str) -> None:
    assert links <= LINKS, way
    assert abs(choices - VOTERS // 2) <= CHOICES, way


def test_after_the_close_even_the_key_does_not_help(hall, caplog):
    """Worst case: all cast in the order of the door; the script has all that is left, and the
    shares of two scrutineers.
    """
    caplog.set_level(logging.INFO, "sqlalchemy")  # our snapshots would be in DEBUG
    game = played(opened(hall, VOTERS))
    for number in range(VOTERS):
        game.cast(number, game.vote.codes[number])
    assert game.score(game.appeared, with_shares(game.vote)) == (VOTERS, VOTERS)  # the control
    game.vote.close()
    told = with_shares(game.vote)
    for way, order in orders(hall, caplog.text).items():
        assert_chance(*game.score(order, told), way)


def test_slips_drawn_and_cast_in_the_room_cannot_be_named_at_all(hall, caplog):
    """The script also has snapshots between all casts; people cast when they are ready."""
    game = played(opened(hall, VOTERS))
    room = list(range(VOTERS))
    random.Random(SEED + 1).shuffle(room)
    for number in room:
        game.cast(number, game.vote.codes[number])
    told = with_shares(game.vote)
    assert_chance(*game.score(game.appeared, told), "snapshots")
    for way, order in orders(hall, caplog.text).items():
        assert_chance(*game.score(order, told), way)


def test_in_login_mode_time_finds_the_ballot_but_nothing_stored_opens_it(hall, caplog):
    """Each signs in and casts in one sitting, with a snapshot after each; no scrutineer helps.

    That time links the row is what the threat model says of this mode; the choice stays sealed.
    """
    game = played(login(hall, VOTERS))
    for number in range(VOTERS):
        code = new_code()
        signing_in.claim(hall, voter(number), game.vote.id, code)
        game.cast(number, code)
    for way, guess in without_shares(game.vote).items():
        links, choices = game.score(game.appeared, guess)
        assert links == VOTERS
        assert abs(choices - VOTERS // 2) <= CHOICES, way
    game.vote.close()
    game.vote.sign()
    result = opening.open_box(hall, OFFICER, game.vote.id, game.vote.two_shares())
    assert result["box"]["totals"]["c1"][YES] == VOTERS // 2
    told = with_shares(game.vote)
    for way, order in orders(hall, caplog.text).items():
        assert_chance(*game.score(order, told), way)
