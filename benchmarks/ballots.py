"""Casting against the same rows written bare; closing and counting ten thousand ballots.

1. Ballots are cast one by one. In turn with them, in the same run and on the same database,
   plain Core writes the same rows (one slip used up, one ballot of the same size, one commit),
   and casts per second are given as a fraction of that ceiling. The goal is 60 %.
2. A box of 10,000 ballots is closed (reconciled, written anew, receipts, root) and opened
   (decrypted, checked, counted). The goal is 3 s CPU for both together.
3. A cast into the nearly full box is compared with one into the empty box.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from benchmarks.common import CLERK, Cost, engines, measure
from engine.unit_of_work import Actor, Engine
from workflows.ballots import casting, closing, events, opening, preparing, signing_in, slips
from workflows.ballots.model import ballot_roll
from workflows.ballots.preparing import Plan, Voter
from workflows.ballots.rules import Ballot, BallotRules, Candidate, Option
from workflows.ballots.store import Store, box, metadata, slip

BALLOTS = 10_000
BATCH = 200
ROUNDS = 7
WATCHERS = [Actor(f"w{n}", f"监票{n}") for n in range(3)]
RULES = BallotRules(
    candidates=tuple(Candidate(f"c{n}", f"候选人{n}") for n in range(7)),
    options=(Option("赞成", most=5), Option("不赞成")),
    blank="弃权",
)
PAPER = {"marks": {f"c{n}": "赞成" if n % 2 else "不赞成" for n in range(7)}}


@dataclass
class Vote:
    """An open box and the slips that are left."""

    hall: events.Hall
    id: str
    codes: Iterator[str]
    shares: list[str]

    def cast(self) -> None:
        """Cast one ballot."""
        casting.cast(self.hall.store, self.id, next(self.codes), PAPER)


class Ceiling:
    """Uses up slips and inserts ballots of the same size with plain Core statements."""

    def __init__(self, vote: Vote, count: int) -> None:
        self.store, self.event = vote.hall.store, f"bare-{vote.id}"
        sealed = self.store.header(vote.id).lock.seal(Ballot.of(PAPER))
        self.sealed, self.commitment = sealed.sealed, sealed.commitment
        rows = [
            {"event": self.event, "digest": secrets.token_bytes(32), "voter_class": "",
             "used": False}
            for _ in range(count)
        ]  # fmt: skip
        self.digests = iter([row["digest"] for row in rows])
        self.use = slip.update().where(
            slip.c.event == sa.bindparam("of_event"), slip.c.digest == sa.bindparam("of_digest")
        )
        with self.store.begin() as uow:
            uow.conn.execute(slip.insert(), rows)

    def write(self) -> None:
        """Write what one cast writes."""
        chosen = {"of_event": self.event, "of_digest": next(self.digests), "used": True}
        row = {"event": self.event, "id": secrets.token_bytes(16), "sealed": self.sealed,
               "commitment": self.commitment, "voter_class": ""}  # fmt: skip
        with self.store.begin() as uow:
            uow.conn.execute(self.use, chosen)
            uow.conn.execute(box.insert(), row)


def open_vote(engine: Engine, store: Store, voters: int) -> Vote:
    """Prepare a vote in which everybody has drawn a slip and the box is open."""
    hall = events.Hall(engine, store)
    roll = [Voter(f"v{n}", f"选举人{n}") for n in range(voters)]
    watchers = [Voter(each.id, each.name) for each in WATCHERS]
    with engine.begin(CLERK) as uow:
        event = preparing.draft(uow, Plan("测速", RULES, roll, watchers))
        preparing.freeze(uow, event)
    shares = preparing.make_box(hall, CLERK, event)
    [pile] = preparing.print_slips(hall, CLERK, event, spare=0)
    with engine.begin(CLERK) as uow:
        mine = ballot_roll.update().where(ballot_roll.c.event_id == event)
        uow.conn.execute(mine.values(state=preparing.ISSUED))
    signing_in.open_box(hall, CLERK, event)
    return Vote(hall, event, iter(pile.codes), list(shares.values()))


def fill(vote: Vote, count: int) -> None:
    """Lay *count* ballots into the box in one transaction, as many casts would have."""
    known, store = vote.hall.store.header(vote.id), vote.hall.store
    used, rows = [], []
    for _ in range(count):
        sealed = known.lock.seal(Ballot.of(PAPER))
        used.append({"of": slips.digest_of(known.slip_key, vote.id, next(vote.codes))})
        rows.append({"event": vote.id, "id": secrets.token_bytes(16), "sealed": sealed.sealed,
                     "commitment": sealed.commitment, "voter_class": ""})  # fmt: skip
    mark = slip.update().where(slip.c.event == vote.id, slip.c.digest == sa.bindparam("of"))
    with store.begin() as uow:
        uow.conn.execute(mark.values(used=True), used)
        uow.conn.execute(box.insert(), rows)


def finish(vote: Vote) -> None:
    """Close the box, sign, open it and count."""
    closing.close(vote.hall, CLERK, vote.id)
    with vote.hall.engine.read(CLERK) as uow:
        digest = events.load(uow, vote.id).statement_digest
    for actor in WATCHERS[:2]:
        with vote.hall.engine.begin(actor) as uow:
            closing.sign(uow, vote.id, "statement", digest)
    result = opening.open_box(vote.hall, CLERK, vote.id, vote.shares[:2])
    assert result["box"]["valid"] == BALLOTS


def best(costs: list[Cost]) -> Cost:
    """The round that was disturbed least."""
    return min(costs, key=lambda cost: cost.wall_ms)


def run(name: str, engine: Engine, store: Store) -> None:
    """Measure one database and print."""
    vote = open_vote(engine, store, BALLOTS)
    ceiling = Ceiling(vote, BATCH * (ROUNDS + 1))
    measure(vote.cast, BATCH)
    measure(ceiling.write, BATCH)
    pairs = [(measure(vote.cast, BATCH), measure(ceiling.write, BATCH)) for _ in range(ROUNDS)]
    ours, bare = best([mine for mine, _ in pairs]), best([their for _, their in pairs])
    print(f"{name}: cast      {ours}  {1000 / ours.wall_ms:.0f}/s")
    print(f"{name}: bare rows {bare}  {1000 / bare.wall_ms:.0f}/s")
    print(f"{name}: casting reaches {bare.wall_ms / ours.wall_ms:.0%} of the bare rows "
          f"({bare.cpu_ms / ours.cpu_ms:.0%} by CPU)")  # fmt: skip
    fill(vote, BALLOTS - BATCH * (ROUNDS + 1) - BATCH * 3)
    late = best([measure(vote.cast, BATCH) for _ in range(3)])
    slower = f"{late.cpu_ms / ours.cpu_ms:.2f} CPU {late.wall_ms / ours.wall_ms:.2f} wall"
    print(f"{name}: ballot 9,400–10,000 / 200–1,600 {slower}")
    whole = measure(lambda: finish(vote), 1)
    print(f"{name}: {BALLOTS:,} ballots closed, opened and counted in "
          f"{whole.cpu_ms / 1000:.2f} s CPU, {whole.wall_ms / 1000:.2f} s")  # fmt: skip


def main() -> None:
    """Print the figures for every database at hand."""
    with tempfile.TemporaryDirectory() as folder, engines() as made:
        for name, engine in made:
            own = f"sqlite:///{folder}/ballots.db" if engine.sqlite else engine.url
            store = Store(own)  # beside the program's tables is good enough to measure
            store.create()
            run(name, engine, store)
            metadata.drop_all(store.engine.database)
            store.engine.database.dispose()


if __name__ == "__main__":
    main()
